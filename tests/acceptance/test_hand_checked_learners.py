"""The hand-checked table of thirty learners: each alone, and all of them in one run with the same result."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bridge.domain.jp import from_hundredths
from bridge.engine.run import reconcile
from tests.office import Office

TABLE = Path(__file__).parent / "hand_checked.toml"
LEARNERS: list[dict[str, Any]] = tomllib.loads(TABLE.read_text("utf-8"))["learner"]


def office() -> Office:
    place = Office(as_of=date(2026, 11, 24))
    place.programme("TEK", 3, 2400, title="Pelatihan Teknis Arsip")
    place.component("TEK", "online", external_course="1")
    place.programme("BLE", 3, 3000, title="Manajemen Risiko")
    place.component("BLE", "online", external_course="2", jp=1000)
    place.component("BLE", "offline", source="", title="Klasikal Risiko", jp=2500)
    place.programme("PAR", 17, 2550, title="Literasi Digital", partial=True)
    place.component("PAR", "online", external_course="3", jp=850)
    place.component("PAR", "offline", source="", title="Literasi Tatap Muka")
    place.programme("JAU", 17, 2000, title="Pelatihan GIS", scope="international")
    place.component("JAU", "online", external_course="4")
    place.programme("SEM", 9, None, title="Seminar Papua", scope="international")
    place.programme("OLD", 8, 1000, title="Diklat Lama", valid_to=date(2026, 4, 30))
    place.component("OLD", "online", external_course="7")
    place.programme("NEW", 8, 1500, title="Diklat Baru", valid_from=date(2026, 5, 1))
    place.component("NEW", "online", external_course="7")
    place.programme("KEL", 5, 4000, title="Kelas Pelayanan")
    place.component("KEL", "online", external_course="8")
    place.component("KEL", "offline", source="", title="Tatap Muka Pelayanan")
    return place


def nip_of(number: int) -> str:
    return f"1985010120100110{number:02}"


def enter(place: Office, number: int, learner: dict[str, Any]) -> None:
    nip = nip_of(number)
    place.employee(number, nip, "Budi Santoso", employment=learner.get("employment", "PNS"))
    for row in learner.get("online", ()):
        place.completed(
            nip,
            row["course"],
            row["at"].isoformat(" "),
            jp_stated=row.get("jp"),
            standing=row.get("standing", "completed"),
            attempt=row.get("attempt", "1"),
        )
    for place_in_list, row in enumerate(learner.get("in_class", ())):
        ref, source = f"e{number}-{place_in_list}", row.get("source", "sheet")
        place.event(
            ref,
            row["title"],
            row["from"],
            row["to"],
            source=source,
            form_stated=row.get("form"),
            jp_stated=row.get("jp"),
        )
        place.attended(
            nip,
            ref,
            source=source,
            sessions_attended=row.get("attended"),
            sessions_total=row.get("total"),
            certificate_no=row.get("certificate"),
            minutes=row.get("minutes"),
            learner_name=row.get("name", ""),
        )


def told(place: Office) -> tuple[dict[int, dict[str, Decimal]], dict[int, Counter[str]]]:
    """(learner -> "title, year" -> JP, learner -> codes). Remarks on the catalogue are of no learner."""
    result = reconcile(place.inputs(), threads=1)
    due: dict[int, dict[str, Decimal]] = {}
    for row in result.desired.to_pylist():
        mine, key = due.setdefault(row["learner_id"], {}), f"{row['title']}, {row['year']}"
        mine[key] = mine.get(key, Decimal(0)) + from_hundredths(row["jp"])
    codes: dict[int, Counter[str]] = {}
    for row in result.finding.to_pylist():
        if row["learner_id"] is not None:
            codes.setdefault(row["learner_id"], Counter())[row["code"]] += 1
    return due, codes


def wanted(learner: dict[str, Any]) -> tuple[dict[str, Decimal], Counter[str]]:
    due = {key: Decimal(str(jp)) for key, jp in learner.get("due", {}).items()}
    return due, Counter(learner.get("findings", ()))


def test_the_table_has_thirty_learners_each_with_its_reason() -> None:
    assert len(LEARNERS) == 30
    assert len({learner["who"] for learner in LEARNERS}) == 30
    for learner in LEARNERS:
        assert len(learner["why"]) > 30, learner["who"]
        assert learner.get("due") or learner.get("findings"), learner["who"]


@pytest.mark.parametrize("number", range(1, 31), ids=[learner["who"] for learner in LEARNERS])
def test_a_learner_gets_what_the_text_says(number: int) -> None:
    learner = LEARNERS[number - 1]
    place = office()
    enter(place, number, learner)
    due, codes = told(place)
    assert (due.get(number, {}), codes.get(number, Counter())) == wanted(learner), learner["why"]


def test_all_of_them_together_get_the_same() -> None:
    place = office()
    for number, learner in enumerate(LEARNERS, start=1):
        enter(place, number, learner)
    due, codes = told(place)
    for number, learner in enumerate(LEARNERS, start=1):
        assert (due.get(number, {}), codes.get(number, Counter())) == wanted(learner), learner["who"]
