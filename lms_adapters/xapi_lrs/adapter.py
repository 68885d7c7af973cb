"""Any record store as a source: course completions out of its statements, by the time of storing.

A pull reads only the verbs of the rules, oldest first, from where the last one ended less some days of
overlap; what comes twice is the same completion. Now and then, and wherever `since` can't be trusted, a sweep
reads all of them, which shows what was voided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from lms_adapters.http import Http
from lms_adapters.settings import LINK_SETTINGS, link_policy, needed_secret
from lms_adapters.spec import (
    Adapter,
    AdapterSpec,
    CheckStep,
    Page,
    SourceConfig,
    SweepEnd,
)
from lms_adapters.spec import Since as SinceFact
from lms_adapters.xapi_lrs.check import steps
from lms_adapters.xapi_lrs.far import FarRecords
from lms_adapters.xapi_lrs.map import moment
from lms_adapters.xapi_lrs.probe import Since, probe_since, written
from lms_adapters.xapi_lrs.reader import Reader
from lms_adapters.xapi_lrs.reading import Reading
from lms_adapters.xapi_lrs.rules import VOIDED
from lms_adapters.xapi_lrs.settings import COMMON_HELP, FAR_HELP, LrsSettings

END = "pull"  # the stream of what is known of the source as a whole; each verb is a stream of its own
_IDENTIFIERS = ("account", "mbox", "mbox_sha1sum", "openid")

SPEC = AdapterSpec(
    kind="xapi_lrs",
    title="Learning Record Store (xAPI 1.0.3, 2.0)",
    since=SinceFact.STORED_TIME,
    sweep=True,
    person_identifiers=_IDENTIFIERS,
    settings={
        **COMMON_HELP,
        **FAR_HELP,
        **LINK_SETTINGS,
    },
    secrets={"key": "Kunci Basic LRS, hak baca saja.", "secret": "Rahasia dari kunci itu."},
    freezes_time=True,  # passing again is the same pass: its first time stands
    counted=False,  # no store tells how many statements there are
)
OWN_SPEC = AdapterSpec(
    kind="own_lrs",
    title="Pernyataan yang dikirim sistem lain ke LRS JP Bridge",
    since=SinceFact.STORED_TIME,
    sweep=True,
    person_identifiers=_IDENTIFIERS,
    settings=dict(COMMON_HELP),
    freezes_time=True,  # passing again is the same pass: its first time stands
    counted=False,  # no store tells how many statements there are
    needs_address=False,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How this pull reads. `sweep`: all, without `since`."""

    sweep: bool
    since: Since


class LrsAdapter:
    """Implements lms_adapters.spec.Adapter over any Reader."""

    def __init__(self, spec: AdapterSpec, name: str, reader: Reader, settings: LrsSettings) -> None:
        self.spec = spec
        self._name = name
        self._reader = reader
        self._settings = settings

    def close(self) -> None:
        self._reader.close()

    def check(self) -> Iterator[CheckStep]:
        return steps(self._reader, self._settings)

    def pull(self, cursors: Mapping[str, Mapping[str, Any]], *, full: bool) -> Iterator[Page | SweepEnd]:
        known = cursors.get(END, {})
        plan = self._plan(known, full=full)
        reading = Reading(
            self._name,
            self._reader,
            self._settings,
            sweep=plan.sweep,
            filtered=plan.since is not Since.FILTERS,
        )
        reading.voids_since = self._since(cursors.get(VOIDED, {}))
        kept_back: dict[str, Mapping[str, Any]] = {}
        for verb in self._settings.rules.verbs:
            before = cursors.get(verb, {})
            for page in reading.verb(verb, None if plan.sweep else self._since(before)):
                if verb in self._settings.rules.weighed_last:
                    kept_back[verb] = page.cursor or kept_back.get(verb, before)
                    yield replace(page, cursor=before)
                else:
                    yield page
        yield from reading.looked_at_again(known.get("waiting", ()))
        # Only now is told what these verbs come to: a pull that breaks before reads them again.
        for verb, place in kept_back.items():
            yield SweepEnd(verb, True, 0, cursor=place)
        yield self._end(reading, plan)

    def _plan(self, known: Mapping[str, Any], *, full: bool) -> Plan:
        """Only a trusted `since` allows reading what is new and nothing else."""
        since = self._since_fact(known)
        return Plan(full or since is not Since.STORED, since)

    def _since_fact(self, known: Mapping[str, Any]) -> Since:
        """Asked again at every pull until it is proven; then it is remembered."""
        if self.spec is OWN_SPEC or self._settings.since == "stored":
            return Since.STORED
        if self._settings.since == "sweep":
            return Since.EVENT
        if known.get("since") == Since.STORED:
            return Since.STORED
        return probe_since(self._reader, self._settings.rules.verbs)

    def _since(self, cursor: Mapping[str, Any]) -> str | None:
        through = moment(cursor.get("through", ""))
        return None if through is None else written(through - timedelta(days=self._settings.overlap_days))

    def _end(self, reading: Reading, plan: Plan) -> SweepEnd:
        why = "; ".join(reading.doubts)
        way = "all statements" if plan.sweep else "statements stored since the last pull"
        return SweepEnd(
            stream=END,
            complete=plan.sweep and not why,
            rows=reading.rows,
            why_incomplete=why,
            cursor={"since": plan.since.value, "waiting": sorted(reading.waiting)},
            way=f"{way} (since: {plan.since.value})",
        )


def make(config: SourceConfig) -> Adapter:
    """A far store. Raises RefuseInput on a setting that can't be used, StopSource on an address."""
    rule = link_policy(config.settings, config.name)
    key = needed_secret(config.secrets, "key", config.name)
    password = needed_secret(config.secrets, "secret", config.name)
    http = Http(config.name, config.address, policy=rule, secrets=(key, password))
    reader = FarRecords(http, key, password)
    return LrsAdapter(SPEC, config.name, reader, LrsSettings.read(config))


def make_own(config: SourceConfig, reader: Reader) -> Adapter:
    """The store in this process, by the reader that the bootstrap hands over."""
    return LrsAdapter(OWN_SPEC, config.name, reader, LrsSettings.read(config))
