"""A real installation for tests: made by the command line in a folder of its own, over the replayed site."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bridge.cli.demo_data import write_catalogue, write_roster
from bridge.store.connect import open_store
from tests.forks import Forks

ROOT = Path(__file__).parent.parent
DEMO = ROOT / "bridge" / "data" / "demo"
SOURCE = "lms-contoh"


def smaller_site(target: Path, pages: int) -> Path:
    """The recorded site cut to its first pages (1,000 completions each), for tests that run many nights. Only
    the counts in the answers are changed; the rows stay as they were recorded."""
    shutil.copytree(DEMO / "moodle", target)
    for path in sorted(target.glob("report.page*.json")):
        number = int(path.stem.removeprefix("report.page"))
        case = json.loads(path.read_text("utf-8"))
        case["response"]["json"]["data"]["totalrowcount"] = pages * 1000
        if number >= pages:
            case["response"]["json"]["data"]["rows"] = []
        path.write_text(json.dumps(case), "utf-8")
    for path in (target / "report.v1.tz_jakarta.json",):
        text = path.read_text("utf-8").replace('"totalrowcount": 8090', f'"totalrowcount": {pages * 1000}')
        path.write_text(text, "utf-8")
    return target


@dataclass(slots=True)
class Office:
    """An installation in `home`; `run` is the command line as a process of its own."""

    home: Path
    database_url: str = ""
    token: str = "unset"
    variables: dict[str, str] = field(default_factory=dict)
    forks: Forks | None = None
    """Where it is given, commands are forks of it: for tests with many commands."""

    def environment(self) -> dict[str, str]:
        mine = {
            "JPBRIDGE_HOME": str(self.home),
            "JPBRIDGE_LANGUAGE": "en",
            "SITE_TOKEN": self.token,
            "PYTHONPATH": str(ROOT),
        }
        if self.database_url:
            mine["JPBRIDGE_DATABASE_URL"] = self.database_url
        kept = {name: value for name, value in os.environ.items() if not name.startswith("JPBRIDGE_")}
        return kept | mine | self.variables

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "bridge.cli", *words],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, code: int = 0) -> str:
        """Run to the end; the exit code must be the one named. Returns standard output."""
        if self.forks is not None:
            returned, out, err = self.forks.run(words, self.environment())
        else:
            process = self.start(*words)
            out, err = process.communicate(timeout=300)
            returned = process.returncode
        assert returned == code, f"{words}: {returned}\n{out}\n{err}"
        assert "Traceback" not in out + err
        return out if code == 0 else out + err

    def json(self, *words: str, code: int = 0) -> Any:
        """What the command says as JSON; what it wrote for people stands behind it."""
        said, _ = json.JSONDecoder().raw_decode(self.run(*words, "--json", code=code))
        return said

    def set_up(self, site_url: str, *, sheets: bool = True) -> None:
        """Roster, catalogue, source and the demo's sheets: what an office does once."""
        self.run("init", "--office", "Kantor uji")
        roster, catalogue = self.home / "pegawai.csv", self.home / "katalog.csv"
        write_roster(DEMO / "moodle", roster)
        write_catalogue(DEMO / "moodle", catalogue, SOURCE)
        self.run("import", "roster", str(roster))
        self.run("import", "catalogue", str(catalogue))
        self.run(
            "source", "add", SOURCE, "--address", site_url, "--token-env", "SITE_TOKEN", "--set", "report=6"
        )
        if sheets:
            for sheet in sorted((DEMO / "sheets").iterdir()):
                if not sheet.name.startswith("03"):  # the largest; the demo's own test reads it
                    self.run("import", "attendance", str(sheet))

    def copy_to(self, home: Path) -> Office:
        """The same installation in another folder (SQLite; nothing may be running)."""
        shutil.copytree(self.home, home)
        return Office(home, token=self.token)

    def store(self) -> sa.Engine:
        return open_store(self.database_url or f"sqlite+pysqlite:///{self.home / 'jpbridge.db'}")

    def ledger(self) -> list[tuple[Any, ...]]:
        """What the ledger says, without what a clock or a run's name put there."""
        query = sa.text(
            "SELECT entry_key, learner_id, activity_key, year, kind, ordinal, form, jp, title, reason, evidence "
            "FROM ledger_entry ORDER BY entry_key"
        )
        engine = self.store()
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(query)]
        finally:
            engine.dispose()
