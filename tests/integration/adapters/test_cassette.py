"""A recorded pull names nobody, opens no door, and plays again to the same completions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from bridge.errors import RefuseInput, StopSource
from bridge.identity.nip import read_identity
from lms_adapters.cassette import CassetteRecorder, CassetteSite
from lms_adapters.moodle import make
from lms_adapters.moodle.replay import MoodleReplay
from lms_adapters.pseudonyms import Pseudonyms
from lms_adapters.spec import Page, SourceConfig
from lms_adapters.watching import Exchange, watched
from tests.adapter_sources import QUICK, RECORDED_SITE, swept


def pull_from(url: str, token: str, recorder: CassetteRecorder | None = None, **settings: Any) -> list[Page]:
    config = SourceConfig("uji", "moodle", url, {**QUICK, **settings}, {"token": token})
    with watched(recorder):
        adapter = make(config)
        try:
            pages, end = swept(adapter, full=True)  # type: ignore[arg-type]
        finally:
            adapter.close()
    assert end.complete, end.why_incomplete
    if recorder is not None:
        for page in pages:
            recorder.know(page.completions)
    return pages


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Page], Path, str]]:
    folder = tmp_path_factory.mktemp("cassette") / "moodle"
    with MoodleReplay(RECORDED_SITE) as replay:
        recorder = CassetteRecorder(folder)
        pages = pull_from(replay.url, replay.token, recorder)
        assert recorder.finish() == len(list(folder.iterdir())) == len(replay.requests)
        yield pages, folder, replay.token


def test_nobody_is_named(played: tuple[list[Page], Path, str]) -> None:
    pages, folder, token = played
    whole = b"\n".join(path.read_bytes() for path in sorted(folder.iterdir())).decode()
    assert token not in whole
    assert "127.0.0.1" not in whole
    assert "privateaccesskey" not in whole.replace('"userprivateaccesskey": "TOKEN"', "")
    people = {one.learner_name for page in pages for one in page.completions}
    typed = {identifier.value for page in pages for one in page.completions for identifier in one.identifiers}
    assert len(people) > 500
    assert len(typed) > 1500
    # Every text of the answers: JSON strings, and what stands between tags within them.
    texts = {
        part.strip()
        for text in re.findall(r'"((?:[^"\\]|\\.)*)"', whole)
        for part in re.split(r"<[^>]*>", text)
    }
    assert len(texts) > 5000
    assert not people & texts
    assert not {value for value in typed if len(value) > 2} & texts


def test_it_plays_again_to_the_same_completions(played: tuple[list[Page], Path, str]) -> None:
    pages, folder, _ = played
    with CassetteSite(folder) as site:
        again = pull_from(site.url, "another token")
    one = {(c.external_learner, c.external_course): c for page in pages for c in page.completions}
    two = {(c.external_learner, c.external_course): c for page in again for c in page.completions}
    assert one.keys() == two.keys()
    assert all(one[key].completed_at == two[key].completed_at for key in one)
    assert all(one[key].course_title == two[key].course_title for key in one)
    assert all(one[key].jp_stated == two[key].jp_stated for key in one)


def test_the_same_person_stays_the_same_and_a_good_nip_stays_good(
    played: tuple[list[Page], Path, str],
) -> None:
    pages, folder, _ = played
    with CassetteSite(folder) as site:
        again = pull_from(site.url, "t")
    other: dict[str, set[str]] = {}
    good = 0
    for before, after in zip(pages, again, strict=True):
        for one, two in zip(before.completions, after.completions, strict=True):
            was, now = read_identity(one.identifiers), read_identity(two.identifiers)
            assert (was.value is None) == (now.value is None), (one.identifiers, two.identifiers)
            if was.value and now.value:
                good += 1
                assert was.value != now.value
                other.setdefault(was.value, set()).add(now.value)
    assert good > 7000
    assert all(len(nips) == 1 for nips in other.values())
    assert len({nip for nips in other.values() for nip in nips}) == len(other)


def test_what_was_not_recorded_is_not_made_up(played: tuple[list[Page], Path, str]) -> None:
    _, folder, _ = played
    with CassetteSite(folder) as site, pytest.raises(StopSource, match="no Moodle web service"):
        pull_from(site.url, "t", page_size=333)


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    with pytest.raises(RefuseInput, match="not empty"):
        CassetteRecorder(tmp_path)


def test_json_within_json_is_scrubbed_too() -> None:
    names = Pseudonyms()
    names.know_name("Lestari Nasution, A.Md.")
    inner = orjson.dumps({"fullname": "Lestari Nasution, A.Md.", "wstoken": "abc", "phone1": "08123456789"})
    out = orjson.loads(orjson.dumps(names.json({"data": inner.decode()})))
    decoded = orjson.loads(out["data"])
    assert decoded == {"fullname": "Orang 1", "wstoken": "TOKEN", "phone1": ""}
    text = names.text("oleh Lestari Nasution, A.Md. (199002022012011004, a.b@c.go.id)")
    assert "Orang 1" in text
    assert "199002022012011004" not in text
    assert "a.b@c.go.id" not in text
    assert names.text("Lestarikan alam") == "Lestarikan alam"


@pytest.mark.parametrize(
    ("system", "answer"),
    [
        (
            "moodle certificates",
            {"issue": {"code": "K1"}, "user": {"id": 7, "fullname": "Dewi Sartika", "username": "dewi.901"}},
        ),
        (
            "moodle report, a row that can't be read",
            {
                "columns": ["dewi.901", '<a href="https://x/user/profile.php?id=7">Dewi Sartika</a>'],
                "username": "dewi.901",
            },
        ),
        (
            "moodle batch",
            {"responses": [{"data": '{"fullname": "Dewi Sartika", "username": "dewi.901"}'}]},
        ),
        ("moodle people", {"username": "dewi.901", "fullname": "Dewi Sartika", "idnumber": "P-4711"}),
        ("open edx grades", {"username": "dewi.901", "passed": False}),
        ("open edx enrolments", {"user": "dewi.901", "is_active": True}),
        (
            "canvas",
            {"display_name": "Dewi Sartika", "login_id": "dewi.901", "sortable_name": "Sartika, Dewi"},
        ),
        ("kolibri", {"full_name": "Dewi Sartika", "username": "dewi.901"}),
        ("scorm cloud", {"learner": {"id": "dewi.901", "firstName": "Dewi", "lastName": "Sartika"}}),
        (
            "xapi",
            {"actor": {"name": "Dewi Sartika", "account": {"homePage": "https://x", "name": "dewi.901"}}},
        ),
    ],
)
def test_who_has_completed_nothing_is_not_named_either(
    system: str, answer: dict[str, Any], tmp_path: Path
) -> None:
    """Only what stands in the answer tells who is in it: no completion was read from it."""
    recorder = CassetteRecorder(tmp_path / "cassette")
    body = orjson.dumps({"items": [answer], "course": {"shortname": "DIK-1", "fullname": "Dasar Dewi"}})
    log = b"Username,Score\r\ndewi.901,7\r\n"
    for part, media_type in ((body, "application/json"), (log, "text/csv")):
        recorder.keep(Exchange("GET", "https://x/api", b"", 200, media_type, {}, part), ())
    recorder.finish()
    whole = "".join(path.read_text("utf-8") for path in sorted((tmp_path / "cassette").iterdir()))
    for name in ("dewi.901", "Dewi Sartika", "Sartika", "P-4711"):
        assert name not in whole, system
    assert "DIK-1" in whole
