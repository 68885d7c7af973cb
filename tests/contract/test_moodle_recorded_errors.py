"""Every error that a real Moodle could be provoked to, served over real HTTP -> the right remedy and a
sentence."""

from __future__ import annotations

import pytest

from bridge.errors import BridgeError, RetryLater, SkipRecord, StopSource
from lms_adapters.http import Http, Policy
from lms_adapters.moodle.answer import Asked, read_answer
from lms_adapters.moodle.client import ENDPOINT
from lms_adapters.moodle.recording import Recording
from lms_adapters.moodle.replay import MoodleReplay
from tests.adapter_sources import CASES, RECORDED_SITE, moodle, swept

FAILS: dict[str, tuple[type[BridgeError], str]] = {
    "completion_status.err_deleted_user": (SkipRecord, "MOODLE-ROW"),
    "completion_status.err_nocap": (StopSource, "MOODLE-PERMISSION"),
    "completion_status.err_suspended_user": (SkipRecord, "MOODLE-ROW"),
    "completion_status.err_unenrolled": (SkipRecord, "MOODLE-ROW"),
    "completion_status.err_unknown_course": (SkipRecord, "MOODLE-ROW"),
    "completion_status.err_unknown_user": (SkipRecord, "MOODLE-ROW"),
    "customcert.list.nocap": (StopSource, "MOODLE-PERMISSION"),
    "enrolled_users.nocap": (StopSource, "MOODLE-PERMISSION"),
    "err.db_down": (RetryLater, "MOODLE-DATABASE-DOWN"),
    "err.debug_function_not_in_service": (StopSource, "MOODLE-FUNCTION-MISSING"),
    "err.debug_invalid_token": (StopSource, "MOODLE-TOKEN-INVALID"),
    "err.debug_ip_restricted": (StopSource, "MOODLE-IP-REFUSED"),
    "err.debug_missing_param": (StopSource, "MOODLE-PARAMETER"),
    "err.expired_token_first": (StopSource, "MOODLE-ACCESS"),
    "err.expired_token_second": (StopSource, "MOODLE-TOKEN-INVALID"),
    "err.function_not_in_service": (StopSource, "MOODLE-ACCESS"),
    "err.invalid_token": (StopSource, "MOODLE-TOKEN-INVALID"),
    "err.ip_restricted": (StopSource, "MOODLE-ACCESS"),
    "err.maintenance_cli": (RetryLater, "HTTP-BUSY"),
    "err.maintenance_setting": (RetryLater, "MOODLE-MAINTENANCE"),
    "err.missing_param": (StopSource, "MOODLE-PARAMETER"),
    "err.no_function": (StopSource, "MOODLE-PARAMETER"),
    "err.no_rest_use_capability": (StopSource, "MOODLE-ACCESS"),
    "err.no_restformat_xml": (StopSource, "MOODLE-TOKEN-INVALID"),
    "err.no_token": (StopSource, "MOODLE-TOKEN-INVALID"),
    "err.rest_protocol_disabled": (StopSource, "MOODLE-WS-OFF"),
    "err.service_disabled": (StopSource, "MOODLE-ACCESS"),
    "err.unexpected_param": (StopSource, "MOODLE-PARAMETER"),
    "err.unknown_function": (StopSource, "MOODLE-FUNCTION-MISSING"),
    "err.user_not_authorised": (StopSource, "MOODLE-ACCESS"),
    "err.webservices_disabled": (StopSource, "MOODLE-WS-OFF"),
    "err.wrong_path": (StopSource, "MOODLE-ADDRESS"),
    "err.wrong_type": (StopSource, "MOODLE-PARAMETER"),
    "err.ws_user_forcepasswordchange.status": (StopSource, "MOODLE-USER-UNREADY"),
    "err.ws_user_suspended": (StopSource, "MOODLE-USER-BLOCKED"),
    "err.ws_user_unconfirmed": (StopSource, "MOODLE-USER-BLOCKED"),
    "grade_items.nocap": (StopSource, "MOODLE-PERMISSION"),
    "groups.err_needs_managegroups": (StopSource, "MOODLE-PERMISSION"),
    "login_token.bad": (StopSource, "MOODLE-LOGIN"),
    "login_token.bad_service": (StopSource, "MOODLE-LOGIN"),
    "ok.xml": (StopSource, "MOODLE-XML"),
    "report.err_nocap": (StopSource, "MOODLE-REPORT-AUDIENCE"),
    "report.err_unknown": (StopSource, "MOODLE-REPORT-MISSING"),
}
# Files named as errors in which the site answered well all the same: a call there is no error.
ANSWERED = frozenset(
    {
        "err.unauthorised_user_in_service",
        "err.upgrade_pending",
        "err.ws_user_forcepasswordchange.courses",
        "err.ws_user_forcepasswordchange.site_info",
    }
)


def ask(replay: MoodleReplay, function: str) -> object:
    policy = Policy(attempts=2, wait_initial=0.01, wait_jitter=0.01, read_timeout=5)
    with Http("bkpsdm", replay.url, policy=policy) as http:
        asked = Asked(function, "bkpsdm", http.host)
        form = {"wstoken": replay.token, "wsfunction": function, "moodlewsrestformat": "json"}
        return http.post(ENDPOINT, form, lambda answer: read_answer(answer, asked))


def test_no_recorded_error_is_left_out() -> None:
    recorded = {path.stem for path in CASES.glob("*.json") if "err" in path.stem.replace("overview", "")}
    named = {case for case in recorded if case.startswith("err.") or ".err_" in case}
    assert named - set(FAILS) == ANSWERED
    assert set(FAILS) <= {path.stem for path in CASES.glob("*.json")}


@pytest.mark.parametrize("case", sorted(FAILS))
def test_each_recorded_error_is_named_by_its_remedy_with_a_sentence(case: str) -> None:
    remedy, code = FAILS[case]
    path = CASES / f"{case}.json"
    with MoodleReplay(RECORDED_SITE) as replay:
        replay.serve_case(path)
        with pytest.raises(remedy) as caught:
            ask(replay, Recording.read(path).function)
    error = caught.value
    assert error.code == code
    assert error.sentence.startswith("Sumber bkpsdm: ")
    assert error.english.startswith("Source bkpsdm: ")
    for sentence in (error.sentence, error.english):
        assert sentence.endswith(".")
        assert "<" not in sentence
        assert "{" not in sentence
    assert replay.token not in f"{error!r} {error} {error.sentence}"


@pytest.mark.parametrize("case", sorted(ANSWERED | {"ok.leading_garbage_from_config", "report.list.nocap"}))
def test_each_other_recorded_answer_is_read(case: str) -> None:
    path = CASES / f"{case}.json"
    with MoodleReplay(RECORDED_SITE) as replay:
        replay.serve_case(path)
        assert isinstance(ask(replay, Recording.read(path).function), dict)


def test_an_expired_token_is_told_from_other_refusals_by_asking_twice() -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay) as adapter:
        replay.serve_case(CASES / "err.expired_token_second.json")
        replay.serve_case(CASES / "err.expired_token_first.json", times=1)
        with pytest.raises(StopSource) as caught:
            swept(adapter)
    assert caught.value.code == "MOODLE-TOKEN-EXPIRED"


@pytest.mark.parametrize(
    ("case", "step"),
    [
        ("err.wrong_path", "address"),
        ("err.maintenance_cli", "address"),
        ("err.webservices_disabled", "service"),
        ("ok.xml", "service"),
        ("err.invalid_token", "token"),
        ("err.service_disabled", "token"),
        ("err.ws_user_suspended", "token"),
    ],
)
def test_the_source_test_names_the_step_that_is_missing(case: str, step: str) -> None:
    with MoodleReplay(RECORDED_SITE) as replay, moodle(replay, attempts=1) as adapter:
        replay.serve_case(CASES / f"{case}.json")
        steps = list(adapter.check())
    assert [one.name for one in steps if not one.ok] == [step]
    assert steps[-1].name == step
    assert steps[-1].advice
    assert steps[-1].advice_english
    assert not steps[-1].sentence.endswith(steps[-1].advice)
