"""Names with titles, capitals, clan names and abbreviations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.identity.names import name_tokens, plausible_same_name, strip_titles


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Hj. Ratna Ginting, M.A.P.", "Ratna Ginting"),
        ("H. Melkianus Matuan,S.Sos.", "Melkianus Matuan"),
        ("Agus, S.E., M.Si.", "Agus"),
        ("BAMBANG,S.Kom.", "BAMBANG"),
        ("dr. Nur", "Nur"),
        ("dr.Nur Santoso", "Nur Santoso"),
        ("Drs. Isak Edowai, S.Sos., M.Si.", "Isak Edowai"),
        ("Prof. Dr. Ir. H. Ahmad Ginting, M.Sc., Ph.D", "Ahmad Ginting"),
        ("Lestari, S. Kom", "Lestari"),
        ("Andi Pangaribuan, Amd", "Andi Pangaribuan"),
        ("Ahmad Ginting, SH", "Ahmad Ginting"),
        ("Salomina Kambu, S.T.", "Salomina Kambu"),
        ("Ns. Maria Wanggai, S.Kep., M.Kep.", "Maria Wanggai"),
        ("Yosina Rumbiak A.Md.Kep.", "Yosina Rumbiak"),
        ("Suharto Syahputra S.H.", "Suharto Syahputra"),
        ("Dra. Ita Nugroho", "Ita Nugroho"),
        ("Ahmad H. Ginting", "Ahmad H. Ginting"),
        ("Teuku  Ilyas ", "Teuku Ilyas"),
        ("Ma'ruf", "Ma'ruf"),
        ("Dr.", "Dr"),
        ("", ""),
    ],
)
def test_titles_go_and_names_stay(written: str, name: str) -> None:
    assert strip_titles(written) == name


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("dr. Eko Ma’ruf, S.Kom.", ("eko", "maruf")),
        ("dr. EKO MA'RUF", ("eko", "maruf")),
        ("Hj.  Sri   Syahputra", ("sri", "syahputra")),
        ("José Wenda", ("jose", "wenda")),
        ("", ()),
        ("-", ()),
    ],
)
def test_words_of_a_name(text: str, tokens: tuple[str, ...]) -> None:
    assert name_tokens(text) == tokens


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("dr. Eko Ma’ruf, S.Kom.", "EKO MA'RUF"),
        ("Wanggai Maria", "Maria Wanggai, S.Kep."),
        ("M. Wanggai", "Maria Wanggai"),
        ("Maria W.", "Maria Wanggai"),
        ("Yohanis Yarangga", "Yohannis Yarangga"),
        ("Nur", "dr. Nur Santoso"),
        ("Ni Luh Susanti", "NILUH SUSANTI"),
        ("I Made Hidayat", "Made Hidayat"),
        ("", "Maria Wanggai"),
    ],
)
def test_one_person_spelt_in_two_ways(a: str, b: str) -> None:
    assert plausible_same_name(a, b)
    assert plausible_same_name(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Teuku", "Galuh Pratama"),
        ("Maria Wanggai", "Maria Gunawan"),
        ("M. W.", "Maria Wanggai"),
        ("Sari Dewi", "Sri Dewi"),
        ("Yohanis Yarangga", "Daeng Hidayat"),
    ],
)
def test_two_people(a: str, b: str) -> None:
    assert not plausible_same_name(a, b)
    assert not plausible_same_name(b, a)


WORDS = st.sampled_from(
    [
        "Maria",
        "Wanggai",
        "Yohanis",
        "Yarangga",
        "Eko",
        "Ma'ruf",
        "Sri",
        "Dewi",
        "Agus",
        "Nur",
        "Salomina",
        "Kambu",
    ]
)
NAMES = st.lists(WORDS, min_size=1, max_size=4, unique=True)


@given(NAMES, st.randoms(use_true_random=False))
def test_order_capitals_and_titles_do_not_matter(words: list[str], random: object) -> None:
    shuffled = list(words)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    a = " ".join(words)
    b = "Drs. " + " ".join(shuffled).upper() + ", S.Sos., M.Si."
    assert sorted(name_tokens(a)) == sorted(name_tokens(b))
    assert plausible_same_name(a, b)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_taken_and_the_answer_is_symmetric(a: str, b: str) -> None:
    assert plausible_same_name(a, b) == plausible_same_name(b, a)
    assert plausible_same_name(a, a)
    assert all(word and word == word.lower() for word in name_tokens(a))
