"""Badges as certificate numbers, for sites without the certificate plugin. Off unless a person asks for it: it
costs a call a person (batched where the site can).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lms_adapters.moodle.client import BADGES, BATCH, MoodleClient
from lms_adapters.moodle.wire import Badges, SiteInfo
from lms_adapters.spec import Page

NO_COURSE = f"-{BADGES}: courseid"  # the token lacks moodle/badges:configuredetails


class BadgeNumbers:
    """Looks up each person once a pull."""

    def __init__(self, client: MoodleClient, info: SiteInfo, size: int) -> None:
        self._client = client
        self._batched = info.offers(BATCH)
        self._size = size
        self._known: dict[str, Mapping[str, str]] = {}
        self._nameless = False

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
        drift = (*page.drift, NO_COURSE) if self._nameless else page.drift
        return replace(page, completions=completions, drift=drift)

    def _learn(self, people: list[str]) -> None:
        place = 0
        while place < len(people):
            part = people[place : place + (self._size if self._batched else 1)]
            place += self._learn_batch(part) if self._batched else self._learn_one(part[0])

    def _learn_batch(self, people: list[str]) -> int:
        answers = self._client.batch(BADGES, [{"userid": int(one)} for one in people]).value.responses
        if not answers:
            raise self._client.asked(BATCH).fault("MOODLE-BATCH-SILENT", detail=f"0 answers to {len(people)}")
        for person, answer in zip(people, answers, strict=False):
            # An error is a person without badges to us (a guest, somebody deleted since).
            told = Badges(badges=()) if answer.error else None
            self._note(person, told or self._client.shaped(Badges, answer.data or "", BADGES))
        return len(answers)

    def _learn_one(self, person: str) -> int:
        self._note(person, self._client.ask(BADGES, Badges, {"userid": person}).value)
        return 1

    def _note(self, person: str, told: Badges) -> None:
        newest = sorted(told.badges, key=lambda one: one.dateissued)
        self._nameless = self._nameless or any(one.courseid is None for one in newest)
        self._known[person] = {str(one.courseid): one.uniquehash for one in newest if one.courseid}
