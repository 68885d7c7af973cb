"""The default rule set says what the domain table says; a broken file is refused with its line."""

from __future__ import annotations

from datetime import date

import pytest

from bridge.engine.dialect import DIALECTS, steps
from bridge.engine.rules import default_rule_document, read_rules, rule_table, title_word_table
from bridge.errors import RefuseInput

DOCUMENT = default_rule_document()
# PerLAN 10/2018 (annex) as the domain table has it: form -> (basis, national, international, surcharge bp,
# cap a day, sessions a month), hundredths of JP.
TABLE: dict[int, tuple[str, int | None, int | None, int, int | None, int | None]] = {
    1: ("programme", None, None, 0, None, None),
    **dict.fromkeys((2, 3, 5, 6, 7, 8, 11, 12, 13, 17, 19, 25), ("programme", None, None, 2000, None, None)),
    4: ("per_day", 500, 700, 0, None, None),
    9: ("per_day", 400, 600, 0, None, None),
    14: ("per_session", 200, None, 0, None, 2),
    15: ("per_session", 200, None, 0, None, 2),
    24: ("per_session", 200, None, 2000, None, 2),
    16: ("actual", None, None, 0, 300, None),
    22: ("actual", None, None, 0, 200, None),
    23: ("actual", None, None, 2000, 200, None),
    10: ("per_activity", 2000, 2400, 0, None, None),
    18: ("per_activity", 2000, 2400, 0, None, None),
    21: ("per_activity", 2000, 2400, 0, None, None),
    20: ("per_activity", 1000, None, 0, None, None),
}


def test_the_default_rules_are_the_domain_table() -> None:
    rows = rule_table([read_rules(DOCUMENT)]).to_pylist()
    told = {
        row["form"]: (
            row["basis"],
            row["jp_national"],
            row["jp_international"],
            row["international_bp"],
            row["cap_day"],
            row["cap_sessions_month"],
        )
        for row in rows
    }
    assert told == TABLE
    assert {row["form"] for row in rows if row["certificate_required"]} == {1, 2, 3, 5, 6}
    assert {(r["min_attendance_bp"], r["minutes_per_jp"], r["pppk_ceiling"]) for r in rows} == {
        (8000, 45, 2400)
    }
    assert not any(row["verified"] for row in rows), "no row of secondary copies is verified"


def test_every_form_names_its_source_and_grade() -> None:
    forms = read_rules(DOCUMENT).forms
    assert all(form.source and form.grade in "ABCD" for form in forms)
    assert {form.code for form in forms if form.grade == "D"} == {7, 8, 11, 12, 13, 25}


def test_the_version_follows_the_bytes() -> None:
    one, other = read_rules(DOCUMENT), read_rules(DOCUMENT + "# a remark\n")
    assert one.version.startswith("perlan-10-2018@")
    assert one.version != other.version
    assert len(one.version) <= 64


def test_words_of_titles_name_forms() -> None:
    words = {row["words"]: row["form"] for row in title_word_table([read_rules(DOCUMENT)]).to_pylist()}
    assert (words["bimtek"], words["seminar"], words["workshop"]) == (8, 9, 4)


def line_of(text: str, occurrence: str) -> int:
    return text[: text.index(occurrence)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "at", "words"),
    [
        (
            'basis = "per_day"',
            'basis = "daily"',
            'basis = "daily"',
            "form.basis: must be one of programme, per_day",
        ),
        ("code = 7\n", "code = 6\n", 'code = 6\nname = "Sosialisasi"', "6 is listed twice"),
        (
            "minutes_per_jp = 45",
            "minutes_per_jp = 5",
            "minutes_per_jp = 5",
            "minutes_per_jp: must be at least 30",
        ),
        (
            "certificate_forms = [1,",
            "certificate_forms = [77,",
            "certificate_forms",
            "form 77 has no [[form]]",
        ),
        ("cap_day = 3", "cap_dya = 3", "cap_dya", "form.cap_dya: is unknown; is cap_day meant?"),
        ("national = 5\n", "", "[[form]]\ncode = 4", "needs `national`"),
        ('words = "bimtek"\nform = 8', 'words = "bimtek"\nform = 80', "form = 80", "form 80 has no [[form]]"),
        ("[defaults]", "[defaults", "[defaults", "Expected ']'"),
        ("effective_from = 2019-01-01\n", "", "# The default", "effective_from: is missing; add it"),
        ("cap_day = 3", "cap_sessions_month = 3", "[[form]]\ncode = 16", "needs basis per_session"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(old: str, new: str, at: str, words: str) -> None:
    assert old in DOCUMENT
    broken = DOCUMENT.replace(old, new, 1)
    with pytest.raises(RefuseInput) as refused:
        read_rules(broken, where="aturan.toml")
    assert words in refused.value.english
    assert f"line {line_of(broken, at)}:" in refused.value.english
    assert f"baris {line_of(broken, at)}:" in refused.value.sentence


def test_a_file_without_forms_is_refused() -> None:
    with pytest.raises(RefuseInput, match="no \\[\\[form\\]\\]"):
        read_rules("form = []\n" + DOCUMENT[: DOCUMENT.index("[[form]]")])


def test_every_dialect_renders_the_same_steps() -> None:
    """A phrase that one engine's table lacks would fail to render (StrictUndefined)."""
    tables = {name: set(make()) for name, make in DIALECTS.items()}
    assert tables["spark"] == tables["duckdb"]
    duckdb, spark = steps("duckdb"), steps("spark")
    assert [step.name for step in spark] == [step.name for step in duckdb]
    assert not any("unnest(" in step.sql or " // " in step.sql for step in spark)


def test_a_row_of_the_engines_relation_says_what_the_file_says() -> None:
    """Every value of one form, with those it takes from the defaults and those it overrides."""
    document = (
        default_rule_document()
        .replace("cap_day = 3", "cap_day = 3\ncap_month = 9\ncap_year = 12.5\nminimum_attendance = 60\n"
                 "minimum_score = 70.5\nrepeat_years = 2", 1)
        .replace("minutes_per_jp = 45", "cap_day_total = 8\ncap_month_total = 20\ncap_year_total = 40\n"
                 "minimum_score = 55\nrepeat_years = 3\nconfirmation_forms = [16]\nlate_tolerance = 30\n"
                 "late_is_absent = true\nminutes_per_jp = 45", 1)
    )  # fmt: skip
    rules = read_rules(document)
    rows = {row["form"]: row for row in rule_table([rules]).to_pylist()}
    assert rows[16] == {
        "rule_version": f"perlan-10-2018@{rules.sha256[:12]}",
        "effective_from": date(2019, 1, 1),
        "form": 16,
        "basis": "actual",
        "jp_national": None,
        "jp_international": None,
        "international_bp": 0,
        "cap_day": 300,
        "cap_month": 900,
        "cap_year": 1250,
        "cap_sessions_month": None,
        "min_attendance_bp": 6000,
        "certificate_required": False,
        "confirmation_required": True,
        "late_tolerance": 30,
        "late_is_absent": True,
        "minutes_per_jp": 45,
        "jp_max_plausible": 40_000,
        "jp_day_max": 1000,
        "pppk_ceiling": 2400,
        "min_score_bp": 7050,
        "repeat_years": 2,
        "cap_day_total": 800,
        "cap_month_total": 2000,
        "cap_year_total": 4000,
        "round_to": 0,
        "round_half": 0,
        "verified": False,
    }
    assert (rows[3]["min_score_bp"], rows[3]["repeat_years"], rows[3]["min_attendance_bp"]) == (5500, 3, 8000)
    assert (rules.document, rules.name, rules.effective_from) == (
        document,
        "perlan-10-2018",
        date(2019, 1, 1),
    )
    assert (rules.title, rules.verified) == ("PerLAN 10/2018, aturan bawaan", False)
    assert rules.source.startswith("PerLAN 10/2018 (lampiran)")


def test_a_refusal_names_code_file_and_line() -> None:
    for document, words in (
        ("x = [", "kita.toml:1"),
        ("form = []\n", "kita.toml:1"),
        (default_rule_document().replace("code = 2\n", "code = 1\n", 1), "form.code: 1 is listed twice"),
        (default_rule_document().replace("[1, 2, 3, 5, 6]", "[77]"), "form 77 has no"),
    ):
        with pytest.raises(RefuseInput) as refused:
            read_rules(document, where="kita.toml")
        told = refused.value
        assert told.code == "RULES-INVALID"
        assert told.where.startswith("kita.toml:")
        assert words in f"{told.where} {told.english}"
        assert "Value error" not in told.english


def broken(*changes: tuple[str, str]) -> RefuseInput:
    document = DOCUMENT
    for old, new in changes:
        assert old in document, old
        document = document.replace(old, new, 1)
    with pytest.raises(RefuseInput) as refused:
        read_rules(document, where="aturan.toml")
    return refused.value


def test_every_wrong_line_is_told_at_once_in_the_order_of_the_file() -> None:
    told = broken(
        ("cap_day = 2", 'cap_day = "dua"'),
        ("cap_day = 3", "cap_day = -3"),
        ("national = 5", "national = 5.125"),
        ("verified = false", "verified = 1"),
        (
            "late_tolerance" if "late_tolerance" in DOCUMENT else "jp_day_max = 10",
            "jp_day_max = 10\nlate_tolerance = 1.5",
        ),
    )
    assert told.english.startswith("Rule file aturan.toml, line 15: verified: must be true or false; line ")
    wanted = (
        "defaults.late_tolerance: must be a whole number",
        "form.national: must have at most 2 digits after the point",
        "form.cap_day: must be more than 0",
        "form.cap_day: must be a number like 4 or 2.5",
    )
    places = [told.english.index(words) for words in wanted]
    assert places == sorted(places)
    assert told.english.endswith("Correct the file; the old rules stay in force.")
    assert told.where == "aturan.toml:15"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("cap_day = 3", 'cap_day = "tiga"', "form.cap_day: harus bilangan seperti 4 atau 2.5"),
        ("cap_day = 3", "cap_dya = 3", "form.cap_dya: tidak dikenal; maksudnya cap_day?"),
        ("cap_day = 3", "zzz = 3", "form.zzz: tidak dikenal; hapus, atau lihat docs/rules.md"),
        ("[rounding]", "[roundings]", "roundings: tidak dikenal; maksudnya rounding?"),
        (
            "effective_from = 2019-01-01",
            'effective_from = "besok"',
            "effective_from: harus tanggal seperti 2026-01-01",
        ),
        (
            'name = "perlan-10-2018"',
            'name = "Perlan 2018"',
            "name: hanya huruf kecil, angka dan tanda hubung",
        ),
        ('words = "bimtek"', 'words = "Bimtek"', "title_word.words: hanya huruf kecil dan spasi"),
        ('words = "bimtek"', 'words = "seminar"', "title_word.words: “seminar” ditulis dua kali"),
        ('name = "Sosialisasi"', 'name = ""', "form.name: harus paling sedikit 1 huruf"),
        (
            "certificate_forms = [1, 2, 3, 5, 6]",
            "certificate_forms = 3",
            "certificate_forms: harus daftar seperti [1, 2]",
        ),
        (
            "minimum_attendance = 80",
            "minimum_attendance = 180",
            "minimum_attendance: harus paling banyak 100",
        ),
        ("national = 5\n", "", "form: dasar per_day butuh `national`, JP untuk satu hari"),
        ("national = 5", "national = 5,5", "susunannya bukan TOML"),
        ("code = 25", "code = 24", "form.code: 24 ditulis dua kali"),
        ("minimum_attendance = 80 ", "", "defaults.minimum_attendance: belum ada; tambahkan"),
    ],
)
def test_a_problem_is_told_in_indonesian(old: str, new: str, words: str) -> None:
    told = broken((old, new))
    assert words in told.sentence
    assert told.sentence.endswith("Perbaiki berkas itu; aturan lama tetap berlaku.")
    for foreign in ("Input", "should", "valid", "permitted", "String"):
        assert foreign not in told.sentence.replace("at least", "")


def test_a_very_broken_file_is_told_in_part() -> None:
    told = broken(*[(f"code = {code}\n", f'code = "x{code}"\n') for code in range(1, 14)])
    assert told.english.count("must be a whole number") == 10
    assert "; and 3 more. Correct" in told.english


def test_notepads_mark_makes_no_other_version() -> None:
    assert read_rules("\ufeff" + DOCUMENT).version == read_rules(DOCUMENT).version
