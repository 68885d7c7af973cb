"""The catalogue of findings: code, severity, whether it holds the credit back, a sentence, the next step.

Sentences are Indonesian and the gettext message ids; `locale/en/findings.po` holds the English
beside them. `{name}` places are filled from the finding's params. A code is never reused for another meaning.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.domain.finding import Severity

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR


@dataclass(frozen=True, slots=True)
class FindingType:
    code: str
    severity: Severity
    holds_credit: bool
    sentence: str
    next_step: str


def _types(*rows: FindingType) -> dict[str, FindingType]:
    by_code: dict[str, FindingType] = {}
    for row in rows:
        if row.code in by_code:
            raise ValueError(f"finding code {row.code} is listed twice")
        by_code[row.code] = row
    return by_code


CATALOGUE: dict[str, FindingType] = _types(
    # identity: whose evidence is it?
    FindingType(
        "NIP-MISSING",
        _WARNING,
        True,
        "{name} pada “{title}” ({place}) tidak mempunyai NIP.",
        "Lengkapi NIP pada lembar lalu impor lagi, atau tautkan bukti ini ke pegawai.",
    ),
    FindingType(
        "NIP-INVALID",
        _WARNING,
        True,
        "“{cell}”, yang tertulis sebagai NIP {name} pada “{title}” ({place}), bukan NIP yang sah.",
        "Periksa 18 angka NIP pada daftar pegawai, perbaiki di sumbernya, atau tautkan bukti ini ke pegawai.",
    ),
    FindingType(
        "NIP-TRUNCATED",
        _WARNING,
        True,
        "Angka terakhir NIP {name} (“{cell}”) pada “{title}” ({place}) hilang: sel Excel berformat angka.",
        "Ubah kolom NIP menjadi teks, ketik ulang, lalu impor lagi; atau tautkan bukti ini ke pegawai.",
    ),
    FindingType(
        "NIP-CONFLICT",
        _WARNING,
        True,
        "Bukti {name} pada “{title}” menyebut lebih dari satu NIP: {cell}.",
        "Perbaiki NIP di profil LMS atau lembarnya, atau tautkan bukti ini ke pegawai.",
    ),
    FindingType(
        "LEARNER-UNKNOWN",
        _WARNING,
        True,
        "NIP {nip} ({name}) pada “{title}” tidak ada di daftar pegawai yang berlaku pada {date}.",
        "Tambahkan pegawai atau masa berlaku NIP-nya ke daftar pegawai, atau perbaiki NIP di sumbernya.",
    ),
    FindingType(
        "LEARNER-AMBIGUOUS",
        _WARNING,
        True,
        "NIP {nip} ({name}) pada “{title}” dimiliki lebih dari satu pegawai.",
        "Perbaiki daftar pegawai, atau tautkan bukti ini ke pegawai yang benar.",
    ),
    FindingType(
        "NAME-MISMATCH",
        _WARNING,
        True,
        "NIP {nip} milik {roster_name}, tetapi pada “{title}” ({place}) tertulis {name}.",
        "Periksa NIP itu. Jika orangnya benar, terima bukti ini; jika salah, tautkan ke pegawai yang benar.",
    ),
    # reading: what the sheet or the source says
    FindingType(
        "DATE-IMPLAUSIBLE",
        _WARNING,
        True,
        "Tanggal “{title}” untuk {name} ({date}) kosong, terbalik, mustahil, atau di masa depan.",
        "Perbaiki tanggal di sumbernya.",
    ),
    FindingType(
        "JP-MISSING",
        _WARNING,
        True,
        "JP “{title}” tidak dinyatakan dan tidak ada di katalog program.",
        "Isi JP program di katalog, atau JP kursus di LMS.",
    ),
    FindingType(
        "JP-INVALID",
        _WARNING,
        True,
        "JP “{title}” (“{jp}”) tidak dapat dipakai: bukan angka di atas 0, atau lain dari baris lain acara itu.",
        "Tulis JP sebagai angka lebih dari 0, misalnya 24, atau isi JP program di katalog.",
    ),
    FindingType(
        "JP-IMPLAUSIBLE",
        _WARNING,
        True,
        "JP “{title}” (“{jp}”) tidak masuk akal.",
        "Perbaiki JP di sumbernya, isi JP program di katalog, atau terima bukti ini jika memang benar.",
    ),
    FindingType(
        "JP-DIFFERS",
        _INFO,
        False,
        "JP “{title}” menurut {source} ({jp}) berbeda dengan katalog ({catalogue}); katalog yang dipakai.",
        "Samakan JP kursus atau acara dengan katalog program.",
    ),
    FindingType(
        "FORM-UNKNOWN",
        _WARNING,
        True,
        "Bentuk pengembangan “{title}” (“{form}”) tidak dikenal.",
        "Isi kode jenis pengembangan SIASN (1–25) di sumbernya, atau tambahkan program ke katalog.",
    ),
    FindingType(
        "RULE-MISSING",
        _WARNING,
        True,
        "Tidak ada aturan untuk “{title}” pada {date}.",
        "Aktifkan kumpulan aturan yang berlaku pada tanggal itu.",
    ),
    FindingType(
        "CERTIFICATE-MISSING",
        _WARNING,
        False,
        "Nomor sertifikat {name} untuk “{title}” tidak ada.",
        "Minta nomor sertifikat kepada penyelenggara dan lengkapi lembarnya; JP tetap dihitung.",
    ),
    FindingType(
        "ORGANISER-MISSING",
        _INFO,
        False,
        "Penyelenggara “{title}” tidak ditulis.",
        "Lengkapi penyelenggara pada lembarnya.",
    ),
    FindingType(
        "TIME-MISSING",
        _WARNING,
        True,
        "Waktu masuk atau pulang {name} pada “{title}” ({place}) tidak ada.",
        "Lengkapi waktunya dari catatan penyelenggara, atau terima bukti ini.",
    ),
    FindingType(
        "ATTENDANCE-UNKNOWN",
        _WARNING,
        True,
        "Tanda kehadiran {name} pada “{title}” ({place}) tidak terbaca.",
        "Perbaiki tanda kehadiran pada lembarnya, atau terima bukti ini.",
    ),
    FindingType(
        "COACH-IS-COACHEE",
        _WARNING,
        True,
        "Pada “{title}” ({place}) pembimbing dan peserta adalah orang yang sama: {name}.",
        "Perbaiki nama pembimbing atau peserta pada lembarnya.",
    ),
    FindingType(
        "DUPLICATE-ROW",
        _INFO,
        True,
        "Baris {name} untuk “{title}” ({place}) mengulang baris lain; dihitung satu kali.",
        "Hapus baris ganda jika memang keliru.",
    ),
    FindingType(
        "SUBSTITUTE",
        _WARNING,
        True,
        "Pada “{title}” ({place}) orang lain menandatangani untuk {name}, atau {name} mewakili orang lain.",
        "Pastikan siapa yang hadir: terima bukti ini jika orangnya benar, tautkan ke yang hadir, atau tolak.",
    ),
    FindingType(
        "ROW-UNREADABLE",
        _WARNING,
        True,
        "{place} tidak dapat dibaca: {reason}.",
        "Perbaiki baris itu lalu impor lagi; baris lain sudah tersimpan.",
    ),
    # attendance
    FindingType(
        "ABSENT",
        _INFO,
        True,
        "{name} terdaftar pada “{title}” tetapi tidak hadir.",
        "Tidak perlu apa-apa, kecuali kehadirannya terlewat dicatat.",
    ),
    FindingType(
        "ATTENDANCE-LOW",
        _INFO,
        True,
        "{name} hadir {attended} dari {total} sesi “{title}”; paling sedikit {minimum} persen.",
        "Tidak perlu apa-apa, kecuali kehadirannya keliru dicatat.",
    ),
    FindingType(
        "CONFIRMATION-MISSING",
        _WARNING,
        True,
        "Penyelenggara belum mengonfirmasi daftar hadir “{title}” ({date}); JP {name} menunggu.",
        "Minta konfirmasi penyelenggara, lalu catat pada halaman lembarnya (jpbridge import confirm), "
        "atau terima bukti ini.",
    ),
    FindingType(
        "LATE",
        _INFO,
        False,
        "{name} terlambat pada {sessions} sesi “{title}” ({place}), paling lama {worst} menit; "
        "toleransi {tolerance} menit. JP tetap dihitung.",
        "Tidak perlu apa-apa, kecuali jam masuknya keliru dicatat.",
    ),
    FindingType(
        "LATE-NOT-COUNTED",
        _WARNING,
        False,
        "{name} terlambat pada {sessions} sesi “{title}” ({place}), paling lama {worst} menit; "
        "toleransi {tolerance} menit. Menurut aturan sesi itu tidak dihitung.",
        "Perbaiki jam masuk pada lembarnya jika keliru, atau terima bukti ini.",
    ),
    # events in the field: what the organiser looks at before confirming
    FindingType(
        "FIELD-CONFLICT",
        _WARNING,
        True,
        "Catatan kehadiran {name} pada “{title}” ({place}) bertentangan: satu mencatat hadir, yang lain membatalkan.",
        "Buka acaranya, centang atau hapus centang orang itu menurut kenyataan, lalu konfirmasi sesinya lagi.",
    ),
    FindingType(
        "FIELD-CLOCK-SKEW",
        _INFO,
        False,
        "Jam perangkat {device} salah {minutes} menit saat mencatat {count} kehadiran “{title}”; waktunya dibetulkan.",
        "Setel jam perangkat itu ke waktu otomatis; catatannya sudah dibetulkan.",
    ),
    FindingType(
        "FIELD-CLOCK-UNSURE",
        _WARNING,
        False,
        "Waktu {count} catatan “{title}” dari perangkat {device} tidak dapat dipastikan: jamnya diubah di lapangan.",
        "Cocokkan dengan daftar hadir kertas sebelum mengonfirmasi sesinya.",
    ),
    FindingType(
        "FIELD-SIGNATURE",
        _ERROR,
        False,
        "Catatan {nonce} untuk “{title}” ditolak: tanda tangannya tidak cocok dengan perangkat {device}.",
        "Catatan itu diubah setelah dibuat, atau bukan dari perangkat itu. Tanyakan asal berkasnya; jangan dipakai.",
    ),
    FindingType(
        "FIELD-REFUSED",
        _WARNING,
        False,
        "Catatan {nonce} untuk “{title}” dari perangkat {device} ditolak ({reason}).",
        "Daftarkan perangkat itu, atau periksa kode acara dan sesinya; catatannya tersimpan dan dapat dikirim lagi.",
    ),
    FindingType(
        "FIELD-GAP",
        _WARNING,
        False,
        "Perangkat {device} membuat {count} catatan yang belum sampai; sebagian mungkin untuk “{title}”.",
        "Buka halaman Lapangan di perangkat itu saat ada jaringan, atau ekspor berkasnya, sebelum mengonfirmasi.",
    ),
    FindingType(
        "FIELD-LATE",
        _WARNING,
        False,
        "{count} catatan untuk sesi {session} “{title}” tiba setelah sesi itu dikonfirmasi dan belum dihitung.",
        "Periksa catatannya, lalu konfirmasi sesi itu lagi.",
    ),
    FindingType(
        "FIELD-OUTSIDE",
        _INFO,
        False,
        "{count} pindaian untuk sesi {session} “{title}” terjadi jauh di luar jam sesi.",
        "Pastikan orangnya hadir pada sesi itu; hapus centangnya jika tidak.",
    ),
    FindingType(
        "FIELD-NIP-UNKNOWN",
        _WARNING,
        False,
        "“{typed}” ({name}) dicatat hadir pada “{title}”, tetapi tidak ada di daftar pegawai.",
        "Periksa angkanya pada kartu orang itu, atau tambahkan pegawainya ke daftar pegawai.",
    ),
    FindingType(
        "FIELD-NOT-LISTED",
        _INFO,
        False,
        "{name} ({nip}) hadir pada “{title}” tanpa terdaftar sebagai peserta.",
        "Tidak perlu apa-apa jika memang peserta pengganti; jika bukan, hapus centangnya.",
    ),
    FindingType(
        "FIELD-SAME-PHONE",
        _INFO,
        False,
        "{count} orang dicatat hadir dari satu telepon pada sesi {session} “{title}”.",
        "Pastikan mereka semua ada di ruangan sebelum mengonfirmasi sesinya.",
    ),
    FindingType(
        "FIELD-CANCELLED",
        _WARNING,
        False,
        "{count} orang dicatat hadir pada sesi {session} “{title}”, padahal sesi itu dibatalkan.",
        "Jika sesinya tetap diadakan, buka kembali lalu konfirmasi; jika tidak, hapus centangnya.",
    ),
    FindingType(
        "SCORE-LOW",
        _INFO,
        True,
        "Nilai {name} untuk “{title}” {score} persen; paling sedikit {least_score} persen.",
        "Tidak perlu apa-apa, kecuali nilainya keliru di LMS.",
    ),
    FindingType(
        "SCORE-MISSING",
        _WARNING,
        True,
        "Nilai {name} untuk “{title}” tidak ada, padahal aturan meminta paling sedikit {least_score} persen.",
        "Tampilkan nilai dan nilai tertinggi pada laporan LMS, atau terima bukti ini.",
    ),
    # programmes
    FindingType(
        "PROGRAMME-AMBIGUOUS",
        _WARNING,
        True,
        "“{title}” cocok dengan lebih dari satu program di katalog.",
        "Tulis kode program pada acara itu, atau perbaiki katalog.",
    ),
    FindingType(
        "PROGRAMME-EXPIRED",
        _WARNING,
        True,
        "Program untuk bukti {name} dari {source} tidak berlaku pada {date}.",
        "Perbaiki masa berlaku program di katalog.",
    ),
    FindingType(
        "PROGRAMME-REPEATED",
        _INFO,
        False,
        "“{title}” tercatat {times} kali pada {year} dengan tanggal yang berbeda; dihitung satu kali.",
        "Periksa apakah tanggalnya benar; satu program dihitung sekali setahun.",
    ),
    FindingType(
        "BLENDED-INCOMPLETE",
        _INFO,
        True,
        "“{title}” baru selesai {done} dari {parts} bagian; JP dihitung setelah lengkap.",
        "Tunggu bagian lainnya, atau isi JP tiap bagian di katalog.",
    ),
    FindingType(
        "PROGRAMME-PROPOSED",
        _INFO,
        False,
        "“{title}” dari {source} bukan program di katalog, tetapi mirip dengan: {candidates}.",
        "Jika sama, tulis kode program pada acara itu, atau tambahkan kursusnya ke program di katalog.",
    ),
    FindingType(
        "REPEATED-TOO-SOON",
        _INFO,
        True,
        "“{title}” ({year}) mengulang program yang sudah dihitung kurang dari {years} tahun sebelumnya.",
        "Tidak perlu apa-apa; terima bukti ini jika memang harus dihitung lagi.",
    ),
    # the same thing twice
    FindingType(
        "DUPLICATE-ACTIVITY",
        _WARNING,
        True,
        "“{title}” tampaknya sama dengan “{other}” ({from} – {until}); hanya satu yang dihitung.",
        "Jika keduanya memang berbeda, terima bukti ini; jika sama, tolak.",
    ),
    FindingType(
        "OVERLAP",
        _WARNING,
        True,
        "“{title}” dan “{other}” bersamaan waktunya ({from} – {until}); orang tidak bisa di dua tempat.",
        "Pastikan mana yang diikuti: terima bukti ini jika keduanya benar, atau tolak salah satunya.",
    ),
    FindingType(
        "CERTIFICATE-REPEATED",
        _WARNING,
        True,
        "Nomor sertifikat {certificate} untuk “{title}” sudah dipakai untuk “{other}”; dihitung satu kali.",
        "Jika keduanya kegiatan yang berbeda, perbaiki nomornya atau terima bukti ini.",
    ),
    FindingType(
        "ONLINE-IN-CLASS",
        _WARNING,
        False,
        "“{title}” selesai daring pada {date} ({minutes} menit), sedangkan hari itu di kelas “{other}”.",
        "Tanyakan kapan belajar daringnya; tolak bukti ini jika waktunya memang tidak mungkin.",
    ),
    # caps and ceilings
    FindingType(
        "CAP-EXCEEDED",
        _INFO,
        False,
        "“{title}” ({date}) melebihi {sessions} sesi sebulan yang dapat dihitung.",
        "Tidak perlu apa-apa; sesi selebihnya tidak menambah JP.",
    ),
    FindingType(
        "PPPK-CEILING",
        _INFO,
        False,
        "{name} (PPPK) mempunyai {jp} JP pada {year}, di atas batas {ceiling} JP.",
        "Periksa rencana pengembangan; JP tidak dihapus.",
    ),
    # changes and decisions
    FindingType(
        "EVIDENCE-WITHDRAWN",
        _INFO,
        False,
        "{source} menarik kembali bukti {name} untuk “{title}” ({date}); JP-nya dibatalkan.",
        "Tanyakan kepada pengelola LMS jika penarikan itu keliru.",
    ),
    FindingType(
        "COMPLETION-MOVED",
        _WARNING,
        False,
        "{source} mengubah tanggal selesai {name} untuk “{title}” dari {before} menjadi {date}; JP mengikutinya.",
        "Tanyakan sebabnya kepada pengelola LMS; terima bukti ini jika tanggal baru benar, tolak jika tidak.",
    ),
    FindingType(
        "COMPLETION-RESET",
        _WARNING,
        False,
        "{source} menghapus penyelesaian {name} untuk “{title}” ({before}), lalu mencatatnya lagi pada {date}.",
        "Hanya yang terakhir dihitung. Jika yang pertama juga sah, catat lewat lembar; lalu terima bukti ini.",
    ),
    FindingType(
        "DECISION-STALE",
        _WARNING,
        False,
        "Keputusan tentang “{title}” ({name}) dibuat atas bukti yang kini berubah, maka tidak berlaku lagi.",
        "Periksa bukti yang baru dan putuskan lagi.",
    ),
    # sources
    FindingType(
        "SOURCE-SHORT",
        _ERROR,
        False,
        "{source} hanya mengirim {received} catatan, jauh di bawah {expected}; penarikan ditahan.",
        "Periksa hak akses dan filter laporan di sumber itu, lalu tarik lagi.",
    ),
    FindingType(
        "SOURCE-INCOMPLETE",
        _WARNING,
        False,
        "Penarikan dari {source} tidak terbukti lengkap: {reason}. Yang terbaca tersimpan; tidak ada yang dicabut.",
        "Tarik lagi dengan jpbridge pull; jika berulang, perbaiki sebabnya di sumber itu.",
    ),
    FindingType(
        "SOURCE-DRIFT",
        _INFO,
        False,
        "Bentuk jawaban {source} tidak seperti yang diharapkan: {names}.",
        "Samakan judul kolom laporan dengan petunjuk docs/adapters, atau abaikan jika memang ditambahkan.",
    ),
    FindingType(
        "SOURCE-FAILED",
        _ERROR,
        False,
        "{source} tidak dapat ditarik: {reason}.",
        "Ikuti petunjuk pada pesannya, lalu tarik lagi.",
    ),
    FindingType(
        "PASS-UNDATED",
        _WARNING,
        True,
        "{place} lulus, tetapi platform tidak menyebut kapan.",
        "Aktifkan sertifikat kursus itu, atau ambil kelulusannya lewat xAPI; tanggal tidak pernah dikarang.",
    ),
    FindingType(
        "XAPI-UNPROVEN",
        _WARNING,
        True,
        "{place} menyatakan kursus selesai, tetapi tidak ada satu pun unitnya yang dikerjakan.",
        "Periksa moveOn paket cmi5 itu (NotApplicable: selesai sejak didaftarkan); bila ia belajar, catat di lembar.",
    ),
    FindingType(
        "XAPI-WAIVED",
        _INFO,
        True,
        "{place} membebaskan peserta dari satu unit: {reason}.",
        "Putuskan apakah pembebasan itu diakui; bila ya, catat lewat lembar.",
    ),
)
