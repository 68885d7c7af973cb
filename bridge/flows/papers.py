"""The scan of the signed paper: kept byte for byte beside its sheet, named by its hash in every explanation."""

from __future__ import annotations

from hashlib import sha256

from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.store.sheets import attach, imports_listed
from bridge.store.unit import unit

LARGEST_SCAN = 20 * 2**20
_KINDS = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)


def media_type_of(body: bytes, file_name: str) -> str:
    """By content, never by the name. Raises RefuseInput on anything that is no scan, or too large."""
    if len(body) > LARGEST_SCAN:
        raise RefuseInput(
            "SCAN-TOO-LARGE",
            f"Scan {file_name} lebih besar dari 20 MB. Pindai ulang dengan 200 dpi, atau bagi menjadi beberapa.",
            f"The scan {file_name} is larger than 20 MB. Scan it at 200 dpi, or split it.",
            where=file_name,
        )
    for magic, media_type in _KINDS:
        if body.startswith(magic):
            return media_type
    raise RefuseInput(
        "SCAN-WRONG-TYPE",
        f"Berkas {file_name} bukan scan (PDF, JPEG, PNG atau TIFF). Pilih hasil pindai kertas bertanda tangan.",
        f"The file {file_name} is no scan (PDF, JPEG, PNG or TIFF). Choose the scan of the signed paper.",
        where=file_name,
    )


def attach_scan(ctx: Context, source: str, file_name: str, body: bytes, who: str) -> tuple[str, bool]:
    """Keep a scan with a sheet that was imported; returns its SHA-256 and whether it is new. Raises
    RefuseInput on an unknown sheet or a file that is no scan."""
    media_type = media_type_of(body, file_name)
    with unit(ctx.store) as connection:
        if not imports_listed(connection, ctx.office.tenant, source=source, limit=1):
            raise RefuseInput(
                "IMPORT-UNKNOWN",
                f"Belum ada lembar bernama {source!r}. Impor lembarnya dahulu; nama-namanya: jpbridge import list.",
                f"There is no sheet named {source!r}. Import the sheet first; for the names: jpbridge import list.",
                where=source,
            )
        new = attach(
            connection,
            ctx.office.tenant,
            source=source,
            file_name=file_name[:200],
            media_type=media_type,
            body=body,
            who=who,
            now=ctx.clock(),
        )
    return sha256(body).hexdigest(), new
