"""Checking in: the organiser's screen with the rotating code, and the page on the learner's phone.

A code lives for a minute, an 18-digit NIP takes longer to type: who brings a right code gets a ticket, good for
one person and ten minutes.
"""

from __future__ import annotations

import hmac
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta

import orjson
import segno
from starlette.responses import Response

from bridge.attendance.check_in_code import code_is_right, shown_code
from bridge.attendance.field_roll import roll_of
from bridge.domain.field import Act, Carried, FieldEvent, FieldSession, SessionState
from bridge.errors import RefuseInput
from bridge.flows.field_desk import event_missing, own_event
from bridge.flows.field_intake import record_here
from bridge.identity.nip import read_nip
from bridge.store.field_events import event_by_code
from bridge.store.field_records import records_of_event
from bridge.web.headers import with_scripts
from bridge.web.pages.field import desk_of
from bridge.web.session import set_cookie
from bridge.web.signing import sign, unsign
from bridge.web.visit import Visit

TICKET_LIFE = timedelta(minutes=10)
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


def _place(visit: Visit) -> _Place:
    """The session that is open for check-in now. Raises RefuseInput that says why it is not."""
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
    if not session.starts_at - EARLY <= visit.now <= session.ends_at + LATE:
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
    }
    return sign(visit.context.secret_key, _PURPOSE, claims, visit.now, TICKET_LIFE)


def _nonce_of(visit: Visit, place: _Place) -> str | None:
    claims = unsign(visit.context.secret_key, _PURPOSE, visit.form.get("tiket", ""), visit.now)
    mine = {"t": visit.context.tenant, "e": place.event.code, "s": place.session.number}
    if claims is None or any(claims.get(name) != value for name, value in mine.items()):
        return None
    return str(claims["n"])


def _shown(visit: Visit, place: _Place, status: int = 200, **words: object) -> Response:
    told = {"ticket": "", "problem": "", "typed": "", "receipt": "", "record": None} | words
    return visit.page("field/check_in.html", status, event=place.event, session=place.session, **told)


def form(visit: Visit) -> Response:
    """With a right code the NIP is asked for, without one the six digits."""
    place = _place(visit)
    given = visit.asked("k")
    if given and _code_is_right(visit, place, given):
        return _shown(visit, place, ticket=_ticket(visit, place))
    return _shown(visit, place, problem="stale" if given else "")


def check_in(visit: Visit) -> Response:
    place = _place(visit)
    nonce = _nonce_of(visit, place)
    if nonce is None:
        return _by_digits(visit, place)
    ticket, typed = visit.form.get("tiket", ""), visit.form.get("nip", "").strip()[:200]
    if read_nip(typed).value is None:
        return _shown(visit, place, 400, ticket=ticket, typed=typed, problem="nip")
    phone = visit.request.cookies.get(PHONE_COOKIE, "")
    phone = phone if len(phone) == 32 else secrets.token_hex(16)
    mark = hmac.new(visit.context.secret_key, b"phone:" + phone.encode(), "sha256").hexdigest()[:12]
    record, receipt = record_here(
        desk_of(visit),
        place.event,
        place.session.number,
        Act.SELF,
        typed,
        f"phone:{mark}",
        Carried.PHONE,
        nonce,
    )
    if record.nip != read_nip(typed).value:
        return _shown(visit, place, 409, problem="spent")
    listed = any(one.nip == record.nip for one in place.event.participants)
    response = _shown(visit, place, receipt=receipt, record=record, listed=listed)
    set_cookie(visit.context, visit.request, response, PHONE_COOKIE, phone, timedelta(days=400))
    return response


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
