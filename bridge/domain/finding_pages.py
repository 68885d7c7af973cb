"""Why each finding is found: the words of its page, beside the catalogue's sentence and next step.

Indonesian, and the gettext message ids of `locale/en/finding_pages.po`. `EXAMPLE` fills the places of a code's
sentence, so that its page shows it as it looks in the list; the people and titles are made up.
"""

from __future__ import annotations

WHY: dict[str, str] = {
    "NIP-MISSING": (
        "Baris lembar atau akun LMS tidak membawa NIP, dan akunnya belum dikenal sebagai milik "
        "seorang pegawai. Nama saja tidak pernah cukup: banyak orang bernama sama."
    ),
    "NIP-INVALID": (
        "Yang tertulis bukan 18 angka dengan tanggal lahir, bulan pengangkatan dan kode jenis "
        "kelamin yang mungkin, walau spasi, titik, serta O dan l yang tertukar sudah diperbaiki."
    ),
    "NIP-TRUNCATED": (
        "Excel menyimpan 18 angka sebagai bilangan dan hanya menyimpan 15 angka pertama. Tiga "
        "angka terakhir tidak dapat dipulihkan, dan tidak pernah ditebak."
    ),
    "NIP-CONFLICT": (
        "Satu bukti membawa dua NIP yang berbeda, misalnya satu di nama pengguna dan satu di "
        "kolom profil LMS. Selama keduanya bertentangan, tidak ada yang dipilih."
    ),
    "LEARNER-UNKNOWN": (
        "NIP-nya sah, tetapi pada tanggal kegiatan tidak ada pegawai di daftar pegawai yang "
        "memegangnya: pegawai baru, pindahan, pensiun, atau NI PPPK dari kontrak lain."
    ),
    "LEARNER-AMBIGUOUS": (
        "Dua pegawai di daftar pegawai memegang NIP itu pada waktu yang sama. Sistem tidak "
        "memilih salah satu."
    ),
    "NAME-MISMATCH": (
        "NIP-nya ada di daftar pegawai, tetapi kurang dari separuh kata pada nama (tanpa gelar) "
        "cocok. Sering kali satu angka NIP salah ketik dan mengenai orang lain."
    ),
    "DATE-IMPLAUSIBLE": (
        "Tanggalnya kosong, sebelum tahun 2000, di masa depan, berakhir sebelum mulai, atau lebih"
        " dari 366 hari. Tanpa tanggal yang benar tidak diketahui aturan dan tahun mana yang "
        "berlaku."
    ),
    "JP-MISSING": (
        "Sumbernya tidak menyebut JP dan programnya tidak ada, atau tidak ber-JP, di katalog. JP "
        "tidak pernah dikira-kira."
    ),
    "JP-INVALID": (
        "Yang tertulis di tempat JP bukan bilangan di atas nol, misalnya kata-kata atau 0, atau "
        "baris itu menyatakan JP yang lain dari baris lain pada acara yang sama."
    ),
    "JP-IMPLAUSIBLE": (
        "JP yang dinyatakan sumber melebihi batas kewajaran di berkas aturan (implausible_jp, "
        "bawaannya 400). JP dari katalog tidak diperiksa begini."
    ),
    "JP-DIFFERS": (
        "Kursus atau acara menyebut JP lain daripada katalog. Katalog selalu dipakai; ini hanya "
        "pemberitahuan, satu kali untuk tiap kursus atau acara."
    ),
    "FORM-UNKNOWN": (
        "Lembar tidak menyebut kode jenis pengembangan SIASN yang dikenal, programnya tidak ada "
        "di katalog, dan awal judulnya tidak menyebut satu bentuk pun. Tanpa bentuk tidak ada "
        "aturan JP."
    ),
    "RULE-MISSING": (
        "Tidak ada kumpulan aturan yang berlaku pada hari kegiatan berakhir, atau kumpulan itu "
        "tidak memuat bentuknya."
    ),
    "CERTIFICATE-MISSING": (
        "Aturan meminta nomor sertifikat untuk bentuk ini pada lembar kertas, dan nomornya "
        "kosong. Kehadirannya sudah terbukti, maka JP tidak ditahan."
    ),
    "ORGANISER-MISSING": ("Kolom penyelenggara kosong. JP tidak terpengaruh, tetapi SIASN memintanya."),
    "TIME-MISSING": (
        "Catatan mesin absensi hanya mempunyai salah satu dari waktu masuk dan pulang, sehingga "
        "lamanya hadir tidak diketahui."
    ),
    "ATTENDANCE-UNKNOWN": (
        "Tanda pada kolom kehadiran bukan tanda yang dikenal (centang, tanda tangan, hadir, "
        "tidak_hadir, dan sejenisnya)."
    ),
    "COACH-IS-COACHEE": (
        "Pada log coaching atau mentoring, orang yang sama tertulis sebagai pembimbing dan sebagai peserta."
    ),
    "DUPLICATE-ROW": (
        "Orang yang sama tertulis dua kali pada acara yang sama. Baris pertama dihitung, yang ini tidak."
    ),
    "SUBSTITUTE": (
        "Catatan pada baris (a.n., mewakili, diwakili) mengatakan bahwa yang menandatangani bukan"
        " orang yang tertulis. JP adalah milik yang hadir, dan itu hanya dapat dipastikan oleh "
        "orang."
    ),
    "ROW-UNREADABLE": (
        "Satu baris tidak dapat dibaca, misalnya karena terlalu panjang atau kolomnya bergeser. "
        "Baris lain dari berkas atau sumber yang sama tidak terpengaruh."
    ),
    "ABSENT": (
        "Namanya ada di daftar, tetapi tidak satu sesi pun dihadiri. Ini bukan kesalahan, hanya "
        "catatan mengapa tidak ada JP."
    ),
    "ATTENDANCE-LOW": (
        "Sesi yang dihadiri kurang dari batas kehadiran pada aturan (bawaannya 80 persen) dan "
        "programnya tidak dihitung sebagian."
    ),
    "FIELD-CONFLICT": (
        "Dua perangkat di lapangan mencatat hal yang berlawanan tentang orang yang sama pada sesi"
        " yang sama, dan sesinya dikonfirmasi tanpa memilih."
    ),
    "FIELD-CLOCK-SKEW": (
        "Jam perangkat dibandingkan dengan jam server saat mengirim; selisihnya tetap, maka waktu"
        " catatannya dapat dibetulkan."
    ),
    "FIELD-CLOCK-UNSURE": (
        "Jam perangkat diubah di antara catatan-catatan itu, maka selisihnya tidak tetap dan "
        "waktunya tidak dapat dibetulkan dengan pasti."
    ),
    "FIELD-SIGNATURE": (
        "Setiap catatan lapangan ditandatangani kunci perangkatnya. Tanda tangan ini tidak cocok,"
        " jadi isinya berubah atau asalnya lain. Catatannya tidak dihitung."
    ),
    "FIELD-REFUSED": (
        "Catatan lapangan tidak dapat diterima, misalnya perangkatnya belum terdaftar atau "
        "acaranya tidak dikenal. Ia disimpan dan dapat dikirim lagi."
    ),
    "FIELD-GAP": (
        "Nomor urut catatan dari perangkat itu melompat: ada catatan yang dibuat tetapi belum tiba."
    ),
    "FIELD-LATE": (
        "Catatan tiba setelah sesinya dikonfirmasi. Konfirmasi tidak diubah diam-diam; panitia "
        "melihat dahulu."
    ),
    "FIELD-OUTSIDE": (
        "Pindaian terjadi jauh sebelum atau sesudah jam sesi, misalnya karena kode hadir dipakai "
        "dari tempat lain."
    ),
    "FIELD-NIP-UNKNOWN": (
        "Yang dipindai atau diketik di lapangan tidak menunjuk pegawai mana pun di daftar pegawai."
    ),
    "FIELD-NOT-LISTED": ("Orang ini dikenal, tetapi tidak ada di daftar peserta acara itu."),
    "FIELD-SAME-PHONE": (
        "Beberapa orang mencatat diri dari satu telepon. Itu sah bila teleponnya dipinjamkan, dan"
        " cara yang mudah untuk menitip absen."
    ),
    "SCORE-LOW": (
        "Aturan meminta nilai paling sedikit sekian persen dari nilai penuh kursus, dan nilainya kurang."
    ),
    "SCORE-MISSING": (
        "Aturan meminta nilai, tetapi LMS tidak mengirim nilai atau nilai penuhnya. Kosong tidak "
        "dianggap nol."
    ),
    "PROGRAMME-AMBIGUOUS": (
        "Kode dan judulnya menunjuk program yang berbeda, atau dua program mengaku kursus atau "
        "acara yang sama pada hari yang sama, atau tidak jelas bagian kelas yang mana."
    ),
    "PROGRAMME-EXPIRED": (
        "Kursus atau acara itu milik program yang ada di katalog, tetapi tidak berlaku pada hari kegiatan."
    ),
    "PROGRAMME-REPEATED": (
        "Satu program dihitung sekali setahun. Bukti-buktinya bertanggal lain, jadi mungkin "
        "diikuti dua kali, atau salah satu tanggalnya keliru."
    ),
    "BLENDED-INCOMPLETE": (
        "Program campuran terdiri atas bagian daring dan kelas. Bagian yang belum ada JP-nya "
        "sendiri menunggu sampai semua bagian selesai."
    ),
    "PROGRAMME-PROPOSED": (
        "Judulnya mirip dengan program di katalog. Kemiripan tidak pernah menempatkan apa pun; "
        "ini usul bagi petugas katalog."
    ),
    "REPEATED-TOO-SOON": (
        "Aturan (repeat_years) menghitung program atau kursus yang sama lagi hanya setelah sekian"
        " tahun sejak yang terakhir dihitung."
    ),
    "DUPLICATE-ACTIVITY": (
        "Dua kegiatan kelas pada hari yang sama judulnya separuh sama: mungkin satu acara yang "
        "dilaporkan dua kantor. Yang JP-nya lebih kecil dihitung, yang ini menunggu."
    ),
    "OVERLAP": (
        "Dua kegiatan kelas pada hari yang sama melebihi JP yang dapat ditampung sehari "
        "(jp_day_max, bawaannya 10). Yang lebih kecil dihitung, yang ini menunggu."
    ),
    "CERTIFICATE-REPEATED": (
        "Satu nomor sertifikat tertulis pada dua kegiatan orang yang sama. Nomor itu dihitung "
        "sekali, untuk program di katalog lebih dahulu."
    ),
    "ONLINE-IN-CLASS": (
        "Menit daring yang dinyatakan dan JP kelas pada hari itu bersama-sama melebihi yang dapat"
        " ditampung sehari. LMS menjumlahkan menit dari beberapa hari, maka JP tidak ditahan."
    ),
    "CAP-EXCEEDED": (
        "Aturan menghitung paling banyak sekian sesi sebulan untuk bentuk ini; sesi selebihnya "
        "tidak menambah JP."
    ),
    "PPPK-CEILING": (
        "PP 49/2018 menyebut paling banyak 24 JP setahun untuk PPPK. Yang di atasnya ditandai, tidak dihapus."
    ),
    "EVIDENCE-WITHDRAWN": (
        "Sumber yang dahulu menunjukkan bukti ini sekarang tidak lagi, padahal penarikannya "
        "terbukti lengkap, atau lembarnya ditarik. JP-nya dibatalkan dengan entri baru; tidak ada"
        " yang dihapus."
    ),
    "COMPLETION-MOVED": (
        "Sumber memberi tanggal selesai yang lain: di tahun lain, di bawah aturan lain, atau "
        "bergeser lebih dari sehari. JP berpindah mengikuti tanggal itu, maka orang perlu "
        "melihatnya."
    ),
    "COMPLETION-RESET": (
        "Penyelesaian itu pernah hilang dari sumber (kursus direset, pendaftaran dihapus) lalu "
        "muncul lagi dengan tanggal lain. JP yang pertama sudah dibatalkan, yang baru dihitung."
    ),
    "DECISION-STALE": (
        "Keputusan dibuat atas bukti seperti adanya waktu itu. Buktinya berubah sesudahnya, maka "
        "keputusan itu tidak lagi dipakai sampai seseorang memutuskan lagi."
    ),
    "SOURCE-SHORT": (
        "Sumber tiba-tiba menunjukkan jauh lebih sedikit. Biasanya hak akses atau filter laporan "
        "berubah. Tidak satu bukti pun dicabut karenanya."
    ),
    "SOURCE-INCOMPLETE": (
        "Penarikan berakhir, tetapi tidak terbukti bahwa semua halaman terbaca. Yang terbaca "
        "disimpan; hilangnya sesuatu tidak dipercaya."
    ),
    "SOURCE-DRIFT": (
        "Jawaban sumber mempunyai kolom yang tidak dikenal, atau kekurangan kolom yang biasa ada,"
        " misalnya setelah pemutakhiran LMS."
    ),
    "SOURCE-FAILED": (
        "Sumber tidak dapat dihubungi atau menolak, maka malam itu berjalan tanpa bukti baru "
        "darinya. Temuan ini menutup sendiri setelah penarikan yang berhasil."
    ),
    "PASS-UNDATED": (
        "Platform mengatakan lulus tanpa tanggal. Tanggal menentukan tahun dan aturan, dan tidak "
        "pernah dikarang."
    ),
    "XAPI-UNPROVEN": (
        "Kursus cmi5 dinyatakan selesai (satisfied) tanpa satu pun unit yang dikerjakan atau "
        "dilulusi, sehingga belajarnya tidak terbukti."
    ),
    "XAPI-WAIVED": (
        "Satu unit kursus cmi5 dibebaskan (waived) oleh LMS, bukan dikerjakan. Apakah itu "
        "dihitung adalah keputusan orang."
    ),
    "CONFIRMATION-MISSING": (
        "Aturan meminta penyelenggara mengonfirmasi daftar hadir bentuk pelatihan ini "
        "(confirmation_forms di berkas aturan), dan konfirmasinya belum dicatat."
    ),
    "LATE": (
        "Jam masuk yang dicatat lebih lambat daripada toleransi di berkas aturan. Aturan yang "
        "berlaku hanya memberitahukannya; sesinya tetap dihitung."
    ),
    "LATE-NOT-COUNTED": (
        "Jam masuk yang dicatat lebih lambat daripada toleransi, dan aturan yang berlaku "
        "menganggap sesi itu tidak dihadiri (late_is_absent). Kehadirannya dihitung tanpa sesi itu."
    ),
    "FIELD-CANCELLED": (
        "Sesi dibatalkan setelah ada yang mencatat kehadiran di sana, atau perangkat yang belum "
        "mendengar pembatalannya tetap mencatat. Catatan itu disimpan dan tidak dihitung."
    ),
}

EXAMPLE: dict[str, str] = {
    "name": "Yuliana Wonda",
    "roster_name": "Yulianus Wonda",
    "nip": "197903122005022003",
    "title": "Bimtek Analisis Jabatan",
    "other": "Bimbingan Teknis Anjab dan ABK",
    "place": "Daftar hadir : 12",
    "source": "lms-prov",
    "date": "2026-03-12",
    "before": "2025-12-30",
    "from": "2026-03-10",
    "until": "2026-03-12",
    "year": "2026",
    "years": "3",
    "jp": "24",
    "catalogue": "20",
    "ceiling": "24",
    "form": "bimtek daring",
    "attended": "3",
    "total": "6",
    "minimum": "80",
    "score": "55",
    "least_score": "60",
    "minutes": "135",
    "sessions": "2",
    "session": "1",
    "count": "4",
    "times": "2",
    "done": "1",
    "parts": "2",
    "certificate": "S/045/BPSDM/2026",
    "candidates": "TEK-1 Pelatihan Teknis Analisis Jabatan (91)",
    "cell": "19790312200502200",
    "device": "tablet-2",
    "nonce": "7f3a",
    "typed": "19790312200502200",
    "received": "12",
    "expected": "426",
    "names": "timecompleted",
    "reason": "tidak menjawab",
    "worst": "40",
    "tolerance": "15",
}
"""One made-up value for each place of the catalogue's sentences."""

EXAMPLES: dict[str, dict[str, str]] = {
    "NIP-TRUNCATED": {"cell": "1,97903E+17"},
    "NIP-CONFLICT": {"cell": "197903122005022003, 198507151999031002"},
    "JP-INVALID": {"jp": "sepuluh"},
    "JP-IMPLAUSIBLE": {"jp": "2400"},
    "DATE-IMPLAUSIBLE": {"date": "2062-03-12"},
    "NAME-MISMATCH": {"name": "Maria Hutapea"},
    "PPPK-CEILING": {"jp": "31"},
    "PROGRAMME-AMBIGUOUS": {"title": "Manajemen Risiko"},
    "ROW-UNREADABLE": {"reason": "lebih dari 200 kolom"},
    "FIELD-REFUSED": {"reason": "perangkat belum terdaftar"},
    "SOURCE-INCOMPLETE": {"reason": "halaman 7 tidak terbaca"},
    "XAPI-WAIVED": {"place": "lms-prov daftar 1023", "reason": "Tested Out"},
    "XAPI-UNPROVEN": {"place": "lms-prov daftar 1023"},
    "PASS-UNDATED": {"place": "lms-prov daftar 1023"},
}
"""Where another value tells more about the code."""
