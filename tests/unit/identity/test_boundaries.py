"""The edges that mutation testing found unguarded: the first and the last value on each side of a limit."""

from __future__ import annotations

import pytest

from bridge.domain.learner import Identifier, Scheme
from bridge.identity.names import name_tokens, plausible_same_name, strip_titles
from bridge.identity.nip import is_pppk, read_identity, read_nip
from bridge.identity.proposals import Ground, Person, Roster, Trace, propose, weigh

BUDI = "198501012010011001"
PERSON = Person(1, "Budi Santoso", ("198765432109123456",), "8001.01", "Dinas Pendidikan & Olahraga", "budi@x.id",
                ("9171010101850001",))  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "problem", "why"),
    [
        (0.0, "NIP-MISSING", "placeholder"),
        (0.5, "NIP-INVALID", "text"),
        (1.0, "NIP-MISSING", "placeholder"),
        (1e17, "NIP-TRUNCATED", "float"),
        (1e18, "NIP-INVALID", "length"),
        (float(2**53), "NIP-INVALID", "nik"),
        ("1234567", "NIP-MISSING", "internal-number"),
        ("12345678", "NIP-INVALID", "length"),
        ("no 1234567 x", "NIP-MISSING", "internal-number"),
        ("no 12345678 x", "NIP-INVALID", "text"),
        ("189912312010011001", "NIP-INVALID", "birth-date"),
        (f"{BUDI} dan 197903122005022003", "NIP-CONFLICT", "several"),
        ("198501012010010" + "001", "NIP-INVALID", "sex"),
        ("198501012010013001", "NIP-INVALID", "sex"),
    ],
)
def test_the_edges_of_a_number(cell: str | float, problem: str, why: str) -> None:
    reading = read_nip(cell)
    assert (reading.problem, reading.why, reading.value) == (problem, why, None)


def test_the_first_birth_year_that_is_believed() -> None:
    assert read_nip("190001011920011001").value == "190001011920011001"


def test_month_12_is_a_pns_and_13_a_pppk() -> None:
    assert [is_pppk(f"1985010120101{month}1001"[:18]) for month in ("2", "3")] == [False, True]
    assert is_pppk("198501012010121001") is False
    assert is_pppk("198501012010131001") is True


def test_what_was_mended_is_told_with_a_problem_too() -> None:
    assert read_nip(" '1.98501E+17 ").repaired == ("spaces", "apostrophe")
    assert read_nip("NIP. 19850101 2010 01 3001").repaired == ("prefix", "spaces")
    assert read_nip("1985O1O1.2O1OO11OO1").repaired == ("separators", "letters")


def test_of_several_identifiers_every_one_is_read_and_the_reason_kept() -> None:
    """An e-mail before the number stops nothing; an account in words is no try at a number."""
    mail, number = Identifier(Scheme.EMAIL, "a@b.id"), Identifier(Scheme.NIP, BUDI)
    assert read_identity((mail, number)).value == BUDI
    other = Identifier(Scheme.NIP, "197903122005022003")
    assert (read_identity((number, other)).problem, read_identity((number, other)).why) == (
        "NIP-CONFLICT",
        "several",
    )
    account = read_identity((Identifier(Scheme.ACCOUNT, "rizky.wanggai", "lms"),))
    assert (account.problem, account.why) == ("NIP-MISSING", "text")
    formula = read_identity((Identifier(Scheme.ACCOUNT, "=A1", "lms"),))
    assert (formula.problem, formula.why) == ("NIP-MISSING", "text")
    assert read_identity((Identifier(Scheme.NIP, "siapa ya 12345678"),)).problem == "NIP-INVALID"
    assert (read_identity(()).problem, read_identity(()).why) == ("NIP-MISSING", "blank")


def test_one_letter_is_a_title_only_with_its_full_stop() -> None:
    assert strip_titles("H. Ahmad Yani") == "Ahmad Yani"
    assert strip_titles("H Ahmad Yani") == "H Ahmad Yani"
    assert strip_titles("Ny Ahmad Yani") == "Ahmad Yani"
    assert strip_titles("dr.Nur Aini") == "Nur Aini"
    assert strip_titles("S.Sos") == "S.Sos"
    assert strip_titles("Ahmad S.Sos") == "Ahmad"
    assert name_tokens("J. Nur") == ("j", "nur")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Yusuf", "Yusaf", True),  # five letters: one slip
        ("Budi", "Buda", False),  # four: none
        ("Santosabudi", "Santasabuda", True),  # eleven: two
        ("Santosabud", "Santasabod", True),  # ten: two
        ("Santosabu", "Santasabo", False),  # nine: one
        ("B. S.", "Budi Santoso", False),  # initials alone never agree
        ("Li Na", "Li Mo", False),
        ("Li N", "Li Na", True),
    ],
)
def test_how_many_slips_a_word_forgives(one: str, other: str, same: bool) -> None:
    assert plausible_same_name(one, other) is plausible_same_name(other, one) is same


def grounds(trace: Trace, person: Person = PERSON) -> dict[Ground, str]:
    told = weigh(trace, person)
    return {} if told is None else dict(told.grounds)


def test_another_office_and_another_nik_are_no_ground() -> None:
    assert grounds(Trace(name="Budi Santoso", office="Dinas Kesehatan", nik="1" * 16)) == {
        Ground.NAME: "Budi Santoso"
    }
    same = grounds(Trace(name="Budi Santoso", office="DINAS PENDIDIKAN dan OLAHRAGA"))
    assert same == {Ground.NAME: "Budi Santoso"}
    same = grounds(Trace(name="Budi Santoso", office="dinas  pendidikan / olahraga"))
    assert same[Ground.OFFICE] == "Dinas Pendidikan & Olahraga"
    assert (
        grounds(Trace(name="Budi Santoso", office="8001.01"))[Ground.OFFICE] == "Dinas Pendidikan & Olahraga"
    )


@pytest.mark.parametrize("place", range(17))
def test_any_two_neighbours_may_be_swapped(place: int) -> None:
    nip = PERSON.nips[0]
    typed = nip[:place] + nip[place + 1] + nip[place] + nip[place + 2 :]
    assert grounds(Trace(typed)) == {Ground.NIP_SWAPPED: nip}
    assert propose(Trace(typed), Roster.of([PERSON]))[0].person is PERSON


def test_two_wrong_digits_that_are_no_swap_leave_the_birth_date() -> None:
    nip = PERSON.nips[0]
    assert grounds(Trace(nip[:15] + "999")) == {Ground.NIP_BEGINNING: nip, Ground.BIRTH_DATE: nip[:8]}
    assert grounds(Trace(nip[:14] + "9" + "999")) == {Ground.BIRTH_DATE: nip[:8]}
    assert grounds(Trace(nip[:12] + "77" + nip[14:])) == {Ground.BIRTH_DATE: nip[:8]}


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        (5, set()),
        (6, {Ground.NIP_BEGINNING}),
        (7, {Ground.NIP_BEGINNING}),
        (8, {Ground.NIP_BEGINNING, Ground.BIRTH_DATE}),
        (15, {Ground.NIP_BEGINNING, Ground.BIRTH_DATE}),
    ],
)
def test_how_many_digits_a_beginning_needs(digits: int, expected: set[Ground]) -> None:
    kept = PERSON.nips[0][:digits]
    assert set(grounds(Trace(f"{kept[0]}.{kept[1:]}E+17"))) == expected
    found = propose(Trace(f"{kept[0]}.{kept[1:]}E+17"), Roster.of([PERSON]))
    assert [one.person for one in found] == ([PERSON] if expected else [])


def test_an_unknown_address_or_word_finds_nobody_and_breaks_nothing() -> None:
    roster = Roster.of([PERSON])
    assert propose(Trace(name="Zwingli", emails=("x@y.id",), nik="0" * 16), roster) == []
    everything = Trace(
        PERSON.nips[0][:15] + "999", "Budi Santoso", PERSON.office_name, ("BUDI@X.ID",), PERSON.niks[0]
    )
    assert propose(everything, roster)[0].score == 100


def test_a_part_of_a_name_is_alike_whatever_the_letters() -> None:
    long = Person(2, "Sri Wahyuningsih Kartika Dewanti", ())
    assert set(grounds(Trace(name="Dewanti"), long)) == {Ground.NAME_LIKE}
    assert set(grounds(Trace(name="Sri Wahyuningsih Kartika Dewanti Z"), Person(3, "Z", ()))) == {
        Ground.NAME_LIKE
    }
