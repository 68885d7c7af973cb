"""A console with an event of today, for tests of the field: real store, real HTTP, the machine's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from bridge.domain.field import FieldEvent, FieldRecord, FieldSession, Participant
from bridge.flows.field_desk import Desk
from bridge.store.console import Account
from bridge.store.field_events import add_event, event_by_code
from bridge.store.field_records import records_of_event
from bridge.store.tables import finding
from bridge.web.app import make_app
from tests.integration.web.scene import SECRET, TENANT, Scene, served

ZONE = "Asia/Jayapura"


@dataclass
class Site:
    """`shift` moves the server's clock against the machine's."""

    scene: Scene
    event: FieldEvent
    root: str = ""
    shift: timedelta = field(default=timedelta(0))

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.shift

    @property
    def engine(self) -> Engine:
        return self.scene.engine

    @property
    def desk(self) -> Desk:
        return Desk(self.engine, TENANT, ZONE, self.clock, SECRET)

    def now_event(self) -> FieldEvent:
        with self.engine.connect() as connection:
            found = event_by_code(connection, TENANT, self.event.code)
        assert found is not None
        return found

    def records(self) -> list[FieldRecord]:
        with self.engine.connect() as connection:
            return records_of_event(connection, self.event.event_id)

    def findings(self) -> dict[str, list[dict[str, Any]]]:
        """Open findings of this event: code -> params."""
        query = select(finding.c.code, finding.c.params).where(
            finding.c.closed_at.is_(None), finding.c.subject.startswith(f"source:{self.event.source}:")
        )
        found: dict[str, list[dict[str, Any]]] = {}
        with self.engine.connect() as connection:
            for row in connection.execute(query.order_by(finding.c.subject)):
                found.setdefault(row.code, []).append(row.params)
        return found


def add_today(scene: Scene, owner: Account, code: str, people: int = 6, form: int = 8) -> FieldEvent:
    """An event of two sessions: one runs now, one is tomorrow."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    sessions = tuple(
        FieldSession(number, title, now + later - timedelta(hours=1), now + later + timedelta(hours=2))
        for number, title, later in ((1, "Kebijakan", timedelta(0)), (2, "Praktik", timedelta(days=1)))
    )
    listed = tuple(
        Participant(person.nip, person.name, "Dinas Pendidikan")
        for person in scene.people[1 : people + 1]  # the first one's NIP ends in three zeros
    )
    event = FieldEvent(
        event_id=0,
        code=code,
        title="Bimtek Pengelolaan Keuangan Daerah Berbasis SIPD",
        form=form,
        scope="national",
        organiser="BKPSDM Kabupaten Jayapura",
        place="Aula Kantor Bupati, Sentani",
        jp_stated="16",
        programme_code="",
        owner_id=owner.account_id,
        owner=owner.name,
        created_at=now,
        sessions=sessions,
        participants=listed,
    )
    with scene.engine.begin() as connection:
        days = [one.starts_at.date() for one in sessions]
        event_id = add_event(connection, TENANT, event, min(days), max(days))
    return replace(event, event_id=event_id)


def add_large(scene: Scene, owner: Account, code: str = "26-LARGE1", sessions: int = 8) -> FieldEvent:
    """Forty people at `sessions` sessions, the first of which began an hour ago."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    held = tuple(
        FieldSession(n, f"Sesi {n}", now + timedelta(hours=2 * n - 3), now + timedelta(hours=2 * n - 1))
        for n in range(1, sessions + 1)
    )
    names = ("Yohana", "Markus", "Sarah", "Paulus", "Novalina", "Siti", "Yulius", "Adolfina")
    clans = ("Felle", "Ohee", "Wanimbo", "Suebu", "Ayomi")
    listed = tuple(
        Participant(
            f"19{70 + n % 30}0{n % 9 + 1}{n % 28 + 1:02d}201001{n % 2 + 1}{n:03d}",
            f"{names[n % 8]} {clans[n // 8]}",
            "Dinas Pendidikan",
        )
        for n in range(40)
    )
    event = FieldEvent(
        0, code, "Pelatihan Dasar Angkatan XII", 8, "national", "BKPSDM", "Sentani", "", "",
        owner.account_id, owner.name, now, held, listed,
    )  # fmt: skip
    days = [one.starts_at.date() for one in held]
    with scene.engine.begin() as connection:
        return replace(event, event_id=add_event(connection, TENANT, event, min(days), max(days)))


@contextmanager
def field_site(scene: Scene, code: str = "26-FIELD1") -> Iterator[Site]:
    site = Site(scene, add_today(scene, scene.organiser, code))
    with served(make_app(scene.context(clock=site.clock))) as root:
        site.root = root
        yield site
