"""Stored findings as Arrow: a run over the touched reads those of its scope while it computes. Nobody but the run
writes findings about evidence."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson
import pyarrow as pa
from sqlalchemy import BigInteger, Text, select, type_coerce

from bridge.store.among import in_parts, one_of
from bridge.store.arrow_scan import Scan
from bridge.store.tables import finding
from bridge.store.types import EPOCH

CHUNK = 2000


class KnownFinding(NamedTuple):
    """A stored finding, open or closed, as it lies in the store: most are only compared."""

    finding_id: int
    code: str
    subject: str
    learner_id: int | None
    params_text: str
    opened: int  # microseconds since the epoch
    closed_at: int | None

    @property
    def params(self) -> dict[str, str]:
        params: dict[str, str] = orjson.loads(self.params_text)
        return params

    @property
    def opened_at(self) -> datetime:
        return EPOCH + timedelta(microseconds=self.opened)


def known_findings(table: pa.Table) -> Iterable[KnownFinding]:
    """The rows of a table that `stored_findings` gave."""
    columns = (table[name].to_pylist() for name in KNOWN_SCHEMA.names)
    return map(KnownFinding._make, zip(*columns, strict=True))


def stored_findings(
    scan: Scan, tenant: str, *, learners: Collection[int] = (), subjects: Collection[str] = ()
) -> pa.Table:
    """All findings, open and closed, of the learners and about the subjects (some twice)."""
    queries = [KNOWN.where(one_of(finding.c.learner_id, part)) for part in in_parts(sorted(learners), CHUNK)]
    queries += [KNOWN.where(one_of(finding.c.subject, part)) for part in in_parts(sorted(subjects), CHUNK)]
    return scan.table([query.where(finding.c.tenant == tenant) for query in queries], KNOWN_SCHEMA)


KNOWN = select(
    finding.c.finding_id,
    finding.c.code,
    finding.c.subject,
    finding.c.learner_id,
    type_coerce(finding.c.params, Text),
    type_coerce(finding.c.opened_at, BigInteger),
    type_coerce(finding.c.closed_at, BigInteger),
)
KNOWN_SCHEMA = pa.schema(
    [
        ("finding_id", pa.int64()),
        ("code", pa.string()),
        ("subject", pa.string()),
        ("learner_id", pa.int64()),
        ("params", pa.string()),
        ("opened_at", pa.int64()),
        ("closed_at", pa.int64()),
    ]
)
