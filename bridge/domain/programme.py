"""The catalogue: which programme an external course or an offline event belongs to, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a programme. An online part names a source and its course; an offline part names the event
    by code or title. `jp` is hundredths, None where only the programme states JP."""

    mode: str  # online | offline
    source: str
    external_course: str
    title: str = ""
    jp: int | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """`form` is the SIASN code of domain.md's table; `jp` is hundredths, None where nobody stated it.

    A blended programme is credited min(sum of components, programme JP), each component only when complete,
    unless `partial`.
    """

    code: str
    title: str
    form: int
    jp: int | None
    scope: str = "national"  # national | international
    partial: bool = False
    organiser: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    components: tuple[Component, ...] = ()
