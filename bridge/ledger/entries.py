"""From the engine's difference to ledger entries, and the bytes of an entry that its leaf hash covers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any

import orjson

from bridge.domain.credit import EntryKind, LedgerEntry
from bridge.domain.keys import entry_key
from bridge.ledger.merkle import leaf_hash


def entries_from_difference(
    rows: Iterable[Mapping[str, Any]],
    person_keys: Mapping[int, str],
    recorded_at: datetime,
    run_id: str,
) -> list[LedgerEntry]:
    """Ledger entries in the order of their keys, one a row of the engine's `difference`.

    `person_keys` by learner id; a row whose person differs from the roster's raises ValueError, for the key
    of an entry must name the person for good. `recorded_at` is an aware UTC instant; `run_id` names the run
    in errors (the store writes it beside the entry).
    """
    if recorded_at.tzinfo is None:
        raise ValueError("recorded_at needs a time zone")
    entries = [_entry(row, person_keys, recorded_at, run_id) for row in rows]
    entries.sort(key=lambda entry: entry.entry_key)
    for one, other in pairwise(entries):
        if one.entry_key == other.entry_key:
            raise ValueError(f"run {run_id}: two differences for {one.entry_key!r}")
    return entries


_KINDS = {kind.value: kind for kind in EntryKind}


def _entry(
    row: Mapping[str, Any], person_keys: Mapping[int, str], recorded_at: datetime, run_id: str
) -> LedgerEntry:
    learner = int(row["learner_id"])
    person = person_keys[learner]
    if row["person_key"] != person:
        raise ValueError(f"run {run_id}: learner {learner} is {person!r}, not {row['person_key']!r}")
    if row["jp"] == 0:
        raise ValueError(f"run {run_id}: a difference of 0 JP is no entry ({row['activity_key']!r})")
    kind = _KINDS[row["kind"]]
    return LedgerEntry(
        entry_key=entry_key(
            person, row["activity_key"], row["rule_version"], row["year"], kind, row["ordinal"]
        ),
        learner_id=learner,
        person_key=person,
        activity_key=row["activity_key"],
        year=row["year"],
        rule_version=row["rule_version"],
        kind=kind,
        ordinal=row["ordinal"],
        form=row["form"],
        jp=row["jp"],
        title=row["title"],
        organiser=row["organiser"],
        started_on=row["started_on"],
        ended_on=row["ended_on"],
        reason=row["reason"],
        evidence=tuple(row["evidence"] or ()),
        recorded_at=recorded_at,
    )


def canonical_bytes(entry: LedgerEntry) -> bytes:
    """What the leaf hash covers: UTF-8 JSON, keys sorted, no spaces, format `jpbridge-entry-1`.

    `learner_id` is left out: it numbers a row of one store, while `person_key` names the person for good.
    Dates are ISO 8601, `recorded_at` UTC with microseconds and `Z`, so any language can rebuild the bytes.
    """
    return orjson.dumps(
        {
            "format": "jpbridge-entry-1",
            "activity_key": entry.activity_key,
            "ended_on": entry.ended_on,
            "entry_key": entry.entry_key,
            "evidence": sorted(entry.evidence),
            "form": entry.form,
            "jp_hundredths": entry.jp,
            "kind": entry.kind,
            "ordinal": entry.ordinal,
            "organiser": entry.organiser,
            "person_key": entry.person_key,
            "reason": entry.reason,
            "recorded_at": _instant(entry.recorded_at),
            "rule_version": entry.rule_version,
            "started_on": entry.started_on,
            "title": entry.title,
            "year": entry.year,
        },
        option=orjson.OPT_SORT_KEYS,
    )


@lru_cache(maxsize=1)  # one run's entries are all of one moment
def _instant(moment: datetime) -> str:
    """RFC 3339 in UTC with six decimals, also where the microseconds are zero."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("recorded_at needs a time zone")
    return (moment.replace(tzinfo=None) - offset).isoformat(timespec="microseconds") + "Z"


def entry_leaf_hash(entry: LedgerEntry) -> bytes:
    """The leaf of this entry in the Merkle log (32 bytes)."""
    return leaf_hash(canonical_bytes(entry))
