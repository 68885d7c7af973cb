"""Operations: runs, backup, restore, the drill, alerts and their channels."""

from __future__ import annotations

import getpass
import os
import time
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bridge.bootstrap import Installation
from bridge.bootstrap.drill import DrillReport, drill
from bridge.bootstrap.installation import parts_of, store_url
from bridge.bootstrap.tenants import backup_folder
from bridge.cli.app import Json, app, installation
from bridge.cli.output import language, print_json, print_table, progress_bar, say, tell
from bridge.config import chosen_tenant, home_folder, write_secret
from bridge.domain.alert_catalogue import alert_words
from bridge.errors import RefuseInput
from bridge.flows.backup import make_backup, newest_backup, prune_backups
from bridge.flows.live import read_live
from bridge.flows.restore import restore_backup
from bridge.flows.tell import channel_is_known, channels_of
from bridge.reports.runs import RunRow, one_run, runs_listed
from bridge.reports.words import word
from bridge.store.alert_rows import open_alerts, store_token_end
from bridge.store.sources import load_sources
from bridge.store.unit import reading, unit
from bridge.wording import ENGLISH
from scheduler.desk import Desk
from scheduler.work import Order, do_job

alerts_app = typer.Typer(no_args_is_help=True, help="Peringatan. (Alerts.)")
app.add_typer(alerts_app, name="alerts")

KeyEnv = Annotated[str, typer.Option(help="Variabel lingkungan yang berisi kunci cadangan.")]
KeyFile = Annotated[Path | None, typer.Option(help="Berkas yang berisi kunci cadangan.")]
Archive = Annotated[Path | None, typer.Argument(help="Berkas cadangan; bawaannya yang terbaru.")]


def _run_facts(row: RunRow) -> dict[str, Any]:
    return {
        "run_id": row.run_id,
        "job": row.job,
        "state": row.state,
        "started_by": row.started_by,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "seconds": row.seconds,
        "version": row.version,
        "counts": row.counts,
        "errors": list(row.errors),
    }


@app.command()
def runs(
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    follow: Annotated[bool, typer.Option("--follow", help="Ikuti yang sedang berjalan.")] = False,
    json: Json = False,
) -> None:
    """Riwayat proses; --follow mengikuti yang berjalan sampai selesai. (Runs; --follow one to its end.)"""
    with installation() as opened:
        if follow:
            _follow(opened, json)
            return
        with reading(opened.store) as connection:
            rows = runs_listed(connection, opened.settings.tenant, limit)
        zone = ZoneInfo(opened.settings.zone)
    if json:
        print_json([_run_facts(row) for row in rows])
        return
    print_table(
        "Riwayat proses",
        ["Mulai", "Pekerjaan", "Keadaan", "Detik", "Dimulai oleh", "Galat"],
        [
            (
                f"{row.started_at.astimezone(zone):%d-%m-%Y %H:%M}",
                word(row.job, language()),
                word(row.state, language()),
                row.seconds,
                row.started_by,
                "; ".join(str(error.get("code", "")) for error in row.errors),
            )
            for row in rows
        ],
    )


def _follow(opened: Installation, json: bool) -> None:
    """Print each change of a running run until it ends; wait for one where none runs."""
    tenant, last, waiting = opened.settings.tenant, "", False
    running: RunRow | None = None
    while True:
        with reading(opened.store) as connection:
            if running is None:
                newest = runs_listed(connection, tenant, 5)
                running = next((row for row in newest if row.state == "running"), None)
            else:
                running = one_run(connection, tenant, running.run_id)
        if running is None:
            if not waiting:
                tell("Tidak ada proses yang berjalan; menunggu. Berhenti: Ctrl+C.")
                waiting = True
            time.sleep(1)
            continue
        seen = read_live(opened.home, running.run_id)
        if running.state != "running":
            print_json(_run_facts(running)) if json else tell(
                "{job}: {state}.", job=running.job, state=running.state
            )
            return
        line = f"{seen.stage} {seen.done}{f'/{seen.total}' if seen.total else ''}" if seen else ""
        if line != last:
            print_json({"run_id": running.run_id, "at": line}) if json else tell(
                "{job}: {line}", job=running.job, line=line
            )
            last = line
        time.sleep(0.5)


def _passphrase(opened: Installation | None, key_env: str, key_file: Path | None) -> str:
    """From the option, else from the setting `backup_key`; never from the command line."""
    if key_env:
        if not os.environ.get(key_env):
            raise RefuseInput(
                "BACKUP-KEY-MISSING",
                f"Variabel lingkungan {key_env} kosong.",
                f"The environment variable {key_env} is empty.",
                where=key_env,
            )
        return os.environ[key_env]
    if key_file is not None:
        if not key_file.is_file():
            raise RefuseInput(
                "BACKUP-KEY-MISSING",
                f"Berkas kunci {key_file} tidak ada.",
                f"The key file {key_file} is missing.",
                where=str(key_file),
            )
        return key_file.read_text("utf-8").strip()
    if opened is not None and opened.main.backup_key:
        return opened.secret(opened.main.backup_key)
    return ""


@app.command()
def backup(
    to: Annotated[Path | None, typer.Option(help="Folder; bawaannya backups di folder pemasangan.")] = None,
    key_env: KeyEnv = "",
    key_file: KeyFile = None,
    json: Json = False,
) -> None:
    """Cadangkan semua basis data selagi berjalan. (Back up every database while it runs.)"""
    from dataclasses import replace

    with installation() as opened:
        parts = parts_of(opened)
        phrase = _passphrase(opened, key_env, key_file)
        parts = replace(parts, folder=(to or parts.folder).resolve(), passphrase=phrase)
        report = make_backup(parts)
        removed = prune_backups(parts.folder, opened.main.backup_keep) if to is None else []
    if json:
        print_json(report.counts() | {"path": str(report.path), "removed": removed})
        return
    print_table(
        "Cadangan",
        ["Berkas", "MB", "Terenkripsi", "Basis data"],
        [(str(report.path), report.bytes // 2**20, report.sealed, ", ".join(report.databases))],
    )
    if not report.sealed:
        tell("Tanpa kunci, rahasia (token, kunci buku kredit) tidak ikut. Simpan folder secrets sendiri.")


@app.command()
def restore(
    archive: Path,
    into: Annotated[Path | None, typer.Option(help="Folder tujuan; bawaannya JPBRIDGE_HOME.")] = None,
    database_url: Annotated[str, typer.Option(help="PostgreSQL kosong untuk cadangan PostgreSQL.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Sisihkan pemasangan yang ada.")] = False,
    key_env: KeyEnv = "",
    key_file: KeyFile = None,
    json: Json = False,
) -> None:
    """Pulihkan cadangan; yang ada disisihkan, tidak dihapus. (Restore a backup.)"""
    home = (into or home_folder()).resolve()
    url = database_url or os.environ.get("JPBRIDGE_DATABASE_URL", "")
    done = restore_backup(
        archive,
        home,
        _passphrase(None, key_env, key_file),
        database_url=url,
        replace=replace,
        now=datetime.now().astimezone(),
    )
    if json:
        print_json(
            {
                "home": str(done.home),
                "taken_at": done.taken_at,
                "version": done.version,
                "databases": list(done.databases),
                "secrets": done.secrets,
                "before": str(done.before) if done.before else None,
            }
        )
        return
    tell("Cadangan {taken} dipulihkan ke {home}.", taken=done.taken_at, home=done.home)
    if done.before:
        tell("Yang ada sebelumnya disisihkan ke {before}.", before=done.before)
    if not done.secrets:
        tell("Cadangan ini tanpa rahasia: salin kembali folder secrets sebelum memakainya.")
    tell("Berikutnya: jpbridge init (memperbarui skema), lalu jpbridge doctor.")


@app.command("drill")
def drill_command(
    archive: Archive = None,
    key_env: KeyEnv = "",
    key_file: KeyFile = None,
    json: Json = False,
) -> None:
    """Latihan pemulihan: pulihkan ke tempat sementara, hitung ulang, bandingkan. (Restore drill.)"""
    with installation() as opened, progress_bar(quiet=json) as progress:
        path = archive or newest_backup(backup_folder(opened.home, opened.main))
        live_url = store_url(opened.home, opened.main)
        report = drill(opened, live_url, path, _passphrase(opened, key_env, key_file), progress)
    if json:
        print_json(report.as_json())
    else:
        _print_drill(report)
    raise typer.Exit(0 if report.sound else 70)


def _print_drill(report: DrillReport) -> None:
    print_table(
        "Latihan pemulihan",
        ["Instansi", "Entri", "Pegawai", "Menyimpang", "Log Merkle", "Pernyataan hilang"],
        [
            (
                item.tenant,
                item.entries,
                item.learners,
                item.differences,
                item.log_problem or say("cocok"),
                item.missing,
            )
            for item in report.tenants
        ],
    )
    tell(
        "{archive}: {verdict} ({seconds} detik).",
        archive=report.archive,
        verdict=say("dapat dipulihkan dan benar") if report.sound else say("TIDAK dapat dipercaya"),
        seconds=report.seconds,
    )


@alerts_app.command("list")
def alerts_list(json: Json = False) -> None:
    """Yang sekarang perlu perhatian. (What needs attention now.)"""
    english = language() == ENGLISH or json
    with installation() as opened, reading(opened.store) as connection:
        rows = open_alerts(connection, opened.settings.tenant)
    words = [(row, *alert_words(row.code, row.params, english=english)) for row in rows]
    if json:
        print_json(
            [
                {
                    "code": row.code,
                    "subject": row.subject,
                    "text": text,
                    "advice": step,
                    "raised_at": row.raised_at,
                    "told_at": row.told_at,
                }
                for row, text, step in words
            ]
        )
    elif not words:
        tell("Tidak ada peringatan.")
    else:
        print_table(
            "Peringatan",
            ["Kode", "Apa", "Langkah berikutnya"],
            [(row.code, text, step) for row, text, step in words],
        )


@alerts_app.command("channel")
def alerts_channel(
    url_env: Annotated[str, typer.Option(help="Variabel lingkungan yang berisi URL apprise.")] = "",
    json: Json = False,
) -> None:
    """Simpan ke mana peringatan dikirim (URL apprise, satu per baris). (Where alerts go.)"""
    text = os.environ.get(url_env, "") if url_env else typer.prompt(say("URL apprise"), hide_input=True)
    urls = channels_of(text.replace(" ", "\n"))
    if not urls or not all(channel_is_known(url) for url in urls):
        raise RefuseInput(
            "CHANNEL-UNKNOWN",
            "URL itu bukan saluran yang dikenal. Contoh: mailtos://nama:sandi@smtp.example.id?to=a@example.id",
            "That URL is no known channel. Example: mailtos://user:password@smtp.example.id?to=a@example.id",
        )
    tenant = chosen_tenant()
    with installation() as opened:
        name = "alerts" if opened.is_main else f"alerts-{tenant}"
        write_secret(name, "\n".join(urls) + "\n", opened.home)
    if json:
        print_json({"channels": len(urls)})
        return
    tell("{n} saluran tersimpan. Coba dengan: jpbridge alerts test", n=len(urls))


@alerts_app.command("test")
def alerts_test(json: Json = False) -> None:
    """Kirim pesan percobaan. (Send a test message; exit code 69 where nobody took it.)"""
    with installation() as opened:
        heard = Desk(opened).send_test(f"cli:{getpass.getuser()}")
    if json:
        print_json({"heard": heard})
    elif heard:
        tell("Terkirim. Periksa kotak masuk penerimanya.")
    else:
        tell("Tidak ada saluran yang menerima. Periksa URL-nya: jpbridge alerts channel")
    raise typer.Exit(0 if heard else 69)


@alerts_app.command("check")
def alerts_check(json: Json = False) -> None:
    """Periksa sekarang, seperti yang dilakukan penjadwal. (Check now, as the scheduler does.)"""
    with installation() as opened, progress_bar(quiet=json) as progress:
        done = do_job(opened, opened.context(progress), "watch", Order("cli"))
    if json:
        print_json(done)
        return
    tell("{standing} hal perlu perhatian; {told} diberitahukan sekarang.", **done)


@alerts_app.command("token")
def alerts_token(source: str, until: str, json: Json = False) -> None:
    """Catat kapan token sebuah sumber berakhir (YYYY-MM-DD). (When a source's token ends.)"""
    try:
        day = date.fromisoformat(until)
    except ValueError as error:
        raise RefuseInput(
            "DATE-WRONG",
            f"Tanggal {until!r} tidak terbaca. Tulis sebagai 2027-01-31.",
            f"The date {until!r} can't be read. Write it as 2027-01-31.",
            where=until,
        ) from error
    with installation() as opened:
        with reading(opened.store) as connection:
            known = [row.name for row in load_sources(connection, opened.settings.tenant)]
        if source not in known:
            raise RefuseInput(
                "SOURCE-UNKNOWN",
                f"Sumber {source!r} tidak ada. Yang ada: {', '.join(known) or '-'}.",
                f"There is no source {source!r}. There are: {', '.join(known) or '-'}.",
                where=source,
            )
        with unit(opened.store) as connection:
            store_token_end(connection, opened.settings.tenant, source, day)
    if json:
        print_json({"source": source, "expires_on": day})
        return
    tell("Token {source} berakhir {day}; Anda diberi tahu sebelumnya.", source=source, day=day)
