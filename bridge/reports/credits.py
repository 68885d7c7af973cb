"""One learner's credits of a year: the net of each activity's ledger entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from bridge.reports.report import Column, Kind, Report
from bridge.store.tables import ledger_entry


@dataclass(frozen=True, slots=True)
class NetCredit:
    """`jp` is the signed sum in hundredths, zero where everything was reversed; the words are those of the
    activity's newest entry; `reason` a stable code; `entries` how many rows made the sum."""

    activity_key: str
    title: str
    organiser: str
    form: int
    started_on: date
    ended_on: date
    jp: int
    reason: str
    rule_version: str
    entries: int


REPORT = Report(
    "kredit",
    "Kredit JP pegawai",
    (
        Column("title", "Kegiatan"),
        Column("organiser", "Penyelenggara"),
        Column("form", "Kode bentuk"),
        Column("started_on", "Mulai", Kind.DAY),
        Column("ended_on", "Selesai", Kind.DAY),
        Column("jp", "JP", Kind.JP),
        Column("reason", "Alasan"),
        Column("rule_version", "Versi aturan"),
    ),
)


def credits_of_learner(connection: Connection, tenant: str, learner_id: int, year: int) -> list[NetCredit]:
    """By the day on which the activity ended, newest first."""
    entry = ledger_entry.c
    net = (
        select(
            func.sum(entry.jp).label("jp"),
            func.count().label("entries"),
            func.max(entry.entry_id).label("newest"),
        )
        .where(entry.tenant == tenant, entry.learner_id == learner_id, entry.year == year)
        .group_by(entry.activity_key)
        .subquery("net")
    )
    query = (
        select(
            entry.activity_key,
            entry.title,
            entry.organiser,
            entry.form,
            entry.started_on,
            entry.ended_on,
            net.c.jp,
            entry.reason,
            entry.rule_version,
            net.c.entries,
        )
        .select_from(ledger_entry.join(net, net.c.newest == entry.entry_id))
        .order_by(entry.ended_on.desc(), entry.title, entry.entry_id)
    )
    return [
        NetCredit(
            row.activity_key, row.title, row.organiser, row.form, row.started_on, row.ended_on, int(row.jp),
            row.reason, row.rule_version, row.entries,
        )
        for row in connection.execute(query)
    ]  # fmt: skip
