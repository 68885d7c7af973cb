"""Every command by name: the modules that make it, and its line in the help.

A command's modules are imported when it is called, so that no command waits for the others' imports
(docs/decisions/0041-imports-at-use.md). A test holds the table to what the modules say.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listed:
    """`modules` of bridge.cli, all of which add to the command; `line` as the help shows it."""

    name: str
    line: str
    modules: tuple[str, ...]


COMMANDS = (
    # Those of every day first; the help shows this order.
    Listed(
        "demo",
        "Satu malam pada data rekaman, lalu konsol. (One night on recorded data, then the console.)",
        ("demo_command",),
    ),
    Listed(
        "init",
        "Siapkan folder, basis data, aturan bawaan dan kunci. (Prepare folder, database, rules and keys.)",
        ("setup_commands",),
    ),
    Listed("pull", "Tarik penyelesaian dari LMS. (Pull completions from the LMSs.)", ("pull_command",)),
    Listed(
        "reconcile",
        "Hitung kredit yang seharusnya dan tulis selisihnya. (Compute credits, write the difference.)",
        ("work_commands",),
    ),
    Listed(
        "publish",
        "Terbitkan entri yang menunggu ke LRS. (Publish waiting entries to the LRS.)",
        ("work_commands",),
    ),
    Listed(
        "night",
        "Satu malam penuh: tarik, rekonsiliasi, terbitkan. (One whole night: pull, reconcile, publish.)",
        ("work_commands",),
    ),
    Listed(
        "status",
        "Keadaan sekarang: malam terakhir, cakupan 20 JP, temuan. (Where things stand.)",
        ("look_commands",),
    ),
    Listed(
        "findings",
        "Yang perlu dilihat orang, dengan langkah berikutnya. (What needs a person, with the next step.)",
        ("findings_commands",),
    ),
    Listed(
        "note",
        "Siapa menangani sebuah temuan, dan catatannya. (Who takes a finding, and a comment.)",
        ("findings_commands",),
    ),
    Listed(
        "explain",
        "Mengapa seorang pegawai mendapat JP itu, dan mengapa tidak. (Why this credit, and why not.)",
        ("look_commands",),
    ),
    Listed(
        "link",
        "Tautan JP Saya untuk seorang pegawai. (The link to a learner's own page.)",
        ("setup_commands",),
    ),
    Listed(
        "serve",
        "Jalankan konsol, LRS dan tugas malam. (Run the console, the LRS and the nightly job.)",
        ("serve_command",),
    ),
    Listed(
        "doctor",
        "Periksa pemasangan dan katakan apa yang harus dilakukan. (Check the installation.)",
        ("look_commands",),
    ),
    Listed(
        "runs",
        "Riwayat proses; --follow mengikuti yang berjalan sampai selesai. (Runs; --follow one to its end.)",
        ("ops_commands",),
    ),
    Listed(
        "backup",
        "Cadangkan semua basis data selagi berjalan. (Back up every database while it runs.)",
        ("ops_commands",),
    ),
    Listed(
        "restore",
        "Pulihkan cadangan; yang ada disisihkan, tidak dihapus. (Restore a backup.)",
        ("ops_commands",),
    ),
    Listed(
        "drill",
        "Latihan pemulihan: pulihkan ke tempat sementara, hitung ulang, bandingkan. (Restore drill.)",
        ("ops_commands",),
    ),
    Listed(
        "scheduler",
        "Jalankan penjadwal saja, tanpa konsol. (The scheduler alone, without the console.)",
        ("job_commands",),
    ),
    Listed(
        "proof",
        "Bukti kredit seorang pegawai yang bisa diperiksa tanpa mempercayai kami. (Proof for an auditor.)",
        ("ledger_commands",),
    ),
    Listed(
        "proposals",
        "Bukti tanpa pemilik, dan siapa kira-kira pemiliknya. (Whose evidence it may be; never automatic.)",
        ("person_commands",),
    ),
    Listed(
        "pull-due",
        "Tarik sumber yang mengirim isyarat lewat webhook. (Pull the sources that sent a hint.)",
        ("source_commands",),
    ),
    Listed("adapter", "Adaptor LMS, untuk pengembang. (LMS adapters.)", ("adapter_command",)),
    Listed(
        "import",
        "Ambil data dari berkas. (Import from files.)",
        ("work_commands", "confirm_command", "field_commands", "sheets_commands", "source_commands"),
    ),
    Listed("decide", "Putuskan yang perlu diputuskan orang. (Decide.)", ("decide_commands",)),
    Listed("jobs", "Pekerjaan terjadwal. (Scheduled jobs.)", ("job_commands",)),
    Listed("event", "Acara di kelas. (Events in class.)", ("field_commands", "field_session_commands")),
    Listed("ledger", "Buku kredit: saldo dulu dan kini. (The ledger's views.)", ("ledger_commands",)),
    Listed("lrs", "Perawatan LRS. (Care of the record store.)", ("lrs_commands",)),
    Listed("alerts", "Peringatan. (Alerts.)", ("ops_commands",)),
    Listed("person", "Siapa adalah siapa; bisa dibatalkan. (Who is who.)", ("person_commands",)),
    Listed("rules", "Aturan JP sebagai data. (JP rules as data.)", ("rules_commands",)),
    Listed("source", "Sumber data LMS. (LMS sources.)", ("setup_commands", "source_commands")),
    Listed("key", "Kunci LRS. (Keys of the learning record store.)", ("setup_commands",)),
    Listed("account", "Akun konsol. (Console accounts.)", ("setup_commands",)),
    Listed(
        "worksheet",
        "Temuan ke Excel dan keputusan kembali. (Findings to Excel, decisions back.)",
        ("sheets_commands",),
    ),
    Listed("tenant", "Instansi dalam satu pemasangan. (Tenants.)", ("tenant_commands",)),
    Listed("config", "Pengaturan. (Configuration.)", ("tenant_commands",)),
)
BY_NAME = {listed.name: listed for listed in COMMANDS}
