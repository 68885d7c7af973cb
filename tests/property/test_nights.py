"""Random offices over many nights: evidence, corrections, decisions, merges, splits, aliases, undoing and new rules in
any order, each night recomputing who was touched (as a few and as many), everybody, or everybody in buckets. In the
end a full run, and one in buckets of any size, finds nothing to change, neither in the ledger nor in a word of a
finding."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bridge.domain.decision import DecisionKind
from bridge.domain.programme import Component, Programme
from bridge.engine.rules import default_rule_document, read_rules
from bridge.errors import RefuseInput
from bridge.flows import reconcile as flow
from bridge.flows.decide import decide, revoke, settle, subject_named
from bridge.flows.rules import activate
from bridge.store.catalogue import store_catalogue
from bridge.store.person_rows import Why, add_alias, merge_people, split_person, undo_person_decision
from bridge.store.unit import reading, unit
from tests.bureau import TENANT, Bureau

NIPS = [f"19850101201001100{number}" for number in range(1, 7)]
SPARE = [f"19900101202521100{number}" for number in range(1, 5)]
NAMES = ["Budi Santoso", "Yuliana Wonda", "Maria Hutapea", "Teuku Umar", "Rizky Wanggai", "Nur Pratama"]


@pytest.fixture
def bureau(store: Engine, tmp_path: Path) -> Iterator[Bureau]:
    made = Bureau(store, tmp_path)
    made.hire(
        *(made.person(f"p{n}", nip, name) for n, (nip, name) in enumerate(zip(NIPS, NAMES, strict=True)))
    )
    yield made
    made.close()


class Nights:
    """Random actions on an office. `evidence` are the keys that ever came in."""

    def __init__(self, bureau: Bureau, rng: random.Random) -> None:
        self.bureau, self.rng = bureau, rng
        self.evidence: list[str] = []
        self.done: list[str] = []

    def act(self) -> None:
        action: Callable[[], None] = self.rng.choice(
            [self.sheet, self.sheet, self.completion, self.completion, self.decision, self.decision, self.revocation,
             self.merge, self.split, self.alias, self.undo, self.roster, self.approval, self.rules, self.catalogue]
        )  # fmt: skip
        with suppress(RefuseInput):  # what an office may not do is refused, and changes nothing
            action()
            self.done.append(action.__name__)

    def why(self) -> Why:
        return Why("ani", "uji acak", self.bureau.now)

    def sheet(self) -> None:
        rng = self.rng
        start = date(2026, rng.randint(1, 6), rng.randint(1, 28))
        rows = [
            (rng.choice([*NIPS, *SPARE, "", "1.98501E+17"]), rng.choice(["", "", *NAMES])) for _ in range(4)
        ]
        self.evidence += self.bureau.sheet(
            f"e{rng.randint(1, 3)}", rng.choice(["Bimtek Arsip", "Bimtek Kas", "Diklat Aset"]), start,
            start + timedelta(days=rng.randint(0, 2)), rng.choice(["24", "6", "900", ""]), *rows,
        )  # fmt: skip

    def completion(self) -> None:
        rng = self.rng
        moment = datetime(2026, rng.randint(1, 6), rng.randint(1, 28), rng.choice([3, 14, 15]), tzinfo=UTC)
        account = rng.randint(0, 5)
        self.evidence.append(
            self.bureau.completion(
                f"u{account}", str(rng.randint(1, 2)), moment, rng.choice(["", NIPS[account], rng.choice(SPARE)]),
                standing=rng.choice(["completed", "completed", "withdrawn"]), jp=rng.choice(["2", "5", ""]),
                title=rng.choice(["Kursus Kas Daerah", "Kursus Aset"]),
            )
        )  # fmt: skip

    def decision(self) -> None:
        rng = self.rng
        subject = subject_named(self.bureau.ctx, evidence=rng.choice(self.evidence or ["x"]))
        if rng.random() < 0.3:
            subject = subject_named(self.bureau.ctx, entry_id=rng.randint(1, 20))
        decide(self.bureau.ctx, rng.choice(list(DecisionKind)), subject, who="ani", reason="uji acak",
               nip=rng.choice([*NIPS, *SPARE]), jp=rng.choice([500, 1500, 4000]))  # fmt: skip

    def approval(self) -> None:
        settle(self.bureau.ctx, self.rng.randint(1, 4), who="beni", approve=self.rng.random() < 0.8)

    def revocation(self) -> None:
        revoke(self.bureau.ctx, self.rng.randint(1, 12), who="ani", reason="uji acak")

    def people(self) -> tuple[int, int]:
        with reading(self.bureau.engine) as connection:
            ids = [
                row[0]
                for row in connection.execute(text("SELECT learner_id FROM learner ORDER BY learner_id"))
            ]
        return self.rng.choice(ids), self.rng.choice(ids)

    def merge(self) -> None:
        with unit(self.bureau.engine) as connection:
            merge_people(connection, TENANT, *self.people(), self.why())

    def split(self) -> None:
        with unit(self.bureau.engine) as connection:
            values = self.rng.sample([*NIPS, *SPARE], 1)
            split_person(connection, TENANT, self.people()[0], values, "Orang Lain", self.why())

    def alias(self) -> None:
        scheme, source, value = self.rng.choice(
            [("nip", "", self.rng.choice(SPARE)), ("account", "lms", "u1")]
        )
        since = self.rng.choice([None, date(2026, 3, 1)])
        with unit(self.bureau.engine) as connection:
            add_alias(connection, TENANT, self.people()[0], scheme, source, value, since, None, self.why())

    def undo(self) -> None:
        with unit(self.bureau.engine) as connection:
            undo_person_decision(connection, TENANT, self.rng.randint(1, 6), self.why())

    def roster(self) -> None:
        number = self.rng.randrange(len(NIPS))
        nip = self.rng.choice([NIPS[number], self.rng.choice(SPARE)])
        self.bureau.hire(self.bureau.person(f"p{number}", nip, NAMES[number]))

    def rules(self) -> None:
        cap = self.rng.randint(2, 5)
        document = default_rule_document().replace("cap_day = 3", f"cap_day = {cap}", 1)
        activate(self.bureau.ctx, read_rules(document), who="ani")

    def catalogue(self) -> None:
        """Course 1 belongs to a programme or to none; titles are like a programme's, or are no longer."""
        part = Component("online", "lms", self.rng.choice(["1", "7"]))
        title = self.rng.choice(["Pengelolaan Kas Daerah", "Kas Daerah"])
        programmes = [
            Programme("P-1", "Aset Daerah", 16, self.rng.choice([200, 300]), components=(part,)),
            Programme("P-2", title, 3, 1000),
        ]
        with unit(self.bureau.engine) as connection:
            store_catalogue(connection, TENANT, programmes, self.bureau.now)


def told_findings(bureau: Bureau) -> set[tuple[object, ...]]:
    query = text("SELECT code, subject, learner_id, params, opened_at FROM finding WHERE closed_at IS NULL")
    with reading(bureau.engine) as connection:
        return {tuple(row) for row in connection.execute(query)}


@pytest.mark.parametrize("seed", range(6))
def test_many_nights_equal_one_full_run(bureau: Bureau, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    nights = Nights(bureau, random.Random(seed))
    for _ in range(12):
        for _ in range(nights.rng.randint(1, 3)):
            nights.act()
        monkeypatch.setattr(flow, "BUCKET_LEARNERS", nights.rng.choice([1, 2, 100, 100]))
        monkeypatch.setattr(flow, "A_HANDFUL", nights.rng.choice([0, 50]))
        bureau.reconcile(everybody=nights.rng.random() < 0.2)
    before, findings = bureau.balances(), told_findings(bureau)
    for size in (1, 3, 100):
        monkeypatch.setattr(flow, "BUCKET_LEARNERS", size)
        report = bureau.reconcile(everybody=True)
        assert (report.entries, bureau.balances()) == (0, before), (size, nights.done)
        assert told_findings(bureau) == findings, (size, nights.done)
        assert (report.findings.opened, report.findings.closed) == (0, 0), (size, nights.done)
    assert len(nights.done) > 8


def test_what_a_killed_run_left_in_its_folder_is_gone_after_the_next(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "BUCKET_LEARNERS", 2)
    left = bureau.ctx.home / f"reconcile-{TENANT}"
    (left / "completion").mkdir(parents=True)
    (left / "completion" / "0.arrows").write_bytes(b"cut off in the mid")
    other = bureau.ctx.home / "reconcile-another-office"
    other.mkdir()
    assert bureau.reconcile(everybody=True).learners == len(NIPS)
    assert not left.exists()
    assert other.exists(), "another office may be in the middle of its own run"
