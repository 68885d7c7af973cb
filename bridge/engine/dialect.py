"""The few places where engines spell SQL differently. Steps are Jinja templates over one of these tables.

Everything else in the steps is the subset that DuckDB and Spark read alike: no QUALIFY,
no ARG_MIN, no JSON operators, and no aggregate named like an input column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import takewhile

from jinja2 import Environment, StrictUndefined

Phrase = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Step:
    """One relation: `sql` is a SELECT, `comment` says what a row of it is, `temporary` that it is a view."""

    name: str
    comment: str
    sql: str
    view: bool


def _duckdb() -> Mapping[str, Phrase]:
    return {
        "int_div": lambda a, b: f"(({a}) // ({b}))",
        "sorted_list": lambda x: f"list_sort(list({x}))",
        "one_item": lambda x: f"[{x}]",
        # of a sorted list of years those that lie at least `wait` after the last one taken
        "spaced": lambda years, wait: (
            f"list_reduce(list_transform({years}, lambda y: [CAST(y AS BIGINT)]), lambda kept, y: "
            f"CASE WHEN y[1] >= kept[-1] + {wait} THEN list_concat(kept, y) ELSE kept END)"
        ),
        "joined": lambda x: f"array_to_string({x}, ',')",
        # how many numbers of a text like `5,40` are above a limit
        "above": lambda text, limit: (
            f"CAST(len(list_filter(string_split({text}, ','), lambda n: CAST(n AS INT) > {limit})) AS INT)"
        ),
        "largest": lambda text: (
            f"list_max(list_transform(string_split({text}, ','), lambda n: CAST(n AS INT)))"
        ),
        "replace_all": lambda text, pattern, new: f"regexp_replace({text}, '{pattern}', '{new}', 'g')",
        "extract": lambda text, pattern, group: f"regexp_extract({text}, '{pattern}', {group})",
        "matches": lambda text, pattern: f"regexp_full_match({text}, '{pattern}')",
        "group_ref": lambda number: f"\\{number}",
        "before": lambda text, mark: f"split_part({text}, '{mark}', 1)",
        "days": lambda first, last: f"(({last}) - ({first}) + 1)",
        "day_numbered": lambda number: f"(DATE '1970-01-01' + CAST({number} AS INT))",
        "local_day": lambda moment, minutes: (
            f"CAST({moment} + to_minutes(CAST({minutes} AS BIGINT)) AS DATE)"
        ),
        "explode_words": lambda text: f"unnest(string_split({text}, ' '))",
        "json": lambda **fields: (
            "CAST(to_json({"
            + ", ".join(f"'{key}': {_text(x)}" for key, x in fields.items())
            + "}) AS VARCHAR)"
        ),
    }


def _spark() -> Mapping[str, Phrase]:
    return {
        "int_div": lambda a, b: f"(({a}) div ({b}))",
        "sorted_list": lambda x: f"sort_array(collect_list({x}))",
        "one_item": lambda x: f"array({x})",
        "spaced": lambda years, wait: (
            f"aggregate(slice({years}, 2, size({years})), array(CAST(element_at({years}, 1) AS BIGINT)), "
            f"(kept, y) -> CASE WHEN y >= element_at(kept, -1) + {wait} "
            "THEN concat(kept, array(CAST(y AS BIGINT))) ELSE kept END)"
        ),
        "joined": lambda x: f"array_join({x}, ',')",
        "above": lambda text, limit: f"size(filter(split({text}, ','), n -> CAST(n AS INT) > {limit}))",
        "largest": lambda text: f"array_max(transform(split({text}, ','), n -> CAST(n AS INT)))",
        "replace_all": lambda text, pattern, new: f"regexp_replace({text}, r'{pattern}', r'{new}')",
        "extract": lambda text, pattern, group: f"regexp_extract({text}, r'{pattern}', {group})",
        "matches": lambda text, pattern: f"{text} RLIKE r'^({pattern})$'",
        "group_ref": lambda number: f"${number}",
        "before": lambda text, mark: f"substring_index({text}, '{mark}', 1)",
        "days": lambda first, last: f"(datediff({last}, {first}) + 1)",
        "day_numbered": lambda number: f"date_add(DATE '1970-01-01', CAST({number} AS INT))",
        "local_day": lambda moment, minutes: (
            f"CAST({moment} + make_dt_interval(0, 0, CAST({minutes} AS INT), 0) AS DATE)"
        ),
        "explode_words": lambda text: f"explode(split({text}, ' '))",
        "json": lambda **fields: (
            "to_json(named_struct(" + ", ".join(f"'{key}', {_text(x)}" for key, x in fields.items()) + "))"
        ),
    }


def _text(expression: str) -> str:
    return f"coalesce(CAST({expression} AS STRING), '')"


DIALECTS: Mapping[str, Callable[[], Mapping[str, Phrase]]] = {"duckdb": _duckdb, "spark": _spark}


@cache
def steps(dialect: str = "duckdb") -> tuple[Step, ...]:
    """All steps in order, rendered for the dialect."""
    folder = files("bridge.engine") / "steps"
    environment = Environment(
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 -- SQL from our own files; no value of a user enters a template
        trim_blocks=True,
        lstrip_blocks=True,
    )
    phrases = dict(DIALECTS[dialect]())
    shared = environment.from_string((folder / "shared.jinja").read_text(encoding="utf-8"), globals=phrases)
    macros = {name: macro for name, macro in vars(shared.module).items() if not name.startswith("_")}
    found = []
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not path.name.endswith(".sql"):
            continue
        text = path.read_text(encoding="utf-8")
        sql = environment.from_string(text, globals=phrases | macros).render()
        found.append(_step(path.name, text, sql))
    return tuple(found)


@cache
def steps_for(wanted: frozenset[str], dialect: str = "duckdb") -> tuple[Step, ...]:
    """Those of the steps, in order, that the relations named in `wanted` are made of, and these themselves."""
    named, needed = set(wanted), []
    for step in reversed(steps(dialect)):
        if step.name in named:
            needed.append(step)
            named.update(re.findall(r"\w+", step.sql))
    return tuple(reversed(needed))


def _step(file_name: str, text: str, sql: str) -> Step:
    """`-- view` on the first line keeps a relation unmaterialised; the comment above the SQL is its words."""
    above = takewhile(lambda line: line.startswith("--"), text.splitlines())
    head = [line[2:].strip() for line in above]
    view = head[0] == "view"
    comment = " ".join(head[1:] if view else head)
    body = "\n".join(line for line in sql.splitlines() if not line.startswith("--")).strip()
    return Step(file_name[4:-4], comment, body, view)
