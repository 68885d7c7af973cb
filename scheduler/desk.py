"""The desk of alerts: what the console shows of the receivers, and the message that tries them."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.bootstrap import Installation
from bridge.flows.tell import channel_words
from scheduler.work import channel_urls, send_of


@dataclass(frozen=True, slots=True)
class Desk:
    """bridge.web.context.AlertDesk of one tenant of an installation."""

    opened: Installation

    def channels(self) -> list[str]:
        return [channel_words(url) or "?" for url in channel_urls(self.opened)]

    def send_test(self, who: str) -> bool:
        return send_of(self.opened)(*trial_message(self.opened.settings.office_name, who))


def trial_message(office_name: str, who: str) -> tuple[str, str]:
    """(title, body), in Indonesian."""
    return (
        f"JP Bridge {office_name}: percobaan",
        f"Pesan percobaan dari {who}. Bila Anda membacanya, peringatan akan sampai.\n",
    )
