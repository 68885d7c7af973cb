"""The made-up civil service of benchmarks/engine in a real store, loaded by Arrow. Loading is not measured.

`standing` loads the ledger too, as benchmarks/engine left it beside its buckets: 98 of 100 credits stand. Its entries
carry no proof, and only the last one has its outbox row, from which the next night goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import Engine

from bridge.engine.rules import default_rule_document, read_rules
from bridge.store.catalogue import store_rule_set
from bridge.store.connect import open_store
from bridge.store.migrate import upgrade
from bridge.store.sources import store_tenant

TENANT = "utama"
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
_NOW = int(NOW.timestamp() * 1_000_000)


TABLES = {
    "learner": f"""
        SELECT learner_id, '{TENANT}' AS tenant, person_key, name, employment, post, office_code, 'Dinas' AS office_name,
            '' AS email, CAST(1 AS {{flag}}) AS active, {_NOW} AS updated_at FROM learner""",
    "identifier": f"""
        SELECT learner_id AS identifier_id, '{TENANT}' AS tenant, learner_id, scheme, source, value, valid_from, valid_to,
            {_NOW} AS recorded_at FROM identifier""",
    "completion": f"""
        SELECT '{TENANT}' AS tenant, source, external_learner, external_course, '1' AS attempt, CAST(1 AS INT) AS version,
            evidence_hash, standing, epoch_us(completed_at) AS completed_at, 'second' AS precision, nip, nip_problem,
            '[]' AS identifiers, learner_name, CAST(0 AS {{flag}}) AS learner_suspended, course_code, course_title, jp_stated,
            CAST(NULL AS VARCHAR) AS form_stated, score, score_max, minutes, certificate_no,
            CAST(to_json({{{{'title': course_title, 'name': learner_name, 'nip': nip, 'at': completed_at, 'jp': jp_stated,
                'identifiers': [{{{{'scheme': 'nip', 'value': nip}}}}], 'category': 'Pelatihan', 'score': score}}}}) AS VARCHAR) AS record,
            {_NOW} AS stored_at FROM completion""",
    "offline_event": f"""
        SELECT '{TENANT}' AS tenant, source, event_ref, CAST(1 AS INT) AS version, md5(event_ref) AS evidence_hash, title,
            organiser, place, form_stated, scope, start_on, end_on, jp_stated, programme_code, lms_course_code, '{{{{}}}}' AS record,
            {_NOW} AS stored_at FROM offline_event""",
    "attendance": f"""
        SELECT '{TENANT}' AS tenant, source, event_ref, attendee, CAST(1 AS INT) AS version, evidence_hash, standing, nip,
            nip_problem, learner_name, sheet, row, sessions_attended, sessions_total, minutes, day, certificate_no, problem,
            CAST(to_json({{{{'name': learner_name, 'nip': nip, 'sheet': sheet, 'row': row, 'event': event_ref}}}}) AS VARCHAR) AS record,
            {_NOW} AS stored_at FROM attendance""",
}


_STANDING = {
    "ledger_entry": f"""
        SELECT '{TENANT}' AS tenant,
            concat_ws(chr(31), 'entry1', l.person_key, replace(b.activity_key, chr(31), '\\u'), b.rule_version, b.year, 'award', 0)
                AS entry_key,
            b.learner_id, l.person_key, b.activity_key, b.year, b.rule_version, 'award' AS kind, CAST(0 AS INT) AS ordinal,
            b.form, CAST(b.jp AS INT) AS jp, b.title, b.organiser, b.started_on, b.ended_on, 'rule-programme' AS reason,
            '[]' AS evidence, 'loaded' AS run_id, {_NOW} AS recorded_at, '' AS leaf_hash
        FROM balance AS b JOIN learner AS l ON l.learner_id = b.learner_id ORDER BY entry_key""",
}
_LAST_OUTBOX = (
    "INSERT INTO outbox (tenant, entry_id, statement_id, agent_name, attempts, published_at) "
    "SELECT tenant, entry_id, 'loaded', person_key, 0, recorded_at FROM ledger_entry "
    "WHERE entry_id = (SELECT max(entry_id) FROM ledger_entry)"
)


def load(url: str, bench: Path, *, standing: bool = False, told: Callable[[str], None] = print) -> Engine:
    """A migrated store with everybody of `bench` (folders bucket-*), open."""
    engine = open_store(url)
    upgrade(engine)
    with engine.begin() as connection:
        store_tenant(connection, TENANT, "Kantor", "Asia/Jayapura", NOW)
        document = default_rule_document()
        rules = read_rules(document)
        store_rule_set(
            connection,
            TENANT,
            version=rules.version,
            effective_from=rules.effective_from,
            document=document,
            now=NOW,
        )
    engine.dispose()
    adbc = _adbc(engine)
    try:
        tables = TABLES | _STANDING if standing else TABLES
        for number, bucket in enumerate(sorted(bench.glob("bucket-*"))):
            _append(adbc, bucket, tables, engine.dialect.name)
            told(f"loaded: bucket {number + 1}")
            if number == 0:
                _append(adbc, bucket, _CATALOGUE, engine.dialect.name)
        if standing:
            with adbc.cursor() as cursor:
                cursor.execute(_LAST_OUTBOX)
            adbc.commit()
        if engine.dialect.name == "postgresql":
            with adbc.cursor() as cursor:
                for table, column in (
                    ("learner", "learner_id"),
                    ("identifier", "identifier_id"),
                    ("programme", "programme_id"),
                ):
                    cursor.execute(
                        f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), (SELECT max({column}) FROM {table}))"
                    )
            adbc.commit()
            # its own transaction: rolled back, the planner would know nothing of the rows, as no office's does for long
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("ANALYZE")
    finally:
        adbc.close()
    return engine


_CATALOGUE = {
    "programme": f"""
        SELECT row_number() OVER () AS programme_id, '{TENANT}' AS tenant, code, title, form, jp, scope,
            CAST(0 AS {{flag}}) AS partial, organiser, valid_from, valid_to, {_NOW} AS updated_at FROM programme""",
    "programme_component": """
        SELECT p.programme_id, c.ordinal, c.mode, c.source, c.external_course, c.title, c.jp
        FROM programme_component AS c
        JOIN (SELECT row_number() OVER () AS programme_id, code FROM programme) AS p ON p.code = c.programme_code""",
}


def _adbc(engine: Engine) -> Any:
    if engine.dialect.name == "postgresql":
        from adbc_driver_postgresql import dbapi

        return dbapi.connect(engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
    from adbc_driver_sqlite import dbapi as sqlite

    return sqlite.connect(str(engine.url.database))


def _append(adbc: Any, bucket: Path, tables: dict[str, str], dialect: str) -> None:
    with duckdb.connect() as reading, adbc.cursor() as cursor:
        for path in bucket.glob("*.parquet"):
            reading.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM read_parquet('{path}')")
        for name, sql in tables.items():
            flag = "BOOLEAN" if dialect == "postgresql" else "INT"
            table: pa.Table = reading.sql(
                sql.format(flag=flag).replace("{{", "{").replace("}}", "}")
            ).to_arrow_table()
            cursor.adbc_ingest(name, table, mode="append")
    adbc.commit()
