"""Replaces what names a person by what names nobody, the same by the same, so that a recording stays usable.

The key is random and is thrown away with the object: nobody can go back. What has a meaning keeps it: a NIP
becomes another valid NIP of the same kind and in the same spelling, a name another name, an e-mail an e-mail.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress

import orjson

from bridge.domain.evidence import Completion
from bridge.domain.learner import Scheme

SECRET = "TOKEN"  # noqa: S105 - it is what stands where a secret stood
SECRET_KEY = re.compile(r"token|secret|passw|privateaccesskey|sesskey|api_?key|authorization", re.IGNORECASE)
NAME_KEYS = frozenset(
    {
        "fullname", "firstname", "lastname", "userfullname", "recipientfullname", "middlename", "alternatename",
        "full_name", "display_name", "sortable_name", "short_name", "learner_name", "firstnamephonetic",
        "lastnamephonetic", "login_id", "username", "displayname", "user_name",
    }
)  # fmt: skip
PRIVATE_KEYS = frozenset(
    {"phone", "phone1", "phone2", "address", "city", "lastip", "birth_year", "avatar_url", "profileimageurl",
     "profileimageurlsmall"}
)  # fmt: skip
AGENT_KEYS = frozenset({"account", "mbox", "mbox_sha1sum", "openid"})  # xAPI Part 2 2.4.2.3
# Where a page of Moodle names a user: `<a href=".../user/view.php?id=7&amp;course=2">Ani</a>`
USER_LINK = re.compile(r"user/(?:profile|view)\.php[^>]*>([^<]+)</a>")
COURSE_KEYS = frozenset({"shortname", "categoryname"})  # beside one of these, `fullname` is a course's
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# A NIP (18 digits), a NIK (16), and those that lost or gained a digit; never a date or an epoch second.
NUMBER = re.compile(r"(?<!\d)\d(?:[ .\u00a0]?\d){14,19}(?!\d)")
PHONE = re.compile(r"(?<![\w.])(?:\+62|08)\d[\d -]{7,12}\d(?!\w)")
WORD = re.compile(r"\w+")
SHORTEST_NAME = 3


class Pseudonyms:
    """`know` everything first, then `text` and `json`."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._made: dict[str, str] = {}
        self._taken: set[str] = set()
        self._by_first_word: dict[str, list[str]] = {}
        self._known: set[str] = set()

    def know_completions(self, completions: Iterable[Completion]) -> None:
        for one in completions:
            self.know_name(one.learner_name)
            for identifier in one.identifiers:
                if identifier.scheme is not Scheme.EMAIL:
                    self.know_name(identifier.value)

    def know_name(self, text: str) -> None:
        """A text that names a person wherever it stands."""
        text = text.strip()
        first = WORD.search(text)
        if len(text) < SHORTEST_NAME or first is None or text in self._known or self._is_pattern(text):
            return
        self._known.add(text)
        names = self._by_first_word.setdefault(first.group(), [])
        names.append(text)
        names.sort(key=len, reverse=True)

    def know_json(self, value: object) -> None:
        """Learns from the keys of a decoded JSON answer, also of JSON within its strings, and from links to users:
        not everybody in an answer has completed something."""
        if isinstance(value, list):
            for one in value:
                self.know_json(one)
        elif isinstance(value, dict):
            for name in self._persons_in(value):
                self.know_name(name)
            for one in value.values():
                self.know_json(one)
        elif isinstance(value, str):
            for found in USER_LINK.finditer(value):
                self.know_name(found.group(1))
            if value[:1] in ("{", "["):
                with suppress(orjson.JSONDecodeError):
                    self.know_json(orjson.loads(value))

    @staticmethod
    def _persons_in(value: Mapping[str, object]) -> list[str]:
        of_a_course = bool(COURSE_KEYS & value.keys())
        found = [one for key, one in value.items() if key.casefold() in NAME_KEYS and not of_a_course]
        found.append(value.get("user"))  # Open edX: enrollments
        if "username" in value:
            found.append(value.get("idnumber"))
        if AGENT_KEYS & value.keys():
            account = value.get("account")
            found += [value.get("name"), account.get("name") if isinstance(account, dict) else None]
        learner = value.get("learner")  # SCORM Cloud: registrations
        if isinstance(learner, dict):
            found.append(learner.get("id"))
        return [one for one in found if isinstance(one, str)]

    def json(self, value: object, key: str = "") -> object:
        """The value with every string in it replaced where it must be; JSON within a string too."""
        if isinstance(value, list):
            return [self.json(one, key) for one in value]
        if isinstance(value, dict):
            return {name: self.json(one, str(name)) for name, one in value.items()}
        if not isinstance(value, str):
            return value
        if SECRET_KEY.search(key):
            return SECRET if value else value
        if key.casefold() in PRIVATE_KEYS:
            return ""
        if value[:1] in ("{", "["):
            try:
                return orjson.dumps(self.json(orjson.loads(value))).decode()
            except orjson.JSONDecodeError:
                pass
        return self.text(value)

    def text(self, text: str) -> str:
        text = EMAIL.sub(lambda found: self._email(found.group()), text)
        text = NUMBER.sub(lambda found: self._number(found.group()), text)
        text = PHONE.sub("+620000000000", text)
        return self._names(text)

    def form(self, fields: Mapping[str, str]) -> dict[str, str]:
        return {name: str(self.json(value, name)) for name, value in fields.items()}

    def _is_pattern(self, text: str) -> bool:
        return bool(EMAIL.fullmatch(text) or NUMBER.fullmatch(text))

    def _names(self, text: str) -> str:
        parts: list[str] = []
        end = 0
        for word in WORD.finditer(text):
            if word.start() < end:
                continue
            for name in self._by_first_word.get(word.group(), ()):
                # A name may begin with a mark before its first word; what counts is where the word stands.
                begin = word.start() - name.index(word.group())
                after = begin + len(name)
                whole = (
                    begin >= end and text.startswith(name, begin) and not text[after : after + 1].isalnum()
                )
                if whole:
                    parts += [text[end:begin], self._name(name)]
                    end = after
                    break
        return "".join([*parts, text[end:]])

    def _digest(self, what: str, text: str, trial: int = 0) -> int:
        message = f"{what} {trial} {text}".encode()
        return int.from_bytes(hmac.new(self._key, message, hashlib.sha256).digest()[:8], "big")

    def _name(self, text: str) -> str:
        if text not in self._made:
            number = len(self._made) + 1
            # what may stand in a path or be signed in with stays one word
            self._made[text] = f"Orang {number}" if " " in text else f"orang{number}"
        return self._made[text]

    def _email(self, text: str) -> str:
        return f"orang{self._digest('email', text.casefold()) % 10**9}@contoh.go.id"

    def _number(self, typed: str) -> str:
        """Another number of the same length and kind, laid into the spelling as it was typed."""
        digits = "".join(one for one in typed if one.isdigit())
        size = len(digits)
        chance = f"{self._digest('number', digits) % 10**16:020d}"[-size:]
        other = self._nip(digits) if size == 18 else chance
        rest = iter(other)
        return "".join(next(rest) if one.isdigit() else one for one in typed)

    def _nip(self, digits: str) -> str:
        """Valid where it was valid: birth date, appointment, the month or PPPK code and the sex as they were
        (docs/rules: NIP)."""
        if digits in self._made:
            return self._made[digits]
        for trial in range(1000):
            chance = self._digest("nip", digits, trial)
            year, month, day = 1960 + chance % 40, 1 + chance // 40 % 12, 1 + chance // 480 % 28
            number = 1 + chance // 13_440 % 999  # a sequence of 000 is none
            made = f"{year}{month:02d}{day:02d}{year + 24}{digits[12:14]}{digits[14]}{number:03d}"
            if made not in self._taken:
                break
        self._taken.add(made)
        self._made[digits] = made
        return made
