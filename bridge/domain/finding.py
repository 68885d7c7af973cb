"""A finding is a value: something that needs a person, with the numbers in it and the next step."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject` is the key of what it is about (evidence key, learner, source); (code, subject) is unique, so
    the same matter found again is the same finding. `params` fill the catalogue's sentences."""

    code: str
    subject: str
    learner_id: int | None = None
    params: dict[str, str] = field(default_factory=dict)
