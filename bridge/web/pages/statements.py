"""An auditor's look at many statements at once: how many there are, and all of them as a file.

Read-only; the gate has logged the reading, with its question, before the answer begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from bridge.errors import RefuseInput
from bridge.web.context import StatementQuery
from bridge.web.pages.audit import STATEMENT_FIELDS, statement_query
from bridge.web.visit import Visit

SHAPES = ("csv", "jsonl", "parquet")
WAYS = ("verb", "activity", "day")


def _question(visit: Visit) -> StatementQuery:
    query, person = statement_query(visit)
    if query.statement_id is not None:
        raise HTTPException(404)  # one statement has a page of its own
    if visit.asked("orang") and person is None:
        raise RefuseInput(
            "PERSON-UNKNOWN",
            "Tidak ada pegawai yang cocok. Coba NIP tanpa spasi, atau satu kata dari namanya.",
            "No learner matches. Try the NIP without spaces, or one word of the name.",
        )
    return query


def download(visit: Visit) -> Response:
    """Every statement of the question, oldest first, in pieces as the browser takes them."""
    export, shape = visit.context.statement_export, str(visit.part("shape"))
    if export is None or shape not in SHAPES:
        raise HTTPException(404)
    media_type, pieces = export(_question(visit), shape)
    headers = {"content-disposition": f'attachment; filename="pernyataan-{visit.now:%Y%m%d}.{shape}"'}
    return StreamingResponse(_not_empty(pieces), media_type=media_type, headers=headers)


def _not_empty(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return (piece for piece in pieces if piece)


def counts(visit: Visit) -> Response:
    count = visit.context.statement_counts
    if count is None:
        raise HTTPException(404)
    query = _question(visit)
    by = visit.asked("menurut") or "verb"
    if by not in WAYS:
        raise HTTPException(404)
    rows = count(query, by)
    return visit.page(
        "audit_statement_counts.html",
        rows=rows,
        total=sum(number for _, number in rows),
        most=max((number for _, number in rows), default=1),
        by=by,
        values={name: visit.asked(name) for name in STATEMENT_FIELDS},
        query=asked_again(visit),
    )


def asked_again(visit: Visit) -> str:
    """The question as a query string, for links from one view of it to another."""
    return urlencode({name: visit.asked(name) for name in STATEMENT_FIELDS if visit.asked(name)})
