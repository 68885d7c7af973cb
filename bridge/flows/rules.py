"""Rule sets: which are in force, how a file differs from them, what it would change, and its activation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from bridge.domain.clock import day_in_zone
from bridge.engine.rules import RuleSet, read_rules, rule_table, title_word_table
from bridge.engine.run import EngineResult
from bridge.engine.run import reconcile as compute
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.flows.inputs import active_rules, inputs_for
from bridge.store.arrow_scan import arrow_scan
from bridge.store.catalogue import rule_set_rows, store_rule_set
from bridge.store.feed import Scope
from bridge.store.people import nip_of_learners
from bridge.store.unit import reading, unit

MAX_RULE_FILE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ListedRules:
    """A stored rule set. `until` is the first day on which another is in force (None: open); `replaced` says that
    a later activation with the same first day took its place, `in_force` that today's activities go by it."""

    version: str
    title: str
    effective_from: date
    until: date | None
    verified: bool
    forms: int
    activated_at: datetime
    activated_by: str
    replaced: bool
    in_force: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """One value that differs: `place` is `defaults.minimum_attendance` or `form 4 (Workshop).national`."""

    place: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Affected:
    """A learner's year under the rules as they are and as they would be, in hundredths of JP. `activities` are
    (title, before, after) of those that differ."""

    nip: str
    name: str
    office: str
    year: int
    before: int
    after: int
    activities: tuple[tuple[str, int, int], ...]

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(slots=True)
class TryReport:
    """What a rule set would change; nothing was stored. JP are hundredths."""

    version: str
    effective_from: date
    learners: int = 0
    before: int = 0
    after: int = 0
    affected: list[Affected] = field(default_factory=list)
    findings: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def gaining(self) -> list[Affected]:
        return [one for one in self.affected if one.change > 0]

    @property
    def losing(self) -> list[Affected]:
        return [one for one in self.affected if one.change < 0]


def read_rule_file(path: Path) -> RuleSet:
    """Raises RefuseInput with the line where the file is wrong."""
    if not path.is_file():
        raise RefuseInput(
            "FILE-MISSING",
            f"Berkas aturan {path} tidak ditemukan. Periksa nama dan foldernya.",
            f"The rule file {path} was not found. Check its name and folder.",
            where=str(path),
        )
    body = path.read_bytes()
    if len(body) > MAX_RULE_FILE:
        raise RefuseInput(
            "FILE-TOO-LARGE",
            f"Berkas aturan {path.name} lebih besar dari 1 MB. Periksa apakah berkasnya benar.",
            f"The rule file {path.name} is larger than 1 MB. Check that it is the right file.",
            where=str(path),
        )
    try:
        document = body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise RefuseInput(
            "RULES-INVALID",
            f"Berkas aturan {path.name}, baris {line}: bukan teks UTF-8. Simpan sebagai UTF-8.",
            f"Rule file {path.name}, line {line}: not UTF-8 text. Save it as UTF-8.",
            where=f"{path.name}:{line}",
        ) from error
    return read_rules(document, where=path.name)


def listed_rules(ctx: Context) -> list[ListedRules]:
    """Every stored set by its first day, then by activation."""
    today = day_in_zone(ctx.clock(), ctx.office.zone)
    with reading(ctx.store) as connection:
        rows = rule_set_rows(connection, ctx.office.tenant)
    sets = [(read_rules(row["document"]), row) for row in rows]
    standing = {rules.effective_from: rules.version for rules, _ in sets}
    days = sorted(standing)
    told = []
    for rules, row in sets:
        place = days.index(rules.effective_from)
        until = days[place + 1] if place + 1 < len(days) else None
        replaced = standing[rules.effective_from] != rules.version
        in_force = not replaced and rules.effective_from <= today and (until is None or today < until)
        told.append(
            ListedRules(
                rules.version,
                rules.title,
                rules.effective_from,
                until,
                rules.verified,
                len(rules.forms),
                row["activated_at"],
                row["activated_by"],
                replaced,
                in_force,
            )
        )
    return told


def stored_rules(ctx: Context, version: str) -> RuleSet:
    """The stored set of that version (or its beginning, where it is the only one). Raises RefuseInput."""
    with reading(ctx.store) as connection:
        rows = rule_set_rows(connection, ctx.office.tenant)
    found = [row for row in rows if row["version"].startswith(version)]
    if len(found) != 1:
        raise RefuseInput(
            "RULES-UNKNOWN",
            f"Tidak ada tepat satu aturan dengan versi {version}. Lihat: jpbridge rules list",
            f"Not exactly one rule set has the version {version}. See: jpbridge rules list",
            where=version,
        )
    return read_rules(found[0]["document"])


def facts_of(rules: RuleSet) -> dict[str, str]:
    """Every value of a set by its place, as text; values that are not set are left out."""
    facts: dict[str, Any] = {
        "title": rules.title,
        "effective_from": rules.effective_from,
        "source": rules.source,
        "verified": rules.verified,
    }
    facts |= {f"defaults.{name}": value for name, value in rules.defaults.model_dump().items()}
    facts |= {f"rounding.{basis}": value for basis, value in rules.rounding.model_dump().items()}
    for form in rules.forms:
        told = form.model_dump()
        code, name = told.pop("code"), told["name"]
        facts |= {f"form {code} ({name}).{key}": value for key, value in told.items()}
    facts |= {f"title_word {word.words}": word.form for word in rules.title_words}
    return {place: _shown(value) for place, value in facts.items() if value is not None}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return str(value)


def difference(before: RuleSet, after: RuleSet) -> list[Changed]:
    """Values that differ, in the order of the file; a value that one of the two lacks is an empty text."""
    old, new = facts_of(before), facts_of(after)
    places = [*old, *(place for place in new if place not in old)]
    return [
        Changed(place, old.get(place, ""), new.get(place, ""))
        for place in places
        if old.get(place, "") != new.get(place, "")
    ]


def compared_with(ctx: Context, rules: RuleSet) -> RuleSet:
    """The set in force on the first day of `rules`, which it would follow or replace. Raises RefuseInput where
    none is in force that day."""
    with reading(ctx.store) as connection:
        sets = active_rules(connection, ctx.office.tenant)
    earlier = [one for one in sets if one.effective_from <= rules.effective_from]
    if not earlier:
        raise RefuseInput(
            "RULES-NONE-BEFORE",
            f"Tidak ada aturan yang berlaku pada {rules.effective_from}; semua isi berkas itu baru. "
            "Lihat akibatnya dengan: jpbridge rules try",
            f"No rule set is in force on {rules.effective_from}; everything in that file is new. "
            "See what follows with: jpbridge rules try",
            where=rules.version,
        )
    return max(earlier, key=lambda one: one.effective_from)


def try_rules(ctx: Context, rules: RuleSet) -> TryReport:
    """Recompute everybody's evidence under the rules as they are and with `rules` among them. Stores nothing;
    the difference is the rules' alone, since both computations read the same moment."""
    ctx.progress.stage("try", 3)
    with reading(ctx.store) as connection, arrow_scan(ctx.store) as scan:
        sets = active_rules(connection, ctx.office.tenant)
        inputs = inputs_for(ctx, connection, Scope(everybody=True), scan)
        nips = nip_of_learners(connection, ctx.office.tenant)
    ctx.progress.advance()
    changed = [one for one in sets if one.effective_from != rules.effective_from] + [rules]
    now = compute(_under(inputs, sets))
    ctx.progress.advance()
    then = compute(_under(inputs, changed))
    ctx.progress.advance()
    report = TryReport(rules.version, rules.effective_from)
    report.before, report.after = _total(now), _total(then)
    report.affected = list(_affected(inputs["learner"], nips, now, then))
    report.learners = len({one.nip or one.name for one in report.affected})
    report.findings = _findings(now, then)
    return report


def _under(inputs: Mapping[str, pa.Table], sets: Sequence[RuleSet]) -> dict[str, pa.Table]:
    return dict(inputs) | {"rule": rule_table(sets), "title_word": title_word_table(sets)}


def _total(result: EngineResult) -> int:
    return sum(result.desired["jp"].to_pylist())


def _by_activity(result: EngineResult) -> dict[tuple[int, int, str], tuple[str, int]]:
    columns = ("learner_id", "year", "activity_key", "title", "jp")
    values = (result.desired[name].to_pylist() for name in columns)
    return {(row[0], row[1], row[2]): (row[3], row[4]) for row in zip(*values, strict=True)}


def _affected(
    people: pa.Table, nips: Mapping[int, str], now: EngineResult, then: EngineResult
) -> Iterable[Affected]:
    """Learners' years with any activity that differs, the largest loss first."""
    before, after = _by_activity(now), _by_activity(then)
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    different: dict[tuple[int, int], list[tuple[str, int, int]]] = defaultdict(list)
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        old_jp, new_jp = old[1] if old else 0, new[1] if new else 0
        title = (new or old or ("", 0))[0]
        sums[key[:2]][0] += old_jp
        sums[key[:2]][1] += new_jp
        if old_jp != new_jp:
            different[key[:2]].append((title, old_jp, new_jp))
    roster = {row["learner_id"]: row for row in people.to_pylist()}
    rows = [
        Affected(
            nips.get(learner, ""),
            roster[learner]["name"],
            roster[learner]["office_code"],
            year,
            sums[learner, year][0],
            sums[learner, year][1],
            tuple(activities),
        )
        for (learner, year), activities in different.items()
    ]
    return sorted(rows, key=lambda one: (one.change, one.nip, one.year))


def _findings(now: EngineResult, then: EngineResult) -> dict[str, tuple[int, int]]:
    """code -> (findings now, findings then), where they differ."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for place, result in enumerate((now, then)):
        for code in result.finding["code"].to_pylist():
            counts[code][place] += 1
    return {code: (old, new) for code, (old, new) in sorted(counts.items()) if old != new}


def activate(ctx: Context, rules: RuleSet, *, who: str) -> bool:
    """Store the set and touch everybody. Returns whether it is new: the same file again changes nothing. Raises
    RefuseInput where a later file with the same first day took its place: what was activated is never removed, and
    the newest of a first day counts, so the old one has to come back as a new version."""
    if any(one.version == rules.version and one.replaced for one in listed_rules(ctx)):
        raise RefuseInput(
            "RULES-REPLACED",
            f"{rules.version} pernah diaktifkan dan sudah diganti oleh aturan lain dengan hari pertama yang sama. "
            "Untuk kembali ke isinya, ubah `name` di berkas itu, lalu aktifkan lagi.",
            f"{rules.version} was activated before and another set with the same first day has replaced it. To go "
            "back to what it says, change `name` in the file and activate it again.",
            where=rules.version,
        )
    with unit(ctx.store) as connection:
        return store_rule_set(
            connection,
            ctx.office.tenant,
            version=rules.version,
            effective_from=rules.effective_from,
            document=rules.document,
            now=ctx.clock(),
            by=who,
        )
