"""`source test` for a record store: address, key, statements, since."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lms_adapters.spec import CheckStep
from lms_adapters.steps import Told, in_order
from lms_adapters.xapi_lrs.faults import ALL_FAULTS
from lms_adapters.xapi_lrs.probe import Since, probe_since
from lms_adapters.xapi_lrs.reader import Reader
from lms_adapters.xapi_lrs.settings import LrsSettings
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


def steps(reader: Reader, settings: LrsSettings) -> Iterator[CheckStep]:
    found: list[Since] = []

    def statements() -> Told:
        page = next(iter(reader.pages(limit=1)), None)
        newest = wire.value_of(page.statements[0]) if page is not None and page.statements else {}
        stored = newest.get("stored", "-")
        return (
            f"LRS menjawab; pernyataan terbaru disimpan {stored}.",
            f"The record store answers; the newest statement was stored {stored}.",
        )

    def since() -> Told:
        found.append(probe_since(reader, settings.rules.verbs))
        return _WORDS[found[0]]

    def completions() -> Told:
        seen, fitting = _completions(reader, settings, filtered=found[0] is not Since.FILTERS)
        return (
            f"Dari {seen} pernyataan terbaru, {fitting} menyatakan kursus selesai.",
            f"Of the {seen} newest statements, {fitting} say that a course was completed.",
        )

    steps = [("statements", statements), ("since", since), ("completions", completions)]
    return in_order(steps, ALL_FAULTS)


def _completions(reader: Reader, settings: LrsSettings, *, filtered: bool) -> tuple[int, int]:
    seen = fitting = 0
    verbs: tuple[str | None, ...] = settings.rules.verbs if filtered else (None,)
    for verb in verbs:
        for page in islice(reader.pages(verb=verb, limit=100), 1):
            seen += len(page.statements)
            fitting += sum(settings.rules.judge(wire.value_of(raw)) is not None for raw in page.statements)
    return seen, fitting
