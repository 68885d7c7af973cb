"""The settings of a Moodle source, read and refused with a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from lms_adapters.http import Policy
from lms_adapters.settings import flag, link_policy, needed_secret, number, refused, time_zone
from lms_adapters.spec import SourceConfig

REPORT_NAME = "JP Bridge"
PAGE_SIZE = 1000
SHRINK_LIMIT = 20
OVERLAP_DAYS = 3
BATCH_SIZE = 200
WAYS = ("auto", "report", "batch")
_PASTED = re.compile(r"/(?:webservice/rest/server\.php|login/index\.php|my|login)/?$")


@dataclass(frozen=True, slots=True)
class MoodleSettings:
    """`report` is a name or a number; `zone` is set only where the site forces one; `shrink_limit` in per
    cent; `overlap_days` is how far a light pull looks back behind the last one."""

    address: str
    report: str
    page_size: int
    zone: ZoneInfo | None
    shrink_limit: int
    policy: Policy
    way: str = "auto"
    overlap_days: int = OVERLAP_DAYS
    batch_size: int = BATCH_SIZE
    jp_field: str = "jp"
    nip_field: str = "nip"
    certificates: bool = True
    certificates_asked_for: bool = False  # somebody set it: then it is told where they can't be had
    badges: bool = False

    @classmethod
    def read(cls, config: SourceConfig) -> MoodleSettings:
        settings = config.settings
        where = config.name
        needed_secret(config.secrets, "token", where)
        way = str(settings.get("way") or "auto").strip().casefold()
        if way not in WAYS:
            known = ", ".join(WAYS)
            raise refused(
                where,
                "way",
                f"nilai {way!r} tidak dikenal; pilih {known}",
                f"the value {way!r} is unknown; choose one of {known}",
            )
        return cls(
            address=_PASTED.sub("", config.address.strip().rstrip("/")),
            report=str(settings.get("report") or REPORT_NAME).strip(),
            page_size=number(settings, "page_size", PAGE_SIZE, 1, 100_000, where),
            zone=time_zone(settings, "zone", where),
            shrink_limit=number(settings, "shrink_limit", SHRINK_LIMIT, 0, 100, where),
            policy=link_policy(settings, where),
            way=way,
            overlap_days=number(settings, "overlap_days", OVERLAP_DAYS, 1, 366, where),
            batch_size=number(settings, "batch_size", BATCH_SIZE, 1, 2000, where),
            jp_field=str(settings.get("jp_field") or "jp").strip(),
            nip_field=str(settings.get("nip_field") or "nip").strip(),
            certificates=flag({"certificates": settings.get("certificates", "true")}, "certificates"),
            certificates_asked_for=flag(settings, "certificates"),
            badges=flag(settings, "badges"),
        )
