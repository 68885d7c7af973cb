"""The process that reads an SQLite store for `arrow_scan`: on standard input a JSON list of queries a line, on standard
output `ok`, an Arrow IPC stream of their rows and `end`, or a sentence. It only reads, and ends with its input.

One query goes out as it is read. Of several each is read whole, several at a time, and they go out in their order: rows
that lie all over a file wait for the disk, and a disk answers many questions at once.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
from adbc_driver_sqlite import dbapi

BATCH_ROWS = 65_536
READERS = 16
FAULTS = (dbapi.Error, pa.ArrowException, OSError)
END = b"end\n"
"""Without it an answer is not whole: to Arrow a stream that breaks off has come to its end."""


class Reader:
    """Answers queries; the first row of each, which only says the types, is left out."""

    def __init__(self, path: Path) -> None:
        self._address = f"{path.as_uri()}?mode=ro"
        self._own = threading.local()

    def _cursor(self) -> Any:
        """Of this thread's own connection."""
        if not hasattr(self._own, "connection"):
            self._own.connection = dbapi.connect(self._address, autocommit=True)
        cursor = self._own.connection.cursor()
        cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(BATCH_ROWS)})
        return cursor

    def batches(self, query: str) -> Iterator[pa.RecordBatch]:
        with self._cursor() as cursor:
            cursor.execute(query)
            for number, batch in enumerate(cursor.fetch_record_batch()):
                yield batch.slice(1) if number == 0 else batch

    def whole(self, query: str) -> list[pa.RecordBatch]:
        return list(self.batches(query))


def main() -> None:
    out = sys.stdout.buffer
    reader = Reader(Path(sys.argv[1]).resolve())
    with ThreadPoolExecutor(READERS) as pool:
        for line in sys.stdin.buffer:
            queries = json.loads(line)
            try:
                batches = (
                    reader.batches(queries[0])
                    if len(queries) == 1
                    else chain.from_iterable(pool.map(reader.whole, queries))
                )
                first = next(batches)  # there is one even of no rows: it says the types
            except FAULTS as error:
                out.write(f"{str(error).splitlines()[0]}\n".encode())
                out.flush()
                continue
            out.write(b"ok\n")
            with pa.ipc.new_stream(out, first.schema) as stream:
                try:
                    for batch in chain([first], batches):
                        stream.write_batch(batch)
                except FAULTS:  # half an answer is under way, and must not look whole
                    os._exit(1)
            out.write(END)
            out.flush()


if __name__ == "__main__":
    main()
