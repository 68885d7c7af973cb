"""The process that reads an SQLite store for `arrow_scan`: a query a line as JSON text on standard input; `ok` and
an Arrow IPC stream, or a sentence, on standard output. It only reads, and ends with its input.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow as pa
from adbc_driver_sqlite import dbapi

BATCH_ROWS = 65_536


def main() -> None:
    path = Path(sys.argv[1]).resolve()
    out = sys.stdout.buffer
    with dbapi.connect(f"{path.as_uri()}?mode=ro", autocommit=True) as connection:
        for line in sys.stdin.buffer:
            with connection.cursor() as cursor:
                try:
                    cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(BATCH_ROWS)})
                    cursor.execute(json.loads(line))
                except dbapi.Error as error:
                    out.write(f"{str(error).splitlines()[0]}\n".encode())
                    out.flush()
                    continue
                out.write(b"ok\n")
                reader = cursor.fetch_record_batch()
                with pa.ipc.new_stream(out, reader.schema) as stream:
                    for batch in reader:
                        stream.write_batch(batch)
                out.flush()


if __name__ == "__main__":
    main()
