"""Canvas as a source: module progress, course by course."""

from lms_adapters.canvas.adapter import SPEC, CanvasAdapter, make

__all__ = ["SPEC", "CanvasAdapter", "make"]
