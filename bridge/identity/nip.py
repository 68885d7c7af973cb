"""Reading a NIP: what stands in a cell becomes an 18-digit number or a named problem, never a guess.

The forms (domain.md, Identity):

- PNS, 18 digits: birth date YYYYMMDD, first appointment YYYYMM, sex 1 or 2, sequence 3.
- NI PPPK, 18 digits: birth date, appointment year, contract code (2, above 12), sex, sequence 3.

There is no check digit. The birth date, the month or contract code and the sex digit are all that can be
checked, so a number that passes is well-formed, not proven.
"""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bridge.domain.learner import Identifier, Scheme

NIP_TRUNCATED = "NIP-TRUNCATED"
NIP_INVALID = "NIP-INVALID"
NIP_MISSING = "NIP-MISSING"
NIP_CONFLICT = "NIP-CONFLICT"

Cell = str | int | float | None

LENGTH = 18
EXACT_FLOAT = 2**53  # from here on an IEEE 754 double no longer holds every integer
INTERNAL_NUMBER = (
    7  # up to so many digits it is an internal number (time clocks count six), not a try at a NIP
)

_PLAIN = re.compile(r"[0-9]{18}\Z", re.ASCII)
_SCIENTIFIC = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}\Z", re.ASCII)
_DECIMAL_TAIL = re.compile(r"([0-9]{18})[.,]0+\Z", re.ASCII)
_FORMULA_TEXT = re.compile(r"""=\s*"([^"]*)"\Z""")
_PREFIX = re.compile(
    r"(?:ni\W{0,2}pppk|n\W{0,2}i\W{0,2}p(?:\W{0,2}(?:pppk|baru|pns))?)[\s.:=]*", re.IGNORECASE
)
_SEPARATORS = re.compile(r"[\s.,\-\u2010-\u2015_/'’‘`´:;|()\"“”*]+")
_LOOKALIKES = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "i": "1"})
_DIGITS_AND_LOOKALIKES = re.compile(r"[0-9OolIi]+\Z", re.ASCII)
_GROUPED_DIGITS = re.compile(r"[0-9](?:[ .\-]?[0-9])*", re.ASCII)

# A problem further left says more about what the person has to do.
_TELLING = (NIP_CONFLICT, NIP_TRUNCATED, NIP_INVALID, NIP_MISSING)


@dataclass(frozen=True, slots=True)
class NipReading:
    """`value` is 18 digits or None; `problem` None or a finding code, exactly one of the two is set.

    `repaired` names what was mended on the way (`spaces`, `separators`, `invisible`, `apostrophe`,
    `formula-text`, `prefix`, `html`, `letters`, `digits`, `surroundings`), in the order of mending.
    `why` is a stable word for the reason of a problem (`scientific`, `float`, `zero-sequence`, `length`,
    `old-nip`, `nik`, `birth-date`, `appointment`, `sex`, `formula`, `text`, `placeholder`, `blank`,
    `internal-number`, `several`).
    """

    value: str | None
    problem: str | None
    repaired: tuple[str, ...] = ()
    why: str = ""


def _problem(code: str, why: str, repaired: Iterable[str] = ()) -> NipReading:
    return NipReading(None, code, tuple(repaired), why)


def read_nip(cell: Cell) -> NipReading:
    """What the cell says about a NIP. Pure; never raises; lost digits are never invented.

    Floats from 2^53 on have lost their last digits (18-digit floats are multiples of 16 or 32), whatever
    digits they show: NIP-TRUNCATED.
    """
    if cell is None or isinstance(cell, bool):
        return _problem(NIP_MISSING, "blank")
    if isinstance(cell, float):
        return _read_float(cell)
    if isinstance(cell, int):
        return _judge(str(cell), []) if cell > 0 else _problem(NIP_MISSING, "placeholder")
    if _PLAIN.match(cell):
        return _judge(cell, [])
    return _read_text(cell)


def _read_float(cell: float) -> NipReading:
    if not math.isfinite(cell) or cell <= 0:
        return _problem(NIP_MISSING, "placeholder")
    if cell >= EXACT_FLOAT:
        if 1e17 <= cell < 1e18:
            return _problem(NIP_TRUNCATED, "float")
        return _judge(f"{cell:.0f}", [])
    if not cell.is_integer():
        return _problem(NIP_INVALID, "text")
    return _judge(str(int(cell)), [])


def _read_text(cell: str) -> NipReading:
    repaired: list[str] = []
    text = _without_wrapping(cell, repaired)
    if not text:
        return _problem(NIP_MISSING, "blank", repaired)
    if text.startswith("="):
        return _problem(NIP_INVALID, "formula", repaired)
    bare = _PREFIX.sub("", text, count=1) if _PREFIX.match(text) else text
    if bare != text:
        repaired.append("prefix")
    if _SCIENTIFIC.match(bare):
        # Even a mantissa of 18 digits came through a float somewhere: its last digits are not trustworthy.
        return _problem(NIP_TRUNCATED, "scientific", repaired)
    if _DECIMAL_TAIL.match(bare):
        return _problem(NIP_TRUNCATED, "float", repaired)
    compact = _SEPARATORS.sub("", bare)
    if compact.isascii() and compact.isdigit():
        if compact != bare:
            _note(repaired, "spaces" if re.sub(r"\s+", "", bare) == compact else "separators", bare, compact)
        return _judge(compact, repaired)
    if _DIGITS_AND_LOOKALIKES.match(compact) and _meant_as_digits(compact):
        if _SEPARATORS.search(bare):
            repaired.append("separators")
        return _judge(compact.translate(_LOOKALIKES), [*repaired, "letters"])
    return _read_amid_words(bare, repaired)


def _meant_as_digits(text: str) -> bool:
    """Of digits and letters that look like some: half are digits, or it becomes a well-formed NIP. A number full
    of ones may have more letters than digits (`l993llll20ll0ll00l`)."""
    digits = sum(c.isdigit() for c in text)
    if digits >= len(text) // 2:
        return True
    return digits > 0 and len(text) == LENGTH and _malformed(text.translate(_LOOKALIKES)) is None


def _without_wrapping(cell: str, repaired: list[str]) -> str:
    """The text without HTML entities, invisible characters, `="…"` and a leading apostrophe."""
    text = cell
    if "&" in text:
        text = _note(repaired, "html", text, html.unescape(text))
    if not text.isascii():
        visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
        text = _note(repaired, "invisible", text, visible)
        text = _note(repaired, "spaces", text, "".join(" " if c.isspace() else c for c in text))
        text = _note(repaired, "digits", text, "".join(_ascii_digit(c) for c in text))
    text = _note(repaired, "spaces", text, text.strip())
    if (formula := _FORMULA_TEXT.match(text)) is not None:
        text = _note(repaired, "formula-text", text, formula.group(1).strip())
    return _note(repaired, "apostrophe", text, text.lstrip("'’‘`´").strip())


def _note(repaired: list[str], what: str, before: str, after: str) -> str:
    if after != before and what not in repaired:
        repaired.append(what)
    return after


def _ascii_digit(character: str) -> str:
    """Full-width and other scripts' decimal digits as ASCII; superscripts are no decimals and stay."""
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _read_amid_words(text: str, repaired: list[str]) -> NipReading:
    groups = [re.sub(r"[ .\-]", "", group) for group in _GROUPED_DIGITS.findall(text)]
    valid = {group for group in groups if len(group) == LENGTH and _judge(group, []).value}
    if len(valid) > 1:
        return _problem(NIP_CONFLICT, "several", repaired)
    if valid:
        return _judge(valid.pop(), [*repaired, "surroundings"])
    longest = max((len(group) for group in groups), default=0)
    if longest == 0:
        return _problem(
            NIP_MISSING, "placeholder" if not any(c.isalnum() for c in text) else "text", repaired
        )
    if longest <= INTERNAL_NUMBER:
        return _problem(NIP_MISSING, "internal-number", repaired)
    return _problem(NIP_INVALID, "text", repaired)


def _judge(digits: str, repaired: list[str]) -> NipReading:
    """Digits only, any number of them."""
    if len(set(digits)) == 1:
        return _problem(NIP_MISSING, "placeholder", repaired)
    if len(digits) <= INTERNAL_NUMBER:
        return _problem(NIP_MISSING, "internal-number", repaired)
    if len(digits) != LENGTH:
        return _problem(NIP_INVALID, {9: "old-nip", 16: "nik"}.get(len(digits), "length"), repaired)
    if (why := _malformed(digits)) is not None:
        return _problem(NIP_INVALID, why, repaired)
    if digits.endswith("000"):
        # Sequences count from 001; three zeros are what a numeric cell leaves of them.
        return _problem(NIP_TRUNCATED, "zero-sequence", repaired)
    return NipReading(digits, None, tuple(repaired))


def _malformed(digits: str) -> str | None:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return "birth-date"
    if born.year < 1900:
        return "birth-date"
    # Positions 13-14: the month of appointment (01-12), or above 12 the contract code of a PPPK.
    if int(digits[8:12]) <= born.year or digits[12:14] == "00":
        return "appointment"
    return None if digits[14] in "12" else "sex"


def is_pppk(nip: str) -> bool:
    """Whether an 18-digit number is of the PPPK form: positions 13-14 above 12."""
    return len(nip) == LENGTH and nip.isdigit() and int(nip[12:14]) > 12


def birth_date(nip: str) -> date:
    """The birth date in a well-formed NIP. Raises ValueError on anything else."""
    reading = read_nip(nip)
    if reading.value is None:
        raise ValueError(f"not a NIP: {reading.problem}")
    return date(int(reading.value[:4]), int(reading.value[4:6]), int(reading.value[6:8]))


def read_identity(identifiers: tuple[Identifier, ...]) -> NipReading:
    """The NIP of somebody of whom several identifiers are known (LMS username, idnumber, custom field).

    One valid NIP among them is it; two different ones are NIP-CONFLICT; without any, the most telling
    problem. An account name that merely contains letters and digits (`rizky.955`) is no try at a NIP.
    """
    found: dict[str, NipReading] = {}
    problems: list[NipReading] = []
    for identifier in identifiers:
        if identifier.scheme not in (Scheme.NIP, Scheme.ACCOUNT):
            continue
        reading = read_nip(identifier.value)
        if reading.value is not None:
            found.setdefault(reading.value, reading)
        elif identifier.scheme is Scheme.ACCOUNT and reading.why in ("text", "formula"):
            problems.append(_problem(NIP_MISSING, "text"))
        else:
            problems.append(reading)
    if len(found) > 1:
        return _problem(NIP_CONFLICT, "several")
    if found:
        return next(iter(found.values()))
    if not problems:
        return _problem(NIP_MISSING, "blank")
    return min(problems, key=lambda reading: _TELLING.index(reading.problem or NIP_MISSING))
