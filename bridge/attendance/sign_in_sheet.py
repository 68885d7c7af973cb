"""The paper of an event: a sign-in sheet for each session, and cards whose QR is the NIP.

The sheet is what offices know: letterhead, double rule, *DAFTAR HADIR*, No, Nama, NIP, Unit Kerja, and the
signatures staggered left and right. Its QR is the session's address, where a learner types the six digits that
the organiser's screen shows; a QR on paper can't rotate, so it proves nothing by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

import segno
from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from bridge.domain.field import FieldEvent, FieldSession, Participant

_MARGIN = 18 * mm
_SPARE_ROWS = 5
"""Empty rows at the end of a roster: somebody always comes without being on it."""


@dataclass(frozen=True, slots=True)
class SheetWords:
    """What the letterhead and the head of one session say. `address` is what the QR holds."""

    office: str
    day: str
    hours: str
    address: str


def _style(name: str, size: float, leading: float, **more: Any) -> Any:
    return ParagraphStyle(
        name, fontName=more.pop("font", "Helvetica"), fontSize=size, leading=leading, **more
    )


_HEAD = _style("head", 13, 16, font="Times-Bold", alignment=TA_CENTER)
_SUBHEAD = _style("subhead", 10.5, 13, font="Times-Roman", alignment=TA_CENTER)
_TITLE = _style("title", 13, 16, font="Helvetica-Bold", alignment=TA_CENTER)
_FACT = _style("fact", 9.5, 12.5)
_CELL = _style("cell", 9, 11)
_SMALL = _style("small", 7.5, 9.5, textColor=colors.HexColor("#444444"))
_SIGN = _style("sign", 9.5, 12.5)


def _text(words: str, style: Any) -> Any:
    """A paragraph of plain words: what looks like markup in a name stays a name. Characters outside the fonts'
    WinAnsi set are written as `?`, which the eye finds."""
    return Paragraph(escape(words.encode("cp1252", "replace").decode("cp1252")), style)


def qr_drawing(content: str, side: float) -> Any:
    """A QR code (error correction M) as vector squares, `side` points wide with its quiet zone."""
    matrix = list(segno.make(content, error="m", micro=False).matrix_iter(border=2))
    module = side / len(matrix)
    drawing = Drawing(side, side)
    for line, row in enumerate(matrix):
        start = None
        for place, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = place
            elif not dark and start is not None:
                y = side - (line + 1) * module
                # a hair taller than a module, so that viewers show no seams
                square = Rect(start * module, y, (place - start) * module, module * 1.02)
                square.strokeColor, square.fillColor = None, colors.black
                drawing.add(square)
                start = None
    return drawing


def _letterhead(event: FieldEvent, words: SheetWords) -> list[Any]:
    rule = Table([[""]], colWidths=[A4[0] - 2 * _MARGIN], rowHeights=[3])
    rule.setStyle(
        TableStyle(
            [
                ("LINEABOVE", (0, 0), (-1, 0), 2, colors.black),
                ("LINEBELOW", (0, 0), (-1, 0), 0.6, colors.black),
            ]
        )
    )
    return [_text(words.office.upper(), _HEAD), _text(event.organiser, _SUBHEAD), Spacer(1, 5), rule]


def _session_head(event: FieldEvent, session: FieldSession, words: SheetWords) -> list[Any]:
    facts = [
        ("Kegiatan", event.title),
        ("Sesi", f"{session.number}. {session.title}"),
        ("Hari, tanggal", words.day),
        ("Pukul", words.hours),
        ("Tempat", event.place),
    ]
    table = Table(
        [[_text(name, _FACT), _text(":", _FACT), _text(value, _FACT)] for name, value in facts],
        colWidths=[25 * mm, 4 * mm, 110 * mm],
    )
    table.setStyle(_plain(bottom=1))
    code = [
        qr_drawing(words.address, 31 * mm),
        _text(f"Kode acara {event.code}", _SMALL),
    ]
    side = Table([[table, code]], colWidths=[139 * mm, 35 * mm])
    side.setStyle(_plain())
    return [Spacer(1, 10), _text("DAFTAR HADIR", _TITLE), Spacer(1, 8), side, Spacer(1, 6)]


def _plain(bottom: float = 0) -> Any:
    return TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 0),
            ("BOTTOMPADDING", (0, 0), (-1, -1), bottom),
        ]
    )


def _roll(people: Sequence[Participant]) -> Any:
    heads = ("No", "Nama", "NIP", "Unit Kerja/OPD", "Tanda Tangan", "")
    centred = _style("th", 9, 11, font="Helvetica-Bold", alignment=TA_CENTER)
    rows: list[list[Any]] = [[_text(head, centred) for head in heads]]
    blank = [Participant("", "")] * _SPARE_ROWS
    for number, one in enumerate([*people, *blank], 1):
        # odd numbers sign on the left, even ones on the right: a signature has room
        left, right = (f"{number}.", "") if number % 2 else ("", f"{number}.")
        cells = (str(number), one.name, one.nip, one.office, left, right)
        rows.append([_text(cell, _CELL) for cell in cells])
    table = Table(
        rows,
        colWidths=[9 * mm, 49 * mm, 37 * mm, 37 * mm, 21 * mm, 21 * mm],
        rowHeights=[8 * mm] + [None] * (len(rows) - 1),
        repeatRows=1,
    )
    style = [
        ("GRID", (0, 0), (3, -1), 0.5, colors.black),
        ("BOX", (4, 0), (5, -1), 0.5, colors.black),
        ("LINEBELOW", (4, 0), (5, -1), 0.5, colors.black),
        ("SPAN", (4, 0), (5, 0)),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#eef1ef")),
        ("TOPPADDING", (0, 1), (-1, -1), 5),
        ("BOTTOMPADDING", (0, 1), (-1, -1), 6),
    ]
    table.setStyle(TableStyle(style))
    return table


def _signature(event: FieldEvent, words: SheetWords) -> Any:
    lines = [
        f"{event.place.split(',')[-1].strip()}, {words.day.partition(',')[2].strip() or words.day}",
        "Penanggung jawab kegiatan,",
    ]
    cell = [
        *(_text(line, _SIGN) for line in lines),
        Spacer(1, 17 * mm),
        _text("( ................................................ )", _SIGN),
        _text("NIP.", _SIGN),
    ]
    table = Table([["", cell]], colWidths=[104 * mm, 70 * mm])
    table.setStyle(_plain())
    return KeepTogether([Spacer(1, 10 * mm), table])


def sign_in_sheets(event: FieldEvent, words: Sequence[SheetWords], made_at: datetime) -> bytes:
    """A PDF with the sheet of every session that was not cancelled; `words` stand in the order of these."""
    sessions = event.counted_sessions
    out = BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        title=f"Daftar hadir {event.title}",
        author=event.organiser,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=14 * mm,
        bottomMargin=16 * mm,
        invariant=1,
    )
    frame = Frame(_MARGIN, 16 * mm, A4[0] - 2 * _MARGIN, A4[1] - 30 * mm, 0, 0, 0, 0)
    story: list[Any] = []
    templates = []
    for session, told in zip(sessions, words, strict=True):
        name = f"sesi{session.number}"
        foot = f"{event.code} · sesi {session.number} · dicetak {made_at:%d-%m-%Y %H:%M}"
        templates.append(PageTemplate(name, [frame], onPage=_footer(foot)))
        if story:
            story += [NextPageTemplate(name), PageBreak()]
        story += _letterhead(event, told) + _session_head(event, session, told)
        story += [_roll(event.participants), _signature(event, told)]
    document.addPageTemplates(templates)
    document.build(story)
    return out.getvalue()


def _footer(words: str) -> Any:
    def draw(canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont("Helvetica", 7.5)
        canvas.drawString(_MARGIN, 9 * mm, words.encode("cp1252", "replace").decode("cp1252"))
        canvas.drawRightString(A4[0] - _MARGIN, 9 * mm, f"Halaman {document.page}")
        canvas.restoreState()

    return draw


_CARD = (85.6 * mm, 53.98 * mm)  # ISO/IEC 7810 ID-1, the size of an identity card
_COLUMNS, _ROWS = 2, 5


def name_cards(event: FieldEvent) -> bytes:
    """A PDF of cards to cut, ten a page: name, NIP, office, and the NIP as a QR for the organiser's scanner."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle(f"Kartu peserta {event.title}")
    left = (A4[0] - _COLUMNS * _CARD[0]) / 2
    top = A4[1] - (A4[1] - _ROWS * _CARD[1]) / 2
    for number, one in enumerate(event.participants):
        place = number % (_COLUMNS * _ROWS)
        if number and place == 0:
            canvas.showPage()
        x = left + place % _COLUMNS * _CARD[0]
        y = top - (place // _COLUMNS + 1) * _CARD[1]
        _card(canvas, event, one, x, y)
    canvas.save()
    return out.getvalue()


def _card(canvas: Any, event: FieldEvent, one: Participant, x: float, y: float) -> None:
    canvas.setStrokeColor(colors.HexColor("#9aa5a1"))
    canvas.setDash(2, 2)
    canvas.rect(x, y, *_CARD)
    canvas.setDash()
    qr_drawing(one.nip, 34 * mm).drawOn(canvas, x + 3 * mm, y + 4 * mm)
    room = _CARD[0] - 42 * mm
    parts = [
        (_text(one.name, _style("name", 11, 13, font="Helvetica-Bold")), 20 * mm),
        (_text(one.nip, _style("nip", 8.5, 11, font="Courier")), 7 * mm),
        (_text(one.office, _SMALL), 14 * mm),
    ]
    height = y + 38 * mm
    for part, most in parts:
        _, used = part.wrap(room, most)
        height -= min(used, most)
        part.drawOn(canvas, x + 38 * mm, height)
        height -= 1.5 * mm
    head = _text(event.title, _style("event", 8, 9.5, font="Helvetica-Bold"))
    _, used = head.wrap(_CARD[0] - 8 * mm, 10 * mm)
    head.drawOn(canvas, x + 4 * mm, y + _CARD[1] - 3 * mm - min(used, 10 * mm))
