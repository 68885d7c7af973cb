"""A made-up civil service of any size, as the engine's input relations: the same number gives the same rows.

Everything follows from the learner's number by hashing, so that any range of learners can be written alone.
People of one office (400) go to events of that office; an event has about 40 of them. 2 in 100 rows are odd:
a NIP that can't be read, a stranger, another name, too little attendance, two events at once.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from bridge.engine.relations import INPUTS
from bridge.engine.rules import default_rule_document, read_rules, rule_table, title_word_table

COURSES = 300
OFFICE = 400
EVENTS_OF_OFFICE = 40
TENANT_ZONE = "Asia/Jayapura"

_GIVEN = [
    "Yuliana",
    "Maria",
    "Yohanis",
    "Markus",
    "Petrus",
    "Agus",
    "Rina",
    "Siti",
    "Nur",
    "Budi",
    "Dewi",
    "Elisabet",
    "Hendrik",
    "Ruben",
    "Marthen",
    "Lince",
    "Fransina",
    "Ester",
    "Naomi",
    "Yosina",
    "Daniel",
    "Samuel",
    "Amos",
    "Yakob",
    "Simon",
    "Paulus",
    "Thomas",
    "Ferdinand",
    "Albert",
    "Wilhelmina",
]
_CLAN = [
    "Wonda",
    "Tabuni",
    "Kogoya",
    "Enembe",
    "Wanggai",
    "Rumbiak",
    "Rumaropen",
    "Mandacan",
    "Karma",
    "Suebu",
    "Ohee",
    "Felle",
    "Pekei",
    "Gobai",
    "Mote",
    "Edowai",
    "Yeimo",
    "Wenda",
    "Murib",
    "Telenggen",
    "Hutapea",
    "Santoso",
    "Pratama",
    "Wibowo",
    "Lestari",
    "Nainggolan",
    "Rahayu",
    "Saragih",
]
_TOPIC = [
    "Arsip Dinamis",
    "Pengelolaan Keuangan Daerah",
    "Pelayanan Publik",
    "Analisis Jabatan",
    "Perencanaan Pembangunan",
    "Manajemen Risiko",
    "Literasi Digital",
    "Pengadaan Barang dan Jasa",
    "Statistik Sektoral",
    "Kesehatan Masyarakat",
    "Penyuluhan Pertanian",
    "Tata Naskah Dinas",
    "Aset Daerah",
    "Kepemimpinan Melayani",
    "Keamanan Informasi",
]


def _list(words: list[str]) -> str:
    return "[" + ", ".join(f"'{word}'" for word in words) + "]"


MACROS = f"""
CREATE MACRO chance(a, salt) AS CAST(hash(a * 31 + salt) % 1000000007 AS BIGINT);
CREATE MACRO nip_of(i) AS concat(
    strftime(DATE '1965-01-01' + CAST(i % 12000 AS INT), '%Y%m%d'),
    CAST(200000 + (i // 12000) % 20 * 100 + (i // 240000) % 12 + 1 AS VARCHAR), CAST(1 + i % 2 AS VARCHAR),
    lpad(CAST(1 + i // 2880000 AS VARCHAR), 3, '0'));
CREATE MACRO name_of(i) AS concat(
    {_list(_GIVEN)}[1 + chance(i, 1) % {len(_GIVEN)}], ' ', {_list(_GIVEN)}[1 + chance(i, 2) % {len(_GIVEN)}], ' ',
    {_list(_CLAN)}[1 + chance(i, 3) % {len(_CLAN)}]);
CREATE MACRO topic_of(c) AS concat({_list(_TOPIC)}[1 + c % {len(_TOPIC)}], ' Tingkat ', 1 + c // {len(_TOPIC)});
CREATE MACRO course_source(c) AS concat('lms-', c % 3);
CREATE MACRO form_of(c) AS CASE c % 10 WHEN 0 THEN 22 WHEN 1 THEN 3 WHEN 2 THEN 3 WHEN 3 THEN 5 WHEN 4 THEN 17 ELSE 16 END;
CREATE MACRO jp_of(c) AS CASE WHEN form_of(c) IN (16, 22) THEN 100 + c % 4 * 100 ELSE 400 + c % 8 * 200 END;
CREATE MACRO evidence_hash_of(a, b) AS concat(md5(CAST(a AS VARCHAR)), md5(concat(a, ':', b)));
"""

CATALOGUE = {
    # every fifth course is in no catalogue: its JP is what it states
    "programme": f"""
        SELECT concat('P-', c) AS code, concat('Pelatihan ', topic_of(c)) AS title, form_of(c) AS form,
            CAST(jp_of(c) AS INT) AS jp, 'national' AS scope, FALSE AS partial, 'BPSDM' AS organiser,
            NULL AS valid_from, NULL AS valid_to
        FROM (SELECT unnest(range({COURSES})) AS c) WHERE c % 5 <> 4""",
    "programme_component": f"""
        SELECT concat('P-', c) AS programme_code, 1 AS ordinal, 'online' AS mode, course_source(c) AS source,
            CAST(c AS VARCHAR) AS external_course, '' AS title, NULL AS jp
        FROM (SELECT unnest(range({COURSES})) AS c) WHERE c % 5 <> 4""",
}

PEOPLE = {
    "learner": """
        SELECT i AS learner_id, concat('asn-', i) AS person_key, name_of(i) AS name,
            CASE WHEN i % 3 = 0 THEN 'PPPK' ELSE 'PNS' END AS employment, 'pelaksana' AS post,
            concat('80', i // 4000) AS office_code
        FROM who""",
    "identifier": """
        SELECT i AS learner_id, 'nip' AS scheme, '' AS source, nip_of(i) AS value, NULL AS valid_from,
            NULL AS valid_to FROM who""",
    "completion": f"""
        SELECT concat('completion1', chr(31), course_source(c), chr(31), 'u', i, chr(31), c, chr(31), 1) AS evidence_key,
            evidence_hash_of(i * 8, k) AS evidence_hash, course_source(c) AS source, concat('u', i) AS external_learner,
            CAST(c AS VARCHAR) AS external_course, 'completed' AS standing,
            TIMESTAMP '2026-01-02 00:00:00' + to_seconds(chance(i, 50 + k) % 27000000) AS completed_at,
            CASE WHEN odd = 1 THEN NULL WHEN odd = 2 THEN concat('9', substr(nip_of(i), 2)) ELSE nip_of(i) END AS nip,
            CASE WHEN odd = 1 THEN 'NIP-TRUNCATED' END AS nip_problem,
            CASE WHEN odd = 3 THEN 'Orang Lain Sekali' WHEN odd < 40 THEN concat(name_of(i), ', S.Sos.') ELSE name_of(i) END
                AS learner_name,
            concat('C', c) AS course_code, concat('Kursus ', topic_of(c)) AS course_title,
            concat(jp_of(c) // 100, ' JP') AS jp_stated, '80' AS score, '100' AS score_max, NULL AS minutes, NULL AS certificate_no
        FROM (SELECT i, k, (chance(i, 10) % 75 * 4 + k) % {COURSES} AS c, chance(i, 20 + k) % 400 AS odd
              FROM who CROSS JOIN (SELECT unnest(range(4)) AS k))""",
    "attendance": f"""
        SELECT concat('attendance1', chr(31), 'daftar-', office, chr(31), 'e', e, chr(31), nip_of(i)) AS evidence_key,
            evidence_hash_of(i * 8 + 4, k) AS evidence_hash, concat('daftar-', office) AS source, concat('e', e) AS event_ref,
            nip_of(i) AS attendee, 'completed' AS standing,
            CASE WHEN odd = 1 THEN NULL WHEN odd = 2 THEN concat('9', substr(nip_of(i), 2)) ELSE nip_of(i) END AS nip,
            CASE WHEN odd = 1 THEN 'NIP-INVALID' END AS nip_problem,
            CASE WHEN odd = 3 THEN 'Orang Lain Sekali' WHEN odd < 80 THEN upper(name_of(i)) ELSE name_of(i) END AS learner_name,
            'Sheet1' AS sheet, CAST(i % {OFFICE} AS INT) AS row,
            CASE WHEN odd BETWEEN 4 AND 9 THEN 3 ELSE 6 END AS sessions_attended, 6 AS sessions_total, NULL AS minutes, NULL AS day,
            CASE WHEN odd % 50 = 0 THEN NULL ELSE concat('S/', e, '/', i) END AS certificate_no, NULL AS problem, NULL AS late
        FROM (SELECT i, k, i // {OFFICE} AS office, chance(i, 40 + k) % 400 AS odd,
                  i // {OFFICE} * {EVENTS_OF_OFFICE}
                      + CASE WHEN k = 3 AND i % 97 = 0 THEN (chance(i, 32) + 1) % 10 * 4 + 2
                             ELSE chance(i, 30 + k) % 10 * 4 + k END AS e
              FROM who CROSS JOIN (SELECT unnest(range(4)) AS k))""",
}

# An event's quarter is its number modulo 4, and a learner goes to one event a quarter (but for the odd ones).
EVENTS = f"""
    SELECT concat('daftar-', e // {EVENTS_OF_OFFICE}) AS source, concat('e', e) AS event_ref,
        CASE WHEN e % 5 < 3 THEN concat('Pelatihan ', topic_of(chance(e, 1) % {COURSES}))
             ELSE concat('Bimtek ', topic_of(chance(e, 1) % {COURSES}), ' Angkatan ', e) END AS title,
        'BKPSDM' AS organiser, 'Aula' AS place, CASE e % 5 WHEN 3 THEN '8' WHEN 4 THEN '9' ELSE '3' END AS form_stated,
        'national' AS scope, first_day AS start_on, first_day + CAST(chance(e, 3) % 3 AS INT) AS end_on,
        concat(8 + e % 4 * 4) AS jp_stated, '' AS programme_code, '' AS lms_course_code
    FROM (SELECT e, DATE '2025-12-29' + CAST(e % 4 * 82 + chance(e, 2) % 78 AS INT) AS first_day FROM held)"""


def shape_of(name: str, sql: str, connection: duckdb.DuckDBPyConnection) -> pa.Table:
    schema = INPUTS[name]
    return connection.sql(f"SELECT {', '.join(schema.names)} FROM ({sql})").to_arrow_table().cast(schema)


def write_bucket(folder: Path, first: int, last: int) -> None:
    """The relations of the learners first ≤ number < last, one Parquet file each."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(":memory:", config={"preserve_insertion_order": False}) as connection:
        connection.execute(MACROS)
        connection.execute(f"CREATE VIEW who AS SELECT unnest(range({first}, {last})) AS i")
        offices = (first // OFFICE * EVENTS_OF_OFFICE, -(-last // OFFICE) * EVENTS_OF_OFFICE)
        connection.execute(f"CREATE VIEW held AS SELECT unnest(range({offices[0]}, {offices[1]})) AS e")
        for name, sql in {**CATALOGUE, **PEOPLE, "offline_event": EVENTS}.items():
            columns = ", ".join(
                f"CAST({field.name} AS {_DUCKDB[str(field.type)]}) AS {field.name}" for field in INPUTS[name]
            )
            connection.execute(
                f"COPY (SELECT {columns} FROM ({sql})) TO '{folder / name}.parquet' (FORMAT parquet, COMPRESSION zstd)"
            )


_DUCKDB = {
    "string": "VARCHAR",
    "int32": "INT",
    "int64": "BIGINT",
    "date32[day]": "DATE",
    "timestamp[us]": "TIMESTAMP",
    "bool": "BOOLEAN",
}


def rules() -> dict[str, pa.Table]:
    sets = [read_rules(default_rule_document())]
    return {"rule": rule_table(sets), "title_word": title_word_table(sets)}
