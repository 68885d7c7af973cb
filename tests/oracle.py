"""The oracle: what the rules say, in plain Python, one learner at a time, written from the domain text and
docs/rules.md and not from the SQL. Slow and obvious on purpose; the engine must agree with it.

Inputs are the engine's relations as lists of dicts. The result is the desired credits, as
{(learner_id, activity_key, year): (jp, jp_before_caps)}, and the findings as {(code, subject)}.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from hashlib import md5
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.finding_catalogue import CATALOGUE
from bridge.domain.keys import spell

Row = dict[str, Any]
Credits = dict[tuple[int, str, int], tuple[int, int]]
Findings = set[tuple[str, str]]

LONG_AGO, FAR_AHEAD = date(1900, 1, 1), date(9999, 12, 31)


@dataclass
class Piece:
    """One piece of evidence, read."""

    row: Row
    online: bool
    source: str
    ref: str
    title: str
    plain: str
    scope: str
    started: date | None
    ended: date | None
    stated: str
    learner: int | None = None
    programme: Row | None = None
    slot: str = "whole"
    slot_jp: int | None = None
    rule: Row | None = None
    accepted: bool = False
    override: int | None = None

    @property
    def key(self) -> str:
        return str(self.row["evidence_key"])


@dataclass
class Activity:
    """All evidence for one activity of one learner in one period."""

    learner: int
    key: str
    pieces: list[Piece] = field(default_factory=list)
    worth: int = 0
    granted: int = 0
    allowed: bool = False  # a person accepted the whole activity
    rejected: bool = False
    override: int | None = None

    @property
    def hash(self) -> str:
        """What the evidence together is known by: a decision on the activity was made on this."""
        hashes = sorted(p.row["evidence_hash"] for p in self.pieces)
        return str(hashes[0]) if len(hashes) == 1 else md5(",".join(hashes).encode()).hexdigest()  # noqa: S324

    @property
    def rule(self) -> Row:
        best = max(
            self.pieces, key=lambda p: (p.rule["effective_from"], p.rule["rule_version"], p.rule["form"])
        )
        assert best.rule is not None
        return best.rule

    @property
    def first(self) -> date:
        return min(p.started for p in self.pieces)

    @property
    def last(self) -> date:
        return max(p.ended for p in self.pieces)

    @property
    def in_class(self) -> tuple[date, date] | None:
        spans = [(p.started, p.ended) for p in self.pieces if not p.online]
        return (min(a for a, _ in spans), max(b for _, b in spans)) if spans else None

    @property
    def accepted(self) -> bool:
        return self.allowed or any(p.accepted for p in self.pieces)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def subject(self) -> str:
        return min(p.key for p in self.pieces)


class Oracle:
    def __init__(self, inputs: Mapping[str, Sequence[Row]]) -> None:
        self.inputs = inputs
        (setting,) = inputs["setting"]
        self.zone = ZoneInfo(setting["zone"])
        self.today: date = setting["as_of"]
        self.programmes = {row["code"]: row for row in self.rows("programme")}
        self.components: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows("programme_component"):
            self.components[row["programme_code"]].append(row)
        self.roster = {row["learner_id"]: row for row in self.rows("learner")}
        self.credits: Credits = {}
        self.findings: Findings = set()

    def rows(self, name: str) -> Sequence[Row]:
        return self.inputs.get(name, ())

    def run(self) -> tuple[Credits, Findings]:
        by_learner: dict[int, dict[str, Activity]] = defaultdict(dict)
        for piece in self.pieces():
            problem = self.assess(piece)
            if problem:
                self.findings.add((problem, piece.key))
            self.remark(piece, problem)
            if problem is None and piece.learner is not None:
                key = activity_key(piece)
                activity = by_learner[piece.learner].setdefault(key, Activity(piece.learner, key))
                activity.pieces.append(piece)
        self.decide(by_learner)
        for learner, activities in by_learner.items():
            self.credit(learner, list(activities.values()))
        return self.credits, self.findings

    def decide(self, by_learner: Mapping[int, Mapping[str, Activity]]) -> None:
        """What people decided last about whole activities, where the evidence is still what they decided on."""
        rulings: dict[tuple[int, str], dict[str, Row]] = defaultdict(dict)
        for decision in sorted(self.rows("decision"), key=lambda d: d["decision_id"]):
            if decision["subject"].startswith("activity1"):
                about = "verdict" if decision["kind"] in ("accept", "reject") else decision["kind"]
                rulings[decision["learner_id"], decision["subject"]][about] = decision
        for (learner, key), made in rulings.items():
            activity = by_learner.get(learner, {}).get(key)
            if activity is None or any(ruling["made_on"] != activity.hash for ruling in made.values()):
                person = self.roster[learner]["person_key"]
                self.findings.add(("DECISION-STALE", spell("decision1", [person, key])))
            if activity is None:
                continue
            current = {a: r for a, r in made.items() if r["made_on"] == activity.hash}
            verdict = current.get("verdict", {}).get("kind")
            activity.allowed, activity.rejected = verdict == "accept", verdict == "reject"
            activity.override = current.get("override_jp", {}).get("jp")

    # -- reading -------------------------------------------------------------------------------------------

    def pieces(self) -> Iterable[Piece]:
        for row in self.rows("completion"):
            day = row["completed_at"].replace(tzinfo=UTC).astimezone(self.zone).date()
            piece = Piece(
                row,
                True,
                row["source"],
                row["external_course"],
                row["course_title"] or "",
                "",
                "national",
                day,
                day,
                row["jp_stated"] or "",
            )
            if self.stands(piece, row["external_learner"]):
                yield piece
        events = {(row["source"], row["event_ref"]): row for row in self.rows("offline_event")}
        for row in self.rows("attendance"):
            event = events[row["source"], row["event_ref"]]
            start = row["day"] or event["start_on"] or event["end_on"]
            end = row["day"] or event["end_on"] or event["start_on"]
            piece = Piece(
                row,
                False,
                row["source"],
                row["event_ref"],
                event["title"],
                plain_title(event["title"]),
                event["scope"],
                start,
                end,
                event["jp_stated"] or "",
            )
            piece.row = {**row, "event": event}
            if self.stands(piece, row["attendee"]):
                yield piece

    def stands(self, piece: Piece, account: str) -> bool:
        row = piece.row
        rulings: dict[str, Row] = {}
        for decision in sorted(self.rows("decision"), key=lambda d: d["decision_id"]):
            if decision["subject"] == piece.key:
                about = "verdict" if decision["kind"] in ("accept", "reject") else decision["kind"]
                rulings[about] = decision
        if row["standing"] != "completed":
            self.findings.add(("EVIDENCE-WITHDRAWN", piece.key))
            return False
        if any(ruling["made_on"] != row["evidence_hash"] for ruling in rulings.values()):
            self.findings.add(("DECISION-STALE", piece.key))
        current = {a: r for a, r in rulings.items() if r["made_on"] == row["evidence_hash"]}
        verdict = current.get("verdict", {}).get("kind")
        if piece.online and verdict is None:
            self.moved(piece)
        piece.accepted = verdict == "accept"
        piece.override = current.get("override_jp", {}).get("jp")
        row["linked"] = "link" in current
        row["who"] = current["link"]["learner_id"] if "link" in current else self.who(piece, account)
        return verdict != "reject"

    def moved(self, piece: Piece) -> None:
        """A date that is another than before: in another year, under other rules, or by more than a day."""
        for earlier in self.rows("earlier_completion"):
            if earlier["evidence_key"] != piece.key:
                continue
            before = earlier["completed_at"].replace(tzinfo=UTC).astimezone(self.zone).date()
            assert piece.ended is not None
            first, last = sorted((before, piece.ended))
            begins = {r["effective_from"] for r in self.rows("rule")}
            if (
                first.year < last.year
                or (last - first).days > 1
                or any(first < day <= last for day in begins)
            ):
                anew = earlier["standing"] == "withdrawn"
                self.findings.add(("COMPLETION-RESET" if anew else "COMPLETION-MOVED", piece.key))

    def who(self, piece: Piece, account: str) -> int | str:
        row, day = piece.row, piece.ended or date(2000, 1, 1)
        holders = [i for i in self.rows("identifier") if i["scheme"] == "nip" and i["value"] == row["nip"]]
        if row["nip_problem"] is None and row["nip"] is not None:
            named = self.holder(holders, day)
            if named is not None:
                return named
        accounts = [
            i
            for i in self.rows("identifier")
            if i["scheme"] == "account" and i["source"] == piece.source and i["value"] == account
        ]
        named = self.holder(accounts, day)
        if isinstance(named, int):
            return named
        return row["nip_problem"] or ("NIP-MISSING" if row["nip"] is None else "LEARNER-UNKNOWN")

    def holder(self, held: Sequence[Row], day: date) -> int | str | None:
        def span(row: Row) -> tuple[date, date]:
            return row["valid_from"] or LONG_AGO, row["valid_to"] or FAR_AHEAD

        for one in held:
            for other in held:
                if one["learner_id"] != other["learner_id"] and overlap(span(one), span(other)):
                    return "LEARNER-AMBIGUOUS"
        fitting = {row["learner_id"] for row in held if span(row)[0] <= day <= span(row)[1]}
        return int(fitting.pop()) if fitting else None

    # -- judging one piece ---------------------------------------------------------------------------------

    def assess(self, piece: Piece) -> str | None:
        row, read = piece.row, piece.row.get("problem")
        if isinstance(row["who"], str):
            return str(row["who"])
        piece.learner = row["who"]
        roster_name = self.roster[piece.learner]["name"]
        if not row["linked"] and not piece.accepted and not plausible(row["learner_name"] or "", roster_name):
            return "NAME-MISMATCH"
        start, end = piece.started, piece.ended
        if start is None or end is None or start > end or end > self.today or start < date(2000, 1, 1):
            return "DATE-IMPLAUSIBLE"
        if (end - start).days + 1 > 366 or read == "DATE-IMPLAUSIBLE":
            return "DATE-IMPLAUSIBLE"
        problem, form = self.place(piece)
        if problem:
            return problem
        if form is None or read == "FORM-UNKNOWN":
            return "FORM-UNKNOWN"
        piece.rule = self.rule(form, end)
        if piece.rule is None:
            return "RULE-MISSING"
        return self.jp_problem(piece) or self.attendance_problem(piece)

    def jp_problem(self, piece: Piece) -> str | None:
        rule, read = piece.rule, piece.row.get("problem")
        assert rule is not None
        known = piece.slot_jp is not None or (
            piece.programme is not None and piece.programme["jp"] is not None
        )
        if known or piece.override is not None:
            return None
        if read in ("JP-MISSING", "JP-INVALID", "JP-IMPLAUSIBLE"):
            return str(read)
        if rule["basis"] not in ("programme", "actual"):
            return None
        if rule["basis"] == "actual" and piece.row["minutes"] is not None:
            return None
        text = piece.stated.strip().lower()
        jp = stated_jp(text)
        if text in ("", "-"):
            return "JP-MISSING"
        if jp is None or jp == 0:
            return "JP-INVALID"
        return "JP-IMPLAUSIBLE" if jp > rule["jp_max_plausible"] and not piece.accepted else None

    def attendance_problem(self, piece: Piece) -> str | None:
        read, rule = piece.row.get("problem"), piece.rule
        assert rule is not None
        if piece.accepted:
            return None
        if read and CATALOGUE[read].holds_credit and not read.startswith(("NIP-", "LEARNER-", "JP-")):
            return str(read)
        if late := self.late(piece):
            piece.row["late_told"] = "LATE-NOT-COUNTED" if rule["late_is_absent"] else "LATE"
            if rule["late_is_absent"]:
                stated = [piece.row.get("sessions_attended"), piece.row.get("sessions_total"), 1]
                piece.row["sessions_attended"] = max(0, next(n for n in stated if n is not None) - late)
        share = attended_bp(piece.row)
        if share == 0:
            return "ABSENT"
        partial = piece.programme is not None and piece.programme["partial"]
        if rule["basis"] != "per_session" and not partial and share < rule["min_attendance_bp"]:
            return "ATTENDANCE-LOW"
        if not piece.online and rule["confirmation_required"] and not self.confirmed(piece):
            return "CONFIRMATION-MISSING"
        return score_problem(piece) if piece.online else None

    def late(self, piece: Piece) -> int:
        """Sessions that began more than the tolerated minutes before the person came."""
        assert piece.rule is not None
        minutes = [int(one) for one in (piece.row.get("late") or "").split(",") if one]
        return sum(one > piece.rule["late_tolerance"] for one in minutes)

    def confirmed(self, piece: Piece) -> bool:
        return any(
            (c["source"], c["event_ref"]) == (piece.source, piece.ref) for c in self.rows("confirmation")
        )

    def remark(self, piece: Piece, problem: str | None) -> None:
        read = piece.row.get("problem")
        if "late_told" in piece.row and problem in (None, "ABSENT", "ATTENDANCE-LOW", "CONFIRMATION-MISSING"):
            self.findings.add((piece.row["late_told"], piece.key))
        if read and not CATALOGUE[read].holds_credit:
            self.findings.add((read, piece.key))
            return
        asked = problem is None and not piece.online and piece.rule and piece.rule["certificate_required"]
        if asked and (piece.row["certificate_no"] or "") in ("", "-"):
            self.findings.add(("CERTIFICATE-MISSING", piece.key))

    def rule(self, form: int, day: date) -> Row | None:
        sets = sorted({(r["effective_from"], r["rule_version"]) for r in self.rows("rule")})
        force = [version for first, version in sets if first <= day]
        fitting = [
            r for r in self.rows("rule") if force and r["rule_version"] == force[-1] and r["form"] == form
        ]
        return fitting[0] if fitting else None

    # -- the catalogue -------------------------------------------------------------------------------------

    def place(self, piece: Piece) -> tuple[str | None, int | None]:
        """(problem, form); sets the piece's programme and slot."""
        claims, unclear = self.online_claims(piece) if piece.online else self.class_claims(piece)
        if unclear or any(
            a != b and overlap(self.validity(a[0]), self.validity(b[0])) for a in claims for b in claims
        ):
            return "PROGRAMME-AMBIGUOUS", None
        if not claims:
            return None, 16 if piece.online else self.stated_form(piece)
        day = piece.ended
        assert day is not None
        valid = [c for c in claims if self.validity(c[0])[0] <= day <= self.validity(c[0])[1]]
        if not valid:
            return "PROGRAMME-EXPIRED", None
        ((code, slot),) = valid
        piece.programme, piece.slot = self.programmes[code], slot
        piece.scope = piece.programme["scope"]
        slots = self.slots(code)
        piece.slot_jp = piece.programme["jp"] if slot == "whole" else slots[slot]
        return None, piece.programme["form"]

    def validity(self, code: str) -> tuple[date, date]:
        row = self.programmes[code]
        return row["valid_from"] or LONG_AGO, row["valid_to"] or FAR_AHEAD

    def slots(self, code: str) -> dict[str, int | None]:
        parts: dict[str, int | None] = {}
        for component in self.components[code]:
            parts[slot_of(component)] = component["jp"]
        parts = parts or {"whole": None}
        unstated = [name for name, jp in parts.items() if jp is None]
        whole = self.programmes[code]["jp"]
        if len(unstated) == 1 and whole is not None:
            parts[unstated[0]] = max(0, whole - sum(jp or 0 for jp in parts.values()))
        return parts

    def online_claims(self, piece: Piece) -> tuple[set[tuple[str, str]], bool]:
        names = {piece.row["external_course"], piece.row["course_code"]} - {""}
        claims = {
            (c["programme_code"], slot_of(c))
            for c in self.rows("programme_component")
            if c["mode"] == "online" and c["source"] in ("", piece.source) and c["external_course"] in names
        }
        return claims, False

    def class_claims(self, piece: Piece) -> tuple[set[tuple[str, str]], bool]:
        event = piece.row["event"]
        code = plain_code(event["lms_course_code"])
        by_code, by_title = set(), set()
        for programme in self.programmes.values():
            parts = self.components[programme["code"]]
            names = {plain_code(programme["code"])} | {plain_code(c["external_course"]) for c in parts}
            titles = {plain_title(programme["title"])}
            titles |= {plain_title(c["title"]) for c in parts if c["mode"] == "offline"}
            if code and code in names:
                by_code.add(programme["code"])
            if piece.plain and piece.plain in titles:
                by_title.add(programme["code"])
        if event["programme_code"] in self.programmes:
            chosen, conflict = {event["programme_code"]}, False
        elif by_code:
            chosen, conflict = by_code, bool(by_title - by_code)
        else:
            chosen, conflict = by_title, False
        slots = {(one, self.class_slot(one, piece, code)) for one in chosen}
        known = {(one, slot) for one, slot in slots if slot is not None}
        return known, conflict or len(known) < len(slots)

    def class_slot(self, code: str, piece: Piece, event_code: str) -> str | None:
        slots = self.slots(code)
        if len(slots) == 1:
            return next(iter(slots))
        offline = [c for c in self.components[code] if c["mode"] == "offline"]
        names = {slot_of(c) for c in offline}
        if len(names) < 2:
            return next(iter(names), "whole")
        named = {
            slot_of(c)
            for c in offline
            if (c["title"] and plain_title(c["title"]) == piece.plain)
            or (event_code and plain_code(c["external_course"]) == event_code)
        }
        return named.pop() if len(named) == 1 else None

    def stated_form(self, piece: Piece) -> int | None:
        stated = (piece.row["event"]["form_stated"] or "").strip()
        if stated:
            return int(stated) if stated.isdigit() else None
        event = piece.row["event"]
        day = event["end_on"] or event["start_on"] or FAR_AHEAD
        sets = sorted({(r["effective_from"], r["rule_version"]) for r in self.rows("rule")})
        force = [version for first, version in sets if first <= day]
        fitting = [
            (-len(w["words"]), w["form"])
            for w in self.rows("title_word")
            if force
            and w["rule_version"] == force[-1]
            and (piece.plain + " ").startswith(plain_title(w["words"]) + " ")
        ]
        return min(fitting)[1] if fitting else None

    # -- crediting one learner -----------------------------------------------------------------------------

    def credit(self, learner: int, activities: list[Activity]) -> None:
        for activity in activities:
            if activity.rejected:  # nothing more is told of it
                continue
            activity.worth = self.worth(activity)
            self.repeated(activity)
        counting = [a for a in activities if a.worth > 0]
        counting = self.certificates_once(activities, counting)
        counting = self.one_place_at_once(counting)
        counting = self.anew_after_years(counting)
        for activity in counting:
            activity.granted = activity.worth
        for one in cap(counting):
            self.findings.add(("CAP-EXCEEDED", one.subject))
        cap_totals(counting)
        self.online_in_class(activities, counting)
        for one in counting:
            if one.granted > 0:
                self.credits[learner, one.key, one.last.year] = (one.granted, one.worth)
        if self.roster[learner]["employment"] == "PPPK":
            for year in {one.last.year for one in counting}:
                mine = [one for one in counting if one.last.year == year and one.granted > 0]
                if mine and sum(o.granted for o in mine) > max(o.rule["pppk_ceiling"] for o in mine):
                    person = self.roster[learner]["person_key"]
                    self.findings.add(("PPPK-CEILING", spell("year1", [person, year])))

    def worth(self, activity: Activity) -> int:
        rule, pieces = activity.rule, activity.pieces
        if activity.override is not None:
            return activity.override
        overrides = [p.override for p in pieces if p.override is not None]
        if overrides:
            return min(overrides)
        international = min(pieces, key=offered).scope == "international"
        surcharge = 10000 + rule["international_bp"] if international else 10000
        rate = rule["jp_national"]
        if international and rate is not None:
            stated = rule["jp_international"]
            rate = stated if stated is not None else (rate * surcharge + 5000) // 10000
        if rule["basis"] == "per_day":
            return rounded(Fraction(rate * activity.days), rule)
        if rule["basis"] == "per_session":
            sessions = [p.row.get("sessions_attended") for p in pieces]
            return rounded(Fraction(rate * max(1 if s is None else s for s in sessions)), rule)
        if rule["basis"] == "per_activity":
            return rounded(Fraction(rate), rule)
        catalogue = self.catalogue_jp(activity)
        stated_all = [jp for p in pieces if (jp := stated_jp(p.stated.strip().lower())) is not None]
        minutes = [p.row["minutes"] for p in pieces if p.row["minutes"] is not None]
        timed = catalogue is None and rule["basis"] == "actual" and minutes
        exact = Fraction(max(minutes) * 100, rule["minutes_per_jp"]) if timed else None
        if exact is None:
            exact = Fraction(min(stated_all) if catalogue is None else catalogue)
        if not rule["round_to"]:  # two places, half up, the minutes before the surcharge
            exact = Fraction(half_up(exact))
        jp = rounded(exact * surcharge / 10000, rule)
        programme, done = pieces[0].programme, {p.slot for p in pieces}
        if (
            not jp
            and programme is not None
            and catalogue != 0
            and len(done) < len(self.slots(programme["code"]))
        ):
            self.findings.add(("BLENDED-INCOMPLETE", activity.subject))
        return jp

    def catalogue_jp(self, activity: Activity) -> int | None:
        """min(sum of the complete components, programme JP); None where the catalogue states none."""
        programme = activity.pieces[0].programme
        if programme is None:
            return None
        done: dict[str, int | None] = {}
        for name in {p.slot for p in activity.pieces}:
            mine = [p for p in activity.pieces if p.slot == name]
            share = max(
                attended_bp(p.row) if programme["partial"] and not p.accepted else 10000 for p in mine
            )
            jp = mine[0].slot_jp
            done[name] = None if jp is None else jp * share // 10000
        slots = self.slots(programme["code"])
        if None not in done.values():
            total = sum(jp for jp in done.values() if jp is not None)
            return total if programme["jp"] is None else min(total, programme["jp"])
        if programme["jp"] is None:
            return None
        if "whole" in done or len(done) >= len(slots):
            return int(programme["jp"])
        self.findings.add(("BLENDED-INCOMPLETE", activity.subject))
        return 0

    def repeated(self, activity: Activity) -> None:
        if not by_year(activity.pieces[0]):
            return
        for name in {p.slot for p in activity.pieces}:
            mine = [p for p in activity.pieces if p.slot == name]
            if len(mine) > 1 and max(p.started for p in mine) > min(p.ended for p in mine):
                self.findings.add(("PROGRAMME-REPEATED", activity.subject))

    def certificates_once(self, everything: list[Activity], counting: list[Activity]) -> list[Activity]:
        carried: dict[str, set[str]] = defaultdict(set)
        for activity in everything:
            for piece in activity.pieces:
                number = re.sub(r"[^A-Z0-9]", "", (piece.row["certificate_no"] or "").upper())
                if len(number) >= 5 and re.search("[0-9]", number):
                    carried[number].add(activity.key)
        repeats = set()
        for keys in carried.values():
            ranked = sorted(keys, key=lambda k: (not k.startswith(spell("activity1", ["programme"])), k))
            repeats |= set(ranked[1:])
        for activity in everything:
            if activity.key in repeats and not activity.accepted and not activity.rejected:
                self.findings.add(("CERTIFICATE-REPEATED", activity.subject))
        return [a for a in counting if a.key not in repeats or a.accepted]

    def one_place_at_once(self, activities: list[Activity]) -> list[Activity]:
        classroom = sorted(
            (a for a in activities if a.in_class and a.rule["basis"] in ("programme", "per_day")),
            key=lambda a: (a.worth, a.in_class[0], a.key),
        )
        held = set()
        for place, later in enumerate(classroom):
            codes = [code for earlier in classroom[:place] if (code := clash(earlier, later))]
            if codes and not later.accepted:
                held.add(later.key)
                self.findings.add((min(codes), later.subject))
        return [a for a in activities if a.key not in held]

    def anew_after_years(self, activities: list[Activity]) -> list[Activity]:
        """The same programme or course counts anew only `repeat_years` after the year that counted last."""
        series: dict[str, list[Activity]] = defaultdict(list)
        for one in activities:
            if by_year(one.pieces[0]) and one.rule["repeat_years"] > 1 and not one.accepted:
                series[one.key.rsplit("\x1f", 1)[0]].append(one)
        dropped = set()
        for ones in series.values():
            wait, last = max(one.rule["repeat_years"] for one in ones), None
            for one in sorted(ones, key=lambda o: o.last.year):
                if last is not None and one.last.year < last + wait:
                    dropped.add(one.key)
                    self.findings.add(("REPEATED-TOO-SOON", one.subject))
                else:
                    last = one.last.year
        return [one for one in activities if one.key not in dropped]

    def online_in_class(self, activities: list[Activity], counting: list[Activity]) -> None:
        """Minutes online, on a day in class, that together with the class are more than the day holds."""
        for activity in activities:
            for piece in activity.pieces:
                minutes = piece.row["minutes"] or 0
                if not piece.online or piece.accepted or minutes <= 0:
                    continue
                for one in counting:
                    span = one.in_class
                    if span is None or one.rule["basis"] not in ("programme", "per_day"):
                        continue
                    a_day = one.worth // ((span[1] - span[0]).days + 1)
                    full = a_day + minutes * 100 // 45 > one.rule["jp_day_max"]
                    if same_stem(one, activity) or not span[0] <= piece.ended <= span[1] or not full:
                        continue
                    self.findings.add(("ONLINE-IN-CLASS", piece.key))


def half_up(number: Fraction) -> int:
    return math.floor(number + Fraction(1, 2))


def rounded(jp: Fraction, rule: Row) -> int:
    """By the rule: down or to the nearest (half up), to whole JP or hundredths; else hundredths, half up."""
    unit = rule["round_to"]
    if not unit:
        return half_up(jp)
    return (half_up(jp / unit) if rule["round_half"] else math.floor(jp / unit)) * unit


def same_stem(one: Activity, other: Activity) -> bool:
    """The key without its period: year, or first and last day."""
    stems = [a.key.rsplit("\x1f", 1 if by_year(a.pieces[0]) else 2)[0] for a in (one, other)]
    return stems[0] == stems[1]


def score_problem(piece: Piece) -> str | None:
    """A rule may ask for a share of the course's full score; without both numbers nobody knows it."""
    rule, row = piece.rule, piece.row
    assert rule is not None
    if not rule["min_score_bp"]:
        return None
    if row["score"] is None or not row["score_max"] or Decimal(row["score_max"]) <= 0:
        return "SCORE-MISSING"
    return (
        "SCORE-LOW"
        if Decimal(row["score"]) * 10000 < rule["min_score_bp"] * Decimal(row["score_max"])
        else None
    )


def cap_totals(activities: list[Activity]) -> None:
    """Caps over all forms together, by day, month and year, after those of each form."""
    used: dict[tuple[object, ...], int] = defaultdict(int)
    for one in sorted(activities, key=lambda a: (a.last, a.key)):
        limits = (
            (one.rule["cap_day_total"], one.days, (one.last,)),
            (one.rule["cap_month_total"], 1, (one.last.year, one.last.month)),
            (one.rule["cap_year_total"], 1, (one.last.year,)),
        )
        for limit, times, span in limits:
            before, wanted = used[span], one.granted
            if limit is not None:
                one.granted = max(0, min(wanted, limit * times - before))
            used[span] += wanted


def clash(earlier: Activity, later: Activity) -> str | None:
    one, other = earlier.in_class, later.in_class
    assert one is not None
    assert other is not None
    if not overlap(one, other):
        return None
    a_day = sum(a.worth // ((span[1] - span[0]).days + 1) for a, span in ((earlier, one), (later, other)))
    too_much = a_day > later.rule["jp_day_max"]
    words = [{w for w in min(a.pieces, key=offered).plain.split() if len(w) >= 4} for a in (earlier, later)]
    shared, least = len(words[0] & words[1]), min(len(words[0]), len(words[1]))
    if 2 * shared >= max(least, 1) and (one == other or too_much):
        return "DUPLICATE-ACTIVITY"
    return "OVERLAP" if too_much else None


def offered(piece: Piece) -> tuple[bool, str, str]:
    """Courses come before events, then by source and reference: which words an activity is known by."""
    return (not piece.online, piece.source, piece.ref)


def cap(activities: list[Activity]) -> list[Activity]:
    """Caps by day, sessions a month, month and year, each form apart, in the order of days, then of keys.
    Returns the activities whose last cut was that of the sessions."""
    beyond = []
    ordered = sorted(activities, key=lambda a: (a.last, a.key))
    used: dict[tuple[object, ...], int] = defaultdict(int)
    for one in ordered:
        rule, form = one.rule, one.rule["form"]
        if rule["cap_day"] is not None:
            limit = rule["cap_day"] * one.days
            own = min(one.granted, limit)
            one.granted = max(0, min(own, limit - used["day", form, one.last]))
            used["day", form, one.last] += own
        month = (form, one.last.year, one.last.month)
        if rule["cap_sessions_month"] is not None and one.granted > 0:
            told = [p.row.get("sessions_attended") for p in one.pieces]
            sessions = max(1, *(1 if s is None else s for s in told))
            free = max(0, rule["cap_sessions_month"] - used["sessions", *month])
            used["sessions", *month] += sessions
            if sessions > free:
                share = Fraction(one.granted * free, sessions)
                part = rounded(share, rule) if rule["round_to"] else math.floor(share)
                one.granted = min(one.granted, part)
                beyond.append(one)
        for name, limit, span in (
            ("month", rule["cap_month"], month),
            ("year", rule["cap_year"], (form, one.last.year)),
        ):
            before, wanted = used[name, *span], one.granted
            if limit is not None:
                one.granted = max(0, min(wanted, limit - before))
                if one.granted < wanted and one in beyond:
                    beyond.remove(one)
            used[name, *span] += wanted
    return beyond


def by_year(piece: Piece) -> bool:
    """A programme, and a course, counts once a year; days, sessions and timed activities count each."""
    if piece.programme is None:
        return piece.online
    assert piece.rule is not None
    basis = piece.rule["basis"]
    return basis in ("programme", "per_activity") or (basis == "actual" and piece.programme["jp"] is not None)


def activity_key(piece: Piece) -> str:
    if piece.programme is not None:
        stem = ["programme", piece.programme["code"]]
    elif piece.online:
        stem = ["course", piece.source, piece.ref]
    elif piece.plain:
        stem = ["event", piece.plain]
    else:
        stem = ["untitled", piece.source, piece.ref]
    assert piece.ended is not None
    period = [piece.ended.year] if by_year(piece) else [str(piece.started), str(piece.ended)]
    return spell("activity1", [*stem, *period])


def slot_of(component: Row) -> str:
    return str(component["mode"]) if component["jp"] is None else f"part {component['ordinal']}"


def attended_bp(row: Row) -> int:
    attended, total = row.get("sessions_attended"), row.get("sessions_total")
    if total:
        return (attended or 0) * 10000 // total
    return 0 if attended == 0 else 10000


def stated_jp(text: str) -> int | None:
    found = re.fullmatch(r"([0-9]{1,5})(?:[.,]([0-9]{1,2}))? *(?:jp|jpl|jam|jam pelajaran)?\.?", text)
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else None


def overlap(one: tuple[date, date], other: tuple[date, date]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def plain_title(text: str) -> str:
    text = re.sub(r"&(amp;)?", " dan ", text.lower())
    return re.sub(r"[^a-z0-9]+", " ", text).replace("bimbingan teknis", "bimtek").strip()


def plain_code(text: str | None) -> str:
    spaced = re.sub(r"[^A-Z0-9]+", " ", (text or "").upper()).replace("O", "0")
    return re.sub(r"(^|[^0-9])0+([0-9])", r"\1\2", spaced).replace(" ", "")


TITLES = r"(^|[^a-z])(drs|dra|dr|drg|ir|h|hj|prof|hc)[.]"


def plain_name(text: str) -> list[str]:
    text = re.sub(r",.*$", "", text.lower().replace("'", "").replace("’", ""))
    text = re.sub(TITLES, " ", re.sub(r"([a-z]+[.])+[a-z]+[.]?", " ", text))
    return re.sub(r"[^a-z]+", " ", text).split()


def plausible(written: str, roster: str) -> bool:
    """A name never decides; it is implausible where less than half of the shorter one is in the other."""
    one, other = set(plain_name(written)), set(plain_name(roster))
    if not one or not other:
        return True
    found = sum(any(same_word(a, b) for b in other) for a in one)
    met = sum(any(same_word(a, b) for a in one) for b in other)
    return 2 * min(found, met) >= min(len(one), len(other))


def same_word(a: str, b: str) -> bool:
    if a == b or (min(len(a), len(b)) == 1 and a[0] == b[0]):
        return True
    return len(a) >= 5 and len(b) >= 5 and one_letter_apart(a, b)


def one_letter_apart(a: str, b: str) -> bool:
    if len(a) > len(b):
        a, b = b, a
    if len(b) - len(a) > 1:
        return False
    place = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    return a[place:] == b[place + 1 :] or a[place + 1 :] == b[place + 1 :]


def utc(text: str) -> datetime:
    """`2026-03-01 15:30` in UTC, naive as the relations want it."""
    return datetime.fromisoformat(text)
