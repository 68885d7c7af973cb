"""The signed link to *JP Saya*: it names a person and a tenant, ends on a day, and is revoked by raising the
tenant's generation (a setting), which ends every link that was made before."""

from __future__ import annotations

from datetime import datetime, timedelta

from bridge.web.signing import sign, unsign

LIFE = timedelta(days=400)  # a year of training and the weeks after it
PATH = "/saya/"
_PURPOSE = "learner-link"


def make_learner_link(
    secret: bytes,
    tenant: str,
    person_key: str,
    now: datetime,
    *,
    life: timedelta = LIFE,
    generation: int = 1,
) -> str:
    """The token; the address is the console's root + PATH + token."""
    claims = {"t": tenant, "p": person_key, "g": generation}
    return sign(secret, _PURPOSE, claims, now, life)


def read_learner_link(
    secret: bytes, tenant: str, token: str, now: datetime, *, generation: int = 1
) -> str | None:
    """The person_key, or None: forged, ended, revoked, or of another tenant."""
    claims = unsign(secret, _PURPOSE, token, now)
    if claims is None or claims.get("t") != tenant or claims.get("g") != generation:
        return None
    return str(claims["p"])
