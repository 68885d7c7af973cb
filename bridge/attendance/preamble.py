"""The event's data above the table: letterhead, title, `Label : value` lines, one-line summaries."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, time

from bridge.attendance.cells import Grid, folded, text_of
from bridge.attendance.dates import parse_period, states_date, without_dates
from bridge.attendance.forms import form_code, form_in_title
from bridge.attendance.quantities import jp_amid, jp_text, parse_jp


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What the preamble states; empty or None where it says nothing. `jp` as `jp_stated` carries it; `begins` is the
    time of day at which each day begins."""

    title: str = ""
    organiser: str = ""
    place: str = ""
    form: str | None = None
    code: str = ""
    start: date | None = None
    end: date | None = None
    jp: str | None = None
    letterhead: str = ""
    begins: time | None = None

    def named_organiser(self) -> str:
        return self.organiser or self.letterhead


_LABELS: tuple[tuple[str, str], ...] = (
    ("title", r"(?:nama|judul) (?:kegiatan|diklat|pelatihan|acara|bimtek)|kegiatan|acara|activity|event"),
    ("organiser", r"penyelenggara(?: kegiatan)?|panitia|organi[sz]er"),
    ("date", r"tanggal|tgl|hari\s*[/,]\s*(?:tanggal|tgl)|waktu|periode|pelaksanaan|tanggal pelaksanaan|date"),
    ("place", r"tempat|lokasi|place|location"),
    ("jp", r"(?:total|jumlah)? ?(?:jp|jpl|jam pelajaran)"),
    ("form", r"(?:jenis|bentuk|kode jenis)(?: (?:pengembangan|kegiatan))?"),
    ("code", r"kode (?:diklat|kegiatan|program)"),
    ("hours", r"jam(?: (?:mulai|masuk|kegiatan|pelaksanaan))?|pukul|mulai pukul|start time"),
    ("other", r"zona waktu|narasumber|nomor|no surat|catatan|sumber dana|sasaran|diunduh"),
)
_LABEL = re.compile("|".join(f"(?P<{name}>(?:{words}))" for name, words in _LABELS) + r"\Z", re.IGNORECASE)
_LABELLED = re.compile(r"([^:]{2,40}?)\s*:\s*(.+)")
_OFFICE = (
    r"bkpsdmd?|bkpp|bkpsdm|bkd|bpsdm|bpkad|bpkd|bappeda|bapperida|bpbd|diskominfo|inspektorat|rsud|setda|puskesmas"
    r"|kementerian|lembaga|balai"
    r"|biro|bagian|badan|dinas|sekretariat|kantor|universitas|rumah sakit|bkn|lan"
)
_IS_OFFICE = re.compile(rf"(?:{_OFFICE})\b", re.IGNORECASE)
_GOVERNMENT = re.compile(r"pemerintah\b|provinsi\b|kabupaten\b", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:jalan|jl\.?|telp|telepon|email|website|kode pos)\b", re.IGNORECASE)
_KIND_OF_SHEET = re.compile(
    r"(?:daftar hadir|daftar nama|daftar peserta|rekap(?:itulasi)?(?: kehadiran| presensi| absensi)?"
    r"|nominatif|laporan (?:presensi|absensi|scan log|kehadiran)(?: kehadiran| kegiatan)?|presensi"
    r"|absensi|data peserta|lembar kehadiran|log ?book|attendance(?: list)?)(?:\s+peserta)?"
    r"(?:\s+kegiatan)?\b[\s:\-–]*",
    re.IGNORECASE,
)
_YEAR_TAIL = re.compile(r"\s*[\-–,]?\s*\btahun(?: anggaran)? \d{4}\s*\Z", re.IGNORECASE)
_BRACKETED = re.compile(r"\s*\((?:lampiran|se |surat|nomor|no\.)[^)]*\)", re.IGNORECASE)


def read_preamble(grid: Grid, until: int) -> EventFacts:
    """The facts in the rows before `until` (zero-based, exclusive)."""
    facts = EventFacts()
    loose: list[str] = []
    for at in range(min(until, len(grid.rows))):
        texts = [text for cell in grid.rows[at] if (text := text_of(cell))]
        for segment in _segments(texts):
            labelled = _labelled(segment)
            if labelled is None:
                loose.append(segment)
            elif labelled[0] != "other":
                facts = _with(facts, *labelled)
    return _from_loose(facts, loose)


def facts_in(texts: Iterable[str]) -> EventFacts:
    """The facts in lines of text, as in a preamble of one column."""
    lines = [[text] for text in texts]
    return read_preamble(Grid("", lines), len(lines))


def _segments(texts: list[str]) -> list[str]:
    """One row's statements: a label joined with the value in the next cell, lists split at | and ;."""
    joined: list[str] = []
    for text in texts:
        if joined and (text.startswith(":") or joined[-1].endswith(":")):
            joined[-1] = f"{joined[-1].rstrip(':').rstrip()} : {text.lstrip(':').strip()}"
        elif joined and ":" not in joined[-1] and _LABEL.fullmatch(joined[-1]):
            joined[-1] = f"{joined[-1]} : {text}"
        else:
            joined.append(text)
    return [
        part.strip() for text in joined for part in re.split(r"\s*[|;]\s+|\s+\|\s*", text) if part.strip()
    ]


def _labelled(segment: str) -> tuple[str, str] | None:
    match = _LABELLED.match(segment)
    label = _LABEL.fullmatch(match[1].strip()) if match else None
    return (str(label.lastgroup), match[2].strip()) if match and label else None


def _with(facts: EventFacts, label: str, value: str) -> EventFacts:
    if label == "hours":
        return replace(facts, begins=facts.begins or _first_clock(value))
    if label == "date":
        facts = replace(facts, begins=facts.begins or _clock_said(value))
        period = parse_period(value)
        return replace(facts, start=period[0], end=period[1]) if period and facts.start is None else facts
    if label == "jp":
        return replace(facts, jp=jp_text(parse_jp(value)) or value)
    if label == "form":
        return replace(facts, form=form_code(value) or value)
    if label == "title":
        return facts if facts.title else replace(facts, title=value)
    if label == "organiser":
        return facts if facts.organiser else replace(facts, organiser=value)
    if label == "place":
        return facts if facts.place else replace(facts, place=value)
    return replace(facts, code=value)


_CLOCK = r"(\d{1,2})[.:](\d{2})(?!\d)"
_ANY_CLOCK = re.compile(rf"(?<![\d.:]){_CLOCK}")
_SAID_CLOCK = re.compile(rf"\b(?:pukul|jam|pkl)\b\.?\s*:?\s*{_CLOCK}", re.IGNORECASE)


def _first_clock(value: str) -> time | None:
    return _time(_ANY_CLOCK.search(without_dates(value)))


def _clock_said(value: str) -> time | None:
    """Beside a date only what is called a time: `14.04.2026` holds none."""
    return _time(_SAID_CLOCK.search(value))


def _time(match: re.Match[str] | None) -> time | None:
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        return None
    return time(int(match[1]), int(match[2]))


def _from_loose(facts: EventFacts, loose: list[str]) -> EventFacts:
    """Titles, letterheads and one-line summaries: whatever has no label, in the order of the sheet."""
    for line in loose:
        facts = replace(facts, begins=facts.begins or _clock_said(line))
        for part in _parts(_BRACKETED.sub("", line)):
            facts = _take(facts, part)
    return facts


def _parts(line: str) -> list[str]:
    """A summary line (`Title, 3 September 2026, 4 JP, Office`) in its parts; other lines whole."""
    parts = [part.strip() for part in line.split(",")]
    if len(parts) >= 3 and any(states_date(part) for part in parts) and any(map(jp_amid, parts)):
        return parts
    return re.split(r"\s[–—]\s", line) if _IS_OFFICE.match(line) else [line]


def _take(facts: EventFacts, part: str) -> EventFacts:
    period = parse_period(part)
    if period is not None:
        if facts.start is None:
            facts = replace(facts, start=period[0], end=period[1])
        rest = without_dates(part).strip(" ,-–")
        if not rest or folded(rest) in ("tahun", "tanggal", "tgl"):
            return facts
        if len(rest.split()) <= 4 and form_in_title(rest) is None and not _KIND_OF_SHEET.match(rest):
            return facts if facts.place else replace(facts, place=rest)
        part = rest
    figure = jp_amid(part)
    if figure is not None and len(part.split()) <= 5:
        return facts if facts.jp else replace(facts, jp=jp_text(figure))
    if _ADDRESS.match(part) or folded(part).startswith("pemerintah"):
        return facts
    bare = _YEAR_TAIL.sub("", part).strip(" ,-–")
    if _IS_OFFICE.match(bare) or _GOVERNMENT.match(bare):
        return facts if facts.letterhead else replace(facts, letterhead=bare)
    title = _KIND_OF_SHEET.sub("", bare, count=1) if _KIND_OF_SHEET.match(bare) else bare
    title = title.strip(" ,-–:")
    if not facts.title and len(title.split()) >= 2:
        facts = replace(facts, title=title)
    return facts
