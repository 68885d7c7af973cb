"""A real SMTP server on loopback (RFC 5321, as far as a sender needs it): keeps each message it is given."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_string, policy
from email.message import EmailMessage
from typing import cast


@dataclass
class Mailbox:
    port: int = 0
    refusing: bool = False
    messages: list[EmailMessage] = field(default_factory=list)

    @property
    def url(self) -> str:
        address = f"127.0.0.1:{self.port}"
        return f"mailto://{address}?from=jpbridge@contoh.id&to=admin@contoh.id&mode=insecure"

    def bodies(self) -> list[str]:
        parts = (message.get_body(("plain",)) for message in self.messages)
        return [part.get_content() for part in parts if part is not None]

    def subjects(self) -> list[str]:
        return [str(message["Subject"]) for message in self.messages]


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    box = Mailbox()

    class Conversation(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

        def handle(self) -> None:
            self.say("220 contoh.id ESMTP")
            for raw in self.rfile:
                verb = raw.decode().strip().upper()
                if verb.startswith("QUIT"):
                    self.say("221 bye")
                    return
                if verb == "DATA" and not box.refusing:
                    self.say("354 go on")
                    self.take()
                elif verb.startswith("MAIL") and box.refusing:
                    self.say("451 try later")
                else:
                    self.say("250 ok")

        def take(self) -> None:
            lines: list[str] = []
            for raw in self.rfile:
                line = raw.decode().rstrip("\r\n")
                if line == ".":
                    break
                lines.append(line.removeprefix(".") if line.startswith("..") else line)
            message = message_from_string("\n".join(lines), policy=policy.default)
            box.messages.append(cast(EmailMessage, message))
            self.say("250 kept")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Conversation) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield box
        server.shutdown()
        thread.join(10)
