"""The weekly letter: one page that says how the week went, also when it went well."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bridge.domain.alert_catalogue import alert_words
from bridge.domain.jp import shown
from bridge.flows.backup import listed_backups
from bridge.flows.context import Context
from bridge.store.alert_rows import RunFacts, entries_since, open_alerts, runs_since
from bridge.store.finding_rows import open_findings_by_code
from bridge.store.ledger_rows import count_waiting
from bridge.store.people import count_learners
from bridge.store.sources import load_sources
from bridge.store.unit import reading

WEEK = timedelta(days=7)


def digest(ctx: Context, office_name: str, backups: Path, link: str) -> tuple[str, str]:
    """(title, body) of the last seven days, in Indonesian."""
    now, tenant = ctx.clock(), ctx.office.tenant
    with reading(ctx.store) as connection:
        runs = runs_since(connection, tenant, now - WEEK)
        entries, jp = entries_since(connection, tenant, now - WEEK)
        alerts = open_alerts(connection, tenant)
        findings = open_findings_by_code(connection, tenant)
        waiting = count_waiting(connection, tenant)
        learners = count_learners(connection, tenant)
        sources = [row.name for row in load_sources(connection, tenant) if row.enabled]
    nights = [run for run in runs if run.job == "night"]
    good = sum(run.state == "done" for run in nights)
    zone = ZoneInfo(ctx.office.zone)
    lines = [
        f"Pegawai pada daftar: {learners}",
        f"Malam yang selesai: {good} dari {len(nights)}",
        f"Entri kredit baru: {entries} ({shown(jp)} JP)",
        f"Pernyataan yang menunggu LRS: {waiting}",
        f"Ruang disk: {shutil.disk_usage(ctx.home).free // 2**20} MB",
        f"Cadangan terbaru: {_newest(backups)}",
        "",
    ]
    lines += [f"Sumber {name}: {_pulled(name, runs, zone)}" for name in sources]
    lines += ["", f"Temuan terbuka: {sum(findings.values())}"]
    lines += [f"   {code}: {count}" for code, count in sorted(findings.items())]
    if alerts:
        lines += ["", "Masih perlu perhatian:"]
        lines += [f"✗ {alert_words(row.code, row.params)[0]}" for row in alerts]
    if link:
        lines += ["", link]
    week = f"{(now - WEEK).astimezone(zone):%d-%m-%Y} s.d. {now.astimezone(zone):%d-%m-%Y}"
    return f"JP Bridge {office_name}: ringkasan {week}", "\n".join(lines) + "\n"


def _newest(folder: Path) -> str:
    backups = listed_backups(folder)
    return backups[0].name if backups else "belum ada"


def _pulled(source: str, runs: list[RunFacts], zone: ZoneInfo) -> str:
    for run in runs:
        told = run.counts.get("pull")
        one = told.get(source) if isinstance(told, dict) else None
        if isinstance(one, dict) and not one.get("failed"):
            return f"terakhir berhasil {run.started_at.astimezone(zone):%d-%m-%Y %H.%M}, {one.get('rows', 0)} baris"
    return "tidak berhasil ditarik minggu ini"
