"""What a heading means: headings in any case, spelling and language become roles."""

from __future__ import annotations

import re
from enum import StrEnum

from bridge.attendance.cells import folded
from bridge.attendance.dates import parse_period


class Role(StrEnum):
    NUMBER = "number"
    NAME = "name"
    NIP = "nip"
    NIK = "nik"
    ACCOUNT = "account"
    RANK = "rank"
    POST = "post"
    OFFICE = "office"
    CONTACT = "contact"
    MARK = "mark"  # one session or day: a signature, a tick, a letter
    PRESENT = "present"  # a number of days or sessions
    TOTAL = "total"  # of how many
    STATUS = "status"
    NOTE = "note"
    DAY = "day"
    TIME_IN = "time_in"
    TIME_OUT = "time_out"
    DURATION = "duration"
    LATE = "late"
    STANDS_IN = "stands_in"
    EVENT_TITLE = "event_title"
    EVENT_CODE = "event_code"
    ORGANISER = "organiser"
    PLACE = "place"
    START = "start"
    END = "end"
    FORM = "form"
    SCOPE = "scope"
    JP = "jp"
    CERTIFICATE = "certificate"
    COACH = "coach"
    COACH_NIP = "coach_nip"
    TOPIC = "topic"
    SCORE = "score"


WORDS: dict[Role, str] = {
    Role.NUMBER: "nomor urut",
    Role.NAME: "nama peserta",
    Role.NIP: "NIP peserta",
    Role.NIK: "NIK",
    Role.ACCOUNT: "nomor akun mesin presensi",
    Role.RANK: "pangkat/golongan",
    Role.POST: "jabatan",
    Role.OFFICE: "unit kerja",
    Role.CONTACT: "telepon atau surel",
    Role.MARK: "tanda tangan atau tanda hadir",
    Role.PRESENT: "jumlah hadir",
    Role.TOTAL: "jumlah sesi atau hari",
    Role.STATUS: "status kehadiran",
    Role.NOTE: "catatan",
    Role.DAY: "tanggal",
    Role.TIME_IN: "jam masuk",
    Role.TIME_OUT: "jam pulang",
    Role.DURATION: "durasi",
    Role.LATE: "terlambat (menit)",
    Role.STANDS_IN: "diwakili atau mewakili",
    Role.EVENT_TITLE: "nama kegiatan",
    Role.EVENT_CODE: "kode kegiatan",
    Role.ORGANISER: "penyelenggara",
    Role.PLACE: "tempat",
    Role.START: "tanggal mulai",
    Role.END: "tanggal selesai",
    Role.FORM: "jenis pengembangan",
    Role.SCOPE: "lingkup",
    Role.JP: "JP",
    Role.CERTIFICATE: "nomor sertifikat",
    Role.COACH: "pembimbing",
    Role.COACH_NIP: "NIP pembimbing",
    Role.TOPIC: "topik",
    Role.SCORE: "nilai",
}
"""What each role is called, Indonesian msgids."""

_HEADINGS: tuple[tuple[Role, str], ...] = (
    (Role.COACH_NIP, r"(?:nip|ni pppk) (?:coach|mentor|pembimbing)\b.*"),
    (
        Role.NIP,
        r"(?:nip|ni pppk|nip nippppk|nip ni pppk|nip nrp|(?:no|nomor) induk(?: pegawai)?|employee number)",
    ),
    (Role.NIP, r"(?:nip|ni pppk) (?:peserta|pegawai|baru|18 digit|pns|coachee|mentee|nippppk|ni pppk)\b.*"),
    (Role.NIK, r"(?:nik|no ktp|nomor ktp|nomor induk kependudukan)"),
    (Role.NUMBER, r"(?:no|no urut|nomor|nomor urut|nr|number)"),
    (
        Role.ACCOUNT,
        r"(?:no akun|id akun|nomor akun|pin|user id|id user|enroll ?no|no absen|id mesin|account)",
    ),
    (Role.CERTIFICATE, r"(?:no|nomor|certificate)? ?(?:sertifikat|sttpp|sttp|piagam|certificate)\b.*"),
    (Role.EVENT_CODE, r"(?:kode|code) ?(?:diklat|kegiatan|program|kursus|pelatihan|course|activity)"),
    (
        Role.FORM,
        r"(?:kode )?(?:jenis|bentuk) ?(?:pengembangan|kegiatan|diklat|pelatihan)?\b.*|kode pengembangan|form",
    ),
    (
        Role.EVENT_TITLE,
        r"(?:nama|judul) (?:kegiatan|diklat|pelatihan|program|kursus|acara|bimtek)|kegiatan|activity",
    ),
    (Role.COACH, r"(?:nama )?(?:coach|mentor|pembimbing)(?: mentor| pembimbing)?"),
    (Role.NAME, r"(?:nama|name|nama lengkap|full name|nama peserta|nama pegawai|nama peserta pegawai)"),
    (Role.NAME, r"nama (?:lengkap|peserta|pegawai|coachee|mentee|dan gelar|asn)\b.*"),
    (Role.ORGANISER, r"penyelenggara\b.*|instansi penyelenggara|organi[sz]er"),
    (Role.SCOPE, r"(?:lingkup|cakupan|tingkat|scope)"),
    (Role.START, r"(?:tanggal|tgl|waktu)? ?(?:mulai|awal)\b.*|start(?: date)?|dari tanggal"),
    (Role.END, r"(?:tanggal|tgl|waktu)? ?(?:selesai|akhir|berakhir)\b.*|end(?: date)?|sampai tanggal"),
    (Role.TIME_IN, r"(?:jam|waktu|scan|pukul) (?:masuk|datang|hadir)|masuk|check ?in|time in"),
    (Role.TIME_OUT, r"(?:jam|waktu|scan|pukul) (?:pulang|keluar)|pulang|keluar|check ?out|time out"),
    (
        Role.LATE,
        r"(?:menit |lama |waktu )?(?:terlambat|keterlambatan|telat)(?: (?:menit|mnt|jam))?|(?:minutes )?late(?:ness)?",
    ),
    (
        Role.STANDS_IN,
        r"(?:nama )?(?:yang )?(?:di|me)wakili(?: oleh)?|(?:nama )?pengganti|digantikan oleh|menggantikan|substitutes?",
    ),
    (Role.DURATION, r"(?:durasi|lama|duration)\b.*"),
    (Role.DAY, r"(?:tanggal|tgl|hari tanggal|hari tgl|hari|date|tanggal hadir|tanggal kegiatan)"),
    (Role.JP, r"(?:total|jumlah|jml)? ?(?:jp|jpl|jam pelajaran)(?: .*)?"),
    (Role.TOTAL, r"(?:jml|jumlah|total) ?(?:hari|sesi|pertemuan)|.*\bjml hari"),
    (
        Role.PRESENT,
        r"(?:jumlah )?(?:hari|sesi)? ?(?:hadir|kehadiran) (?:hari|sesi|hr)|hadir|jumlah (?:hadir|kehadiran)",
    ),
    (Role.STATUS, r"(?:status|status kehadiran|kehadiran|keterangan hadir|presensi|attendance)"),
    (Role.NOTE, r"(?:ket|keterangan|catatan|note|notes|remarks)"),
    (Role.RANK, r"(?:pangkat|gol|golongan|pangkat gol\w*|gol ruang|pangkat golongan\b.*|rank)"),
    (Role.POST, r"(?:jabatan|posisi|position|jabatan\b.*)"),
    (
        Role.OFFICE,
        r"(?:unit kerja|opd|skpd|instansi|perangkat daerah|unit organisasi|departemen|dinas|office|bagian)",
    ),
    (Role.OFFICE, r"(?:unit kerja|asal|instansi|opd) (?:opd|instansi|unit kerja|asal)|unit"),
    (Role.PLACE, r"(?:tempat|lokasi|place|location)"),
    (Role.CONTACT, r"(?:no hp|hp|telepon|no telp|email|e mail|surel|alamat email|no wa)"),
    (Role.TOPIC, r"(?:topik|materi|pokok bahasan|topic)"),
    (Role.SCORE, r"(?:nilai|skor|score)\b.*"),
)
_ROLES = tuple((role, re.compile(pattern + r"\Z")) for role, pattern in _HEADINGS)
_NAME_AND = re.compile(r"nama(?: lengkap)?\s*[/&]\s*(?:jabatan|gelar|pangkat|gol)")  # two lines in one cell
_MARK = re.compile(
    r"(?:paraf|tanda tangan|ttd|hari|sesi|pertemuan|session|day|pagi|siang|sore|malam)\b[\w ]*\Z"
)


def plain_heading(text: str) -> str:
    """`N I P` -> `nip`, `Pangkat/Gol` -> `pangkat gol`, `HADIR (hari)` -> `hadir hari`."""
    words = re.sub(r"[^\w%]+", " ", folded(text)).strip()
    return re.sub(r"\bn i p\b", "nip", re.sub(r"\bn i k\b", "nik", words))


def role_of(heading: str) -> Role | None:
    """The role of one heading's text, None where it means nothing known."""
    plain = plain_heading(heading)
    if not plain:
        return None
    if _NAME_AND.match(folded(heading)):
        return Role.NAME
    for role, pattern in _ROLES:
        if pattern.match(plain):
            return role
    return None


def is_session(heading: str) -> bool:
    """Whether the heading names a session or day to sign for: `Paraf Pagi`, `Hari 1`, `Senin, 3 Agustus`."""
    return _MARK.match(plain_heading(heading)) is not None or parse_period(heading, 2000) is not None
