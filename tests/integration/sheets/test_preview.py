"""A sheet is seen before it counts: rows, problems, what it changes and what the ledger would say. What is
previewed is what is committed, and an undo reverses it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.flows.imports import SheetFile, import_sheet, read_handed_in, undo_import
from bridge.flows.sheet_preview import CHANGED, GONE, NEW, commit_previewed, preview_sheet, preview_undo
from bridge.reports.finding_words import finding_words
from bridge.store.sheets import imports_listed
from bridge.store.tables import attendance, import_batch, ledger_entry, sheet_mapping, touched
from bridge.store.unit import reading
from tests.integration.sheets.conftest import HEADINGS, MARIA, SITI, YULIUS, night, sheet


def handed_in(body: bytes, **more: object) -> SheetFile:
    return SheetFile("seminar.csv", body, "seminar.csv", **more)  # type: ignore[arg-type]


def counted(ctx: Context, table: object) -> int:
    with reading(ctx.store) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def ledger(ctx: Context) -> list[tuple[str, int]]:
    with reading(ctx.store) as connection:
        query = select(ledger_entry.c.kind, ledger_entry.c.jp).order_by(ledger_entry.c.entry_id)
        return [(row.kind, row.jp) for row in connection.execute(query)]


def test_a_preview_tells_all_and_stores_nothing(ctx: Context) -> None:
    night(ctx)
    before = counted(ctx, touched)
    seen = preview_sheet(
        ctx, handed_in(sheet((MARIA, "Maria Felle"), ("1985", "Tanpa NIP"), (SITI, "Siti R")))
    )
    assert (seen.kind, seen.sure, seen.report.rows, seen.report.new) == ("import", True, 3, 3)
    assert [(problem.place, problem.code) for problem in seen.report.problems] == [
        ("seminar.csv baris 3", "NIP-MISSING")
    ]
    assert "baris 1" in seen.layouts[0].why
    assert {column.heading: column.role for column in seen.layouts[0].columns}["NIP"] == "nip"
    assert [(change.nip, change.before, change.after) for change in seen.ledger] == [
        (SITI, 0, 400),
        (MARIA, 0, 400),
    ]
    assert seen.ledger_jp == 800
    for table in (attendance, import_batch, sheet_mapping):
        assert counted(ctx, table) == 0
    assert counted(ctx, touched) == before


def test_what_is_previewed_is_what_the_ledger_gets_and_a_correction_shows_its_difference(
    ctx: Context,
) -> None:
    first = handed_in(sheet((MARIA, "Maria Felle"), (YULIUS, "Yulius Monim")))
    seen = preview_sheet(ctx, first)
    commit_previewed(ctx, first, seen.fingerprint, "uji")
    assert night(ctx).jp == seen.ledger_jp == 800

    same = preview_sheet(ctx, first)
    assert same.report.unchanged_file
    assert (same.changes, same.ledger) == ([], [])

    # Yulius was absent, Siti had been forgotten, and Maria's row moved down
    corrected = handed_in(
        sheet(
            (SITI, "Siti Rahmawati"),
            (MARIA, "Maria Felle"),
            (YULIUS, "Yulius Monim", *("Seminar Pelayanan Publik", "9", "BPSDM Papua"),
             "03-08-2026", "03-08-2026", "4", "tidak_hadir"),
        )
    )  # fmt: skip
    seen = preview_sheet(ctx, corrected)
    assert seen.replaces is not None
    told = {change.name: change for change in seen.changes}
    assert {name: change.what for name, change in told.items()} == {
        "Siti Rahmawati": NEW,
        "Yulius Monim": CHANGED,
    }
    fields = {change.field: (change.before, change.after) for change in told["Yulius Monim"].fields}
    assert fields == {"sessions_attended": ("1", "0"), "problem": ("–", "ABSENT")}
    assert {change.nip: change.after - change.before for change in seen.ledger} == {SITI: 400, YULIUS: -400}
    commit_previewed(ctx, corrected, seen.fingerprint, "uji")
    night(ctx)
    assert sorted(ledger(ctx)) == [("award", 400), ("award", 400), ("award", 400), ("reversal", -400)]

    fewer = handed_in(sheet((SITI, "Siti Rahmawati")))
    assert {change.what for change in preview_sheet(ctx, fewer).changes} == {GONE}


def test_an_undo_is_shown_and_reverses_the_whole_import(ctx: Context) -> None:
    file = handed_in(sheet((MARIA, "Maria Felle"), (YULIUS, "Yulius Monim")))
    import_sheet(ctx, file, read_handed_in(ctx, file), "uji")
    night(ctx)
    gone, changes = preview_undo(ctx, "seminar.csv")
    assert (gone, sum(change.after - change.before for change in changes)) == (2, -800)
    assert undo_import(ctx, "seminar.csv", "uji") == 2
    assert night(ctx).jp == -800
    assert night(ctx).entries == 0
    with reading(ctx.store) as connection:
        assert [row.counts for row in imports_listed(connection, ctx.office.tenant)] == [False]
    # the same file may be taken in again after its undo, and counts again
    report = import_sheet(ctx, file, read_handed_in(ctx, file), "uji")
    assert (report.unchanged_file, report.changed) == (False, 2)
    assert night(ctx).jp == 800


def test_only_what_was_previewed_is_committed(ctx: Context) -> None:
    file = handed_in(sheet((MARIA, "Maria Felle")))
    seen = preview_sheet(ctx, file)
    other = handed_in(sheet((MARIA, "Maria Felle"), (YULIUS, "Yulius Monim")))
    with pytest.raises(RefuseInput) as refused:
        commit_previewed(ctx, other, seen.fingerprint, "uji")
    assert refused.value.code == "PREVIEW-STALE"
    commit_previewed(ctx, other, preview_sheet(ctx, other).fingerprint, "uji")
    with pytest.raises(RefuseInput, match="earlier version"):
        commit_previewed(ctx, file, seen.fingerprint, "uji")


STRANGE = ("No", "Nomor Pegawai", "Pegawai", *HEADINGS[3:])


def test_a_mapping_is_confirmed_once_and_remembered_for_its_sender(ctx: Context) -> None:
    body = sheet((MARIA, "Maria Felle"), headings=STRANGE)
    with pytest.raises(RefuseInput, match="no table of participants"):
        preview_sheet(ctx, handed_in(body, sender="Dinas A"))
    said = {"nomor pegawai": "nip", "pegawai": "name"}
    file = handed_in(body, sender="Dinas A", mapping=said)
    seen = preview_sheet(ctx, file)
    assert seen.ledger_jp == 400
    assert "2 kolom menurut pemetaan" in seen.layouts[0].why
    commit_previewed(ctx, file, seen.fingerprint, "uji")
    again = handed_in(sheet((MARIA, "Maria Felle"), (SITI, "Siti R"), headings=STRANGE), sender="Dinas A")
    assert preview_sheet(ctx, again).report.new == 1
    with pytest.raises(RefuseInput):  # another sender's words are not known
        preview_sheet(ctx, handed_in(body, sender="Dinas B"))


def test_unsure_columns_wait_for_a_word(ctx: Context) -> None:
    twice = (*HEADINGS[:3], *HEADINGS[3:9], "Nama")
    file = handed_in(sheet((MARIA, "Maria Felle"), headings=twice))
    seen = preview_sheet(ctx, file)
    assert not seen.sure
    with pytest.raises(RefuseInput) as refused:
        commit_previewed(ctx, file, seen.fingerprint, "uji")
    assert refused.value.code == "MAPPING-UNSURE"
    commit_previewed(ctx, file, seen.fingerprint, "uji", confirmed=True)
    later = handed_in(sheet((SITI, "Siti R"), headings=twice))
    assert preview_sheet(ctx, later).sure


def test_a_preview_tells_what_roster_and_rules_will_find(ctx: Context) -> None:
    unknown = "199001012015031004"
    body = sheet((MARIA, "Agustina Wenda"), (unknown, "Benyamin Ohee"), ("1985", "Tanpa NIP"))
    seen = preview_sheet(ctx, handed_in(body))
    assert [(one.place, one.code) for one in seen.remarks] == [
        ("seminar.csv baris 2", "NAME-MISMATCH"),
        ("seminar.csv baris 3", "LEARNER-UNKNOWN"),
    ]
    assert seen.remarks[1].params["nip"] == unknown
    assert [problem.code for problem in seen.report.problems] == ["NIP-MISSING"]
    file = handed_in(body)
    import_sheet(ctx, file, read_handed_in(ctx, file), "uji")
    night(ctx)
    assert preview_sheet(ctx, handed_in(body + b"\n")).remarks == []  # found already


def test_a_column_of_nips_under_a_strange_heading_is_shown_for_confirmation(ctx: Context) -> None:
    strange = ("No", "Kode Diri", *HEADINGS[2:])
    file = handed_in(sheet((MARIA, "Maria Felle"), (YULIUS, "Yulius Monim"), headings=strange))
    seen = preview_sheet(ctx, file)
    assert (seen.sure, seen.ledger_jp) == (False, 800)
    assert "“Kode Diri” diambil sebagai NIP" in seen.layouts[0].why
    with pytest.raises(RefuseInput, match="unsure"):
        import_sheet(ctx, file, read_handed_in(ctx, file), "uji")
    commit_previewed(ctx, file, seen.fingerprint, "uji", confirmed=True)
    assert preview_sheet(ctx, handed_in(sheet((SITI, "Siti R"), headings=strange))).sure


def test_lateness_shows_in_preview_and_a_stated_start_is_part_of_what_is_committed(ctx: Context) -> None:
    rows = ("Kegiatan;Seminar Arsip", "Tanggal;3 Agustus 2026", "", "No;NIP;Nama;Tanggal;Jam Masuk;Status",
            f"1;{MARIA};Maria Felle;03/08/2026;08.40;hadir")  # fmt: skip
    body = "\n".join(rows).encode()
    assert preview_sheet(ctx, handed_in(body)).late == []
    stated = handed_in(body, begins="08:00")
    seen = preview_sheet(ctx, stated)
    assert (seen.late, [one.code for one in seen.remarks]) == ([40], ["LATE"])
    assert "40 menit" in finding_words("LATE", seen.remarks[0].params, "id").sentence
    with pytest.raises(RefuseInput):
        commit_previewed(ctx, handed_in(body), seen.fingerprint, "uji")
    commit_previewed(ctx, stated, seen.fingerprint, "uji")
    assert night(ctx).jp == 400
    changed = preview_sheet(ctx, handed_in(body.replace(b"08.40", b"07.40") + b"\n", begins="08:00"))
    assert [(c.field, c.before, c.after) for row in changed.changes for c in row.fields] == [
        ("late", "40", "–")
    ]
