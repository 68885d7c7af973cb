"""What a finding says: the words of its own row, its place as people find it, somebody's name; who takes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bridge.flows.explain import explain_entry, explain_finding, explain_nip
from bridge.flows.imports import import_attendance
from bridge.reports.finding_words import finding_words, in_its_own_words, readable
from bridge.reports.findings import FindingFilter, findings_listed
from bridge.store.evidence_records import newest_records
from bridge.store.unit import reading
from tests.bureau import TENANT, Bureau

MARIA, YULIANA = "198507151999031002", "197903122005022003"
HEAD = (
    "Tanggal Mulai,Tanggal Selesai,Kode Jenis Pengembangan,Nama Kegiatan,Penyelenggara Kegiatan,"
    "Total Jam Pelajaran,NIP Peserta,Nama Peserta,Nomor Sertifikat\n"
)


@pytest.fixture
def bureau(store: Engine, tmp_path: Path) -> Iterator[Bureau]:
    made = Bureau(store, tmp_path)
    made.hire(made.person("p1", MARIA, "Maria Wanggai, S.Kep."), made.person("p2", YULIANA, "Yuliana Wonda"))
    yield made
    made.close()


def sheet(bureau: Bureau, *rows: str) -> dict[str, str]:
    """Import the rows; code -> what the import told of them."""
    file = bureau.ctx.home / "daftar.csv"
    file.write_text(HEAD + "".join(f"{row}\n" for row in rows), "utf-8")
    report = import_attendance(bureau.ctx, file, name="", imported_by="ani")
    bureau.reconcile()
    return {one.code: finding_words(one.code, one.params, "en").sentence for one in report.problems}


def told(bureau: Bureau, language: str = "en") -> dict[str, str]:
    with reading(bureau.engine) as connection:
        rows = findings_listed(connection, TENANT, FindingFilter(), language)
    return {row.code: row.sentence for row in rows}


def test_the_rows_own_value_is_shown_not_its_events(bureau: Bureau) -> None:
    """The event's date and JP are those of the other rows; a sentence with them would deny what it shows."""
    imported = sheet(
        bureau,
        f"2026-03-10,2026-03-11,8,Bimtek Kas,BKPSDM,15,{YULIANA},Yuliana Wonda",
        f"2026-03-10,2026-03-11,8,Bimtek Kas,BKPSDM,dua puluh,{MARIA},",
        f"2026-03-12,2026-03-09,8,Bimtek Arsip,BKPSDM,15,{MARIA},",
        f"2026-04-10,2026-04-11,77,Bimtek Aset,BKPSDM,15,{MARIA},",
        "2026-04-10,2026-04-11,8,Bimtek Aset,BKPSDM,15,19850715 1999,",
    )
    found = told(bureau)
    assert found["JP-INVALID"].startswith("The JP of “Bimtek Kas” (“dua puluh”) can't be used")
    assert found["DATE-IMPLAUSIBLE"].startswith(
        "The date of “Bimtek Arsip” for Maria Wanggai, S.Kep. (2026-03-12 – 2026-03-09) is"
    )
    assert found["FORM-UNKNOWN"] == "The form of “Bimtek Aset” (“77”) is unknown."
    assert found["NIP-INVALID"] == (
        "“19850715 1999”, which stands as the NIP of somebody without a name at “Bimtek Aset” (daftar.csv row 6), "
        "is no valid NIP."
    )
    for code in ("JP-INVALID", "FORM-UNKNOWN"):
        assert imported[code] == found[code]
    assert "(2026-03-12 – 2026-03-09)" in imported["DATE-IMPLAUSIBLE"]
    assert not [sentence for sentence in (*imported.values(), *found.values()) if "{" in sentence]
    explained = {
        one.title: one.sentence for one in explain_nip(bureau.ctx, MARIA, year=2026, language="en").verdicts
    }
    assert {code: explained[code].split(". ")[0] for code in ("JP-INVALID", "DATE-IMPLAUSIBLE")} == {
        code: found[code].rstrip(".").split(". ")[0] for code in ("JP-INVALID", "DATE-IMPLAUSIBLE")
    }


def test_a_certificate_number_is_shown_as_it_was_written(bureau: Bureau) -> None:
    sheet(
        bureau,
        f"2026-03-10,2026-03-11,8,Bimtek Kas,BKPSDM,15,{MARIA},,S/045.a/2026",
        f"2026-04-10,2026-04-11,8,Bimtek Aset,BKPSDM,15,{MARIA},,S/045.a/2026",
    )
    assert "Certificate number S/045.a/2026 for" in told(bureau)["CERTIFICATE-REPEATED"]


def test_no_place_of_a_sentence_is_left_blank() -> None:
    assert readable({"place": "Sheet1 : 12", "source": "a.xlsx"}, "id")["place"] == "a.xlsx, Sheet1 baris 12"
    assert readable({"place": " : 12", "source": "a.csv"}, "en")["place"] == "a.csv row 12"
    assert readable({"place": "", "source": "lms"}, "id")["place"] == "lms"
    assert readable({"place": "lms daftar 3"}, "id")["place"] == "lms daftar 3"
    assert readable({"name": "", "roster_name": "Maria"}, "id")["name"] == "Maria"
    assert readable({"name": "", "roster_name": ""}, "en")["name"] == "somebody without a name"
    assert readable({"name": "Ani"}, "id")["name"] == "Ani"
    record = {"identifiers": [{"scheme": "account", "value": "ani1"}, {"scheme": "email", "value": "a@b.id"}]}
    assert in_its_own_words("NIP-INVALID", {}, record) == {"cell": "ani1"}
    assert in_its_own_words(
        "JP-INVALID", {"jp": "6"}, {"problem": "ABSENT", "problem_params": {"jp": "9"}}
    ) == {"jp": "6"}


def test_the_newest_record_of_each_key_is_read_and_other_subjects_are_passed_over(bureau: Bureau) -> None:
    keys = bureau.sheet(
        "a", "Bimtek Kas", bureau.now.date(), bureau.now.date(), "8", (MARIA, "Maria"), (YULIANA, "Y")
    )
    bureau.sheet("a", "Bimtek Kas", bureau.now.date(), bureau.now.date(), "8", (MARIA, "Maria W"))
    with reading(bureau.engine) as connection:
        found = newest_records(connection, TENANT, [*keys, "source:lms", "completion1\x1fa\x1fb\x1fc\x1fd"])
    assert {key: record["learner_name"] for key, record in found.items()} == {
        keys[0]: "Maria W",
        keys[1]: "Y",
    }


def test_evidence_without_an_owner_is_explained_without_a_heading(bureau: Bureau) -> None:
    sheet(bureau, "2026-03-10,2026-03-11,8,Bimtek Kas,BKPSDM,15,,Yuliana Wonda")
    with reading(bureau.engine) as connection:
        number = findings_listed(connection, TENANT, FindingFilter(), "id")[0].finding_id
    asked = explain_finding(bureau.ctx, number, language="id")
    assert (asked.name, asked.nip, len(asked.verdicts)) == ("", "", 1)
    assert asked.verdicts[0].sentence.startswith(
        "Yuliana Wonda pada “Bimtek Kas” (daftar.csv baris 2) tidak mempunyai NIP."
    )


def test_a_reversal_says_why_and_what_its_evidence_says_now(bureau: Bureau) -> None:
    """The entry names no evidence of its own; what the activity's entries rested on leads to the reason."""
    at = bureau.now.replace(month=5)
    bureau.completion("u1", "7", at, MARIA, title="Kursus Hilang")
    bureau.completion("u1", "8", at.replace(day=20), MARIA, title="Kursus Pindah")
    bureau.reconcile()
    bureau.completion("u1", "7", at, MARIA, title="Kursus Hilang", standing="withdrawn")
    bureau.completion("u1", "8", at.replace(year=at.year - 1), MARIA, title="Kursus Pindah")
    bureau.reconcile()
    told = {}
    with reading(bureau.engine) as connection:
        rows = connection.execute(text("SELECT entry_id, title, kind, year FROM ledger_entry")).all()
    for row in rows:
        asked = explain_entry(bureau.ctx, row.entry_id, language="en")
        told[row.title, row.kind, row.year] = [one.sentence for one in asked.verdicts]
    gone = told["Kursus Hilang", "reversal", at.year]
    assert gone[0].endswith("Its evidence is gone or no longer meets the rule.")
    assert gone[1] == "By today's evidence and rules “Kursus Hilang” gives no JP."
    assert gone[2].startswith("lms withdrew the evidence of Maria Wanggai, S.Kep. for “Kursus Hilang”")
    moved = told["Kursus Pindah", "reversal", at.year]
    assert "from 2026-05-20 to 2025-05" in moved[2]
    standing = told["Kursus Pindah", "award", at.year - 1]
    assert standing[1].startswith("“Kursus Pindah” counts by its actual time or JP: 2 JP.")
    for year in (
        at.year,
        at.year - 1,
    ):  # the learner sees in both years why the JP went from one to the other
        verdicts = explain_nip(bureau.ctx, MARIA, year=year, language="en").verdicts
        assert [one.title for one in verdicts].count("COMPLETION-MOVED") == 1
