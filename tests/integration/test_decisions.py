"""Decisions of people survive every night, wait for a second person, are taken back, and reopen only when the
evidence they were made on changes. On SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bridge.domain.decision import DecisionKind
from bridge.errors import RefuseInput
from bridge.flows.decide import Subject, activity_hash, decide, revoke, settle, subject_named
from bridge.store.decision_rows import told_decisions
from bridge.store.unit import reading
from tests.bureau import TENANT, Bureau

BUDI, YULIANA = "198501012010011001", "197903122005022003"
DAYS = (date(2026, 3, 10), date(2026, 3, 12))


@pytest.fixture
def bureau(store: Engine, tmp_path: Path) -> Iterator[Bureau]:
    made = Bureau(store, tmp_path)
    made.hire(made.person("p1", BUDI, "Budi Santoso"), made.person("p2", YULIANA, "Yuliana Wonda"))
    yield made
    made.close()


def test_a_linked_row_stays_linked_when_its_owner_is_recomputed(bureau: Bureau) -> None:
    """The night after brings other evidence of the owner: the linked credit must not fall."""
    (key,) = bureau.sheet("e", "Bimtek Arsip", *DAYS, "24", ("", "Yuliana W."))
    bureau.reconcile()
    assert bureau.open_findings() == {("NIP-MISSING", key)}
    subject = subject_named(bureau.ctx, finding_id=bureau.finding_id("NIP-MISSING"))
    made = decide(bureau.ctx, DecisionKind.LINK, subject, who="ani", reason="Tanda tangannya", nip=YULIANA)
    assert made.decision_id is not None
    bureau.reconcile()
    yuliana = bureau.learner(YULIANA)
    assert bureau.balances() == {(yuliana, "Bimtek Arsip"): 2400}
    assert bureau.open_findings() == set()
    bureau.completion("u2", "1", datetime(2026, 5, 1, tzinfo=UTC), YULIANA)
    assert bureau.reconcile().entries == 1
    due = {(yuliana, "Bimtek Arsip"): 2400, (yuliana, "Kursus 1"): 200}
    assert bureau.balances() == due
    assert bureau.reconcile(everybody=True).entries == 0
    revoke(bureau.ctx, made.decision_id, who="ani", reason="Salah orang")
    bureau.reconcile()
    assert bureau.balances() == {(yuliana, "Kursus 1"): 200}
    assert bureau.open_findings() == {("NIP-MISSING", key)}


def test_a_row_linked_away_from_its_number_takes_both_along(bureau: Bureau) -> None:
    """The sheet has Budi's number on Yuliana's row. Whoever of the two is recomputed alone, the link holds."""
    (key,) = bureau.sheet("e", "Bimtek Arsip", *DAYS, "24", (BUDI, "Yuliana Wonda"))
    bureau.reconcile()
    subject = subject_named(bureau.ctx, evidence=key)
    decide(bureau.ctx, DecisionKind.LINK, subject, who="ani", reason="NIP tertukar", nip=YULIANA)
    bureau.reconcile()
    yuliana = bureau.learner(YULIANA)
    assert bureau.balances() == {(yuliana, "Bimtek Arsip"): 2400}
    for nip in (BUDI, YULIANA):
        bureau.completion(nip, "1", datetime(2026, 5, 1, tzinfo=UTC), nip)
        bureau.reconcile()
        assert bureau.balances()[yuliana, "Bimtek Arsip"] == 2400
    assert bureau.reconcile(everybody=True).entries == 0


def test_much_jp_needs_a_second_person(bureau: Bureau) -> None:
    (key,) = bureau.sheet("e", "Bimtek Arsip", *DAYS, "900", (BUDI, ""))
    bureau.reconcile()
    assert bureau.open_findings() == {("JP-IMPLAUSIBLE", key)}
    subject = subject_named(bureau.ctx, evidence=key)
    waiting = decide(bureau.ctx, DecisionKind.OVERRIDE_JP, subject, who="ani", reason="Surat tugas", jp=4000)
    assert waiting.decision_id is None
    assert waiting.request_id is not None
    bureau.reconcile(everybody=True)
    assert bureau.balances() == {}
    with pytest.raises(RefuseInput, match="second person"):
        settle(bureau.ctx, waiting.request_id, who="ani", approve=True)
    approved = settle(bureau.ctx, waiting.request_id, who="beni", approve=True)
    assert approved.decision_id is not None
    bureau.reconcile()
    assert bureau.balances() == {(bureau.learner(BUDI), "Bimtek Arsip"): 4000}
    with pytest.raises(RefuseInput, match="settled already"):
        settle(bureau.ctx, waiting.request_id, who="citra", approve=True)
    with reading(bureau.engine) as connection:
        told = {(one.state, one.made_by) for one in told_decisions(connection, TENANT, subject=key)}
    assert told == {("berlaku", "ani + beni"), ("disetujui", "ani")}


def test_little_jp_does_not_and_a_refusal_changes_nothing(bureau: Bureau) -> None:
    (key,) = bureau.sheet("e", "Bimtek Arsip", *DAYS, "900", (BUDI, ""))
    subject = subject_named(bureau.ctx, evidence=key)
    refused = decide(bureau.ctx, DecisionKind.OVERRIDE_JP, subject, who="ani", reason="Kira-kira", jp=2001)
    assert refused.request_id is not None
    settle(bureau.ctx, refused.request_id, who="beni", approve=False)
    bureau.reconcile()
    assert bureau.balances() == {}
    decide(bureau.ctx, DecisionKind.OVERRIDE_JP, subject, who="ani", reason="Surat tugas", jp=2000)
    bureau.reconcile()
    assert bureau.balances() == {(bureau.learner(BUDI), "Bimtek Arsip"): 2000}


def test_a_decision_reopens_only_when_its_evidence_changes(bureau: Bureau) -> None:
    (key,) = bureau.sheet("e", "Bimtek Arsip", *DAYS, "24", (BUDI, "Teuku"))
    bureau.reconcile()
    decide(
        bureau.ctx,
        DecisionKind.ACCEPT,
        subject_named(bureau.ctx, evidence=key),
        who="ani",
        reason="Nama lama",
    )
    for _ in range(3):
        bureau.reconcile(everybody=True)
    budi = bureau.learner(BUDI)
    assert (bureau.balances(), bureau.open_findings()) == ({(budi, "Bimtek Arsip"): 2400}, set())
    bureau.sheet("e", "Bimtek Arsip", *DAYS, "24", (BUDI, "Teuku Umar"))
    bureau.reconcile()
    assert bureau.balances() == {}
    assert bureau.open_findings() == {("NAME-MISMATCH", key), ("DECISION-STALE", key)}


def test_an_activity_of_one_entry_is_decided_on(bureau: Bureau) -> None:
    bureau.sheet("e", "Bimtek Arsip", *DAYS, "24", (BUDI, ""), (YULIANA, ""))
    bureau.reconcile()
    subject = subject_named(bureau.ctx, entry_id=1)
    made = decide(bureau.ctx, DecisionKind.REJECT, subject, who="ani", reason="Tidak hadir")
    bureau.reconcile()
    assert len(bureau.balances()) == 1
    assert made.decision_id is not None
    revoke(bureau.ctx, made.decision_id, who="ani", reason="Ternyata hadir")
    bureau.reconcile()
    assert set(bureau.balances().values()) == {2400}
    assert len(bureau.balances()) == 2


def test_what_was_seen_must_be_what_is_decided_on(bureau: Bureau) -> None:
    (key,) = bureau.sheet("e", "Bimtek Arsip", *DAYS, "24", (BUDI, ""))
    seen = subject_named(bureau.ctx, evidence=key)
    bureau.sheet("e", "Bimtek Arsip", *DAYS, "24", (BUDI, "Nama Baru"))
    for subject, reason, why in (
        (seen, "Sudah dilihat", "changed since"),
        (subject_named(bureau.ctx, evidence=key), " x ", "needs its reason"),
        (Subject("completion1\x1fa\x1fb\x1fc\x1fd", "h"), "Tidak ada", "no such evidence"),
    ):
        with pytest.raises(RefuseInput, match=why):
            decide(bureau.ctx, DecisionKind.ACCEPT, subject, who="ani", reason=reason)
    with pytest.raises(RefuseInput, match="not on the roster"):
        decide(bureau.ctx, DecisionKind.LINK, subject_named(bureau.ctx, evidence=key), who="ani",
               reason="Ke mana?", nip="199001012020121001")  # fmt: skip


def test_the_list_says_which_decision_is_applied(bureau: Bureau) -> None:
    """A newer word on the same question replaces the older one; changed evidence leaves the decision unapplied."""
    (key,) = bureau.sheet("e", "Bimtek Arsip", *DAYS, "24", (BUDI, "Yuliana Wonda"))
    other, _ = bureau.sheet("f", "Bimtek Kas", *DAYS, "8", (BUDI, "Budi Santoso"), (YULIANA, "Yuliana Wonda"))
    bureau.reconcile()
    for kind in (DecisionKind.ACCEPT, DecisionKind.REJECT):
        decide(
            bureau.ctx, kind, subject_named(bureau.ctx, evidence=key), who="ani", reason="daftar asli dilihat"
        )
    decide(
        bureau.ctx,
        DecisionKind.ACCEPT,
        subject_named(bureau.ctx, evidence=other),
        who="ani",
        reason="sudah benar",
    )
    bureau.reconcile()

    def states() -> list[tuple[str, str, str]]:
        with reading(bureau.engine) as connection:
            rows = told_decisions(connection, TENANT)
            assert told_decisions(connection, TENANT, subject=key) == [
                one for one in rows if one.subject == key
            ]
        return sorted((one.subject, one.kind, one.state) for one in rows)

    assert states() == [(key, "accept", "diganti"), (key, "reject", "berlaku"), (other, "accept", "berlaku")]
    bureau.sheet("e", "Bimtek Arsip", *DAYS, "24", (BUDI, "Y. Wonda"))
    bureau.reconcile()
    assert states() == [(key, "accept", "diganti"), (key, "reject", "usang"), (other, "accept", "berlaku")]
    with reading(bureau.engine) as connection:
        standing = next(one.decision_id for one in told_decisions(connection, TENANT) if one.state == "usang")
    assert standing is not None
    revoke(bureau.ctx, standing, who="ani", reason="tidak perlu lagi")
    bureau.reconcile()
    assert {kind: state for _, kind, state in states()[:2]} == {"accept": "usang", "reject": "dicabut"}


def test_the_state_of_an_activitys_decision_is_its_owners(bureau: Bureau) -> None:
    bureau.sheet("e", "Bimtek Arsip", *DAYS, "24", (BUDI, "Budi Santoso"), (YULIANA, "Yuliana Wonda"))
    bureau.reconcile()
    for nip, jp in ((BUDI, 800), (YULIANA, 900)):
        key = "\x1f".join(("activity1", "event", "bimtek arsip", *(day.isoformat() for day in DAYS)))
        learner_id = bureau.learner(nip)
        subject = Subject(key, activity_hash(bureau.ctx, key, learner_id), learner_id)
        decide(bureau.ctx, DecisionKind.OVERRIDE_JP, subject, who="ani", reason="surat SK", jp=jp)
    bureau.reconcile()
    bureau.sheet("e", "Bimtek Arsip", *DAYS, "24", (BUDI, "Budi S."), (YULIANA, "Yuliana Wonda"))
    bureau.reconcile()
    with reading(bureau.engine) as connection:
        told = {one.learner_name: one.state for one in told_decisions(connection, TENANT)}
    assert told == {"Budi Santoso": "usang", "Yuliana Wonda": "berlaku"}
