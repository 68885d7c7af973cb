"""`source test` for Moodle: each step of the set-up in order, stopping at the first that fails, with the
clicks that mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridge.errors import BridgeError
from lms_adapters.faults import apart
from lms_adapters.http_faults import HTTP_FAULTS
from lms_adapters.moodle.client import LIST_REPORTS, RETRIEVE_REPORT, SET_FILTERS, MoodleClient
from lms_adapters.moodle.faults import MOODLE_FAULTS, SERVICES, SERVICES_EN
from lms_adapters.moodle.map import columns_of, row_ref, to_completion
from lms_adapters.moodle.settings import MoodleSettings
from lms_adapters.moodle.wire import ReportDetails, SiteInfo
from lms_adapters.spec import CheckStep

if TYPE_CHECKING:
    from lms_adapters.moodle.adapter import Probe

FAULTS = {**HTTP_FAULTS, **MOODLE_FAULTS}
OLDEST = 2022112800  # Moodle 4.1, the first whose custom reports can be read through the web service

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
    """address, service, token, release, functions, report, headings, zone, row."""
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
    yield "release", _release(client, info), NO_ADVICE
    yield "functions", None, NO_ADVICE
    yield "functions", _functions(client, settings, info), _filter_advice(info)
    yield "report", None, NO_ADVICE
    report = findings.report()
    shown = f"{report.name!r} ({report.id})"
    yield "report", (f"Laporan {shown} terlihat.", f"The report {shown} is visible."), NO_ADVICE
    yield "headings", None, NO_ADVICE
    probe = findings.probe(report.id)
    drift = ", ".join(probe.headings.drift) or "-"
    yield "headings", (f"Judul kolom lengkap ({drift}).", f"The headings are complete ({drift})."), NO_ADVICE
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


def _step_of(error: BridgeError, name: str) -> str:
    """The probe asks for headings and zone at once; its error says which of the two it was."""
    return "zone" if error.code == "MOODLE-ZONE-FORCED" else name


def _release(client: MoodleClient, info: SiteInfo) -> Told:
    number = info.version.partition(".")[0]
    if number.isdigit() and int(number) < OLDEST:
        raise client.asked(RETRIEVE_REPORT).fault("MOODLE-OLD", release=info.release or info.version)
    if info.feature_off("enablecustomreports"):
        raise client.asked(RETRIEVE_REPORT).fault("MOODLE-REPORTS-OFF")
    return f"Moodle {info.release}.", f"Moodle {info.release}."


def _functions(client: MoodleClient, settings: MoodleSettings, info: SiteInfo) -> Told:
    needed = [RETRIEVE_REPORT] if settings.report.isdigit() else [LIST_REPORTS, RETRIEVE_REPORT]
    missing = [name for name in needed if not info.offers(name)]
    if missing:
        raise client.asked(", ".join(missing)).fault("MOODLE-FUNCTION-MISSING")
    return (
        "Semua fungsi yang perlu ada dalam layanan.",
        "All the functions that are needed are in the service.",
    )


def _filter_advice(info: SiteInfo) -> tuple[str, ...]:
    if info.offers(SET_FILTERS):
        return NO_ADVICE
    return (
        f"Tambahkan juga {SET_FILTERS} ({SERVICES} › Fungsi), agar saringan lama dapat dihapus.",
        f"Add {SET_FILTERS} too ({SERVICES_EN} › Functions), so that old filters can be cleared.",
    )


def _row(client: MoodleClient, report: ReportDetails, probe: Probe) -> Told:
    """The first row, mapped as a pull would. Raises SkipRecord where it can't be read."""
    table = probe.page.answer.data
    if not table.rows:
        return "Laporan masih kosong (0 baris).", "The report is still empty (0 rows)."
    ref = row_ref(report.id, 0, 0)
    columns = columns_of(table.rows[0], len(table.headers), ref)
    found = to_completion(columns, probe.headings, source=client.http.source, zone=probe.zone, ref=ref)
    moment = found.completed_at.isoformat(timespec="minutes")
    return (
        f"{table.totalrowcount} penyelesaian; yang pertama: {found.course_title}, {moment}.",
        f"{table.totalrowcount} completions; the first: {found.course_title}, {moment}.",
    )
