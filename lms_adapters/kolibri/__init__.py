"""Kolibri as a source: completed contents from the exported logs, and the roll of its classes."""

from lms_adapters.kolibri.adapter import SPEC, KolibriAdapter, make

__all__ = ["SPEC", "KolibriAdapter", "make"]
