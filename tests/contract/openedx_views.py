"""The views of openedx_lms, on the platform's own authentication, permissions, paginators and throttle. Imported by it
once Django is set up, and its URLconf."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

import jwt
from django.contrib.auth.models import User
from django.core.handlers.base import BaseHandler
from django.core.management import call_command
from django.db import connection, models
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import RequestFactory
from django.urls import path
from edx_rest_framework_extensions import permissions
from edx_rest_framework_extensions.auth.jwt.authentication import JwtAuthentication
from edx_rest_framework_extensions.paginators import NamespacedPageNumberPagination
from oauth2_provider.models import get_application_model
from oauth2_provider.scopes import SettingsScopes
from oauth2_provider.views import TokenView
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import IsAdminUser, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from lms_adapters.loopback import Form, Reply
from tests.contract.openedx_lms import (
    DEFAULT_SCOPES,
    EXTRA_SCOPES,
    ISSUER,
    JWT_KEY,
    LEARNER_CLIENT,
    LIMITED_CLIENT,
    ORG,
    SECRET,
    STAFF_CLIENT,
    Enrolled,
    Visit,
)


class Enrolment(models.Model):
    username = models.CharField(max_length=64)
    course_id = models.CharField(max_length=128)
    created = models.DateTimeField()
    passed = models.BooleanField()
    graded = models.BooleanField()
    certified = models.DateTimeField(null=True)
    uuid = models.CharField(max_length=32)

    class Meta:
        app_label = "contract_lms"


class Scopes(SettingsScopes):
    """oauth_dispatch/dot_overrides/backends.py: more than the default only where an ApplicationAccess says so."""

    def get_available_scopes(
        self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        limited = application is not None and application.client_id == LIMITED_CLIENT
        return [*DEFAULT_SCOPES, *(EXTRA_SCOPES if limited else ())]


class GradesPagination(CursorPagination):
    """lms/djangoapps/grades/rest_api/v1/utils.py: by the enrolment's id, and no bound to page_size."""

    ordering = "id"
    page_size = 50

    def get_page_size(self, request: Any) -> int:
        try:
            return int(request.query_params["page_size"])
        except (KeyError, ValueError):
            return self.page_size


class EnrolmentsPagination(CursorPagination):
    """openedx/core/djangoapps/enrollments/paginators.py: newest first, and page_size is passed over."""

    page_size = 100


class EnrolmentThrottle(UserRateThrottle):
    """openedx/core/djangoapps/enrollments/views.py, at the site's rate."""

    rate = "1000/sec"

    def allow_request(self, request: Request, view: Any) -> bool:
        rate = site_of(request).enrolment_rate
        self.num_requests, self.duration = self.parse_rate(rate)
        return bool(super().allow_request(request, view))


def site_of(request: Any) -> Visit:
    site: Visit = getattr(request, "_request", request).contract_site
    return site


class Courses(APIView):
    """lms/djangoapps/course_api: anybody may see the list."""

    authentication_classes = (JwtAuthentication,)

    def get(self, request: Request) -> Response:
        paginator = NamespacedPageNumberPagination()
        paginator.page_size = 10
        paginator.max_page_size = 100
        page = paginator.paginate_queryset(site_of(request).course_ids(), request, view=self)
        listed = [{"course_id": one, "id": one, "name": f"Kursus {one}"} for one in page or ()]
        return paginator.get_paginated_response(listed)


class Grades(APIView):
    authentication_classes = (JwtAuthentication,)
    permission_classes = (permissions.JWT_RESTRICTED_APPLICATION_OR_USER_ACCESS,)
    required_scopes = ("grades:read",)

    def get(self, request: Request, course_id: str) -> Response:
        active = Enrolment.objects.filter(course_id=course_id)
        paginator = GradesPagination()
        page = paginator.paginate_queryset(active, request, view=self) or []
        rows = list(active.order_by("id"))
        first = rows.index(page[0]) if page else len(rows)
        shown = site_of(request).shown(first, len(page), rows)
        return paginator.get_paginated_response([grade_of(one) for one in shown if one.graded])


def grade_of(row: Any) -> dict[str, Any]:
    passed = bool(row.passed)
    return {
        "username": row.username,
        "email": "",
        "course_id": row.course_id,
        "passed": passed,
        "percent": 0.83 if passed else 0.2,
        "letter_grade": "Pass" if passed else None,
    }


class Enrolments(APIView):
    authentication_classes = (JwtAuthentication,)
    permission_classes = (IsAdminUser,)
    throttle_classes = (EnrolmentThrottle,)

    def get(self, request: Request) -> Response:
        paginator = EnrolmentsPagination()
        rows = Enrolment.objects.filter(course_id=request.query_params["course_id"])
        page = paginator.paginate_queryset(rows, request, view=self)
        return paginator.get_paginated_response(
            [
                {
                    "created": one.created,
                    "mode": "honor",
                    "is_active": True,
                    "user": one.username,
                    "course_id": one.course_id,
                }
                for one in page or ()
            ]
        )


class Certificates(APIView):
    authentication_classes = (JwtAuthentication,)
    permission_classes = (
        IsAuthenticated
        & (
            permissions.NotJwtRestrictedApplication
            | (
                permissions.JwtRestrictedApplication
                & permissions.JwtHasScope
                & permissions.JwtHasUserFilterForRequestedUser
            )
        ),
        permissions.IsStaff,
    )
    required_scopes = ("certificates:read",)

    def get(self, request: Request, username: str) -> Response:
        site_of(request).asked.append(username)
        rows = Enrolment.objects.filter(username=username, certified__isnull=False).order_by("certified")
        return Response([certificate_of(one) for one in rows])


def certificate_of(row: Any) -> dict[str, Any]:
    return {
        "username": row.username,
        "course_id": row.course_id,
        "course_display_name": f"Kursus {row.course_id}",
        "course_organization": ORG,
        "certificate_type": "honor",
        "created_date": row.certified,
        "modified_date": row.certified,
        "status": "downloadable",
        "is_passing": True,
        "download_url": "",
        "grade": "0.83",
        "uuid": row.uuid,
    }


def access_token(request: HttpRequest) -> HttpResponse:
    """oauth_dispatch/views.py: the toolkit's token becomes a JWT of the application's user."""
    response: HttpResponse = TokenView.as_view()(request)
    if response.status_code != 200 or request.POST.get("token_type", "").lower() != "jwt":
        return response
    site, told = site_of(request), json.loads(response.content)
    application = get_application_model().objects.get(client_id=request.POST["client_id"])
    limited = application.client_id == LIMITED_CLIENT
    now = time.time()
    claims = {
        "aud": "lms",
        "exp": now + site.lifetime,
        "grant_type": "client-credentials",
        "iat": int(now),
        "iss": ISSUER,
        "preferred_username": application.user.username,
        "scopes": told["scope"].split(" "),
        "version": "1.2.0",
        "filters": [f"content_org:{ORG}"] if limited else [],
        "is_restricted": limited,
    }
    token = jwt.encode(claims, JWT_KEY, algorithm="HS256")
    site.tokens.append(token)
    return JsonResponse(
        {
            "access_token": token,
            "expires_in": site.told_lifetime,
            "token_type": "JWT",
            "scope": told["scope"],
        }
    )


urlpatterns = [
    path("oauth2/access_token", access_token),
    path("api/courses/v1/courses/", Courses.as_view()),
    path("api/grades/v1/courses/<path:course_id>/", Grades.as_view()),
    path("api/enrollment/v1/enrollments", Enrolments.as_view()),
    path("api/certificates/v0/certificates/<username>/", Certificates.as_view()),
]


class Lms:
    """The tables and the applications, made once; `answer` is one request."""

    def __init__(self) -> None:
        call_command("migrate", verbosity=0)
        with connection.schema_editor() as editor:
            editor.create_model(Enrolment)
        _make_clients()
        self._handler = BaseHandler()
        self._handler.load_middleware()
        self._held: list[Enrolled] = []

    def answer(self, visit: Visit, method: str, target: str, form: Form, headers: Mapping[str, str]) -> Reply:
        self._hold(visit.enrolled())
        factory = RequestFactory(headers=dict(headers))
        made = factory.post(target, dict(form)) if method == "POST" else factory.get(target)
        made.contract_site = visit
        told = self._handler.get_response(made)
        kept = {name: told[name] for name in ("Retry-After", "WWW-Authenticate") if told.has_header(name)}
        return Reply(told.status_code, told["Content-Type"], told.content, kept)

    def _hold(self, rows: Iterable[Enrolled]) -> None:
        now = list(rows)
        if self._held == now:
            return
        self._held = now
        Enrolment.objects.all().delete()
        Enrolment.objects.bulk_create(
            Enrolment(
                id=one.number, username=one.username, course_id=one.course, created=one.created,
                passed=one.passed, graded=one.graded, certified=one.certified, uuid=one.uuid,
            )
            for one in now
        )  # fmt: skip


def _make_clients() -> None:
    """Three applications, as an administrator makes them: of a staff user, of one that is restricted by scopes and
    organisation, and of somebody who is not staff."""
    applications = get_application_model()
    for client, staff in ((STAFF_CLIENT, True), (LIMITED_CLIENT, True), (LEARNER_CLIENT, False)):
        user = User.objects.create(username=f"svc-{client}", is_staff=staff)
        applications.objects.create(
            name=client, user=user, client_id=client, client_secret=SECRET,
            client_type=applications.CLIENT_CONFIDENTIAL,
            authorization_grant_type=applications.GRANT_CLIENT_CREDENTIALS,
        )  # fmt: skip
