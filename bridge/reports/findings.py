"""Findings: the list with its filters, and the groups by code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Text, case, cast, func, select, type_coerce

from bridge.domain.finding import Severity
from bridge.domain.finding_catalogue import CATALOGUE
from bridge.reports.finding_words import FindingWords, finding_words, in_its_own_words
from bridge.reports.report import Column, Kind, Report
from bridge.store.evidence_records import newest_records
from bridge.store.tables import finding, learner


@dataclass(frozen=True, slots=True)
class FindingRow:
    """`sentence` and `next_step` are in the reader's language; the learner's part is None where unknown."""

    finding_id: int
    code: str
    severity: str
    holds_credit: bool
    sentence: str
    next_step: str
    subject: str
    params: Mapping[str, str]
    learner_id: int | None
    learner_name: str | None
    office_code: str | None
    office_name: str | None
    opened_at: datetime
    closed_at: datetime | None
    owner: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """All open findings of one code: how many, how many people, the oldest of them in words."""

    code: str
    count: int
    people: int
    oldest: datetime
    words: FindingWords


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Absent parts do not filter. `state` is `terbuka`, `selesai` or `semua`."""

    code: str = ""
    office: str = ""
    owner: str = ""
    state: str = "terbuka"
    learner_id: int | None = None
    title: str = ""


REPORT = Report(
    "temuan",
    "Temuan",
    (
        Column("code", "Kode"),
        Column("sentence", "Temuan"),
        Column("next_step", "Langkah berikutnya"),
        Column("learner_name", "Pegawai"),
        Column("office_name", "OPD"),
        Column("opened_at", "Dibuka", Kind.INSTANT),
        Column("closed_at", "Ditutup", Kind.INSTANT),
        Column("owner", "Penanggung jawab"),
        Column("comment", "Catatan"),
    ),
)


def param_of(connection: Connection, name: str) -> ColumnElement[str]:
    """A param of a finding as text: params are JSON text on both databases."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return type_coerce(cast(cast(finding.c.params, Text), postgresql.JSON)[name].astext, Text())
    return type_coerce(func.json_extract(finding.c.params, f"$.{name}"), Text())


def _findings(connection: Connection, tenant: str, wanted: FindingFilter) -> Select[tuple[object, ...]]:
    query = (
        select(
            finding.c.finding_id,
            finding.c.code,
            finding.c.subject,
            finding.c.params,
            finding.c.learner_id,
            learner.c.name.label("learner_name"),
            learner.c.office_code,
            learner.c.office_name,
            finding.c.opened_at,
            finding.c.closed_at,
            finding.c.owner,
            finding.c.comment,
        )
        .select_from(finding.outerjoin(learner, learner.c.learner_id == finding.c.learner_id))
        .where(finding.c.tenant == tenant)
    )
    if wanted.state == "terbuka":
        query = query.where(finding.c.closed_at.is_(None))
    elif wanted.state == "selesai":
        query = query.where(finding.c.closed_at.is_not(None))
    if wanted.code:
        query = query.where(finding.c.code == wanted.code)
    if wanted.office:
        query = query.where(learner.c.office_code == wanted.office)
    if wanted.owner:
        query = query.where(finding.c.owner == wanted.owner)
    if wanted.title:
        query = query.where(param_of(connection, "title") == wanted.title)
    if wanted.learner_id is not None:
        query = query.where(finding.c.learner_id == wanted.learner_id)
    return query


OWN_WORDS = (
    "CERTIFICATE-REPEATED", "DATE-IMPLAUSIBLE", "FORM-UNKNOWN", "JP-INVALID", "NIP-CONFLICT", "NIP-INVALID",
    "NIP-TRUNCATED",
)  # fmt: skip
"""Codes whose sentence shows what stands in one row, of which the engine knows only that it can't be used."""


def _rows(connection: Connection, tenant: str, rows: Sequence[Row[Any]], language: str) -> list[FindingRow]:
    asked = [row.subject for row in rows if row.code in OWN_WORDS]
    records = newest_records(connection, tenant, asked) if asked else {}
    return [_row(row, language, records.get(row.subject)) for row in rows]


def _row(row: Row[Any], language: str, record: Mapping[str, Any] | None) -> FindingRow:
    params = in_its_own_words(row.code, _texts(row.params), record)
    if not params.get("name", "-") and not params.get("roster_name"):
        params["name"] = row.learner_name or ""
    words = finding_words(row.code, params, language)
    return FindingRow(
        row.finding_id, row.code, words.severity.value, words.holds_credit, words.sentence, words.next_step,
        row.subject, params, row.learner_id, row.learner_name, row.office_code, row.office_name,
        row.opened_at, row.closed_at, row.owner, row.comment,
    )  # fmt: skip


_URGENCY = case(
    (finding.c.code.in_([kind.code for kind in CATALOGUE.values() if kind.holds_credit]), 0),
    (finding.c.code.in_([kind.code for kind in CATALOGUE.values() if kind.severity is Severity.INFO]), 2),
    else_=1,
)


def findings_listed(
    connection: Connection,
    tenant: str,
    wanted: FindingFilter,
    language: str,
    limit: int | None = None,
    offset: int = 0,
) -> list[FindingRow]:
    """What holds credit back first, what only informs last; newest first among equals."""
    query = _findings(connection, tenant, wanted).order_by(
        _URGENCY, finding.c.opened_at.desc(), finding.c.finding_id.desc()
    )
    if limit is not None:
        query = query.limit(limit).offset(offset)
    return _rows(connection, tenant, connection.execute(query).all(), language)


def findings_counted(connection: Connection, tenant: str, wanted: FindingFilter) -> int:
    listed = _findings(connection, tenant, wanted).with_only_columns(finding.c.finding_id).subquery("listed")
    return int(connection.execute(select(func.count()).select_from(listed)).scalar_one())


def one_finding(connection: Connection, tenant: str, finding_id: int, language: str) -> FindingRow | None:
    query = _findings(connection, tenant, FindingFilter(state="semua")).where(
        finding.c.finding_id == finding_id
    )
    found = connection.execute(query).all()
    return next(iter(_rows(connection, tenant, found, language)), None)


def open_findings_by_code(connection: Connection, tenant: str, language: str) -> list[FindingGroup]:
    """The largest group first."""
    groups = (
        select(
            finding.c.code,
            func.count().label("count"),
            func.count(finding.c.learner_id.distinct()).label("people"),
            func.min(finding.c.opened_at).label("oldest"),
            func.min(finding.c.finding_id).label("example"),
        )
        .where(finding.c.tenant == tenant, finding.c.closed_at.is_(None))
        .group_by(finding.c.code)
        .subquery("groups")
    )
    query = (
        select(groups.c.code, groups.c["count"], groups.c.people, groups.c.oldest, finding.c.params)
        .select_from(groups.join(finding, finding.c.finding_id == groups.c.example))
        .order_by(groups.c["count"].desc(), groups.c.code)
    )
    return [
        FindingGroup(code, count, people, oldest, finding_words(code, _texts(params), language))
        for code, count, people, oldest, params in connection.execute(query)
    ]


def _texts(params: Mapping[str, object] | None) -> dict[str, str]:
    return {str(name): str(value) for name, value in (params or {}).items()}


def codes_known(connection: Connection, tenant: str) -> list[str]:
    """Codes for the filter, whether open or closed."""
    query = select(finding.c.code).where(finding.c.tenant == tenant).distinct().order_by(finding.c.code)
    return list(connection.execute(query).scalars())


def offices_known(connection: Connection, tenant: str) -> list[tuple[str, str]]:
    """(code, name) of each office on the roster, by name."""
    query = (
        select(learner.c.office_code, func.max(learner.c.office_name).label("name"))
        .where(learner.c.tenant == tenant)
        .group_by(learner.c.office_code)
        .order_by("name")
    )
    return [(row.office_code, row.name) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class RunFindings:
    """What a run opened and closed, by the moments; each list at most `MOST_OF_RUN` long, the counts whole."""

    opened: list[FindingRow]
    closed: list[FindingRow]
    opened_count: int
    closed_count: int


MOST_OF_RUN = 50


def findings_of_run(
    connection: Connection, tenant: str, started_at: datetime, ended_at: datetime | None, language: str
) -> RunFindings:
    """Runs of a tenant never overlap, so a finding's moment tells its run."""
    everything = _findings(connection, tenant, FindingFilter(state="semua"))
    lists: list[list[FindingRow]] = []
    counts: list[int] = []
    for moment in (finding.c.opened_at, finding.c.closed_at):
        query = everything.where(moment >= started_at)
        if ended_at is not None:
            query = query.where(moment <= ended_at)
        listed = query.with_only_columns(finding.c.finding_id).subquery("listed")
        counts.append(int(connection.execute(select(func.count()).select_from(listed)).scalar_one()))
        rows = connection.execute(query.order_by(finding.c.finding_id).limit(MOST_OF_RUN)).all()
        lists.append(_rows(connection, tenant, rows, language))
    return RunFindings(lists[0], lists[1], counts[0], counts[1])
