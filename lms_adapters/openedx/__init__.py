"""Open edX as a source: grades, dated by certificates."""

from lms_adapters.openedx.adapter import SPEC, OpenedxAdapter, make

__all__ = ["SPEC", "OpenedxAdapter", "make"]
