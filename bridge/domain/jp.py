"""JP (jam pelajaran) is an integer number of hundredths inside and a Decimal at the edges.

1 JP = 45 minutes (PerLAN 5/2018). Field software divides by 40 or 60 here and there, so minutes are stored
as they came and the rule that converts them names its divisor.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

MINUTES_PER_JP = 45
HUNDREDTHS = 100


def to_hundredths(jp: Decimal | int) -> int:
    """Decimal JP to hundredths, rounded half up at the second place."""
    return int((Decimal(jp) * HUNDREDTHS).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def from_hundredths(hundredths: int) -> Decimal:
    return (Decimal(hundredths) / HUNDREDTHS).quantize(Decimal("0.01"))


def whole_for_export(hundredths: int) -> int:
    """SIASN's jumlahJam is an integer: rounded down, on export only."""
    return int(from_hundredths(hundredths).quantize(Decimal(1), rounding=ROUND_DOWN))


def shown(hundredths: int) -> str:
    """JP as Indonesian readers write it: `24`, `2,5`."""
    text = f"{from_hundredths(hundredths):f}".rstrip("0").rstrip(".")
    return text.replace(".", ",")
