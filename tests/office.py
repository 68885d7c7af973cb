"""A small personnel office for tests: who is on the roster and what evidence there is.

Every value can be overridden; what is left out is what an ordinary, faultless row has.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyarrow as pa

from bridge.domain.keys import attendance_key, completion_key
from bridge.engine.relations import INPUTS
from bridge.engine.rules import RuleSet, default_rule_document, read_rules, rule_table, title_word_table

Row = dict[str, Any]
DEFAULT_RULES = read_rules(default_rule_document())


class Office:
    def __init__(self, *, as_of: date = date(2026, 11, 24), zone: str = "Asia/Jayapura") -> None:
        self.rows: dict[str, list[Row]] = {name: [] for name in INPUTS}
        self.rows["setting"].append({"zone": zone, "as_of": as_of})
        self.rule_sets: list[RuleSet] = [DEFAULT_RULES]

    def employee(self, learner_id: int, nip: str, name: str = "", **more: Any) -> None:
        self.rows["learner"].append(
            {
                "learner_id": learner_id,
                "person_key": f"person-{learner_id}",
                "name": name or f"Pegawai {learner_id}",
                "employment": "PNS",
                "post": "pelaksana",
                "office_code": "8001",
            }
            | {key: value for key, value in more.items() if not key.startswith("valid_")}
        )
        span = {key: value for key, value in more.items() if key.startswith("valid_")}
        self.identifier(learner_id, "nip", nip, **span)

    def identifier(self, learner_id: int, scheme: str, value: str, source: str = "", **span: Any) -> None:
        self.rows["identifier"].append(
            {"learner_id": learner_id, "scheme": scheme, "source": source, "value": value} | span
        )

    def programme(self, code: str, form: int, jp: int | None, title: str = "", **more: Any) -> None:
        self.rows["programme"].append(
            {
                "code": code,
                "title": title or code,
                "form": form,
                "jp": jp,
                "scope": "national",
                "partial": False,
            }
            | {"organiser": "BPSDM"}
            | more
        )

    def component(self, programme_code: str, mode: str, **more: Any) -> None:
        ordinal = sum(row["programme_code"] == programme_code for row in self.rows["programme_component"]) + 1
        self.rows["programme_component"].append(
            {"programme_code": programme_code, "ordinal": ordinal, "mode": mode, "source": "lms"}
            | {"external_course": "", "title": ""}
            | more
        )

    def completed(self, nip: str | None, course: str, moment: str, **more: Any) -> str:
        """A completion of the LMS at `moment` (UTC, `2026-03-01 15:30`); returns its evidence key."""
        account = more.pop("external_learner", nip or "akun")
        key = completion_key(more.get("source", "lms"), account, course, more.pop("attempt", "1"))
        self.rows["completion"].append(
            {
                "evidence_key": key,
                "evidence_hash": "hash",
                "source": "lms",
                "external_learner": account,
                "external_course": course,
                "standing": "completed",
                "completed_at": datetime.fromisoformat(moment),
                "nip": nip,
                "learner_name": "",
                "course_code": "",
                "course_title": f"Kursus {course}",
            }
            | more
        )
        return key

    def event(self, ref: str, title: str, start: date | None, end: date | None = None, **more: Any) -> None:
        self.rows["offline_event"].append(
            {
                "source": "sheet",
                "event_ref": ref,
                "title": title,
                "organiser": "BKPSDM",
                "place": "",
                "scope": "national",
                "start_on": start,
                "end_on": end or start,
                "programme_code": "",
                "lms_course_code": "",
            }
            | more
        )

    def attended(self, nip: str | None, ref: str, **more: Any) -> str:
        """A row of the sheet of event `ref`; returns its evidence key."""
        attendee = more.pop("attendee", nip or "baris")
        key = attendance_key(more.get("source", "sheet"), ref, attendee)
        self.rows["attendance"].append(
            {
                "evidence_key": key,
                "evidence_hash": "hash",
                "source": "sheet",
                "event_ref": ref,
                "attendee": attendee,
                "standing": "completed",
                "nip": nip,
                "learner_name": "",
                "sheet": "Daftar",
                "row": 7,
            }
            | more
        )
        return key

    def decided(self, kind: str, subject: str, made_on: str = "hash", **more: Any) -> None:
        self.rows["decision"].append(
            {"decision_id": len(self.rows["decision"]) + 1, "kind": kind, "subject": subject}
            | {"made_on": made_on, "reason": "uji"}
            | more
        )

    def balance(self, **row: Any) -> None:
        self.rows["balance"].append(row)

    def inputs(self) -> dict[str, pa.Table]:
        filled = {
            name: pa.Table.from_pylist(
                [{c: row.get(c) for c in INPUTS[name].names} for row in rows], INPUTS[name]
            )
            for name, rows in self.rows.items()
        }
        return filled | {"rule": rule_table(self.rule_sets), "title_word": title_word_table(self.rule_sets)}
