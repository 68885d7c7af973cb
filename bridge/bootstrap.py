"""The only file that names concrete classes: settings become objects here."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from starlette.applications import Starlette

from bridge.config import CONFIG_NAME, Settings, kept_secret, load_settings, resolve_secret
from bridge.domain.clock import Clock, system_clock
from bridge.engine.rules import default_rule_document, read_rules
from bridge.errors import BridgeError, RefuseInput
from bridge.flows.context import Context, Office, Progress, Silent
from bridge.store.catalogue import store_rule_set
from bridge.store.connect import open_store, sqlite_url
from bridge.store.migrate import current_revision, upgrade
from bridge.store.sources import store_tenant
from bridge.store.unit import unit
from lms_adapters import moodle
from lms_adapters.registry import Registered, registry

ADAPTERS = registry((Registered(moodle.SPEC, moodle.make),))
VERSION = version("jpbridge")


@dataclass(slots=True)
class Installation:
    """One opened installation: settings, stores, secrets. Close it when done."""

    home: Path
    settings: Settings
    store: Engine
    clock: Clock = system_clock

    def secret(self, reference: str) -> str:
        return resolve_secret(reference, self.home)

    def context(self, progress: Progress) -> Context:
        raise RuntimeError

    def close(self) -> None:
        self.store.dispose()
