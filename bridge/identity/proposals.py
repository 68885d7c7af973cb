"""Who unidentified evidence may belong to: ranked proposals, each with its grounds. Never a match by itself.

A name ranks and never decides (domain.md, Identity). Grounds add up; none of them alone reaches certainty, so a
person always links. The weights are assumptions, ordered by what the ground can be worth: a number that
differs in one digit is rare by chance, a birth date is shared by a few in an office, an office by thousands.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rapidfuzz.distance import JaroWinkler

from bridge.identity.names import name_tokens

LENGTH = 18
LEAST_NAME = 0.82
"""Jaro-Winkler of the joined words; below it two names of one clan look alike."""
SHOWN = 5


class Ground(StrEnum):
    """Why somebody is proposed."""

    NIP_THEIRS = "nip-theirs"  # the number written is theirs, if not on the evidence's day
    NIP_ONE_DIGIT = "nip-one-digit"  # the number written differs from theirs in one digit
    NIP_SWAPPED = "nip-swapped"  # two neighbouring digits stand the wrong way round
    NIP_BEGINNING = "nip-beginning"  # what a numeric cell left of the number is the beginning of theirs
    BIRTH_DATE = "birth-date"  # the birth date inside the number written is theirs
    NIK = "nik"  # the NIK written is theirs
    EMAIL = "email"
    NAME = "name"  # the same words without titles
    NAME_LIKE = "name-like"  # nearly the same words
    OFFICE = "office"


WEIGHTS = {
    Ground.NIK: 60,
    Ground.NIP_THEIRS: 40,
    Ground.NIP_ONE_DIGIT: 50,
    Ground.NIP_SWAPPED: 50,
    Ground.NIP_BEGINNING: 35,
    Ground.BIRTH_DATE: 20,
    Ground.EMAIL: 45,
    Ground.NAME: 35,
    Ground.NAME_LIKE: 20,
    Ground.OFFICE: 10,
}
LEAST_SCORE = 20
"""An office alone proposes nobody."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What evidence says about its person: the number as written, a name, an office, e-mail addresses."""

    nip_written: str = ""
    name: str = ""
    office: str = ""
    emails: tuple[str, ...] = ()
    nik: str = ""

    @property
    def digits(self) -> str:
        """The number's digits; of `1.98507E+17` the significant ones that were left."""
        text = self.nip_written.strip()
        scientific = re.fullmatch(r"([0-9]+)[.,]?([0-9]*)[eE]\+?[0-9]+", text)
        digits = "".join(scientific.groups()) if scientific else re.sub(r"[^0-9]", "", text)
        return digits.rstrip("0") if scientific else digits


@dataclass(frozen=True, slots=True)
class Person:
    """A learner of the roster, as far as proposals look."""

    learner_id: int
    name: str
    nips: tuple[str, ...]
    office_code: str = ""
    office_name: str = ""
    email: str = ""
    niks: tuple[str, ...] = ()
    other_emails: tuple[str, ...] = ()

    @property
    def emails(self) -> tuple[str, ...]:
        """Every address of theirs, the roster's first."""
        return tuple(one for one in (self.email, *self.other_emails) if one.strip())


@dataclass(frozen=True, slots=True)
class Proposal:
    """`score` up to 100; `grounds` the heaviest first, each with the roster's value that it rests on."""

    person: Person
    score: int
    grounds: tuple[tuple[Ground, str], ...]


@dataclass(slots=True)
class Roster:
    """People found fast by what a trace may say of them."""

    by_nip: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    by_birth: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    by_email: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    by_nik: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    by_word: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, people: Iterable[Person]) -> Roster:
        roster = cls()
        for person in people:
            for nip in person.nips:
                roster.by_nip[nip].append(person)
                roster.by_birth[nip[:8]].append(person)
            for nik in person.niks:
                roster.by_nik[nik].append(person)
            for address in person.emails:
                roster.by_email[address.strip().lower()].append(person)
            for word in name_tokens(person.name):
                roster.by_word[word[:4]].append(person)
        return roster

    def near(self, trace: Trace) -> list[Person]:
        """Everybody for whom any ground can hold."""
        found: dict[int, Person] = {}
        digits = trace.digits
        groups: list[Sequence[Person]] = [self.by_nip.get(nip, ()) for nip in {digits, *neighbours(digits)}]
        groups.append(self.by_birth.get(digits[:8], ()) if len(digits) >= 8 else ())
        if 4 <= len(digits) < 8:  # a truncated number may have lost part of the birth date too
            groups += [people for birth, people in self.by_birth.items() if birth.startswith(digits)]
        groups += [self.by_email.get(address.strip().lower(), ()) for address in trace.emails]
        groups.append(self.by_nik.get(trace.nik, ()))
        groups += [self.by_word.get(word[:4], ()) for word in name_tokens(trace.name)]
        for group in groups:
            found |= {person.learner_id: person for person in group}
        return list(found.values())


def neighbours(digits: str) -> set[str]:
    """Numbers of 18 digits that one wrong digit, or two swapped neighbours, make of this one."""
    if len(digits) != LENGTH:
        return set()
    made = {digits[:place] + other + digits[place + 1 :] for place in range(LENGTH) for other in "0123456789"}
    made |= {_swapped(digits, place) for place in range(LENGTH - 1)}
    return made - {digits}


def _swapped(digits: str, place: int) -> str:
    return digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]


def propose(trace: Trace, roster: Roster, *, limit: int = SHOWN) -> list[Proposal]:
    """The best proposals, the strongest first; empty where nothing speaks for anybody."""
    told = [proposal for person in roster.near(trace) if (proposal := weigh(trace, person)) is not None]
    told.sort(key=lambda one: (-one.score, one.person.name, one.person.learner_id))
    return told[:limit]


def weigh(trace: Trace, person: Person) -> Proposal | None:
    """All grounds for one person; None where they do not reach LEAST_SCORE."""
    grounds = [*_number_grounds(trace.digits, person), *_name_grounds(trace.name, person)]
    if trace.nik and trace.nik in person.niks:
        grounds.append((Ground.NIK, trace.nik))
    addresses = {address.strip().lower() for address in trace.emails if address.strip()}
    if theirs := next((one for one in person.emails if one.strip().lower() in addresses), ""):
        grounds.append((Ground.EMAIL, theirs))
    if trace.office and _same_office(trace.office, person):
        grounds.append((Ground.OFFICE, person.office_name or person.office_code))
    score = min(100, sum(WEIGHTS[ground] for ground, _ in grounds))
    if score < LEAST_SCORE:
        return None
    grounds.sort(key=lambda told: -WEIGHTS[told[0]])
    return Proposal(person, score, tuple(grounds))


def _number_grounds(digits: str, person: Person) -> list[tuple[Ground, str]]:
    """At most one ground about the whole number, and the birth date beside it where it says more. Evidence with
    somebody's own number asks for an owner only where the number did not hold on its day (a PPPK's changes), two
    held it, or the name speaks against it; so it weighs less than a slip of the pen."""
    if digits in person.nips:
        return [(Ground.NIP_THEIRS, digits)]
    for nip in person.nips:
        if len(digits) == LENGTH and digits != nip:
            wrong = [place for place in range(LENGTH) if digits[place] != nip[place]]
            if len(wrong) == 1:
                return [(Ground.NIP_ONE_DIGIT, nip)]
            if len(wrong) == 2 and wrong[1] == wrong[0] + 1 and _swapped(digits, wrong[0]) == nip:
                return [(Ground.NIP_SWAPPED, nip)]
    for nip in person.nips:
        kept = digits[:15] if len(digits) >= 15 else digits
        if len(kept) >= 6 and nip.startswith(kept) and nip != digits:
            # a full birth date among the digits that are left says it all the stronger
            birth = [(Ground.BIRTH_DATE, nip[:8])] if len(kept) >= 8 else []
            return [(Ground.NIP_BEGINNING, nip), *birth]
    if len(digits) >= 8:
        return [(Ground.BIRTH_DATE, nip[:8]) for nip in person.nips if nip[:8] == digits[:8]][:1]
    return []


def _name_grounds(name: str, person: Person) -> list[tuple[Ground, str]]:
    mine, theirs = sorted(name_tokens(name)), sorted(name_tokens(person.name))
    if not mine or not theirs:
        return []
    if mine == theirs:
        return [(Ground.NAME, person.name)]
    like = JaroWinkler.similarity(" ".join(mine), " ".join(theirs))
    part = set(mine) <= set(theirs) or set(theirs) <= set(mine)
    return [(Ground.NAME_LIKE, person.name)] if like >= LEAST_NAME or part else []


def _same_office(office: str, person: Person) -> bool:
    plain = re.sub(r"[^a-z0-9]+", " ", office.lower()).strip()
    names = (person.office_name, person.office_code)
    return plain in {re.sub(r"[^a-z0-9]+", " ", name.lower()).strip() for name in names if name}
