"""Recorded answers of a real Moodle: `{case, release, request, response{status, content_type, json or
text}}`.

A body goes out as the very bytes that stand in the file. Pages of the report can also be cut anew from
recorded rows; nothing else is made up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson

RETRIEVE = "core_reportbuilder_retrieve_report"
LIST = "core_reportbuilder_list_reports"
_JSON_BODY = re.compile(r'"json"\s*:\s*')


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded call. `zone` is what the caller asked for; older recordings name none and are UTC."""

    case: str
    release: str
    function: str
    params: Mapping[str, str]
    zone: str
    status: int
    media_type: str
    body: bytes

    @classmethod
    def read(cls, path: Path) -> Recording:
        text = path.read_text(encoding="utf-8")
        whole = json.loads(text)
        request, response = whole["request"], whole["response"]
        form = request.get("form") or {}
        return cls(
            case=whole["case"],
            release=whole["release"],
            function=request.get("function") or "",
            params=flat(request.get("params") or {}),
            zone=form.get("moodlewssettingtimezone", "UTC"),
            status=response["status"],
            media_type=response["content_type"] or "application/json",
            body=_body(text, response),
        )


def _body(text: str, response: Mapping[str, Any]) -> bytes:
    """The bytes of the answer as they stand in the file."""
    if "json" not in response:
        return str(response.get("text", "")).encode()
    found = _JSON_BODY.search(text, text.index('"response"'))
    if found is None:
        raise ValueError("a recording names a JSON body and has none")
    _, end = json.JSONDecoder().raw_decode(text, found.end())
    return text[found.end() : end].encode()


def flat(params: Any, prefix: str = "") -> dict[str, str]:
    """Parameters as PHP's form encoding spells them: `criteria[0][key]`."""
    pairs: dict[str, str] = {}
    items = params.items() if isinstance(params, dict) else enumerate(params)
    for name, value in items:
        key = f"{prefix}[{name}]" if prefix else str(name)
        if isinstance(value, dict | list):
            pairs |= flat(value, key)
        else:
            pairs[key] = str(int(value)) if isinstance(value, bool) else str(value)
    return pairs


@dataclass(slots=True)
class _Report:
    """The recorded rows of one report in one zone, from row 0 on without a gap."""

    answer: dict[str, Any]
    rows: list[Any] = field(default_factory=list)


class NotRecorded(Exception):
    """Nobody recorded what was asked; a replay does not make it up."""


@cache
def recorded_site(directory: Path) -> RecordedSite:
    """The site of a directory, read once a process: recordings never change."""
    return RecordedSite(directory)


class RecordedSite:
    """The recordings of one directory, asked as the site was. Wrong tokens get `err.invalid_token`,
    functions that no recording knows `err.unknown_function`."""

    def __init__(self, directory: Path) -> None:
        found = [Recording.read(path) for path in sorted(directory.glob("*.json"))]
        self._by_case = {recording.case: recording for recording in found}
        self._good = [recording for recording in found if ".err" not in f".{recording.case}"]
        self._reports = _reports(self._good)

    @property
    def release(self) -> str:
        return next(iter(self._by_case.values())).release if self._by_case else "?"

    def case(self, name: str) -> Recording:
        if name not in self._by_case:
            raise NotRecorded(f"no recording {name!r} in this directory")
        return self._by_case[name]

    def refused_token(self) -> Recording:
        return self.case("err.invalid_token")

    def answer(self, function: str, params: Mapping[str, str], zone: str) -> tuple[int, str, bytes]:
        """(status, content type, body). Raises NotRecorded."""
        candidates = [recording for recording in self._good if recording.function == function]
        if not candidates:
            refusal = self.case("err.unknown_function")
            return refusal.status, refusal.media_type, refusal.body
        for recording in candidates:
            if dict(recording.params) == dict(params) and recording.zone == zone:
                return recording.status, recording.media_type, recording.body
        if function == RETRIEVE:
            return self._cut_report(params, zone)
        if function == LIST:
            return self._cut_list(candidates[0], params)
        raise NotRecorded(f"{function} was not recorded with these parameters")

    def _cut_report(self, params: Mapping[str, str], zone: str) -> tuple[int, str, bytes]:
        """A page of another size, cut from the recorded rows."""
        number = int(params["reportid"])
        if number not in {known for known, _ in self._reports}:
            refusal = self.case("report.err_unknown")
            return refusal.status, refusal.media_type, refusal.body
        report = self._reports.get((number, zone))
        if report is None:
            raise NotRecorded(f"report {number} was not recorded in the zone {zone}")
        total = report.answer["data"]["totalrowcount"]
        size = int(params.get("perpage", "10")) or total
        first = int(params.get("page", "0")) * size
        last = min(first + size, total)
        if last > len(report.rows):
            raise NotRecorded(
                f"rows {first} to {last} of report {number} were not recorded in the zone {zone}"
            )
        data = {**report.answer["data"], "rows": report.rows[first:last]}
        return 200, "application/json", orjson.dumps({**report.answer, "data": data})

    def _cut_list(self, recording: Recording, params: Mapping[str, str]) -> tuple[int, str, bytes]:
        """A page of the recorded list of reports."""
        whole = orjson.loads(recording.body)
        size = int(params.get("perpage", "10"))
        first = int(params.get("page", "0")) * size
        if first == 0 and size >= len(whole["reports"]):
            return recording.status, recording.media_type, recording.body
        cut = {**whole, "reports": whole["reports"][first : first + size]}
        return recording.status, recording.media_type, orjson.dumps(cut)


def _reports(recordings: list[Recording]) -> dict[tuple[int, str], _Report]:
    reports: dict[tuple[int, str], _Report] = {}
    pages = [one for one in recordings if one.function == RETRIEVE and one.params.get("perpage", "0") != "0"]
    for recording in sorted(pages, key=lambda one: (-int(one.params["perpage"]), int(one.params["page"]))):
        key = (int(recording.params["reportid"]), recording.zone)
        answer = orjson.loads(recording.body)
        report = reports.setdefault(key, _Report(answer))
        first = int(recording.params["page"]) * int(recording.params["perpage"])
        if first == len(report.rows):
            report.rows.extend(answer["data"]["rows"])
    return reports
