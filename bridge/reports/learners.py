"""The learners of an office with their JP, and the search for a learner by NIP or name."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, Select, and_, func, select

from bridge.domain.learner import Employment, Scheme
from bridge.reports.coverage import CEILING_PPPK, DUTY
from bridge.reports.report import Column, Kind, Report
from bridge.store.people import current_first
from bridge.store.tables import finding, identifier, learner, ledger_entry


@dataclass(frozen=True, slots=True)
class LearnerStanding:
    """`jp` hundredths of the year; `missing` what a PNS lacks of 20 JP, None for PPPK (no minimum);
    `note` is a msgid."""

    learner_id: int
    person_key: str
    nip: str | None
    name: str
    employment: str
    post: str
    office_code: str
    office_name: str
    active: bool
    jp: int
    missing: int | None
    findings: int
    note: str


REPORT = Report(
    "pegawai",
    "Pegawai OPD dan JP-nya",
    (
        Column("name", "Nama", link="/pegawai/{learner_id}"),
        Column("nip", "NIP", Kind.NIP),
        Column("employment", "Status"),
        Column("post", "Jabatan", Kind.CODE),
        Column("jp", "JP", Kind.JP),
        Column("missing", "Kurang JP", Kind.JP),
        Column("findings", "Temuan", Kind.COUNT),
    ),
)

REACHED, BELOW, WITHIN, ABOVE = "Tercapai", "Belum tercapai", "Dalam batas PPPK", "Di atas batas 24 JP PPPK"


def newest_nip(learner_id: ColumnElement[int]) -> ScalarSelect[str]:
    """The NIP that holds, which is the one that began last (a PPPK number changes). Asked for each row
    that is shown, by index: a join with all identifiers costs their product on SQLite."""
    return (
        select(identifier.c.value)
        .where(identifier.c.learner_id == learner_id, identifier.c.scheme == Scheme.NIP.value)
        .order_by(*current_first())
        .limit(1)
        .scalar_subquery()
    )


def _standings(tenant: str, year: int) -> Select[tuple[object, ...]]:
    key = learner.c.learner_id
    earned = (
        select(func.coalesce(func.sum(ledger_entry.c.jp), 0))
        .where(ledger_entry.c.tenant == tenant, ledger_entry.c.learner_id == key, ledger_entry.c.year == year)
        .scalar_subquery()
    )
    opened = (
        select(func.count())
        .select_from(finding)
        .where(finding.c.tenant == tenant, finding.c.learner_id == key, finding.c.closed_at.is_(None))
        .scalar_subquery()
    )
    return select(
        key,
        learner.c.person_key,
        newest_nip(key).label("nip"),
        learner.c.name,
        learner.c.employment,
        learner.c.post,
        learner.c.office_code,
        learner.c.office_name,
        learner.c.active,
        earned.label("jp"),
        opened.label("findings"),
    ).where(learner.c.tenant == tenant)


def _standing(row: Row[tuple[object, ...]]) -> LearnerStanding:
    jp = int(row.jp)
    pns = row.employment == Employment.PNS.value
    enough, little = (REACHED, BELOW) if pns else (ABOVE, WITHIN)
    note = enough if (jp >= DUTY if pns else jp > CEILING_PPPK) else little
    return LearnerStanding(
        row.learner_id, row.person_key, row.nip, row.name, row.employment, row.post, row.office_code,
        row.office_name, row.active, jp, max(DUTY - jp, 0) if pns else None, row.findings, note,
    )  # fmt: skip


def learners_of_office(connection: Connection, tenant: str, office: str, year: int) -> list[LearnerStanding]:
    """Those with the least JP first: they need attention."""
    query = (
        _standings(tenant, year)
        .where(learner.c.office_code == office, learner.c.active.is_(True))
        .order_by("jp", learner.c.name, learner.c.learner_id)
    )
    return [_standing(row) for row in connection.execute(query)]


def one_learner(connection: Connection, tenant: str, learner_id: int, year: int) -> LearnerStanding | None:
    query = _standings(tenant, year).where(learner.c.learner_id == learner_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _standing(row)


def learner_of_person(
    connection: Connection, tenant: str, person_key: str, year: int
) -> LearnerStanding | None:
    query = _standings(tenant, year).where(learner.c.person_key == person_key)
    row = connection.execute(query).one_or_none()
    return None if row is None else _standing(row)


def escaped_like(text: str) -> str:
    """The text for LIKE … ESCAPE '\\': a percent sign that was typed is a percent sign."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def matching_learners(tenant: str, sought: str) -> Select[tuple[int]]:
    """Keys of learners by NIP (from the start; an older number counts too) or by words of the name in any
    order. Digits may come with spaces, dots or an apostrophe."""
    digits = "".join(mark for mark in sought if mark.isdigit())
    if digits and not any(mark.isalpha() for mark in sought):
        return select(identifier.c.learner_id).where(
            identifier.c.tenant == tenant,
            identifier.c.scheme == Scheme.NIP.value,
            identifier.c.value.like(f"{digits}%"),
        )
    words = [
        func.lower(learner.c.name).like(f"%{escaped_like(word.lower())}%", escape="\\")
        for word in sought.split()
    ]
    return select(learner.c.learner_id).where(learner.c.tenant == tenant, and_(*words))


def search_learners(
    connection: Connection, tenant: str, sought: str, year: int, limit: int = 50
) -> list[LearnerStanding]:
    if not sought.strip():
        return []
    found = matching_learners(tenant, sought).limit(limit * 4).subquery("found")
    query = (
        _standings(tenant, year)
        .where(learner.c.learner_id.in_(select(found)))
        .order_by(learner.c.name, learner.c.learner_id)
        .limit(limit)
    )
    return [_standing(row) for row in connection.execute(query)]
