"""Every word of the pages of operations has its English with the same places; schedules are said as people say them."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
from jinja2.ext import babel_extract

from bridge.web.schedule_words import SENTENCES, schedule_words
from scheduler.cron import read_cron
from scheduler.jobs import JOBS
from tests.integration.web.msgids import catalogue


def of_templates() -> set[str]:
    found: set[str] = set()
    for path in sorted((Path(str(files("bridge.web"))) / "templates" / "ops").glob("*.html")):
        with path.open("rb") as handle:
            for _line, _function, message, _comments in babel_extract(handle, ("_",), [], {}):
                first = message if isinstance(message, str) or message is None else message[0]
                if first is not None:
                    found.add(str(first))
    return found


def test_every_word_has_its_english() -> None:
    wanted = of_templates() | set(SENTENCES) | {job.what for job in JOBS}
    assert len(wanted) > 50
    english = catalogue("web") | catalogue("ops") | catalogue("cli") | catalogue("reports")
    assert {words for words in wanted if not english.get(words)} == set()
    for msgid, words in catalogue("ops").items():
        assert sorted(re.findall(r"\{\w+\}", msgid)) == sorted(re.findall(r"\{\w+\}", words)), msgid


@pytest.mark.parametrize(
    ("cron", "indonesian", "english"),
    [
        ("0 1 * * *", "setiap hari pukul 01.00", "every day at 01:00"),
        ("30 2 * * sen", "setiap Senin pukul 02.30", "every Monday at 02:30"),
        ("0 3 * * SUN", "setiap Minggu pukul 03.00", "every Sunday at 03:00"),
        ("0 4 1 * *", "setiap tanggal 1 pukul 04.00", "on day 1 of each month at 04:00"),
        ("5,25,45 * * * *", "setiap jam pada menit 5, 25, 45", "every hour at minute 5, 25, 45"),
        ("*/10 * * * *", "setiap 10 menit", "every 10 minutes"),
        ("0 1 * 6 *", "", ""),
        ("0 1-5 * * *", "", ""),
        ("0 1 1 * mon", "", ""),
        ("nonsense", "", ""),
    ],
)
def test_a_schedule_in_words(cron: str, indonesian: str, english: str) -> None:
    assert (schedule_words(cron, "id"), schedule_words(cron, "en")) == (indonesian, english)


def test_every_job_of_the_table_has_words_for_its_time() -> None:
    for job in JOBS:
        read_cron(job.cron, "Asia/Jayapura")
        assert schedule_words(job.cron, "id"), job.name
