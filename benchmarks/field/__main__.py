"""`make bench-field`: 40 people at 8 sessions, recorded in the field and brought home over HTTP, in bytes.

The same records go two ways in the same run: as the page sends them (packed, in hundreds, and only what is new of
the events comes back), and as it did before (urlencoded, forty a request, the whole event fetched after each). Then
a carried file of 20,000 records is taken in, and taken in again.
"""

from __future__ import annotations

import gzip
import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests

from bridge.domain.field import Carried, FieldEvent
from bridge.flows.field_carriage import read_carriage
from bridge.flows.field_desk import Desk
from bridge.flows.field_intake import Answer, take_in
from bridge.store.console import add_account
from bridge.web.app import make_app
from tests.field_device import FieldDevice
from tests.field_site import add_large
from tests.integration.web.conftest import signed_in
from tests.integration.web.scene import SECRET, TENANT, Role, Scene, fill, hashed, served, store_at

RESULTS = Path(__file__).parent / "results"
BATCHES = (40, 80, 160, 320)
OLD_BATCH = 40
CARRIED = 20_000


@dataclass
class Traffic:
    """Bytes of contents, both ways; headers are left out on both sides."""

    requests: int = 0
    up: int = 0
    down: int = 0
    answers: list[str] = field(default_factory=list)

    def facts(self, records: int) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "bytes_up": self.up,
            "bytes_down": self.down,
            "bytes_up_per_record": round(self.up / records, 1),
            "bytes_per_record": round((self.up + self.down) / records, 1),
        }


def said(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def records_of(device: FieldDevice, event: FieldEvent, now: datetime) -> list[dict[str, str]]:
    """One record a person and session, as the page makes them: with name, clocks and the last contact."""
    contact = (now - timedelta(hours=20)).timestamp() * 1000
    anchor = {
        "s": int(contact),
        "c": {"w": int(contact) + 317, "m": 5123, "l": "9f3c41c2-7f0e-4a30-9a58-2f4c7b1d8e11"},
    }
    made = []
    for session in event.sessions:
        for place, one in enumerate(event.participants):
            at = now - timedelta(hours=12) + timedelta(seconds=97 * len(made) + place % 7)
            body = device.body(event.code, session.number, "scan", one.nip, at, n=one.name, h=anchor)
            milliseconds = int(at.timestamp() * 1000)
            body["c"] = {"w": milliseconds, "m": milliseconds - int(contact), "l": anchor["c"]["l"]}
            made.append(device.sign(body))
    return made


def pieces(records: list[dict[str, str]], sizes: tuple[int, ...]) -> list[list[dict[str, str]]]:
    found, start = [], 0
    for number in range(len(records)):
        size = sizes[min(number, len(sizes) - 1)]
        if start >= len(records):
            break
        found.append(records[start : start + size])
        start += size
    return found


def carriage(records: list[dict[str, str]], now: datetime) -> str:
    clocks = {"w": now.timestamp() * 1000, "m": 77_000, "l": "9f3c41c2-7f0e-4a30-9a58-2f4c7b1d8e11"}
    return json.dumps(
        {"format": "jpbridge-field/1", "records": records, "now": clocks}, separators=(",", ":")
    )


def received(answer: requests.Response, traffic: Traffic) -> Any:
    """The answer, its bytes counted as they came over the wire (packed)."""
    answer.raise_for_status()
    traffic.requests += 1
    traffic.down += int(answer.headers["content-length"])
    return answer.json()


def as_the_page(root: str, session: requests.Session, key: str, records: list[dict[str, str]]) -> Traffic:
    traffic = Traffic()
    me = received(session.get(f"{root}/lapangan/data/saya?perangkat={key}", timeout=60), traffic)
    for piece in pieces(records, BATCHES):
        packed = gzip.compress(carriage(piece, datetime.now(UTC)).encode(), 6)
        form = {"csrf": me["csrf"], "perangkat": key}
        request = requests.Request(
            "POST", f"{root}/lapangan/data/sinkron", data=form, files={"isi": ("isi.gz", packed)}
        )
        prepared = session.prepare_request(request)
        traffic.up += len(prepared.body or b"")
        answer = received(session.send(prepared, timeout=120), traffic)
        traffic.answers += [one["answer"] for one in answer["receipts"]]
    return traffic


def as_before(
    root: str, session: requests.Session, event: FieldEvent, records: list[dict[str, str]]
) -> Traffic:
    """One request of forty, urlencoded; then the whole event."""
    traffic = Traffic()
    for piece in pieces(records, (OLD_BATCH,)):
        me = received(session.get(f"{root}/lapangan/data/saya", timeout=60), traffic)
        body = urlencode({"csrf": me["csrf"], "isi": carriage(piece, datetime.now(UTC))}).encode()
        kind = {"content-type": "application/x-www-form-urlencoded"}
        traffic.up += len(body)
        sent = session.post(f"{root}/lapangan/data/sinkron", data=body, headers=kind, timeout=120)
        traffic.answers += [one["answer"] for one in received(sent, traffic)["receipts"]]
        received(session.get(f"{root}/lapangan/data/acara/{event.code}", timeout=60), traffic)
    return traffic


def enrolled(root: str, session: requests.Session) -> FieldDevice:
    device = FieldDevice()
    csrf = session.get(f"{root}/lapangan/data/saya", timeout=60).json()["csrf"]
    content = json.dumps({"label": "HP", "jwk": device.jwk})
    session.post(
        f"{root}/lapangan/data/perangkat", data={"csrf": csrf, "isi": content}, timeout=60
    ).raise_for_status()
    return device


def over_the_link(scene: Scene) -> dict[str, Any]:
    now = datetime.now(UTC)
    with scene.engine.begin() as connection:
        other = add_account(connection, TENANT, "panitia-2", Role.ORGANISER, now, hashed())
    first, second = add_large(scene, scene.organiser, "26-BENCH1"), add_large(scene, other, "26-BENCH2")
    with served(make_app(scene.context(clock=lambda: datetime.now(UTC)))) as root:
        ways = {}
        for name, account, event in (("page", "panitia", first), ("before", "panitia-2", second)):
            session = signed_in(root, account)
            device = enrolled(root, session)
            records = records_of(device, event, now)
            started = time.perf_counter()
            if name == "page":
                traffic = as_the_page(root, session, device.key_id, records)
            else:
                traffic = as_before(root, session, event, records)
            assert traffic.answers == ["taken"] * len(records), (
                "a record was not taken: the figures mean nothing"
            )
            ways[name] = {"seconds": round(time.perf_counter() - started, 2), **traffic.facts(len(records))}
            said(f"{name}: {ways[name]}")
        whole = len(carriage(records, now).encode())
    ways["file"] = {"bytes": whole, "bytes_per_record": round(whole / len(records), 1)}
    return {"records": len(records), **ways}


def carried_file(scene: Scene, count: int) -> dict[str, Any]:
    """A file of many records, taken in and taken in again, without HTTP."""
    from bridge.store.field_events import enrol_device

    now = datetime.now(UTC)
    event = add_large(scene, scene.organiser, "26-BENCH3", sessions=8)
    device = FieldDevice()
    with scene.engine.begin() as connection:
        owner = scene.organiser.account_id
        enrol_device(connection, TENANT, owner, device.key_id, "HP", device.public_key, now)
    said(f"signing {count} records")
    records = [one for _ in range(-(-count // 320)) for one in records_of(device, event, now)][:count]
    body = carriage(records, now).encode()
    desk = Desk(scene.engine, TENANT, "Asia/Jayapura", lambda: datetime.now(UTC), SECRET)
    facts: dict[str, Any] = {"records": len(records), "file_mb": round(len(body) / 1e6, 1)}
    for name, wanted in (("first", Answer.TAKEN), ("again", Answer.REPEAT)):
        wall, cpu = time.perf_counter(), time.process_time()
        intake = take_in(desk, read_carriage(body), Carried.FILE, None)
        assert intake.count(wanted) == len(records)
        facts[name] = {
            "seconds": round(time.perf_counter() - wall, 2),
            "cpu_seconds": round(time.process_time() - cpu, 2),
        }
        said(f"{name}: {facts[name]}")
    return facts


def main() -> None:
    load = round(os.getloadavg()[0], 1)
    with tempfile.TemporaryDirectory() as folder:
        engine = store_at(f"sqlite+pysqlite:///{folder}/store.db")
        scene = fill(engine)
        link, carried = over_the_link(scene), carried_file(scene, CARRIED)
        engine.dispose()
    page, before = link["page"], link["before"]
    both = {name: way["bytes_up"] + way["bytes_down"] for name, way in (("page", page), ("before", before))}
    figures = {
        "benchmark": "field",
        "people": 40,
        "sessions": 8,
        "link": link,
        "ratio_bytes": round(both["before"] / both["page"], 1),
        "ratio_requests": round(before["requests"] / page["requests"], 1),
        "carried_file": carried,
        "load_at_start": load,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "day": datetime.now(UTC).date().isoformat(),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.json").write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
