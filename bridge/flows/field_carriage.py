"""A request's or a carried file's content, read within bounds."""

from __future__ import annotations

import zlib

import msgspec

from bridge.attendance.field_record import FORMAT, Carriage
from bridge.errors import RefuseInput

MOST_RECORDS = 20_000


def unpacked(content: bytes, most: int) -> bytes:
    """Gzip unpacked, to `most` bytes; anything else as it is. Raises RefuseInput: damaged, or larger."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = stream.decompress(content, most)
    except zlib.error as fault:
        raise RefuseInput(
            "FIELD-PACKED",
            "Kiriman rusak di jalan. Kirim lagi dari halaman Lapangan.",
            "What was sent was damaged on its way. Send it again from the field page.",
        ) from fault
    if stream.unconsumed_tail or not stream.eof:
        raise RefuseInput(
            "FIELD-PACKED",
            f"Kiriman terpotong, atau lebih besar dari {most // 2**20} MB. Kirim lagi dari halaman Lapangan.",
            f"What was sent is cut off, or larger than {most // 2**20} MB. Send it again from the field page.",
        )
    return plain


def read_carriage(content: bytes, where: str = "") -> Carriage:
    """A request's or a file's content. Raises RefuseInput: not ours, damaged, or too large."""
    try:
        carriage = msgspec.json.decode(content, type=Carriage)
    except (msgspec.DecodeError, UnicodeError) as fault:
        raise RefuseInput(
            "FIELD-FILE",
            "Berkas ini bukan berkas lapangan JP Bridge, atau rusak. Ekspor lagi dari halaman Lapangan.",
            "This is not a field file of JP Bridge, or it is damaged. Export it again from the field page.",
            where=where,
        ) from fault
    if carriage.format != FORMAT or len(carriage.records) > MOST_RECORDS:
        raise RefuseInput(
            "FIELD-FORMAT",
            f"Berkas lapangan harus berformat {FORMAT} dan paling banyak {MOST_RECORDS} catatan.",
            f"A field file must be of the format {FORMAT}, with {MOST_RECORDS} records at most.",
            where=where,
        )
    return carriage
