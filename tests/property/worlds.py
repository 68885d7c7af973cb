"""Random little worlds: a catalogue, rules of two dates, learners and evidence in all the odd shapes.

`choose` picks one of a sequence: Hypothesis draws with it (and shrinks), the bulk test uses a seeded Random.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import md5
from typing import Any

import pyarrow as pa

from bridge.domain.keys import spell
from bridge.engine.relations import INPUTS
from bridge.engine.rules import default_rule_document, read_rules, rule_table, title_word_table
from tests.oracle import plain_title

Choose = Callable[[Sequence[Any]], Any]
Row = dict[str, Any]
World = dict[str, list[Row]]

NEWER = (
    default_rule_document()
    .replace('name = "perlan-10-2018"', 'name = "uji-2026"')
    .replace("effective_from = 2019-01-01", "effective_from = 2026-07-01")
    .replace('basis = "programme"', 'basis = "programme"\ncap_year = 30\ncap_month = 25', 3)
    .replace("minimum_attendance = 80 ", "minimum_attendance = 50 ")
    .replace("pppk_ceiling = 24 ", "pppk_ceiling = 20 ")
    .replace("cap_day = 3", "cap_day = 4\ncap_year = 10\nminimum_score = 60")
    .replace(
        "implausible_jp = 400 ",
        "cap_day_total = 12\ncap_month_total = 30\ncap_year_total = 45\nimplausible_jp = 400 ",
    )
    .replace("minimum_attendance = 50 ", "repeat_years = 3\nminimum_attendance = 50 ")
    .replace(
        "pppk_ceiling = 20 ", "confirmation_forms = [3, 8, 14]\nlate_is_absent = true\npppk_ceiling = 20 "
    )
    .replace('programme = "none"', 'programme = "half-up-whole"', 1)
    .replace('per_session = "none"', 'per_session = "floor-whole"', 1)
    .replace('actual = "none"', 'actual = "floor-hundredths"', 1)
    .replace("code = 16\n", 'code = 16\nrounding = "half-up-hundredths"\n')
    .replace("code = 22\n", 'code = 22\nrounding = "floor-whole"\n')
    .replace("national = 2\ninternational_surcharge = 20", "national = 2.5\ninternational_surcharge = 20")
)
EARLIER = NEWER.replace("effective_from = 2026-07-01", "effective_from = 2024-01-01")
"""In force for years, so that what may not be repeated within years is."""


def _rules(newer: str) -> World:
    sets = [read_rules(default_rule_document()), read_rules(newer)]
    return {"rule": rule_table(sets).to_pylist(), "title_word": title_word_table(sets).to_pylist()}


RULES, RULES_FOR_YEARS = _rules(NEWER), _rules(EARLIER)
AS_OF = date(2026, 11, 24)

_PROGRAMMES: list[Row] = [
    {"code": "TEK-1", "title": "Pelatihan Teknis Arsip", "form": 3, "jp": 2000, "scope": "national"},
    {
        "code": "TEK-O2",
        "title": "Pelatihan Teknis Data & Statistik",
        "form": 3,
        "jp": 3200,
        "scope": "international",
    },
    {"code": "BL-1", "title": "Manajemen Risiko", "form": 3, "jp": 3000, "scope": "national"},
    {
        "code": "BL-2",
        "title": "Literasi Digital",
        "form": 17,
        "jp": 2550,
        "scope": "national",
        "partial": True,
    },
    {"code": "BL-3", "title": "Pelayanan Publik", "form": 5, "jp": 4000, "scope": "international"},
    {"code": "BL-4", "title": "Kepemimpinan Muda", "form": 1, "jp": 2400, "scope": "national"},
    {"code": "EL-1", "title": "Netralitas ASN", "form": 16, "jp": 250, "scope": "national"},
    {"code": "EL-2", "title": "Gratifikasi", "form": 16, "jp": None, "scope": "national"},
    {"code": "SEM", "title": "Seminar Papua", "form": 9, "jp": None, "scope": "international"},
    {"code": "MAG", "title": "Magang Dinas", "form": 10, "jp": None, "scope": "international"},
    {"code": "OLD", "title": "Diklat Lama", "form": 8, "jp": 1000, "valid_to": date(2026, 4, 30)},
    {"code": "NEW", "title": "Diklat Baru", "form": 8, "jp": 1500, "valid_from": date(2026, 5, 1)},
]
_COMPONENTS: list[Row] = [
    {"programme_code": "TEK-1", "ordinal": 1, "mode": "online", "source": "lms", "external_course": "1"},
    {"programme_code": "TEK-1", "ordinal": 2, "mode": "online", "source": "mooc", "external_course": "arsip"},
    {
        "programme_code": "BL-1",
        "ordinal": 1,
        "mode": "online",
        "source": "lms",
        "external_course": "2",
        "jp": 1000,
    },
    {
        "programme_code": "BL-1",
        "ordinal": 2,
        "mode": "offline",
        "source": "",
        "title": "Klasikal Risiko",
        "jp": 2200,
    },
    {
        "programme_code": "BL-2",
        "ordinal": 1,
        "mode": "online",
        "source": "",
        "external_course": "LIT",
        "jp": 850,
    },
    {"programme_code": "BL-2", "ordinal": 2, "mode": "offline", "source": "", "title": "Literasi Tatap Muka"},
    {"programme_code": "BL-3", "ordinal": 1, "mode": "online", "source": "lms", "external_course": "4"},
    {"programme_code": "BL-3", "ordinal": 2, "mode": "offline", "source": "", "title": "Kelas Pelayanan"},
    {
        "programme_code": "BL-4",
        "ordinal": 1,
        "mode": "offline",
        "source": "",
        "external_course": "KM1",
        "title": "Kelas Dasar",
        "jp": 900,
    },
    {
        "programme_code": "BL-4",
        "ordinal": 2,
        "mode": "offline",
        "source": "",
        "title": "Kelas Lanjut",
        "jp": 1400,
    },
    {"programme_code": "EL-1", "ordinal": 1, "mode": "online", "source": "lms", "external_course": "5"},
    {"programme_code": "EL-2", "ordinal": 1, "mode": "online", "source": "lms", "external_course": "6"},
    {"programme_code": "OLD", "ordinal": 1, "mode": "online", "source": "lms", "external_course": "7"},
    {"programme_code": "NEW", "ordinal": 1, "mode": "online", "source": "lms", "external_course": "7"},
    {"programme_code": "TEK-1", "ordinal": 3, "mode": "online", "source": "lms", "external_course": "8"},
    {"programme_code": "EL-1", "ordinal": 2, "mode": "online", "source": "lms", "external_course": "8"},
    {"programme_code": "OLD", "ordinal": 2, "mode": "online", "source": "lms", "external_course": "9"},
]
_COURSES = [
    ("lms", "1", "TEK1", "24 JP"),
    ("mooc", "arsip", "", None),
    ("lms", "2", "R", "10"),
    ("mooc", "77", "LIT", "16 Jam"),
    ("lms", "4", "P", "900"),
    ("lms", "5", "N", "2,5"),
    ("lms", "6", "G", "12 jp"),
    ("lms", "6", "G", "900"),
    ("lms", "7", "D", None),
    ("lms", "8", "X", "8"),
    ("lms", "9", "Y", "8"),
    ("lms", "20", "Z", "4"),
    ("lms", "21", "W", "JP sepuluh"),
    ("lms", "22", "V", "-"),
    ("lms", "23", "U", "0"),
    ("mooc", "24", "T", "2.25 JP"),
]
_TITLES = [
    "Bimtek Analisis Jabatan dan ABK",
    "Bimbingan Teknis Analisis Jabatan",
    "BIMBINGAN TEKNIS  Analisis Jabatan & ABK",
    "Sosialisasi Disiplin Pegawai",
    "Workshop Renja",
    "Seminar Nasional Layanan",
    "Coaching Triwulan",
    "Coaching Kedua",
    "Klasikal Risiko",
    "Kelas Pelayanan",
    "Kelas Dasar",
    "Kelas Lanjut",
    "Kepemimpinan Muda",
    "Rapat Koordinasi",
    "Literasi Tatap Muka",
    "Seminar Papua",
    "Magang Dinas",
    "Pelatihan Teknis Data dan Statistik",
    "Komunitas Belajar Guru",
    "",
    "Belajar Mandiri Hukum",
]
_NAMES = ["Budi Santoso", "Yuliana Wonda", "Maria Hutapea", "Nur Pratama", "Teuku", "Rizky Wanggai"]
_DAYS = [
    date(2024, 9, 9),
    date(2025, 12, 30),
    date(2025, 12, 31),
    date(2026, 1, 1),
    date(2026, 1, 2),
    date(2026, 3, 10),
    date(2026, 3, 11),
    date(2026, 3, 12),
    date(2026, 3, 25),
    date(2026, 6, 30),
    date(2026, 7, 1),
    date(2026, 7, 2),
    date(2026, 7, 20),
]
_ODD_DAYS = [
    *_DAYS,
    *_DAYS,
    *_DAYS,
    None,
    date(2026, 12, 24),
    date(1998, 3, 1),
    date(2018, 6, 1),
    date(2026, 11, 24),
]
_NIP_PROBLEMS = [None] * 40 + ["NIP-TRUNCATED", "NIP-INVALID"]
_READ_PROBLEMS = [None] * 70 + [
    "ORGANISER-MISSING",
    "TIME-MISSING",
    "DUPLICATE-ROW",
    "FORM-UNKNOWN",
    "JP-INVALID",
    "DATE-IMPLAUSIBLE",
    "NIP-MISSING",
]
_CERTIFICATES = [None] * 8 + ["-", "", "Sert/001/2026", "SERT-001-2026", "ada", "123-456-7"]


def nip_of(learner: int) -> str:
    return f"19850101201001{learner:04d}"


def world(choose: Choose, learners: int, most: int) -> World:
    """A world of `learners` people with up to `most` pieces of online and of classroom evidence each."""
    rows: World = {name: [] for name in INPUTS}
    rules = choose([RULES, RULES, RULES_FOR_YEARS])
    rows |= {
        "setting": [{"zone": "Asia/Jayapura", "as_of": AS_OF}],
        "rule": [dict(row) for row in rules["rule"]],
        "title_word": [dict(row) for row in rules["title_word"]],
        "programme": [
            {
                "scope": "national",
                "partial": False,
                "organiser": "",
                "valid_from": None,
                "valid_to": None,
                **row,
            }
            for row in _PROGRAMMES
        ],
        "programme_component": [
            {"external_course": "", "title": "", "jp": None, **row} for row in _COMPONENTS
        ],
    }
    for number in range(choose(range(4, 25))):
        event = _event(choose, number)
        rows["offline_event"].append(event)
        if choose([True, True, False]):
            rows["confirmation"].append({"source": event["source"], "event_ref": event["event_ref"]})
    for learner in range(1, learners + 1):
        _learner(choose, rows, learner)
        for number in range(choose(range(most + 1))):
            rows["completion"].append(_completion(choose, learner, number))
            if choose([True, *[False] * 5]):
                rows["earlier_completion"].append(_earlier(choose, rows["completion"][-1]))
        for number in range(choose(range(most + 1))):
            rows["attendance"].append(_attendance(choose, rows, learner, number))
    _decisions(choose, rows)
    _decisions_on_activities(choose, rows)
    return rows


def _event(choose: Choose, number: int) -> Row:
    if choose([True, *[False] * 4]):
        return _coaching(choose, number)
    start = choose(_ODD_DAYS)
    length = choose([0, 0, 0, 1, 1, 2, 2, 4, 4, -1])
    return {
        "source": choose(["kab", "prov"]),
        "event_ref": f"e{number}",
        "title": choose(_TITLES),
        "organiser": "BKPSDM",
        "place": "",
        "form_stated": choose([None, None, "", "3", "4", "8", "9", "14", "20", "22", "23", "24", "99", "x"]),
        "scope": choose(["national", "national", "international"]),
        "start_on": start,
        "end_on": None if start is None else start + timedelta(days=length),
        "jp_stated": choose(["24", "16 JP", "5", "2,5", "24", "6", "30 jam", "", None, "900", "nol"]),
        "programme_code": choose(["", "", "", "TEK-1", "BL-1", "SEM", "MAG", "TIDAK-ADA"]),
        "lms_course_code": choose(["", "", "", "TEK 02", "tek-O2", "2", "LIT", "4", "OLD", "KM1"]),
    }


def _coaching(choose: Choose, number: int) -> Row:
    """Sessions of few days in one month, so that what a month may have is used up and gone beyond."""
    day = choose(
        [date(2026, 3, 10), date(2026, 3, 11), date(2026, 3, 25), date(2026, 7, 2), date(2026, 7, 20)]
    )
    return {
        "source": "kab",
        "event_ref": f"e{number}",
        "title": choose(["Coaching Triwulan", "Coaching Kedua", "Mentoring Kinerja"]),
        "organiser": "BKPSDM",
        "place": "",
        "form_stated": choose(["14", "14", "24"]),
        "scope": choose(["national", "international"]),
        "start_on": day,
        "end_on": day,
        "jp_stated": "",
        "programme_code": "",
        "lms_course_code": "",
    }


def _learner(choose: Choose, rows: World, learner: int) -> None:
    rows["learner"].append(
        {
            "learner_id": learner,
            "person_key": f"p{learner}",
            "name": choose(_NAMES),
            "employment": choose(["PNS", "PNS", "PPPK"]),
            "post": "pelaksana",
            "office_code": "8001",
        }
    )
    validity = choose([(None, None)] * 5 + [(date(2026, 2, 1), None), (None, date(2026, 6, 30))])
    holder = choose([learner] * 9 + [1])
    rows["identifier"].append(_identifier(learner, "nip", "", nip_of(holder), *validity))
    if choose([True, False, False]):
        rows["identifier"].append(_identifier(learner, "account", "lms", f"user{learner}", None, None))


def _identifier(
    learner: int, scheme: str, source: str, value: str, start: date | None, end: date | None
) -> Row:
    return {
        "learner_id": learner,
        "scheme": scheme,
        "source": source,
        "value": value,
        "valid_from": start,
        "valid_to": end,
    }


def _person(choose: Choose, learner: int) -> Row:
    problem = choose(_NIP_PROBLEMS)
    written = [
        *_NAMES,
        "Drs. Budi Santoso, M.Si.",
        "BUDI S.",
        "Santosa Budi",
        "Y. Wonda",
        "M. Hutapea S.Sos",
        "Dr. H. Nur",
    ]
    return {
        "evidence_hash": choose(["h1", "h2"]),
        "standing": choose(["completed"] * 20 + ["withdrawn"]),
        "nip": None if problem or choose([False] * 40 + [True]) else nip_of(choose([learner] * 40 + [9999])),
        "nip_problem": problem,
        "learner_name": choose([""] * 60 + written),
        "certificate_no": choose(_CERTIFICATES),
        "minutes": choose([None, None, None, 45, 50, 135, 400]),
    }


def _completion(choose: Choose, learner: int, number: int) -> Row:
    source, course, code, jp = choose(_COURSES)
    day = choose(_ODD_DAYS) or date(2026, 5, 1)
    moment = datetime(day.year, day.month, day.day, choose([0, 14, 15, 23]), choose([0, 59]))  # noqa: DTZ001
    return {
        **_person(choose, learner),
        "evidence_key": f"completion1-{learner}-{number}",
        "source": source,
        "external_learner": f"user{learner}",
        "external_course": course,
        "completed_at": moment,
        "course_code": code,
        "course_title": f"Kursus {course}",
        "jp_stated": jp,
        "score": choose(["90", "60.00", "59.99", "12.5", None, "80", "100"]),
        "score_max": choose(["100", "100", "100", "20.00", None, "0"]),
    }


def _earlier(choose: Choose, completion: Row) -> Row:
    """The date that a completion had before its source changed it."""
    by = timedelta(days=choose([-400, -2, -1, 0, 1, 2, 30]), hours=choose([0, 1, -1, 23]))
    return {
        "evidence_key": completion["evidence_key"],
        "completed_at": completion["completed_at"] + by,
        "standing": choose(["completed", "completed", "withdrawn"]),
    }


def _attendance(choose: Choose, rows: World, learner: int, number: int) -> Row:
    event = choose(rows["offline_event"])
    attended, total = choose(
        [(None, None)] * 3
        + [(6, 6), (5, 6), (5, 6), (4, 6), (3, 6), (0, 6), (1, 1), (2, 2), (3, None), (0, None)]
    )
    return {
        **_person(choose, learner),
        "evidence_key": f"attendance1-{learner}-{number}",
        "source": event["source"],
        "event_ref": event["event_ref"],
        "attendee": f"user{learner}",
        "sheet": "S",
        "row": number,
        "sessions_attended": attended,
        "sessions_total": total,
        "day": choose([None, None, None, *_DAYS]),
        "problem": choose(_READ_PROBLEMS),
        "late": choose([None] * 12 + ["5", "15", "16,3", "40", "20,45,90"]),
    }


def _decisions(choose: Choose, rows: World) -> None:
    evidence = [*rows["completion"], *rows["attendance"]]
    for number in range(choose(range(1 + len(rows["learner"])))):
        if not evidence:
            return
        kind = choose(["accept", "accept", "reject", "link", "override_jp"])
        rows["decision"].append(
            {
                "decision_id": number + 1,
                "kind": kind,
                "subject": choose(evidence)["evidence_key"],
                "made_on": choose(["h1", "h2"]),
                "jp": choose([450, 2000]) if kind == "override_jp" else None,
                "learner_id": choose(rows["learner"])["learner_id"] if kind == "link" else None,
                "reason": "uji",
            }
        )


_HASHES = [
    "h1",
    "h2",
    *(md5(two.encode(), usedforsecurity=False).hexdigest() for two in ("h1,h1", "h1,h2", "h2,h2")),
]
"""What one piece, or two together, may be known by."""


def _decisions_on_activities(choose: Choose, rows: World) -> None:
    pieces = [*rows["completion"], *rows["attendance"]]
    for _ in range(choose(range(1 + len(rows["learner"])))):
        if not pieces:
            return
        piece = choose(pieces)
        kind = choose(["accept", "reject", "override_jp"])
        rows["decision"].append(
            {
                "decision_id": len(rows["decision"]) + 1,
                "kind": kind,
                "subject": _activity_of(choose, rows, piece),
                "made_on": choose([piece["evidence_hash"], *_HASHES]),
                "jp": choose([450, 2000]) if kind == "override_jp" else None,
                "learner_id": int(piece["evidence_key"].split("-")[1]),
                "reason": "uji",
            }
        )


def _activity_of(choose: Choose, rows: World, piece: Row) -> str:
    """A key that the piece's activity may have."""
    if "event_ref" not in piece:
        course, year = piece["external_course"], piece["completed_at"].year
        codes = [row["programme_code"] for row in _COMPONENTS if row.get("external_course") == course]
        stem = choose([["course", piece["source"], course], *(["programme", code] for code in codes)])
        return spell("activity1", [*stem, year])
    [event] = [
        row
        for row in rows["offline_event"]
        if (row["source"], row["event_ref"]) == (piece["source"], piece["event_ref"])
    ]
    start, end = (
        piece["day"] or event[one] or event[other]
        for one, other in (("start_on", "end_on"), ("end_on", "start_on"))
    )
    return spell("activity1", ["event", plain_title(event["title"]), str(start), str(end)])


def tables(rows: Mapping[str, Sequence[Row]]) -> dict[str, pa.Table]:
    """Rows as the engine's Arrow relations."""
    return {
        name: pa.Table.from_pylist(
            [{column: row.get(column) for column in INPUTS[name].names} for row in told], INPUTS[name]
        )
        for name, told in rows.items()
    }


def of_learner(rows: World, learner: int) -> World:
    """What a run that touches only this learner is fed: its own evidence and all the rest."""
    mine = {
        name: [dict(row) for row in told if f"-{learner}-" in row["evidence_key"]]
        for name, told in rows.items()
        if name in ("completion", "attendance")
    }
    return {**rows, **mine}
