"""What the list of adapters holds for each kind, and the adapter of one source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridge.errors import RefuseInput
from lms_adapters.spec import Adapter, AdapterSpec, SourceConfig

Factory = Callable[[SourceConfig], Adapter]


@dataclass(frozen=True, slots=True)
class Registered:
    spec: AdapterSpec
    make: Factory


def make_adapter(adapters: Mapping[str, Registered], config: SourceConfig) -> Adapter:
    """Raises RefuseInput on an unknown kind, naming the known ones."""
    entry = adapters.get(config.kind)
    if entry is None:
        known = ", ".join(sorted(adapters))
        raise RefuseInput(
            "SOURCE-KIND-UNKNOWN",
            f"Jenis sumber {config.kind!r} tidak dikenal. Pilih salah satu: {known}.",
            f"The source kind {config.kind!r} is unknown. Choose one of: {known}.",
            where=config.name,
        )
    return entry.make(config)
