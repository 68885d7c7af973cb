"""What Moodle gives beside the completions: JP of the course, certificate numbers, badges; and what `source test` says
where one of them, or a needed permission, is missing. Shapes are those of a real 4.5 with mod_customcert 4.4.11."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest

from bridge.errors import StopSource
from lms_adapters import moodle
from lms_adapters.contract_site import holdings
from lms_adapters.loopback import Form
from lms_adapters.moodle.adapter import MoodleAdapter
from lms_adapters.moodle.recording import Recording
from lms_adapters.moodle.wire import Badges, CertificateIssues, CourseModuleAnswer
from lms_adapters.spec import CheckStep, Page, SourceConfig, SweepEnd
from tests.adapter_sources import CASES
from tests.contract.moodle_site import (
    BATCH_FUNCTIONS,
    HEADINGS,
    REPORT_FUNCTIONS,
    TOKEN,
    MoodleSite,
    status_of,
)

ISSUES = "mod_customcert_list_issues"
MODULE = "core_course_get_course_module_by_instance"
BADGES = "core_badges_get_user_badges"
BATCH = "tool_mobile_call_external_functions"
COURSES = "core_course_get_courses_by_field"
REFUSAL = {"exception": "e", "errorcode": "nopermissions", "message": "Sorry, but you do not have permission"}
NO_LIMIT = {"exception": "e", "errorcode": "invalidparameter", "message": "Invalid parameter value detected"}


class ExtrasSite(MoodleSite):
    """`issues` are (id, activity, user, code); a certificate's activity `n` belongs to the course 10 + n. `closed`
    activities can't be seen, `deleted` ones are gone. `restless` shows rows of one time in another order each time, as
    databases do. `badges` are user -> [(course, hash)]."""

    settings: ClassVar[dict[str, Any]] = {}
    functions = (*REPORT_FUNCTIONS, ISSUES, MODULE, BADGES, BATCH)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.issues: list[tuple[int, int, str, str]] = []
        self.closed: set[int] = set()
        self.deleted: set[int] = set()
        self.restless = False
        self.old_plugin = False
        self.refuses: set[str] = set()
        self.badges: dict[str, list[tuple[str | None, str]]] = {}
        self.order = random.Random(7)
        self.headings = HEADINGS

    def _mod_customcert_list_issues(self, form: Form) -> Any:
        if ISSUES in self.refuses:
            return REFUSAL
        if self.old_plugin:  # before 30 November 2025: it knows no limit, and makes a PDF of everything
            return NO_LIMIT if "limit" in form else self._rows(0, len(self.issues))
        return self._rows(int(form.get("offset", 0)), min(500, int(form.get("limit", 100))))

    def _rows(self, first: int, size: int) -> list[dict[str, Any]]:
        rows = list(self.issues)
        if self.restless:
            self.order.shuffle(rows)
        return [
            {
                "issue": {
                    "id": number,
                    "customcertid": activity,
                    "code": code,
                    "emailed": False,
                    "timecreated": 1,
                },
                "user": {"id": int(user), "fullname": "", "username": "", "email": ""},
                "template": {"id": 1, "name": "Sertifikat", "contextid": 1},
                "pdf": {"name": None, "content": None, "haspdf": False},
            }
            for number, activity, user, code in rows[first : first + size]
        ]

    def _course_get_course_module_by_instance(self, form: Form) -> Any:
        number = int(form["instance"])
        if number in self.deleted:
            return {
                "exception": "e",
                "errorcode": "invalidrecordunknown",
                "message": "Can't find data record",
            }
        if number in self.closed:
            return {"exception": "e", "errorcode": "requireloginerror", "message": "Course not accessible."}
        return {"cm": {"id": 900 + number, "course": 10 + number, "modname": "customcert"}, "warnings": []}

    def badges_of(self, user: str) -> dict[str, Any]:
        listed = [
            {"uniquehash": code, "dateissued": 1} | ({"courseid": int(of)} if of else {})
            for of, code in self.badges.get(user, [])
        ]
        return {"badges": listed, "warnings": []}

    def _badges_get_user_badges(self, form: Form) -> Any:
        return REFUSAL if BADGES in self.refuses else self.badges_of(form["userid"])

    def _mobile_call_external_functions(self, form: Form) -> Any:
        if form["requests[0][function]"] != BADGES:
            return super()._mobile_call_external_functions(form)
        count = sum(name.endswith("[function]") for name in form)
        asked = [str(json.loads(form[f"requests[{place}][arguments]"])["userid"]) for place in range(count)]
        if BADGES in self.refuses:
            return {"responses": [{"error": True, "exception": json.dumps(REFUSAL)}]}
        return {"responses": [{"error": False, "data": json.dumps(self.badges_of(one))} for one in asked]}

    def _enrol_get_enrolled_users(self, form: Form) -> Any:
        return (
            REFUSAL
            if "core_enrol_get_enrolled_users" in self.refuses
            else super()._enrol_get_enrolled_users(form)
        )

    def _gradereport_user_get_grade_items(self, form: Form) -> Any:
        name = "gradereport_user_get_grade_items"
        return REFUSAL if name in self.refuses else super()._gradereport_user_get_grade_items(form)

    def _reportbuilder_retrieve_report(self, form: Form) -> Any:
        told = super()._reportbuilder_retrieve_report(form)
        places = [HEADINGS.index(name) for name in self.headings]
        rows = [{"columns": [row["columns"][place] for place in places]} for row in told["data"]["rows"]]
        return {**told, "data": {**told["data"], "headers": list(self.headings), "rows": rows}}


@contextmanager
def adapter_at(site: MoodleSite, **settings: Any) -> Iterator[MoodleAdapter]:
    source = site.source()
    adapter = moodle.make(
        SourceConfig(
            source.name, source.kind, source.address, {**source.settings, **settings}, source.secrets
        )
    )
    assert isinstance(adapter, MoodleAdapter)
    try:
        yield adapter
    finally:
        adapter.close()


def numbers(site: MoodleSite, **settings: Any) -> tuple[dict[tuple[str, str], str], set[str]]:
    """(user, course) -> certificate number, and the drift."""
    with adapter_at(site, **settings) as adapter:
        *pages, end = adapter.pull({}, full=True)
    assert isinstance(end, SweepEnd)
    assert end.complete, end.why_incomplete
    found: dict[tuple[str, str], str] = {}
    drift: set[str] = set()
    for page in pages:
        assert isinstance(page, Page)
        drift |= set(page.drift)
        found |= {
            (one.external_learner, one.external_course): one.certificate_no
            for one in page.completions
            if one.certificate_no
        }
    return found, drift


def steps_of(site: MoodleSite, **settings: Any) -> dict[str, CheckStep]:
    with adapter_at(site, **settings) as adapter:
        return {step.name: step for step in adapter.check()}


def asked(site: MoodleSite, function: str) -> list[Mapping[str, str]]:
    return [form for _, form in site.requests if form.get("wsfunction") == function]


# -- certificates ----------------------------------------------------------------------------------------------


def test_every_certificate_comes_though_the_plugin_gives_a_page_at_a_time_in_any_order() -> None:
    """1,203 certificates of one moment: three pages, which may repeat some and leave out as many."""
    with ExtrasSite(holdings(20, 3)) as site:
        wanted = {site.key_of(row): f"K{row.learner}-{row.course}" for row in site.kept}
        site.issues = [
            (number, int(course) - 10, user, code)
            for number, ((user, course), code) in enumerate(wanted.items())
        ]
        site.issues += [(5000 + number, 2, str(9000 + number), "orang lain") for number in range(1203 - 60)]
        assert numbers(site)[0] == wanted
        assert [form["offset"] for form in asked(site, ISSUES)] == ["0", "500", "1000"]
        assert {form["limit"] for form in asked(site, ISSUES)} == {"500"}
        assert len(asked(site, MODULE)) == 3
        site.requests.clear()
        site.restless = True
        found, _ = numbers(site)
        assert len(asked(site, ISSUES)) > 3  # what came twice was noticed, and the pages were read again
        assert found == wanted


def test_the_newest_certificate_of_a_course_counts() -> None:
    with ExtrasSite(holdings(1, 1)) as site:
        site.issues = [(2, 0, "100", "baru"), (1, 0, "100", "lama")]
        assert numbers(site)[0] == {("100", "10"): "baru"}


def test_an_old_plugin_is_not_made_to_print_every_certificate() -> None:
    with ExtrasSite(holdings(3, 1)) as site:
        site.issues, site.old_plugin = [(1, 0, "100", "K1")], True
        assert numbers(site)[0] == {}
        assert all("limit" in form for form in asked(site, ISSUES))
        assert "Update the plugin mod_customcert" in steps_of(site)["certificates"].advice_english


def test_activities_that_are_closed_or_gone_take_their_own_certificates_with_them_only() -> None:
    with ExtrasSite(holdings(2, 3)) as site:
        site.issues = [(1, 0, "100", "K0"), (2, 1, "100", "K1"), (3, 2, "100", "K2")]
        site.closed, site.deleted = {1}, {2}
        assert numbers(site)[0] == {("100", "10"): "K0"}
        step = steps_of(site)["certificates"]
        assert step.ok
        assert "1 certificate numbers of 3 issues; 1 activities can't be seen" in step.english
        assert "moodle/course:viewhiddencourses" in step.advice_english
        site.closed = {0, 1, 2}
        assert numbers(site)[0] == {}
        assert "mod/customcert:view" in steps_of(site)["certificates"].advice_english


def test_without_the_permission_completions_come_all_the_same() -> None:
    with ExtrasSite(holdings(3, 1)) as site:
        site.issues = [(1, 0, "100", "K1")]
        assert numbers(site) == ({("100", "10"): "K1"}, set())
        site.refuses = {ISSUES}
        assert numbers(site) == ({}, {f"-{ISSUES}"})  # told: the numbers would go in silence
        assert numbers(site, certificates="false") == ({}, set())
        step = steps_of(site)["certificates"]
        assert step.ok
        assert "mod/customcert:viewallcertificates" in step.advice_english


def test_recorded_answers_of_the_plugin_are_read() -> None:
    def recorded(case: str) -> bytes:
        return Recording.read(CASES / f"{case}.json").body

    issues = CertificateIssues.model_validate_json(recorded("customcert.list.offset")).root
    assert len({one.issue.id for one in issues}) == 2
    assert all(one.issue.code and one.user.id for one in issues)
    older = CertificateIssues.model_validate_json(recorded("customcert.list.limit2")).root
    assert [one.issue.id for one in older] == [70, 94]
    assert CourseModuleAnswer.model_validate_json(recorded("customcert.module")).cm.course == 2
    (named,) = Badges.model_validate_json(recorded("badges.user.course")).badges
    (nameless,) = Badges.model_validate_json(recorded("badges.user")).badges
    assert (named.courseid, nameless.courseid) == (2, None)  # with and without moodle/badges:configuredetails


# -- badges ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batched", [True, False])
def test_badges_are_certificate_numbers_where_there_is_no_certificate(batched: bool) -> None:
    class Site(ExtrasSite):
        functions = (*REPORT_FUNCTIONS, ISSUES, MODULE, BADGES, *((BATCH,) if batched else ()))

    with Site(holdings(12, 2)) as site:
        site.issues = [(1, 0, "100", "sertifikat")]
        site.badges = {"100": [("10", "aa"), ("11", "bb")], "101": [("11", "cc")]}
        assert BADGES not in {form.get("wsfunction") for _, form in site.requests}
        found, drift = numbers(site, badges="true")
        assert found == {("100", "10"): "sertifikat", ("100", "11"): "bb", ("101", "11"): "cc"}
        assert drift == set()
        calls = asked(site, BATCH if batched else BADGES)
        assert len(calls) == (2 if batched else 12)  # each person once, whatever the number of courses
        assert numbers(site)[0] == {("100", "10"): "sertifikat"}  # off unless somebody asks for it


def test_what_the_token_lacks_for_badges_is_drift_and_nobody_is_asked_about_any_more() -> None:
    with ExtrasSite(holdings(12, 2)) as site:
        site.badges = {"100": [(None, "aa")]}
        assert numbers(site, badges="true") == ({}, {f"-{BADGES}: courseid"})
        site.refuses = {BADGES}
        site.requests.clear()
        assert numbers(site, badges="true") == ({}, {f"-{BADGES}"})
        assert len(asked(site, BATCH)) == 1


# -- JP of the course ------------------------------------------------------------------------------------------


def jp_stated(site: MoodleSite, **settings: Any) -> set[str | None]:
    with adapter_at(site, **settings) as adapter:
        pages = [step for step in adapter.pull({}, full=True) if isinstance(step, Page)]
    return {one.jp_stated for page in pages for one in page.completions}


def test_jp_comes_from_the_reports_column_or_from_the_courses_custom_field() -> None:
    class Site(ExtrasSite):
        functions = (*REPORT_FUNCTIONS, COURSES)

    with Site(holdings(2, 2)) as site:
        assert jp_stated(site) == {"24 JP"}
        assert asked(site, COURSES) == []  # the report has it: nothing is looked up
        site.headings = tuple(name for name in HEADINGS if name != "jp")
        assert jp_stated(site) == {"24 JP"}
        assert jp_stated(site, jp_field="JP") == {"24 JP"}  # as people write short names
        assert jp_stated(site, jp_field="jam") == {None}
        Site.functions = REPORT_FUNCTIONS
        assert jp_stated(site) == {None}  # least privilege: not stated, never a guess

    class Batch(ExtrasSite):
        functions = BATCH_FUNCTIONS

    with Batch(holdings(2, 2)) as site:
        assert jp_stated(site) == {"24 JP"}


# -- source test, as somebody who has done all but one step ----------------------------------------------------


def test_the_step_that_is_missing_is_named_with_its_click() -> None:
    class Batch(ExtrasSite):
        functions = BATCH_FUNCTIONS

    def last(site: MoodleSite, **settings: Any) -> CheckStep:
        return list(steps_of(site, **settings).values())[-1]

    with ExtrasSite(holdings(2, 1)) as site:
        assert all(step.ok for step in steps_of(site).values())
        source = site.source()
        wrong = moodle.make(SourceConfig("uji", "moodle", site.url, source.settings, {"token": "f" * 32}))
        step = list(wrong.check())[-1]
        wrong.close()
        assert (step.name, step.ok) == ("token", False)
        assert "Manage tokens" in step.advice_english
        site.functions = tuple(
            name for name in site.functions if name != "core_reportbuilder_retrieve_report"
        )
        step = last(site)
        assert (step.name, step.ok) == ("way", False)
        assert "core_reportbuilder_retrieve_report" in step.english
        assert "Add functions" in step.advice_english
        site.functions = ExtrasSite.functions
        step = last(site, report="Laporan lain")
        assert (step.name, step.ok) == ("report", False)
        assert "Audience" in step.advice_english
        site.headings = tuple(name for name in HEADINGS if name != "user_link")
        step = last(site)
        assert (step.name, step.ok) == ("headings", False)
        assert "user_link" in step.english
    with Batch(holdings(2, 1)) as site:
        steps = steps_of(site)
        assert [*steps][-4:] == ["way", "courses", "status", "grades"]
        assert all(step.ok for step in steps.values())
        site.refuses = {"gradereport_user_get_grade_items"}
        assert "moodle/grade:viewall" in steps_of(site)["grades"].advice_english
        site.refuses = {"core_enrol_get_enrolled_users"}
        step = last(site)
        assert (step.name, step.ok) == ("courses", False)
        assert "moodle/course:viewparticipants" in step.english
        assert TOKEN not in f"{step}"


def test_a_refused_status_is_found_by_the_source_test_and_stops_the_pull() -> None:
    class Batch(ExtrasSite):
        functions = BATCH_FUNCTIONS

        def _mobile_call_external_functions(self, form: Form) -> Any:
            return {"responses": [{"error": True, "exception": json.dumps(REFUSAL)}]}

    with Batch(holdings(2, 1)) as site:
        step = list(steps_of(site).values())[-1]
        assert (step.name, step.ok) == ("status", False)
        assert "report/completion:view" in step.english
        with adapter_at(site) as adapter, pytest.raises(StopSource):
            list(adapter.pull({}, full=True))


# -- Totara, and services without the batch function -----------------------------------------------------------


class Totara(ExtrasSite):
    """Totara 13 names itself Moodle 3.4.9 (its version.php); tool_mobile's batch function came with 3.7."""

    functions = tuple(name for name in BATCH_FUNCTIONS if name != BATCH)

    def _webservice_get_site_info(self, form: Form) -> Any:
        told = super()._webservice_get_site_info(form)
        return {**told, "release": "3.4.9 (Build: 20190513)", "version": "2017111309.00"}

    def _completion_get_course_completion_status(self, form: Form) -> Any:
        key = (form["userid"], form["courseid"])
        if key in self.refused:
            return {"exception": "e", "errorcode": "usernotenroled", "message": "User is not enrolled"}
        return status_of(next((row for row in self.kept if (row.learner, row.course) == key), None))


def test_totara_is_read_one_call_a_person() -> None:
    with Totara(holdings(4, 2)) as site:
        site.enrolled_only = [("700", "10")]
        site.refused = {("103", "11")}
        with adapter_at(site) as adapter:
            *pages, end = adapter.pull({}, full=True)
            names = [step.name for step in adapter.check() if step.ok]
        assert isinstance(end, SweepEnd)
        assert end.complete
        assert "one call per person" in end.way
        found = {
            (one.external_learner, one.external_course): one.completed_at
            for page in pages
            if isinstance(page, Page)
            for one in page.completions
        }
        wanted = {site.key_of(row): row.at for row in site.kept}
        assert found == {key: at for key, at in wanted.items() if key != ("103", "11")}
        assert names[-4:] == ["way", "courses", "status", "grades"]
        site.functions = REPORT_FUNCTIONS
        with adapter_at(site) as adapter:
            last = list(adapter.check())[-1]
        assert (last.name, last.ok) == ("way", False)
        assert "Totara" in last.advice_english
