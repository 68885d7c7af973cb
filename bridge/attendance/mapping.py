"""What people say that a heading means: a sender's own vocabulary, asked before ours.

A mapping names headings, not column letters, so that it still holds when the sender adds a column. The second
column of the same heading is `heading#2`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bridge.attendance.columns import Role, plain_heading
from bridge.attendance.header import ColumnMapping, Layout, column_keys, heading_key
from bridge.errors import RefuseInput

IGNORED = "-"

FIELD_WORDS = {
    "event": "kegiatan",
    "learner_name": "nama",
    "identifiers": "NIP",
    "office": "unit kerja",
    "sessions_attended": "sesi hadir",
    "sessions_total": "jumlah sesi",
    "minutes": "menit",
    "late": "menit terlambat",
    "day": "tanggal",
    "certificate_no": "nomor sertifikat",
    "standing": "keadaan",
    "problem": "masalah",
}
"""What a field of an attendance is called where two versions of a sheet are compared, Indonesian msgids."""


def mapping_of(pairs: Iterable[tuple[str, str]]) -> dict[str, Role | None]:
    """(heading, role) as people or a store say it; `-` or nothing ignores the column. Raises RefuseInput on an
    unknown role or an empty heading."""
    mapping: dict[str, Role | None] = {}
    for heading, role in pairs:
        text, _, nth = heading.rpartition("#")
        if not text or not nth.isdigit():
            text, nth = heading, "1"
        if not plain_heading(text):
            raise _refused(f"{heading}={role}")
        if role in ("", IGNORED):
            mapping[heading_key(text, int(nth))] = None
        elif role in set(Role):
            mapping[heading_key(text, int(nth))] = Role(role)
        else:
            raise _refused(f"{heading}={role}")
    return mapping


def parse_mapping(texts: Sequence[str]) -> dict[str, Role | None]:
    """`Nomor Pegawai=nip`, one a text. Raises RefuseInput where one is no such pair."""
    pairs = []
    for text in texts:
        heading, equals, role = text.rpartition("=")
        if not equals:
            raise _refused(text)
        pairs.append((heading.strip(), role.strip().lower()))
    return mapping_of(pairs)


def _refused(text: str) -> RefuseInput:
    known = ", ".join(role.value for role in Role)
    return RefuseInput(
        "MAPPING-WRONG",
        f"Pemetaan kolom “{text}” tidak benar. Tulis JUDUL=PERAN, misalnya “Nomor Pegawai=nip”. Peran: {known}; "
        "atau - untuk mengabaikan kolom.",
        f"The column mapping “{text}” is wrong. Write HEADING=ROLE, such as “Nomor Pegawai=nip”. Roles: {known}; "
        "or - to ignore the column.",
        where=text,
    )


def mapping_of_layouts(layouts: Iterable[Layout]) -> dict[str, Role | None]:
    """What was read, as a mapping: confirming it makes the same headings certain next time."""
    confirmed: dict[str, Role | None] = {}
    for layout in layouts:
        for key, role in zip(column_keys(layout.headings), layout.roles(), strict=True):
            if key:
                confirmed.setdefault(key, role)
    return confirmed


def stated(mapping: ColumnMapping) -> dict[str, str]:
    """The mapping as a store or a form keeps it."""
    return {heading: role.value if role else IGNORED for heading, role in sorted(mapping.items())}


def from_stated(kept: Mapping[str, str]) -> dict[str, Role | None]:
    """The inverse of `stated`; a role that this version does not know ignores its column."""
    return {heading: Role(role) if role in set(Role) else None for heading, role in kept.items()}
