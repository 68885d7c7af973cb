"""The settings of a record store as a source."""

from __future__ import annotations

from dataclasses import dataclass

from lms_adapters.listed_settings import text
from lms_adapters.settings import number, refused
from lms_adapters.spec import SourceConfig
from lms_adapters.xapi_lrs.rules import Rules, rules_of

OVERLAP_DAYS = 3
PAGE_SIZE = 500
SINCE_WAYS = ("auto", "stored", "sweep")

COMMON_HELP = {
    "home_page": "homePage akun yang namanya dipakai apa adanya (NIP atau nomor pengguna LMS); akun lain "
    "ditulis homePage|nama.",
    "rules": "Berkas TOML aturan penyelesaian sendiri (bawaan: aturan logstore_xapi, Open edX, cmi5).",
    "overlap_days": f"Hari yang dibaca ulang setiap kali, untuk yang datang terlambat (bawaan: {OVERLAP_DAYS}).",
    "page_size": f"Pernyataan per permintaan (bawaan: {PAGE_SIZE}).",
}
FAR_HELP = {
    "since": "auto (bawaan): diuji sendiri; stored: since berlaku pada waktu simpan; sweep: selalu baca semua.",
}


@dataclass(frozen=True, slots=True)
class LrsSettings:
    home_page: str
    rules: Rules
    overlap_days: int
    page_size: int
    since: str

    @classmethod
    def read(cls, config: SourceConfig) -> LrsSettings:
        """Raises RefuseInput on a value that can't be used."""
        given, where = config.settings, config.name
        since = text(given, "since", "auto")
        if since not in SINCE_WAYS:
            known = ", ".join(SINCE_WAYS)
            raise refused(where, "since", f"pilih salah satu: {known}", f"choose one of: {known}")
        return cls(
            home_page=text(given, "home_page"),
            rules=rules_of(text(given, "rules")),
            overlap_days=number(given, "overlap_days", OVERLAP_DAYS, 0, 366, where),
            page_size=number(given, "page_size", PAGE_SIZE, 1, 10_000, where),
            since=since,
        )
