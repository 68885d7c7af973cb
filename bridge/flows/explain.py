"""Why: the engine's own steps for one learner, from the same evidence, with words for each credit and
each refusal."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bridge.domain.clock import day_in_zone
from bridge.domain.finding_catalogue import CATALOGUE
from bridge.engine.explain import explain
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.flows.reconcile import inputs_for
from bridge.identity.nip import read_nip
from bridge.store.feed import scope_of
from bridge.store.people import learner_of_nip
from bridge.store.unit import reading
