"""Who learns: the person, the employment, and the identifiers by which systems know the person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Employment(StrEnum):
    PNS = "PNS"  # permanent: at least 20 JP a year (PP 11/2017 jo. PP 17/2020, article 203(4))
    PPPK = "PPPK"  # contract: at most 24 JP a contract year (PP 49/2018)


class Post(StrEnum):
    STRUCTURAL = "struktural"
    FUNCTIONAL = "fungsional"
    PELAKSANA = "pelaksana"


class Scheme(StrEnum):
    """What kind of identifier a value is. An account of one LMS is `account` with the source's name."""

    NIP = "nip"
    NIK = "nik"
    EMAIL = "email"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A value by which some system knows a person. `source` is empty for national schemes.

    A NIP is an attribute with validity dates, not the person: a PPPK number changes with a contract.
    """

    scheme: Scheme
    value: str
    source: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Learner:
    """A row of the roster. `person_key` is the person's own key; it outlives every NIP."""

    person_key: str
    name: str
    employment: Employment
    post: Post
    office_code: str
    office_name: str
    identifiers: tuple[Identifier, ...]
    email: str = ""
