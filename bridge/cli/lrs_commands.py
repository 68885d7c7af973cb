"""`jpbridge lrs …`: the care of the record store: forwarding to others, erasing a person's identifiers."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from typing import Annotated

import orjson
import typer

from bridge.bootstrap.erasure import erase_person
from bridge.bootstrap.record_store import instant, refusing
from bridge.cli.app import Json, app, installation
from bridge.cli.output import language, print_json, print_table, say, tell
from bridge.config import write_secret
from bridge.errors import RefuseInput
from bridge.wording import ENGLISH
from xapi.forward.run import Forwarded
from xapi.model.version import Version
from xapi.store.forwarding import Filter, ForwardTarget

lrs_app = typer.Typer(no_args_is_help=True, help="Perawatan LRS. (Care of the record store.)")
forward_app = typer.Typer(no_args_is_help=True, help="Penerusan ke LRS lain. (Forwarding to other stores.)")
app.add_typer(lrs_app, name="lrs")
lrs_app.add_typer(forward_app, name="forward")


@forward_app.command("add")
def forward_add(
    name: Annotated[str, typer.Argument(help="Nama pendek tujuan, misalnya lrs-pusat.")],
    endpoint: Annotated[str, typer.Option(help="Alamat LRS, https://…/xapi")],
    key: Annotated[str, typer.Option(help="Kunci (pengguna) di LRS itu. (The key's name there.)")] = "",
    secret_env: Annotated[str, typer.Option(help="Nama variabel lingkungan yang berisi rahasia.")] = "",
    version: Annotated[str, typer.Option(help="1.0.3 atau 2.0.0")] = "1.0.3",
    verb: Annotated[str, typer.Option(help="Hanya verba ini (IRI).")] = "",
    activity: Annotated[str, typer.Option(help="Hanya aktivitas ini (IRI).")] = "",
    related: Annotated[bool, typer.Option(help="Aktivitas terkait juga.")] = False,
    nip: Annotated[str, typer.Option(help="Hanya pegawai ini (NIP).")] = "",
    from_now: Annotated[bool, typer.Option(help="Mulai dari sekarang, bukan dari awal.")] = False,
    json: Json = False,
) -> None:
    """Teruskan pernyataan ke LRS lain; rahasia ditanyakan atau dari lingkungan, tidak pernah dari argumen.
    (Forward statements to another record store; the secret is asked for or comes from the environment.)"""
    if version not in {one.value for one in Version}:
        raise RefuseInput(
            "FORWARD-VERSION",
            f"Versi {version!r} tidak dikenal; pakai 1.0.3 atau 2.0.0.",
            f"The version {version!r} is unknown; use 1.0.3 or 2.0.0.",
        )
    with installation() as opened:
        forwarding = opened.records.store.forwarding
        if any(one.name == name for one in forwarding.targets()):
            raise RefuseInput(
                "FORWARD-THERE",
                f"Tujuan {name!r} sudah ada; pakai nama lain.",
                f"There is a target {name!r} already; use another name.",
            )
        agent = None
        if nip:
            agent = {"account": {"homePage": opened.settings.agent_home_page, "name": nip}}
        wanted = Filter(agent, verb or None, activity or None, related_activities=related)
        after = opened.records.store.consistent_through() if from_now else 0
        reference = f"env:{secret_env}"
        if not secret_env:
            # Asked for before anything is kept: who breaks off here has added nothing.
            secret = typer.prompt(say("Rahasia"), hide_input=True)
            reference = f"file:forward-{name}"
        with refusing():
            forwarding.add(
                name, endpoint, key, reference, wanted=wanted, version=Version(version), after=after
            )
        if not secret_env:
            write_secret(f"forward-{name}", secret, opened.home)
    if json:
        print_json({"target": name, "endpoint": endpoint, "filter": wanted.as_json()})
        return
    tell("Tujuan {name} tersimpan. Kirim sekarang dengan: jpbridge lrs forward run", name=name)


def _trouble(target: ForwardTarget) -> str:
    if not target.last_error:
        return ""
    told = orjson.loads(target.last_error)
    return str(told["en" if language() == ENGLISH else "id"])


def _state(target: ForwardTarget) -> str:
    if target.paused:
        return say("dijeda")
    if target.attempts:
        when = f"{instant(target.next_try):%Y-%m-%d %H:%M} UTC"
        return say("dicoba lagi {when}", when=when)
    return say("berjalan")


@forward_app.command("list")
def forward_list(json: Json = False) -> None:
    """Tujuan, yang terkirim, yang menunggu dan yang ditolak. (Targets: sent, waiting, refused.)"""
    with installation() as opened:
        forwarding = opened.records.store.forwarding
        found = [
            (one, forwarding.backlog(one.name), len(forwarding.dead(one.name)))
            for one in forwarding.targets()
        ]
    if json:
        print_json(
            {
                "targets": [
                    {
                        "name": one.name,
                        "endpoint": one.endpoint,
                        "version": one.version.value,
                        "filter": one.filter.as_json(),
                        "paused": one.paused,
                        "sent": one.sent,
                        "waiting": waiting,
                        "dead": dead,
                        "attempts": one.attempts,
                        "next_try": instant(one.next_try) if one.attempts else None,
                        "last_success": instant(one.last_success) if one.last_success else None,
                        "last_error": orjson.loads(one.last_error) if one.last_error else None,
                    }
                    for one, waiting, dead in found
                ]
            }
        )
        return
    rows = [
        (one.name, one.endpoint, _state(one), one.sent, waiting, dead, _trouble(one))
        for one, waiting, dead in found
    ]
    columns = ["Tujuan", "Alamat", "Keadaan", "Terkirim", "Belum dilihat", "Ditolak", "Kendala terakhir"]
    print_table("Penerusan", columns, rows)


@forward_app.command("dead")
def forward_dead(name: str, json: Json = False) -> None:
    """Pernyataan yang ditolak tujuan, dengan alasannya. (Statements that the target refused, and why.)"""
    with installation() as opened:
        with refusing():
            opened.records.store.forwarding.target(name)
        letters = opened.records.store.forwarding.dead(name)
    rows = [(_uuid(one.statement_id), instant(one.refused), one.reason) for one in letters]
    if json:
        named = [{"id": key, "refused": when, "reason": reason} for key, when, reason in rows]
        print_json({"target": name, "dead": named})
        return
    print_table("Ditolak tujuan", ["Pernyataan", "Waktu", "Alasan"], rows)


def _uuid(key: bytes) -> str:
    text = key.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


@forward_app.command("pause")
def forward_pause(name: str) -> None:
    """Hentikan sementara; tidak ada yang hilang. (Pause; nothing is lost.)"""
    with installation() as opened, refusing():
        opened.records.store.forwarding.pause(name, paused=True)
    tell("Penerusan ke {name} dijeda.", name=name)


@forward_app.command("resume")
def forward_resume(name: str) -> None:
    """Lanjutkan, dan coba segera. (Go on, and try at once.)"""
    with installation() as opened, refusing():
        opened.records.store.forwarding.pause(name, paused=False)
    tell("Penerusan ke {name} berjalan lagi.", name=name)


@forward_app.command("remove")
def forward_remove(name: str) -> None:
    """Hapus tujuan; yang sudah terkirim tetap di sana. (Remove; what was sent stays there.)"""
    with installation() as opened, refusing():
        opened.records.store.forwarding.target(name)
        opened.records.store.forwarding.remove(name)
    tell("Tujuan {name} dihapus.", name=name)


@forward_app.command("retry")
def forward_retry(name: str, json: Json = False) -> None:
    """Kirim lagi yang ditolak. (Send once more what was refused.) Exit 75: the target does not answer."""
    with installation() as opened:
        _tell_done([opened.records.retry_dead(name, opened.secret, opened.clock)], json=json)


@forward_app.command("run")
def forward_run(json: Json = False) -> None:
    """Kirim yang sudah waktunya. (Send what is due.) Exit 75: some target does not answer."""
    with installation() as opened:
        _tell_done(opened.records.forward_due(opened.secret, opened.clock), json=json)


def _tell_done(done: list[Forwarded], *, json: bool) -> None:
    if json:
        print_json(
            {
                "targets": [
                    {"name": one.target, "sent": one.sent, "dead": one.dead, "trouble": one.trouble}
                    for one in done
                ]
            }
        )
    else:
        rows = [(one.target, one.sent, one.dead, one.trouble) for one in done]
        print_table("Penerusan", ["Tujuan", "Terkirim", "Ditolak", "Kendala terakhir"], rows)
    if any(one.trouble for one in done):
        raise typer.Exit(75)


@lrs_app.command("retention")
def retention(
    traces_days: Annotated[int | None, typer.Option(min=1, help="Bukan lrs_keep_traces_days.")] = None,
    state_days: Annotated[int | None, typer.Option(min=1, help="Bukan lrs_keep_state_days.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Hitung saja, jangan ubah.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Tanpa bertanya.")] = False,
    json: Json = False,
) -> None:
    """Lepaskan jejak pemakaian dan keadaan konten yang lama; yang membuktikan sesuatu tetap.
    (Let go of old traces of use and states of content; whatever proves something stays.)"""
    with installation() as opened:
        traces = opened.main.lrs_keep_traces_days if traces_days is None else traces_days
        states = opened.main.lrs_keep_state_days if state_days is None else state_days
        if not (dry_run or yes or json):
            typer.confirm(say("Yang dilepaskan tidak dapat dikembalikan. Lanjutkan?"), abort=True)
        done = opened.records.retain(opened.clock, traces_days=traces, state_days=states, dry_run=dry_run)
    if json:
        print_json({"dry_run": dry_run, "traces_days": traces, "state_days": states, **asdict(done)})
        return
    rows = [
        (say("Jejak pemakaian"), traces or "∞", done.traces),
        (say("Jejak yang tetap: dirujuk, berlampiran, atau belum diteruskan"), traces or "∞", done.kept),
        (say("Keadaan konten"), states or "∞", done.states),
    ]
    print_table("Masa simpan", ["Apa", "Hari", "Jumlah"], rows)
    if dry_run:
        tell("Uji coba: belum ada yang dilepaskan. Jalankan tanpa --dry-run untuk melepaskannya.")


@lrs_app.command("erase")
def erase(
    nip: Annotated[str, typer.Argument(help="NIP orang itu; NIP lamanya dan surelnya ikut dari daftar.")],
    also: Annotated[list[str] | None, typer.Option(help="Pengenal lain, misalnya surel. Berulang.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Hitung saja, jangan ubah.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Tanpa bertanya.")] = False,
    json: Json = False,
) -> None:
    """Ganti pengenal seseorang di LRS dengan nama samaran; bukti tetap utuh. Tercatat.
    (Replace a person's identifiers in the record store by a pseudonym; proofs stay intact. Audited.)"""
    with installation() as opened:
        if not (dry_run or yes or json):
            typer.confirm(say("Penghapusan ini tidak dapat dibatalkan. Lanjutkan?"), abort=True)
        done = erase_person(opened, nip, also or (), dry_run=dry_run, who=f"cli:{getpass.getuser()}")
    if json:
        print_json({"dry_run": dry_run, **asdict(done)})
        return
    rows = [
        (say("Pernyataan milik atau menyebut orang ini"), done.statements),
        (say("Dokumen miliknya (dihapus)"), done.own_documents),
        (say("Dokumen lain yang menyebutnya"), done.mentioning_documents),
        (say("Isi lampiran (dihapus, hash tetap)"), done.attachments),
        (say("Dokumen yang harus diperiksa manusia"), done.unreadable_documents),
    ]
    print_table("Penghapusan pengenal", ["Yang diubah", "Jumlah"], rows)
    tell("Nama samaran: {pseudonym}", pseudonym=done.pseudonym)
    if dry_run:
        tell("Uji coba: belum ada yang diubah. Jalankan tanpa --dry-run untuk menghapus.")
    else:
        tell("Pengenal sudah dihapus; bukti buku besar tetap utuh.")
