"""What the errors say: code → (Indonesian, English). One sentence each: what is wrong, what to do."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # -- the form of values ----------------------------------------------------------------------------
    "json": (
        "Isi bukan JSON yang sah ({detail}); kirim JSON UTF-8.",
        "The body is not valid JSON ({detail}); send JSON in UTF-8.",
    ),
    "depth": ("JSON bertingkat terlalu dalam.", "The JSON is nested too deeply."),
    "duplicate": (
        "Properti {name} muncul lebih dari sekali dalam satu objek; kirim sekali saja.",
        "The property {name} occurs more than once in one object; send it once.",
    ),
    "null": (
        "Nilai null tidak boleh di sini; hapus propertinya.",
        "null is not allowed here; leave the property out.",
    ),
    "type": (
        "Nilai harus berupa {expected}, bukan {found}.",
        "The value must be a JSON {expected}, not {found}.",
    ),
    "empty": ("Nilai tidak boleh kosong.", "The value must not be empty."),
    "missing": ("Properti {name} wajib ada.", "The property {name} is required."),
    "unknown": (
        "Properti {name} tidak dikenal di sini; periksa ejaan dan huruf besar-kecilnya.",
        "The property {name} is not allowed here; check its spelling and case.",
    ),
    "iri": (
        "{value} bukan IRI yang sah; tulis lengkap dengan skema, misalnya https://…",
        "{value} is not a valid IRI; write it in full with its scheme, such as https://…",
    ),
    "uuid": ("{value} bukan UUID yang sah.", "{value} is not a valid UUID."),
    "timestamp": (
        "{value} bukan waktu ISO 8601 yang sah, misalnya 2026-08-03T09:00:00.000Z.",
        "{value} is not a valid ISO 8601 timestamp, such as 2026-08-03T09:00:00.000Z.",
    ),
    "timestamp_zone": (
        "{value} memakai selisih waktu negatif nol, yang dilarang; pakai Z.",
        "{value} has a negative zero offset, which is forbidden; use Z.",
    ),
    "duration": (
        "{value} bukan durasi ISO 8601 yang sah, misalnya PT45M.",
        "{value} is not a valid ISO 8601 duration, such as PT45M.",
    ),
    "language": (
        "{value} bukan penanda bahasa RFC 5646 yang sah, misalnya id atau en-US.",
        "{value} is not a valid RFC 5646 language tag, such as id or en-US.",
    ),
    "mbox": (
        "{value} bukan alamat surel berbentuk mailto:nama@domain.",
        "{value} is not an e-mail address of the form mailto:name@domain.",
    ),
    "sha1": (
        "{value} bukan SHA-1 heksadesimal 40 angka.",
        "{value} is not a hexadecimal SHA-1 of 40 digits.",
    ),
    "sha2": ("{value} bukan SHA-2 heksadesimal.", "{value} is not a hexadecimal SHA-2."),
    "media_type": ("{value} bukan jenis media Internet.", "{value} is not an Internet media type."),
    "enum": ("{value} tidak dikenal; pilih salah satu dari {allowed}.", "{value} is not one of {allowed}."),
    "integer": (
        "Nilai harus bilangan bulat, nol atau lebih.",
        "The value must be an integer, zero or more.",
    ),
    # -- actors ----------------------------------------------------------------------------------------
    "ifi_none": (
        "Orang harus dikenali oleh tepat satu dari mbox, mbox_sha1sum, openid atau account; tidak ada.",
        "An agent is identified by exactly one of mbox, mbox_sha1sum, openid or account; there is none.",
    ),
    "ifi_many": (
        "Tepat satu dari mbox, mbox_sha1sum, openid atau account yang boleh ada; ini ada {count}.",
        "Exactly one of mbox, mbox_sha1sum, openid or account is allowed; there are {count}.",
    ),
    "anonymous_group": (
        "Kelompok tanpa pengenal harus mempunyai anggota (member).",
        "A group without an identifier must have members.",
    ),
    "nested_group": ("Kelompok tidak boleh berisi kelompok.", "A group must not contain a group."),
    "authority_group": (
        "authority berupa kelompok harus tanpa pengenal dan beranggota tepat dua.",
        "An authority that is a group must be anonymous and have exactly two members.",
    ),
    # -- objects ---------------------------------------------------------------------------------------
    "interaction_type_missing": (
        "Komponen interaksi hanya boleh bersama interactionType.",
        "Interaction components and patterns need an interactionType beside them.",
    ),
    "component_twice": ("Id komponen {value} berulang.", "The component id {value} occurs twice."),
    "nested_substatement": (
        "Sub-pernyataan tidak boleh berisi sub-pernyataan.",
        "A sub-statement must not contain a sub-statement.",
    ),
    "void_object": (
        "Pernyataan pembatalan harus menunjuk sasarannya dengan StatementRef.",
        "A voiding statement must name its target by a StatementRef.",
    ),
    "score_scaled": ("scaled harus antara -1 dan 1.", "scaled must lie between -1 and 1."),
    "score_range": (
        "min harus di bawah max, dan raw di antara keduanya.",
        "min must lie below max, and raw between them.",
    ),
    "activity_only": (
        "{name} hanya boleh jika object pernyataan adalah Activity.",
        "{name} is allowed only where the statement's object is an Activity.",
    ),
    "relevant_types": (
        "relevantTypes tidak boleh kosong; hapus propertinya jika tidak ada.",
        "relevantTypes must not be empty; leave the property out if there are none.",
    ),
    "statement_version": (
        "Versi pernyataan {value} tidak diterima; pakai {allowed}.",
        "The statement version {value} is not accepted; use {allowed}.",
    ),
    # -- batches, attachments, signatures ----------------------------------------------------------------
    "batch_form": (
        "Isi harus satu pernyataan atau larik pernyataan.",
        "The body must be one statement or an array of statements.",
    ),
    "batch_duplicate": (
        "Id {value} muncul dua kali dalam satu kiriman.",
        "The id {value} occurs twice in one batch.",
    ),
    "attachment_missing": (
        "Isi lampiran dengan SHA-2 {value} tidak dikirim dan tidak ada fileUrl.",
        "The attachment with SHA-2 {value} has neither data in the request nor a fileUrl.",
    ),
    "attachment_extra": (
        "Bagian dengan SHA-2 {value} bukan lampiran pernyataan mana pun.",
        "The part with SHA-2 {value} is not an attachment of any statement sent.",
    ),
    "attachment_hash": (
        "Isi bagian ini ber-SHA-2 {found}, bukan {value}.",
        "The data of this part has the SHA-2 {found}, not {value}.",
    ),
    "multipart": (
        "multipart/mixed tidak terbaca: {detail}.",
        "The multipart/mixed body can't be read: {detail}.",
    ),
    "signature": (
        "Tanda tangan pernyataan tidak sah: {detail}.",
        "The statement's signature is malformed: {detail}.",
    ),
    # -- requests --------------------------------------------------------------------------------------
    "version_missing": (
        "Header X-Experience-API-Version wajib ada, misalnya 1.0.3 atau 2.0.0.",
        "The header X-Experience-API-Version is required, such as 1.0.3 or 2.0.0.",
    ),
    "version_unsupported": (
        "Versi xAPI {value} tidak didukung; pakai 1.0.3 atau 2.0.0.",
        "xAPI version {value} is not supported; use 1.0.3 or 2.0.0.",
    ),
    "parameter_unknown": (
        "Parameter {name} tidak dikenal di sini; periksa ejaan dan huruf besar-kecilnya.",
        "The parameter {name} is not known here; check its spelling and case.",
    ),
    "parameter_missing": ("Parameter {name} wajib ada.", "The parameter {name} is required."),
    "parameter_twice": ("Parameter {name} muncul dua kali.", "The parameter {name} occurs twice."),
    "parameter_boolean": ("Nilai harus true atau false.", "The value must be true or false."),
    "parameter_limit": (
        "limit harus bilangan bulat, nol atau lebih.",
        "limit must be an integer, zero or more.",
    ),
    "parameter_both": (
        "{first} dan {second} tidak boleh bersamaan.",
        "{first} and {second} must not be used together.",
    ),
    "statement_id_differs": (
        "id dalam pernyataan berbeda dari parameter statementId.",
        "The id in the statement differs from the parameter statementId.",
    ),
    "content_type": (
        "Content-Type {value} tidak diterima di sini; pakai {allowed}.",
        "The Content-Type {value} is not accepted here; use {allowed}.",
    ),
    "alternate_syntax": (
        "Sintaks permintaan alternatif tidak sah: {detail}.",
        "The alternate request syntax is not valid: {detail}.",
    ),
    "method_not_allowed": (
        "Metode {value} tidak berlaku di sini.",
        "The method {value} does not apply here.",
    ),
    "not_found": ("Tidak ditemukan.", "Not found."),
    "statement_not_found": (
        "Tidak ada pernyataan dengan id {value}.",
        "There is no statement with the id {value}.",
    ),
    "document_not_found": ("Dokumen itu tidak ada.", "There is no such document."),
    "statement_conflict": (
        "Pernyataan lain dengan id {value} sudah tersimpan; pernyataan tidak dapat diubah.",
        "A different statement with the id {value} is stored already; statements can't be changed.",
    ),
    "document_json": (
        "Dokumen JSON tidak sah ({detail}).",
        "The JSON document is not valid ({detail}).",
    ),
    "document_merge": (
        "POST menggabungkan objek JSON; dokumen lama dan baru harus application/json berisi objek.",
        "POST merges JSON objects; the stored and the sent document must both be application/json objects.",
    ),
    "document_etag_needed": (
        "Dokumen sudah ada; baca dulu, lalu kirim dengan If-Match berisi ETag-nya, atau If-None-Match: *.",
        "The document exists; read it, then send If-Match with its ETag, or If-None-Match: * for a new one.",
    ),
    "precondition": (
        "Dokumen sudah berubah sejak terakhir dibaca; baca lagi.",
        "The document is not in the state that the request expects; read it again.",
    ),
    "too_large": (
        "Kiriman lebih besar dari batas {limit} bita; kirim dalam beberapa bagian.",
        "The body exceeds the limit of {limit} bytes; send it in several requests.",
    ),
    "content_encoding": (
        "Content-Encoding {value} tidak didukung; pakai gzip atau tanpa pemampatan.",
        "The Content-Encoding {value} is not supported; use gzip or none.",
    ),
    "content_encoding_broken": ("Isi gzip rusak.", "The gzip body is damaged."),
    # -- keys ------------------------------------------------------------------------------------------
    "credentials_missing": (
        "Sertakan kunci akses (Basic atau Bearer).",
        "Send credentials (Basic or Bearer).",
    ),
    "credentials_wrong": (
        "Kunci akses salah, dicabut, atau kedaluwarsa.",
        "The credentials are wrong, revoked or expired.",
    ),
    "scope": (
        "Kunci ini tidak memiliki izin {value}.",
        "This key does not have the scope {value}.",
    ),
    "failures": (
        "Terlalu banyak percobaan gagal; coba lagi dalam {after} detik.",
        "Too many failed attempts; try again in {after} seconds.",
    ),
    "scope_unknown": (
        "Izin {value} tidak dikenal; pilih dari {allowed}.",
        "There is no scope {value}; use {allowed}.",
    ),
    # -- the store -------------------------------------------------------------------------------------
    "store_unavailable": (
        "Basis data tidak dapat dipakai sekarang; tidak ada yang tersimpan. Coba lagi nanti.",
        "The database can't be used now; nothing was kept. Try again later.",
    ),
    "schema_newer": (
        "Tabel LRS berversi {found}, program ini mengenal {known}; pasang versi program yang lebih baru.",
        "The LRS tables are of version {found}, this program knows {known}; install a newer program.",
    ),
    "schema_older": (
        "Tabel LRS berversi {found}, program ini memerlukan {known}; perbarui skemanya.",
        "The LRS tables are of version {found}, this program needs {known}; upgrade the schema.",
    ),
    "schema_missing": (
        "Tabel LRS belum ada; jalankan perintah pembuatan skema.",
        "The LRS tables do not exist yet; create the schema.",
    ),
    # -- other record stores ---------------------------------------------------------------------------
    "lrs_unreachable": (
        "LRS {value} tidak menjawab sekarang ({detail}); coba lagi nanti.",
        "The record store {value} does not answer now ({detail}); try again later.",
    ),
    "lrs_refused": (
        "LRS {value} menolak permintaan (HTTP {answered}): {detail}",
        "The record store {value} refused the request (HTTP {answered}): {detail}",
    ),
    "lrs_answer": (
        "Jawaban LRS (HTTP {answered}) bukan seperti yang ditentukan xAPI: {detail}",
        "The record store's answer (HTTP {answered}) is not what xAPI says: {detail}",
    ),
    "lrs_more": (
        "LRS menunjuk ke server lain untuk halaman berikutnya ({value}); tidak diikuti.",
        "The record store points to another server for its next page ({value}); it is not followed.",
    ),
    "internal": (
        "Kesalahan di sisi server; sudah dicatat.",
        "The server failed; the fault has been logged.",
    ),
    # -- forwarding ------------------------------------------------------------------------------------
    "forward_name": (
        "Nama tujuan {value} tidak sah; pakai huruf kecil, angka dan tanda hubung.",
        "The target's name {value} is not valid; use small letters, digits and hyphens.",
    ),
    "forward_there": (
        "Tujuan {value} sudah ada; pakai nama lain.",
        "There is a target {value} already; use another name.",
    ),
    "forward_secret": (
        "Rahasia tujuan tidak terbaca: {detail}",
        "The target's secret can't be read: {detail}",
    ),
    "forward_unknown": ("Tujuan {value} tidak ada.", "There is no target {value}."),
    "forward_endpoint": (
        "{value} bukan alamat LRS; tulis seperti https://lrs.example.id/xapi.",
        "{value} is not a record store's address; write it like https://lrs.example.id/xapi.",
    ),
    "erase_short": (
        "Pengenal terlalu pendek; tulis sekurangnya {least} huruf atau angka.",
        "The identifier is too short; give at least {least} characters.",
    ),
}
