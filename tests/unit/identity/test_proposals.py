"""Grounds of a proposal, one by one, and their order."""

from __future__ import annotations

import random

import pytest

from bridge.identity.proposals import Ground, Person, Roster, Trace, neighbours, propose, weigh

BUDI = Person(1, "Drs. Budi Santoso, M.Si.", ("198501012010011001",), "8001.01", "Dinas Pendidikan", "budi@x.id",
              ("9171010101850001",))  # fmt: skip
YULIANA = Person(2, "Yuliana Wonda", ("197903122005022003",), "8001.02", "Dinas Kesehatan")


def grounds(trace: Trace, person: Person = BUDI) -> dict[Ground, str]:
    told = weigh(trace, person)
    return {} if told is None else dict(told.grounds)


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        (Trace("198501012010011007"), {Ground.NIP_ONE_DIGIT}),
        (Trace("198501012010010101"), {Ground.NIP_SWAPPED}),
        (Trace("1.98501E+17"), {Ground.NIP_BEGINNING}),
        (Trace("1,98501012010011E+17"), {Ground.NIP_BEGINNING, Ground.BIRTH_DATE}),
        (Trace("198501012010011000"), {Ground.NIP_ONE_DIGIT}),
        (Trace("198501011999031005"), {Ground.BIRTH_DATE}),
        (Trace(name="BUDI SANTOSO"), {Ground.NAME}),
        (Trace(name="Santoso, Budi"), {Ground.NAME}),
        (Trace(name="Budi Santosa"), {Ground.NAME_LIKE}),
        (Trace(name="Budi"), {Ground.NAME_LIKE}),
        (Trace(name="Budi", office="dinas pendidikan"), {Ground.NAME_LIKE, Ground.OFFICE}),
        (Trace(emails=("BUDI@x.id ",)), {Ground.EMAIL}),
        (Trace(nik="9171010101850001"), {Ground.NIK}),
        (Trace(office="Dinas Pendidikan"), set()),
        (Trace("198501012010011001"), {Ground.NIP_THEIRS}),
        (Trace(name="Teuku"), set()),
        (Trace(), set()),
    ],
)
def test_grounds(trace: Trace, expected: set[Ground]) -> None:
    assert set(grounds(trace)) == expected
    near = [person.learner_id for person in Roster.of([BUDI, YULIANA]).near(trace)]
    assert (1 in near) or not expected


def test_a_number_that_was_theirs_at_another_time_weighs_more_than_a_birth_date_and_less_than_a_typing_slip() -> (
    None
):
    changed = Person(
        4, "Salomina Kambu", ("197407132025212090", "197407132020212015"), "8001.02", "Dinas Sosial"
    )
    told = weigh(Trace("197407132020212015", "Salomina Kambu"), changed)
    assert told is not None
    assert (told.score, dict(told.grounds)[Ground.NIP_THEIRS]) == (75, "197407132020212015")
    slip = weigh(Trace("198501012010011007"), BUDI)
    own = weigh(Trace("198501012010011001"), BUDI)
    assert slip is not None
    assert own is not None
    assert slip.score > own.score


def test_an_address_that_a_person_added_counts_like_the_rosters() -> None:
    also = Person(
        5, "Yonas Yikwa", ("198001012006041001",), email="yonas@a.id", other_emails=("yikwa@mail.id",)
    )
    assert grounds(Trace(emails=("Yikwa@mail.id",)), also) == {Ground.EMAIL: "yikwa@mail.id"}
    assert Roster.of([also]).near(Trace(emails=("yikwa@mail.id",))) == [also]


def test_a_person_without_an_address_is_not_everybodys() -> None:
    assert grounds(Trace(emails=("",)), YULIANA) == {}


def test_the_strongest_comes_first_and_the_heaviest_ground_too() -> None:
    twin = Person(3, "Budi Santoso", ("198501012015011009",), "8001.03", "Distrik")
    found = propose(Trace("198501012010011007", "Budi Santoso"), Roster.of([twin, BUDI, YULIANA]))
    assert [(one.person.learner_id, one.score) for one in found] == [(1, 85), (3, 55)]
    assert [ground for ground, _ in found[0].grounds] == [Ground.NIP_ONE_DIGIT, Ground.NAME]
    assert propose(Trace("198501012010011007"), Roster.of([BUDI, twin]), limit=1)[0].person is BUDI


def test_every_single_digit_typo_and_swap_finds_its_number_among_thousands() -> None:
    rng = random.Random(5)
    born = (f"19{rng.randint(60, 99)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}" for _ in range(4000))
    numbers = sorted({f"{day}2010{rng.randint(1, 12):02}1{rng.randint(1, 999):03}" for day in born})
    people = [Person(number, "", (nip,)) for number, nip in enumerate(numbers)]
    roster = Roster.of(people)
    for _ in range(300):
        person, place = rng.choice(people), rng.randrange(18)
        nip = person.nips[0]
        typed = nip[:place] + str((int(nip[place]) + rng.randint(1, 9)) % 10) + nip[place + 1 :]
        assert nip in neighbours(typed)
        found = propose(Trace(typed), roster)
        assert person in [one.person for one in found[:2]] or typed in numbers
