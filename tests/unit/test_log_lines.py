"""What the log never says: a NIP, a NIK, a token, a password, whoever calls and however."""

from __future__ import annotations

import io
import json
import sys

import pytest
import structlog

from bridge.log_lines import Log, bound_to_lines, configure_logging, mask_event, masked

NIP = "197805232007041023"


@pytest.mark.parametrize(
    "text",
    [
        NIP,
        f"NIP {NIP}, tidak dikenal",
        "19780523 200704 1 023",
        "19780523.200704.1.023",
        "19780523-200704-1-023",
        "NIK 9171012305780002",
        f"nip:{NIP}",
        f"/pegawai?cari={NIP}&x=1",
    ],
)
def test_numbers_of_people_are_masked(text: str) -> None:
    said = masked(text)
    assert "***" in said
    assert not any(part in said for part in ("19780523", "9171012305", "2007"))


@pytest.mark.parametrize(
    "text",
    [
        "wstoken=0123456789abcdef&wsfunction=x",
        "Authorization: Bearer abc.def-ghi",
        "Authorization: Basic dXNlcjpwYXNz",
        "mailtos://user:s3cret@smtp.contoh.id",
        "postgresql://jp:s3cret@db/jp",
        '{"password": "s3cret"}',
        "kata_sandi=s3cret",
        "api_key: s3cret",
    ],
)
def test_secrets_are_masked(text: str) -> None:
    said = masked(text)
    assert not any(part in said for part in ("0123456789abcdef", "abc.def", "dXNlcj", "s3cret"))


@pytest.mark.parametrize(
    "text",
    [
        "20 JP pada 2026-11-24T01:00:00+09:00",
        "12345678901234567",  # 17 digits are nobody's number
        "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "https://lms.contoh.id/webservice/rest/server.php",
        "rows=8090 new=12 token count",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked(text) == text


def test_nested_values_and_names_are_masked_too() -> None:
    event = {
        "event": "pull",
        "nip": int(NIP),
        "token": "abc",
        "rows": 12,
        "ok": True,
        "deep": {"who": [NIP, {"password": "x", NIP: 1}]},
        "error": ValueError(f"bad {NIP}"),
    }
    said = json.dumps(mask_event(None, "info", event))
    assert NIP not in said
    assert "abc" not in said
    assert '"rows": 12' in said
    assert '"password": "***"' in said


def test_lines_are_json_with_the_runs_id(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPBRIDGE_LOG", "json")
    before = structlog.get_config()
    try:
        configure_logging(service=True)
        with bound_to_lines(run_id="r1", tenant="utama", source="lms"):
            Log("pull").info("page", rows=3, learner=NIP)
            try:
                raise RuntimeError(f"{NIP} password=abc")
            except RuntimeError:
                Log("pull").exception("broken")
    finally:
        structlog.configure(**before)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["page", "broken"]
    assert {(line["run_id"], line["tenant"], line["source"]) for line in lines} == {("r1", "utama", "lms")}
    assert lines[0]["learner"] == "***"
    assert "RuntimeError" in lines[1]["exception"]
    assert NIP not in str(lines)
    assert "abc" not in str(lines)


def test_a_replaced_standard_error_is_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that fails logs why: that must not fail too, because somebody closed what stood there at the start."""
    before, first, second = structlog.get_config(), io.StringIO(), io.StringIO()
    try:
        monkeypatch.setattr(sys, "stderr", first)
        configure_logging(service=True)
        first.close()
        monkeypatch.setattr(sys, "stderr", second)
        Log("web").info("page")
    finally:
        structlog.configure(**before)
    assert json.loads(second.getvalue())["event"] == "page"
