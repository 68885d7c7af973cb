"""Every broken spelling of a NIP that arrives, and the promise that no digit is ever invented."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.domain.learner import Identifier, Scheme
from bridge.identity.nip import birth_date, is_pppk, read_identity, read_nip

PNS = "198507151999031002"
PPPK = "197407132025212090"


@pytest.mark.parametrize(
    ("cell", "repaired"),
    [
        (PNS, ()),
        (int(PNS), ()),
        ("19850715 199903 1 002", ("spaces",)),
        ("19850715.199903.1.002", ("separators",)),
        ("19850715-199903-1-002", ("separators",)),
        ("19850715\xa0199903\xa01\xa0002", ("spaces",)),
        ("\u200b198507151999031002", ("invisible",)),
        ("\ufeff198507151999031002", ("invisible",)),
        ("198507151999031002\t", ("spaces",)),
        ("'198507151999031002", ("apostrophe",)),
        ("’198507151999031002", ("apostrophe",)),
        ('="198507151999031002"', ("formula-text",)),
        ("NIP. 198507151999031002", ("prefix",)),
        ("NIP : 19850715 199903 1 002", ("prefix", "spaces")),
        ("N I P 198507151999031002", ("prefix",)),
        ("nip198507151999031002", ("prefix",)),
        ("19850715&nbsp;199903 1 002", ("html", "spaces")),
        ("198507151999&#48;31002", ("html",)),
        ("1985O7151999O31OO2", ("letters",)),
        ("l985o715I99903loo2", ("letters",)),
        ("１９８５０７１５１９９９０３１００２", ("digits",)),
        ("198507151999031002 (PNS)", ("surroundings",)),
    ],
)
def test_a_broken_spelling_is_mended(cell: str | int, repaired: tuple[str, ...]) -> None:
    reading = read_nip(cell)
    assert (reading.value, reading.problem, reading.repaired) == (PNS, None, repaired)


def test_a_contract_number_is_a_nip_too() -> None:
    assert read_nip(PPPK).value == PPPK
    assert is_pppk(PPPK)
    assert not is_pppk(PNS)
    assert birth_date(PPPK) == date(1974, 7, 13)
    with pytest.raises(ValueError, match="NIP-MISSING"):
        birth_date("-")


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (1.98507e17, "float"),
        (198507151999031002.0, "float"),
        ("1.98507E+17", "scientific"),
        ("1,97908E+17", "scientific"),
        ("1.98507151999031002E+17", "scientific"),
        ("198507151999031002.0", "float"),
        ("198507151999031000", "zero-sequence"),
        (198507151999031000, "zero-sequence"),
    ],
)
def test_lost_digits_are_a_finding(cell: str | float, why: str) -> None:
    reading = read_nip(cell)
    assert (reading.value, reading.problem, reading.why) == (None, "NIP-TRUNCATED", why)


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("131 876 227", "old-nip"),
        (131876227.0, "old-nip"),
        ("9999010612890001", "nik"),
        (9999010612890001.0, "nik"),
        ("1974120301997031039", "length"),
        ("19961102201803103", "length"),
        ("198913162011042013", "birth-date"),
        ("198902302011042013", "birth-date"),
        ("088902302011042013", "birth-date"),
        ("198507151999001002", "appointment"),
        ("198507151985031002", "appointment"),
        ("198507151999033002", "sex"),
        ("198507151999030002", "sex"),
        ('=HYPERLINK("http://example.invalid","198507151999031002")', "formula"),
        ("lihat 81234567890", "text"),
        (12.5, "text"),
    ],
)
def test_what_is_no_nip_is_said_to_be_none(cell: str | float, why: str) -> None:
    reading = read_nip(cell)
    assert (reading.value, reading.problem, reading.why) == (None, "NIP-INVALID", why)


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (None, "blank"),
        ("", "blank"),
        (" \xa0\t", "blank"),
        (True, "blank"),
        ("-", "placeholder"),
        ("00000", "placeholder"),
        (0.0, "placeholder"),
        (0, "placeholder"),
        (float("nan"), "placeholder"),
        ("NIP belum terbit", "text"),
        ("menyusul", "text"),
        ("#N/A", "text"),
        ("#DIV/0!", "internal-number"),
        ("001081", "internal-number"),
        (1081.0, "internal-number"),
    ],
)
def test_nothing_there_is_missing(cell: str | float | None, why: str) -> None:
    reading = read_nip(cell)
    assert (reading.value, reading.problem, reading.why) == (None, "NIP-MISSING", why)


def test_two_numbers_in_one_cell_are_not_chosen_between() -> None:
    assert read_nip(f"{PNS} atau {PPPK}").problem == "NIP-CONFLICT"
    assert read_nip(f"{PNS} / {PNS} lagi").value == PNS


dates = st.dates(min_value=date(1950, 1, 1), max_value=date(2004, 12, 31))


@st.composite
def nips(draw: st.DrawFn) -> str:
    born = draw(dates)
    code = draw(st.integers(1, 99))
    return (
        f"{born:%Y%m%d}{draw(st.integers(born.year + 18, 2026)):04}{code:02}"
        f"{draw(st.sampled_from('12'))}{draw(st.integers(1, 999)):03}"
    )


@given(nips(), st.data())
def test_any_mixture_of_separators_and_wrappings_reads_the_same(nip: str, data: st.DataObject) -> None:
    gap = st.sampled_from(["", "", "", " ", ".", "-", "\xa0", "\u200b", "  "])
    spelt = "".join(digit + data.draw(gap) for digit in nip)
    wrapping = data.draw(st.sampled_from(["{}", "'{}", '="{}"', "NIP. {}", "NIP: {}", " {}\t", "&nbsp;{}"]))
    assert read_nip(wrapping.format(spelt)).value == nip


@given(nips())
@example("199311112011011001")
def test_letters_for_digits_read_the_same(nip: str) -> None:
    assert read_nip(nip.replace("0", "O")).value == nip
    assert read_nip(nip.replace("1", "l")).value == nip


@given(nips())
def test_a_float_cell_never_becomes_a_nip(nip: str) -> None:
    assert read_nip(float(nip)).value is None
    assert read_nip(repr(float(nip))).value is None
    assert read_nip(f"{float(nip):.5E}").problem == "NIP-TRUNCATED"


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none()))
def test_whatever_comes_in_there_is_a_value_or_a_problem(cell: str | float | None) -> None:
    reading = read_nip(cell)
    assert (reading.value is None) == (reading.problem is not None)
    if reading.value is not None:
        assert read_nip(reading.value).value == reading.value


@given(st.text(alphabet="0123456789OolI .-'\"=&;NIP", max_size=30))
def test_a_value_never_holds_digits_that_were_not_written(text: str) -> None:
    reading = read_nip(text)
    if reading.value is not None:
        written = text.translate(str.maketrans("OolIi", "00111"))
        assert reading.value in "".join(c for c in written if c.isdigit())


def account(value: str) -> Identifier:
    return Identifier(Scheme.ACCOUNT, value, "moodle")


def test_one_valid_candidate_is_the_identity() -> None:
    assert read_identity((account("ratna.909"), Identifier(Scheme.NIP, PNS))).value == PNS
    assert read_identity((account(PNS), Identifier(Scheme.NIP, "19850715 199903 1 002"))).value == PNS


def test_two_different_candidates_conflict() -> None:
    reading = read_identity((account(PNS), Identifier(Scheme.NIP, PPPK)))
    assert (reading.value, reading.problem) == (None, "NIP-CONFLICT")


@pytest.mark.parametrize(
    ("identifiers", "problem"),
    [
        ((), "NIP-MISSING"),
        ((account("rizky.955"),), "NIP-MISSING"),
        ((account("user20260101abc"),), "NIP-MISSING"),
        ((account("rizky.955"), Identifier(Scheme.NIP, "131876227")), "NIP-INVALID"),
        ((Identifier(Scheme.NIP, "131876227"), Identifier(Scheme.NIP, "1.98507E+17")), "NIP-TRUNCATED"),
        ((Identifier(Scheme.EMAIL, f"{PNS}@papua.example"),), "NIP-MISSING"),
        ((Identifier(Scheme.NIK, "9999010612890001"),), "NIP-MISSING"),
    ],
)
def test_without_a_valid_one_the_most_telling_problem_stands(
    identifiers: tuple[Identifier, ...], problem: str
) -> None:
    assert read_identity(identifiers).problem == problem
