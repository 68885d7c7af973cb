"""Kolibri: made for places without internet. Contents that were completed, and the roll of its classes.

Kolibri knows no courses: each content (video, document, exercise) is what a completion is of, and the catalogue
says which contents make a programme. Every pull is a sweep of one export; the roll comes beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.clock import WIT
from bridge.domain.evidence import Completion
from bridge.errors import SkipRecord
from lms_adapters.http import Http
from lms_adapters.json_api import quarantined, shaped
from lms_adapters.kolibri.client import ALL_FAULTS, KolibriClient
from lms_adapters.kolibri.map import LogTable, read_table, to_completion, to_rolls
from lms_adapters.kolibri.wire import Facility, Record, Session, User
from lms_adapters.listed_settings import day, needed, text
from lms_adapters.settings import LINK_SETTINGS, flag, link_policy, needed_secret, seconds, time_zone
from lms_adapters.spec import (
    Adapter,
    AdapterSpec,
    CheckStep,
    Page,
    Quarantined,
    RawPayload,
    Since,
    SourceConfig,
    SweepEnd,
)
from lms_adapters.steps import Told, in_order

LOGS = "completions"
ROLLS = "attendance"
ROWS_A_PAGE = 1000
PATIENCE = 600.0

SPEC = AdapterSpec(
    kind="kolibri",
    title="Kolibri 0.16+",
    since=Since.NONE,
    sweep=True,
    person_identifiers=("id_number", "username"),
    counted=False,  # an export does not say how many rows it ought to have
    settings={
        "username": "Pengguna Kolibri yang menjadi admin fasilitas.",
        "facility": "Nama atau nomor fasilitas, bila ada lebih dari satu.",
        "attendance": "tidak: jangan ambil daftar hadir kelas (bawaan: ya).",
        "attendance_since": "Tanggal sesi kehadiran pertama yang diambil, misalnya 2026-01-01.",
        "zone": f"Zona waktu tempat kelas diadakan (bawaan: {WIT}).",
        "export_wait": f"Detik menunggu ekspor log selesai (bawaan: {PATIENCE:g}).",
        **LINK_SETTINGS,
    },
    secrets={"password": "Kata sandi pengguna itu."},
)


class KolibriAdapter:
    """Implements lms_adapters.spec.Adapter."""

    spec = SPEC

    def __init__(
        self,
        client: KolibriClient,
        *,
        facility: str,
        zone: ZoneInfo,
        attendance: bool,
        attendance_since: date | None,
    ) -> None:
        self._client = client
        self._facility = facility
        self._zone = zone
        self._attendance = attendance
        self._attendance_since = attendance_since
        self._source = client.http.source

    def close(self) -> None:
        self._client.http.close()

    def check(self) -> Iterator[CheckStep]:
        client, found = self._client, {}

        def facility() -> Told:
            found["facility"] = client.facility(self._facility)
            name = found["facility"].name
            return f"Kolibri menjawab; fasilitas {name!r}.", f"Kolibri answers; facility {name!r}."

        def sign_in() -> Told:
            client.sign_in(found["facility"])
            return f"{client.username} masuk sebagai admin.", f"{client.username} signed in as admin."

        def people() -> Told:
            count = next(iter(client.users(found["facility"]))).count
            return f"{count} pengguna.", f"{count} users."

        def roll() -> Told:
            sessions, _ = client.sessions(self._attendance_since)
            return f"{len(sessions)} sesi kehadiran.", f"{len(sessions)} attendance sessions."

        steps = [("facility", facility), ("sign-in", sign_in), ("users", people)]
        return in_order([*steps, ("attendance", roll)] if self._attendance else steps, ALL_FAULTS)

    def pull(self, cursors: Mapping[str, Mapping[str, Any]], *, full: bool) -> Iterator[Page | SweepEnd]:
        facility = self._client.facility(self._facility)
        self._client.sign_in(facility)
        users, doubts = self._users(facility)
        # a day more than today: the server's clock may be in another zone, or ahead
        answer = self._client.export(facility, datetime.now(UTC).date() + timedelta(days=1))
        table = read_table(answer.body)
        if table.missing:
            raise self._client.fault("KOLIBRI-COLUMNS", missing=", ".join(table.missing))
        by_name = {user.username: user for user in users.values()}
        yield from self._pages(table, by_name, RawPayload(answer.media_type, answer.body))
        if self._attendance:
            yield self._rolls(facility, users)
        if not table.whole:
            doubts.append("the export ends in the middle of a row")
        yield SweepEnd(LOGS, not doubts, len(table.rows), "; ".join(doubts), {"rows": len(table.rows)})

    def _users(self, facility: Facility) -> tuple[dict[str, User], list[str]]:
        """By id. A user that can't be read leaves its rows without a person: they go to quarantine."""
        users: dict[str, User] = {}
        doubts: list[str] = []
        count = 0
        for page in self._client.users(facility):
            count = page.count
            for number, row in enumerate(page.results):
                try:
                    user = shaped(row, User, f"user {number}")
                except SkipRecord as skipped:
                    doubts.append(skipped.english)
                    continue
                users[user.id] = user
        if len(users) < count:
            doubts.append(f"{len(users)} users came of {count}")
        return users, doubts

    def _pages(self, table: LogTable, by_name: Mapping[str, User], raw: RawPayload) -> Iterator[Page]:
        """The export in pieces, so that a long one is stored bit by bit; its bytes stand behind each."""
        drift = tuple(f"+{name}" for name in table.unknown)
        for number, start in enumerate(range(0, max(1, len(table.rows)), ROWS_A_PAGE)):
            kept: list[Completion] = []
            bad: list[Quarantined] = []
            for place, row in enumerate(table.rows[start : start + ROWS_A_PAGE], start + 2):
                ref = f"user {row['Username']} content {row['Content id']}"
                try:
                    record = to_completion(row, by_name, source=self._source, ref=f"{ref} (row {place})")
                except SkipRecord as skipped:
                    bad.append(quarantined(row, ref, skipped))
                    continue
                if record is not None:
                    kept.append(record)
            yield Page(LOGS, tuple(kept), tuple(bad), raw, {}, len(table.rows), number, drift)

    def _rolls(self, facility: Facility, users: Mapping[str, User]) -> Page:
        rows, answer = self._client.sessions(self._attendance_since)
        bodies, bad = [answer.body], []
        sessions: list[Session] = []
        records: list[Record] = []
        for number, row in enumerate(rows):
            ref = f"attendance session {number + 1}"
            try:
                session = shaped(row, Session, ref)
            except SkipRecord as skipped:
                bad.append(quarantined(row, ref, skipped))
                continue
            sessions.append(session)
            listed, answered = self._client.records(session.id)
            bodies.append(answered.body)
            records += [shaped(one, Record, f"attendance record of {session.id}") for one in listed]
        classrooms = {one.id: one for one in self._client.classrooms(facility)}
        events, attendances, unknown = to_rolls(
            sessions,
            records,
            classrooms,
            users,
            source=self._source,
            organiser=facility.name,
            zone=self._zone,
        )
        bad += [Quarantined(one.where, one.code, one.english, "") for one in unknown]
        raw = RawPayload("application/json", b"[" + b",".join(bodies) + b"]")
        return Page(ROLLS, (), tuple(bad), raw, {}, events=events, attendances=attendances)


def make(config: SourceConfig) -> Adapter:
    """Raises RefuseInput on a setting that can't be used, StopSource on an address that can't."""
    settings, where = config.settings, config.name
    password = needed_secret(config.secrets, "password", where)
    http = Http(where, config.address, policy=link_policy(settings, where), secrets=(password,))
    client = KolibriClient(
        http,
        needed(settings, "username", where),
        password,
        patience=seconds(settings, "export_wait", PATIENCE, where),
    )
    return KolibriAdapter(
        client,
        facility=text(settings, "facility"),
        zone=time_zone(settings, "zone", where) or ZoneInfo(WIT),
        attendance=flag({"attendance": text(settings, "attendance", "ya")}, "attendance"),
        attendance_since=day(settings, "attendance_since", where),
    )
