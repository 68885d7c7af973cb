"""A file that was carried from a device without a link, brought in at the console."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from starlette.responses import Response

from bridge.domain.field import Carried
from bridge.errors import RefuseInput
from bridge.flows.field_carriage import read_carriage, unpacked
from bridge.flows.field_intake import REASONS, Answer, Intake, take_in
from bridge.web.pages.field import desk_of
from bridge.web.visit import Visit

LARGEST_FILE = 16 * 2**20
"""20,000 records have about 10 MB."""
_LARGEST_UNPACKED = 24 * 2**20
_SHOWN_REFUSALS = 100


@dataclass(frozen=True, slots=True)
class Brought:
    """What the file holds of one session. `session` is 0 where a record names none that can be read."""

    event: str
    session: int
    taken: int
    repeat: int
    refused: int


def form(visit: Visit) -> Response:
    return _page(visit)


def bring(visit: Visit) -> Response:
    """Take in the file; every record is answered, and a second time changes nothing."""
    try:
        file = visit.file
        if file is None or not file.body:
            raise RefuseInput(
                "FILE-MISSING",
                "Belum ada berkas yang dipilih, atau berkasnya kosong. Pilih berkas lalu kirim.",
                "No file was chosen, or it is empty. Choose a file and send it.",
            )
        carriage = read_carriage(unpacked(file.body, _LARGEST_UNPACKED), file.file_name)
        intake = take_in(desk_of(visit), carriage, Carried.FILE, visit.account)
    except RefuseInput as fault:
        return _page(visit, 400, problem=fault.sentence if visit.language == "id" else fault.english)
    refused = [one for one in intake.receipts if one.answer is Answer.REFUSED]
    return _page(
        visit,
        file_name=file.file_name,
        taken=intake.count(Answer.TAKEN),
        repeat=intake.count(Answer.REPEAT),
        rows=brought(intake),
        refused=refused[:_SHOWN_REFUSALS],
        more=max(len(refused) - _SHOWN_REFUSALS, 0),
    )


def brought(intake: Intake) -> list[Brought]:
    """By event and session, in their order."""
    counts = Counter((one.event, one.session, one.answer) for one in intake.receipts)
    places = sorted({(event, session) for event, session, _ in counts})
    return [
        Brought(event, session, *(counts[event, session, answer] for answer in Answer))
        for event, session in places
    ]


def _page(visit: Visit, status: int = 200, **words: object) -> Response:
    empty = {"file_name": "", "taken": 0, "repeat": 0, "rows": [], "refused": [], "more": 0, "problem": ""}
    return visit.page("field/file.html", status, **{**empty, **words, "reasons": REASONS})
