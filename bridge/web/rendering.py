"""The Jinja environment: escaping always on, undefined names are errors."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from bridge.reports import shown, words
from bridge.reports.credits import NetCredit
from bridge.reports.formats import bar
from bridge.reports.ledger_entries import EntryRow

CONSOLE_CSS = (files("bridge.web") / "static" / "console.css").read_text()
LEARNER_CSS = (files("bridge.web") / "static" / "learner.css").read_text()


@pass_context
def _jp(context: Context, hundredths: int) -> str:
    return shown.jp_shown(hundredths, context["visit"].language)


@pass_context
def _count(context: Context, count: int) -> str:
    return shown.count_shown(count, context["visit"].language)


@pass_context
def _percent(context: Context, basis_points: int | None) -> str:
    return shown.percent_shown(basis_points, context["visit"].language)


@pass_context
def _day(context: Context, day: date | None) -> str:
    return shown.day_shown(day, context["visit"].language)


@pass_context
def _days(context: Context, start: date, end: date) -> str:
    return shown.days_shown(start, end, context["visit"].language)


@pass_context
def _instant(context: Context, moment: datetime | None) -> str:
    return shown.instant_shown(moment, context["visit"].reading)


@pass_context
def _form(context: Context, code: int) -> str:
    return words.form_name(code, context["visit"].language)


@pass_context
def _why(context: Context, row: NetCredit | EntryRow) -> str:
    return words.why(row.reason, row.form, context["visit"].language)


@pass_context
def _word(context: Context, code: str) -> str:
    return words.word(code, context["visit"].language)


@cache
def environment() -> Environment:
    made = Environment(
        loader=PackageLoader("bridge.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "jp": _jp,
        "count_of": _count,
        "percent": _percent,
        "day": _day,
        "instant": _instant,
        "form_name": _form,
        "why": _why,
        "word": _word,
    }
    made.globals |= {"days": _days, "bar": bar, "learner_css": Markup(LEARNER_CSS)}  # noqa: S704  our own file
    return made
