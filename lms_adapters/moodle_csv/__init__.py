"""Moodle without a web service: CSV files that a person downloads into a folder."""

from lms_adapters.moodle_csv.adapter import SPEC, make

__all__ = ["SPEC", "make"]
