"""A personnel office on a real store: roster, sheets and completions come in by the store's own functions, the
flows run as they do at night. Clock and signing key are the test's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, text

from bridge.bootstrap.record_store import RecordStore
from bridge.domain.clock import WIT
from bridge.domain.evidence import Attendance, Completion, OfflineEvent, Standing
from bridge.domain.keys import attendance_key, completion_key
from bridge.domain.learner import Employment, Identifier, Learner, Post, Scheme
from bridge.engine.rules import default_rule_document, read_rules
from bridge.flows.context import Context, Office, Silent
from bridge.flows.reconcile import ReconcileReport, reconcile
from bridge.identity.nip import read_identity
from bridge.store.catalogue import store_rule_set
from bridge.store.evidence import ReadIdentity, store_attendances, store_completions
from bridge.store.people import learner_of_nip, store_roster
from bridge.store.unit import reading, unit
from xapi.store.store import Store

TENANT = "utama"


class Bureau:
    """`now` is what the clock says; `reconcile()` runs a night's middle part (all=False: what was touched)."""

    def __init__(self, engine: Engine, home: Path, *, approval_jp: int = 2000) -> None:
        self.engine = engine
        self.now = datetime(2026, 11, 24, 3, tzinfo=UTC)
        self.records = RecordStore(Store(f"sqlite+pysqlite:///{home / 'lrs.db'}"), "https://jp.invalid")
        self.records.store.create_schema()
        self.key = Ed25519PrivateKey.generate()
        office = Office(TENANT, WIT, "https://jp.invalid", "https://siasn.invalid", 10, approval_jp)
        self.ctx = Context(
            store=engine,
            clock=lambda: self.now,
            office=office,
            home=home,
            adapters={},
            secret=lambda name: name,
            statements=self.records,
            signing_key=lambda: self.key,
            version="test",
            progress=Silent(),
            statement=self.records.document,
        )
        self.runs = 0
        document = default_rule_document()
        rules = read_rules(document)
        with unit(engine) as connection:
            store_rule_set(
                connection,
                TENANT,
                version=rules.version,
                effective_from=rules.effective_from,
                document=document,
                now=self.now,
            )

    def close(self) -> None:
        self.records.close()

    def person(self, key: str, nip: str, name: str, **more: Any) -> Learner:
        return Learner(
            person_key=key,
            name=name,
            employment=Employment(more.get("employment", "PNS")),
            post=Post.PELAKSANA,
            office_code=more.get("office_code", "8001.01"),
            office_name=more.get("office_name", "Dinas Pendidikan"),
            identifiers=(Identifier(Scheme.NIP, nip, valid_from=more.get("valid_from")),),
            email=more.get("email", ""),
        )

    def hire(self, *people: Learner) -> None:
        with unit(self.engine) as connection:
            store_roster(connection, TENANT, people, self.now)

    def learner(self, nip: str) -> int:
        with reading(self.engine) as connection:
            row = learner_of_nip(connection, TENANT, nip)
        assert row is not None, nip
        return int(row.learner_id)

    def sheet(
        self, ref: str, title: str, first: date, last: date, jp: str, *rows: tuple[str, str]
    ) -> list[str]:
        """Attendance of (NIP as written, name); returns the evidence keys."""
        event = OfflineEvent(
            "sheet", ref, title, "BKPSDM", start=first, end=last, jp_stated=jp, form_stated="8"
        )
        told = []
        for number, (nip, name) in enumerate(rows, start=1):
            who = (Identifier(Scheme.NIP, nip),) if nip else ()
            record = Attendance(
                "sheet", ref, f"row {number}", "Daftar", number, who, name, office="Dinas Pendidikan"
            )
            read = read_identity(who)
            told.append((record, ReadIdentity(read.value, read.problem)))
        with unit(self.engine) as connection:
            store_attendances(connection, TENANT, [event], told, batch_id=None, now=self.now)
        return [attendance_key("sheet", ref, record.attendee) for record, _ in told]

    def completion(self, account: str, course: str, moment: datetime, nip: str = "", **more: Any) -> str:
        who = (Identifier(Scheme.NIP, nip),) if nip else ()
        record = Completion(
            source="lms",
            external_learner=account,
            external_course=course,
            completed_at=moment,
            identifiers=who,
            learner_name=more.get("name", ""),
            course_title=more.get("title", f"Kursus {course}"),
            jp_stated=more.get("jp", "2"),
            standing=Standing(more.get("standing", "completed")),
        )
        read = read_identity(who)
        told = [(record, ReadIdentity(read.value, read.problem))]
        with unit(self.engine) as connection:
            store_completions(connection, TENANT, told, payload_id=None, now=self.now)
        return completion_key("lms", account, course, "1")

    def reconcile(self, *, everybody: bool = False) -> ReconcileReport:
        self.runs += 1
        self.now += timedelta(minutes=1)
        return reconcile(self.ctx, f"run-{self.runs}", everybody=everybody)

    def balances(self) -> dict[tuple[int, str], int]:
        """(learner, title) -> hundredths that stand; what sums to nothing is left out."""
        query = text("SELECT learner_id, title, sum(jp) FROM ledger_entry GROUP BY learner_id, title")
        with reading(self.engine) as connection:
            return {(row[0], row[1]): int(row[2]) for row in connection.execute(query) if row[2]}

    def open_findings(self) -> set[tuple[str, str]]:
        query = text("SELECT code, subject FROM finding WHERE closed_at IS NULL")
        with reading(self.engine) as connection:
            return {(row[0], row[1]) for row in connection.execute(query)}

    def finding_id(self, code: str) -> int:
        query = text("SELECT finding_id FROM finding WHERE code = :code AND closed_at IS NULL")
        with reading(self.engine) as connection:
            return int(connection.execute(query, {"code": code}).scalar_one())
