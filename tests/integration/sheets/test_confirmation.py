"""The organiser's word under a sheet: it lets credit through where the rules ask for it, lapses when the roll changes,
and is told with the entry, in the explanation and in the proof."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from bridge.engine.rules import default_rule_document, read_rules
from bridge.errors import RefuseInput
from bridge.flows.confirm import confirm_sheet, confirmable, take_back
from bridge.flows.context import Context
from bridge.flows.explain import explain_entry, explain_nip
from bridge.flows.imports import SheetFile, import_sheet, read_handed_in, undo_import
from bridge.flows.papers import attach_scan
from bridge.flows.proof import write_proof
from bridge.flows.rules import activate
from bridge.store.tables import event_confirmation, finding, ledger_entry
from bridge.store.unit import reading
from tests.integration.sheets.conftest import MARIA, SITI, YULIUS, night, sheet
from tests.integration.sheets.test_sheets_console import console, officer, pressed
from tests.integration.web.conftest import signed_in

__all__ = ["console", "officer"]

BY = "Yohana Suebu, Kepala Bidang Diklat"


def take_in(ctx: Context, *people: tuple[str, ...]) -> int:
    file = SheetFile("seminar.csv", sheet(*people), "seminar.csv")
    return import_sheet(ctx, file, read_handed_in(ctx, file), "uji").lapsed


@pytest.fixture
def asking(ctx: Context) -> Context:
    """The rules of the office ask for the organiser's word on seminars."""
    document = default_rule_document().replace("[defaults]", "[defaults]\nconfirmation_forms = [9]", 1)
    activate(ctx, read_rules(document.replace('"perlan-10-2018"', '"uji-konfirmasi"', 1)), who="ani")
    return ctx


def open_codes(ctx: Context) -> list[str]:
    with reading(ctx.store) as connection:
        query = select(finding.c.code).where(finding.c.closed_at.is_(None)).order_by(finding.c.code)
        return list(connection.execute(query).scalars())


def states(ctx: Context) -> list[str]:
    with reading(ctx.store) as connection:
        query = select(event_confirmation.c.state).order_by(event_confirmation.c.confirmation_id)
        return list(connection.execute(query).scalars())


def test_credit_waits_for_the_organiser_and_is_given_with_the_word(asking: Context) -> None:
    ctx = asking
    take_in(ctx, (MARIA, "Maria Felle"), (YULIUS, "Yulius Monim"))
    assert night(ctx).jp == 0
    assert open_codes(ctx) == ["CONFIRMATION-MISSING", "CONFIRMATION-MISSING"]
    [one] = confirmable(ctx, "seminar.csv")
    assert (one.required, one.roll.people, one.roll.present, one.roll.word) == (True, 2, 2, None)
    assert confirm_sheet(ctx, "seminar.csv", by=f"  {BY} ", recorded_by="admin") == (1, 1)
    assert confirm_sheet(ctx, "seminar.csv", by=BY, recorded_by="admin") == (0, 1)
    assert night(ctx).jp == 800
    assert open_codes(ctx) == []
    [one] = confirmable(ctx, "seminar.csv")
    word = one.roll.word
    assert word is not None
    assert (word.confirmed_by, word.recorded_by, one.roll.confirmed) == (BY, "admin", True)
    assert take_back(ctx, "seminar.csv", who="admin") == 1
    assert night(ctx).jp == -800
    assert open_codes(ctx) == ["CONFIRMATION-MISSING", "CONFIRMATION-MISSING"]


def test_a_roll_that_changes_is_not_what_was_confirmed(asking: Context) -> None:
    ctx = asking
    take_in(ctx, (MARIA, "Maria Felle"), (YULIUS, "Yulius Monim"))
    confirm_sheet(ctx, "seminar.csv", by=BY, recorded_by="admin")
    night(ctx)
    assert take_in(ctx, (YULIUS, "Yulius Monim"), (MARIA, "Maria Felle")) == 0  # only in another order
    assert take_in(ctx, (YULIUS, "Yulius Monim"), (SITI, "Siti Rahmawati")) == 1
    assert night(ctx).jp == -800
    assert states(ctx) == ["confirmed", "lapsed"]
    confirm_sheet(ctx, "seminar.csv", by=BY, recorded_by="admin")
    assert night(ctx).jp == 800
    undo_import(ctx, "seminar.csv", "uji")
    assert states(ctx)[-1] == "lapsed"
    with pytest.raises(RefuseInput) as refused:
        confirm_sheet(ctx, "seminar.csv", by=BY, recorded_by="admin")
    assert refused.value.code == "IMPORT-UNKNOWN"


def test_single_events_of_a_sheet_are_confirmed_by_title_or_reference(ctx: Context) -> None:
    rest = ("9", "BPSDM Papua", "03-08-2026", "03-08-2026", "4", "hadir")
    take_in(ctx, (MARIA, "Maria Felle"), (YULIUS, "Yulius Monim", "Seminar Arsip", *rest))
    assert confirm_sheet(ctx, "seminar.csv", by=BY, recorded_by="admin", events=["seminar  ARSIP"]) == (1, 1)
    told = {one.roll.title: (one.roll.confirmed, one.required) for one in confirmable(ctx, "seminar.csv")}
    assert told == {"Seminar Arsip": (True, False), "Seminar Pelayanan Publik": (False, False)}
    for events, by, code in (
        (["Seminar Lain"], BY, "EVENT-UNKNOWN"),
        ([], " x ", "CONFIRMATION-NAME"),
        ([], "x" * 201, "CONFIRMATION-NAME"),
    ):
        with pytest.raises(RefuseInput) as refused:
            confirm_sheet(ctx, "seminar.csv", by=by, recorded_by="admin", events=events)
        assert refused.value.code == code
    assert night(ctx).jp == 800  # without such a rule nobody waits


def test_scan_and_word_are_told_with_the_entry_and_in_the_proof(ctx: Context, tmp_path: Path) -> None:
    take_in(ctx, (MARIA, "Maria Felle"))
    confirm_sheet(ctx, "seminar.csv", by=BY, recorded_by="admin")
    fingerprint, _ = attach_scan(ctx, "seminar.csv", "daftar.pdf", b"%PDF-1.7 signed", "admin")
    night(ctx)
    with reading(ctx.store) as connection:
        entry_id = int(connection.execute(select(ledger_entry.c.entry_id)).scalar_one())
    entry = " ".join(step.sentence for step in explain_entry(ctx, entry_id, language="id").verdicts)
    assert f"dikonfirmasi oleh {BY}" in entry
    assert fingerprint in entry
    steps = {step.title: step.rows for step in explain_nip(ctx, MARIA, year=2026, language="en").steps}
    assert BY in steps["The organiser's confirmation"][0]
    assert fingerprint in steps["Scan of the signed paper"][0]
    bundle = tmp_path / "bukti.zip"
    write_proof(ctx, MARIA, bundle)
    with zipfile.ZipFile(bundle) as archive:
        papers = json.loads(archive.read("papers.json"))
    assert [scan["sha256"] for scan in papers["scans"]] == [fingerprint]
    assert [word["confirmed_by"] for word in papers["confirmations"]] == [BY]
    assert "attachment_id" not in papers["scans"][0]


def test_in_the_console(console: str, officer: requests.Session, ctx: Context) -> None:
    take_in(ctx, (MARIA, "Maria Felle"), (YULIUS, "Yulius Monim"))
    [found] = re.findall(r'href="(/lembar/\d+)"', officer.get(f"{console}/lembar", timeout=30).text)
    assert "Konfirmasi penyelenggara (0 dari 1)" in officer.get(console + found, timeout=30).text
    address = f"{console}{found}/konfirmasi"
    page = officer.get(address, timeout=30).text
    assert "2 dari 2 orang hadir" in page
    [event] = re.findall(r'name="event.1" value="([^"]+)"', page)
    assert pressed(officer, address, page, "catat", by=BY).status_code == 400  # nothing ticked
    no_name = pressed(officer, address, page, "catat", by="", **{"event.1": event})
    assert (no_name.status_code, "CONFIRMATION-NAME" in no_name.text) == (400, True)
    done = pressed(officer, address, page, "catat", by=BY, **{"event.1": event})
    assert done.headers["location"].endswith("selesai=dicatat")
    page = officer.get(address, timeout=30).text
    assert BY in page
    assert "console:bkpsdm" in page
    night(ctx)
    entry = signed_in(console, "inspektorat").get(f"{console}/audit/entri/1", timeout=30).text
    assert BY in entry
    assert pressed(officer, address, page, "tarik", **{"event.1": event}).status_code == 303
    assert "ditarik kembali" in officer.get(address, timeout=30).text
    assert signed_in(console, "inspektorat").get(address, timeout=30).status_code == 403
    assert officer.get(f"{console}/lembar/999/konfirmasi", timeout=30).status_code == 404
