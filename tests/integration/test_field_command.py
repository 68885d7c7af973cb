"""The carried file on the command line: table and exit code for people, one object for machines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.bootstrap import initialise, open_installation
from bridge.cli.main import main
from bridge.domain.field import FieldEvent
from bridge.flows.field_desk import Desk
from bridge.flows.field_events import make_event
from bridge.store.console import Role, add_account
from bridge.store.field_events import enrol_device
from tests.field_device import FieldDevice
from tests.integration.web.scene import EVENT


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["jpbridge", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[FieldEvent, FieldDevice]:
    monkeypatch.setenv("JPBRIDGE_HOME", str(tmp_path / "home"))
    initialise(tmp_path / "home")
    opened = open_installation(tmp_path / "home")
    device = FieldDevice()
    with opened.store.begin() as connection:
        owner = add_account(connection, "utama", "panitia", Role.ORGANISER, opened.clock())
        now = opened.clock()
        enrol_device(connection, "utama", owner.account_id, device.key_id, "HP", device.public_key, now)
    desk = Desk(opened.store, "utama", "Asia/Jayapura", opened.clock, opened.web_secret())
    event = make_event(desk, owner, EVENT)
    opened.close()
    return event, device


def test_a_carried_file_is_taken_repeated_and_refused(
    office: tuple[FieldEvent, FieldDevice],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    event, device = office
    path, nip = tmp_path / "a.jpb.json", "198502122010011001"
    sent = device.carriage(device.body(event.code, 1, "scan", nip, event.sessions[0].starts_at))
    path.write_text(json.dumps(sent))
    capsys.readouterr()
    assert run(monkeypatch, "import", "field", str(path), "--json") == 0
    first = json.loads(capsys.readouterr().out)
    assert (first["taken"], first["repeat"], first["refused"]) == (1, 0, 0)
    assert run(monkeypatch, "import", "field", str(path), "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["taken"], again["repeat"]) == (0, 1)
    assert again["records"][0]["receipt"] == first["records"][0]["receipt"]
    sent["records"][0]["body"] = sent["records"][0]["body"].replace(nip, "198502122010011002")
    path.write_text(json.dumps(sent))
    assert run(monkeypatch, "import", "field", str(path)) == 1
    assert "tanda tangan tidak cocok" in capsys.readouterr().out
    path.write_text("[]")
    assert run(monkeypatch, "import", "field", str(path)) == 65


def test_a_roster_comes_from_any_sheet(
    office: tuple[FieldEvent, FieldDevice],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    event, _ = office
    sheet = tmp_path / "peserta.csv"
    sheet.write_text(
        "No;Nama;NIP;Unit Kerja\n1;Yohana Felle;198502122010011001;BKPSDM\n2;Markus Ohee;-;BKPSDM\n"
    )
    capsys.readouterr()
    assert run(monkeypatch, "event", "roster", event.code, str(sheet), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["added"], len(told["unread"])) == (1, 1)
    assert run(monkeypatch, "event", "roster", "26-NONE00", str(sheet)) == 65
    assert run(monkeypatch, "event", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])[0]["code"] == event.code


def test_sessions_are_added_moved_and_cancelled(
    office: tuple[FieldEvent, FieldDevice],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    event, _ = office

    def told(*words: str) -> list[dict[str, object]]:
        capsys.readouterr()
        assert run(monkeypatch, "event", "session", *words, "--json") == 0
        sessions: list[dict[str, object]] = json.loads(capsys.readouterr().out.splitlines()[-1])["sessions"]
        return sessions

    times = ("--day", "2026-11-25", "--start", "08:00", "--end", "10:00")
    added = told("add", event.code, *times, "--title", "Evaluasi")
    assert added[-1] == {
        "number": 3, "title": "Evaluasi", "day": "2026-11-25", "start": "08:00", "end": "10:00", "state": "open",
        "confirmed_by": "",
    }  # fmt: skip
    moved = told("move", event.code, "3", "--day", "2026-11-23")
    assert [one["number"] for one in moved] == [3, 1, 2]  # in the order of time; the number is a name
    assert (moved[0]["start"], moved[0]["title"]) == ("08:00", "Evaluasi")
    assert told("cancel", event.code, "3")[0]["state"] == "cancelled"
    assert told("open", event.code, "3")[0]["state"] == "open"
    assert run(monkeypatch, "event", "session", "add", event.code, "--day", "2026-11-24", *times[2:]) == 65
    assert run(monkeypatch, "event", "session", "move", event.code, "9", *times) == 65
    capsys.readouterr()
    assert run(monkeypatch, "event", "session", "list", event.code) == 0
    assert "Evaluasi" in capsys.readouterr().out
