"""A deterministic population of statements as an LMS sends them (about 1.3 kB each), the same for every store.

2,000 learners, 60 courses of 20 modules (some courses far more popular than others), five verbs; a learner's
registration in a course is always the same.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

LEARNERS, COURSES, MODULES = 2000, 60, 20
HOME = "https://lms.example.org"
VERB = "http://adlnet.gov/expapi/verbs/"
_NAMESPACE = uuid.UUID("6f1f7a2e-0a44-4a57-9d3e-2a5d4c2f9b10")
_VERBS = [("initialized", 25), ("completed", 25), ("passed", 20), ("failed", 5), ("answered", 25)]
VERBS = [VERB + name for name, _ in _VERBS]
_BAG = [name for name, weight in _VERBS for _ in range(weight)]
_BEGIN = datetime(2026, 1, 5, 8, tzinfo=UTC)


def agent(learner: int) -> dict[str, Any]:
    return {"objectType": "Agent", "account": {"homePage": HOME, "name": f"u{learner:05d}"}}


def course(number: int) -> str:
    return f"{HOME}/courses/{number:03d}"


def module(number: int, part: int) -> str:
    return f"{course(number)}/modules/{part:02d}"


def _definition(kind: str, name: str) -> dict[str, Any]:
    return {"name": {"en-US": name}, "type": f"http://adlnet.gov/expapi/activities/{kind}"}


def statement(number: int, dice: random.Random, *, with_id: bool = True) -> dict[str, Any]:
    learner = dice.randrange(LEARNERS)
    taken = min(int(dice.expovariate(1 / 15)), COURSES - 1)
    part = dice.randrange(MODULES)
    verb = dice.choice(_BAG)
    moment = _BEGIN + timedelta(seconds=7 * number)
    made: dict[str, Any] = {
        "actor": {**agent(learner), "name": f"Learner {learner:05d}"},
        "verb": {"id": VERB + verb, "display": {"en-US": verb}},
        "object": {
            "objectType": "Activity",
            "id": module(taken, part),
            "definition": {
                **_definition("module", f"Module {part} of course {taken}"),
                "description": {"en-US": "A unit of an online course, with a short video and a graded quiz."},
            },
        },
        "context": {
            "registration": str(uuid.uuid5(_NAMESPACE, f"reg-{learner}-{taken}")),
            "language": "en-US",
            "platform": "Example LMS 4.5",
            "contextActivities": {
                "parent": [
                    {
                        "objectType": "Activity",
                        "id": course(taken),
                        "definition": _definition("course", f"Course {taken}"),
                    }
                ],
                "grouping": [{"objectType": "Activity", "id": f"{HOME}/programmes/{taken % 6}"}],
                "category": [
                    {"objectType": "Activity", "id": "https://w3id.org/xapi/cmi5/context/categories/cmi5"}
                ],
            },
            "extensions": {
                "https://w3id.org/xapi/cmi5/context/extensions/sessionid": f"{dice.getrandbits(64):016x}"
            },
        },
        "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{number % 1000:03d}Z",
    }
    if with_id:
        made["id"] = str(uuid.UUID(int=dice.getrandbits(128), version=4))
    if verb != "initialized":
        raw = dice.randrange(101)
        made["result"] = {
            "score": {"scaled": raw / 100, "raw": raw, "min": 0, "max": 100},
            "success": verb != "failed",
            "completion": verb == "completed",
            "duration": f"PT{dice.randrange(60)}M{dice.randrange(60)}S",
        }
    return made


def stream(count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    dice = random.Random(seed)
    for number in range(count):
        yield statement(number, dice)


def spelt(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
