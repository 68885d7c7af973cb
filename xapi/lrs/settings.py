"""What an operator may set for the server. The defaults pass the conformance suites of both versions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LrsSettings:
    page: int = 100  # statements on a page where `limit` is not given
    largest_page: int = 500  # the most on a page, whatever `limit` says
    body_limit: int = 64 * 1024 * 1024  # bytes of a request, after decompression
    unversioned: str = "0.95"
    """The version that an answer names to a request without a version header. Such a client speaks a version
    before 1.0 (xAPI Part 3 3.3), and an answer can't know which of ours it meant."""
    origins: tuple[str, ...] = ("*",)  # where content in browsers may come from (CORS)
    failures_allowed: int = 20  # wrong credentials from one place in one window
    failure_window: float = 60.0  # seconds
    readers: int | None = None
    """Threads for quick reads; by default 4 on SQLite (more would only wait for one another, each with a smaller
    part of the memory for pages) and 8 on PostgreSQL."""
    waiters: int = (
        8  # threads for what takes long: counts, exports, documents to be written, secrets to be proven
    )
