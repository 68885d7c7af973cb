"""The auditor's pages: entries, one entry with statement and checkpoint, and the search of statements.

Read-only; the gate logs every read before the page is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.responses import Response

from bridge.errors import RefuseInput
from bridge.reports import ledger_entries as entries_report
from bridge.reports.learners import search_learners
from bridge.reports.ledger_entries import (
    EntryFilter,
    covering_checkpoint,
    entry_of_statement,
    leaf_index,
    one_entry,
    search_entries,
    siblings,
)
from bridge.reports.report import Filled
from bridge.store.backing import backing_of, events_of_evidence
from bridge.web.context import FoundStatement, StatementQuery
from bridge.web.json_text import indented
from bridge.web.visit import Visit

_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class ShownStatement:
    statement_id: str
    stored: datetime
    voided: bool
    text: str
    entry_id: int | None


def asked_entries(visit: Visit) -> EntryFilter:
    return EntryFilter(visit.asked("orang"), visit.asked("program"), visit.whole_number("tahun"))


def entry_query(wanted: EntryFilter) -> str:
    parts = {"orang": wanted.person, "program": wanted.programme, "tahun": str(wanted.year or "")}
    return urlencode({name: value for name, value in parts.items() if value})


def entries(visit: Visit) -> Response:
    wanted = asked_entries(visit)
    with visit.store() as connection:
        rows = search_entries(
            connection, visit.context.tenant, wanted, _A_PAGE + 1, visit.whole_number("sebelum")
        )
    more = rows[_A_PAGE - 1].entry_id if len(rows) > _A_PAGE else None
    rows = rows[:_A_PAGE]
    return visit.page(
        "audit_entries.html",
        wanted=wanted,
        count=len(rows),
        table=visit.table(Filled(entries_report.REPORT, rows)) if rows else "",
        more=more,
        query=entry_query(wanted),
    )


def entry(visit: Visit) -> Response:
    entry_id, tenant = int(visit.part("entry_id")), visit.context.tenant
    with visit.store() as connection:
        row = one_entry(connection, tenant, entry_id)
        if row is None:
            return visit.page("missing.html", 404, what="entry", sought=str(entry_id))
        leaf = leaf_index(connection, tenant, entry_id)
        checkpoint = covering_checkpoint(connection, tenant, leaf)
        family = siblings(connection, tenant, row)
        backing = backing_of(connection, tenant, events_of_evidence(row.evidence))
    search = visit.context.statement_search
    found = search(StatementQuery(statement_id=row.statement_id)) if search and row.statement_id else ()
    return visit.page(
        "audit_entry.html",
        row=row,
        key_parts=row.entry_key.split("\x1f"),
        leaf=leaf,
        checkpoint=checkpoint,
        family=family,
        backing=backing,
        statement=_shown(visit, found[0]) if found else None,
        can_search=search is not None,
    )


def statements(visit: Visit) -> Response:
    search = visit.context.statement_search
    if search is None:
        raise RefuseInput(
            "STATEMENTS-NOT-HERE",
            "Konsol ini belum tersambung ke penyimpan pernyataan (LRS). Hubungi pengelola sistem.",
            "This console is not connected to a record store (LRS). Tell who runs the system.",
        )
    asked = any(visit.asked(name) for name in STATEMENT_FIELDS)
    query, person = statement_query(visit)
    unknown = bool(visit.asked("orang")) and person is None
    found = search(query) if asked and not unknown else ()
    return visit.page(
        "audit_statements.html",
        values={name: visit.asked(name) for name in STATEMENT_FIELDS},
        asked=asked,
        unknown=unknown,
        found=[_shown(visit, statement) for statement in found],
        limit=query.limit,
        query=urlencode({name: visit.asked(name) for name in STATEMENT_FIELDS if visit.asked(name)}),
        can_export=visit.context.statement_export is not None,
    )


STATEMENT_FIELDS = ("orang", "id", "program", "verba", "aktivitas", "sejak", "sampai")


def statement_query(visit: Visit) -> tuple[StatementQuery, str | None]:
    """(the question, the person that it names where there is one)."""
    sought, person = visit.asked("orang"), None
    if sought:
        with visit.store() as connection:
            found = search_learners(connection, visit.context.tenant, sought, visit.this_year, limit=2)
        if len(found) > 1:
            raise RefuseInput(
                "PERSON-MANY",
                f"Lebih dari satu pegawai cocok dengan “{sought}”. Pakai NIP yang lengkap.",
                f"More than one learner matches “{sought}”. Give the whole NIP.",
            )
        person = found[0].person_key if found else None
    query = StatementQuery(
        statement_id=visit.asked("id") or None,
        person_key=person,
        programme=visit.asked("program") or None,
        verb=visit.asked("verba") or None,
        activity=visit.asked("aktivitas") or None,
        since=_moment(visit, "sejak"),
        until=_moment(visit, "sampai"),
    )
    return query, person


def _moment(visit: Visit, name: str) -> datetime | None:
    """A day or a moment in ISO form; without a zone it is the tenant's wall clock."""
    text = visit.asked(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise RefuseInput(
            "WEB-DATE",
            f"Tanggal “{text}” tidak terbaca. Tulis seperti 2026-08-03.",
            f"The date “{text}” can't be read. Write it like 2026-08-03.",
        ) from fault
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(visit.facts.zone))


def _shown(visit: Visit, statement: FoundStatement) -> ShownStatement:
    with visit.store() as connection:
        entry_id = entry_of_statement(connection, visit.context.tenant, statement.statement_id)
    text = indented(statement.document.decode("utf-8", "replace"))
    return ShownStatement(statement.statement_id, statement.stored, statement.voided, text, entry_id)
