"""`source test` for Moodle: each step of the set-up in order, stopping at the first that fails, with the
clicks that mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridge.errors import BridgeError, SkipRecord, StopSource
from lms_adapters.faults import apart
from lms_adapters.http_faults import HTTP_FAULTS
from lms_adapters.moodle.answer import error_code
from lms_adapters.moodle.batch import GRADES_MAY_LACK, courses_of
from lms_adapters.moodle.certificates import TOO_OLD, certificates_of
from lms_adapters.moodle.client import (
    BATCH,
    COURSES,
    ENROLLED,
    GRADES,
    ISSUES,
    MODULE,
    SET_FILTERS,
    STATUS,
    MoodleClient,
)
from lms_adapters.moodle.faults import MOODLE_FAULTS, REPORTS, REPORTS_EN, SERVICES, SERVICES_EN
from lms_adapters.moodle.map import columns_of, row_ref, to_completion
from lms_adapters.moodle.settings import MoodleSettings
from lms_adapters.moodle.ways import Way, best_way
from lms_adapters.moodle.wire import (
    GradeTable,
    Participant,
    Participants,
    ReportDetails,
    SiteInfo,
    StatusAnswer,
)
from lms_adapters.spec import CheckStep

if TYPE_CHECKING:
    from lms_adapters.moodle.report import Probe

FAULTS = {**HTTP_FAULTS, **MOODLE_FAULTS}

# Which step of the set-up a fault of the first call belongs to; anything else is the token's.
AT_ADDRESS = frozenset({"MOODLE-ADDRESS", "MOODLE-MAINTENANCE", "MOODLE-DATABASE-DOWN", "MOODLE-FORBIDDEN"})
AT_SERVICE = frozenset(
    {"MOODLE-NOT-JSON", "MOODLE-XML", "MOODLE-WS-OFF", "MOODLE-EMPTY", "MOODLE-TRUNCATED", "MOODLE-SHAPE"}
)


@dataclass(frozen=True, slots=True)
class Findings:
    """What the steps ask of the adapter."""

    info: SiteInfo
    report: Callable[[], ReportDetails]
    probe: Callable[[int], Probe]


def steps(
    client: MoodleClient, settings: MoodleSettings, findings: Callable[[SiteInfo], Findings]
) -> Iterator[CheckStep]:
    """address, service, token, release, way, then report, headings, zone, row; or courses where the way is the
    batch."""
    try:
        info = client.site_info()
    except BridgeError as error:
        yield from _first_call_failed(client, error)
        return
    yield from _greetings(client, info)
    late = _after_greeting(client, settings, findings(info))
    name = "release"
    try:
        for name, ok, advice in late:
            if ok:
                yield CheckStep(name, True, ok[0], ok[1], *advice)
    except BridgeError as error:
        yield failed(_step_of(error, name), error)


def failed(name: str, error: BridgeError) -> CheckStep:
    what, what_english, advice, advice_english = apart(error, FAULTS)
    return CheckStep(name, False, what, what_english, advice, advice_english)


Told = tuple[str, str]
NO_ADVICE: tuple[str, ...] = ()


def _first_call_failed(client: MoodleClient, error: BridgeError) -> Iterator[CheckStep]:
    if error.code.startswith("HTTP-") or error.code in AT_ADDRESS:
        yield failed("address", error)
        return
    yield _address_answers(client)
    if error.code in AT_SERVICE:
        yield failed("service", error)
        return
    yield CheckStep("service", True, "Layanan web Moodle menjawab.", "Moodle's web service answers.")
    yield failed("token", error)


def _address_answers(client: MoodleClient) -> CheckStep:
    address = client.http.address
    return CheckStep("address", True, f"{address} menjawab.", f"{address} answers.")


def _greetings(client: MoodleClient, info: SiteInfo) -> Iterator[CheckStep]:
    yield _address_answers(client)
    yield CheckStep(
        "service",
        True,
        f"Layanan web Moodle {info.sitename!r} menjawab.",
        f"The web service of Moodle {info.sitename!r} answers.",
    )
    advice = NO_ADVICE
    if info.userissiteadmin:
        advice = (
            "Token ini milik administrator situs. Pakai pengguna layanan dengan hak paling kecil.",
            "This token belongs to a site administrator. Use a service user with the least privilege.",
        )
    yield CheckStep(
        "token",
        True,
        f"Token berlaku untuk pengguna {info.username}.",
        f"The token is valid for the user {info.username}.",
        *advice,
    )


def _after_greeting(
    client: MoodleClient, settings: MoodleSettings, findings: Findings
) -> Iterator[tuple[str, Told | None, tuple[str, ...]]]:
    """Yields (name, None, ()) before a step is tried, so that an error is known by it, and (name, words,
    advice) after it went well."""
    info = findings.info
    yield "release", None, NO_ADVICE
    yield "release", (f"Moodle {info.release}.", f"Moodle {info.release}."), NO_ADVICE
    yield "way", None, NO_ADVICE
    way = best_way(info, settings, client.asked)
    yield "way", (f"Cara membaca: {way.indonesian}.", f"Read by: {way.english}."), _way_advice(info, way)
    if way.batch:
        yield from _batch_steps(client, single=way.single)
    else:
        yield from _report_steps(client, findings)
    if settings.certificates and info.offers(ISSUES):
        yield "certificates", None, NO_ADVICE
        yield ("certificates", *_certificates(client, info))


Step = tuple[str, Told | None, tuple[str, ...]]


def _report_steps(client: MoodleClient, findings: Findings) -> Iterator[Step]:
    yield "report", None, NO_ADVICE
    report = findings.report()
    shown = f"{report.name!r} ({report.id})"
    yield "report", (f"Laporan {shown} terlihat.", f"The report {shown} is visible."), NO_ADVICE
    yield "headings", None, NO_ADVICE
    probe = findings.probe(report.id)
    yield "headings", _headings(probe.headings.drift), NO_ADVICE
    zone = (
        (
            f"Situs memaksakan satu zona; waktu dibaca sebagai {probe.zone.key}.",
            f"The site forces one zone; times are read as {probe.zone.key}.",
        )
        if probe.forced
        else ("Situs menjawab dalam zona yang diminta.", "The site answers in the zone that is asked for.")
    )
    yield "zone", zone, NO_ADVICE
    yield "row", None, NO_ADVICE
    yield "row", _row(client, report, probe), NO_ADVICE


def _headings(drift: tuple[str, ...]) -> Told:
    """`drift` as in lms_adapters.spec.Page."""
    if not drift:
        return "Judul kolom lengkap.", "The headings are complete."
    names = ", ".join(drift)
    return (
        f"Judul kolom yang perlu ada semua. Lainnya: {names} (+ tidak dikenal, - tidak ada, = ganda).",
        f"All needed headings are there. The others: {names} (+ unknown, - absent, = twice).",
    )


def _step_of(error: BridgeError, name: str) -> str:
    """The probe asks for headings and zone at once; its error says which of the two it was."""
    return "zone" if error.code == "MOODLE-ZONE-FORCED" else name


NEEDED = "mod/customcert:viewallcertificates, mod/customcert:view, moodle/course:view, moodle/course:viewhiddencourses"
CERTIFICATE_RIGHTS = (
    f"Bila perlu, tambahkan {ISSUES} dan {MODULE} ke layanan, dan izin {NEEDED} ke peran penggunanya.",
    f"If you need them, add {ISSUES} and {MODULE} to the service, and the permissions {NEEDED} to its user's role.",
)


def _certificates(client: MoodleClient, info: SiteInfo) -> tuple[Told, tuple[str, ...]]:
    """Certificate numbers are welcome, not needed."""
    found = certificates_of(client, info)
    advice = CERTIFICATE_RIGHTS
    if not found.why_none:
        count, of, closed = len(found.codes), found.issues, found.closed
        return (
            f"{count} nomor sertifikat dari {of} terbitan; {closed} kegiatan tidak terlihat.",
            f"{count} certificate numbers of {of} issues; {closed} activities can't be seen.",
        ), advice if closed else NO_ADVICE
    if found.why_none == TOO_OLD:
        advice = (
            "Perbarui plugin mod_customcert (4.4.7 / 5.0.1 atau lebih baru): yang lama membuat PDF setiap sertifikat.",
            "Update the plugin mod_customcert (4.4.7 / 5.0.1 or newer): older ones make a PDF of each certificate.",
        )
    return (
        "Nomor sertifikat tidak dapat diambil; penyelesaian tetap ditarik.",
        "Certificate numbers can't be had; completions are pulled all the same.",
    ), advice


def _way_advice(info: SiteInfo, way: Way) -> tuple[str, ...]:
    if way.batch:
        return (
            f"Buat laporan khusus JP Bridge ({REPORTS}) agar penarikan seratus kali lebih ringan.",
            f"Make the custom report JP Bridge ({REPORTS_EN}), so that a pull is a hundred times lighter.",
        )
    if not way.filters:
        return (
            f"Tambahkan juga {SET_FILTERS} ({SERVICES} › Fungsi), agar saringan lama dapat dihapus.",
            f"Add {SET_FILTERS} too ({SERVICES_EN} › Functions), so that old filters can be cleared.",
        )
    return NO_ADVICE


def _batch_steps(client: MoodleClient, *, single: bool) -> Iterator[Step]:
    """courses, status, grades: one course's people, one person's status, one course's grades, as a pull would."""
    yield "courses", None, NO_ADVICE
    courses = courses_of(client)
    if not courses:
        raise client.asked(COURSES).fault("MOODLE-NO-COURSES")
    people: dict[int, list[Participant]] = {}
    for course in courses[:3]:
        params = {"courseid": str(course.id), "options[0][name]": "onlyactive", "options[0][value]": "1"}
        people[course.id] = list(client.ask(ENROLLED, Participants, params).value.root)
    seen = sum(map(len, people.values()))
    yield (
        "courses",
        (
            f"{len(courses)} kursus terlihat; tiga yang pertama mempunyai {seen} peserta.",
            f"{len(courses)} courses are visible; the first three have {seen} people.",
        ),
        NO_ADVICE,
    )
    of = next(((course, found[0]) for course, found in people.items() if found), None)
    if of is None:
        return
    yield "status", None, NO_ADVICE
    yield "status", _status(client, *of, single=single), NO_ADVICE
    yield "grades", None, NO_ADVICE
    yield ("grades", *_grades(client, of[0]))


def _status(client: MoodleClient, course: int, person: Participant, *, single: bool) -> Told:
    """Raises StopSource where the status of somebody enrolled is refused."""
    told = "Status penyelesaian terbaca.", "The completion status can be read."
    if single:
        with suppress(SkipRecord):  # who has just left is no trouble of the set-up
            client.ask(STATUS, StatusAnswer, {"courseid": str(course), "userid": str(person.id)})
        return told
    answers = client.batch(STATUS, [{"courseid": course, "userid": person.id}]).value.responses
    if not answers:
        raise client.asked(BATCH).fault("MOODLE-BATCH-SILENT", detail="0 answers to 1 call")
    code = error_code(answers[0], STATUS) if answers[0].error else ""
    if code and code != "MOODLE-ROW":
        raise client.asked(STATUS).fault(code, detail=code, errorcode=code)
    return told


def _grades(client: MoodleClient, course: int) -> tuple[Told, tuple[str, ...]]:
    """Grades are welcome, not needed."""
    try:
        client.ask(GRADES, GradeTable, {"courseid": str(course), "userid": "0"})
    except StopSource as error:
        if error.code not in GRADES_MAY_LACK:
            raise
    else:
        return ("Nilai terbaca.", "Grades can be read."), NO_ADVICE
    return (
        "Nilai tidak dapat diambil; penyelesaian tetap ditarik.",
        "Grades can't be had; completions are pulled all the same.",
    ), (
        f"Bila perlu, tambahkan {GRADES} ke layanan dan izin moodle/grade:viewall ke peran penggunanya.",
        f"If you need them, add {GRADES} to the service and the permission moodle/grade:viewall to its user's role.",
    )


def _row(client: MoodleClient, report: ReportDetails, probe: Probe) -> Told:
    """The first row, mapped as a pull would. Raises SkipRecord where it can't be read."""
    table = probe.page.answer.data
    if not table.rows:
        return "Laporan masih kosong (0 baris).", "The report is still empty (0 rows)."
    ref = row_ref(report.id, 0, 0)
    columns = columns_of(table.rows[0], len(table.headers), ref)
    found = to_completion(columns, probe.headings, source=client.http.source, zone=probe.zone, ref=ref)
    moment = f"{found.completed_at:%Y-%m-%d %H:%M} UTC"
    return (
        f"{table.totalrowcount} penyelesaian; yang pertama: {found.course_title}, {moment}.",
        f"{table.totalrowcount} completions; the first: {found.course_title}, {moment}.",
    )
