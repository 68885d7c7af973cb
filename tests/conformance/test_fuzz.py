"""Whatever is sent, the answer is never a fault of the server (5xx), and what is accepted comes back.

A short run of what `make fuzz-lrs` does for as long as one likes; see tests/fuzz.
"""

from __future__ import annotations

from collections import Counter

from tests.conformance.server import running_lrs
from tests.fuzz.__main__ import PATIENT, http_round, parser_round
from tests.fuzz.judge import Judge


def test_the_parser_refuses_or_accepts_and_never_fails() -> None:
    counts: Counter[bool] = Counter()
    parser_round(counts, cases=300)()
    assert counts[True] > 0
    assert counts[False] > 50


def test_the_server_refuses_or_accepts_and_never_fails(store_url: str) -> None:
    with running_lrs(store_url, PATIENT) as lrs:
        judge = Judge(lrs)
        http_round(judge, cases=150)()
    statuses = {status for _, _, status in judge.counts}
    assert judge.counts.total() >= 150
    assert statuses & {200, 204}
    assert 400 in statuses
