"""Sessions of an event that is there already: another one, other times."""

from __future__ import annotations

from starlette.responses import Response

from bridge.errors import RefuseInput
from bridge.flows.field_sessions import add_one, change_one
from bridge.web.pages.event import own_event_of, page_of, session_of
from bridge.web.pages.field import desk_of
from bridge.web.visit import Visit


def add(visit: Visit) -> Response:
    event = own_event_of(visit)
    try:
        changed = add_one(desk_of(visit), event.code, visit.form, visit.account.name)
    except RefuseInput as fault:
        return page_of(visit, event, problem=_sentence(visit, fault), filled={"": dict(visit.form)})
    return visit.go(f"/acara/{event.code}?sesi={changed.session.number}")


def change(visit: Visit) -> Response:
    event = own_event_of(visit)
    session = session_of(visit, event)
    try:
        change_one(desk_of(visit), event.code, session.number, visit.form, visit.account.name)
    except RefuseInput as fault:
        filled = {str(session.number): dict(visit.form)}
        return page_of(visit, event, problem=_sentence(visit, fault), filled=filled)
    return visit.go(f"/acara/{event.code}?sesi={session.number}")


def _sentence(visit: Visit, fault: RefuseInput) -> str:
    return fault.sentence if visit.language == "id" else fault.english
