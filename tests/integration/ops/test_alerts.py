"""Alerts by real e-mail and a real webhook: each told once until it changes, silence while all is well."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bridge.domain.alert_catalogue import ALERTS, Alert, alert_words
from bridge.domain.finding import Finding
from bridge.flows.alerts import Thresholds, WatchReport, watch
from bridge.flows.certificates import CertificateDay
from bridge.flows.context import Context, Office, Silent
from bridge.flows.digest import digest
from bridge.flows.tell import beat, channel_is_known, channels_of, sender
from bridge.store.alert_rows import store_token_end
from bridge.store.finding_rows import sync_findings
from bridge.store.runs import begin_run, end_run
from bridge.store.sources import SourceRow, store_source
from tests.mail_server import Mailbox, mail_server

NOW = datetime(2026, 3, 10, 0, 0, tzinfo=UTC)
TOKEN = {"kode": "kadaluwarsa"}


@dataclass
class Desk:
    """An office's store, a clock that the test moves, and the mailbox that hears."""

    store: Engine
    home: Path
    box: Mailbox
    now: datetime = NOW
    limits: dict[str, object] = field(default_factory=dict)

    def context(self) -> Context:
        return Context(
            store=self.store,
            clock=lambda: self.now,
            office=Office("utama", "Asia/Jayapura", "https://x.invalid", "https://y.invalid", 10),
            home=self.home,
            adapters={},
            secret=lambda _: "",
            statements=None,  # type: ignore[arg-type]  # nothing here publishes
            signing_key=None,  # type: ignore[arg-type]
            version="t",
            progress=Silent(),
        )

    def look(self) -> WatchReport:
        values: dict[str, object] = {"stale_days": 3, "disk_free_mb": 1, "expiry_days": 21, "expected": {}}
        limits = Thresholds(**(values | self.limits))  # type: ignore[arg-type]
        return watch(self.context(), limits, sender([self.box.url]), "BKPSDM Contoh", "https://jp.contoh.id")

    def run(self, job: str, *errors: dict[str, str], pull: dict[str, object] | None = None) -> None:
        with self.store.begin() as connection:
            run_id = begin_run(
                connection,
                "utama",
                job,
                started_by="scheduler",
                version="t",
                now=self.now - timedelta(hours=1),
            )
            counts = {"pull": pull} if pull else {}
            state = "failed" if errors else "done"
            end_run(connection, run_id, state=state, counts=counts, errors=list(errors), now=self.now)

    def source(self, name: str = "lms") -> None:
        row = SourceRow(0, name, "moodle", "https://lms.contoh.id", {}, "", True)
        with self.store.begin() as connection:
            store_source(connection, "utama", row, self.now)


@pytest.fixture
def desk(store: Engine, tmp_path: Path) -> Iterator[Desk]:
    with mail_server() as box:
        yield Desk(store, tmp_path, box)


def test_all_well_is_silence(desk: Desk) -> None:
    desk.source()
    desk.run("night", pull={"lms": {"rows": 10, "failed": False}})
    for _ in range(3):
        assert desk.look() == WatchReport(0, 0, 0, True)
        desk.now += timedelta(hours=8)
    assert desk.box.messages == []


def test_a_failed_night_is_told_once_again_when_it_changes_and_when_it_is_over(desk: Desk) -> None:
    down = {
        "code": "SOURCE-DOWN",
        "source": "lms",
        "sentence": "Situs tidak menjawab.",
        "english": "No answer.",
    }
    for _ in range(3):  # three nights with the same fault are one message
        desk.run("night", down)
        desk.look()
        desk.now += timedelta(days=1)
    assert desk.box.subjects() == ["JP Bridge BKPSDM Contoh: 1 hal perlu perhatian"]
    body = desk.box.bodies()[0]
    assert "Proses malam gagal: lms: Situs tidak menjawab." in body
    assert "jpbridge runs" in body
    assert "https://jp.contoh.id" in body

    desk.run("night", down | {"code": "TOKEN-WRONG", "sentence": "Token ditolak."})
    desk.look()
    assert len(desk.box.messages) == 2
    assert "Token ditolak." in desk.box.bodies()[1]

    desk.now += timedelta(days=1)
    desk.run("night")
    assert desk.look().over == 1
    desk.look()
    assert desk.box.subjects()[2:] == ["JP Bridge BKPSDM Contoh: pulih"]
    assert "✓ Proses malam gagal" in desk.box.bodies()[2]

    desk.now += timedelta(days=1)
    desk.run("night", down)  # it comes back: told anew
    desk.look()
    assert len(desk.box.messages) == 4


def test_what_nobody_took_is_told_the_next_time(desk: Desk) -> None:
    desk.box.refusing = True
    desk.run("backup", {"code": "DISK-FULL", "sentence": "Disk penuh.", "english": "Full."})
    assert desk.look() == WatchReport(1, 0, 0, False)
    desk.box.refusing = False
    assert desk.look() == WatchReport(1, 1, 0, True)
    assert desk.look().told == 0
    assert len(desk.box.messages) == 1


def test_no_run_at_all_is_noticed(desk: Desk) -> None:
    desk.limits = {"expected": {"night": (NOW - timedelta(hours=4), timedelta(hours=3))}}
    desk.look()
    assert "Proses malam seharusnya berjalan 10-03-2026 05.00" in desk.box.bodies()[0]
    desk.limits = {"expected": {"night": (NOW - timedelta(hours=2), timedelta(hours=3))}}
    desk.look()  # not late yet
    desk.run("night")
    desk.limits = {"expected": {"night": (NOW - timedelta(hours=4), timedelta(hours=3))}}
    desk.look()
    assert desk.box.subjects() == [
        "JP Bridge BKPSDM Contoh: 1 hal perlu perhatian",
        "JP Bridge BKPSDM Contoh: pulih",
    ]


def test_a_stale_an_empty_and_a_short_source(desk: Desk) -> None:
    desk.source()
    desk.source("lain")
    desk.run("night", pull={"lms": {"rows": 812, "failed": False}, "lain": {"rows": 5, "failed": False}})
    desk.now += timedelta(days=4)
    desk.run("night", pull={"lms": {"rows": 0, "failed": False}, "lain": {"rows": 0, "failed": True}})
    params = {"source": "lms", "received": "10", "expected": "812", "missing": "802"}
    with desk.store.begin() as connection:
        sync_findings(
            connection,
            "utama",
            [Finding("SOURCE-SHORT", "source:lms", params=params)],
            in_scope=lambda row: False,
            now=desk.now,
        )
    assert desk.look().told == 3
    body = desk.box.bodies()[0]
    assert "Sumber lms menjawab tanpa satu baris pun, padahal sebelumnya 812." in body
    assert "Sumber lain sudah 4 hari tidak berhasil ditarik." in body
    assert "Sumber lms mengirim 10 baris, padahal 812 diharapkan." in body
    desk.now += timedelta(hours=20)  # five days now: the days grow, the message is not repeated
    assert desk.look().told == 0


def test_a_full_disk_and_endings(desk: Desk) -> None:
    with desk.store.begin() as connection:
        store_token_end(connection, "utama", "lms", date(2026, 3, 20))
        store_token_end(connection, "utama", "jauh", date(2027, 3, 20))
    desk.limits = {
        "disk_free_mb": 10**9,
        "certificates": [CertificateDay("jp.contoh.id", date(2026, 3, 30))],
        "keys": {"auditor": datetime(2026, 3, 12, tzinfo=UTC)},
    }
    assert desk.look().told == 4
    body = desk.box.bodies()[0]
    assert "Ruang disk tinggal" in body
    assert "Sertifikat jp.contoh.id berakhir pada 30-03-2026." in body
    assert "Token sumber lms berakhir pada 20-03-2026." in body
    assert "Kunci LRS “auditor” berakhir pada 12-03-2026." in body
    assert "jauh" not in body
    desk.now += timedelta(days=10)  # the token's last day: told once more, and the key's too
    assert desk.look().told == 2


def test_a_recomputation_that_differs_has_its_own_alarm(desk: Desk) -> None:
    desk.run("recompute", {"code": "LEDGER-DIFFERS", "sentence": "2 entri.", "english": "2 entries."})
    desk.look()
    assert "Hitung ulang mingguan menyimpang dari buku kredit: 2 entri." in desk.box.bodies()[0]


def test_the_digest_says_how_the_week_went(desk: Desk) -> None:
    desk.source()
    desk.run("night", pull={"lms": {"rows": 812, "failed": False}})
    desk.run(
        "night", {"code": "X", "sentence": "X", "english": "X"}, pull={"lms": {"rows": 0, "failed": True}}
    )
    title, body = digest(desk.context(), "BKPSDM Contoh", desk.home / "backups", "")
    assert title == "JP Bridge BKPSDM Contoh: ringkasan 03-03-2026 s.d. 10-03-2026"
    assert "Malam yang selesai: 1 dari 2" in body
    assert "Cadangan terbaru: belum ada" in body
    assert "Sumber lms: terakhir berhasil" in body
    assert "812 baris" in body


class _Hook(BaseHTTPRequestHandler):
    heard: list[tuple[str, object]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.heard.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def do_GET(self) -> None:
        self.heard.append((self.path, None))
        self.send_response(200 if self.path == "/denyut" else 500)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def hook() -> Iterator[tuple[str, list[tuple[str, object]]]]:
    heard: list[tuple[str, object]] = []
    handler = type("Hook", (_Hook,), {"heard": heard})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}", heard
        server.shutdown()
        thread.join(10)


def test_a_webhook_hears_too_and_one_dead_channel_is_no_reason_for_silence(
    hook: tuple[str, list[tuple[str, object]]],
) -> None:
    place, heard = hook
    assert sender(["json://127.0.0.1:1/", f"json://{place}/jp"])("Judul", "Isi pesan")
    assert heard[0][0] == "/jp"
    told = heard[0][1]
    assert isinstance(told, dict)
    assert (told["title"], told["message"]) == ("Judul", "Isi pesan")
    assert not sender(["json://127.0.0.1:1/"])("Judul", "Isi")
    assert not sender([])("Judul", "Isi")


def test_the_dead_mans_switch_is_asked(hook: tuple[str, list[tuple[str, object]]]) -> None:
    place, heard = hook
    assert beat(f"http://{place}/denyut")
    assert not beat(f"http://{place}/lain")
    assert not beat("http://127.0.0.1:1/denyut")
    assert [path for path, _ in heard] == ["/denyut", "/lain"]


def test_channels_are_lines_and_unknown_ones_are_known_as_such() -> None:
    assert channels_of("# komentar\n\n json://a \nmailto://b\n") == ["json://a", "mailto://b"]
    assert channel_is_known("json://localhost/")
    assert not channel_is_known("entah://localhost/")


def test_every_alert_has_both_languages_and_the_same_places() -> None:
    import re

    for item in ALERTS.values():
        pairs = ((item.sentence, item.english), (item.next_step, item.next_step_english))
        for indonesian, english in pairs:
            places = [
                {name.removesuffix("_english") for name in re.findall(r"{(\w+)}", text)}
                for text in (indonesian, english)
            ]
            assert places[0] == places[1], item.code
    assert alert_words("LATER-CODE", {}) == ("LATER-CODE", "")
    assert Alert("X", "y").print == ""
