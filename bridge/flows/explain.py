"""Why: the engine's own steps for one learner, over the same evidence, and a sentence for each verdict."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from bridge.domain.clock import day_in_zone
from bridge.domain.jp import shown
from bridge.engine.explain import Explanation, StepView, Words, explain
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.flows.inputs import inputs_for
from bridge.reports.finding_words import finding_words, in_its_own_words
from bridge.reports.findings import OWN_WORDS, one_finding
from bridge.reports.words import why
from bridge.store.backing import Backing, backing_of, events_of_evidence
from bridge.store.confirmations import Confirmation
from bridge.store.evidence_records import newest_records
from bridge.store.feed import scope_of
from bridge.store.ledger_rows import entry_by_id, evidence_of_activity, jp_of_learner
from bridge.store.people import known_learner, learner_by_id
from bridge.store.sheets import Attachment
from bridge.store.unit import reading
from bridge.wording import translate

SHOWN_ROWS = 200


@dataclass(frozen=True, slots=True)
class ToldStep:
    """A verdict in words (no rows), or one relation of the computation with its rows as text."""

    title: str
    sentence: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A learner's year in words. `jp` is hundredths in the ledger; `verdicts` credits, refusals and remarks
    of the year (and those that have no year); `steps` every relation, in order."""

    name: str
    nip: str
    office: str
    year: int
    jp: int
    verdicts: tuple[ToldStep, ...]
    steps: tuple[ToldStep, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def explain_nip(ctx: Context, nip: str, *, year: int | None, language: str) -> Told:
    """Raises RefuseInput where the NIP can't be read or nobody has it."""
    with reading(ctx.store) as connection:
        person = known_learner(connection, ctx.office.tenant, nip)
        _, newest = learner_by_id(connection, ctx.office.tenant, person.learner_id)
    return _told(ctx, dict(person._mapping), newest, year, language)[0]


def explain_learner(ctx: Context, learner_id: int, *, year: int | None, language: str) -> Told:
    """Raises RefuseInput where there is no such learner."""
    with reading(ctx.store) as connection:
        person, nip = learner_by_id(connection, ctx.office.tenant, learner_id)
    if person is None:
        raise RefuseInput(
            "LEARNER-UNKNOWN",
            "Pegawai itu tidak ada. Cari lagi dari halaman depan.",
            "There is no such learner. Search again from the first page.",
            where=str(learner_id),
        )
    return _told(ctx, dict(person._mapping), nip, year, language)[0]


def explain_entry(ctx: Context, entry_id: int, *, language: str) -> Told:
    """One ledger entry: what it recorded and when, what the rules say of its activity now, and every relation. The
    entry stands for good; where the computation has moved on since, the second sentence differs from the first.
    Raises RefuseInput where there is no such entry."""
    with reading(ctx.store) as connection:
        entry = entry_by_id(connection, ctx.office.tenant, entry_id)
        if entry is None:
            raise RefuseInput(
                "ENTRY-UNKNOWN",
                f"Entri {entry_id} tidak ada di buku kredit. Periksa nomornya.",
                f"The ledger has no entry {entry_id}. Check the number.",
                where=str(entry_id),
            )
        person, nip = learner_by_id(connection, ctx.office.tenant, entry.learner_id)
        backing = backing_of(connection, ctx.office.tenant, events_of_evidence(entry.evidence))
        rested = evidence_of_activity(connection, ctx.office.tenant, entry.learner_id, entry.activity_key)
    facts = {} if person is None else dict(person._mapping)
    told, words = _told(ctx, facts, nip, entry.year, language, subjects={entry.activity_key, *rested})
    recorded = translate(ENTRY, language).format(
        number=entry_id,
        kind=translate(KINDS[entry.kind.value], language),
        jp=shown(entry.jp),
        title=entry.title,
        rule=entry.rule_version,
        moment=_moment(entry.recorded_at),
        evidence=len(entry.evidence),
        why=why(entry.reason, entry.form, language),
    )
    not_due = ToldStep("no-longer-due", translate(NOT_DUE, language).format(title=entry.title))
    due = any(one.kind == "credit" and one.subject == entry.activity_key for one in words)
    now = told.verdicts if due else (not_due, *told.verdicts)
    backed = _backed(backing, language)
    return replace(told, verdicts=(ToldStep(entry.reason, recorded), *backed, *now))


def explain_finding(ctx: Context, finding_id: int, *, language: str) -> Told:
    """One refusal or remark: its sentence, the next step, and every relation of whom it is about. Raises
    RefuseInput where there is no such finding."""
    tenant = ctx.office.tenant
    with reading(ctx.store) as connection:
        row = one_finding(connection, tenant, finding_id, language)
        if row is None:
            raise RefuseInput(
                "FINDING-UNKNOWN",
                f"Temuan {finding_id} tidak ada. Lihat: jpbridge findings --each",
                f"There is no finding {finding_id}. See: jpbridge findings --each",
                where=str(finding_id),
            )
        person, nip = None, ""
        if row.learner_id is not None:
            person, nip = learner_by_id(connection, tenant, row.learner_id)
        subjects = [f"learner:{row.learner_id}"] if person is not None else [f"evidence:{row.subject}"]
        known = row.subject.startswith(("completion1", "attendance1")) or person is not None
        scope = scope_of(connection, tenant, subjects if known else [])
        inputs = inputs_for(ctx, connection, scope)
    explained = explain(inputs, language)
    verdict = ToldStep(row.code, f"{row.sentence} {row.next_step}".strip())
    name = "" if person is None else str(person.name)
    office = "" if person is None else str(person.office_name)
    year = day_in_zone(ctx.clock(), ctx.office.zone).year
    with reading(ctx.store) as connection:
        jp = 0 if row.learner_id is None else jp_of_learner(connection, tenant, row.learner_id, year)
    return Told(name, nip, office, year, jp, (verdict,), _steps(explained, row.learner_id))


ENTRY = (
    "Entri {number} ({kind}) mencatat {jp} JP untuk “{title}” pada {moment} "
    "menurut aturan {rule}, dari {evidence} bukti. {why}"
)
NOT_DUE = "Menurut bukti dan aturan sekarang, “{title}” tidak memberi JP."
KINDS = {"award": "kredit baru", "adjustment": "penyesuaian", "reversal": "pembatalan"}


def _told(
    ctx: Context,
    person: Mapping[str, Any],
    nip: str,
    year: int | None,
    language: str,
    subjects: Collection[str] = (),
) -> tuple[Told, list[Words]]:
    """The learner's year and its verdicts as the engine gave them. `subjects`: only what is about this activity and
    its evidence, of whatever year; none: all of the year."""
    wanted = year or day_in_zone(ctx.clock(), ctx.office.zone).year
    with reading(ctx.store) as connection:
        scope = scope_of(connection, ctx.office.tenant, [f"learner:{person['learner_id']}"])
        inputs = inputs_for(ctx, connection, scope)
        jp = jp_of_learner(connection, ctx.office.tenant, person["learner_id"], wanted)
        attended = inputs["attendance"]
        events = zip(attended["source"].to_pylist(), attended["event_ref"].to_pylist(), strict=True)
        backing = backing_of(connection, ctx.office.tenant, events)
        explained = explain(inputs, language)
        records = newest_records(connection, ctx.office.tenant, _refused(explained))
    words = [
        item
        for item in explained.words
        if item.learner_id in (None, person["learner_id"])
        and (item.subject in subjects if subjects else item.year in (None, wanted))
    ]
    told = Told(
        person["name"],
        nip,
        person["office_name"],
        wanted,
        jp,
        tuple(_verdict(item, records, person["name"], language) for item in words),
        (
            *_steps(explained, person["learner_id"]),
            *_papers(backing.scans, language),
            *_confirmed(backing.confirmations, language),
        ),
    )
    return told, words


PAPERS = "Scan kertas bertanda tangan"
PAPERS_TOLD = "{n} scan disimpan bersama lembarnya; SHA-256 di bawah membuktikan berkas yang sama."


def _papers(papers: Sequence[Attachment], language: str) -> tuple[ToldStep, ...]:
    """The scans that stand behind the learner's attendances, by their hashes."""
    if not papers:
        return ()
    return (
        ToldStep(
            translate(PAPERS, language),
            translate(PAPERS_TOLD, language).format(n=len(papers)),
            ("source", "file_name", "sha256"),
            tuple((paper.source, paper.file_name, paper.sha256) for paper in papers),
        ),
    )


CONFIRMED = "Konfirmasi penyelenggara"
CONFIRMED_TOLD = "Penyelenggara mengonfirmasi {n} daftar hadir: siapa, kapan, dan siapa yang mencatatnya."
CONFIRMED_BY = "Daftar hadir pada {source} dikonfirmasi oleh {by}, dicatat {moment} oleh {who}."
SCANNED = "Kertas bertanda tangannya tersimpan: {file}, SHA-256 {sha256}."


def _confirmed(words: Sequence[Confirmation], language: str) -> tuple[ToldStep, ...]:
    """Who confirmed the rolls behind the learner's attendances."""
    if not words:
        return ()
    return (
        ToldStep(
            translate(CONFIRMED, language),
            translate(CONFIRMED_TOLD, language).format(n=len(words)),
            ("source", "event_ref", "confirmed_by", "recorded_at", "recorded_by"),
            tuple(
                (one.source, one.event_ref, one.confirmed_by, _moment(one.recorded_at), one.recorded_by)
                for one in words
            ),
        ),
    )


def _backed(backing: Backing, language: str) -> tuple[ToldStep, ...]:
    """What stands behind one entry, a sentence each."""
    confirmed, scanned = (translate(words, language) for words in (CONFIRMED_BY, SCANNED))
    return (
        *(
            ToldStep(
                "confirmed",
                confirmed.format(
                    source=one.source,
                    by=one.confirmed_by,
                    moment=_moment(one.recorded_at),
                    who=one.recorded_by,
                ),
            )
            for one in backing.confirmations
        ),
        *(ToldStep("scan", scanned.format(file=one.file_name, sha256=one.sha256)) for one in backing.scans),
    )


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}Z"


def _refused(explained: Explanation) -> list[str]:
    """Evidence whose own words a sentence shows."""
    return [item.subject for item in explained.words if item.code in OWN_WORDS]


def _verdict(item: Words, records: Mapping[str, Mapping[str, Any]], name: str, language: str) -> ToldStep:
    """`name` is the learner's on the roster, where the evidence has none."""
    if item.params is None:
        return ToldStep(item.code, f"{item.sentence} {item.next_step}".strip())
    told = in_its_own_words(item.code, item.params, records.get(item.subject))
    if item.learner_id is not None and not told.get("name", name):
        told["name"] = name
    words = finding_words(item.code, told, language)
    return ToldStep(item.code, f"{words.sentence} {words.next_step}".strip())


def _steps(explained: Explanation, learner_id: int | None) -> tuple[ToldStep, ...]:
    """Every relation with the rows that concern the learner. Who shares a number, an account or a decision with
    somebody is computed together with them; what only concerns the others is theirs to see."""
    foreign = _evidence_of_others(explained, learner_id)
    return tuple(
        ToldStep(
            view.name,
            view.comment,
            view.columns,
            tuple(
                tuple(_cell(value) for value in row) for row in _own(view, learner_id, foreign)[:SHOWN_ROWS]
            ),
        )
        for view in explained.steps
    )


def _evidence_of_others(explained: Explanation, learner_id: int | None) -> set[int]:
    if learner_id is None:
        return set()
    owned = next(view for view in explained.steps if view.name == "owner")
    rows = owned.dicts()
    return {row["evidence_no"] for row in rows if row["learner_id"] not in (None, learner_id)}


def _own(view: StepView, learner_id: int | None, foreign: set[int]) -> list[tuple[Any, ...]]:
    places = {name: place for place, name in enumerate(view.columns)}
    whose, which = places.get("learner_id"), places.get("evidence_no")
    return [
        row
        for row in view.rows
        if not (whose is not None and learner_id is not None and row[whose] not in (None, learner_id))
        and not (which is not None and row[which] in foreign)
    ]


def _cell(value: Any) -> str:
    """Keys hold U+001F between their parts; people see a middle dot."""
    return "" if value is None else str(value).replace("\x1f", " · ")
