"""Moodle through its web service, by the best way that the site and the token offer.

First choice is the Report Builder: one custom report, made by the site's administrator, holds every completion.
Measured on a real site, it gives in 9 requests what calls per user and course give in 14,584, and needs one
capability (webservice/rest:use) and a place in the report's audience. Second is asking in batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lms_adapters.http import Http
from lms_adapters.moodle.badges import BadgeNumbers
from lms_adapters.moodle.batch import BatchReader, courses_of
from lms_adapters.moodle.check import Findings, steps
from lms_adapters.moodle.client import BADGES, MoodleClient
from lms_adapters.moodle.extras import look_up
from lms_adapters.moodle.map import Extras, Headings
from lms_adapters.moodle.report import Cursors, Probe, ReportReader
from lms_adapters.moodle.settings import (
    BATCH_SIZE,
    OVERLAP_DAYS,
    PAGE_SIZE,
    REPORT_NAME,
    SHRINK_LIMIT,
    MoodleSettings,
)
from lms_adapters.moodle.ways import Way, best_way
from lms_adapters.moodle.wire import ReportDetails, SiteInfo
from lms_adapters.settings import LINK_SETTINGS
from lms_adapters.spec import Adapter, AdapterSpec, CheckStep, Page, Since, SourceConfig, SweepEnd

SPEC = AdapterSpec(
    kind="moodle",
    title="Moodle 4.1+ (Report Builder)",
    # The filter is on the completion's time: it misses resets and late rows, so sweeps stay needed.
    since=Since.EVENT_TIME,
    sweep=True,
    person_identifiers=("username", "user_idnumber", "profile_nip", "email"),
    settings={
        "way": "auto, report atau batch (bawaan: auto, yang terbaik menurut situs).",
        "report": f"Nama atau nomor laporan khusus (bawaan: {REPORT_NAME}).",
        "page_size": f"Baris per permintaan (bawaan: {PAGE_SIZE}).",
        "zone": "Zona waktu situs, hanya bila situs memaksakan satu zona, misalnya Asia/Jayapura.",
        "shrink_limit": "Persen baris yang boleh hilang sekaligus sebelum penyusutan dianggap salah (bawaan: "
        f"{SHRINK_LIMIT}).",
        "overlap_days": f"Hari yang dibaca ulang oleh tarikan ringan (bawaan: {OVERLAP_DAYS}).",
        "batch_size": f"Panggilan per permintaan pada cara batch (bawaan: {BATCH_SIZE}).",
        "jp_field": "Nama pendek kolom khusus kursus yang memuat JP (bawaan: jp).",
        "nip_field": "Nama pendek kolom profil yang memuat NIP, untuk cara batch (bawaan: nip).",
        "certificates": "Nomor sertifikat (mod_customcert). false: tidak diambil; true: beri tahu bila tidak bisa "
        "(bawaan: diambil bila bisa).",
        "badges": "true bila lencana kursus dipakai sebagai nomor sertifikat; satu panggilan per orang (bawaan: "
        "false).",
        **LINK_SETTINGS,
    },
    secrets={"token": "Token layanan web milik pengguna layanan dengan hak paling kecil."},
)


class MoodleAdapter:
    """Implements lms_adapters.spec.Adapter."""

    spec = SPEC

    def __init__(self, client: MoodleClient, settings: MoodleSettings) -> None:
        self._client = client
        self._settings = settings
        self._reader = ReportReader(client, settings)

    def close(self) -> None:
        self._client.http.close()

    def check(self) -> Iterator[CheckStep]:
        return steps(self._client, self._settings, self._findings)

    def pull(self, cursors: Mapping[str, Mapping[str, Any]], *, full: bool) -> Iterator[Page | SweepEnd]:
        """`full` is a sweep of everything, by the report or in batches. Otherwise the rows completed lately,
        through the report's filter, where the token may set one; else a sweep as well."""
        info = self._client.site_info()
        way = best_way(info, self._settings, self._client.asked)
        items = self._batch(info, cursors, way) if way.batch else self._report(info, cursors, way, full=full)
        if self._settings.badges and info.offers(BADGES):
            badges = BadgeNumbers(self._client, info, self._settings.batch_size)
            items = (badges.added(one) if isinstance(one, Page) else one for one in items)
        yield from items

    def _batch(self, info: SiteInfo, cursors: Cursors, way: Way) -> Iterator[Page | SweepEnd]:
        courses = courses_of(self._client)
        extras = look_up(self._client, self._settings, info, jp_in_rows=True)
        reader = BatchReader(self._client, self._settings, single=way.single)
        return reader.sweep(courses, cursors, extras, way.english)

    def _report(self, info: SiteInfo, cursors: Cursors, way: Way, *, full: bool) -> Iterator[Page | SweepEnd]:
        report = self.report().id

        def extras_for(headings: Headings) -> Extras:
            """A report with its own JP column needs no look-up of it."""
            return look_up(self._client, self._settings, info, jp_in_rows="jp" in headings.places)

        since = None if full or not way.filters else self._reader.recent_from(report, cursors)
        if since is None:
            return self._reader.sweep(report, cursors, extras_for, clears=way.filters, way=way.english)
        words = f"{way.english}, filtered from {since:%Y-%m-%d %H:%M} UTC"
        return self._reader.recent(report, cursors, extras_for, since, words)

    def report(self) -> ReportDetails:
        """The report that the setting names, by number or by name."""
        return self._reader.report()

    def probe(self, report: int) -> Probe:
        """The report's first rows, its headings and the zone of its times."""
        return self._reader.probe(report)

    def _findings(self, info: SiteInfo) -> Findings:
        """What `check` needs to know beyond the site's own word."""
        return Findings(info=info, report=self.report, probe=self.probe)


def make(config: SourceConfig) -> Adapter:
    """Raises RefuseInput on a setting that can't be used, StopSource on an address that can't."""
    settings = MoodleSettings.read(config)
    token = config.secrets["token"].strip()
    http = Http(config.name, settings.address, policy=settings.policy, secrets=(token,))
    return MoodleAdapter(MoodleClient(http, token), settings)
