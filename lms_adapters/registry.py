"""The explicit list of adapters: kind -> (spec, factory). A collision raises; nothing is found by magic."""

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


def registry(entries: tuple[Registered, ...]) -> Mapping[str, Registered]:
    """The entries by kind. Raises ValueError where two claim one kind."""
    by_kind: dict[str, Registered] = {}
    for entry in entries:
        if entry.spec.kind in by_kind:
            raise ValueError(f"two adapters claim the kind {entry.spec.kind!r}")
        by_kind[entry.spec.kind] = entry
    return by_kind


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
