"""The organiser's word under a sheet: which of its events are confirmed, by whom, and the form to record it."""

from __future__ import annotations

from starlette.responses import Response

from bridge.errors import RefuseInput
from bridge.flows.confirm import LONGEST_NAME, confirm_sheet, confirmable, take_back
from bridge.flows.context import Context
from bridge.store.sheets import ImportRow, imports_listed
from bridge.store.unit import reading
from bridge.web.gate import ADMINISTRATORS, Page
from bridge.web.pages.sheets import flows_of, who
from bridge.web.visit import Visit


def _standing(visit: Visit, ctx: Context) -> ImportRow | None:
    """The import of the address, where it is what stands of its sheet."""
    with reading(ctx.store) as connection:
        found = imports_listed(connection, ctx.office.tenant, batch_id=int(visit.part("batch_id")))
    return found[0] if found and found[0].counts else None


def look(visit: Visit) -> Response:
    ctx = flows_of(visit)
    row = _standing(visit, ctx)
    if row is None:
        return visit.page("missing.html", 404, what="sheet", sought=str(visit.part("batch_id")))
    found = confirmable(ctx, row.source)
    return visit.page(
        "sheets/confirm.html",
        row=row,
        found=found,
        confirmed=sum(one.roll.confirmed for one in found),
        longest=LONGEST_NAME,
        field=row.source.startswith("acara:"),
        done=visit.asked("selesai"),
    )


def say(visit: Visit) -> Response:
    """Record the confirmation of the events that were ticked, or take it back."""
    ctx = flows_of(visit)
    row = _standing(visit, ctx)
    if row is None:
        return visit.page("missing.html", 404, what="sheet", sought=str(visit.part("batch_id")))
    events = [value for name, value in visit.form.items() if name.startswith("event.") and value]
    if not events:
        raise RefuseInput(
            "CONFIRMATION-EVENTS",
            "Belum ada kegiatan yang dicentang. Centang yang dikonfirmasi, lalu simpan.",
            "No event is ticked. Tick those that are confirmed, then save.",
        )
    if visit.form.get("action") == "tarik":
        take_back(ctx, row.source, who=who(visit), events=events)
        return visit.go(f"/lembar/{row.batch_id}/konfirmasi?selesai=ditarik")
    confirm_sheet(ctx, row.source, by=visit.form.get("by", ""), recorded_by=who(visit), events=events)
    return visit.go(f"/lembar/{row.batch_id}/konfirmasi?selesai=dicatat")


PAGES: tuple[Page, ...] = (
    Page("/lembar/{batch_id:int}/konfirmasi", look, ADMINISTRATORS),
    Page("/lembar/{batch_id:int}/konfirmasi", say, ADMINISTRATORS, "POST"),
)
