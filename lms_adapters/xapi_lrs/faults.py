"""What can go wrong with a record store, by remedy."""

from __future__ import annotations

from bridge.errors import BridgeError, RetryLater, StopSource
from lms_adapters.faults import Fault, fault_table
from xapi.client.client import Refused
from xapi.errors import XapiError

LRS_FAULTS = fault_table(
    Fault(
        "LRS-UNREACHABLE",
        RetryLater,
        "LRS {address} tidak menjawab ({detail}).",
        "Periksa sambungan dan alamatnya; penarikan berikutnya mencoba lagi dan tidak ada yang hilang.",
        "the record store {address} does not answer ({detail}).",
        "Check the link and the address; the next pull tries again and nothing is lost.",
    ),
    Fault(
        "LRS-KEY",
        StopSource,
        "LRS {address} menolak kunci ini (HTTP {detail}).",
        "Buat kunci Basic dengan hak baca (statements/read) di LRS, lalu: jpbridge source add.",
        "the record store {address} refuses this key (HTTP {detail}).",
        "Make a Basic key that may read (statements/read) in the record store, then: jpbridge source add.",
    ),
    Fault(
        "LRS-ADDRESS",
        StopSource,
        "di {address} tidak ada LRS (HTTP {detail}).",
        "Tulis alamat xAPI-nya, misalnya https://lrs.contoh.go.id/xapi.",
        "there is no record store at {address} (HTTP {detail}).",
        "Write its xAPI address, for example https://lrs.example.go.id/xapi.",
    ),
    Fault(
        "LRS-ANSWER",
        StopSource,
        "LRS {address} menjawab di luar aturan xAPI ({detail}).",
        "Kirim pesan ini kepada pengelola LRS.",
        "the record store {address} answers against the xAPI rules ({detail}).",
        "Send this message to who runs the record store.",
    ),
)


def as_ours(error: XapiError, source: str, address: str) -> BridgeError:
    """The error by remedy, without the other side's words beyond a status."""
    if not isinstance(error, Refused):
        detail = str(error.values.get("detail", "-"))
        return LRS_FAULTS["LRS-UNREACHABLE"].error(source, where=address, address=address, detail=detail)
    codes = {401: "LRS-KEY", 403: "LRS-KEY", 404: "LRS-ADDRESS", 405: "LRS-ADDRESS"}
    code = codes.get(error.answered, "LRS-ANSWER")
    return LRS_FAULTS[code].error(source, where=address, address=address, detail=str(error.answered))
