"""Ranked proposals for unidentified evidence, with the grounds in words. A person links; nothing here does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bridge.identity.proposals import Ground, Proposal, Roster, Trace, propose
from bridge.reports.findings import FindingFilter, FindingRow, findings_listed
from bridge.store.decision_rows import evidence_facts
from bridge.store.roster_facts import roster_people
from bridge.wording import translate

IDENTITY_CODES = (
    "NIP-MISSING", "NIP-INVALID", "NIP-TRUNCATED", "NIP-CONFLICT", "LEARNER-UNKNOWN", "LEARNER-AMBIGUOUS",
    "NAME-MISMATCH",
)  # fmt: skip

GROUNDS = {
    Ground.NIK: "NIK yang tertulis adalah NIK-nya",
    Ground.NIP_THEIRS: "NIP yang tertulis adalah NIP-nya, mungkin pada masa lain ({value})",
    Ground.NIP_ONE_DIGIT: "NIP berbeda satu angka dari {value}",
    Ground.NIP_SWAPPED: "dua angka NIP tertukar dari {value}",
    Ground.NIP_BEGINNING: "angka yang tersisa adalah awal NIP {value}",
    Ground.BIRTH_DATE: "tanggal lahir dalam NIP sama ({value})",
    Ground.EMAIL: "surel sama ({value})",
    Ground.NAME: "nama sama tanpa gelar ({value})",
    Ground.NAME_LIKE: "nama mirip ({value})",
    Ground.OFFICE: "OPD sama ({value})",
}


@dataclass(frozen=True, slots=True)
class ToldProposal:
    """A proposal in the reader's language."""

    learner_id: int
    nip: str
    name: str
    office: str
    score: int
    grounds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unidentified:
    """A finding about whose evidence it is, what the evidence says of its person, and the proposals."""

    finding: FindingRow
    nip_written: str
    name: str
    office: str
    proposals: tuple[ToldProposal, ...]


def trace_of(record: Mapping[str, Any], nip: str | None) -> Trace:
    """What the normalised record says of its person; the number as it stood in the cell, where that was kept."""
    held = [(item["scheme"], item["value"]) for item in record.get("identifiers") or ()]
    written = (record.get("problem_params") or {}).get("cell") or nip or ""
    numbers = [value for scheme, value in held if scheme == "nip"]
    return Trace(
        nip_written=written or (numbers[0] if numbers else ""),
        name=record.get("learner_name") or "",
        office=record.get("office") or "",
        emails=tuple(value for scheme, value in held if scheme == "email"),
        nik=next((value for scheme, value in held if scheme == "nik"), ""),
    )


def in_words(proposals: Iterable[Proposal], language: str) -> tuple[ToldProposal, ...]:
    return tuple(
        ToldProposal(
            one.person.learner_id,
            one.person.nips[0] if one.person.nips else "",
            one.person.name,
            one.person.office_name,
            one.score,
            tuple(translate(GROUNDS[ground], language).format(value=value) for ground, value in one.grounds),
        )
        for one in proposals
    )


def proposals_for(
    connection: Connection, tenant: str, subject: str, language: str
) -> tuple[ToldProposal, ...]:
    """For one piece of evidence, reading only people near it; empty where the subject is no evidence."""
    facts = evidence_facts(connection, tenant, subject)
    if facts is None:
        return ()
    trace = trace_of(facts.record, facts.nip)
    return in_words(propose(trace, Roster.of(roster_people(connection, tenant, near=trace))), language)


def all_proposals(connection: Connection, tenant: str, language: str, limit: int) -> list[Unidentified]:
    """For every open finding about whose evidence it is, the surest first."""
    roster = Roster.of(roster_people(connection, tenant))
    told = []
    for code in IDENTITY_CODES:
        for row in findings_listed(connection, tenant, FindingFilter(code=code), language):
            facts = evidence_facts(connection, tenant, row.subject)
            if facts is None:
                continue
            trace = trace_of(facts.record, facts.nip)
            proposals = in_words(propose(trace, roster), language)
            told.append(Unidentified(row, trace.nip_written, trace.name, trace.office, proposals))
    told.sort(key=lambda one: (-(one.proposals[0].score if one.proposals else 0), one.finding.finding_id))
    return told[:limit]
