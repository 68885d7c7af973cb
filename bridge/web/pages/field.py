"""The field page: an installable page that works without a network, and the data it exchanges with one.

The page itself holds nothing of anybody and is public, so that it opens while nobody is signed in. Its data ask
for an organiser; a record's own signature says which device made it.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bridge.attendance.field_record import Unreadable, public_key_of
from bridge.attendance.field_roll import roll_of
from bridge.domain.field import Carried, FieldEvent, FieldSession
from bridge.errors import BridgeError, RefuseInput
from bridge.flows.field_carriage import read_carriage, unpacked
from bridge.flows.field_desk import Desk, event_missing, own_event
from bridge.flows.field_intake import REASONS, Answer, Receipt, take_in
from bridge.store.field_events import enrol_device, events_of
from bridge.store.field_records import event_marks, records_of_event
from bridge.store.unit import unit
from bridge.web.headers import with_scripts
from bridge.web.session import form_token
from bridge.web.visit import Visit

_TYPES = {
    "css": "text/css",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript",
    "png": "image/png",
    "webmanifest": "application/manifest+json",
}
_NOT_CACHED = frozenset({"sw.js", "hadir.js", "screen.js", "screen.css"})
"""The worker is never kept by itself; the organiser's screen and the learner's page need the network anyway."""
_MOST_EVENTS = 12
"""Events that a device takes along: the newest."""
LARGEST_SENT = 512 * 1024
"""A packed request of the page has 30 kB at most; what people type packs worse."""
_LARGEST_UNPACKED = 4 * 2**20

REMARKS = {
    "FIELD-NOT-LISTED": "bukan peserta terdaftar",
    "FIELD-NIP-UNKNOWN": "NIP tidak ada di daftar pegawai",
    "NIP-INVALID": "bukan NIP yang sah",
    "NIP-MISSING": "bukan NIP",
    "NIP-TRUNCATED": "angka terakhir NIP hilang",
    "NIP-CONFLICT": "lebih dari satu NIP",
    "FIELD-CLOCK-SKEW": "jam perangkat dibetulkan",
    "FIELD-LATE": "sesi sudah dikonfirmasi",
    "FIELD-CANCELLED": "sesi sudah dibatalkan",
}
"""What a receipt says beside itself, by the codes of findings."""


def desk_of(visit: Visit) -> Desk:
    context = visit.context
    return Desk(context.engine, context.tenant, visit.facts.zone, context.clock, context.secret_key)


@cache
def _files() -> dict[str, bytes]:
    """Every file of the page by its address below it; the worker knows them and a version made of their bytes."""
    folder = files("bridge.web") / "static" / "lapangan"
    found = {one.name: one.read_bytes() for one in folder.iterdir() if one.name.rpartition(".")[2] in _TYPES}
    for one in (folder / "qr").iterdir():
        if one.name.endswith(".js"):
            found[f"qr/{one.name}"] = one.read_bytes()
    kept = sorted(set(found) - _NOT_CACHED - {"index.html"})
    version = sha256(b"".join(found[name] for name in sorted(found))).hexdigest()[:12]
    names = orjson.dumps(["./", *(f"./{name}" for name in kept)]).decode()
    worker = found["sw.js"].decode().replace("__VERSION__", version).replace("__FILES__", names)
    return {**found, "sw.js": worker.encode()}


@cache
def _packed(name: str) -> bytes:
    return gzip.compress(_files()[name], 9, mtime=0)


@cache
def _mark(name: str) -> str:
    """The file's entity tag: a device that has it already is told so in a few bytes."""
    return f'"{sha256(_files()[name]).hexdigest()[:16]}"'


def _file(visit: Visit, name: str) -> Response:
    kind = name.rpartition(".")[2]
    headers = {"cache-control": "no-cache", "vary": "accept-encoding", "etag": _mark(name)}
    if _mark(name) in visit.request.headers.get("if-none-match", ""):
        response = Response(status_code=304, headers=headers)
    elif kind != "png" and _takes_gzip(visit):
        response = Response(_packed(name), media_type=_TYPES[kind], headers=headers)
        response.headers["content-encoding"] = "gzip"
    else:
        response = Response(_files()[name], media_type=_TYPES[kind], headers=headers)
    return with_scripts(response, camera=True)


def _takes_gzip(visit: Visit) -> bool:
    return "gzip" in visit.request.headers.get("accept-encoding", "")


def shell(visit: Visit) -> Response:
    return _file(visit, "index.html")


def static(visit: Visit) -> Response:
    return _found(visit, str(visit.part("file")))


def decoder(visit: Visit) -> Response:
    """The bundled QR decoder."""
    return _found(visit, f"qr/{visit.part('file')}")


def _found(visit: Visit, name: str) -> Response:
    if name not in _files() or name == "index.html":
        raise HTTPException(404)
    return _file(visit, name)


# -- data ----------------------------------------------------------------------------------------------------


def _json(visit: Visit, content: Any, status: int = 200, *, packed: bool = False) -> Response:
    body = orjson.dumps(content)
    response = Response(body, status, media_type="application/json")
    if packed and _takes_gzip(visit):
        response = Response(gzip.compress(body, 6), status, media_type="application/json")
        response.headers["content-encoding"] = "gzip"
    return response


def _told(handler: Callable[[Visit], Response]) -> Callable[[Visit], Response]:
    """A sentence instead of a page where a page is of no use."""

    def answering(visit: Visit) -> Response:
        try:
            return handler(visit)
        except BridgeError as fault:
            sentence = fault.sentence if visit.language == "id" else fault.english
            status = 400 if isinstance(fault, RefuseInput) else 503
            return _json(visit, {"code": fault.code, "sentence": sentence}, status)

    return answering


def _milliseconds(moment: Any) -> int:
    return int(moment.timestamp() * 1000)


@_told
def hello(visit: Visit) -> Response:
    """Who is signed in, the form's token, the time here, and which events to take along."""
    session = visit.session
    return _json(
        visit,
        {
            "account": visit.account.name,
            "csrf": form_token(visit.context, session.nonce if session is not None else ""),
            "language": visit.language,
            "now": _milliseconds(visit.now),
            "events": _events(visit, visit.asked("perangkat")),
        },
    )


def _events(visit: Visit, key_id: str) -> list[dict[str, Any]]:
    """The events to take along, with what tells whether a device has their newest state: `r` for roster and
    sessions, `m` for the marks that others made."""
    with visit.store() as connection:
        events = events_of(connection, visit.context.tenant, visit.account.account_id)[:_MOST_EVENTS]
        marks = event_marks(connection, [one.event_id for one in events], f"device:{key_id}")
    return [{"code": one.code, "r": marks[one.event_id][0], "m": marks[one.event_id][1]} for one in events]


def _session(one: FieldSession) -> dict[str, Any]:
    start, end = _milliseconds(one.starts_at), _milliseconds(one.ends_at)
    return {"n": one.number, "title": one.title, "start": start, "end": end, "state": one.state.value}


@_told
def event_data(visit: Visit) -> Response:
    """One event with its roster and who is marked already: what a device needs to work alone; `bagian=hadir` asks
    for the marks alone."""
    code = str(visit.part("event"))
    with visit.store() as connection:
        event = own_event(connection, visit.context.tenant, code, visit.account)
        if event is None:
            raise event_missing(code)
        roll = roll_of(records_of_event(connection, event.event_id))
        mine = f"device:{visit.asked('perangkat')}"
        known, newest = event_marks(connection, [event.event_id], mine)[event.event_id]
    marks: dict[int, list[str]] = {one.number: [] for one in event.sessions}
    for (number, who), mark in roll.marks.items():
        if mark.present:
            marks[number].append(who if mark.newest.nip else mark.newest.typed)
    found = {"code": code, "m": newest, "marks": {str(k): v for k, v in marks.items()}}
    if visit.asked("bagian") != "hadir":
        found |= _event(visit, event) | {"r": known}
    return _json(visit, found, packed=True)


def _event(visit: Visit, event: FieldEvent) -> dict[str, Any]:
    return {
        "code": event.code,
        "title": event.title,
        "place": event.place,
        "zone": visit.facts.zone,
        "sessions": [_session(one) for one in event.sessions],
        "people": [{"nip": one.nip, "name": one.name, "office": one.office} for one in event.participants],
    }


def _sent(visit: Visit) -> bytes:
    """What the request carries in `isi`: a field of the form, or a gzip file, unpacked within bounds."""
    if visit.file is None:
        return visit.form.get("isi", "").encode()
    return unpacked(visit.file.body, _LARGEST_UNPACKED)


def _content(visit: Visit) -> Any:
    try:
        return orjson.loads(visit.form.get("isi", ""))
    except orjson.JSONDecodeError as fault:
        raise RefuseInput(
            "FIELD-FILE",
            "Kiriman tidak terbaca. Muat ulang halaman Lapangan lalu kirim lagi.",
            "What was sent can't be read. Reload the field page and send again.",
        ) from fault


@_told
def enrol(visit: Visit) -> Response:
    """Enrol this device's public key for the signed-in account; the private key never leaves the device."""
    content = _content(visit)
    label = " ".join(str(content.get("label", "") if isinstance(content, dict) else "").split())[:60]
    try:
        key_id, public_key = public_key_of(content.get("jwk") if isinstance(content, dict) else None)
    except Unreadable as fault:
        raise RefuseInput(
            "DEVICE-KEY",
            "Kunci perangkat tidak terbaca. Perbarui peramban di perangkat itu lalu daftarkan lagi.",
            "The device's key can't be read. Update its browser and enrol it again.",
        ) from fault
    with unit(visit.context.engine) as connection:
        account_id = visit.account.account_id
        found = enrol_device(
            connection, visit.context.tenant, account_id, key_id, label or key_id, public_key, visit.now
        )
    if found is None:
        raise RefuseInput(
            "DEVICE-OTHERS",
            "Perangkat ini terdaftar untuk akun lain. Masuk dengan akun itu.",
            "This device is enrolled for another account. Sign in with that account.",
        )
    return _json(visit, {"key_id": found.key_id, "label": found.label})


@_told
def synchronise(visit: Visit) -> Response:
    """Records in, a receipt for each out, in their order, and what is new of the events. The whole is a few
    kilobytes."""
    carried = Carried.FILE if visit.form.get("cara") == "berkas" else Carried.LINK
    carriage = read_carriage(_sent(visit))
    intake = take_in(desk_of(visit), carriage, carried, visit.account)
    receipts = [_receipt(visit, one) for one in intake.receipts]
    events = _events(visit, visit.form.get("perangkat", ""))
    return _json(
        visit, {"now": _milliseconds(visit.now), "receipts": receipts, "events": events}, packed=True
    )


def _receipt(visit: Visit, one: Receipt) -> dict[str, Any]:
    if one.answer is Answer.REFUSED:
        told = visit.say(REASONS[one.reason])
        return {"nonce": one.nonce, "answer": one.answer.value, "reason": one.reason, "told": told}
    return {
        "nonce": one.nonce,
        "answer": one.answer.value,
        "receipt": one.receipt,
        "name": one.name,
        "at": _milliseconds(one.happened_at),
        "told": ", ".join(visit.say(REMARKS[code]) for code in one.remarks if code in REMARKS),
    }
