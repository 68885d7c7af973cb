"""The roster and the catalogue: templates read cleanly, every bad row is named, keys survive."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date

import pytest

from bridge.attendance.catalogue import read_catalogue
from bridge.attendance.roster import person_key, read_roster
from bridge.attendance.sheet import read_sheet
from bridge.attendance.templates import NAMES, template_csv, template_workbook
from bridge.domain.learner import Employment, Identifier, Post, Scheme
from bridge.domain.programme import Component
from bridge.errors import RefuseInput

NIP, OTHER, PPPK, FORMER = (
    "198507151999031002",
    "199001012015011031",
    "197407132025212090",
    "197407132020212015",
)


@pytest.mark.parametrize("make", [template_csv, template_workbook])
def test_templates_read_cleanly(make: Callable[[str], bytes]) -> None:
    roster = read_roster(make("roster"), "roster")
    assert roster.problems == []
    assert [learner.employment for learner in roster.learners] == [Employment.PNS, Employment.PPPK]
    programmes, problems = read_catalogue(make("catalogue"), "catalogue")
    assert problems == []
    assert [(programme.code, programme.form, programme.jp) for programme in programmes] == [
        ("SKP-2026", 3, 4000),
        ("BIMTEK-PPID", 8, 3200),
    ]
    assert programmes[0].components == (
        Component("online", "moodle", "DIK-06", "Penyusunan SKP", 2400),
        Component("offline", "", "", "Praktik penyusunan SKP", 1600),
    )
    activities = read_sheet(make("activities"), "activities", source="s", as_of=date(2026, 11, 24))
    assert [person.problem for person in activities.attendances] == [None, None]
    assert activities.attendances[0].learner_name == "Maria Wanggai, S.Kep."


def test_template_names_are_the_only_ones() -> None:
    assert NAMES == ("roster", "catalogue", "activities")
    with pytest.raises(KeyError):
        template_csv("../../errors")


def roster(
    *rows: str, header: str = "NIP;NIK;Nama;Jenis;Jabatan jenis;Kode OPD;Nama OPD;Email;NIP_lama"
) -> bytes:
    return "\n".join([header, *rows]).encode()


def test_a_learner_with_everything() -> None:
    row = f"{NIP};9171011507850001;Maria Wanggai;PNS;Fungsional;8001;Dinas Kesehatan;Maria@Example.go.id;"
    (learner,) = read_roster(roster(row), "r.csv").learners
    assert learner.person_key == hashlib.sha256(f"nip:{NIP}".encode()).hexdigest()
    assert (learner.employment, learner.post) == (Employment.PNS, Post.FUNCTIONAL)
    assert (learner.office_code, learner.office_name) == ("8001", "Dinas Kesehatan")
    assert learner.email == "maria@example.go.id"
    assert learner.identifiers == (
        Identifier(Scheme.NIP, NIP),
        Identifier(Scheme.NIK, "9171011507850001"),
    )


def test_a_new_contract_keeps_the_person() -> None:
    before = read_roster(roster(f"{FORMER};;Salomina;PPPK;pelaksana;1;Dinas;;"), "a.csv").learners[0]
    after = read_roster(roster(f"{PPPK};;Salomina;PPPK;pelaksana;2;Badan;;{FORMER}"), "b.csv").learners[0]
    assert before.person_key == after.person_key == person_key(FORMER)
    assert [known.value for known in after.identifiers] == [PPPK, FORMER]


def test_the_change_has_a_date_where_one_is_given() -> None:
    content = f"NIP;Nama;Jabatan jenis;NIP_lama;NIP berlaku dari\n{PPPK};S;pelaksana;{FORMER};1 Maret 2025\n"
    (learner,) = read_roster(content.encode(), "r.csv").learners
    assert learner.identifiers == (
        Identifier(Scheme.NIP, PPPK, valid_from=date(2025, 3, 1)),
        Identifier(Scheme.NIP, FORMER, valid_to=date(2025, 2, 28)),
    )


def test_headings_in_any_spelling_and_english() -> None:
    header = " n.i.p. ,FULL NAME,Employment,Post Type,Office Code,Office,E-Mail"
    content = f"Daftar pegawai\n\n{header}\n19850715 199903 1 002,Maria,PNS,structural,1,Dinas,\n"
    (learner,) = read_roster(content.encode(), "r.csv").learners
    assert (learner.identifiers[0].value, learner.post, learner.office_code) == (NIP, Post.STRUCTURAL, "1")


@pytest.mark.parametrize(
    ("row", "code", "kept"),
    [
        ("1.98507E+17;;Maria;PNS;pelaksana;1;D;;", "NIP-TRUNCATED", False),
        ("131876227;;Maria;PNS;pelaksana;1;D;;", "NIP-INVALID", False),
        ("-;;Maria;PNS;pelaksana;1;D;;", "NIP-MISSING", False),
        (f"{NIP};;;PNS;pelaksana;1;D;;", "ROSTER-NAME-MISSING", False),
        (f"{PPPK};;Maria;PPPK;pelaksana;1;D;;12345678901", "NIP-INVALID", False),
        (f"{NIP};;Maria;PPPK;pelaksana;1;D;;", "ROSTER-EMPLOYMENT", True),
        (f"{NIP};;Maria;honorer;pelaksana;1;D;;", "ROSTER-EMPLOYMENT", True),
        (f"{NIP};;Maria;PNS;;1;D;;", "ROSTER-POST", True),
        (f"{NIP};123;Maria;PNS;pelaksana;1;D;;", "ROSTER-NIK", True),
        (f"{NIP};;Maria;PNS;pelaksana;1;D;maria@;", "ROSTER-EMAIL", True),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_read(row: str, code: str, kept: bool) -> None:
    reading = read_roster(roster(row, f"{OTHER};;Sari Dewi;PNS;pelaksana;1;D;;"), "r.csv")
    (problem,) = reading.problems
    assert (problem.row, problem.code, problem.kept) == (2, code, kept)
    assert "Baris 2" in problem.sentence
    assert "Row 2" in problem.english
    assert len(reading.learners) == 1 + kept
    assert reading.learners[-1].name == "Sari Dewi"


def test_the_same_number_twice_is_one_learner() -> None:
    reading = read_roster(
        roster(f"{NIP};;A;PNS;pelaksana;1;D;;", "", f"{NIP};;B;PNS;pelaksana;1;D;;"), "r.csv"
    )
    assert [learner.name for learner in reading.learners] == ["A"]
    assert [(problem.row, problem.code) for problem in reading.problems] == [(4, "ROSTER-DUPLICATE")]
    assert "baris 2" in reading.problems[0].sentence


def test_a_table_without_the_columns_is_refused_by_name() -> None:
    with pytest.raises(RefuseInput) as caught:
        read_roster(b"NIP;Alamat\n1;2\n", "r.csv")
    assert "Nama" in caught.value.sentence
    assert "NIP" not in caught.value.sentence.split("kolom:")[1].split(".")[0]


def catalogue(*rows: str) -> bytes:
    header = (
        "kode;judul;bentuk;JP;lingkup;sebagian;berlaku_dari;berlaku_sampai;moda;sumber;kursus_lms;jp_komponen"
    )
    return "\n".join([header, *rows]).encode()


def test_a_programme_without_jp_has_none_and_a_word_is_a_form() -> None:
    programmes, problems = read_catalogue(
        catalogue("A;Sosialisasi;Sosialisasi;;internasional;ya;;;;;;"), "k.csv"
    )
    assert problems == []
    (programme,) = programmes
    assert (programme.form, programme.jp, programme.scope, programme.partial) == (
        7,
        None,
        "international",
        True,
    )
    assert programme.components == ()


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (";Judul;8;24;;;;;;;;", "kode"),
        ("A;;8;24;;;;;;;;", "judul"),
        ("A;Judul;99;24;;;;;;;;", "bentuk"),
        ("A;Judul;8;banyak;;;;;;;;", "JP"),
        ("A;Judul;8;0;;;;;;;;", "JP"),
        ("A;Judul;8;24;dunia;;;;;;;", "lingkup"),
        ("A;Judul;8;24;;mungkin;;;;;;", "sebagian"),
        ("A;Judul;8;24;;;31/06/2026;;;;;", "berlaku_dari"),
        ("A;Judul;8;24;;;2026-05-01;2026-04-01;;;;", "berlaku_sampai"),
        ("A;Judul;8;24;;;;;hybrid;;;", "moda"),
        ("A;Judul;8;24;;;;;daring;moodle;;", "kursus_lms"),
        ("A;Judul;8;24;;;;;;moodle;;16", "moda"),
    ],
)
def test_a_bad_programme_is_named_with_its_row_and_field(row: str, field: str) -> None:
    programmes, problems = read_catalogue(catalogue(row, "B;Bimtek;8;24,5;;;;;;;;"), "k.csv")
    assert [(programme.code, programme.jp) for programme in programmes] == [("B", 2450)]
    assert [(problem.row, problem.kept) for problem in problems] == [(2, False)]
    assert f": {field} " in problems[0].sentence


def test_a_further_row_may_not_contradict_the_first() -> None:
    rows = ("A;Judul;8;24;;;;;daring;moodle;K1;", "A;Lain;;;;;;;daring;moodle;K2;", "A;;;30;;;;;luring;;;")
    programmes, problems = read_catalogue(catalogue(*rows), "k.csv")
    assert [problem.row for problem in problems] == [3, 4]
    assert [component.external_course for component in programmes[0].components] == ["K1"]
