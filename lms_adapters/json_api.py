"""Calls of a JSON web service: what came is read into a declared shape, or told by remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bridge.errors import BridgeError, RetryLater, SkipRecord, StopSource
from lms_adapters.faults import Fault, fault_table
from lms_adapters.http import Answer, Http
from lms_adapters.http_faults import HTTP_FAULTS
from lms_adapters.spec import Quarantined

T = TypeVar("T")
RAW_ROW = 4000  # characters of a quarantined row that are kept beside the page's own bytes

API_FAULTS = fault_table(
    Fault(
        "API-KEY",
        StopSource,
        "{address} menolak kunci masuk (HTTP 401).",
        "Buat kunci atau kata sandi baru di platform itu, lalu: jpbridge source add.",
        "{address} refuses the credentials (HTTP 401).",
        "Make a new key or password on the platform, then: jpbridge source add.",
    ),
    Fault(
        "API-FORBIDDEN",
        StopSource,
        "{address} tidak mengizinkan membaca {what} (HTTP {status}).",
        "Beri pengguna layanan itu hak baca seperti di petunjuk docs/adapters.",
        "{address} does not allow reading {what} (HTTP {status}).",
        "Give the service user the permission that docs/adapters names.",
    ),
    Fault(
        "API-NOT-FOUND",
        StopSource,
        "di {address} tidak ada {what} (HTTP 404).",
        "Periksa alamat dan setelan sumber ini.",
        "there is no {what} at {address} (HTTP 404).",
        "Check the source's address and settings.",
    ),
    Fault(
        "API-STATUS",
        StopSource,
        "{address} menolak {what} (HTTP {status}).",
        "Kirim pesan ini kepada pengelola platform itu.",
        "{address} refuses {what} (HTTP {status}).",
        "Send this message to who runs the platform.",
    ),
    Fault(
        "API-NOT-JSON",
        RetryLater,
        "jawaban {address} untuk {what} bukan JSON yang utuh.",
        "Coba lagi nanti; bila berulang, periksa proksi atau halaman login di antaranya.",
        "the answer of {address} for {what} is no whole JSON.",
        "Try again later; if it happens again, look at the proxy or sign-in page between.",
    ),
    Fault(
        "API-SHAPE",
        StopSource,
        "jawaban {address} untuk {what} tidak seperti yang dikenal ({detail}).",
        "Versi platform itu mungkin baru; kirim pesan ini kepada kami.",
        "the answer of {address} for {what} is not of a known shape ({detail}).",
        "Its version may be new; send us this message.",
    ),
)
FAULTS = {**HTTP_FAULTS, **API_FAULTS}
_BY_STATUS = {401: "API-KEY", 403: "API-FORBIDDEN", 404: "API-NOT-FOUND"}

Judge = Callable[[Answer, str], BridgeError | None]
"""(answer, what was asked for) -> the platform's own fault, or None where the general ones apply."""


class Wire(BaseModel):
    """Base of what arrives: unknown fields are passed over, so that a newer platform still works."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def query(path: str, **params: str | int | None) -> str:
    """A relative path with its query; None leaves a parameter out."""
    given = {name: value for name, value in params.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


class JsonApi:
    def __init__(self, http: Http, judge: Judge | None = None) -> None:
        self.http = http
        self._judge = judge

    def get(self, path: str, shape: type[T], what: str) -> tuple[T, Answer]:
        """`path` is relative to the source's address, or a link to its own host; `what` names it to people."""
        return self.http.get(path, lambda answer: (self.read(answer, shape, what), answer))

    def post_json(self, path: str, value: Any, shape: type[T], what: str) -> T:
        return self.http.post_json(path, orjson.dumps(value), lambda answer: self.read(answer, shape, what))

    def post(self, path: str, form: dict[str, str], shape: type[T], what: str) -> T:
        return self.http.post(path, form, lambda answer: self.read(answer, shape, what))

    def read(self, answer: Answer, shape: type[T], what: str) -> T:
        self.refuse(answer, what)
        try:
            value = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            value = None
            broken = True
        else:
            broken = False
        if broken:
            raise self.fault("API-NOT-JSON", what)
        try:
            return TypeAdapter(shape).validate_python(value)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or type(value).__name__
        raise self.fault("API-SHAPE", what, detail=place)

    def refuse(self, answer: Answer, what: str) -> None:
        """Raises by remedy where the answer is none of 2xx."""
        if self._judge is not None and (own := self._judge(answer, what)) is not None:
            raise own
        if answer.status >= 300:
            code = _BY_STATUS.get(answer.status, "API-STATUS")
            raise self.fault(code, what, status=str(answer.status))

    def fault(self, code: str, what: str, *, status: str = "-", detail: str = "-") -> BridgeError:
        return API_FAULTS[code].error(
            self.http.source,
            where=self.http.host,
            address=self.http.address,
            what=what,
            status=status,
            detail=detail,
        )


def quarantined(row: Any, ref: str, skipped: SkipRecord) -> Quarantined:
    """A row that can't be used, with what it was."""
    raw = orjson.dumps(row, default=str).decode()[:RAW_ROW]
    return Quarantined(ref, skipped.code, skipped.english, raw)


def unreadable(ref: str, what: str, what_english: str) -> SkipRecord:
    return SkipRecord(
        "ROW-UNREADABLE",
        f"Baris {ref} tidak dapat dibaca: {what}. Perbaiki di platformnya; baris lain tetap dipakai.",
        f"The row {ref} can't be read: {what_english}. Mend it on the platform; the other rows are used all "
        "the same.",
        where=ref,
    )


def shaped(row: Any, shape: type[T], ref: str) -> T:
    """One row of a list. Raises SkipRecord where it is not of the shape, so that the others go on."""
    try:
        return TypeAdapter(shape).validate_python(row)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "-"
    raise unreadable(ref, f"isian {place}", f"field {place}")
