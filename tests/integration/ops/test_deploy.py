"""What stands in deploy/: the unit, the container files, and a real nginx before a real console."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests
import yaml

from bridge.bootstrap import Installation, initialise, open_installation
from bridge.flows.context import Silent
from bridge.flows.imports import import_roster
from bridge.store.console import Role, add_account
from bridge.store.people import learner_of_nip
from bridge.store.unit import reading, unit
from bridge.web.learner_link import make_learner_link
from bridge.web.ports import web_application
from tests.installation import ROOT
from tests.integration.ops.test_service import free_port
from tests.integration.web.conftest import csrf_of
from tests.integration.web.scene import PASSWORD, hashed, served

DEPLOY = ROOT / "deploy"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_systemd_reads_the_unit(tmp_path: Path) -> None:
    program = tmp_path / "jpbridge"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = (
        (DEPLOY / "jpbridge.service").read_text("utf-8").replace("/opt/jpbridge/bin/jpbridge", str(program))
    )
    path = tmp_path / "jpbridge.service"
    path.write_text(unit.replace("Documentation=file:/usr/share/doc/jpbridge/operations.md\n", ""), "utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "jpbridge.service" not in done.stderr, done.stderr


def test_the_container_files_agree_with_each_other() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    service, database = compose["services"]["jpbridge"], compose["services"]["database"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert set(compose["volumes"]) == {"database", "home"}
    dockerfile = (DEPLOY / "Dockerfile").read_text("utf-8")
    server = database["image"].partition(":")[2].partition("-")[0]
    assert f"postgresql-client={server}+" in dockerfile  # pg_dump refuses a newer server
    assert "USER 10001" in dockerfile
    for line in dockerfile.splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            assert all((ROOT / name).exists() for name in line.split()[1:-1]), line
    rules = yaml.safe_load((DEPLOY / "prometheus-rules.yaml").read_text("utf-8"))
    assert len(rules["groups"][0]["rules"]) >= 4
    assert json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))["panels"]
    assert len(yaml.safe_load((DEPLOY / "litestream.yml").read_text("utf-8"))["dbs"]) == 2


def _the_record_store_pages(outside: str, auth: tuple[str, str]) -> None:
    """The address of the next page that a client is handed leads through the proxy too."""
    headers = {"X-Experience-API-Version": "1.0.3"}
    statement = {
        "actor": {"mbox": "mailto:a@example.id"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://lms.example.id/1"},
    }
    many = requests.post(
        f"{outside}/xapi/statements", json=[statement] * 3, auth=auth, headers=headers, timeout=10
    )
    assert many.status_code == 200, many.text
    first = requests.get(f"{outside}/xapi/statements?limit=2", auth=auth, headers=headers, timeout=10).json()
    assert first["more"].startswith("/jp/xapi/statements")
    rest = requests.get(urljoin(outside, first["more"]), auth=auth, headers=headers, timeout=10)
    assert (len(first["statements"]), len(rest.json()["statements"])) == (2, 1)


def _the_console_is_used(opened: Installation, outside: str) -> None:
    """Signed in, from page to page by the links that stand there, and a form sent."""
    with unit(opened.store) as connection:
        add_account(connection, "utama", "admin", Role.ADMINISTRATOR, opened.clock(), hashed())
    session = requests.Session()
    form = session.get(f"{outside}/masuk", timeout=10)
    fields = {"csrf": csrf_of(form.text), "target": "/", "name": "admin", "password": PASSWORD}
    home = session.post(f"{outside}/masuk", data=fields, timeout=10)
    assert home.status_code == 200
    assert home.url == f"{outside}/"
    links = set(re.findall(r'(?:href|src|action|data-news)="(/[^"]*)"', home.text))
    assert links
    assert all(link.startswith("/jp/") for link in links), links
    for link in sorted(links - {"/jp/keluar"}):
        there = session.get(urljoin(outside, unescape(link)), timeout=10)
        assert there.status_code == 200 or link == "/jp/riwayat", (link, there.status_code)
        assert there.url.startswith(outside), (link, there.url)
    token = csrf_of(session.get(f"{outside}/riwayat", timeout=10).text)
    away = session.post(f"{outside}/keluar", data={"csrf": token}, timeout=10)
    assert away.url.startswith(f"{outside}/masuk")


def _the_learner_and_the_field(opened: Installation, outside: str) -> None:
    roster = opened.home / "pegawai.csv"
    nip = "198507151999032001"
    roster.write_text(
        f"NIP,Nama,Jenis,Jabatan jenis,Kode OPD,Nama OPD\n{nip},Yohana,PNS,pelaksana,8001,Dinas\n", "utf-8"
    )
    import_roster(opened.context(Silent()), roster)
    with reading(opened.store) as connection:
        person = learner_of_nip(connection, "utama", nip)
    assert person is not None
    token = make_learner_link(opened.web_secret(), "utama", person.person_key, opened.clock())
    mine = requests.get(f"{outside}/saya/{token}", timeout=10)
    assert mine.status_code == 200
    assert "Yohana" in mine.text
    assert all(link.startswith("/jp/") for link in re.findall(r'(?:href|src)="(/[^"]*)"', mine.text))
    shell = requests.get(f"{outside}/lapangan/", timeout=10)
    assert shell.status_code == 200
    for name in re.findall(r'(?:href|src)="([^"#:]+)"', shell.text):  # its files by their place beside it
        assert not name.startswith("/"), name
        assert requests.get(f"{outside}/lapangan/{name}", timeout=10).status_code == 200, name
    manifest = requests.get(f"{outside}/lapangan/manifest.webmanifest", timeout=10).json()
    assert urljoin(f"{outside}/lapangan/manifest.webmanifest", manifest["start_url"]).startswith(outside)
    assert (
        requests.get(f"{outside}/kabar.js", timeout=10).headers["content-type"].startswith("text/javascript")
    )


NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


@pytest.mark.skipif(NGINX is None, reason="no nginx on this machine")
def test_under_a_sub_path_behind_nginx(tmp_path: Path) -> None:
    home = tmp_path / "home"
    initialise(home, "Kantor uji")
    opened = open_installation(home)
    key, secret = opened.records.add_key("k", ["all"], None)
    port = free_port()
    with served(web_application(opened), root_path="/jp") as root:
        location = (DEPLOY / "nginx.conf").read_text("utf-8").replace("http://127.0.0.1:8765", root)
        (tmp_path / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;\n"
            f"events {{}}\nhttp {{ access_log off; client_body_temp_path {tmp_path}/b; "
            f"proxy_temp_path {tmp_path}/p; fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; "
            f"scgi_temp_path {tmp_path}/s;\nserver {{ listen 127.0.0.1:{port};\n{location}\n}} }}\n",
            "utf-8",
        )
        process = subprocess.Popen(
            [str(NGINX), "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")], stderr=subprocess.PIPE
        )
        outside = f"http://127.0.0.1:{port}/jp"
        try:
            until = time.monotonic() + 20
            while True:
                try:
                    form = requests.get(f"{outside}/masuk", timeout=10)
                    break
                except requests.ConnectionError:
                    assert time.monotonic() < until
                    time.sleep(0.05)
            assert form.status_code == 200
            assert 'href="/jp/gaya.css' in form.text
            assert all(cookie.path == "/jp" for cookie in form.cookies)
            assert requests.get(f"{outside}/gaya.css", timeout=10).status_code == 200
            away = requests.get(f"{outside}/", allow_redirects=False, timeout=10)
            assert away.headers["location"].startswith("/jp/masuk")
            assert requests.get(f"{outside}/readyz", timeout=10).json()["ready"]
            assert (
                requests.get(f"{outside}/metrics", timeout=10).status_code == 403
            )  # nginx is here, they are not
            headers = {"X-Experience-API-Version": "1.0.3"}
            about = requests.get(f"{outside}/xapi/about", headers=headers, timeout=10)
            assert about.status_code == 200
            _the_record_store_pages(outside, (key, secret))
            _the_console_is_used(opened, outside)
            _the_learner_and_the_field(opened, outside)
        finally:
            process.terminate()
            process.communicate(timeout=20)
    opened.close()
