"""All evidence of a tenant in buckets of learners: each row is read from the store once, in the store's order, and
laid into its bucket's file; then a bucket's relations are read from its own files.

Whoever shares evidence is in one bucket: two holders of one NIP, the holder of a NIP and of an account on the
same record, the learner to whom a person linked evidence and the holder of its NIP. What belongs to nobody is
spread evenly. So every bucket alone gives what the whole would give, and memory follows the bucket's size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import ColumnElement, Select, select

from bridge.domain.decision import DecisionKind
from bridge.domain.keys import unspell
from bridge.engine.relations import INPUTS
from bridge.store.among import among, in_parts
from bridge.store.arrow_scan import Scan
from bridge.store.bucket_files import BucketFiles
from bridge.store.decision_rows import standing_decisions
from bridge.store.feed import (
    ATTENDANCE_KEY,
    CHUNK,
    COMPLETION_KEY,
    columns_of,
    event_query,
    spelt,
)
from bridge.store.tables import attendance, completion, decision, identifier, learner, ledger_entry
from bridge.store.through import of_office

MEMORY_LIMIT = "1GB"
_ROWS_AT_ONCE = 50_000
_STATED = pa.schema([("version", pa.int32())])
_NAMED = pa.schema([("source", pa.string()), ("account", pa.string()), ("nip", pa.string())])
_LINK = pa.schema([("subject", pa.string()), ("learner_id", pa.int64())])
_BEARER = pa.schema(
    [("subject", pa.string()), ("nip", pa.string()), ("source", pa.string()), ("account", pa.string())]
)
_ENTRY = pa.schema(
    [
        ("entry_id", pa.int64()),
        ("ordinal", pa.int32()),
        *((field.name, field.type) for field in INPUTS["balance"] if field.name != "entries"),
    ]
)


class Buckets:
    """The partitioned evidence in `folder` (private to the run). `count` buckets, numbered from 0."""

    def __init__(self, folder: Path, learners: int) -> None:
        self._folder = folder
        self._size = learners
        self._engine = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": str(folder / "spill"),
                "preserve_insertion_order": False,
                # a reading that runs past has no size that DuckDB could know: taken for a small one, all of it would
                # become the hash table of the join
                "disabled_optimizers": "join_order,build_side_probe_side",
                "autoinstall_known_extensions": False,
            },
        )
        self.count = 0
        self._through = False
        self._files: dict[str, BucketFiles] = {}
        self._changed: set[str] = set()  # relations with versions above the first

    def close(self) -> None:
        self._engine.close()

    def fill(self, scan: Scan, tenant: str, told: Callable[[str], None], *, through: bool = False) -> None:
        """Read the store once. `told` hears the name of each relation as its reading begins. `through`: the tables are
        read as they lie, which is right where most of them is the office's (bridge.store.through)."""
        self._through = through
        told("learner")
        self._people(scan, tenant)
        for name, table, key, version in (
            ("completion", completion, COMPLETION_KEY, "completion1"),
            ("attendance", attendance, ATTENDANCE_KEY, "attendance1"),
        ):
            told(name)
            self._evidence(scan, tenant, name, table, key, version)
        told("offline_event")
        self._keep("offline_event", scan, event_query(tenant), INPUTS["offline_event"])
        told("ledger_entry")
        entries = select(*(ledger_entry.c[name] for name in _ENTRY.names)).where(
            self._of_office(ledger_entry, tenant)
        )
        self._write("ledger_entry", scan.batches(entries, _ENTRY), _ENTRY, _ENTRY, _of_learner("reading"))
        for name in ("place", "holder", "link"):  # whose place is where is known now, and room is worth more
            self._run(f"DROP TABLE {name}")

    def _of_office(self, table: Any, tenant: str) -> ColumnElement[bool]:
        return of_office(table, tenant, through=self._through)

    def _people(self, scan: Scan, tenant: str) -> None:
        people = select(*columns_of("learner", learner)).where(self._of_office(learner, tenant))
        names = select(*columns_of("identifier", identifier)).where(self._of_office(identifier, tenant))
        self._keep("learner", scan, people, INPUTS["learner"])
        self._keep("identifier", scan, names, INPUTS["identifier"])
        self._run(
            "CREATE TABLE place AS SELECT learner_id, CAST((row_number() OVER (ORDER BY learner_id) - 1) // ? AS INT) "
            "AS bucket FROM learner",
            [self._size],
        )
        [(last,)] = self._run("SELECT coalesce(max(bucket), 0) FROM place")
        self.count = int(last) + 1
        self._gather(self._bound_together(scan, tenant))
        self._run(
            "CREATE TABLE holder AS SELECT scheme, source, value, min(bucket) AS bucket FROM identifier "
            "JOIN place USING (learner_id) WHERE scheme IN ('nip', 'account') GROUP BY scheme, source, value"
        )
        for name in ("learner", "identifier"):
            self._lay(name, INPUTS[name], _of_learner(name))
            self._run(f"DROP TABLE {name}")

    def _bound_together(self, scan: Scan, tenant: str) -> list[tuple[int, int]]:
        """Pairs of learners whose evidence must be computed together."""
        shared = self._run(
            "SELECT min(learner_id) OVER (PARTITION BY scheme, source, value), learner_id FROM identifier "
            "WHERE scheme IN ('nip', 'account') AND (scheme, source, value) IN (SELECT (scheme, source, value) "
            "FROM identifier GROUP BY scheme, source, value HAVING count(DISTINCT learner_id) > 1)"
        )
        pairs = [(int(one), int(other)) for one, other in shared]
        return [*pairs, *self._by_account(scan, tenant), *self._linked(scan, tenant)]

    def _by_account(self, scan: Scan, tenant: str) -> list[tuple[int, int]]:
        """Holders of an account and holders of the NIP on a record of that account. Where there are accounts, every
        record is looked at once more."""
        if not self._run("SELECT 1 FROM identifier WHERE scheme = 'account' LIMIT 1"):
            return []
        pairs: list[tuple[int, int]] = []
        for table, account in (
            (completion, completion.c.external_learner),
            (attendance, attendance.c.attendee),
        ):
            named = select(table.c.source, account, table.c.nip).where(
                self._of_office(table, tenant), table.c.nip.is_not(None)
            )
            with self._reading(scan.batches(named, _NAMED), _NAMED):
                pairs += self._run(
                    "SELECT DISTINCT a.learner_id, n.learner_id FROM reading AS r "
                    "JOIN identifier AS a ON a.scheme = 'account' AND a.source = r.source AND a.value = r.account "
                    "JOIN identifier AS n ON n.scheme = 'nip' AND n.value = r.nip WHERE n.learner_id <> a.learner_id"
                )
        return pairs

    def _linked(self, scan: Scan, tenant: str) -> list[tuple[int, int]]:
        """Learners to whom a person linked evidence and whoever else holds a NIP or account on it. Leaves the
        table `link`: evidence and learner."""
        links = standing_decisions(tenant).with_only_columns(decision.c.subject, decision.c.learner_id)
        links = links.where(decision.c.kind == DecisionKind.LINK.value, decision.c.learner_id.is_not(None))
        self._keep("link", scan, links, _LINK)
        subjects = [str(row[0]) for row in self._run("SELECT DISTINCT subject FROM link")]
        self._engine.register("bearer", scan.table(_linked_queries(tenant, subjects), _BEARER))
        rows = self._run(
            "WITH candidate AS (SELECT subject, learner_id FROM link UNION SELECT b.subject, i.learner_id "
            "FROM bearer AS b JOIN identifier AS i ON (i.scheme = 'nip' AND i.value = b.nip) "
            "OR (i.scheme = 'account' AND i.source = b.source AND i.value = b.account)) "
            "SELECT min(learner_id) OVER (PARTITION BY subject), learner_id FROM candidate"
        )
        self._engine.unregister("bearer")
        return [(int(one), int(other)) for one, other in rows if one != other]

    def _gather(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Move everybody of a connected group to the bucket of its first member."""
        leader: dict[int, int] = {}

        def led_by(person: int) -> int:
            while leader.get(person, person) != person:
                leader[person] = leader.get(leader[person], leader[person])
                person = leader[person]
            return person

        for one, other in pairs:
            first, second = sorted((led_by(one), led_by(other)))
            leader[second] = first
            leader.setdefault(first, first)
        if leader:
            moved = pa.table({"learner_id": list(leader), "first_id": [led_by(person) for person in leader]})
            self._engine.register("moved", moved)
            self._run(
                "UPDATE place SET bucket = m.bucket FROM (SELECT moved.learner_id, first.bucket FROM moved "
                "JOIN place AS first ON first.learner_id = moved.first_id) AS m WHERE m.learner_id = place.learner_id"
            )
            self._engine.unregister("moved")

    def _evidence(
        self, scan: Scan, tenant: str, name: str, table: Any, key_names: Sequence[str], version: str
    ) -> None:
        kept = pa.schema([*INPUTS[name], *_STATED])
        names = [*(one for one in kept.names if one != "evidence_key")]
        names += [one for one in key_names if one not in names]
        read = pa.schema(
            [kept.field(one) if one in kept.names else pa.field(one, pa.string()) for one in names]
        )
        query = select(*(table.c[one] for one in names)).where(self._of_office(table, tenant))
        account = "external_learner" if name == "completion" else "attendee"
        later: list[pa.RecordBatch] = []
        self._write(
            name,
            scan.batches(query, read),
            read,
            kept,
            f"coalesce(n.bucket, a.bucket, l.bucket, CAST(hash(r.evidence_key) % {self.count} AS INT)) AS bucket "
            f"FROM (SELECT *, {_spelt(version, key_names)} AS evidence_key FROM reading) AS r "
            "LEFT JOIN holder AS n ON n.scheme = 'nip' AND n.value = r.nip "
            f"LEFT JOIN holder AS a ON a.scheme = 'account' AND a.source = r.source AND a.value = r.{account} "
            "LEFT JOIN (SELECT subject, min(bucket) AS bucket FROM link JOIN place USING (learner_id) "
            "GROUP BY subject) AS l ON l.subject = r.evidence_key",
            later,
        )
        if later:
            # an older version may bear another's NIP and lie in another bucket, so this is known of all buckets
            self._engine.register("later", pa.Table.from_batches(later))
            self._run(
                f"CREATE TABLE newer_{name} AS SELECT evidence_key, max(version) AS newest FROM later "
                "GROUP BY evidence_key"
            )
            self._engine.unregister("later")
            self._changed.add(name)

    def _write(
        self,
        name: str,
        batches: Iterator[pa.RecordBatch],
        read: pa.Schema,
        kept: pa.Schema,
        place: str,
        later: list[pa.RecordBatch] | None = None,
    ) -> None:
        """Lay what is read, as the relation `reading`, into the files of the buckets."""
        with self._reading(batches, read):
            self._lay(name, kept, place, later)

    def _lay(self, name: str, kept: pa.Schema, place: str, later: list[pa.RecordBatch] | None = None) -> None:
        """Into the files of the buckets go the columns of `kept` from `r`, by the bucket that `place`, the rest of the
        SELECT, begins with. `later`: where the keys of versions above the first are noted."""
        self._files[name] = BucketFiles(self._folder / name, kept)
        columns = ", ".join(f"r.{column}" for column in kept.names)
        placed = self._engine.sql(f"SELECT {columns}, {place}").to_arrow_reader(_ROWS_AT_ONCE)
        self._files[name].write(placed if later is None else _noted(placed, later))

    def _keep(self, name: str, scan: Scan, query: Select[Any], schema: pa.Schema) -> None:
        with self._reading(scan.batches(query, schema), schema):
            self._run(f"CREATE TABLE {name} AS SELECT * FROM reading")

    @contextmanager
    def _reading(self, batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[None]:
        """The relation `reading`, which is read once. A fault of the store's is told as the store told it: DuckDB makes
        a traceback in words of it."""
        faults: list[Exception] = []

        def watched() -> Iterator[pa.RecordBatch]:
            try:
                yield from batches
            except Exception as fault:
                faults.append(fault)
                raise

        self._engine.register("reading", pa.RecordBatchReader.from_batches(schema, watched()))
        try:
            yield
        except (duckdb.Error, pa.ArrowException, OSError):
            if faults:
                raise faults[0] from None
            raise
        finally:
            self._engine.unregister("reading")

    def _run(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        return self._engine.execute(sql, values).fetchall()

    def inputs(self, number: int) -> dict[str, pa.Table]:
        """One bucket's learners, identifiers, evidence (the newest versions), events and balances."""
        found = {
            "learner": self._files["learner"].read(number),
            "identifier": self._files["identifier"].read(number),
            "completion": self._newest("completion", number),
            "attendance": self._newest("attendance", number),
        }
        self._engine.register("present", found["attendance"])
        found["offline_event"] = self._table(
            "offline_event",
            "SELECT e.* FROM offline_event AS e JOIN (SELECT DISTINCT source, event_ref FROM present) AS a "
            "ON a.source = e.source AND a.event_ref = e.event_ref",
        )
        self._engine.unregister("present")
        found["balance"] = self._balance(number)
        return found

    def _newest(self, name: str, number: int) -> pa.Table:
        rows = self._files[name].read(number)
        if name not in self._changed:
            return rows.select(INPUTS[name].names)
        self._engine.register("versions", rows)
        newest = self._table(
            name,
            f"SELECT e.* FROM versions AS e LEFT JOIN newer_{name} AS v ON v.evidence_key = e.evidence_key "
            "WHERE v.newest IS NULL OR e.version = v.newest",
        )
        self._engine.unregister("versions")
        return newest

    def _balance(self, number: int) -> pa.Table:
        """Nearly every balance is one entry, which stands as it is. A further one has an ordinal above 0, so only the
        learners with such entries are summed up."""
        self._engine.register("entries", self._files["ledger_entry"].read(number))
        last = ", ".join(
            f"arg_max({name}, entry_id) AS {name}"
            for name in ("rule_version", "form", "title", "organiser", "started_on", "ended_on")
        )
        balance = self._table(
            "balance",
            "WITH amended AS MATERIALIZED (SELECT DISTINCT learner_id FROM entries WHERE ordinal > 0) "
            "SELECT e.*, CAST(1 AS INT) AS entries FROM entries AS e ANTI JOIN amended USING (learner_id) "
            "UNION ALL BY NAME SELECT learner_id, activity_key, year, CAST(sum(jp) AS BIGINT) AS jp, "
            f"CAST(count(*) AS INT) AS entries, {last} FROM entries SEMI JOIN amended USING (learner_id) "
            "GROUP BY learner_id, activity_key, year",
        )
        self._engine.unregister("entries")
        return balance

    def _table(self, name: str, sql: str) -> pa.Table:
        columns = ", ".join(INPUTS[name].names)
        return self._engine.sql(f"SELECT {columns} FROM ({sql}) AS found").to_arrow_table().cast(INPUTS[name])


def _of_learner(relation: str) -> str:
    return f"p.bucket AS bucket FROM {relation} AS r JOIN place AS p ON p.learner_id = r.learner_id"


def _spelt(version: str, names: Sequence[str]) -> str:
    """`bridge.domain.keys.spell` in DuckDB: beside the reading, which has no time for it."""
    parts = (rf"replace(replace({name}, '\', '\\'), chr(31), '\u')" for name in names)
    return f"concat_ws(chr(31), '{version}', {', '.join(parts)})"


def _noted(batches: Iterable[pa.RecordBatch], later: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches; the keys and numbers of versions above the first go to `later` too."""
    import pyarrow.compute as pc

    for batch in batches:
        above = pc.greater(batch.column("version"), 1)
        if pc.any(above).as_py():
            later.append(batch.select(["evidence_key", "version"]).filter(above))
        yield batch


def _linked_queries(tenant: str, subjects: Sequence[str]) -> list[Select[Any]]:
    """The linked evidence: its key, its NIP and its account."""
    queries = []
    for table, key_names, version, column in (
        (completion, COMPLETION_KEY, "completion1", completion.c.external_learner),
        (attendance, ATTENDANCE_KEY, "attendance1", attendance.c.attendee),
    ):
        keys = sorted(tuple(parts) for name, parts in map(unspell, subjects) if name == version)
        parts_of_key = [table.c[name] for name in key_names]
        query = select(spelt(version, parts_of_key), table.c.nip, table.c.source, column)
        for part in in_parts(keys, CHUNK):
            queries.append(query.where(table.c.tenant == tenant, among(parts_of_key, part)))
    return queries
