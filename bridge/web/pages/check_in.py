"""Checking in: the organiser's screen with the rotating code, and the page on the learner's phone.

A code lives for a minute, an 18-digit NIP takes longer to type and a bad link longer to carry it: who brings a
right code gets a ticket, good for one person and an hour. Its number is the record's nonce, so that a form sent
twice is one record.
"""

from __future__ import annotations

import hmac
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
import segno
from starlette.responses import Response

from bridge.attendance.check_in_code import code_is_right, shown_code
from bridge.attendance.field_roll import roll_of
from bridge.domain.field import Act, Carried, FieldEvent, FieldRecord, FieldSession, SessionState
from bridge.errors import RefuseInput
from bridge.flows.field_desk import event_missing, own_event
from bridge.flows.field_intake import record_here
from bridge.identity.nip import read_nip
from bridge.store.field_events import event_by_code
from bridge.store.field_records import records_of_event, records_of_maker
from bridge.web.headers import with_scripts
from bridge.web.pages.field import desk_of
from bridge.web.session import set_cookie
from bridge.web.signing import sign, unsign
from bridge.web.visit import Visit

TICKET_LIFE = timedelta(minutes=60)
"""A form that could not be sent is sent again for so long."""
EARLY = timedelta(minutes=60)
LATE = timedelta(minutes=30)
PHONE_COOKIE = "jpbridge_telepon"
_PURPOSE = "check-in"


# -- the organiser's screen ----------------------------------------------------------------------------------


def _own_session(visit: Visit) -> tuple[FieldEvent, FieldSession]:
    code = str(visit.part("event"))
    with visit.store() as connection:
        event = own_event(connection, visit.context.tenant, code, visit.account)
    session = event.session(int(visit.part("number"))) if event is not None else None
    if event is None or session is None:
        raise event_missing(code)
    return event, session


def check_in_address(visit: Visit, event: FieldEvent, session: FieldSession) -> str:
    base = str(visit.request.base_url).rstrip("/")
    return f"{base}/hadir/{event.code}/{session.number}"


def screen(visit: Visit) -> Response:
    event, session = _own_session(visit)
    address = check_in_address(visit, event, session)
    page = visit.page(
        "field/screen.html", event=event, session=session, code=_code(visit, event, session), address=address
    )
    return with_scripts(page)


def _code(visit: Visit, event: FieldEvent, session: FieldSession) -> dict[str, object]:
    context = visit.context
    shown = shown_code(context.secret_key, context.tenant, event.code, session.number, visit.now)
    address = f"{check_in_address(visit, event, session)}?k={shown.long}"
    with visit.store() as connection:
        roll = roll_of(records_of_event(connection, event.event_id))
    present = sum(mark.present for (number, _), mark in roll.marks.items() if number == session.number)
    qr = segno.make(address, error="m", micro=False).svg_data_uri(border=2, dark="#10211d", light="#ffffff")
    return {"qr": qr, "digits": shown.digits, "left": shown.seconds_left, "present": present}


def code(visit: Visit) -> Response:
    """The code of this moment, for the screen's script."""
    event, session = _own_session(visit)
    return Response(orjson.dumps(_code(visit, event, session)), media_type="application/json")


# -- the learner's phone -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    event: FieldEvent
    session: FieldSession


def _place(visit: Visit, at: datetime | None = None) -> _Place:
    """The session that is open for check-in now, or was `at` the moment of the ticket. Raises RefuseInput that
    says why it is not."""
    with visit.store() as connection:
        event = event_by_code(connection, visit.context.tenant, str(visit.part("event")))
    session = event.session(int(visit.part("number"))) if event is not None else None
    if event is None or session is None:
        raise RefuseInput(
            "CHECK-IN-UNKNOWN",
            "Acara atau sesi ini tidak ada. Pindai lagi kode QR di layar penyelenggara.",
            "There is no such event or session. Scan the QR code on the organiser's screen again.",
        )
    if session.state is not SessionState.OPEN:
        raise RefuseInput(
            "CHECK-IN-CLOSED",
            "Sesi ini sudah ditutup. Minta penyelenggara mencatat kehadiran Anda.",
            "This session is closed. Ask the organiser to record your attendance.",
        )
    if not session.starts_at - EARLY <= (at or visit.now) <= session.ends_at + LATE:
        raise RefuseInput(
            "CHECK-IN-HOURS",
            "Presensi hanya dibuka dari 60 menit sebelum sampai 30 menit sesudah sesi. "
            "Minta penyelenggara mencatat kehadiran Anda.",
            "Check-in is open from 60 minutes before to 30 minutes after the session. "
            "Ask the organiser to record your attendance.",
        )
    return _Place(event, session)


def _code_is_right(visit: Visit, place: _Place, given: str) -> bool:
    context = visit.context
    event, number = place.event.code, place.session.number
    return code_is_right(context.secret_key, context.tenant, event, number, given, visit.now)


def _ticket(visit: Visit, place: _Place) -> str:
    claims = {
        "t": visit.context.tenant,
        "e": place.event.code,
        "s": place.session.number,
        "n": str(uuid.uuid4()),
        "i": int(visit.now.timestamp()),
    }
    return sign(visit.context.secret_key, _PURPOSE, claims, visit.now, TICKET_LIFE)


@dataclass(frozen=True, slots=True)
class _Ticket:
    """`nonce` of the one record it is good for; `issued`: when its bearer had seen the screen."""

    nonce: str
    issued: datetime


def _brought_ticket(visit: Visit) -> _Ticket | None:
    claims = unsign(visit.context.secret_key, _PURPOSE, visit.form.get("tiket", ""), visit.now)
    place = (visit.context.tenant, str(visit.part("event")), int(visit.part("number")))
    if claims is None or (claims.get("t"), claims.get("e"), claims.get("s")) != place:
        return None
    return _Ticket(str(claims["n"]), datetime.fromtimestamp(int(claims["i"]), UTC))


def _pressed(visit: Visit, ticket: _Ticket) -> datetime:
    """When the learner pressed the button: the page counts the milliseconds since (`tunda`), by a clock that no
    setting moves. Never before the ticket, never after now; the time of a late arrival is not that of the person."""
    text = visit.form.get("tunda", "")
    waited = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
    return min(max(visit.now - timedelta(milliseconds=waited), ticket.issued), visit.now)


def _phone(visit: Visit) -> str:
    """The phone's own number, a random one that its cookie keeps."""
    kept = visit.request.cookies.get(PHONE_COOKIE, "")
    return kept if len(kept) == 32 else secrets.token_hex(16)


def _mark(visit: Visit, phone: str) -> str:
    return hmac.new(visit.context.secret_key, b"phone:" + phone.encode(), "sha256").hexdigest()[:12]


def _shown(visit: Visit, place: _Place, status: int = 200, phone: str = "", **words: object) -> Response:
    """The page. The phone gets its number before it sends anything: when the answer is lost, it is known again."""
    phone = phone or _phone(visit)
    told = {"ticket": "", "problem": "", "typed": "", "receipt": "", "record": None, "earlier": []} | words
    page = visit.page("field/check_in.html", status, event=place.event, session=place.session, **told)
    set_cookie(visit.context, visit.request, page, PHONE_COOKIE, phone, timedelta(days=400))
    return with_scripts(page)


def _earlier(visit: Visit, place: _Place) -> list[tuple[FieldRecord, str]]:
    """Who was recorded from this phone at this session already, with the receipts."""
    if PHONE_COOKIE not in visit.request.cookies:
        return []
    maker = f"phone:{_mark(visit, _phone(visit))}"
    with visit.store() as connection:
        mine = records_of_maker(connection, place.event.event_id, place.session.number, maker)
    desk = desk_of(visit)
    return [(one, desk.receipt_of(place.event.code, one)) for one in mine]


def form(visit: Visit) -> Response:
    """With a right code the NIP is asked for, without one the six digits."""
    place = _place(visit)
    given, earlier = visit.asked("k"), _earlier(visit, place)
    if given and _code_is_right(visit, place, given):
        return _shown(visit, place, ticket=_ticket(visit, place), earlier=earlier)
    return _shown(visit, place, problem="stale" if given else "", earlier=earlier)


def check_in(visit: Visit) -> Response:
    brought = _brought_ticket(visit)
    place = _place(visit, brought.issued if brought is not None else None)
    if brought is None:
        return _by_digits(visit, place)
    ticket, typed = visit.form.get("tiket", ""), visit.form.get("nip", "").strip()[:200]
    if read_nip(typed).value is None:
        return _shown(visit, place, 400, ticket=ticket, typed=typed, problem="nip")
    phone = _phone(visit)
    record, receipt = record_here(
        desk_of(visit),
        place.event,
        place.session.number,
        Act.SELF,
        typed,
        f"phone:{_mark(visit, phone)}",
        Carried.PHONE,
        brought.nonce,
        seen=(brought.issued, _pressed(visit, brought)),
    )
    if record.nip != read_nip(typed).value:
        return _shown(visit, place, 409, problem="spent")
    listed = any(one.nip == record.nip for one in place.event.participants)
    return _shown(visit, place, phone=phone, receipt=receipt, record=record, listed=listed)


def _by_digits(visit: Visit, place: _Place) -> Response:
    """Six digits can be guessed, so wrong ones are counted."""
    if "tiket" in visit.form:
        return _shown(visit, place, 410, problem="stale")
    address = visit.request.client.host if visit.request.client else ""
    name = f"{place.event.code}/{place.session.number}/{visit.request.cookies.get(PHONE_COOKIE, '')}"
    throttle = visit.context.check_in_throttle
    if throttle.wait(name, address, visit.now) is not None:
        return _shown(visit, place, 429, problem="wait")
    if not _code_is_right(visit, place, visit.form.get("kode", "")):
        throttle.failed(name, address, visit.now)
        return _shown(visit, place, 400, problem="wrong")
    return _shown(visit, place, ticket=_ticket(visit, place))
