"""The round trip over Excel: findings go out as a worksheet, its answers come back as decisions, after a look
at what they would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from rapidfuzz import fuzz, process
from sqlalchemy import Connection

from bridge.attendance.worksheet import (
    ACCEPT,
    LINK,
    OVERRIDE,
    REJECT,
    Answer,
    WorksheetLine,
    read_worksheet,
    write_worksheet,
)
from bridge.domain.decision import Decision, DecisionKind
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.flows.sheet_preview import LedgerChange, rehearse
from bridge.identity.names import name_tokens
from bridge.store.decision_rows import LEAST_REASON, MOST_JP, make_decision
from bridge.store.sheet_decisions import (
    Evidence,
    answers_standing,
    evidence_of,
    learners_of_nips,
    roster_names,
)
from bridge.store.unit import reading, unit

NEEDS_A_PERSON = ("NIP-", "LEARNER-")
"""Codes by which nobody knows whose evidence it is: accepting it helps nobody, linking does."""


class FoundFinding(Protocol):
    """What a worksheet needs of a finding that is shown (bridge.reports.findings.FindingRow)."""

    @property
    def code(self) -> str: ...
    @property
    def sentence(self) -> str: ...
    @property
    def next_step(self) -> str: ...
    @property
    def subject(self) -> str: ...


def worksheet(
    ctx: Context, findings: Sequence[FoundFinding], secret: bytes, language: str
) -> tuple[bytes, int]:
    """The workbook, and how many findings are in it: those about evidence. Others (sources, ceilings) are mended
    elsewhere and left out."""
    tenant = ctx.office.tenant
    with reading(ctx.store) as connection:
        evidence = evidence_of(connection, tenant, [row.subject for row in findings])
        roster = roster_names(connection, tenant)
    proposals = _Proposals(roster)
    lines = [
        WorksheetLine(
            row.subject,
            known.evidence_hash,
            row.code,
            row.sentence,
            row.next_step,
            known.name,
            known.nip or "",
            proposals.of(known.name) if row.code.startswith((*NEEDS_A_PERSON, "NAME-")) else "",
        )
        for row in findings
        if (known := evidence.get(row.subject)) is not None
    ]
    return write_worksheet(lines, secret, tenant, language), len(lines)


class _Proposals:
    """The three names on the roster that are most like a name: for a person to choose from, never a decision."""

    def __init__(self, roster: Sequence[tuple[str, str]]) -> None:
        self.roster = roster
        self.plain = [" ".join(sorted(name_tokens(name))) for name, _ in roster]

    def of(self, name: str) -> str:
        sought = " ".join(sorted(name_tokens(name)))
        if not sought:
            return ""
        best = process.extract(sought, self.plain, scorer=fuzz.token_sort_ratio, limit=3, score_cutoff=75)
        return "; ".join(f"{self.roster[at][1]} {self.roster[at][0]}" for _, _, at in best)


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer. `state`: `new` (will be a decision), `same` (stands already) or `refused` with the reason."""

    row: int
    code: str
    name: str
    kind: str
    learner: str
    state: str
    sentence: str = ""
    english: str = ""


@dataclass(frozen=True, slots=True)
class DecisionPreview:
    file_name: str
    lines: tuple[AnswerLine, ...]
    ledger: tuple[LedgerChange, ...]
    fingerprint: str

    def count(self, state: str) -> int:
        return sum(line.state == state for line in self.lines)


Judged = tuple[list[AnswerLine], list[tuple[Decision, Evidence]]]


def preview_decisions(
    ctx: Context, content: bytes, file_name: str, secret: bytes, who: str
) -> DecisionPreview:
    """Raises RefuseInput where the file is no worksheet of ours. Nothing is stored."""
    answers = read_worksheet(content, file_name, secret, ctx.office.tenant)

    def rehearsed(connection: Connection) -> Judged:
        judged = _judge(ctx, connection, answers, file_name, who)
        _make(ctx, connection, judged)
        return judged

    judged, ledger = rehearse(ctx, rehearsed)
    return DecisionPreview(file_name, tuple(judged[0]), tuple(ledger), _fingerprint(content, judged))


def commit_decisions(
    ctx: Context, content: bytes, file_name: str, secret: bytes, who: str, fingerprint: str
) -> int:
    """Makes exactly the decisions that were previewed; returns how many. Raises RefuseInput where they are no
    longer those."""
    answers = read_worksheet(content, file_name, secret, ctx.office.tenant)
    with unit(ctx.store) as connection:
        judged = _judge(ctx, connection, answers, file_name, who)
        if _fingerprint(content, judged) != fingerprint:
            raise RefuseInput(
                "PREVIEW-STALE",
                f"Berkas {file_name} atau buktinya sudah berubah sejak dilihat. Lihat pratinjaunya sekali lagi.",
                f"The file {file_name} or its evidence has changed since you looked. Look at the preview again.",
                where=file_name,
            )
        _make(ctx, connection, judged)
    return len(judged[1])


def _make(ctx: Context, connection: Connection, judged: Judged) -> None:
    """As a decision by any other way: on the evidence as it is, and above the office's JP a request that waits for
    a second person."""
    for decision, _ in judged[1]:
        make_decision(connection, ctx.office.tenant, decision, approval_above=ctx.office.approval_jp)


def _fingerprint(content: bytes, judged: Judged) -> str:
    whole = sha256(content)
    for line in judged[0]:
        whole.update(f"{line.row}\x1f{line.kind}\x1f{line.state}\x1f{line.learner}\x1e".encode())
    for decision, evidence in judged[1]:
        whole.update(
            f"{decision.subject}\x1f{decision.learner_id}\x1f{decision.jp}\x1f{evidence.evidence_hash}\x1e".encode()
        )
    return whole.hexdigest()


def _judge(
    ctx: Context, connection: Connection, answers: Sequence[Answer], file_name: str, who: str
) -> Judged:
    tenant = ctx.office.tenant
    subjects = sorted({answer.subject for answer in answers if answer.subject})
    evidence = evidence_of(connection, tenant, subjects)
    standing = answers_standing(connection, tenant, subjects)
    nips = sorted({answer.nip.value for answer in answers if answer.nip.value})
    people = learners_of_nips(connection, tenant, nips)
    lines: list[AnswerLine] = []
    made: list[tuple[Decision, Evidence]] = []
    taken: set[str] = set()
    for answer in answers:
        wrong = _refusal(answer, evidence, people, taken)
        learner_id, learner = people.get(answer.nip.value or "", (None, ""))
        if answer.kind != LINK:
            learner_id, learner = None, ""
        if wrong is not None:
            lines.append(_line(answer, learner, "refused", *wrong))
            continue
        taken.add(answer.subject)
        about = answer.kind if answer.kind in (LINK, OVERRIDE) else "verdict"
        jp = answer.jp if answer.kind == OVERRIDE else None
        if standing.get((answer.subject, about)) == (answer.kind, answer.made_on, learner_id, jp):
            lines.append(_line(answer, learner, "same"))
            continue
        second = SECOND if jp is not None and jp > ctx.office.approval_jp else ("", "")
        lines.append(_line(answer, learner, "new", *second))
        reason = answer.reason or f"{file_name}, baris {answer.row}"
        decision = Decision(
            DecisionKind(answer.kind),
            answer.subject,
            answer.made_on,
            who,
            ctx.clock(),
            reason,
            learner_id,
            jp,
        )
        made.append((decision, evidence[answer.subject]))
    return lines, made


SECOND = (
    "Di atas JP yang boleh ditetapkan satu orang: menjadi permintaan yang menunggu orang kedua.",
    "More JP than one person may set: it becomes a request that waits for a second person.",
)


def _line(answer: Answer, learner: str, state: str, sentence: str = "", english: str = "") -> AnswerLine:
    return AnswerLine(answer.row, answer.code, answer.name, answer.kind, learner, state, sentence, english)


def _refusal(
    answer: Answer, evidence: dict[str, Evidence], people: dict[str, tuple[int, str]], taken: set[str]
) -> tuple[str, str] | None:
    """Why an answer can't become a decision: a sentence in either language, with what to do."""
    if not answer.subject:
        return (
            "Kunci baris tidak dikenal atau sudah diubah. Unduh lembar kerja yang baru.",
            "The row's key is unknown or was changed. Download a new worksheet.",
        )
    known = evidence.get(answer.subject)
    if known is None or known.evidence_hash != answer.made_on:
        return (
            "Buktinya sudah berubah sejak lembar kerja diunduh. Unduh yang baru dan putuskan lagi.",
            "The evidence has changed since the worksheet was downloaded. Download a new one and decide again.",
        )
    if answer.subject in taken:
        return (
            "Bukti ini sudah diputuskan pada baris lain di berkas yang sama.",
            "Another row of the same file decides on this evidence already.",
        )
    if answer.kind not in (ACCEPT, REJECT, LINK, OVERRIDE):
        return (
            f"Keputusan “{answer.kind}” tidak dikenal. Pilih terima, tolak, tautkan, atau tetapkan JP.",
            f"The decision “{answer.kind}” is unknown. Choose accept, reject, link or set JP.",
        )
    if answer.reason and len(answer.reason.strip()) < LEAST_REASON:
        return (
            f"Alasan “{answer.reason}” terlalu pendek; tulis paling sedikit 5 huruf, atau kosongkan.",
            f"The reason “{answer.reason}” is too short; write at least 5 letters, or leave it empty.",
        )
    if answer.kind == OVERRIDE and not 0 < (answer.jp or 0) <= MOST_JP:
        return (
            f"JP “{answer.jp_cell}” tidak dapat dipakai. Tulis bilangan di atas 0 sampai 2000, misalnya 24 atau 2,5.",
            f"The JP “{answer.jp_cell}” can't be used. Write a number above 0 up to 2000, 24 or 2.5, say.",
        )
    if answer.kind in (ACCEPT, OVERRIDE) and answer.code.startswith(NEEDS_A_PERSON):
        return (
            "Belum jelas milik siapa bukti ini. Pilih tautkan dan tulis NIP yang benar, atau tolak.",
            "Nobody knows whose evidence this is. Choose link and write the right NIP, or reject it.",
        )
    if answer.kind == LINK and answer.nip.value is None:
        return (
            f"NIP “{answer.nip_cell}” tidak dapat dipakai. Tulis 18 angka sebagai teks.",
            f"The NIP “{answer.nip_cell}” can't be used. Write its 18 digits as text.",
        )
    if answer.kind == LINK and answer.nip.value not in people:
        return (
            f"NIP {answer.nip.value} tidak ada, atau dimiliki lebih dari satu orang, di daftar pegawai.",
            f"The NIP {answer.nip.value} is not on the roster, or more than one person has it.",
        )
    return None
