"""Words for codes: the forms of training (SIASN), why a credit counts, states of runs, kinds of entries.

A code without words is shown as it stands: a newer engine never breaks an older page.
"""

from __future__ import annotations

from bridge.wording import translate

FORMS = {  # SIASN's codes, domain: PerLAN 10/2018, annex
    1: "Pelatihan struktural kepemimpinan",
    2: "Pelatihan fungsional",
    3: "Pelatihan teknis",
    4: "Workshop atau lokakarya",
    5: "Pelatihan manajerial",
    6: "Pelatihan sosial kultural",
    7: "Sosialisasi",
    8: "Bimbingan teknis",
    9: "Seminar atau konferensi",
    10: "Magang",
    11: "Kursus",
    12: "Penataran",
    13: "Pelatihan klasikal lainnya",
    14: "Coaching",
    15: "Mentoring",
    16: "E-learning",
    17: "Pelatihan jarak jauh",
    18: "Detasering",
    19: "Outbound",
    20: "Patok banding (benchmarking)",
    21: "Pertukaran PNS dan swasta",
    22: "Belajar mandiri",
    23: "Komunitas belajar",
    24: "Bimbingan di tempat kerja",
    25: "Pelatihan nonklasikal lainnya",
}

UNKNOWN_FORM = "bentuk {code}"

REASONS = {
    "rule-programme": "{form}: dihitung sebesar JP program.",
    "rule-per-day": "{form}: dihitung per hari menurut aturan.",
    "rule-per-session": "{form}: dihitung per pertemuan menurut aturan.",
    "rule-per-activity": "{form}: dihitung per kegiatan menurut aturan.",
    "rule-actual": "{form}: dihitung menurut waktu belajar yang tercatat (45 menit = 1 JP).",
    "capped-day": "{form}: dikurangi karena melewati batas JP sehari.",
    "capped-sessions": "{form}: dikurangi karena melewati batas pertemuan sebulan.",
    "capped-month": "{form}: dikurangi karena melewati batas JP sebulan.",
    "capped-year": "{form}: dikurangi karena melewati batas JP setahun.",
    "capped-total-day": "{form}: dikurangi karena melewati batas JP sehari untuk semua bentuk.",
    "capped-total-month": "{form}: dikurangi karena melewati batas JP sebulan untuk semua bentuk.",
    "capped-total-year": "{form}: dikurangi karena melewati batas JP setahun untuk semua bentuk.",
    "decided": "{form}: JP ditetapkan oleh keputusan petugas.",
    "no-longer-due": "Buktinya tidak ada lagi atau tidak lagi memenuhi aturan.",
}
"""The engine's reason codes in words; `{form}` is the form's name."""

BY_FORM = "Dihitung menurut aturan {form}."

WORDS = {
    "running": "sedang berjalan",
    "done": "selesai",
    "failed": "gagal",
    "abandoned": "terhenti",
    "night": "Proses malam",
    "pull": "Penarikan",
    "import": "Impor",
    "reconcile": "Rekonsiliasi",
    "publish": "Penerbitan",
    "sweep": "Sapuan lengkap",
    "recompute": "Hitung ulang",
    "backup": "Pencadangan",
    "retention": "Pembersihan",
    "outbox": "Penerbitan ulang",
    "forward": "Penerusan",
    "watch": "Pemeriksaan",
    "digest": "Ringkasan",
    "claimed": "sedang dikerjakan",
    "retry": "akan dicoba lagi",
    "stopped": "dihentikan pada batas waktu",
    "missed": "terlewat",
    "award": "kredit baru",
    "adjustment": "penyesuaian",
    "reversal": "pembatalan",
    "administrator": "administrator",
    "auditor": "auditor",
    "struktural": "struktural",
    "fungsional": "fungsional",
    "pelaksana": "pelaksana",
    "info": "informasi",
    "warning": "peringatan",
    "error": "galat",
    "accept": "diterima",
    "reject": "ditolak",
    "link": "ditautkan",
    "override_jp": "JP ditetapkan",
    "berlaku": "berlaku",
    "usang": "tidak berlaku lagi, buktinya berubah",
    "diganti": "diganti",
    "dicabut": "dicabut",
    "menunggu": "menunggu",
    "ditolak": "permintaan ditolak",
    "disetujui": "disetujui",
}


def form_name(code: int, language: str) -> str:
    return translate(FORMS.get(code, UNKNOWN_FORM), language).format(code=code)


def why(reason: str, form: int, language: str) -> str:
    """Why an activity counts as it does: the reason's sentence, else the form by whose rule it counts."""
    known = REASONS.get(reason)
    if known is not None:
        return translate(known, language).format(form=form_name(form, language))
    return translate(BY_FORM, language).format(form=form_name(form, language))


def word(code: str, language: str) -> str:
    return translate(WORDS.get(code, code), language)
