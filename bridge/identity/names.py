"""Names, for plausibility only: a name may rank proposals and raise NAME-MISMATCH; it never decides a match.

Papuan and Indonesian names come with titles before and after, in capitals, with a clan name (*marga*) before
or after the given name, abbreviated, or as a single word (domain.md, Identity).
"""

from __future__ import annotations

import re
import unicodedata

from rapidfuzz.distance import Levenshtein

# Titles before the name. Single letters count only with their full stop (`H.`).
_BEFORE = frozenset(
    re.findall(
        r"\S+",
        """drs dra ir prof dr drg drh h hj hi kh pdt pdm pr rd ust ustadz ustadzah bapak bpk ibu sdr sdri tn
        ny
        apt ns kapt letkol kolonel brigjen kompol akp""",
    )
)

# Degrees after the name, spelt without full stops and spaces. Diplomas (A.Md.Kep.) take any branch.
_DIPLOMA = re.compile(r"a(?:md|ma)[a-z]{0,5}\Z|dip[a-z]{0,4}\Z|sp[a-z]{1,5}\Z")
_DEGREES = frozenset(
    re.findall(
        r"\S+",
        """ak akt apt ba bsc ca cfra cgcae cpa crmo dea llm ma mba mph msc ns phd pd
        sadm sag sak sakun sap sars sds sds sei se sfarm sfil sgz sh shi shum shut si sia sihum siin sik sikom
        sip sipem skeb sked skep skg skh skm skom sling smat sn sor sp spd spdi spdk spdsd spi spsi spt ssi
        ssn
        ssos ssosi sst sstp sstpi sstat ssy st sth stel ster stp str strkep strkeb strkes strtra
        maap mak map mar march mars mbiomed mdiv mec mecdev med meng mepid mfarm mfil mgz mh mhum mhut mikom
        mip
        mkeb mkep mkes mkn mkom mling mm mmar mp mpa mpd mpdi mpdk mphil mpp mps mpsi mpwk ms mse msi msn msos
        mstat mt mth mtr mtrip""",
    )
)
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "′": "'"})
_WORD = re.compile(r"[a-z']+")
_SPACED_DEGREE = re.compile(r"\b([a-z])\s*\.\s*(?=[a-z]{1,4}\b)")


def strip_titles(text: str) -> str:
    """The name without titles before and after, capitals and spacing as written.

    `Hj. Ratna Ginting, M.A.P.` -> `Ratna Ginting`; `AGUS, S.E., M.Si.` -> `AGUS`; `Isak Edowai S.Sos` ->
    `Isak Edowai`. A name that would vanish whole is returned as it stands.
    """
    name = " ".join(text.translate(_APOSTROPHES).split())
    head, *tail = name.split(",")
    kept_tail = [part for part in tail if not all(_is_degree(word) for word in _degree_words(part))]
    words = " ".join([head, *kept_tail]).split()
    while len(words) > 1 and _is_title(words[0]):
        first = words.pop(0)
        if "." in first.rstrip(".") and not _is_title_only(first):  # `dr.Nur`, `H.Ahmad` without a space
            words.insert(0, first.rsplit(".", 1)[1])
            break
    while len(words) > 1 and "." in words[-1] and _is_degree(words[-1]):
        words.pop()
    return " ".join(words).strip(" .,") or name


def _degree_words(part: str) -> list[str]:
    """`S. Kom`, `S.Kom`, `M. Si.` are one degree each, whatever the spaces."""
    return _SPACED_DEGREE.sub(r"\1.", part.strip().lower()).split()


def _bare(word: str) -> str:
    return re.sub(r"[^a-z]", "", word.lower())


def _is_degree(word: str) -> bool:
    bare = _bare(word)
    return not bare or bare in _DEGREES or _DIPLOMA.match(bare) is not None


def _is_title(word: str) -> bool:
    return _is_title_only(word) or ("." in word and _bare(word.split(".", 1)[0]) in _BEFORE)


def _is_title_only(word: str) -> bool:
    bare = _bare(word)
    return bare in _BEFORE and (len(bare) > 1 or word.endswith("."))


def name_tokens(text: str) -> tuple[str, ...]:
    """The words of a name in lower case without titles, accents, apostrophes and full stops, in order.

    `dr. Eko Ma’ruf, S.Kom.` -> `("eko", "maruf")`; `Yohanis  YARANGGA` -> `("yohanis", "yarangga")`.
    """
    plain = unicodedata.normalize("NFKD", strip_titles(text).lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c)).replace(".", " ")
    return tuple(bare for word in _WORD.findall(plain) if (bare := word.replace("'", "")))


def plausible_same_name(a: str, b: str) -> bool:
    """Whether two spellings may well be one person's name. Symmetric; an empty name contradicts nothing.

    Every word of the shorter name must have a partner of its own in the longer one: the same word, the same
    but for one slip in five letters, or its initial. One-word names match longer ones that contain them.
    At least one pair must be whole words, so that initials alone never agree.
    """
    shorter, longer = sorted((name_tokens(a), name_tokens(b)), key=lambda words: (len(words), words))
    if not shorter:
        return True
    if "".join(shorter) == "".join(longer):
        return True
    left = list(longer)
    whole = 0
    for word in sorted(shorter, key=len, reverse=True):
        partner = next((other for other in left if word == other), None)
        partner = partner or next((other for other in left if _alike(word, other)), None)
        if partner is None:
            return False
        left.remove(partner)
        whole += len(word) > 1 and len(partner) > 1
    return whole > 0


def _alike(word: str, other: str) -> bool:
    if len(word) == 1 or len(other) == 1:
        return word[0] == other[0]
    if min(len(word), len(other)) < 5:
        return False
    return Levenshtein.distance(word, other) <= max(len(word), len(other)) // 5
