"""What stands in deploy/: the unit, the container files, and a real nginx before a real console."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import requests
import yaml

from bridge.bootstrap import initialise, open_installation
from bridge.web.ports import web_application
from tests.installation import ROOT
from tests.integration.ops.test_service import free_port
from tests.integration.web.scene import served

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
            found = requests.get(
                f"{outside}/xapi/statements", auth=(key, secret), headers=headers, timeout=10
            )
            assert found.status_code == 200
        finally:
            process.terminate()
            process.communicate(timeout=20)
    opened.close()
