"""`source test` for a record store: address, key, statements, since."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from bridge.errors import BridgeError
from lms_adapters.faults import apart
from lms_adapters.spec import CheckStep
from lms_adapters.xapi_lrs.faults import LRS_FAULTS, as_ours
from lms_adapters.xapi_lrs.probe import Since, probe_since
from lms_adapters.xapi_lrs.reader import Reader
from lms_adapters.xapi_lrs.settings import LrsSettings
from xapi.errors import XapiError
from xapi.model import wire

_WORDS = {
    Since.STORED: (
        "since berlaku pada waktu simpan: penarikan hanya membaca yang baru.",
        "since compares with the time of storing: pulls read only what is new.",
    ),
    Since.EVENT: (
        "since berlaku pada waktu kejadian, bukan waktu simpan: setiap penarikan membaca semuanya.",
        "since compares with the event's time, not that of storing: every pull reads everything.",
    ),
    Since.BROKEN: (
        "LRS ini gagal pada since: setiap penarikan membaca semuanya.",
        "this store fails on since: every pull reads everything.",
    ),
    Since.FILTERS: (
        "LRS ini gagal menyaring menurut verb: setiap penarikan membaca semuanya.",
        "this store fails to filter by verb: every pull reads everything.",
    ),
    Since.UNPROVEN: (
        "Belum ada pernyataan yang datang terlambat, jadi since belum terbukti: semuanya dibaca.",
        "No statement came late yet, so since is unproven: everything is read.",
    ),
}


def _failed(name: str, error: BridgeError) -> CheckStep:
    what, english, advice, advice_english = apart(error, LRS_FAULTS)
    return CheckStep(name, False, what, english, advice, advice_english)


def steps(source: str, address: str, reader: Reader, settings: LrsSettings) -> Iterator[CheckStep]:
    step = "statements"
    try:
        page = next(reader.pages(limit=1), None)
        stored = "" if page is None or not page.statements else wire.value_of(page.statements[0])["stored"]
        yield CheckStep(
            "statements",
            True,
            f"LRS menjawab; pernyataan terbaru disimpan {stored or '-'}.",
            f"The record store answers; the newest statement was stored {stored or '-'}.",
        )
        step = "since"
        since = probe_since(reader, settings.rules.verbs)
        yield CheckStep("since", True, *_WORDS[since])
        step = "completions"
        seen, fitting = _completions(reader, settings, filtered=since is not Since.FILTERS)
        yield CheckStep(
            "completions",
            True,
            f"Dari {seen} pernyataan terbaru, {fitting} menyatakan kursus selesai.",
            f"Of the {seen} newest statements, {fitting} say that a course was completed.",
        )
    except XapiError as error:
        yield _failed(step, as_ours(error, source, address))
    except (ValueError, KeyError):
        yield CheckStep(
            step,
            False,
            f"Jawaban {address} bukan daftar pernyataan xAPI.",
            f"The answer of {address} is no list of xAPI statements.",
            "Periksa alamat dan proksi di antaranya.",
            "Check the address and the proxies between.",
        )


def _completions(reader: Reader, settings: LrsSettings, *, filtered: bool) -> tuple[int, int]:
    seen = fitting = 0
    verbs: tuple[str | None, ...] = settings.rules.verbs if filtered else (None,)
    for verb in verbs:
        for page in islice(reader.pages(verb=verb, limit=100), 1):
            seen += len(page.statements)
            fitting += sum(settings.rules.judge(wire.value_of(raw)) is not None for raw in page.statements)
    return seen, fitting
