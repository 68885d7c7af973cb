"""Calls of a Kolibri server, signed in as a facility's administrator: the only one who may export logs.

Kolibri has no tokens: a session cookie, and for whatever changes something the CSRF cookie as a header. The one
thing that is changed is a task that writes the log export, as the button *Data › Export* does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import orjson

from bridge.errors import BridgeError, RetryLater, StopSource
from lms_adapters.faults import Fault, fault_table
from lms_adapters.http import Answer, Http
from lms_adapters.json_api import FAULTS, JsonApi, query
from lms_adapters.kolibri.wire import Classroom, Facility, SignedIn, Task, UserPage

USERS_A_PAGE = 500
EXPORT = "kolibri.core.logger.tasks.exportsummarylogcsv"
BEGINNING = "2000-01-01"
POLL = 1.0  # seconds between looks at the export

KOLIBRI_FAULTS = fault_table(
    Fault(
        "KOLIBRI-SIGN-IN",
        StopSource,
        "Kolibri menolak pengguna {user} atau kata sandinya.",
        "Periksa setelan username dan rahasia password; pengguna itu harus ada di fasilitas tersebut.",
        "Kolibri refuses the user {user} or the password.",
        "Check the setting username and the secret password; the user must be of that facility.",
    ),
    Fault(
        "KOLIBRI-ROLE",
        StopSource,
        "pengguna {user} bukan admin fasilitas, sehingga tidak dapat mengekspor log.",
        "Di Kolibri: Fasilitas › Pengguna › Edit › Jenis pengguna: Admin.",
        "the user {user} is not the facility's admin, so it can't export logs.",
        "In Kolibri: Facility › Users › Edit › User type: Admin.",
    ),
    Fault(
        "KOLIBRI-FACILITY",
        StopSource,
        "fasilitas {wanted} tidak ditemukan, atau ada beberapa. Yang ada: {seen}.",
        "Tulis nama atau nomor satu fasilitas pada setelan facility.",
        "the facility {wanted} was not found, or there are several. There are: {seen}.",
        "Write the name or id of one facility in the setting facility.",
    ),
    Fault(
        "KOLIBRI-EXPORT-FAILED",
        RetryLater,
        "Kolibri gagal menulis ekspor log ({status}).",
        "Coba lagi nanti; bila berulang, lihat Fasilitas › Data › Ekspor di Kolibri.",
        "Kolibri failed to write the log export ({status}).",
        "Try again later; if it happens again, look at Facility › Data › Export in Kolibri.",
    ),
    Fault(
        "KOLIBRI-COLUMNS",
        StopSource,
        "ekspor log tidak memuat kolom {missing}.",
        "Versi Kolibri ini belum dikenal; kirim pesan ini kepada kami.",
        "the log export lacks the columns {missing}.",
        "This version of Kolibri is not known yet; send us this message.",
    ),
)
ALL_FAULTS = {**FAULTS, **KOLIBRI_FAULTS}


class KolibriClient:
    """One facility of one server. Raises bridge.errors by remedy."""

    def __init__(self, http: Http, username: str, password: str, *, patience: float) -> None:
        self.http = http
        self.username = username
        self._password = password
        self._patience = patience
        self.api = JsonApi(http)

    def facility(self, wanted: str) -> Facility:
        """The facility named by id or name; the only one where none is named."""
        listed, _ = self.api.get("api/public/v1/facility/", list[Facility], "daftar fasilitas")
        fitting = [one for one in listed if not wanted or wanted.casefold() in (one.id, one.name.casefold())]
        if len(fitting) != 1:
            seen = ", ".join(one.name for one in listed) or "-"
            raise self.fault("KOLIBRI-FACILITY", wanted=repr(wanted), seen=seen)
        return fitting[0]

    def sign_in(self, facility: Facility) -> SignedIn:
        """The session cookie comes with it; Kolibri makes a new CSRF token at every sign-in."""
        self.http.get("api/auth/session/current/", lambda answer: answer)  # for the cookie; it answers 405
        self._send_csrf()
        who = {"username": self.username, "password": self._password, "facility": facility.id}

        def read(answer: Answer) -> SignedIn:
            if answer.status in (400, 401):
                raise self.fault("KOLIBRI-SIGN-IN", user=self.username)
            return self.api.read(answer, SignedIn, "sesi masuk")

        signed_in = self.http.post_json("api/auth/session/", orjson.dumps(who), read)
        self._send_csrf()
        if not {"admin", "superuser"} & set(signed_in.kind):
            raise self.fault("KOLIBRI-ROLE", user=self.username)
        return signed_in

    def users(self, facility: Facility) -> Iterator[UserPage]:
        page, last = 1, 1
        while page <= last:
            path = query("api/auth/facilityuser/", member_of=facility.id, page=page, page_size=USERS_A_PAGE)
            got, _ = self.api.get(path, UserPage, "pengguna fasilitas")
            yield got
            page, last = page + 1, got.total_pages

    def classrooms(self, facility: Facility) -> list[Classroom]:
        path = query("api/auth/classroom/", parent=facility.id)
        return self.api.get(path, list[Classroom], "kelas")[0]

    def sessions(self, since: date | None) -> tuple[list[Any], Answer]:
        path = query("api/attendance/attendancesession/", start_date=f"{since}T00:00:00Z" if since else None)
        return self.api.get(path, list[Any], "sesi kehadiran")

    def records(self, session: str) -> tuple[list[Any], Answer]:
        path = query("api/attendance/attendancerecord/", attendance_session=session)
        return self.api.get(path, list[Any], "catatan kehadiran")

    def export(self, facility: Facility, until: date) -> Answer:
        """Has the summary log written anew, waits for it, and fetches it."""
        order = {
            "type": EXPORT,
            "facility": facility.id,
            "start_date": BEGINNING,
            "end_date": until.isoformat(),
            "locale": "en",  # the headings are written in it
        }
        task = self.api.post_json("api/tasks/tasks/", order, Task, "ekspor log")
        deadline = time.monotonic() + self._patience
        while task.status not in ("COMPLETED", "FAILED", "CANCELED"):
            if time.monotonic() > deadline:
                break
            time.sleep(POLL)
            task, _ = self.api.get(f"api/tasks/tasks/{task.id}/", Task, "ekspor log")
        if task.status != "COMPLETED":
            raise self.fault("KOLIBRI-EXPORT-FAILED", status=task.status)

        def whole(answer: Answer) -> Answer:
            self.api.refuse(answer, "ekspor log")
            if answer.media_type != "text/csv":
                raise self.api.fault("API-NOT-JSON", "ekspor log")
            return answer

        return self.http.get(f"facility/api/downloadcsvfile/summary/{facility.id}/", whole)

    def fault(self, code: str, **params: str) -> BridgeError:
        return KOLIBRI_FAULTS[code].error(self.http.source, where=self.http.host, after=None, **params)

    def _send_csrf(self) -> None:
        # kolibri/deployment/default/settings/base.py: CSRF_COOKIE_NAME
        self.http.use_header("X-CSRFToken", self.http.cookies.get("kolibri_csrftoken", ""))
