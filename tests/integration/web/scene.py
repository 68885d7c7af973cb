"""A small regency for the console's tests: a real store, filled with rows as the night would leave them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from threading import Thread
from time import monotonic, sleep
from typing import Any

import uvicorn
from sqlalchemy import Connection, Engine, insert
from starlette.types import ASGIApp

from bridge.domain import keys
from bridge.flows.field_desk import Desk
from bridge.flows.field_events import add_lines, make_event
from bridge.store import tables
from bridge.store.connect import open_store
from bridge.store.console import Account, Role, add_account
from bridge.web.context import ExplainedStep, FoundStatement, StatementQuery, WebContext
from bridge.web.passwords import hash_password

TENANT = "jayapura"
SECRET = bytes(range(32))
NOW = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # 24 November 08.30 in Jayapura
PASSWORD = "kasuari-di-tepi-danau"
RULES = "perlan-10-2018/1"

OFFICES = (
    ("8001.01", "Dinas Pendidikan"),
    ("8001.02", "Dinas Kesehatan"),
    ("8001.03", "Badan Kepegawaian dan Pengembangan SDM"),
    ("8001.04", "Dinas Pekerjaan Umum dan Penataan Ruang"),
    ("8001.05", "Sekretariat Daerah"),
    ("8001.06", "Distrik Sentani Timur"),
)
NAMES = (
    "Yohana Felle, S.Pd.", "Markus Ohee, S.Sos., M.Si.", "dr. Sarah Wanimbo", "Ir. Paulus Suebu",
    "Novalina Ayomi, A.Md.Kep.", "Hj. Siti Rahmawati, S.E.", "Yulius Monim", "Adolfina Kambuaya, S.H.",
    "Benyamin Deda, S.T.", "Ester Tokoro, S.K.M.", "Agus Prasetyo, S.Kom.", "Marthina Yoku",
)  # fmt: skip
COURSES = (
    ("Pelatihan Pengelolaan Keuangan Daerah Berbasis SIPD", 3, 1600),
    ("Literasi Digital bagi ASN", 16, 600),
    ("Seminar Nasional Pelayanan Publik Inklusif", 9, 400),
    ("Bimbingan Teknis Penyusunan Anjab dan ABK", 8, 1250),
    ("Coaching Kinerja Triwulan III", 14, 200),
)

EVENT = {
    "judul": "Bimtek Pengelolaan Keuangan Daerah Berbasis SIPD",
    "bentuk": "8",
    "penyelenggara": "Badan Kepegawaian dan Pengembangan SDM",
    "tempat": "Aula Kantor Bupati, Sentani",
    "jp": "16",
    "sesi1_judul": "Pembukaan dan kebijakan",
    "sesi1_tanggal": "2026-11-24",
    "sesi1_mulai": "08:00",
    "sesi1_selesai": "12:00",
    "sesi2_judul": "Praktik SIPD",
    "sesi2_tanggal": "2026-11-24",
    "sesi2_mulai": "13:00",
    "sesi2_selesai": "16:00",
}
"""Two sessions on the scene's day; at NOW the first has run for half an hour."""

AWARDED = ("rule-programme", "capped-day", "rule-per-day", "rule-programme", "rule-per-session")


@dataclass(frozen=True, slots=True)
class Person:
    learner_id: int
    person_key: str
    nip: str
    name: str


@dataclass(frozen=True, slots=True)
class Scene:
    engine: Engine
    people: tuple[Person, ...]
    administrator: Account
    auditor: Account
    organiser: Account
    event_code: str
    statements: Mapping[str, bytes]

    def context(self, **changes: Any) -> WebContext:
        made: dict[str, Any] = {
            "engine": self.engine,
            "secret_key": SECRET,
            "tenant": TENANT,
            "version": "0.1.0",
            "clock": lambda: NOW,
            "statement_search": self.search,
            "explain": explained,
        }
        return WebContext(**{**made, **changes})

    def search(self, query: StatementQuery) -> Sequence[FoundStatement]:
        """The port over the statements of this scene, by id and by person."""
        found = [
            FoundStatement(key, NOW, False, document)
            for key, document in self.statements.items()
            if (query.statement_id in (None, key))
            and (query.person_key is None or query.person_key.encode() in document)
        ]
        return found[: query.limit]


def explained(learner_id: int, year: int, language: str) -> Sequence[ExplainedStep]:
    return (
        ExplainedStep(
            "Bukti", f"Pegawai {learner_id} punya 3 bukti pada {year}.", ("kunci", "JP"), (("a", "6"),)
        ),
        ExplainedStep("Batas", "Tidak ada batas yang terlampaui."),
    )


@cache
def hashed() -> str:
    """Hashing is slow by design: once is enough for all tests."""
    return hash_password(PASSWORD)


def nip_of(number: int) -> str:
    return f"19850{number % 9 + 1}122010011{number % 1000:03d}"


def store_at(url: str) -> Engine:
    engine = open_store(url)
    tables.metadata.create_all(engine)
    return engine


def fill(engine: Engine, count: int = 24) -> Scene:
    with engine.begin() as connection:
        connection.execute(
            insert(tables.tenant).values(
                code=TENANT, name="Pemerintah Kabupaten Jayapura", zone="Asia/Jayapura", created_at=NOW
            )
        )
        people = tuple(_person(connection, number) for number in range(count))
        statements: dict[str, bytes] = {}
        for number, person in enumerate(people):
            for place, (title, form, jp) in enumerate(COURSES):
                if (number + place * 2) % 4 != 3 and number % 7 != 6:
                    statements |= enter(connection, person, title, form, jp, place)
        _reverse(connection, people[0])
        _findings(connection, people)
        _runs(connection)
        _checkpoint(connection)
        administrator = add_account(connection, TENANT, "bkpsdm", Role.ADMINISTRATOR, NOW, hashed())
        auditor = add_account(connection, TENANT, "inspektorat", Role.AUDITOR, NOW, hashed())
        organiser = add_account(connection, TENANT, "panitia", Role.ORGANISER, NOW, hashed())
    desk = Desk(engine, TENANT, "Asia/Jayapura", lambda: NOW, SECRET)
    event = make_event(desk, organiser, EVENT)
    add_lines(desk, event, "\n".join(person.nip for person in people[:6]))
    return Scene(engine, people, administrator, auditor, organiser, event.code, statements)


def _person(connection: Connection, number: int) -> Person:
    code, office = OFFICES[number % len(OFFICES)]
    name = NAMES[number % len(NAMES)]
    person_key = f"person-{number:05d}"
    key = connection.execute(
        insert(tables.learner).values(
            tenant=TENANT,
            person_key=person_key,
            name=name,
            employment="PPPK" if number % 5 == 4 else "PNS",
            post=("struktural", "fungsional", "pelaksana")[number % 3],
            office_code=code,
            office_name=office,
            active=True,
            updated_at=NOW,
        )
    ).inserted_primary_key
    learner_id = int(key[0]) if key else 0
    nip = nip_of(number)
    connection.execute(
        insert(tables.identifier).values(
            tenant=TENANT, learner_id=learner_id, scheme="nip", source="", value=nip, recorded_at=NOW
        )
    )
    return Person(learner_id, person_key, nip, name)


def enter(
    connection: Connection, person: Person, title: str, form: int, jp: int, place: int, kind: str = "award"
) -> dict[str, bytes]:
    activity = f"programme:{place}"
    ordinal = 1 if kind == "award" else 2
    key = keys.entry_key(person.person_key, activity, RULES, 2026, kind, ordinal)
    start = date(2026, 3 + place % 9, 3 + place // 9)
    entry_id = connection.execute(
        insert(tables.ledger_entry).values(
            tenant=TENANT,
            entry_key=key,
            learner_id=person.learner_id,
            person_key=person.person_key,
            activity_key=activity,
            year=2026,
            rule_version=RULES,
            kind=kind,
            ordinal=ordinal,
            form=form,
            jp=jp,
            title=title,
            organiser="BPSDM Provinsi Papua",
            started_on=start,
            ended_on=start + timedelta(days=place % 3),
            reason=AWARDED[place % len(AWARDED)] if kind == "award" else "no-longer-due",
            evidence=[keys.completion_key("moodle", person.nip, f"C{place}", "1")],
            run_id="run-2",
            recorded_at=NOW - timedelta(hours=7),
            leaf_hash=keys.digest(key),
        )
    ).inserted_primary_key
    statement = keys.statement_id(key)
    connection.execute(
        insert(tables.outbox).values(
            tenant=TENANT,
            entry_id=entry_id[0] if entry_id else 0,
            statement_id=statement,
            agent_name="NIP",
            published_at=NOW - timedelta(hours=6),
        )
    )
    document = (
        f'{{"id":"{statement}","actor":{{"account":{{"homePage":"https://jpbridge.example","name":'
        f'"{person.person_key}"}}}},"verb":{{"id":"http://adlnet.gov/expapi/verbs/completed"}},'
        f'"object":{{"id":"https://jpbridge.example/activities/{place}"}},"result":{{"extensions":'
        f'{{"https://jpbridge.example/jp":{jp / 100}}}}},"timestamp":"2026-03-03T00:00:00.000Z"}}'
    )
    return {statement: document.encode()}


def _reverse(connection: Connection, person: Person) -> None:
    title, form, jp = COURSES[1]
    enter(connection, person, title, form, -jp, 1, "reversal")


def _findings(connection: Connection, people: Sequence[Person]) -> None:
    rows = [
        ("JP-ABSURD", {"jp": "900", "course": "Literasi Digital bagi ASN"}, people[0].learner_id),
        ("NIP-TRUNCATED", {"nip": "198507000000000000", "sheet": "Sheet1", "row": "14"}, None),
        ("CERTIFICATE-MISSING", {"title": "Pelatihan Keuangan"}, people[1].learner_id),
        ("CERTIFICATE-MISSING", {"title": "Pelatihan Teknis SIPD"}, people[2].learner_id),
        ("PERSON-UNKNOWN", {"nip": "199001012020121001", "name": '=HYPERLINK("http://x")'}, None),
    ]
    for number, (code, params, learner_id) in enumerate(rows):
        connection.execute(
            insert(tables.finding).values(
                tenant=TENANT,
                code=code,
                subject=f"subject-{number}",
                learner_id=learner_id,
                params=params,
                opened_at=NOW - timedelta(days=number + 1),
            )
        )
    connection.execute(
        insert(tables.finding).values(
            tenant=TENANT,
            code="JP-MISSING",
            subject="subject-closed",
            learner_id=people[3].learner_id,
            params={},
            opened_at=NOW - timedelta(days=9),
            closed_at=NOW - timedelta(days=2),
        )
    )


def _runs(connection: Connection) -> None:
    for number, state in ((1, "failed"), (2, "done")):
        started = NOW - timedelta(days=3 - number) + timedelta(hours=16, minutes=30)
        connection.execute(
            insert(tables.run).values(
                run_id=f"run-{number}",
                tenant=TENANT,
                job="night",
                started_by="scheduler",
                version="0.1.0",
                started_at=started,
                ended_at=started + timedelta(seconds=41),
                state=state,
                counts={"pull": {"completions": 8090, "new": 12}, "reconcile": {"entries": 4}},
                errors=[]
                if state == "done"
                else [
                    {
                        "source": "moodle-bpsdm",
                        "code": "TOKEN-WRONG",
                        "sentence": "Token Moodle ditolak. Buat token baru.",
                        "english": "Moodle refuses the token. Make a new one.",
                    }
                ],
            )
        )


def _checkpoint(connection: Connection) -> None:
    connection.execute(
        insert(tables.checkpoint).values(
            tenant=TENANT,
            tree_size=40,
            root_hash=keys.digest("root"),
            frontier=[keys.digest("left"), keys.digest("right")],  # 40 leaves are two subtrees
            signed_at=NOW - timedelta(hours=5),
            key_id="2026-a",
            signature=uuid.UUID(int=7).hex * 4,
        )
    )


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """Signals belong to the test run."""


@contextmanager
def served(app: ASGIApp, root_path: str = "") -> Iterator[str]:
    """The application over real HTTP on a free loopback port; yields its root address."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="warning", root_path=root_path, lifespan="off", ws="none"
    )
    server = _Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    until = monotonic() + 20
    while not server.started:
        if monotonic() > until:
            raise RuntimeError("the server did not start in 20 s")
        sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)
