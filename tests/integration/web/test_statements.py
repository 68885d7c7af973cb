"""An auditor's counts and files of statements: the console over a real record store."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest
import requests
import sqlalchemy as sa

from bridge.bootstrap.installation import Installation
from bridge.bootstrap.record_store import RecordStore
from bridge.config import Settings
from bridge.statements.build import Naming
from bridge.store.tables import audit_read, ledger_entry
from bridge.web.ports import web_application
from tests.integration.web.conftest import signed_in
from tests.integration.web.scene import NOW, TENANT, Scene, served
from xapi.store.store import Store

HOME = "https://siasn.bkn.go.id"
VERB = "https://e.id/verbs/"


@dataclass(frozen=True, slots=True)
class Site:
    root: str
    auditor: requests.Session
    administrator: requests.Session
    scene: Scene
    titled: str
    """Words of a title that some statements are about."""
    about: list[str]
    """The ids of these statements."""
    person: list[str]
    """Those of the first person."""


@pytest.fixture
def site(scene: Scene, tmp_path: Path) -> Iterator[Site]:
    settings = Settings(tenant=TENANT, activity_base="https://jp.example.go.id")
    records = RecordStore(Store(f"sqlite+pysqlite:///{tmp_path / 'lrs.db'}"), settings.activity_base)
    records.store.create_schema()
    opened = Installation(tmp_path, settings, scene.engine, records, settings, lambda: NOW)
    with scene.engine.connect() as connection:
        key, title = connection.execute(
            sa.select(ledger_entry.c.activity_key, ledger_entry.c.title)
        ).first() or ("", "")
    programme = Naming(settings.activity_base, HOME).activity(key)

    def made(nip: str, activity: str, verb: str) -> dict[str, object]:
        return {
            "actor": {"account": {"homePage": HOME, "name": nip}},
            "verb": {"id": VERB + verb},
            "object": {"id": activity},
        }

    first, second = (person.nip for person in scene.people[:2])
    author = {"objectType": "Agent", "account": {"homePage": "https://e.id", "name": "bridge"}}
    about = records.store.put_statements([made(one, programme, "earned") for one in (first, second)], author)
    others = records.store.put_statements(
        [made(first, "https://e.id/other", "viewed") for _ in range(700)], author
    )
    with served(web_application(opened)) as root:
        yield Site(
            root,
            signed_in(root, "inspektorat"),
            signed_in(root, "bkpsdm"),
            scene,
            title,
            about,
            [about[0], *others],
        )
    records.close()


def rows_of(site: Site, path: str) -> list[dict[str, str]]:
    answer = site.auditor.get(f"{site.root}/audit/pernyataan/{path}", timeout=60)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_by_person_programme_and_verb(site: Site) -> None:
    nip = site.scene.people[0].nip
    assert [row["id"] for row in rows_of(site, "unduh/pernyataan.csv?program=" + site.titled)] == site.about
    assert [row["id"] for row in rows_of(site, f"unduh/pernyataan.csv?orang={nip}")] == site.person
    both = rows_of(site, f"unduh/pernyataan.csv?orang={nip}&program={site.titled}&verba={VERB}earned")
    assert [row["id"] for row in both] == site.about[:1]
    assert rows_of(site, "unduh/pernyataan.csv?program=tidak-ada-judul-begini") == []
    page = site.auditor.get(f"{site.root}/audit/pernyataan?program={site.titled}", timeout=60).text
    assert all(one in page for one in site.about)
    assert "unduh/pernyataan.parquet?program=" in page


def test_each_shape_is_whole(site: Site) -> None:
    lines = site.auditor.get(f"{site.root}/audit/pernyataan/unduh/pernyataan.jsonl", timeout=60).content
    assert len({orjson.loads(line)["id"] for line in lines.splitlines()}) == 702
    body = site.auditor.get(f"{site.root}/audit/pernyataan/unduh/pernyataan.parquet", timeout=60).content
    assert pq.read_table(io.BytesIO(body)).num_rows == 702
    for path in ("unduh/pernyataan.exe", "unduh/pernyataan.csv?id=" + site.about[0], "jumlah?menurut=nip"):
        assert site.auditor.get(f"{site.root}/audit/pernyataan/{path}", timeout=60).status_code == 404


def test_counts_by_verb_and_day(site: Site) -> None:
    shown = site.auditor.get(f"{site.root}/audit/pernyataan/jumlah", timeout=60).text
    assert f'<td>{VERB}viewed</td><td class="number">700</td>' in shown
    assert f'<td>{VERB}earned</td><td class="number">2</td>' in shown
    days = site.auditor.get(f"{site.root}/audit/pernyataan/jumlah?menurut=day", timeout=60).text
    assert ">702</td>" in days or days.count('class="number"') == 2  # midnight may fall between them
    nobody = site.auditor.get(f"{site.root}/audit/pernyataan/jumlah?orang=999999999999999999", timeout=60)
    assert nobody.status_code == 400


def test_only_auditors_read_and_every_reading_is_on_record(site: Site) -> None:
    for path in ("unduh/pernyataan.csv", "jumlah"):
        address = f"{site.root}/audit/pernyataan/{path}?verba={VERB}earned"
        assert site.administrator.get(address, timeout=60).status_code == 403
        assert requests.get(address, timeout=60, allow_redirects=False).status_code == 303
        assert site.auditor.get(address, timeout=60).status_code == 200
    with site.scene.engine.connect() as connection:
        noted = connection.execute(sa.select(audit_read.c.what, audit_read.c.query)).all()
    assert {row.what for row in noted} == {
        "/audit/pernyataan/unduh/pernyataan.{shape}",
        "/audit/pernyataan/jumlah",
    }
    assert all(row.query["verba"] == f"{VERB}earned" for row in noted)
