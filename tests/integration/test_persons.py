"""Merge, split and alias move identifiers, credits follow with the next run, and each can be undone; the roster's
next import does not give back what a person decided. Proposals are ranked and change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bridge.domain.decision import DecisionKind
from bridge.domain.learner import Identifier, Scheme
from bridge.errors import RefuseInput
from bridge.flows.decide import decide, subject_named
from bridge.flows.explain import explain_nip
from bridge.reports.learners import search_learners
from bridge.reports.proposals import all_proposals, proposals_for
from bridge.store.people import learner_by_id, nip_of_learners
from bridge.store.person_rows import (
    Why,
    add_alias,
    merge_people,
    split_person,
    told_person_decisions,
    undo_person_decision,
)
from bridge.store.unit import reading, unit
from tests.bureau import TENANT, Bureau

BUDI, BUDI_AGAIN, YULIANA = "198501012010011001", "198501012011011002", "197903122005022003"
OLD, NEW = "199001012022211001", "199001012025211009"
MARCH, MAY = (date(2026, 3, 10), date(2026, 3, 12)), (date(2026, 5, 5), date(2026, 5, 6))


@pytest.fixture
def bureau(store: Engine, tmp_path: Path) -> Iterator[Bureau]:
    made = Bureau(store, tmp_path)
    made.hire(
        made.person("p1", BUDI, "Budi Santoso", email="budi@contoh.id"),
        made.person("p2", BUDI_AGAIN, "Budi Santoso, S.Sos."),
        made.person("p3", YULIANA, "Yuliana Wonda", office_name="Dinas Kesehatan"),
    )
    yield made
    made.close()


def why(bureau: Bureau) -> Why:
    return Why("ani", "SK pengangkatan dibaca", bureau.now)


def active(bureau: Bureau) -> set[str]:
    with reading(bureau.engine) as connection:
        return {row[0] for row in connection.execute(text("SELECT person_key FROM learner WHERE active"))}


def test_a_merge_moves_the_credits_and_comes_undone(bureau: Bureau) -> None:
    bureau.sheet("a", "Bimtek Arsip", *MARCH, "24", (BUDI, ""))
    bureau.sheet("b", "Bimtek Kas", *MAY, "8", (BUDI_AGAIN, ""))
    bureau.reconcile()
    keep, gone = bureau.learner(BUDI), bureau.learner(BUDI_AGAIN)
    apart = {(keep, "Bimtek Arsip"): 2400, (gone, "Bimtek Kas"): 800}
    assert bureau.balances() == apart
    with unit(bureau.engine) as connection:
        number = merge_people(connection, TENANT, keep, gone, why(bureau))
    bureau.reconcile()
    assert bureau.balances() == {(keep, "Bimtek Arsip"): 2400, (keep, "Bimtek Kas"): 800}
    assert active(bureau) == {"p1", "p3"}
    assert bureau.reconcile(everybody=True).entries == 0
    # the roster still has both rows; it must not undo the decision
    bureau.hire(bureau.person("p1", BUDI, "Budi Santoso"), bureau.person("p2", BUDI_AGAIN, "Budi Santoso"))
    bureau.reconcile(everybody=True)
    assert bureau.balances() == {(keep, "Bimtek Arsip"): 2400, (keep, "Bimtek Kas"): 800}
    assert active(bureau) == {"p1", "p3"}
    with unit(bureau.engine) as connection:
        undo_person_decision(connection, TENANT, number, why(bureau))
    bureau.reconcile()
    assert bureau.balances() == apart
    assert active(bureau) == {"p1", "p2", "p3"}
    assert bureau.reconcile(everybody=True).entries == 0


def test_a_merge_takes_links_along(bureau: Bureau) -> None:
    """Evidence that was linked to the one who is merged away counts for the other, and returns."""
    (key,) = bureau.sheet("a", "Bimtek Arsip", *MARCH, "24", ("", "Budi"))
    decide(bureau.ctx, DecisionKind.LINK, subject_named(bureau.ctx, evidence=key), who="ani", reason="Paraf",
           nip=BUDI_AGAIN)  # fmt: skip
    bureau.reconcile()
    keep, gone = bureau.learner(BUDI), bureau.learner(BUDI_AGAIN)
    assert bureau.balances() == {(gone, "Bimtek Arsip"): 2400}
    with unit(bureau.engine) as connection:
        number = merge_people(connection, TENANT, keep, gone, why(bureau))
    bureau.reconcile()
    assert bureau.balances() == {(keep, "Bimtek Arsip"): 2400}
    with unit(bureau.engine) as connection:
        undo_person_decision(connection, TENANT, number, why(bureau))
    bureau.reconcile()
    assert bureau.balances() == {(gone, "Bimtek Arsip"): 2400}


def test_a_split_gives_the_number_to_a_new_person(bureau: Bureau) -> None:
    bureau.hire(bureau.person("p1", NEW, "Budi Santoso"))  # the roster mixed two people into one row
    bureau.sheet("a", "Bimtek Arsip", *MARCH, "24", (BUDI, ""), (NEW, ""))
    bureau.reconcile()
    mixed = bureau.learner(BUDI)
    assert bureau.balances() == {(mixed, "Bimtek Arsip"): 2400}
    with unit(bureau.engine) as connection:
        number = split_person(connection, TENANT, mixed, [NEW], "Rizky Wanggai", why(bureau))
    bureau.reconcile()
    other = bureau.learner(NEW)
    assert other != mixed
    assert bureau.balances() == {(mixed, "Bimtek Arsip"): 2400, (other, "Bimtek Arsip"): 2400}
    bureau.hire(bureau.person("p1", NEW, "Budi Santoso"))
    assert bureau.learner(NEW) == other
    with unit(bureau.engine) as connection:
        undo_person_decision(connection, TENANT, number, why(bureau))
    bureau.reconcile()
    assert bureau.balances() == {(mixed, "Bimtek Arsip"): 2400}


def test_a_pppk_number_that_changed_is_an_alias_with_dates(bureau: Bureau) -> None:
    """The old number until the end of 2024, the new one from 2025: evidence under the old one in 2026 is nobody's."""
    bureau.hire(bureau.person("p9", NEW, "Rizky Wanggai", employment="PPPK", valid_from=date(2025, 1, 1)))
    old = bureau.sheet("a", "Bimtek Lama", date(2024, 5, 6), date(2024, 5, 7), "10", (OLD, ""))
    late = bureau.sheet("b", "Bimtek Baru", *MARCH, "12", (OLD, ""))
    bureau.reconcile()
    assert {code for code, _ in bureau.open_findings()} == {"LEARNER-UNKNOWN"}
    rizky = bureau.learner(NEW)
    with unit(bureau.engine) as connection:
        number = add_alias(
            connection, TENANT, rizky, "nip", "", OLD, date(2022, 1, 1), date(2024, 12, 31), why(bureau)
        )
    bureau.reconcile()
    assert bureau.balances() == {(rizky, "Bimtek Lama"): 1000}
    assert bureau.open_findings() == {("LEARNER-UNKNOWN", late[0])}
    with unit(bureau.engine) as connection:
        widened = add_alias(connection, TENANT, rizky, "nip", "", OLD, date(2022, 1, 1), None, why(bureau))
    bureau.reconcile()
    assert bureau.balances() == {(rizky, "Bimtek Lama"): 1000, (rizky, "Bimtek Baru"): 1200}
    with (
        pytest.raises(RefuseInput, match=f"later person decision {widened}"),
        unit(bureau.engine) as connection,
    ):
        undo_person_decision(connection, TENANT, number, why(bureau))
    for one in (widened, number):
        with unit(bureau.engine) as connection:
            undo_person_decision(connection, TENANT, one, why(bureau))
        bureau.reconcile()
    assert bureau.balances() == {}
    assert bureau.open_findings() == {("LEARNER-UNKNOWN", old[0]), ("LEARNER-UNKNOWN", late[0])}
    with reading(bureau.engine) as connection:
        told = told_person_decisions(connection, TENANT)
    assert [(one.kind, one.identifiers, one.undone_by) for one in told] == [("alias", (OLD,), "ani")] * 2


def test_the_number_that_holds_is_shown_and_published_not_the_former_one(bureau: Bureau) -> None:
    """A roster's row names both numbers at once; the former one is stored after the one that holds."""
    both = (
        Identifier(Scheme.NIP, NEW, valid_from=date(2025, 3, 1)),
        Identifier(Scheme.NIP, OLD, valid_to=date(2025, 2, 28)),
    )
    bureau.hire(replace(bureau.person("p9", NEW, "Rizky Wanggai", employment="PPPK"), identifiers=both))
    bureau.sheet("a", "Bimtek Lama", date(2024, 5, 6), date(2024, 5, 7), "10", (OLD, ""))
    bureau.sheet("b", "Bimtek Baru", *MARCH, "12", (NEW, ""))
    late = bureau.sheet("c", "Bimtek Susulan", *MAY, "8", (OLD, "Rizky Wanggai"))
    bureau.reconcile()
    rizky = bureau.learner(OLD)
    with reading(bureau.engine) as connection:
        assert nip_of_learners(connection, TENANT) == nip_of_learners(connection, TENANT, [1, 2, 3, rizky])
        assert nip_of_learners(connection, TENANT, [rizky]) == {rizky: NEW}
        assert learner_by_id(connection, TENANT, rizky)[1] == NEW
        assert [one.nip for one in search_learners(connection, TENANT, "Rizky", 2026)] == [NEW]
        best = proposals_for(connection, TENANT, late[0], "en")[0]
        named = connection.execute(text("SELECT DISTINCT agent_name FROM outbox")).scalars().all()
    assert (best.nip, best.score) == (NEW, 85)
    assert best.grounds[0] == f"the NIP written is theirs, perhaps at another time ({OLD})"
    assert named == [NEW]


def test_an_explanation_tells_of_nobody_else(bureau: Bureau) -> None:
    """Evidence that bears one person's number and was linked to another is computed for both; each sees their own."""
    linked, own = bureau.sheet("a", "Bimtek Arsip", *MARCH, "24", (BUDI, ""), (YULIANA, ""))
    bureau.sheet("b", "Bimtek Kas", *MAY, "8", (YULIANA, ""))
    ctx = bureau.ctx
    decide(
        ctx,
        DecisionKind.LINK,
        subject_named(ctx, evidence=linked),
        who="ani",
        reason="salah NIP",
        nip=BUDI_AGAIN,
    )
    bureau.reconcile()
    asked = {nip: explain_nip(ctx, nip, year=2026, language="id") for nip in (BUDI, BUDI_AGAIN, YULIANA)}
    assert [len(told.verdicts) for told in asked.values()] == [0, 1, 2]
    assert "Bimtek Arsip" in asked[BUDI_AGAIN].verdicts[0].sentence
    shown = {step.title: step.rows for step in asked[BUDI].steps}
    assert (shown["counted"], shown["owner"], shown["evidence"], shown["desired_credit"]) == ((), (), (), ())
    assert len({step.title: step.rows for step in asked[BUDI_AGAIN].steps}["evidence"]) == 1
    assert own not in str(asked[BUDI_AGAIN].steps)


def test_what_can_not_be_decided_is_refused(bureau: Bureau) -> None:
    budi = bureau.learner(BUDI)
    for wrong, work in (
        ("one person", lambda c: merge_people(c, TENANT, budi, budi, why(bureau))),
        ("not the learner's", lambda c: split_person(c, TENANT, budi, [YULIANA], "", why(bureau))),
        ("would be left", lambda c: split_person(c, TENANT, budi, [BUDI], "", why(bureau))),
        (
            "before it begins",
            lambda c: add_alias(c, TENANT, budi, "nip", "", OLD, MAY[0], MARCH[0], why(bureau)),
        ),
        ("does not exist", lambda c: undo_person_decision(c, TENANT, 99, why(bureau))),
        ("needs its reason", lambda c: split_person(c, TENANT, budi, [BUDI], "", Why("ani", "", bureau.now))),
    ):
        if wrong == "needs its reason":
            bureau.hire(bureau.person("p1", NEW, "Budi Santoso"))
        with pytest.raises(RefuseInput, match=wrong), unit(bureau.engine) as connection:
            work(connection)
    assert active(bureau) == {"p1", "p2", "p3"}


def test_proposals_rank_and_change_nothing(bureau: Bureau) -> None:
    """A number with one wrong digit and the name; a truncated one; a name alone; nobody."""
    wrong_digit = BUDI[:17] + "7"
    keys = bureau.sheet(
        "a",
        "Bimtek Arsip",
        *MARCH,
        "24",
        (wrong_digit, "BUDI SANTOSO"),
        ("", "Wonda, Yuliana"),
        ("", "Teuku Umar"),
    )
    account = bureau.completion("x1", "1", datetime(2026, 5, 1, tzinfo=UTC), name="Y. Wonda")
    bureau.reconcile()
    with reading(bureau.engine) as connection:
        told = {one.finding.subject: one for one in all_proposals(connection, TENANT, "en", 50)}
        for subject, one in told.items():
            alone = proposals_for(connection, TENANT, subject, "en")
            assert [p.learner_id for p in alone] == [p.learner_id for p in one.proposals], subject
    assert set(told) == {*keys, account}
    best = told[keys[0]].proposals[0]
    assert (best.nip, best.score) == (BUDI, 95)
    assert best.grounds == (
        f"the NIP differs from {BUDI} in one digit",
        "the name without titles is the same (Budi Santoso)",
        "the office is the same (Dinas Pendidikan)",
    )
    assert [one.nip for one in told[keys[1]].proposals] == [YULIANA]
    assert told[keys[2]].proposals == ()
    assert bureau.balances() == {}
    assert bureau.reconcile(everybody=True).entries == 0


def test_an_account_decides_where_nobody_holds_the_number(bureau: Bureau) -> None:
    """A completion with a number that no roster has, of an account that is known: the night that brings it alone
    finds the account's holder, and so does the night on which the account changes hands."""
    yuliana = bureau.learner(YULIANA)
    with unit(bureau.engine) as connection:
        number = add_alias(connection, TENANT, yuliana, "account", "lms", "u1", None, None, why(bureau))
    bureau.reconcile()
    key = bureau.completion("u1", "1", datetime(2026, 5, 1, tzinfo=UTC), OLD)
    bureau.reconcile()
    assert (bureau.balances(), bureau.open_findings()) == ({(yuliana, "Kursus 1"): 200}, set())
    with unit(bureau.engine) as connection:
        undo_person_decision(connection, TENANT, number, why(bureau))
    bureau.reconcile()
    assert (bureau.balances(), bureau.open_findings()) == ({}, {("LEARNER-UNKNOWN", key)})
    assert bureau.reconcile(everybody=True).entries == 0
