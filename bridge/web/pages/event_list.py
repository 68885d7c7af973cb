"""The organiser's events and devices, and the form of a new event."""

from __future__ import annotations

from starlette.responses import Response

from bridge.domain.clock import day_in_zone
from bridge.errors import RefuseInput
from bridge.flows.field_desk import sees_all
from bridge.flows.field_events import ROWS, make_event
from bridge.reports.words import FORMS
from bridge.store.field_events import devices_of, events_of, revoke_device
from bridge.store.unit import unit
from bridge.web.pages.field import desk_of
from bridge.web.visit import Visit


def listed(visit: Visit) -> Response:
    account = visit.account
    owner = None if sees_all(account) else account.account_id
    with visit.store() as connection:
        events = events_of(connection, visit.context.tenant, owner)
        devices = devices_of(connection, visit.context.tenant, account.account_id)
    zone = visit.facts.zone
    days = {
        one.code: (day_in_zone(one.sessions[0].starts_at, zone), day_in_zone(one.sessions[-1].ends_at, zone))
        for one in events
    }
    return visit.page("field/list.html", events=events, days=days, devices=devices)


def form(visit: Visit) -> Response:
    return _form(visit, 200, {})


def _form(visit: Visit, status: int, values: dict[str, str], problem: str = "") -> Response:
    later = any(
        values.get(f"sesi{row}_{part}") for row in range(3, ROWS + 1) for part in ("judul", "tanggal")
    )
    return visit.page(
        "field/new.html", status, values=values, problem=problem, rows=ROWS, later=later, forms=FORMS
    )


def create(visit: Visit) -> Response:
    try:
        event = make_event(desk_of(visit), visit.account, visit.form)
    except RefuseInput as fault:
        sentence = fault.sentence if visit.language == "id" else fault.english
        return _form(visit, 400, dict(visit.form), sentence)
    return visit.go(f"/acara/{event.code}")


def revoke(visit: Visit) -> Response:
    """What the device records from now on is refused; what it sent before stays."""
    key_id, account_id = visit.form.get("perangkat", ""), visit.account.account_id
    with unit(visit.context.engine) as connection:
        revoke_device(connection, visit.context.tenant, account_id, key_id, visit.now)
    return visit.go("/acara")
