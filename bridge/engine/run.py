"""Runs the steps over Arrow relations in an in-memory DuckDB: decide(evidence, rules) -> credits, set-based.

Pure: the same inputs in any order give the same tables. No clock, no file, no network, no database of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from bridge.domain.finding_catalogue import CATALOGUE
from bridge.engine.dialect import Step, steps_for
from bridge.engine.relations import INPUTS, INSTANT, OUTPUTS

_FIRST, _LAST = 1970, 2100  # years whose zone offsets are known to a run
_PROBE = timedelta(days=7)  # no zone has ever changed its offset and changed it back within a week

_ONE_THREAD = 20_000
"""Up to so many pieces of evidence one thread is the fastest: every operator of some seventy statements is set up
once a thread, which takes a third more than it saves."""


@dataclass(frozen=True, slots=True)
class EngineResult:
    """What ought to stand, what the ledger needs, what needs a person (schemas: relations.OUTPUTS), and how
    many rows each materialised relation had."""

    desired: pa.Table
    difference: pa.Table
    finding: pa.Table
    rows: Mapping[str, int]


def reconcile(
    inputs: Mapping[str, pa.Table],
    *,
    memory_limit: str | None = None,
    threads: int | None = None,
    spill_folder: Path | None = None,
    with_desired: bool = True,
) -> EngineResult:
    """`inputs` by name as in relations.INPUTS (a missing relation is an empty one; `setting` has one row).

    `memory_limit` as DuckDB writes it ("1GB") and `threads`; None: its own choice, but for a little evidence one
    thread. What does not fit goes to `spill_folder`
    (private to the run; None: nothing is written). `with_desired` False leaves `desired` empty, for whoever needs
    only the difference (`rows["credit"]` says how many there would be). Raises ValueError where a relation lacks
    its columns.
    """
    if threads is None and _pieces(inputs) <= _ONE_THREAD:
        threads = 1
    with prepared(
        inputs, memory_limit=memory_limit, threads=threads, spill_folder=spill_folder
    ) as connection:
        asked = [name for name in OUTPUTS if with_desired or name != "desired_credit"]
        rows = run_steps(connection, steps_for(frozenset((*asked, OFFERED))))
        found = {name: output(connection, name) for name in asked}
        found["finding"] = pa.concat_tables([found["finding"], title_proposals(connection)])
    found.setdefault("desired_credit", OUTPUTS["desired_credit"].empty_table())
    return EngineResult(found["desired_credit"], found["difference"], found["finding"], rows)


def prepared(
    inputs: Mapping[str, pa.Table],
    *,
    memory_limit: str | None = None,
    threads: int | None = None,
    spill_folder: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that sees the inputs; the steps have not run yet."""
    unknown = set(inputs) - set(INPUTS)
    if unknown:
        raise ValueError(f"not inputs of the engine: {', '.join(sorted(unknown))}")
    # No extension is fetched, no row order is kept, and nothing spills unless the caller names a folder.
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "preserve_insertion_order": False,
        "temp_directory": "" if spill_folder is None else str(spill_folder),
    }
    if memory_limit is not None:
        config["memory_limit"] = memory_limit
    if threads is not None:
        config["threads"] = threads
    connection = duckdb.connect(":memory:", config=config)
    for name, table in relations(inputs).items():
        connection.register(name, table)
    return connection


def relations(inputs: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """What the steps see: the inputs in the contract's shape, the pieces of evidence numbered (completions even,
    attendances odd), and the two tables that every run has, `finding_type` and `zone_offset`."""
    seen: dict[str, pa.Table] = {}
    for name, schema in INPUTS.items():
        table = inputs.get(name)
        seen[name] = schema.empty_table() if table is None else _conforming(name, table)
    for name, start in (("completion", 0), ("attendance", 1)):
        numbers = pa.arange(start, start + 2 * seen[name].num_rows, 2)
        seen[name] = seen[name].append_column("evidence_no", numbers)
    seen["finding_type"] = finding_type_table()
    seen["zone_offset"] = zone_offset_table(_zone_of(inputs))
    return seen


def _conforming(name: str, table: pa.Table) -> pa.Table:
    schema = INPUTS[name]
    missing = set(schema.names) - set(table.column_names)
    if missing:
        raise ValueError(f"relation {name} lacks {', '.join(sorted(missing))}")
    return table.select(schema.names).cast(schema)


def _zone_of(inputs: Mapping[str, pa.Table]) -> str:
    setting = inputs.get("setting")
    if setting is None or setting.num_rows != 1:
        raise ValueError("relation setting needs exactly one row")
    return str(setting.column("zone")[0].as_py())


def _pieces(inputs: Mapping[str, pa.Table]) -> int:
    return sum(inputs[name].num_rows for name in ("completion", "attendance") if name in inputs)


def run_steps(
    connection: duckdb.DuckDBPyConnection, needed: Iterable[Step], *, keep_all: bool = False
) -> dict[str, int]:
    """Makes the relations in order; returns the number of rows of each materialised one. `keep_all`: views
    too, for whoever looks at all of them (each look at a view computes it anew)."""
    rows: dict[str, int] = {}
    for step in needed:
        what = "VIEW" if step.view and not keep_all else "TABLE"
        made = connection.execute(parsed(connection, f"CREATE {what} {step.name} AS {step.sql}")).fetchall()
        if what == "TABLE":
            rows[step.name] = int(made[0][0])
    return rows


_parsed: dict[str, duckdb.Statement] = {}


def parsed(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """One statement, parsed: the steps are the same in every run of a process, and reading them takes a quarter of
    the time of a run over one learner."""
    if sql not in _parsed:
        [_parsed[sql]] = connection.extract_statements(sql)
    return _parsed[sql]


def output(connection: duckdb.DuckDBPyConnection, name: str) -> pa.Table:
    """One output relation in the contract's column order and types; its rows have no order."""
    schema = OUTPUTS[name]
    columns = ", ".join(schema.names)
    return connection.sql(f"SELECT {columns} FROM {name}").to_arrow_table().cast(schema)


OFFERED = "offering"
UNPLACED = f"SELECT DISTINCT source, ref, title FROM {OFFERED} WHERE programme_code IS NULL"
CATALOGUE_TITLES = "SELECT code, title FROM programme ORDER BY code"


def title_proposals(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """PROGRAMME-PROPOSED for what was offered and belongs to no programme of the catalogue."""
    programmes = connection.execute(CATALOGUE_TITLES).fetchall()
    if not programmes:
        return OUTPUTS["finding"].empty_table()
    from bridge.engine.likeness import proposed  # an explanation compares no titles

    return proposed(connection.execute(UNPLACED).fetchall(), programmes)


def finding_type_table() -> pa.Table:
    """The catalogue's codes for the steps: which of them hold credit back."""
    return pa.table(
        {
            "code": pa.array([kind.code for kind in CATALOGUE.values()], pa.string()),
            "holds_credit": pa.array([kind.holds_credit for kind in CATALOGUE.values()], pa.bool_()),
        }
    )


@cache
def zone_offset_table(zone: str) -> pa.Table:
    """The zone's offsets from UTC in minutes, each with the instants [since, until) for which it holds.

    A row is a stretch without a change; Papua's zone (UTC+9, no DST) has one. The steps add minutes instead
    of asking the engine's own time-zone code, so that every engine agrees.
    """
    region = ZoneInfo(zone)
    moment = datetime(_FIRST, 1, 1, tzinfo=UTC)
    end = datetime(_LAST, 1, 1, tzinfo=UTC)
    stretches: list[tuple[datetime, int]] = [(datetime(1, 1, 1, tzinfo=UTC), _minutes(moment, region))]
    while moment < end:
        following = moment + _PROBE
        if _minutes(following, region) != stretches[-1][1]:
            change = _change_between(moment, following, region)
            stretches.append((change, _minutes(change, region)))
        moment = following
    since = [start.replace(tzinfo=None) for start, _ in stretches]
    until = [*since[1:], datetime(9999, 12, 31)]  # noqa: DTZ001 -- naive UTC by contract
    return pa.table(
        {
            "since": pa.array(since, INSTANT),
            "until": pa.array(until, INSTANT),
            "minutes": pa.array([minutes for _, minutes in stretches], pa.int32()),
        }
    )


def _minutes(moment: datetime, region: ZoneInfo) -> int:
    offset = moment.astimezone(region).utcoffset()
    return 0 if offset is None else int(offset.total_seconds() // 60)


def _change_between(before: datetime, after: datetime, region: ZoneInfo) -> datetime:
    """The minute in (before, after] at which the offset changes."""
    old = _minutes(before, region)
    while after - before > timedelta(minutes=1):
        middle = before + (after - before) // 2
        middle = middle.replace(second=0, microsecond=0)
        if middle in (before, after):
            break
        if _minutes(middle, region) == old:
            before = middle
        else:
            after = middle
    return after
