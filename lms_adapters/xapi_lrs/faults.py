"""What can go wrong with a record store, by remedy."""

from __future__ import annotations

from bridge.errors import StopSource
from lms_adapters.faults import Fault, fault_table
from lms_adapters.json_api import FAULTS

LRS_FAULTS = fault_table(
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
)
ALL_FAULTS = {**FAULTS, **LRS_FAULTS}
