"""Our record store as the benchmark serves it: alone, on the store that JPBRIDGE_BENCH_LRS_URL names.

python -m benchmarks.lrs.served PORT WORKERS
"""

from __future__ import annotations

import os
import sys
from typing import Any

import uvicorn


def application() -> Any:
    # Here, and not above: with several workers the process that only watches over them has no use for it.
    from xapi.lrs.app import make_lrs
    from xapi.store.store import Store

    store = Store(os.environ["JPBRIDGE_BENCH_LRS_URL"])
    return make_lrs(store, prefix="/xapi")


def main() -> None:
    port, workers = int(sys.argv[1]), int(sys.argv[2])
    uvicorn.run(
        "benchmarks.lrs.served:application",
        factory=True,
        host="127.0.0.1",
        port=port,
        workers=workers,
        log_level="error",
        access_log=False,
        lifespan="off",
        proxy_headers=False,
    )


if __name__ == "__main__":
    main()
