"""Who is who, in the console: two numbers of one person, one learner who is two people, another number with its days.
Every decision is listed and can be taken back, the newest first."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection
from starlette.responses import Response

from bridge.domain.learner import Scheme
from bridge.errors import RefuseInput
from bridge.identity.nip import read_nip
from bridge.store.people import learner_of_nip
from bridge.store.person_rows import (
    Why,
    add_alias,
    merge_people,
    split_person,
    told_person_decisions,
    undo_person_decision,
)
from bridge.store.unit import unit
from bridge.web.visit import Visit

SHOWN = 200
SCHEMES = (Scheme.NIP, Scheme.NIK, Scheme.EMAIL, Scheme.ACCOUNT)


def listed(visit: Visit) -> Response:
    with visit.store() as connection:
        told = told_person_decisions(connection, visit.context.tenant)
    return visit.page(
        "persons.html",
        decisions=told[:SHOWN],
        saved=visit.asked("tersimpan") == "ya",
        nip=visit.asked("nip")[:40],
        schemes=[scheme.value for scheme in SCHEMES],
    )


def change(visit: Visit) -> Response:
    """Merge, split, add a number, or take one of these back. Raises RefuseInput."""
    tenant, form = visit.context.tenant, visit.form
    why = Why(visit.account.name, form.get("reason", "")[:1000], visit.now)
    what = form.get("what", "")
    with unit(visit.context.engine) as connection:
        if what == "merge":
            keep, gone = (_learner(connection, tenant, form.get(name, "")) for name in ("nip", "other"))
            merge_people(connection, tenant, keep, gone, why)
        elif what == "split":
            values = [_number(word) for word in form.get("values", "").replace(",", " ").split()]
            learner_id = _learner(connection, tenant, form.get("nip", ""))
            split_person(connection, tenant, learner_id, values, form.get("name", "")[:200], why)
        elif what == "alias":
            _alias(visit, connection, why)
        elif what == "undo" and form.get("number", "").isdecimal() and len(form["number"]) < 16:
            undo_person_decision(connection, tenant, int(form["number"]), why)
        else:
            raise RefuseInput(
                "DECISION-KIND", "Pilih salah satu tombol keputusan.", "Choose one of the buttons."
            )
    return visit.go("/orang?tersimpan=ya")


def _alias(visit: Visit, connection: Connection, why: Why) -> None:
    form = visit.form
    scheme = form.get("scheme", "")
    if scheme not in {one.value for one in SCHEMES}:
        raise RefuseInput("ALIAS-SCHEME", f"Jenis pengenal {scheme} tidak dikenal. Pakai nip, nik, email, account.",
                          f"The kind {scheme} is unknown. Use nip, nik, email or account.")  # fmt: skip
    written = form.get("value", "").strip()[:200]
    value = read_nip(written).value if scheme == Scheme.NIP else written
    if not value:
        raise RefuseInput("ALIAS-VALUE", f"“{written}” tidak dapat dipakai. Periksa angkanya.",
                          f"“{written}” can't be used. Check the digits.")  # fmt: skip
    learner_id = _learner(connection, visit.context.tenant, form.get("nip", ""))
    source = form.get("source", "").strip()[:64] if scheme == Scheme.ACCOUNT else ""
    add_alias(
        connection, visit.context.tenant, learner_id, scheme, source, value, _day(form.get("valid_from", "")),
        _day(form.get("valid_to", "")), why,
    )  # fmt: skip


def _learner(connection: Connection, tenant: str, written: str) -> int:
    row = learner_of_nip(connection, tenant, _number(written))
    if row is None:
        raise RefuseInput("LEARNER-UNKNOWN", f"Tidak ada pegawai dengan NIP {written[:40]}. Periksa angkanya.",
                          f"No learner has the NIP {written[:40]}. Check the digits.")  # fmt: skip
    return int(row.learner_id)


def _number(written: str) -> str:
    return read_nip(written).value or written.strip()


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written.strip()) if written.strip() else None
    except ValueError:
        raise RefuseInput("DATE-UNREADABLE", f"Tanggal “{written[:40]}” tidak terbaca. Tulis misalnya 2026-03-01.",
                          f"The date “{written[:40]}” can't be read. Write 2026-03-01, say.") from None  # fmt: skip
