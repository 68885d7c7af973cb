"""The organiser's word under an imported sheet: who was there is right. Recorded with who said it, who wrote it
down and when; taken back the same way. In the field the organiser says it session by session (field_confirm)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.store.batches import newest_batch
from bridge.store.catalogue import load_rule_documents
from bridge.store.confirmations import (
    EventRoll,
    record_confirmation,
    rolls_of,
    take_back_confirmation,
)
from bridge.store.unit import reading, unit

LONGEST_NAME = 200
SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Confirmable:
    """One event of a sheet. `required`: the newest rules ask for the organiser's word on its form."""

    roll: EventRoll
    required: bool


def confirmable(ctx: Context, source: str) -> list[Confirmable]:
    """The events of a sheet that stands. Raises RefuseInput where there is none of that name."""
    with reading(ctx.store) as connection:
        return _confirmable(connection, ctx, source)


def _confirmable(connection: Connection, ctx: Context, source: str) -> list[Confirmable]:
    from bridge.engine.rules import read_rules

    tenant = ctx.office.tenant
    batch = newest_batch(connection, tenant, source)
    if batch is None or batch["undone_at"] is not None:
        raise RefuseInput(
            "IMPORT-UNKNOWN",
            f"Tidak ada lembar bernama {source!r} yang masih berlaku. Lihat: jpbridge import list.",
            f"No sheet named {source!r} stands. See: jpbridge import list.",
            where=source,
        )
    documents = load_rule_documents(connection, tenant)
    forms = set(read_rules(documents[-1]).defaults.confirmation_forms) if documents else set()
    return [
        Confirmable(roll, (roll.form_stated or "").isdigit() and int(roll.form_stated or 0) in forms)
        for roll in rolls_of(connection, tenant, source)
    ]


def confirm_sheet(
    ctx: Context, source: str, *, by: str, recorded_by: str, events: Sequence[str] = ()
) -> tuple[int, int]:
    """Record that the organiser `by` (name and post) confirms the rolls of these events, by reference or title; all
    of the sheet's where none is named. Returns how many are new, and how many were asked for. Raises RefuseInput on
    an unknown sheet or event, a sheet from the field, or a missing name."""
    name = " ".join(by.split())
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME:
        raise RefuseInput(
            "CONFIRMATION-NAME",
            f"Tulis nama dan jabatan penyelenggara yang mengonfirmasi ({SHORTEST_NAME}–{LONGEST_NAME} huruf).",
            f"Write the name and post of the organiser who confirms ({SHORTEST_NAME}–{LONGEST_NAME} letters).",
        )
    with unit(ctx.store) as connection:
        rolls = _chosen(_confirmable(connection, ctx, source), source, events)
        new = record_confirmation(
            connection,
            ctx.office.tenant,
            source,
            rolls,
            by=name,
            recorded_by=recorded_by,
            now=ctx.clock(),
        )
    return new, len(rolls)


def take_back(ctx: Context, source: str, *, who: str, events: Sequence[str] = ()) -> int:
    """Take the confirmation of these events back (all where none is named). Returns how many had one. Raises
    RefuseInput on an unknown sheet or event."""
    with unit(ctx.store) as connection:
        rolls = _chosen(_confirmable(connection, ctx, source), source, events)
        return take_back_confirmation(connection, ctx.office.tenant, source, rolls, who=who, now=ctx.clock())


def _chosen(found: Sequence[Confirmable], source: str, events: Sequence[str]) -> list[EventRoll]:
    if source.startswith("acara:"):
        raise RefuseInput(
            "CONFIRMATION-FIELD",
            f"{source} adalah acara lapangan. Konfirmasikan sesinya pada halaman acaranya.",
            f"{source} is an event in the field. Confirm its sessions on the event's page.",
            where=source,
        )
    rolls = [one.roll for one in found]
    if not events:
        return rolls
    chosen: dict[str, EventRoll] = {}
    for name in events:
        sought = " ".join(name.split()).casefold()
        hits = [roll for roll in rolls if sought in (roll.event_ref, " ".join(roll.title.split()).casefold())]
        if len(hits) != 1:
            raise _unclear(source, name, len(hits))
        chosen[hits[0].event_ref] = hits[0]
    return list(chosen.values())


def _unclear(source: str, name: str, hits: int) -> RefuseInput:
    if hits:
        return RefuseInput(
            "EVENT-AMBIGUOUS",
            f"{hits} kegiatan pada {source} berjudul “{name}”. Pakai nomor acuannya, lihat: "
            f"jpbridge import confirm {source!r}",
            f"{hits} events of {source} are called “{name}”. Use the reference, see: "
            f"jpbridge import confirm {source!r}",
            where=source,
        )
    return RefuseInput(
        "EVENT-UNKNOWN",
        f"Tidak ada kegiatan “{name}” pada {source}. Lihat: jpbridge import confirm {source!r}",
        f"There is no event “{name}” in {source}. See: jpbridge import confirm {source!r}",
        where=source,
    )
