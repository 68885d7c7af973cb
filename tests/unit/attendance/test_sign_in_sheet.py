"""The paper: a sheet for each session that is held, names as they are, and a QR that says the right thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import segno

from bridge.attendance.sign_in_sheet import SheetWords, name_cards, qr_drawing, sign_in_sheets
from bridge.domain.field import FieldEvent, FieldSession, Participant, SessionState

NOW = datetime(2026, 8, 3, tzinfo=UTC)
SESSIONS = tuple(
    FieldSession(n, f"Sesi {n}", NOW + timedelta(days=n), NOW + timedelta(days=n, hours=3)) for n in (1, 2, 3)
)
PEOPLE = tuple(
    Participant(f"1985011220100110{n:02d}", f"Yohana <b>{n} & Ōhee", "BKPSDM") for n in range(1, 42)
)
EVENT = FieldEvent(
    1, "26-7K3QMX", "Bimtek <SIPD> & lain", 8, "national", "BKPSDM", "Aula, Sentani", "", "", 1, "panitia", NOW,
    SESSIONS, PEOPLE,
)  # fmt: skip
WORDS = SheetWords(
    "Kabupaten Jayapura", "Selasa, 4 Agustus 2026", "08.00 – 12.00 WIT", "https://jp.example/hadir"
)


def pages(pdf: bytes) -> int:
    assert pdf.startswith(b"%PDF-")
    return pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ")


def test_a_sheet_for_each_session_that_is_held() -> None:
    three = sign_in_sheets(EVENT, [WORDS] * 3, NOW)
    cancelled = (SESSIONS[0], replace(SESSIONS[1], state=SessionState.CANCELLED), SESSIONS[2])
    two = sign_in_sheets(replace(EVENT, sessions=cancelled), [WORDS] * 2, NOW)
    assert pages(three) % 3 == 0
    assert pages(two) == pages(three) * 2 // 3
    assert three == sign_in_sheets(EVENT, [WORDS] * 3, NOW)


def test_ten_cards_a_page() -> None:
    assert pages(name_cards(EVENT)) == 5
    assert pages(name_cards(replace(EVENT, participants=PEOPLE[:10]))) == 1


def test_the_drawing_has_a_square_for_every_dark_run() -> None:
    matrix = list(segno.make(PEOPLE[0].nip, error="m", micro=False).matrix_iter(border=2))
    drawing = qr_drawing(PEOPLE[0].nip, 100)
    module = 100 / len(matrix)
    drawn = {
        (round((100 - one.y) / module) - 1, round(one.x / module) + step)
        for one in drawing.contents
        for step in range(round(one.width / module))
    }
    assert drawn == {(y, x) for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark}
