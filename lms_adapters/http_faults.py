"""What can go wrong on the way to a source, whatever the source is."""

from __future__ import annotations

from bridge.errors import RetryLater, StopSource
from lms_adapters.faults import Fault, fault_table

_LINK_DO = (
    "Periksa sambungan internet dan ejaan alamat; penarikan berikutnya mencoba lagi dan tidak "
    "ada yang hilang."
)
_LINK_DO_ENGLISH = (
    "Check the internet link and the spelling of the address; the next pull tries again and nothing is lost."
)

HTTP_FAULTS = fault_table(
    Fault(
        "HTTP-UNREACHABLE",
        RetryLater,
        "alamat {address} tidak terjangkau.",
        _LINK_DO,
        "the address {address} can't be reached.",
        _LINK_DO_ENGLISH,
    ),
    Fault(
        "HTTP-TIMEOUT",
        RetryLater,
        "{address} tidak menjawab dalam {seconds} detik.",
        "Coba lagi nanti, atau perkecil setelan page_size / naikkan read_timeout sumber ini.",
        "{address} did not answer within {seconds} seconds.",
        "Try again later, or lower the source's setting page_size / raise read_timeout.",
    ),
    Fault(
        "HTTP-BROKEN-OFF",
        RetryLater,
        "jawaban {address} terputus di tengah jalan.",
        _LINK_DO,
        "the answer of {address} broke off in the middle.",
        _LINK_DO_ENGLISH,
    ),
    Fault(
        "HTTP-BUSY",
        RetryLater,
        "{address} sedang tidak dapat melayani (HTTP {status}; biasanya pemeliharaan atau beban tinggi).",
        "Coba lagi nanti; bila berhari-hari, tanyakan kepada pengelola server.",
        "{address} can't serve now (HTTP {status}; mostly maintenance or heavy load).",
        "Try again later; if it lasts for days, ask who runs the server.",
    ),
    Fault(
        "HTTP-THROTTLED",
        RetryLater,
        "{address} meminta kita melambat (HTTP 429).",
        "Coba lagi setelah waktu yang diminta; jadwalkan penarikan pada malam hari.",
        "{address} asks us to slow down (HTTP 429).",
        "Try again after the time it named; schedule pulls at night.",
    ),
    Fault(
        "HTTP-PROXY",
        RetryLater,
        "proksi menuju {address} tidak menjawab.",
        "Periksa setelan proxy sumber ini atau variabel HTTPS_PROXY.",
        "the proxy on the way to {address} does not answer.",
        "Check the source's setting proxy or the variable HTTPS_PROXY.",
    ),
    Fault(
        "HTTP-TLS",
        StopSource,
        "sertifikat TLS {address} tidak dapat dipercaya.",
        "Perbarui sertifikat di server, atau berikan sertifikat CA instansi pada setelan ca_bundle.",
        "the TLS certificate of {address} can't be trusted.",
        "Renew the certificate on the server, or name your agency's CA file in the setting ca_bundle.",
    ),
    Fault(
        "HTTP-ADDRESS",
        StopSource,
        "alamat {address} bukan alamat web yang lengkap.",
        "Tulis alamat lengkap, misalnya https://lms.contoh.go.id.",
        "the address {address} is not a complete web address.",
        "Write it in full, for example https://lms.example.go.id.",
    ),
    Fault(
        "HTTP-PLAIN",
        StopSource,
        "alamat {address} memakai http tanpa enkripsi, sehingga token dapat dibaca orang di jalan.",
        "Pakai alamat https. Bila itu jaringan tertutup, setel allow_plain_http = true.",
        "the address {address} is plain http, so anyone on the way could read the token.",
        "Use the https address. On a closed network, set allow_plain_http = true.",
    ),
    Fault(
        "HTTP-MOVED",
        StopSource,
        "{address} mengalihkan ke {target}.",
        "Ganti alamat sumber dengan alamat yang baru itu.",
        "{address} redirects to {target}.",
        "Change the source's address to that one.",
    ),
    Fault(
        "HTTP-OTHER-HOST",
        StopSource,
        "{address} mengarahkan ke host lain ({target}); itu ditolak agar token tidak bocor.",
        "Bila host itu benar, jadikan ia alamat sumber; bila tidak, laporkan kepada pengelola server.",
        "{address} points to another host ({target}); refused, so that the token does not leak.",
        "If that host is right, make it the source's address; if not, tell who runs the server.",
    ),
    Fault(
        "HTTP-TOO-LARGE",
        StopSource,
        "jawaban {address} lebih besar dari batas {megabytes} MB.",
        "Perkecil setelan page_size sumber ini.",
        "the answer of {address} is larger than the limit of {megabytes} MB.",
        "Lower the source's setting page_size.",
    ),
    Fault(
        "HTTP-BUDGET",
        StopSource,
        "jatah data {megabytes} MB untuk sekali penarikan sudah habis.",
        "Naikkan setelan byte_budget; penarikan berikutnya meneruskan dari halaman yang sama.",
        "the data allowance of {megabytes} MB for one pull is used up.",
        "Raise the setting byte_budget; the next pull goes on from the same page.",
    ),
)
