"""SCORM Cloud: registrations that were completed, by the time of their last change.

`since` is inclusive and compares with `updated`, so a light pull reads what changed; a sweep reads all. `more`
travels alone: it remembers the filters of the first call.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from bridge.domain.evidence import Completion, Standing
from bridge.domain.learner import Identifier, Scheme
from bridge.errors import SkipRecord
from lms_adapters.http import Answer, Http
from lms_adapters.json_api import FAULTS, JsonApi, quarantined, query, shaped, unreadable
from lms_adapters.listed_settings import text
from lms_adapters.scorm_cloud.wire import Registration, RegistrationPage
from lms_adapters.settings import LINK_SETTINGS, flag, link_policy, needed_secret, number
from lms_adapters.spec import (
    RESUME,
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

STREAM = "registrations"
OVERLAP_HOURS = 24
STANDARD_ADDRESS = "https://cloud.scorm.com/api/v2"

SPEC = AdapterSpec(
    kind="scorm_cloud",
    title="SCORM Cloud (API v2)",
    since=Since.STORED_TIME,
    sweep=True,
    person_identifiers=("learner.id", "learner.email"),
    counted=False,
    needs_address=False,  # there is one service
    settings={
        "course": "Hanya kursus dengan nomor ini.",
        "passed_only": "ya: hanya yang lulus (registrationSuccess PASSED), bukan sekadar tamat.",
        "overlap_hours": f"Jam yang dibaca ulang setiap kali (bawaan: {OVERLAP_HOURS}).",
        **LINK_SETTINGS,
    },
    secrets={"app_id": "Application ID.", "secret_key": "Kunci rahasia dengan izin baca (read)."},
)


def to_completion(row: Registration, *, source: str, passed_only: bool) -> Completion | None:
    """None where it is not completed; withdrawn where it was passed and is now failed. Raises SkipRecord where a
    completed one has no date. A registration is one attempt; its `instance` counts the times it was reset."""
    if row.registration_completion != "COMPLETED":
        return None
    if passed_only and row.registration_success != "PASSED":
        return None
    ref = f"registration {row.id}"
    if row.completed_date is None:
        raise unreadable(ref, "tanggal selesai kosong", "its completedDate is empty")
    learner = row.learner
    names = (learner.first_name or "", learner.last_name or "")
    identifiers = [Identifier(Scheme.ACCOUNT, learner.id, source), Identifier(Scheme.NIP, learner.id)]
    if learner.email:
        identifiers.append(Identifier(Scheme.EMAIL, learner.email))
    scaled = row.score.scaled if row.score else None
    failed = row.registration_success == "FAILED"
    return Completion(
        source=source,
        external_learner=learner.id,
        external_course=row.course.id,
        completed_at=_utc(row.completed_date),
        attempt=_attempt(row),
        standing=Standing.WITHDRAWN if failed else Standing.COMPLETED,
        identifiers=tuple(identifiers),
        learner_name=" ".join(name for name in names if name),
        course_title=row.course.title or "",
        score=None if scaled is None else Decimal(str(scaled)),
        score_max=None if scaled is None else Decimal(100),
        minutes=None if row.total_seconds_tracked is None else int(row.total_seconds_tracked // 60),
    )


def _attempt(row: Registration) -> str:
    """Registration ids are the customer's own and may be long; the store takes 64 characters."""
    return f"{row.id}:{row.instance or 0}"[-64:]


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


class ScormCloudAdapter:
    """Implements lms_adapters.spec.Adapter."""

    spec = SPEC

    def __init__(self, api: JsonApi, *, course: str, passed_only: bool, overlap: timedelta) -> None:
        self._api = api
        self._course = course
        self._passed_only = passed_only
        self._overlap = overlap
        self._source = api.http.source

    def close(self) -> None:
        self._api.http.close()

    def check(self) -> Iterator[CheckStep]:
        def registrations() -> Told:
            page, _ = self._page(self._first(None))
            count = len(page.registrations)
            return (
                f"Kunci berlaku; {count} registrasi di halaman pertama.",
                f"The key works; {count} registrations.",
            )

        return in_order([("registrations", registrations)], FAULTS)

    def pull(self, cursors: Mapping[str, Mapping[str, Any]], *, full: bool) -> Iterator[Page | SweepEnd]:
        cursor = cursors.get(STREAM, {})
        through = cursor.get("through")
        since = None if full or not through else _utc(datetime.fromisoformat(through)) - self._overlap
        more = str(cursor.get(RESUME, {}).get("more", "")) if full else ""
        continues = bool(more)
        newest = cursor.get(RESUME, {}).get("newest", through) if continues else through
        rows = number = 0
        theirs: str | None = None  # their clock when this pull began
        link = query("registrations", more=more) if more else self._first(since)
        while link:
            page, answer = self._page(link)
            read, newest = self._read(page, newest)
            theirs = theirs or (answer.said_at or datetime.now(UTC)).isoformat()
            rows += len(page.registrations)
            link = query("registrations", more=page.more) if page.more else ""
            position = {RESUME: {"more": page.more, "newest": newest}} if page.more and full else {}
            raw = RawPayload(answer.media_type, answer.body)
            yield Page(
                STREAM,
                read[0],
                read[1],
                raw,
                {"through": through, **position},
                number=number,
                continues=continues,
            )
            continues, number = False, number + 1
        way = "all registrations" if since is None else "registrations changed since the last pull"
        # A registration from the future (a clock that was wrong) must not hide what comes after it.
        through = min(newest, theirs) if newest and theirs else newest
        yield SweepEnd(STREAM, since is None, rows, cursor={"through": through}, way=way)

    def _first(self, since: datetime | None) -> str:
        return query(
            "registrations",
            since=None if since is None else since.strftime("%Y-%m-%dT%H:%M:%SZ"),
            datetimeFilter="updated",
            orderBy="updated_asc",
            courseId=self._course or None,
        )

    def _page(self, link: str) -> tuple[RegistrationPage, Answer]:
        return self._api.get(link, RegistrationPage, "registrations")

    def _read(
        self, page: RegistrationPage, newest: str | None
    ) -> tuple[tuple[tuple[Completion, ...], tuple[Quarantined, ...]], str | None]:
        """(completions, unreadable rows) and the newest `updated` that was seen, of the other side's clock."""
        kept: list[Completion] = []
        bad: list[Quarantined] = []
        for place, row in enumerate(page.registrations):
            ref = f"registration {row.get('id', place) if isinstance(row, dict) else place}"
            try:
                registration = shaped(row, Registration, ref)
                record = to_completion(registration, source=self._source, passed_only=self._passed_only)
            except SkipRecord as skipped:
                bad.append(quarantined(row, ref, skipped))
                continue
            if registration.updated is not None:
                told = _utc(registration.updated).isoformat()
                newest = told if newest is None else max(newest, told)
            if record is not None:
                kept.append(record)
        return (tuple(kept), tuple(bad)), newest


def make(config: SourceConfig) -> Adapter:
    """Raises RefuseInput on a setting that can't be used, StopSource on an address that can't."""
    settings, where = config.settings, config.name
    app, key = (needed_secret(config.secrets, name, where) for name in ("app_id", "secret_key"))
    address = config.address or STANDARD_ADDRESS
    http = Http(where, address, policy=link_policy(settings, where), secrets=(key,))
    http.use_header("Authorization", "Basic " + b64encode(f"{app}:{key}".encode()).decode())
    hours = number(settings, "overlap_hours", OVERLAP_HOURS, 0, 24 * 60, where)
    return ScormCloudAdapter(
        JsonApi(http),
        course=text(settings, "course"),
        passed_only=flag(settings, "passed_only"),
        overlap=timedelta(hours=hours),
    )
