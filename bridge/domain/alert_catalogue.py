"""What operations tells a person unasked: a code, a sentence, the next step. Indonesian first, English beside it.

A code is never reused for another meaning. `{name}` places are filled from the alert's params.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AlertType:
    code: str
    sentence: str
    next_step: str
    english: str
    next_step_english: str


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that is wrong now. `subject` tells two of a code apart. `print` is what it is told again for
    when it changes; what only grows (days, counts) is not part of it."""

    code: str
    subject: str
    params: Mapping[str, str] = field(default_factory=dict)
    print: str = ""


_TYPES = (
    AlertType(
        "RUN-FAILED",
        "{job} gagal: {reason}",
        "Buka riwayat proses di konsol, atau jalankan: jpbridge runs",
        "{job} failed: {reason_english}",
        "Open the runs in the console, or run: jpbridge runs",
    ),
    AlertType(
        "RUN-MISSING",
        "{job} seharusnya berjalan {expected}, tetapi tidak ada.",
        "Pastikan komputer dan layanan jpbridge menyala (systemctl status jpbridge), lalu: jpbridge doctor",
        "{job} should have run at {expected} and did not.",
        "Make sure that the machine and the service jpbridge are on, then run: jpbridge doctor",
    ),
    AlertType(
        "SOURCE-STALE",
        "Sumber {source} sudah {days} hari tidak berhasil ditarik.",
        "Periksa dengan: jpbridge source test {source}",
        "The source {source} has not been pulled for {days} days.",
        "Check it with: jpbridge source test {source}",
    ),
    AlertType(
        "SOURCE-EMPTY",
        "Sumber {source} menjawab tanpa satu baris pun, padahal sebelumnya {before}.",
        "Periksa laporan dan izin token di LMS. Tidak ada kredit yang dicabut.",
        "The source {source} answered without a single row; before there were {before}.",
        "Check the report and the token's permissions in the LMS. No credit was revoked.",
    ),
    AlertType(
        "SOURCE-SHORT",
        "Sumber {source} mengirim {received} baris, padahal {expected} diharapkan.",
        "Periksa laporan di LMS. Tidak ada kredit yang dicabut sebelum diperiksa.",
        "The source {source} sent {received} rows where {expected} were expected.",
        "Check the report in the LMS. No credit is revoked before somebody has looked.",
    ),
    AlertType(
        "DISK-LOW",
        "Ruang disk tinggal {free} MB (batas {limit} MB).",
        "Kosongkan ruang disk, atau pindahkan cadangan lama ke tempat lain.",
        "Only {free} MB of disk space are left (limit {limit} MB).",
        "Free some disk space, or move old backups elsewhere.",
    ),
    AlertType(
        "LEDGER-DIFFERS",
        "Hitung ulang mingguan menyimpang dari buku kredit: {reason}",
        "Jangan ubah apa pun; kirim catatan proses “recompute” kepada kami.",
        "The weekly recomputation differs from the ledger: {reason_english}",
        "Change nothing; send us the record of the run “recompute”.",
    ),
    AlertType(
        "CERTIFICATE-ENDS",
        "Sertifikat {host} berakhir pada {day}.",
        "Perpanjang sertifikatnya, atau minta pengelola situs itu memperpanjangnya.",
        "The certificate of {host} ends on {day}.",
        "Renew it, or ask who runs that site to renew it.",
    ),
    AlertType(
        "TOKEN-ENDS",
        "Token sumber {source} berakhir pada {day}.",
        "Buat token baru di LMS, lalu: jpbridge source add {source} …",
        "The token of the source {source} ends on {day}.",
        "Make a new token in the LMS, then run: jpbridge source add {source} …",
    ),
    AlertType(
        "KEY-ENDS",
        "Kunci LRS “{name}” berakhir pada {day}.",
        "Buat kunci baru dengan jpbridge key add dan berikan kepada pemakainya.",
        "The record store's key “{name}” ends on {day}.",
        "Make a new key with jpbridge key add and give it to its user.",
    ),
    AlertType(
        "FORWARD-WAITS",
        "Penerusan ke LRS {target} tertahan setelah {attempts} percobaan: {reason}",
        "Periksa dengan: jpbridge lrs forward list. Yang tertahan terkirim sendiri begitu tujuan menjawab.",
        "Forwarding to the record store {target} is held up after {attempts} attempts: {reason_english}",
        "Check with: jpbridge lrs forward list. What waits is sent by itself once the target answers.",
    ),
    AlertType(
        "FORWARD-REFUSED",
        "LRS {target} menolak {count} pernyataan.",
        "Lihat alasannya: jpbridge lrs forward dead {target}, lalu: jpbridge lrs forward retry {target}",
        "The record store {target} refused {count} statements.",
        "See why: jpbridge lrs forward dead {target}, then: jpbridge lrs forward retry {target}",
    ),
)
ALERTS = {item.code: item for item in _TYPES}


class _Places(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"


def alert_words(code: str, params: Mapping[str, str], *, english: bool = False) -> tuple[str, str]:
    """(sentence, next step). A code of a newer version is shown as it stands."""
    known = ALERTS.get(code)
    if known is None:
        return code, ""
    places = _Places(params)
    first, second = (known.english, known.next_step_english) if english else (known.sentence, known.next_step)
    return first.format_map(places), second.format_map(places)
