"""Reads one answer of Moodle's REST server, or says by remedy why it can't be read. Pure: no I/O.

Moodle says most of its errors with HTTP 200 and `{exception, errorcode, message}`; a PHP file with stray
bytes before `<?php` puts them before the JSON; a lost moodlewsrestformat gives XML; switched-off services
give 403 with an empty body. All of these were recorded on a real site (tests/recordings/moodle-4.5-cases).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import orjson

from bridge.errors import BridgeError
from lms_adapters.http import Answer
from lms_adapters.moodle.faults import BY_ERRORCODE, MOODLE_FAULTS
from lms_adapters.moodle.wire import BatchAnswer

BOM = "\ufeff".encode()
QUOTED = 200  # characters of Moodle's own message that an error quotes
RECORD_GONE = frozenset({"invalidrecord", "invalidrecordunknown"})  # 4.5, 5.1
_PHP_NOTICE = re.compile(rb"^<br\s*/?>\s*<b>(?:Warning|Notice|Deprecated)</b>")
_TAG = re.compile(r"<[^>]+>")
_TITLE = re.compile(r"<title>(.*?)</title>", re.IGNORECASE | re.DOTALL)


NEEDS = {
    "core_enrol_get_enrolled_users": "moodle/course:view, moodle/course:viewparticipants",
    "core_completion_get_course_completion_status": "report/completion:view",
    "gradereport_user_get_grade_items": "moodle/grade:viewall",
    "mod_customcert_list_issues": "mod/customcert:viewallcertificates",
    "core_course_get_course_module_by_instance": "moodle/course:view, mod/customcert:view",
    "core_badges_get_user_badges": "moodle/badges:viewotherbadges",
}
"""function -> the capabilities without which Moodle 4.5 refuses it."""


def plain(text: str) -> str:
    """Moodle's message as one short line without markup."""
    flat = " ".join(html.unescape(_TAG.sub(" ", text)).split()).rstrip(".")
    return flat if len(flat) <= QUOTED else flat[: QUOTED - 1] + "…"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of whom, so that an error can say so. `scrub` blots secrets out of Moodle's own
    words."""

    function: str
    source: str
    host: str
    report: str = "-"
    scrub: Callable[[str], str] = str

    def fault(self, code: str, *, detail: str = "", **params: str) -> BridgeError:
        needs = NEEDS.get(self.function, "-")
        words = {
            "function": self.function or "-", "report": self.report, "seen": "-", "needs": needs, **params,
        }  # fmt: skip
        words["detail"] = self.scrub(plain(detail))
        return MOODLE_FAULTS[code].error(self.source, where=self.host, after=None, **words)


def code_of(errorcode: str, message: str, function: str) -> str:
    """Our code of Moodle's errorcode; the message (fuller under debugging) and the function tell causes
    apart."""
    if errorcode == "accessexception":
        if "IP:" in message:
            return "MOODLE-IP-REFUSED"
        if "is not allowed" in message:
            return "MOODLE-FUNCTION-MISSING"
    if errorcode in RECORD_GONE:
        if function.startswith("core_reportbuilder_") and "external_functions" not in message:
            return "MOODLE-REPORT-MISSING"
        return "MOODLE-FUNCTION-MISSING" if "external_functions" in message else "MOODLE-ROW"
    return BY_ERRORCODE.get(errorcode, "MOODLE-ERROR")


def error_code(answer: BatchAnswer, function: str) -> str:
    """Our code of an error within a batch; empty where it can't be read."""
    try:
        told = orjson.loads(answer.exception or "")
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict):
        return ""
    return code_of(str(told.get("errorcode", "")), str(told.get("message", "")), function)


def read_answer(answer: Answer, asked: Asked) -> Any:
    """The decoded JSON. Raises bridge.errors by remedy; RetryLater means that the same call may go well."""
    body = _without_stray_bytes(answer.body)
    status = str(answer.status)
    if answer.status == 403 and not body:
        raise asked.fault("MOODLE-WS-OFF")
    if answer.status in (401, 403, 405, 406, 407, 413):
        raise asked.fault("MOODLE-FORBIDDEN", status=status)
    if answer.status != 200:
        raise asked.fault("MOODLE-ADDRESS", status=status)
    if not body:
        raise asked.fault("MOODLE-EMPTY")
    if body.startswith(b"<"):
        raise _markup_refused(body, asked)
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        content = None
    if content is None and body != b"null":
        if body[:1] in b'{["':
            raise asked.fault("MOODLE-TRUNCATED", size=str(len(answer.body)))
        raise asked.fault("MOODLE-NOT-JSON", detail=body[:QUOTED].decode("utf-8", "replace"))
    if (
        isinstance(content, dict)
        and "errorcode" in content
        and ("exception" in content or "error" in content)
    ):
        raise _error(
            str(content["errorcode"]), str(content.get("message") or content.get("error") or ""), asked
        )
    return content


def _without_stray_bytes(body: bytes) -> bytes:
    """Without white space and byte order marks around it, and without PHP notices before the JSON."""
    before = None
    while body != before:
        before = body
        body = body.strip().removeprefix(BOM)
    if _PHP_NOTICE.match(body):
        start = body.find(b"\n{")
        return body[start + 1 :] if start >= 0 else body
    return body


def _markup_refused(body: bytes, asked: Asked) -> BridgeError:
    """The error of an answer that is XML or HTML. Moodle's XML exceptions are read like its JSON ones."""
    if body.startswith((b"<?xml", b"<EXCEPTION")):
        errorcode, message = _xml_exception(body)
        return _error(errorcode, message, asked) if errorcode else asked.fault("MOODLE-XML")
    text = body.decode("utf-8", "replace")
    title = _TITLE.search(text)
    return asked.fault("MOODLE-NOT-JSON", detail=title.group(1) if title else text[:1000])


def _xml_exception(body: bytes) -> tuple[str, str]:
    """(errorcode, message) of Moodle's XML exception, empty where it is none. A DTD is not parsed at all."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return "", ""
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - bounded by the kit, and a DTD was refused above
    except ElementTree.ParseError:
        return "", ""
    if root.tag != "EXCEPTION":
        return "", ""
    return (root.findtext("ERRORCODE") or "").strip(), (root.findtext("MESSAGE") or "").strip()


def _error(errorcode: str, message: str, asked: Asked) -> BridgeError:
    code = code_of(errorcode, message, asked.function)
    return asked.fault(code, detail=message or errorcode, errorcode=errorcode)
