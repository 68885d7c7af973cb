"""What stands about the touched: the findings in the store that a run over them could have found again. They are read
while the run computes; nobody but a run writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

import pyarrow as pa
from sqlalchemy import Connection

from bridge.domain.finding import Finding
from bridge.store.arrow_scan import RowScan, Scan
from bridge.store.feed import Scope
from bridge.store.known_findings import KnownFinding, known_findings, stored_findings
from bridge.store.offers import no_longer_offered, open_offers


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the store about the scope of a run over the touched: the findings that the run could have found
    again, of its learners and about its subjects, and all open ones about courses and events."""

    learners: set[int]
    subjects: set[str]
    courses: set[tuple[str, str]]
    events: set[tuple[str, str]]
    findings: pa.Table
    offers: pa.Table

    def among(
        self, connection: Connection, tenant: str, found: Iterable[Finding]
    ) -> tuple[dict[tuple[str, str], KnownFinding], set[str]]:
        """What is known of the findings of this run and of its scope, by code and subject, and the subjects of those
        about courses and events that nothing states any more."""
        wanted = {(item.code, item.subject) for item in found}
        again: list[KnownFinding] = []
        others: list[KnownFinding] = []
        for row in known_findings(self.offers):
            (again if (row.code, row.subject) in wanted else others).append(row)
        gone = no_longer_offered(connection, tenant, others, courses=self.courses, events=self.events)
        known = {(row.code, row.subject): row for row in chain(again, gone, known_findings(self.findings))}
        unknown = {subject for code, subject in wanted if (code, subject) not in known} - self.subjects
        rest = stored_findings(RowScan(connection), tenant, subjects=unknown)
        known.update({(row.code, row.subject): row for row in known_findings(rest)})
        return known, {row.subject for row in gone}


def standing_of(scan: Scan, tenant: str, scope: Scope, inputs: Mapping[str, pa.Table]) -> Standing:
    learners = set(inputs["learner"]["learner_id"].to_pylist()) | scope.learner_ids
    subjects = {f"nip:{nip}" for nip in scope.nips}
    subjects.update(inputs["completion"]["evidence_key"].to_pylist())
    subjects.update(inputs["attendance"]["evidence_key"].to_pylist())
    return Standing(
        learners,
        subjects,
        courses=_pairs(inputs["completion"], "external_course"),
        events=_pairs(inputs["offline_event"], "event_ref"),
        findings=stored_findings(scan, tenant, learners=learners, subjects=subjects),
        offers=open_offers(scan, tenant),
    )


def _pairs(table: pa.Table, name: str) -> set[tuple[str, str]]:
    named = table.select(["source", name]).group_by(["source", name]).aggregate([])
    return set(zip(named["source"].to_pylist(), named[name].to_pylist(), strict=True))
