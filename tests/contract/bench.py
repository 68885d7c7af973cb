"""One site and one store: pulls go through the real flow into a real database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, Protocol, TypeVar

import orjson
import sqlalchemy as sa

from bridge.domain.clock import WIT
from bridge.flows.context import Context, Office, Silent
from bridge.flows.pull import PullReport, pull_source
from bridge.store.connect import open_store, sqlite_url
from bridge.store.sources import SourceRow, load_sources, spelt_refs, store_source
from bridge.store.unit import reading, unit
from lms_adapters.contract_site import NOW, Held
from lms_adapters.registry import Registered
from lms_adapters.spec import SourceConfig

TENANT = "utama"

NEWEST = """
SELECT c.external_learner, c.external_course, c.standing, c.completed_at FROM completion AS c
WHERE c.version = (SELECT max(n.version) FROM completion AS n WHERE n.source = c.source
  AND n.external_learner = c.external_learner AND n.external_course = c.external_course AND n.attempt = c.attempt)
"""


class Unreached:
    """No statement is published while pulling."""

    def put(self, statements: Any) -> None:
        raise AssertionError("a pull published a statement")


def context(module: ModuleType, store: sa.Engine, home: Path, secrets: Mapping[str, str]) -> Context:
    """Each secret is found by its own name."""

    def no_key() -> Any:
        raise AssertionError("a pull signed something")

    return Context(
        store=store,
        clock=lambda: NOW,
        office=Office(TENANT, WIT, "https://jpbridge.invalid", "https://siasn.bkn.go.id", 10),
        home=home,
        adapters={module.SPEC.kind: Registered(module.SPEC, module.make)},
        secret=lambda reference: secrets[reference.removeprefix("env:")],
        statements=Unreached(),
        signing_key=no_key,
        version="0",
        progress=Silent(),
    )


def _without_fsync(connection: Any, _record: Any) -> None:
    """These tests kill processes, not machines: waiting for the disk would only make them slow."""
    connection.execute("PRAGMA synchronous=OFF")


class Holder(Protocol):
    """What holds the completions: a site on loopback, or a folder of files."""

    kept: list[Held]

    def source(self) -> SourceConfig: ...

    def key_of(self, row: Held) -> tuple[str, str]:
        """(external_learner, external_course) as the adapter maps them."""
        ...

    def heal(self) -> None: ...


Site = TypeVar("Site", bound=Holder)


class Bench(Generic[Site]):
    """`pull` as the product does it, then look at what stands."""

    def __init__(self, module: ModuleType, site: Site, database: Path) -> None:
        self.module = module
        self.site = site
        self.database = database
        self.store = open_store(sqlite_url(database))
        sa.event.listen(self.store, "connect", _without_fsync)
        self.config: SourceConfig = site.source()
        # the one to be kept silent about: of a name and a password, the password stands last
        self.secret = next(reversed(self.config.secrets.values()), "")
        row = SourceRow(
            0,
            self.config.name,
            self.config.kind,
            self.config.address,
            self.config.settings,
            spelt_refs({name: f"env:{name}" for name in self.config.secrets}),
            True,
        )
        with unit(self.store) as connection:
            store_source(connection, TENANT, row, NOW)

    def close(self) -> None:
        self.store.dispose()

    def row(self) -> SourceRow:
        with reading(self.store) as connection:
            return load_sources(connection, TENANT)[0]

    def pull(self, *, full: bool = True) -> PullReport:
        ctx = context(self.module, self.store, self.database.parent, self.config.secrets)
        return pull_source(ctx, self.row(), full=full)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with reading(self.store) as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    def standing(self) -> dict[tuple[str, str], datetime]:
        found = {}
        for learner, course, standing, at in self.rows(NEWEST):
            if standing == "completed":
                assert (learner, course) not in found, "one completion stands twice"
                found[learner, course] = datetime.fromtimestamp(at / 1_000_000, UTC)
        return found

    def wanted(self) -> dict[tuple[str, str], datetime]:
        return {self.site.key_of(row): row.at for row in self.site.kept}

    def versions(self) -> Counter[tuple[str, str]]:
        return Counter(
            (row[0], row[1]) for row in self.rows("SELECT external_learner, external_course FROM completion")
        )

    def findings(self) -> dict[str, dict[str, str]]:
        """The open ones: code -> params."""
        query = "SELECT code, params FROM finding WHERE closed_at IS NULL"
        return {code: orjson.loads(params) for code, params in self.rows(query)}
