"""One event for its organiser: sessions, who is there, what needs a look, the paper, and the confirmation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from starlette.responses import Response

from bridge.attendance.field_changes import changes_of
from bridge.attendance.field_roll import Mark, Roll, roll_of
from bridge.domain.clock import day_in_zone
from bridge.domain.field import Act, Carried, FieldEvent, FieldSession, SessionState
from bridge.errors import RefuseInput
from bridge.flows.field_confirm import set_state
from bridge.flows.field_desk import event_missing, own_event
from bridge.flows.field_events import RosterReport, add_lines, add_offices
from bridge.flows.field_intake import record_here
from bridge.reports.finding_words import FindingWords, finding_words
from bridge.reports.shown import day_shown
from bridge.store.field_events import offices_known
from bridge.store.field_records import open_findings_of_event, records_of_event
from bridge.store.field_sessions import session_versions
from bridge.web.pages.check_in import check_in_address
from bridge.web.pages.field import desk_of
from bridge.web.visit import Visit

if TYPE_CHECKING:  # paper is drawn only where somebody prints
    from bridge.attendance.sign_in_sheet import SheetWords

_MOST_SHOWN = 400
_WEEKDAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Row:
    """One person at the chosen session. `at` is when it happened, None where nothing was recorded."""

    person: str
    name: str
    nip: str
    office: str
    listed: bool
    present: bool
    conflict: bool
    doubtful: bool
    at: datetime | None
    by: str


@dataclass(frozen=True, slots=True)
class Told:
    code: str
    words: FindingWords


def own_event_of(visit: Visit) -> FieldEvent:
    """The event in the address. Raises RefuseInput where it is not there or somebody else's."""
    code = str(visit.part("event"))
    with visit.store() as connection:
        event = own_event(connection, visit.context.tenant, code, visit.account)
    if event is None:
        raise event_missing(code)
    return event


def _row(who: str, name: str, nip: str, office: str, listed: bool, mark: Mark | None) -> Row:
    newest = mark.newest if mark is not None else None
    return Row(
        person=who,
        name=name or nip or who.removeprefix("?"),
        nip=nip,
        office=office,
        listed=listed,
        present=mark is not None and mark.present,
        conflict=mark is not None and mark.conflict is not None,
        doubtful=newest is not None and (bool(newest.clock_doubt) or newest.nip is None),
        at=newest.at if newest is not None else None,
        by=newest.maker.partition(":")[0] if newest is not None else "",
    )


def _rows(event: FieldEvent, session: FieldSession, roll: Roll, sought: str) -> list[Row]:
    listed = {one.nip for one in event.participants}
    rows = [
        _row(one.nip, one.name, one.nip, one.office, True, roll.mark(session.number, one.nip))
        for one in event.participants
    ]
    for (number, who), mark in sorted(roll.marks.items()):
        if number == session.number and who not in listed:
            rows.append(_row(who, mark.newest.name, mark.newest.nip or "", "", False, mark))
    words = sought.casefold().split()
    return [
        row for row in rows if all(word in f"{row.name} {row.nip} {row.office}".casefold() for word in words)
    ]


def _chosen(visit: Visit, event: FieldEvent) -> FieldSession:
    """The session that is asked for, else the first that is open, else the last."""
    number = visit.whole_number("sesi")
    wanted = event.session(number) if number is not None else None
    still_open = (one for one in event.sessions if one.state is SessionState.OPEN)
    return wanted or next(still_open, event.sessions[-1])


def one(visit: Visit) -> Response:
    return page_of(visit, own_event_of(visit))


def page_of(
    visit: Visit,
    event: FieldEvent,
    *,
    report: RosterReport | None = None,
    problem: str = "",
    filled: Mapping[str, Mapping[str, str]] | None = None,
) -> Response:
    """`report` says what a roster brought; `problem` what is wrong with a form of a session, and `filled` what was
    filled in: session number (empty for a new one) -> fields."""
    tenant = visit.context.tenant
    with visit.store() as connection:
        roll = roll_of(records_of_event(connection, event.event_id))
        offices = offices_known(connection, tenant)
        findings = open_findings_of_event(connection, tenant, event.source)
        versions = session_versions(connection, event.event_id)
    session = _chosen(visit, event)
    rows = _rows(event, session, roll, visit.asked("cari"))
    present = {
        item.number: sum(mark.present for (number, _), mark in roll.marks.items() if number == item.number)
        for item in event.sessions
    }
    return visit.page(
        "field/event.html",
        400 if problem else 200,
        event=event,
        session=session,
        rows=rows[:_MOST_SHOWN],
        more=max(len(rows) - _MOST_SHOWN, 0),
        present=present,
        offices=offices,
        findings=[Told(code, finding_words(code, params, visit.language)) for code, params in findings],
        report=report,
        problem=problem,
        filled=filled or {},
        fields=lambda item: fields_of(visit, item),
        changes=changes_of(versions, event.created_at),
        sought=visit.asked("cari"),
        hours=lambda item: hours_of(visit, item),
        day_on=lambda item: day_in_zone(item.starts_at, visit.facts.zone),
        states=SessionState,
    )


def add_people(visit: Visit) -> Response:
    """By office, or from pasted lines; the page says what could not be read."""
    event, desk = own_event_of(visit), desk_of(visit)
    office, lines = visit.form.get("opd", ""), visit.form.get("daftar", "")
    report = add_lines(desk, event, lines) if lines.strip() else RosterReport()
    if office:
        from_office = add_offices(desk, event, office)
        report.added += from_office.added
        report.already += from_office.already
    return page_of(visit, own_event_of(visit), report=report)


def session_of(visit: Visit, event: FieldEvent) -> FieldSession:
    """The session in the address. Raises RefuseInput where the event has none of that number."""
    session = event.session(int(visit.part("number")))
    if session is None:
        raise event_missing(event.code)
    return session


def mark(visit: Visit) -> Response:
    """The organiser's own hand at the console; it settles what devices contradict each other about."""
    event = own_event_of(visit)
    session = session_of(visit, event)
    person = visit.form.get("orang", "").strip()
    if not person:
        raise RefuseInput(
            "MARK-WHO",
            "NIP belum diisi. Isi NIP orang yang hadir, lalu simpan lagi.",
            "No NIP was given. Enter that of the person who is present.",
        )
    act = Act.UNTICK if visit.form.get("tanda") == "hapus" else Act.TICK
    who = f"account:{visit.account.name}"
    typed = person.removeprefix("?")
    record_here(desk_of(visit), event, session.number, act, typed, who, Carried.CONSOLE)
    return visit.go(f"/acara/{event.code}?sesi={session.number}#hadir")


_STATES = {
    "konfirmasi": SessionState.CONFIRMED,
    "buka": SessionState.OPEN,
    "batal": SessionState.CANCELLED,
}


def state(visit: Visit) -> Response:
    event = own_event_of(visit)
    session = session_of(visit, event)
    wanted = _STATES.get(visit.form.get("keadaan", ""))
    if wanted is None:
        raise RefuseInput(
            "SESSION-STATE",
            "Keadaan sesi tidak dikenal. Muat ulang halaman lalu coba lagi.",
            "The session's state is unknown. Reload the page and try again.",
        )
    if wanted is SessionState.CONFIRMED and visit.now < session.starts_at:
        raise RefuseInput(
            "SESSION-FUTURE",
            "Sesi ini belum dimulai, jadi belum dapat dikonfirmasi. Konfirmasi setelah sesi berlangsung.",
            "This session has not begun, so it can't be confirmed yet. Confirm it after it was held.",
        )
    set_state(desk_of(visit), event.code, session.number, wanted, visit.account.name)
    return visit.go(f"/acara/{event.code}?sesi={session.number}")


def fields_of(visit: Visit, session: FieldSession) -> dict[str, str]:
    """A session as its form shows it, in the tenant's zone."""
    zone = ZoneInfo(visit.facts.zone)
    start, end = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
    return {
        "sesi1_judul": session.title,
        "sesi1_tanggal": f"{start:%Y-%m-%d}",
        "sesi1_mulai": f"{start:%H:%M}",
        "sesi1_selesai": f"{end:%H:%M}",
    }


# -- paper ---------------------------------------------------------------------------------------------------


def hours_of(visit: Visit, session: FieldSession) -> str:
    zone = ZoneInfo(visit.facts.zone)
    start, end = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
    name = {"Asia/Jayapura": "WIT", "Asia/Makassar": "WITA", "Asia/Jakarta": "WIB"}.get(visit.facts.zone, "")
    return f"{start:%H.%M} – {end:%H.%M} {name}".strip()


def _words(visit: Visit, event: FieldEvent) -> Sequence[SheetWords]:
    """Paper is Indonesian, whatever the reader's language."""
    from bridge.attendance.sign_in_sheet import SheetWords

    zone = ZoneInfo(visit.facts.zone)
    days = [item.starts_at.astimezone(zone).date() for item in event.counted_sessions]
    return [
        SheetWords(
            visit.facts.name,
            f"{_WEEKDAYS[day.weekday()]}, {day_shown(day, 'id')}",
            hours_of(visit, item),
            check_in_address(visit, event, item),
        )
        for item, day in zip(event.counted_sessions, days, strict=True)
    ]


def _pdf(body: bytes, name: str) -> Response:
    return Response(body, media_type=_PDF, headers={"content-disposition": f'inline; filename="{name}"'})


def sign_in_sheet(visit: Visit) -> Response:
    from bridge.attendance.sign_in_sheet import sign_in_sheets

    event = own_event_of(visit)
    now = visit.now.astimezone(ZoneInfo(visit.facts.zone))
    if not event.counted_sessions:
        raise RefuseInput(
            "SHEET-EMPTY",
            "Semua sesi acara ini dibatalkan, jadi tidak ada daftar hadir.",
            "Every session of this event is cancelled, so there is no sign-in sheet.",
        )
    return _pdf(sign_in_sheets(event, _words(visit, event), now), f"daftar-hadir-{event.code}.pdf")


def cards(visit: Visit) -> Response:
    from bridge.attendance.sign_in_sheet import name_cards

    event = own_event_of(visit)
    if not event.participants:
        raise RefuseInput(
            "CARDS-EMPTY",
            "Acara ini belum punya peserta. Tambahkan peserta, lalu cetak kartunya.",
            "This event has no participants yet. Add them, then print the cards.",
        )
    return _pdf(name_cards(event), f"kartu-{event.code}.pdf")
