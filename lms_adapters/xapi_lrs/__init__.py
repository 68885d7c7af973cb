"""Learning record stores as sources: far ones over HTTP, and our own in this process."""

from lms_adapters.xapi_lrs.adapter import OWN_SPEC, SPEC, LrsAdapter, make, make_own

__all__ = ["OWN_SPEC", "SPEC", "LrsAdapter", "make", "make_own"]
