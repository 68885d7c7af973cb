"""The two versions that are spoken side by side, and how a header or a property names them."""

from __future__ import annotations

import re
from enum import Enum


class Version(Enum):
    V1 = "1.0.3"
    V2 = "2.0.0"

    @property
    def statement_default(self) -> str:
        """The `version` of a statement that came without one.

        xAPI Part 2 2.4.10: "If they lack a version, the version MUST be set to 1.0.0".
        """
        return "1.0.0" if self is Version.V1 else "2.0.0"


_V1 = re.compile(r"1\.0(?:\.(?:0|[1-9][0-9]*))?")
_V2 = re.compile(r"2\.0(?:\.(?:0|[1-9][0-9]*))?")


def version_named(text: str) -> Version | None:
    """xAPI Part 3 3.3: `1.0` and everything that starts with `1.0.`; IEEE 9274.1.1: likewise `2.0`."""
    if _V1.fullmatch(text):
        return Version.V1
    if _V2.fullmatch(text):
        return Version.V2
    return None
