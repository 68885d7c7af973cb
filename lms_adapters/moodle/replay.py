"""A replay of a real Moodle's recorded answers, on loopback: a part of the product's demo, honest about
itself.

Every answer names itself in the header `X-JP-Bridge-Replay`. A recorded page goes out byte for byte; a page
of another size is cut from the recorded rows (and re-encoded); what nobody recorded is refused with 501,
never made up. Tests serve recorded errors with it, over real HTTP.
"""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

from lms_adapters.loopback import Form, LoopbackSite, Meddling, Reply
from lms_adapters.moodle.recording import NotRecorded, Recording, recorded_site

PATH = "/webservice/rest/server.php"
SETTINGS = frozenset(
    {"wstoken", "wsfunction", "moodlewsrestformat", "moodlewssettinglang", "moodlewssettingtimezone"}
)


class MoodleReplay(LoopbackSite):
    """`with MoodleReplay(directory) as replay: replay.url, replay.token`. The token is made up at each
    start unless one is given; the recorded report is number 6 (`report = "6"` in the source's settings)."""

    def __init__(
        self,
        directory: Path,
        *,
        port: int = 0,
        token: str | None = None,
        latency: float = 0.0,
        compress: bool = True,
    ) -> None:
        self.site = recorded_site(directory)
        self.token = token or secrets.token_hex(16)
        self.banner = f"recorded answers of Moodle {self.site.release}"
        super().__init__(port=port, latency=latency, compress=compress)

    def serve_case(self, path: Path, *, function: str = "", times: int | None = None) -> Meddling:
        """One recorded answer for any function (or the one named), whatever was asked."""
        recording = Recording.read(path)
        reply = Reply(recording.status, recording.media_type, recording.body)
        return self.meddle(lambda _reply, _form: reply, function=function, times=times)

    def answer(self, method: str, path: str, form: Form) -> Reply:
        if method != "POST":
            words = f"This is a replay ({self.banner}). It answers POST {PATH}."
            return Reply(200 if path == "/" else 404, "text/plain; charset=utf-8", words.encode())
        if path != PATH:
            return Reply(404, "text/html", b"<html><head><title>404 Not Found</title></head></html>")
        try:
            if not hmac.compare_digest(form.get("wstoken", "").encode(), self.token.encode()):
                refused = self.site.refused_token()
                return Reply(refused.status, refused.media_type, refused.body)
            params = {name: value for name, value in form.items() if name not in SETTINGS}
            zone = form.get("moodlewssettingtimezone", "UTC")
            return Reply(*self.site.answer(form.get("wsfunction", ""), params, zone))
        except (NotRecorded, KeyError, ValueError) as refusal:
            return Reply(501, "text/plain; charset=utf-8", f"replay: {refusal}".encode())
