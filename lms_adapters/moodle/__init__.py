"""Moodle through its web service: SPEC and `make` are what the bootstrap registers."""

from lms_adapters.moodle.adapter import SPEC, make

__all__ = ["SPEC", "make"]
