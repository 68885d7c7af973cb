"""Why: the engine's own steps for one learner, over the same evidence, and a sentence for each verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bridge.domain.clock import day_in_zone
from bridge.engine.explain import Explanation, Words, explain
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.flows.reconcile import inputs_for
from bridge.store.feed import scope_of
from bridge.store.ledger_rows import jp_of_learner
from bridge.store.people import known_learner, learner_by_id
from bridge.store.unit import reading
from bridge.wording import ENGLISH

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
    return _told(ctx, dict(person._mapping), newest, year, language)


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
    return _told(ctx, dict(person._mapping), nip, year, language)


def _told(ctx: Context, person: Mapping[str, Any], nip: str, year: int | None, language: str) -> Told:
    wanted = year or day_in_zone(ctx.clock(), ctx.office.zone).year
    with reading(ctx.store) as connection:
        scope = scope_of(connection, ctx.office.tenant, [f"learner:{person['learner_id']}"])
        inputs = inputs_for(ctx, connection, scope)
        jp = jp_of_learner(connection, ctx.office.tenant, person["learner_id"], wanted)
    explained = explain(inputs)
    return Told(
        person["name"],
        nip,
        person["office_name"],
        wanted,
        jp,
        tuple(_verdict(item, language) for item in explained.words if item.year in (None, wanted)),
        _steps(explained),
    )


def _verdict(item: Words, language: str) -> ToldStep:
    sentence, step = item.indonesian, item.next_step
    if language == ENGLISH:
        sentence, step = item.english, item.next_step_english
    return ToldStep(item.code, f"{sentence} {step}".strip())


def _steps(explained: Explanation) -> tuple[ToldStep, ...]:
    return tuple(
        ToldStep(
            view.name,
            view.comment,
            view.columns,
            tuple(tuple(_cell(value) for value in row) for row in view.rows[:SHOWN_ROWS]),
        )
        for view in explained.steps
    )


def _cell(value: Any) -> str:
    """Keys hold U+001F between their parts; people see a middle dot."""
    return "" if value is None else str(value).replace("\x1f", " · ")
