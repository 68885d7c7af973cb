"""What the pages say, on both databases."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
import requests

from bridge.errors import RetryLater
from bridge.web.app import make_app
from bridge.web.json_text import indented
from tests.integration.web.conftest import csrf_of, signed_in
from tests.integration.web.scene import PASSWORD, Scene, served, store_at


def test_the_first_page_says_how_the_offices_stand(console: str, administrator: requests.Session) -> None:
    html = administrator.get(f"{console}/", timeout=30).text
    assert "12 dari 20 PNS; 8 belum" in html
    assert "rata-rata 25,83 JP untuk 24 ASN" in html
    assert "66,7 %" in html
    assert 'href="/opd/8001.03"' in html
    assert "24 Nov 2026 01.00 WIT" in html
    assert "CERTIFICATE-MISSING" in html
    assert "paling banyak 24 JP" in html


def test_a_year_without_entries_and_a_year_without_sense(
    console: str, administrator: requests.Session
) -> None:
    empty = administrator.get(f"{console}/?tahun=2024", timeout=30)
    assert "0 dari 20 PNS; 20 belum" in empty.text
    for asked in ("tahun=abc", "tahun=1", "tahun=99999999999999999999"):
        refused = administrator.get(f"{console}/?{asked}", timeout=30)
        assert refused.status_code == 400
        assert "Traceback" not in refused.text


def test_an_office_lists_its_people_with_the_least_jp_first(
    console: str, administrator: requests.Session
) -> None:
    html = administrator.get(f"{console}/opd/8001.01", timeout=30).text
    assert html.index("198507122010011006") < html.index("198501122010011000")
    assert administrator.get(f"{console}/opd/none", timeout=30).status_code == 404


@pytest.mark.parametrize(
    ("sought", "count"),
    [
        ("198501122010011000", 1),
        ("1985 0112 2010 011000", 1),
        ("'198501122010011000", 1),
        ("felle yohana", 2),
    ],
)
def test_a_learner_is_found_by_nip_however_it_is_written_and_by_name(
    console: str, administrator: requests.Session, sought: str, count: int
) -> None:
    answer = administrator.get(f"{console}/pegawai", params={"cari": sought}, timeout=30)
    assert answer.status_code == 200
    assert "Yohana Felle" in answer.text
    assert answer.url.endswith("/pegawai/1") == (count == 1)


def test_a_percent_sign_is_not_a_wildcard(console: str, administrator: requests.Session) -> None:
    answer = administrator.get(f"{console}/pegawai", params={"cari": "%ohana"}, timeout=30)
    assert "Tidak ada pegawai yang cocok" in answer.text


def test_a_learners_page_tells_credits_reasons_findings_and_steps(
    console: str, administrator: requests.Session
) -> None:
    html = administrator.get(f"{console}/pegawai/1?jelaskan=ya", timeout=30).text
    assert "34,5 <small>dari 20 JP" in html
    assert "Pelatihan teknis: dihitung sebesar JP program." in html
    assert "Dibatalkan. Buktinya tidak ada lagi" in html
    assert "JP-ABSURD: course = Literasi Digital bagi ASN, jp = 900" in html
    assert "Pegawai 1 punya 3 bukti pada 2026." in html
    link = html.split('id="tautan" readonly value="')[1].split('"')[0]
    assert link.startswith(f"{console}/saya/")
    assert "Yohana Felle" in requests.get(link, timeout=30).text


def test_findings_are_filtered(console: str, administrator: requests.Session) -> None:
    def listed(**filters: str) -> str:
        return administrator.get(f"{console}/temuan", params=filters, timeout=30).text

    assert "5 temuan" in listed()
    assert "1 temuan" in listed(keadaan="selesai")
    assert "6 temuan" in listed(keadaan="semua")
    assert "2 temuan" in listed(kode="CERTIFICATE-MISSING")
    assert "1 temuan" in listed(opd="8001.02")
    assert "0 temuan" in listed(penanggung="Ester")
    entries = listed().split("<li><h3>")[1:]
    holding = ["menahan kredit" in entry for entry in entries]
    assert holding == sorted(holding, reverse=True)  # what holds credit back stands first
    assert {True, False} == set(holding)


def test_what_a_source_wrote_is_never_html_or_a_formula(
    console: str, administrator: requests.Session
) -> None:
    assert "=HYPERLINK(&#34;http://x&#34;)" in administrator.get(f"{console}/temuan", timeout=30).text
    admin_csv = administrator.get(f"{console}/unduh/temuan.csv", timeout=30)
    rows = list(csv.reader(io.StringIO(admin_csv.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][0] == "Kode"
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_downloads_keep_the_nip_as_text(console: str, administrator: requests.Session) -> None:
    sheet = administrator.get(f"{console}/unduh/pegawai.xlsx?opd=8001.01", timeout=30)
    assert 'filename="pegawai-20261123.xlsx"' in sheet.headers["content-disposition"]
    table = openpyxl.load_workbook(io.BytesIO(sheet.content)).active
    assert table is not None
    cells = [[cell.value for cell in row] for row in table.iter_rows()]
    assert cells[0] == ["Nama", "NIP", "Status", "Jabatan", "JP", "Kurang JP", "Temuan"]
    first = table[2]
    assert (first[1].value, first[1].data_type, first[1].number_format) == ("198507122010011006", "s", "@")
    assert first[4].value == 0
    assert cells[2][4] == 34.5
    text = administrator.get(f"{console}/unduh/pegawai.csv?opd=8001.01", timeout=30).content.decode(
        "utf-8-sig"
    )
    assert "'198501122010011000;PNS;struktural;34,5;0;1" in text
    assert administrator.get(f"{console}/unduh/none.csv", timeout=30).status_code == 404
    assert administrator.get(f"{console}/unduh/cakupan.pdf", timeout=30).status_code == 404


def test_every_download_comes_in_both_shapes(console: str, administrator: requests.Session) -> None:
    for report in ("cakupan", "pegawai", "kredit", "temuan", "riwayat"):
        for shape in ("csv", "xlsx"):
            answer = administrator.get(f"{console}/unduh/{report}.{shape}?opd=8001.01&pegawai=1", timeout=30)
            assert answer.status_code == 200, (report, shape)
            assert len(answer.content) > 100 or report == "temuan"


def test_runs_and_their_errors_in_words(console: str, administrator: requests.Session) -> None:
    assert "gagal" in administrator.get(f"{console}/riwayat", timeout=30).text
    run = administrator.get(f"{console}/riwayat/run-1", timeout=30).text
    assert "moodle-bpsdm: Token Moodle ditolak. Buat token baru." in run
    assert "<dt>pull / completions</dt><dd>8.090</dd>" in run
    administrator.get(f"{console}/bahasa/en", timeout=30)
    assert "Moodle refuses the token." in administrator.get(f"{console}/riwayat/run-1", timeout=30).text


def test_run_now_asks_the_port_and_shows_the_run(scene: Scene) -> None:
    asked: list[str] = []

    def run_now(who: str) -> str:
        asked.append(who)
        if len(asked) > 1:
            raise RetryLater("RUN-BUSY", "Proses malam sedang berjalan. Tunggu.", "A run is under way. Wait.")
        return "run-2"

    with served(make_app(scene.context(run_now=run_now))) as root:
        session = signed_in(root, "bkpsdm")
        fields = {"csrf": csrf_of(session.get(f"{root}/riwayat", timeout=30).text)}
        first = session.post(f"{root}/riwayat", data=fields, timeout=30)
        assert first.url.endswith("/riwayat/run-2")
        second = session.post(f"{root}/riwayat", data=fields, timeout=30)
    assert asked == ["bkpsdm", "bkpsdm"]
    assert second.status_code == 503
    assert "Proses malam sedang berjalan. Tunggu." in second.text


def test_an_auditor_goes_from_entry_to_statement_to_checkpoint(
    console: str, auditor: requests.Session, scene: Scene
) -> None:
    listed = auditor.get(f"{console}/audit?orang=198501122010011000&program=sipd keuangan", timeout=30).text
    assert "/audit/entri/1" in listed
    assert listed.count("/audit/entri/") == 1
    entry = auditor.get(f"{console}/audit/entri/1", timeout=30).text
    statement = next(iter(scene.statements))
    assert statement in entry
    assert "https://jpbridge.example/jp&#34;: 16.0" in entry
    assert "Besar pohon" in entry
    late = auditor.get(f"{console}/audit/entri/60", timeout=30).text
    assert "belum tersegel" in late
    found = auditor.get(f"{console}/audit/pernyataan?id={statement}", timeout=30).text
    assert 'href="/audit/entri/1"' in found
    assert auditor.get(f"{console}/audit/entri/99999", timeout=30).status_code == 404


def test_entries_are_paged_without_loss(console: str, auditor: requests.Session) -> None:
    seen: list[str] = []
    path = "/audit"
    while True:
        html = auditor.get(console + path, timeout=30).text
        seen += [piece.split('"')[0] for piece in html.split('href="/audit/entri/')[1:]]
        if "sebelum=" not in html:
            break
        path = "/audit?sebelum=" + html.split("sebelum=")[1].split('"')[0]
    assert seen == [str(number) for number in range(len(seen), 0, -1)]
    assert len(seen) > 50


def test_statement_search_refuses_what_it_cannot_read(console: str, auditor: requests.Session) -> None:
    many = auditor.get(f"{console}/audit/pernyataan?orang=Felle", timeout=30)
    assert many.status_code == 400
    assert "Pakai NIP yang lengkap" in many.text
    date = auditor.get(f"{console}/audit/pernyataan?sejak=kemarin", timeout=30)
    assert date.status_code == 400
    assert "2026-08-03" in date.text


def test_json_is_laid_out_without_changing_a_value() -> None:
    text = '{"a":1.0,"b":[],"c":{"d":"x,{\\"y\\"}: z","e":[1e3,null]},"f":{}}'
    assert indented(text).split("\n") == [
        "{",
        '  "a": 1.0,',
        '  "b": [],',
        '  "c": {',
        '    "d": "x,{\\"y\\"}: z",',
        '    "e": [',
        "      1e3,",
        "      null",
        "    ]",
        "  },",
        '  "f": {}',
        "}",
    ]


def test_health_without_sign_in(console: str) -> None:
    answer = requests.get(f"{console}/healthz", timeout=30)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["database"], body["version"]) == ("ok", "ok", "0.1.0")
    assert body["last_run"]["run_id"] == "run-2"
    assert body["last_run"]["state"] == "done"


def test_health_says_when_the_database_is_gone(scene: Scene, tmp_path: object) -> None:
    gone = store_at(f"sqlite+pysqlite:///{tmp_path}/gone.db")
    with gone.begin() as connection:
        connection.exec_driver_sql("DROP TABLE run")
    with served(make_app(scene.context(engine=gone))) as root:
        answer = requests.get(f"{root}/healthz", timeout=30)
    gone.dispose()
    assert answer.status_code == 503
    assert answer.json()["database"] == "failing"


def test_the_console_lives_under_a_sub_path(scene: Scene) -> None:
    with served(make_app(scene.context()), root_path="/jp") as root:
        session = requests.Session()
        form = session.get(f"{root}/masuk", timeout=30)
        assert 'action="/jp/masuk"' in form.text
        assert "path=/jp" in form.headers["set-cookie"].lower()
        assert 'href="/jp/gaya.css' in form.text
        # as behind nginx, which strips the prefix and whose browser would send the cookie to /jp only
        jar = {cookie.name: cookie.value for cookie in session.cookies}
        fields = {"csrf": csrf_of(form.text), "target": "/", "name": "bkpsdm", "password": PASSWORD}
        entered = requests.post(f"{root}/masuk", data=fields, cookies=jar, allow_redirects=False, timeout=30)
        assert entered.headers["location"] == "/jp/"
        cookies = {"jpbridge_session": entered.cookies["jpbridge_session"]}
        home = requests.get(f"{root}/", cookies=cookies, timeout=30)
    assert home.status_code == 200
    assert 'href="/jp/opd/8001.01"' in home.text
    assert 'href="/opd/' not in home.text
