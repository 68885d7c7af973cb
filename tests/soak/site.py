"""The site of the soak, a process of its own: pages of rows over HTTP, as of the night that it is told.

`GET /rows?page=n`, `POST /night?n=12` and `POST /fault?kind=…` (`none`, `down`, `slow`, `cut`).
"""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.soak.evidence import Row, all_rows

A_PAGE = 200


class Site(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, nights: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.rows: list[Row] = all_rows(nights)
        self.night = 0
        self.fault = "none"


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        asked = parse_qs(parts.query)
        if parts.path == "/night":
            self.server.night = int(asked["n"][0])
        else:
            self.server.fault = asked["kind"][0]
        self._answer(b"{}")

    def do_GET(self) -> None:
        fault = self.server.fault
        if fault == "down":
            self.send_error(503)
            return
        if fault == "slow":
            time.sleep(0.3)
        page = int(parse_qs(urlsplit(self.path).query)["page"][0])
        shown = [row for row in self.server.rows if row.shown_on(self.server.night)]
        rows = [
            {
                "nip": row.nip,
                "course": str(row.course),
                "at": row.completed_at.isoformat(),
                "certificate": f"S-{row.number}",
            }
            for row in shown[page * A_PAGE : (page + 1) * A_PAGE]
        ]
        body = json.dumps({"total": len(shown), "rows": rows}).encode()
        self._answer(body[: len(body) // 2] if fault == "cut" else body, len(body))

    def _answer(self, body: bytes, length: int | None = None) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


if __name__ == "__main__":
    site = Site(int(sys.argv[1]))
    sys.stdout.write(f"{site.server_address[1]}\n")
    sys.stdout.flush()
    site.serve_forever()
