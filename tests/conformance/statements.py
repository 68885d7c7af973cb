"""Statements for tests: a small one, a full one, and ways to change them."""

from __future__ import annotations

import copy
import uuid
from typing import Any

VERB = "http://adlnet.gov/expapi/verbs/completed"
ACTIVITY = "https://lms.example.id/course/12"
BUDI = {"objectType": "Agent", "mbox": "mailto:budi@example.id"}


def new_id() -> str:
    return str(uuid.uuid4())


def small(**members: Any) -> dict[str, Any]:
    return {"actor": dict(BUDI), "verb": {"id": VERB}, "object": {"id": ACTIVITY}, **members}


def about(activity: str, **members: Any) -> dict[str, Any]:
    return small(object={"objectType": "Activity", "id": activity}, **members)


def referring(target: str, **members: Any) -> dict[str, Any]:
    return small(object={"objectType": "StatementRef", "id": target}, **members)


def voiding(target: str, **members: Any) -> dict[str, Any]:
    return referring(target, verb={"id": "http://adlnet.gov/expapi/verbs/voided"}, **members)


def full() -> dict[str, Any]:
    """Every property that a statement of 1.0.3 may have."""
    return copy.deepcopy(
        {
            "id": new_id(),
            "actor": {
                "objectType": "Group",
                "name": "Angkatan 1",
                "account": {"homePage": "https://lms.example.id", "name": "angkatan-1"},
                "member": [
                    {"name": "Budi", "mbox": "mailto:budi@example.id"},
                    {"mbox_sha1sum": "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"},
                    {"objectType": "Agent", "openid": "https://openid.example.id/siti"},
                ],
            },
            "verb": {"id": VERB, "display": {"id": "menyelesaikan", "en-US": "completed"}},
            "object": {
                "objectType": "Activity",
                "id": ACTIVITY,
                "definition": {
                    "name": {"id": "Pelatihan dasar", "en": "Basic course"},
                    "description": {"id": "Tiga hari"},
                    "type": "http://adlnet.gov/expapi/activities/course",
                    "moreInfo": "https://lms.example.id/info",
                    "interactionType": "choice",
                    "correctResponsesPattern": ["a[,]b"],
                    "choices": [{"id": "a", "description": {"id": "A"}}, {"id": "b"}],
                    "extensions": {"https://example.id/ext": {"any": [None, 1.0, {"deep": True}]}},
                },
            },
            "result": {
                "score": {"scaled": 0.95, "raw": 95, "min": 0, "max": 100},
                "success": True,
                "completion": True,
                "response": "a[,]b",
                "duration": "PT1H30M0.05S",
                "extensions": {"https://example.id/ext": None},
            },
            "context": {
                "registration": new_id(),
                "instructor": {"mbox": "mailto:guru@example.id"},
                "team": {"objectType": "Group", "member": [{"mbox": "mailto:a@example.id"}]},
                "contextActivities": {
                    "parent": [{"id": "https://lms.example.id/programme/1"}],
                    "grouping": [{"id": "https://lms.example.id"}],
                    "category": [{"id": "https://example.id/profile"}],
                    "other": [{"id": "https://example.id/other"}],
                },
                "revision": "3",
                "platform": "Moodle",
                "language": "id",
                "statement": {"objectType": "StatementRef", "id": new_id()},
                "extensions": {"https://example.id/ext": [1, 2.50, "x"]},
            },
            "timestamp": "2026-08-03T09:00:00.000+09:00",
            "version": "1.0.0",
            "attachments": [
                {
                    "usageType": "http://id.tincanapi.com/attachment/certificate-of-completion",
                    "display": {"id": "Sertifikat"},
                    "contentType": "application/pdf",
                    "length": 12,
                    "sha2": "ab" * 32,
                    "fileUrl": "https://lms.example.id/cert.pdf",
                }
            ],
        }
    )
