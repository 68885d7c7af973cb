"""The jobs, in one table. Times are wall-clock times of the tenant's zone; an office may change them
(`bridge.store.schedules`), never the table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bridge.errors import RefuseInput


@dataclass(frozen=True, slots=True)
class Job:
    """`cron`: when, as `scheduler.cron` reads it. `grace`: how late a tick may still start (a tick that is
    found later is missed, and the next one counts). `limit`: after that its process is ended. `by_source`:
    a source may have a time of its own. `alone`: it takes the tenant's run lock, so it never runs beside
    another such job. `what` is the Indonesian msgid."""

    name: str
    cron: str
    grace: timedelta
    limit: timedelta
    what: str
    by_source: bool = False
    alone: bool = True


_MINUTES, _HOURS, _DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

JOBS: tuple[Job, ...] = (
    # Grace of the night: an office that was without power until noon still gets its night, at noon.
    Job("night", "0 1 * * *", 22 * _HOURS, 6 * _HOURS, "Tarik, rekonsiliasi, terbitkan"),
    Job("pull", "20 * * * *", 50 * _MINUTES, 50 * _MINUTES, "Tarik yang berubah saja", by_source=True),
    Job("hints", "*/5 * * * *", 4 * _MINUTES, 30 * _MINUTES, "Tarik yang memberi isyarat lewat webhook"),
    Job("sweep", "0 3 * * sun", 6 * _DAYS, 12 * _HOURS, "Sapu lengkap semua sumber", by_source=True),
    Job("recompute", "0 5 * * sun", 6 * _DAYS, 6 * _HOURS, "Hitung ulang semua sebagai pemeriksaan"),
    Job("backup", "30 0 * * *", 20 * _HOURS, 4 * _HOURS, "Cadangan"),
    Job("retention", "0 4 1 * *", 20 * _DAYS, 2 * _HOURS, "Buang catatan operasi yang lewat masanya"),
    Job("outbox", "*/10 * * * *", 9 * _MINUTES, 30 * _MINUTES, "Terbitkan ulang yang menunggu"),
    Job("forward", "*/5 * * * *", 4 * _MINUTES, 60 * _MINUTES, "Teruskan ke LRS lain", alone=False),
    Job("watch", "5,25,45 * * * *", 15 * _MINUTES, 10 * _MINUTES, "Periksa dan beri tahu", alone=False),
    Job("digest", "0 7 * * mon", 2 * _DAYS, 10 * _MINUTES, "Ringkasan mingguan", alone=False),
)
NAMES = tuple(job.name for job in JOBS)


def job_named(name: str) -> Job:
    """Raises RefuseInput where there is none."""
    for job in JOBS:
        if job.name == name:
            return job
    raise RefuseInput(
        "JOB-UNKNOWN",
        f"Pekerjaan {name!r} tidak ada. Yang ada: {', '.join(NAMES)}.",
        f"There is no job {name!r}. There are: {', '.join(NAMES)}.",
        where=name,
    )
