"""Statements as files: JSON Lines, CSV and Parquet, in pieces, with memory that does not grow with their number."""

from __future__ import annotations

import csv
import heapq
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, islice
from typing import Any

from xapi.model.facets import agent_name
from xapi.model.wire import value_of
from xapi.store.store import Query, Store

_PAGE = 500
_ROW_GROUP = 5000
COLUMNS = (
    "id", "stored", "timestamp", "actor", "actor_name", "verb", "object_type", "object", "object_name",
    "score_scaled", "score_raw", "success", "completion", "duration", "registration", "authority", "statement",
)  # fmt: skip
_NUMBERS = ("score_scaled", "score_raw")
_TRUTHS = ("success", "completion")
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")

Pieces = Iterator[bytes]


def each_statement(store: Store, queries: Sequence[Query]) -> Iterator[bytes]:
    """Statements that any of the queries finds, once each, oldest first: all that were stored by now."""
    through = store.consistent_through()
    walks = [_walk(store, query, through) for query in queries]
    for _, same in groupby(heapq.merge(*walks), key=lambda pair: pair[0]):
        yield next(same)[1]


def _walk(store: Store, query: Query, through: int) -> Iterator[tuple[int, bytes]]:
    until = through if query.until is None else min(query.until, through)
    asked = replace(query, ascending=True, until=until)
    while True:
        _, found = store.find(asked, _PAGE)
        yield from found.statements
        if not found.more:
            return
        asked = replace(asked, after=found.statements[-1][0])


def jsonl(statements: Iterator[bytes]) -> Pieces:
    """One statement a line, as kept. A line break can only be space between values there."""
    while part := list(islice(statements, _PAGE)):
        yield b"".join(one.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n" for one in part)


def as_csv(statements: Iterator[bytes]) -> Pieces:
    """UTF-8 with a mark, for spreadsheets; what they would run as a formula has an apostrophe before it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    yield b"\xef\xbb\xbf"
    while part := list(islice(statements, _PAGE)):
        for one in part:
            row = flat(one)
            writer.writerow([_cell(row[name]) for name in COLUMNS])
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" ").startswith(_RUNS) else value
    return str(value)


def parquet(statements: Iterator[bytes]) -> Pieces:
    """Row groups of 5,000; times as texts, as they were said (xAPI Part 2 4.5 allows what no clock type holds)."""
    import pyarrow as pa  # only those who ask for it wait for it
    import pyarrow.parquet as pq

    kinds = {**dict.fromkeys(_NUMBERS, pa.float64()), **dict.fromkeys(_TRUTHS, pa.bool_())}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    sink = _Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        while part := [flat(one) for one in islice(statements, _ROW_GROUP)]:
            writer.write_table(pa.Table.from_pylist(part, schema))
            yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """A file that only grows, and hands over what has come since the last time."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._held.append(piece)
        self._length += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._length

    def taken(self) -> bytes:
        held, self._held = self._held, []
        return b"".join(held)


def flat(raw: bytes) -> dict[str, Any]:
    """A statement as one row of COLUMNS."""
    said = value_of(raw)
    target, result = said["object"], said.get("result", {})
    score = result.get("score", {})
    named = next(iter(target.get("definition", {}).get("name", {}).values()), None)
    return {
        "id": said["id"],
        "stored": said["stored"],
        "timestamp": said["timestamp"],
        "actor": agent_name(said["actor"]),
        "actor_name": said["actor"].get("name"),
        "verb": said["verb"]["id"],
        "object_type": target.get("objectType", "Activity"),
        "object": target.get("id") or agent_name(target),
        "object_name": named or target.get("name"),
        "score_scaled": _number(score.get("scaled")),
        "score_raw": _number(score.get("raw")),
        "success": result.get("success"),
        "completion": result.get("completion"),
        "duration": result.get("duration"),
        "registration": said.get("context", {}).get("registration"),
        "authority": agent_name(said["authority"]),
        "statement": raw.decode(),
    }


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


SHAPES: dict[str, tuple[Callable[[Iterator[bytes]], Pieces], str]] = {
    "jsonl": (jsonl, "application/jsonl"),
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "parquet": (parquet, "application/vnd.apache.parquet"),
}
