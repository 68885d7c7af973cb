"""multipart/mixed, in and out: statements first, then the data of their attachments (xAPI Part 3 1.5.2)."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from xapi.errors import BadRequest

_CLAUSE = "xAPI Part 3 1.5.2"
_BOUNDARY = re.compile(r";\s*boundary=(?:\"([^\"]{1,200})\"|([^\s;\"]{1,200}))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    headers: dict[str, str]  # names in lower case
    content: bytes


def _refused(detail: str) -> BadRequest:
    return BadRequest("multipart", path="body", clause=_CLAUSE, detail=detail)


def read_parts(body: bytes, content_type: str) -> list[Part]:
    """The parts of a body (RFC 2046 5.1). Data is taken byte for byte."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise _refused("Content-Type names no boundary")
    delimiter = b"--" + (found.group(1) or found.group(2)).encode("latin-1")
    sections = re.split(rb"(?:\r\n|\n|\A)" + re.escape(delimiter) + rb"(--)?[ \t]*(?:\r\n|\n|\Z)", body)
    # split gives: preamble, (end mark), section, (end mark), …
    if len(sections) < 3:
        raise _refused("the boundary does not occur")
    parts: list[Part] = []
    for at in range(1, len(sections) - 1, 2):
        if sections[at] is not None:
            return parts
        parts.append(_part(sections[at + 1]))
    raise _refused("the closing boundary is missing")


def _part(section: bytes) -> Part:
    head, blank, content = _head_and_content(section)
    if not blank:
        raise _refused("a part has no empty line after its headers")
    headers: dict[str, str] = {}
    for line in re.split(rb"\r?\n", head):
        if not line.strip():
            continue
        name, colon, value = line.partition(b":")
        if not colon:
            raise _refused("a part has a header without a colon")
        headers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
    return Part(headers, content)


def _head_and_content(section: bytes) -> tuple[bytes, bool, bytes]:
    for blank in (b"\r\n", b"\n"):
        if section.startswith(blank):
            return b"", True, section[len(blank) :]
    found = re.search(rb"\r?\n\r?\n", section)
    if found is None:
        return section, False, b""
    return section[: found.start()], True, section[found.end() :]


def write_parts(first: bytes, attachments: list[tuple[str, str, bytes]]) -> tuple[str, bytes]:
    """(Content-Type, body): JSON first, then (SHA-2, media type, content) of each attachment."""
    boundary = secrets.token_hex(16)
    mark = f"--{boundary}\r\n".encode()
    pieces = [mark, b"Content-Type: application/json\r\n\r\n", first, b"\r\n"]
    for sha2, media_type, content in attachments:
        head = (
            f"Content-Type: {media_type}\r\nContent-Transfer-Encoding: binary\r\n"
            f"X-Experience-API-Hash: {sha2}\r\n\r\n"
        )
        pieces += [mark, head.encode(), content, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return f'multipart/mixed; boundary="{boundary}"', b"".join(pieces)
