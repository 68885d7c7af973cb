"""A watched folder of CSV and workbook tables as a source."""

from lms_adapters.files.adapter import SPEC, FilesAdapter, make

__all__ = ["SPEC", "FilesAdapter", "make"]
