"""Rows of a relation laid out by bucket: a file a bucket, in Arrow's own format, so that a bucket is read back
without being parsed. What is held in memory is one batch, however many rows and buckets there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa

_COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4")


class BucketFiles:
    """The files of one relation in `folder`, which is made here. `schema`: that of the rows without `bucket`."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        folder.mkdir()
        self._folder, self._schema = folder, schema

    def write(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Each row goes to the file that its last column, `bucket`, names. To be called once."""
        with ExitStack() as open_files:
            writers: dict[int, pa.ipc.RecordBatchStreamWriter] = {}
            for batch in batches:
                for number, rows in _by_bucket(batch):
                    if number not in writers:
                        sink = open_files.enter_context(pa.OSFile(str(self._path(number)), "wb"))
                        stream = pa.ipc.new_stream(sink, self._schema, options=_COMPRESSED)
                        writers[number] = open_files.enter_context(stream)
                    writers[number].write_batch(rows)

    def read(self, number: int) -> pa.Table:
        """One bucket's rows, those of the schema."""
        path = self._path(number)
        if not path.exists():
            return self._schema.empty_table()
        with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as stream:
            return stream.read_all()

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.arrows"


def _by_bucket(batch: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
    import pyarrow.compute as pc  # a third of a second, which only a full run pays

    buckets = batch.column("bucket")
    rows = batch.drop_columns(["bucket"]).take(pc.sort_indices(buckets))
    counts = sorted((int(one["values"]), int(one["counts"])) for one in pc.value_counts(buckets).to_pylist())
    start = 0
    for number, count in counts:
        yield number, rows.slice(start, count)
        start += count
