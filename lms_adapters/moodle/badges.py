"""Badges as certificate numbers, for sites without the certificate plugin. Off unless a person asks for it: it
costs a call a person (batched where the site can).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bridge.errors import SkipRecord, StopSource
from lms_adapters.moodle.answer import error_code
from lms_adapters.moodle.certificates import MAY_LACK
from lms_adapters.moodle.client import BADGES, BATCH, MoodleClient
from lms_adapters.moodle.wire import Badges, SiteInfo
from lms_adapters.spec import Page

NO_COURSE = f"-{BADGES}: courseid"  # the token lacks moodle/badges:configuredetails
REFUSED = f"-{BADGES}"  # the token lacks moodle/badges:viewotherbadges: nobody else is asked about


class BadgeNumbers:
    """Looks up each person once a pull."""

    def __init__(self, client: MoodleClient, info: SiteInfo, size: int) -> None:
        self._client = client
        self._batched = info.offers(BATCH)
        self._size = size
        self._known: dict[str, Mapping[str, str]] = {}
        self._nameless = False
        self._refused = False

    def added(self, page: Page) -> Page:
        """The page with the hash of a course's newest badge where a completion has no certificate number."""
        bare = {one.external_learner for one in page.completions if one.certificate_no is None}
        self._learn(sorted(bare - self._known.keys(), key=int))
        completions = tuple(
            replace(one, certificate_no=self._known.get(one.external_learner, {}).get(one.external_course))
            if one.certificate_no is None
            else one
            for one in page.completions
        )
        lacks = [name for name, lacking in ((NO_COURSE, self._nameless), (REFUSED, self._refused)) if lacking]
        return replace(page, completions=completions, drift=(*page.drift, *lacks))

    def _learn(self, people: list[str]) -> None:
        place = 0
        while place < len(people) and not self._refused:
            part = people[place : place + (self._size if self._batched else 1)]
            place += self._learn_batch(part) if self._batched else self._learn_one(part[0])

    def _learn_batch(self, people: list[str]) -> int:
        answers = self._client.batch(BADGES, [{"userid": int(one)} for one in people]).value.responses
        if not answers:
            raise self._client.asked(BATCH).fault("MOODLE-BATCH-SILENT", detail=f"0 answers to {len(people)}")
        for person, answer in zip(people, answers, strict=False):
            if answer.error and error_code(answer, BADGES) in MAY_LACK:
                self._refused = True
                break
            # Any other error is a person without badges to us (a guest, somebody deleted since).
            told = Badges(badges=()) if answer.error else None
            self._note(person, told or self._client.shaped(Badges, answer.data or "", BADGES))
        return len(answers)

    def _learn_one(self, person: str) -> int:
        try:
            self._note(person, self._client.ask(BADGES, Badges, {"userid": person}).value)
        except SkipRecord:
            self._note(person, Badges(badges=()))
        except StopSource as error:
            if error.code not in MAY_LACK:
                raise
            self._refused = True
        return 1

    def _note(self, person: str, told: Badges) -> None:
        newest = sorted(told.badges, key=lambda one: one.dateissued)
        self._nameless = self._nameless or any(one.courseid is None for one in newest)
        self._known[person] = {str(one.courseid): one.uniquehash for one in newest if one.courseid}
