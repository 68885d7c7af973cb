"""The catalogue of findings: code, severity, whether it holds the credit back, a sentence, the next step.

Sentences are Indonesian and the gettext message ids; `locale/en/findings.po` holds the English
beside them. `{name}` places are filled from the finding's params. A code is never reused for another meaning.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.domain.finding import Severity


@dataclass(frozen=True, slots=True)
class FindingType:
    code: str
    severity: Severity
    holds_credit: bool
    sentence: str
    next_step: str


def _types(*rows: FindingType) -> dict[str, FindingType]:
    by_code: dict[str, FindingType] = {}
    for row in rows:
        if row.code in by_code:
            raise ValueError(f"finding code {row.code} is listed twice")
        by_code[row.code] = row
    return by_code


CATALOGUE: dict[str, FindingType] = _types()
