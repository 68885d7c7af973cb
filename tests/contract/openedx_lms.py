"""An LMS out of Open edX's own parts: its JWT authentication and permissions (edx-drf-extensions), the paginators of
django-rest-framework and of edx-drf-extensions, DRF's throttle, and client credentials by django-oauth-toolkit, which
the platform builds on. Only what the platform does not publish is written here: the four views, after
lms/djangoapps/{grades,certificates} and openedx/core/djangoapps/{enrollments,oauth_dispatch}, and a table in the place
of its database.

Django is one to a process and its database is one to a thread: all of it runs in one thread of its own.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from lms_adapters.loopback import Form, Reply

ISSUER = "http://lms.example.go.id/oauth2"
JWT_KEY = "kunci-penanda-tangan-lms-untuk-uji-yang-cukup-panjang"
ORG = "BPSDM"
SECRET = "rahasia-openedx"
STAFF_CLIENT, LIMITED_CLIENT, LEARNER_CLIENT = "jp", "jp-terbatas", "jp-bukan-staf"
DEFAULT_SCOPES = ("read", "write", "email", "profile")
EXTRA_SCOPES = ("grades:read", "certificates:read")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """One row of the platform's enrolments, with what it knows of grade and certificate. `graded` is false where
    grading fails; `certified` None where no certificate is shown."""

    number: int
    username: str
    course: str
    created: datetime
    passed: bool
    graded: bool = True
    certified: datetime | None = None
    uuid: str = ""


class Visit(Protocol):
    """What the views ask of the site in one call."""

    lifetime: float
    told_lifetime: int
    enrolment_rate: str
    tokens: list[str]
    asked: list[str]

    def enrolled(self) -> list[Enrolled]: ...

    def course_ids(self) -> list[str]: ...

    def shown(self, first: int, size: int, rows: Any) -> list[Any]: ...


Answering = Callable[[Visit, str, str, Form, Mapping[str, str]], Reply]
_THREAD = ThreadPoolExecutor(1, "open-edx")


def started() -> Answering:
    """Builds the LMS at the first call, in its thread. What its packages warn of while they load is not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answer = _THREAD.submit(_lms).result()

    def reply(visit: Visit, method: str, target: str, form: Form, headers: Mapping[str, str]) -> Reply:
        return _THREAD.submit(answer, visit, method, target, form, headers).result()

    return reply


@cache
def _lms() -> Answering:
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="kunci-django-untuk-uji",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="tests.contract.openedx_views",
        USE_TZ=True,
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "oauth2_provider"],
        MIDDLEWARE=[],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        JWT_AUTH={
            "JWT_ISSUERS": [{"ISSUER": ISSUER, "AUDIENCE": "lms", "SECRET_KEY": JWT_KEY}],
            "JWT_ISSUER": ISSUER,
            "JWT_AUDIENCE": "lms",
            "JWT_SECRET_KEY": JWT_KEY,
            "JWT_ALGORITHM": "HS256",
            "JWT_AUTH_HEADER_PREFIX": "JWT",
            "JWT_DECODE_HANDLER": "edx_rest_framework_extensions.auth.jwt.decoder.jwt_decode_handler",
            "JWT_LEEWAY": 0,
            "JWT_VERIFY_EXPIRATION": True,
        },
        EDX_DRF_EXTENSIONS={"JWT_PAYLOAD_USER_ATTRIBUTE_MAPPING": {}},
        OAUTH2_PROVIDER={
            "SCOPES": dict.fromkeys((*DEFAULT_SCOPES, *EXTRA_SCOPES), ""),
            "DEFAULT_SCOPES": list(DEFAULT_SCOPES),
            "SCOPES_BACKEND_CLASS": "tests.contract.openedx_views.Scopes",
        },
    )
    django.setup()
    from tests.contract.openedx_views import Lms

    return Lms().answer
