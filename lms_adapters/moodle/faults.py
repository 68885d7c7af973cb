"""Moodle's faults: errorcode -> remedy, with the clicks that mend it.

Codes were recorded on 4.5.5; those that 5.1 renamed stand beside them. Where one errorcode has many causes
(`accessexception`), the debug text and a second call tell them apart (see `answer` and `client`).
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.errors import RetryLater, SkipRecord, StopSource
from lms_adapters.faults import Fault, fault_table

TOKENS = "Administrasi situs › Server › Layanan web › Kelola token"
TOKENS_EN = "Site administration › Server › Web services › Manage tokens"
SERVICES = "Administrasi situs › Server › Layanan web › Layanan eksternal"
SERVICES_EN = "Site administration › Server › Web services › External services"
REPORTS = "Administrasi situs › Laporan › Report builder › Laporan khusus"
REPORTS_EN = "Site administration › Reports › Report builder › Custom reports"
USERS = "Administrasi situs › Pengguna › Daftar pengguna"
USERS_EN = "Site administration › Users › Browse list of users"

_TOKEN = (
    Fault(
        "MOODLE-TOKEN-INVALID",
        StopSource,
        "Moodle tidak mengenal token ini (salah ketik, dicabut, atau kedaluwarsa).",
        f"Buat token baru di {TOKENS}, lalu simpan sebagai rahasia sumber ini.",
        "Moodle does not know this token (mistyped, revoked or expired).",
        f"Make a new token at {TOKENS_EN} and store it as this source's secret.",
    ),
    Fault(
        "MOODLE-TOKEN-EXPIRED",
        StopSource,
        "token sudah kedaluwarsa; Moodle baru saja menghapusnya.",
        f"Buat token baru di {TOKENS} dengan 'Berlaku sampai' yang lebih jauh, lalu simpan di sumber ini.",
        "the token has expired; Moodle has just deleted it.",
        f"Make a new token at {TOKENS_EN} with a later 'Valid until' and store it in this source.",
    ),
    Fault(
        "MOODLE-ACCESS",
        StopSource,
        "Moodle menolak akses token pada fungsi {function}.",
        f"Periksa berurutan di {SERVICES}: layanan aktif; fungsi ada di dalamnya; pengguna token ada di "
        "'Pengguna yang berwenang'; IP server ini diizinkan; dan peran pengguna memuat webservice/rest:use.",
        "Moodle refuses the token access to the function {function}.",
        f"Check in this order at {SERVICES_EN}: the service is enabled; the function is in it; "
        "the token's user is "
        "among the 'Authorised users'; this server's IP is allowed; and the user's role has "
        "webservice/rest:use.",
    ),
    Fault(
        "MOODLE-IP-REFUSED",
        StopSource,
        "Moodle tidak mengizinkan alamat IP server ini memakai token.",
        f"Tambahkan IP server ini pada pembatasan IP token ({TOKENS}) atau pengguna layanan ({SERVICES}).",
        "Moodle does not allow this server's IP address to use the token.",
        f"Add this server's IP to the token's ({TOKENS_EN}) or the service user's "
        f"({SERVICES_EN}) restriction.",
    ),
    Fault(
        "MOODLE-FUNCTION-MISSING",
        StopSource,
        "fungsi {function} tidak ada dalam layanan token ini.",
        f"Buka {SERVICES} › Fungsi › Tambah fungsi, lalu tambahkan fungsi itu.",
        "the function {function} is not in this token's service.",
        f"Open {SERVICES_EN} › Functions › Add functions, and add it.",
    ),
    Fault(
        "MOODLE-PERMISSION",
        StopSource,
        "pengguna token tidak memiliki izin untuk {function}, yaitu {needs} ({detail}).",
        "Beri pengguna token peran yang memuat izin itu, atau pakai laporan khusus JP Bridge "
        "yang tak memerlukannya.",
        "the token's user lacks the permission for {function}, which is {needs} ({detail}).",
        "Give the user a role with that permission, or use the JP Bridge custom report, which needs none.",
    ),
    Fault(
        "MOODLE-USER-BLOCKED",
        StopSource,
        "akun pengguna token tidak dapat dipakai ({detail}).",
        f"Aktifkan dan konfirmasi akun itu di {USERS}; akun layanan jangan ditangguhkan.",
        "the token user's account can't be used ({detail}).",
        f"Activate and confirm the account at {USERS_EN}; don't suspend a service account.",
    ),
    Fault(
        "MOODLE-USER-UNREADY",
        StopSource,
        "akun pengguna token belum siap ({detail}).",
        "Masuk sekali sebagai pengguna itu lewat peramban: ganti kata sandi, lengkapi profil, "
        "setujui kebijakan.",
        "the token user's account is not ready ({detail}).",
        "Log in once as that user in a browser: change the password, complete the profile, "
        "accept the policies.",
    ),
    Fault(
        "MOODLE-LOGIN",
        StopSource,
        "Moodle menolak nama pengguna, kata sandi atau nama layanan ({detail}).",
        f"Buat token langsung di {TOKENS} tanpa kata sandi, lalu simpan di sumber ini.",
        "Moodle refuses the user name, the password or the service's name ({detail}).",
        f"Make a token directly at {TOKENS_EN}, without a password, and store it in this source.",
    ),
)

_SITE = (
    Fault(
        "MOODLE-MAINTENANCE",
        RetryLater,
        "Moodle sedang dalam pemeliharaan.",
        "Coba lagi nanti; penarikan berikutnya meneruskan.",
        "Moodle is under maintenance.",
        "Try again later; the next pull goes on.",
    ),
    Fault(
        "MOODLE-DATABASE-DOWN",
        RetryLater,
        "Moodle tidak dapat menghubungi basis datanya.",
        "Coba lagi nanti; bila berlanjut, beri tahu pengelola server Moodle.",
        "Moodle can't reach its database.",
        "Try again later; if it lasts, tell who runs the Moodle server.",
    ),
    Fault(
        "MOODLE-EMPTY",
        RetryLater,
        "Moodle menjawab kosong untuk {function} (biasanya PHP kehabisan memori atau waktu).",
        "Perkecil setelan page_size; bila berlanjut, beri tahu pengelola server Moodle.",
        "Moodle answered nothing to {function} (mostly PHP out of memory or time).",
        "Lower the setting page_size; if it lasts, tell who runs the Moodle server.",
    ),
    Fault(
        "MOODLE-TRUNCATED",
        RetryLater,
        "jawaban Moodle untuk {function} terpotong ({size} bita) dan tidak dipakai.",
        "Coba lagi nanti atau perkecil setelan page_size.",
        "Moodle's answer to {function} is cut off ({size} bytes) and was not used.",
        "Try again later or lower the setting page_size.",
    ),
    Fault(
        "MOODLE-WS-OFF",
        StopSource,
        "Moodle menolak (HTTP 403, kosong): layanan web atau protokol REST dimatikan.",
        "Hidupkan 'Aktifkan layanan web' (Administrasi situs › Umum › Fitur lanjutan) dan protokol REST "
        "(Administrasi situs › Server › Layanan web › Kelola protokol).",
        "Moodle refuses (HTTP 403, empty): web services or the REST protocol are off.",
        "Turn on 'Enable web services' (Site administration › General › Advanced features) "
        "and the REST protocol "
        "(Site administration › Server › Web services › Manage protocols).",
    ),
    Fault(
        "MOODLE-FORBIDDEN",
        StopSource,
        "server menolak permintaan (HTTP {status}), bukan dari Moodle sendiri.",
        "Minta pengelola server/WAF mengizinkan POST dari server ini ke /webservice/rest/server.php.",
        "the server refuses the request (HTTP {status}), and not Moodle itself.",
        "Ask who runs the server or firewall to let this server POST to /webservice/rest/server.php.",
    ),
    Fault(
        "MOODLE-ADDRESS",
        StopSource,
        "tidak ada layanan web Moodle di alamat ini (HTTP {status}).",
        "Pakai alamat beranda Moodle, tanpa /login atau /my; misalnya https://lms.contoh.go.id/moodle.",
        "there is no Moodle web service at this address (HTTP {status}).",
        "Use the address of Moodle's front page, without /login or /my; e.g. "
        "https://lms.example.go.id/moodle.",
    ),
    Fault(
        "MOODLE-NOT-JSON",
        StopSource,
        "alamat menjawab dengan halaman, bukan data ({detail}).",
        "Pastikan alamatnya beranda Moodle dan tidak ada halaman masuk, portal Wi-Fi atau WAF di depannya.",
        "the address answers with a page, not with data ({detail}).",
        "Make sure that it is Moodle's front page and no login page, Wi-Fi portal or firewall "
        "stands before it.",
    ),
    Fault(
        "MOODLE-XML",
        StopSource,
        "Moodle menjawab XML: isian moodlewsrestformat hilang di jalan.",
        "Periksa proksi atau WAF di antara kedua server: isi POST harus sampai utuh.",
        "Moodle answers XML: the field moodlewsrestformat was lost on the way.",
        "Check the proxy or firewall between the servers: the POST body must arrive whole.",
    ),
    Fault(
        "MOODLE-SHAPE",
        StopSource,
        "jawaban {function} tidak berbentuk seperti yang dikenal ({detail}).",
        "Laporkan versi Moodle dan kalimat ini kepada pengembang JP Bridge.",
        "the answer of {function} has an unknown shape ({detail}).",
        "Report Moodle's release and this sentence to the developers of JP Bridge.",
    ),
    Fault(
        "MOODLE-PARAMETER",
        StopSource,
        "Moodle menolak isian permintaan {function} ({detail}).",
        "Laporkan versi Moodle dan kalimat ini kepada pengembang JP Bridge.",
        "Moodle refuses a parameter of {function} ({detail}).",
        "Report Moodle's release and this sentence to the developers of JP Bridge.",
    ),
    Fault(
        "MOODLE-ERROR",
        StopSource,
        "Moodle menjawab kesalahan {errorcode}: {detail}.",
        "Baca pesan itu bersama administrator Moodle; jalankan uji sumber lagi sesudahnya.",
        "Moodle answered the error {errorcode}: {detail}.",
        "Read the message with Moodle's administrator; run the source test again afterwards.",
    ),
    Fault(
        "MOODLE-OLD",
        StopSource,
        "Moodle {release} belum memiliki laporan khusus lewat layanan web.",
        "Naikkan Moodle ke 4.1 atau yang lebih baru; untuk Totara dan Moodle lama, tambahkan fungsi cara batch "
        "(docs/adapters/moodle.md) atau pakai unduhan CSV.",
        "Moodle {release} has no custom reports through the web service yet.",
        "Upgrade Moodle to 4.1 or later; for Totara and old Moodles add the functions of the batch way "
        "(docs/adapters/moodle.md), or use CSV downloads.",
    ),
    Fault(
        "MOODLE-REPORTS-OFF",
        StopSource,
        "laporan khusus dimatikan di situs ini.",
        "Hidupkan 'Aktifkan laporan khusus' di Administrasi situs › Umum › Fitur lanjutan.",
        "custom reports are off on this site.",
        "Turn on 'Enable custom reports' at Site administration › General › Advanced features.",
    ),
)

_REPORT = (
    Fault(
        "MOODLE-REPORT-MISSING",
        StopSource,
        "laporan {report} tidak ada di antara yang terlihat oleh token ({seen}).",
        f"Buat laporan itu di {REPORTS} dan masukkan pengguna token ke tab Audiens; atau isi "
        "setelan report dengan "
        "nama atau nomor laporan yang benar.",
        "the report {report} is not among those that the token sees ({seen}).",
        f"Make it at {REPORTS_EN} and add the token's user in the tab Audience; or put the "
        "right name or number "
        "into the setting report.",
    ),
    Fault(
        "MOODLE-REPORT-TWICE",
        StopSource,
        "ada lebih dari satu laporan bernama {report} (nomor {seen}).",
        "Isi setelan report dengan nomor laporan yang dimaksud.",
        "more than one report is named {report} (numbers {seen}).",
        "Put the number of the right one into the setting report.",
    ),
    Fault(
        "MOODLE-REPORT-AUDIENCE",
        StopSource,
        "pengguna token tidak boleh melihat laporan itu.",
        f"Buka laporan di {REPORTS}, tab Audiens, tambahkan 'Pengguna yang ditambahkan manual' "
        "dengan pengguna token.",
        "the token's user may not see the report.",
        f"Open the report at {REPORTS_EN}, tab Audience, and add 'Manually added users' with "
        "the token's user.",
    ),
    Fault(
        "MOODLE-REPORT-HEADINGS",
        StopSource,
        "judul kolom laporan kurang: {missing}.",
        f"Buka laporan di {REPORTS}, tambahkan kolomnya dan ganti judulnya persis seperti itu (lihat "
        "docs/adapters/moodle.md).",
        "the report lacks the column headings: {missing}.",
        f"Open the report at {REPORTS_EN}, add the columns and rename them to exactly that (see "
        "docs/adapters/moodle.md).",
    ),
    Fault(
        "MOODLE-ZONE-FORCED",
        StopSource,
        "situs memaksakan satu zona waktu, sehingga jam penyelesaian tidak dapat dibaca dengan pasti.",
        "Isi setelan zone dengan zona di Administrasi situs › Lokasi › Pengaturan lokasi "
        "(misalnya Asia/Jayapura), "
        "atau lepaskan 'Paksa zona waktu' di sana.",
        "the site forces one time zone, so the times of completion can't be read for certain.",
        "Put the zone of Site administration › Location › Location settings (e.g. "
        "Asia/Jayapura) into the setting "
        "zone, or release 'Force timezone' there.",
    ),
    Fault(
        "MOODLE-REPORT-RESTLESS",
        RetryLater,
        "isi laporan berubah terus selagi dibaca.",
        "Tarik pada jam sepi (bawaan 01:00 WIT).",
        "the report keeps changing while it is read.",
        "Pull at a quiet hour (01:00 WIT by default).",
    ),
    Fault(
        "MOODLE-NO-COURSES",
        StopSource,
        "token tidak melihat satu kursus pun.",
        "Beri pengguna token peran dengan moodle/course:view (dan viewhiddencourses) pada kategori kursusnya.",
        "the token sees no course at all.",
        "Give the token's user a role with moodle/course:view (and viewhiddencourses) on the category.",
    ),
    Fault(
        "MOODLE-BATCH-SILENT",
        RetryLater,
        "Moodle tidak menjawab panggilan berkelompok dengan semestinya ({detail}).",
        "Perkecil setelan batch_size, atau naikkan max_input_vars PHP di server Moodle; lalu tarik lagi.",
        "Moodle did not answer the batched calls as it should ({detail}).",
        "Lower the setting batch_size, or raise PHP's max_input_vars on the Moodle server; then pull again.",
    ),
    Fault(
        "MOODLE-ROW",
        SkipRecord,
        "catatan itu tidak ada lagi di Moodle ({detail}).",
        "Tidak perlu tindakan; baris ini dilewati.",
        "that record is no longer in Moodle ({detail}).",
        "Nothing to do; the row is skipped.",
    ),
)

MOODLE_FAULTS = fault_table(*_TOKEN, *_SITE, *_REPORT)

# Moodle's errorcode -> our code. `invalidrecord` and `accessexception` need the context: see answer.code_of.
BY_ERRORCODE: Mapping[str, str] = {
    "invalidtoken": "MOODLE-TOKEN-INVALID",
    "accessexception": "MOODLE-ACCESS",
    "servicenotavailable": "MOODLE-LOGIN",
    "servicerequireslogin": "MOODLE-ACCESS",
    "invalidlogin": "MOODLE-LOGIN",
    "sitemaintenance": "MOODLE-MAINTENANCE",
    "upgraderunning": "MOODLE-MAINTENANCE",
    "dbconnectionfailed": "MOODLE-DATABASE-DOWN",
    "dmlreadexception": "MOODLE-DATABASE-DOWN",
    "dmlwriteexception": "MOODLE-DATABASE-DOWN",
    "locktimeout": "MOODLE-DATABASE-DOWN",
    "wsaccessusersuspended": "MOODLE-USER-BLOCKED",
    "wsaccessuserunconfirmed": "MOODLE-USER-BLOCKED",
    "wsaccessuserdeleted": "MOODLE-USER-BLOCKED",
    "wsaccessuserexpired": "MOODLE-USER-BLOCKED",
    "wsaccessusernologin": "MOODLE-USER-BLOCKED",
    "forcepasswordchangenotice": "MOODLE-USER-UNREADY",
    "usernotfullysetup": "MOODLE-USER-UNREADY",
    "sitepolicynotagreed": "MOODLE-USER-UNREADY",
    "errorreportview": "MOODLE-REPORT-AUDIENCE",
    "invalidparameter": "MOODLE-PARAMETER",
    "nopermissions": "MOODLE-PERMISSION",
    "nopermission": "MOODLE-PERMISSION",
    "requireloginerror": "MOODLE-PERMISSION",
    "errorcoursecontextnotvalid": "MOODLE-PERMISSION",
    "usernotenroled": "MOODLE-ROW",
    "userdeleted": "MOODLE-ROW",
    "invaliduser": "MOODLE-ROW",
}
