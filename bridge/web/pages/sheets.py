"""Attendance sheets in the console: upload, look, commit or map; undo; scans; the worksheet of findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from bridge.attendance.columns import WORDS, Role
from bridge.attendance.mapping import FIELD_WORDS, IGNORED
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.flows.imports import SheetFile, clean_begins, clean_sender, logical_name, undo_import
from bridge.flows.papers import LARGEST_SCAN, attach_scan
from bridge.flows.sheet_preview import (
    LedgerChange,
    SheetPreview,
    by_learner,
    commit_previewed,
    preview_sheet,
    preview_undo,
)
from bridge.flows.worksheet import commit_decisions, preview_decisions, worksheet
from bridge.reports.finding_words import finding_words
from bridge.reports.findings import findings_listed
from bridge.store.confirmations import rolls_of
from bridge.store.sheets import (
    Upload,
    attached_file,
    attachments_of,
    drop_upload,
    file_of_import,
    imports_listed,
    keep_upload,
    map_upload,
    waiting_upload,
)
from bridge.store.unit import reading, unit
from bridge.web.gate import ADMINISTRATORS, AUDITORS, Page
from bridge.web.pages.findings import asked_filter
from bridge.web.visit import Uploaded, Visit

LARGEST_SHEET = 40 * 2**20
SHOWN_ROWS = 200
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def flows_of(visit: Visit) -> Context:
    """Raises RefuseInput where the console runs without the use cases that write."""
    if visit.context.flows is None:
        raise RefuseInput(
            "SHEETS-NOT-HERE",
            "Konsol ini tidak dapat mengambil lembar. Pakai: jpbridge import attendance",
            "This console can't take in sheets. Use: jpbridge import attendance",
        )
    return visit.context.flows


def who(visit: Visit) -> str:
    """Who is told to have done it."""
    return f"console:{visit.account.name}"


def _file(visit: Visit) -> Uploaded:
    if visit.file is None or not visit.file.body:
        raise RefuseInput(
            "FILE-MISSING",
            "Belum ada berkas yang dipilih, atau berkasnya kosong. Pilih berkas lalu unggah.",
            "No file was chosen, or it is empty. Choose a file and upload it.",
        )
    return visit.file


# -- the list, and handing in ------------------------------------------------------------------------------


def listed(visit: Visit) -> Response:
    with visit.store() as connection:
        rows = imports_listed(connection, visit.context.tenant)
    return visit.page("sheets/list.html", rows=rows, done=visit.asked("selesai"), count=visit.asked("n"))


def hand_in(visit: Visit) -> Response:
    """Keep the upload for a look; nothing else is stored."""
    ctx, file = flows_of(visit), _file(visit)
    source = logical_name(file.file_name, visit.form.get("name", "")[:64])
    with unit(ctx.store) as connection:
        upload_id = keep_upload(
            connection,
            ctx.office.tenant,
            kind="attendance",
            source=source,
            sender=clean_sender(visit.form.get("sender", "")),
            file_name=file.file_name,
            body=file.body,
            who=who(visit),
            now=visit.now,
            begins=clean_begins(visit.form.get("begins", "")),
        )
    return visit.go(f"/lembar/pratinjau/{upload_id}")


def _waiting(visit: Visit, kind: str) -> Upload:
    ctx = flows_of(visit)
    with reading(ctx.store) as connection:
        upload = waiting_upload(connection, ctx.office.tenant, str(visit.part("upload_id")))
    if upload is None or upload.kind != kind:
        raise RefuseInput(
            "UPLOAD-GONE",
            "Unggahan ini sudah disimpan atau sudah lebih dari sehari. Unggah lagi berkasnya.",
            "This upload was committed, or is older than a day. Upload the file again.",
        )
    return upload


def _sheet(upload: Upload) -> SheetFile:
    return SheetFile(
        upload.file_name, upload.body, upload.source, upload.sender, upload.mapping, upload.begins
    )


def look(visit: Visit) -> Response:
    upload = _waiting(visit, "attendance")
    seen = preview_sheet(flows_of(visit), _sheet(upload))
    return visit.page("sheets/preview.html", upload=upload, **_preview_words(visit, seen))


def _preview_words(visit: Visit, seen: SheetPreview) -> dict[str, Any]:
    problems = [
        (item.place, item.code, *_sentences(item.code, item.params, visit.language))
        if not item.sentence
        else (item.place, item.code, item.sentence if visit.language == "id" else item.english, "")
        for item in seen.report.problems[:SHOWN_ROWS]
    ]
    return {
        "seen": seen,
        "report": seen.report,
        "problems": problems,
        "problem_count": len(seen.report.problems),
        "remarks": [
            (one.place, one.code, *_sentences(one.code, one.params, visit.language))
            for one in seen.remarks[:SHOWN_ROWS]
        ],
        "remark_count": len(seen.remarks),
        "late": seen.late,
        "changes": seen.changes[:SHOWN_ROWS],
        "change_count": len(seen.changes),
        "role_choices": [(role.value, visit.say(WORDS[role])) for role in Role],
        "field_words": {name: visit.say(words) for name, words in FIELD_WORDS.items()},
        "english": visit.language != "id",
        "ledger": _ledger(seen.ledger),
        "shown": SHOWN_ROWS,
        "ignored": seen.reading.ignored_rows[:SHOWN_ROWS] if seen.reading else (),
        "ignored_sheets": seen.reading.ignored_sheets if seen.reading else (),
        "notes": seen.reading.notes if seen.reading else (),
        "mapped": set(seen.file.mapping),
    }


def _sentences(code: str, params: Mapping[str, str], language: str) -> tuple[str, str]:
    """What is wrong, and how to mend it."""
    words = finding_words(code, params, language)
    return words.sentence, words.next_step


def _ledger(changes: Sequence[LedgerChange]) -> dict[str, object]:
    people = by_learner(changes)
    return {
        "people": people[:SHOWN_ROWS],
        "more": max(0, len(people) - SHOWN_ROWS),
        "gained": sum(jp for *_, jp in people if jp > 0),
        "lost": sum(jp for *_, jp in people if jp < 0),
        "details": changes[:SHOWN_ROWS],
    }


def decide(visit: Visit) -> Response:
    """Commit what was seen, take another meaning of the columns, or throw the upload away."""
    ctx, upload = flows_of(visit), _waiting(visit, "attendance")
    action = visit.form.get("action", "")
    if action == "peta":
        mapping = _mapping_of_form(visit)
        with unit(ctx.store) as connection:
            map_upload(connection, ctx.office.tenant, upload.upload_id, mapping)
        return visit.go(f"/lembar/pratinjau/{upload.upload_id}")
    if action == "simpan":
        sheet, fingerprint = _sheet(upload), visit.form.get("fingerprint", "")
        confirmed = visit.form.get("confirmed") == "ya"
        commit_previewed(ctx, sheet, fingerprint, who(visit), confirmed=confirmed)
    with unit(ctx.store) as connection:
        drop_upload(connection, ctx.office.tenant, upload.upload_id)
    return visit.go(f"/lembar?selesai={'tersimpan' if action == 'simpan' else 'dibuang'}")


def _mapping_of_form(visit: Visit) -> dict[str, str]:
    """Fields `heading.N` and `role.N` in pairs; unknown roles are ignored columns."""
    known = {role.value for role in Role}
    mapping: dict[str, str] = {}
    for name, heading in visit.form.items():
        if name.startswith("heading.") and heading:
            role = visit.form.get(f"role.{name.removeprefix('heading.')}", "")
            mapping[heading[:200]] = role if role in known else IGNORED
    return mapping


# -- one import --------------------------------------------------------------------------------------------


def one(visit: Visit) -> Response:
    ctx, batch_id = flows_of(visit), int(visit.part("batch_id"))
    with reading(ctx.store) as connection:
        found = imports_listed(connection, ctx.office.tenant, batch_id=batch_id)
        if not found:
            return visit.page("missing.html", 404, what="sheet", sought=str(batch_id))
        row = found[0]
        versions = imports_listed(connection, ctx.office.tenant, source=row.source)
        papers = attachments_of(connection, ctx.office.tenant, {row.source})
        rolls = rolls_of(connection, ctx.office.tenant, row.source) if row.counts else []
    undo = None
    if visit.asked("batalkan") == "ya" and row.counts:
        gone, changes = preview_undo(ctx, row.source)
        undo = {"gone": gone, **_ledger(changes)}
    return visit.page(
        "sheets/one.html",
        row=row,
        versions=versions,
        papers=papers,
        undo=undo,
        rolls=len(rolls),
        confirmed=sum(roll.confirmed for roll in rolls),
        done=visit.asked("selesai"),
    )


def change(visit: Visit) -> Response:
    """Undo the import, take an earlier version for a look, or keep a scan with it."""
    ctx, batch_id = flows_of(visit), int(visit.part("batch_id"))
    with reading(ctx.store) as connection:
        found = imports_listed(connection, ctx.office.tenant, batch_id=batch_id)
    if not found:
        return visit.page("missing.html", 404, what="sheet", sought=str(batch_id))
    row, action = found[0], visit.form.get("action", "")
    if action == "batalkan" and row.counts:
        undo_import(ctx, row.source, who(visit))
        return visit.go(f"/lembar/{batch_id}?selesai=dibatalkan")
    if action == "lagi":
        return _again(visit, row.source, row.sha256, row.file_name)
    if action == "scan":
        file = _file(visit)
        attach_scan(ctx, row.source, file.file_name, file.body, who(visit))
        return visit.go(f"/lembar/{batch_id}?selesai=scan")
    return visit.go(f"/lembar/{batch_id}")


def _again(visit: Visit, source: str, fingerprint: str, file_name: str) -> Response:
    """An earlier version of a sheet, handed in anew from what was kept."""
    ctx = flows_of(visit)
    with unit(ctx.store) as connection:
        body = file_of_import(connection, ctx.office.tenant, source, fingerprint)
        if body is None:
            return visit.page("missing.html", 404, what="sheet", sought=file_name)
        upload_id = keep_upload(
            connection,
            ctx.office.tenant,
            kind="attendance",
            source=source,
            sender="",
            file_name=file_name,
            body=body,
            who=who(visit),
            now=visit.now,
        )
    return visit.go(f"/lembar/pratinjau/{upload_id}")


def scan(visit: Visit) -> Response:
    """The scan itself, always as a download: what a stranger made is never shown as a page of ours."""
    with visit.store() as connection:
        found = attached_file(connection, visit.context.tenant, int(visit.part("attachment_id")))
    if found is None:
        return visit.page("missing.html", 404, what="sheet", sought=str(visit.part("attachment_id")))
    paper, body = found
    ending = paper.media_type.rpartition("/")[2]
    headers = {"content-disposition": f'attachment; filename="scan-{paper.attachment_id}.{ending}"'}
    return Response(body, media_type=paper.media_type, headers=headers)


# -- the worksheet -----------------------------------------------------------------------------------------


def take_worksheet(visit: Visit) -> Response:
    """The findings of the filter as a workbook to fill in."""
    ctx = flows_of(visit)
    with visit.store() as connection:
        rows = findings_listed(connection, visit.context.tenant, asked_filter(visit), visit.language)
    content, _ = worksheet(ctx, rows, visit.context.secret_key, visit.language)
    name = f"lembar-kerja-{visit.now:%Y%m%d}.xlsx"
    return Response(
        content, media_type=_XLSX, headers={"content-disposition": f'attachment; filename="{name}"'}
    )


def return_worksheet(visit: Visit) -> Response:
    ctx, file = flows_of(visit), _file(visit)
    with unit(ctx.store) as connection:
        upload_id = keep_upload(
            connection,
            ctx.office.tenant,
            kind="decisions",
            source="",
            sender="",
            file_name=file.file_name,
            body=file.body,
            who=who(visit),
            now=visit.now,
        )
    return visit.go(f"/lembar-kerja/{upload_id}")


def look_at_answers(visit: Visit) -> Response:
    upload = _waiting(visit, "decisions")
    seen = preview_decisions(
        flows_of(visit), upload.body, upload.file_name, visit.context.secret_key, who(visit)
    )
    return visit.page(
        "sheets/worksheet.html",
        seen=seen,
        lines=seen.lines[:SHOWN_ROWS],
        ledger=_ledger(seen.ledger),
        english=visit.language != "id",
        shown=SHOWN_ROWS,
    )


def keep_answers(visit: Visit) -> Response:
    ctx, upload = flows_of(visit), _waiting(visit, "decisions")
    made = 0
    if visit.form.get("action") == "simpan":
        made = commit_decisions(
            ctx,
            upload.body,
            upload.file_name,
            visit.context.secret_key,
            who(visit),
            visit.form.get("fingerprint", ""),
        )
    with unit(ctx.store) as connection:
        drop_upload(connection, ctx.office.tenant, upload.upload_id)
    return visit.go(f"/lembar?selesai={'diputuskan' if made else 'dibuang'}&n={made}")


PAGES: tuple[Page, ...] = (
    Page("/lembar", listed, ADMINISTRATORS),
    Page("/lembar", hand_in, ADMINISTRATORS, "POST", upload_bytes=LARGEST_SHEET),
    Page("/lembar/pratinjau/{upload_id}", look, ADMINISTRATORS),
    Page("/lembar/pratinjau/{upload_id}", decide, ADMINISTRATORS, "POST"),
    Page("/lembar/scan/{attachment_id:int}", scan, ADMINISTRATORS | AUDITORS),
    Page("/lembar/{batch_id:int}", one, ADMINISTRATORS),
    Page("/lembar/{batch_id:int}", change, ADMINISTRATORS, "POST", upload_bytes=LARGEST_SCAN),
    Page("/lembar-kerja.xlsx", take_worksheet, ADMINISTRATORS),
    Page("/lembar-kerja", return_worksheet, ADMINISTRATORS, "POST", upload_bytes=LARGEST_SHEET),
    Page("/lembar-kerja/{upload_id}", look_at_answers, ADMINISTRATORS),
    Page("/lembar-kerja/{upload_id}", keep_answers, ADMINISTRATORS, "POST"),
)
