"""`python -m tests.soak --nights 400 [--database postgres] [--seed 1]`: figures on the last line, as JSON."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import structlog

from tests.postgres_server import restartable_server
from tests.soak.faults import Fault, drawn
from tests.soak.soak import Soak, soak_site


def soaked(folder: Path, nights: int, seed: int, restart: object = None) -> dict[str, object]:
    """Two installations through the same nights, one of them under faults; then compared."""
    with soak_site(nights) as site:
        results = []
        for name, faults in (
            ("faulted", drawn(nights, seed)),
            ("faultless", [Fault("none", 0.0)] * nights),
        ):
            one = Soak(folder / name, site, restart if name == "faulted" else None)  # type: ignore[arg-type]
            if "JPBRIDGE_SOAK_URLS" in os.environ:
                os.environ["JPBRIDGE_DATABASE_URL"] = json.loads(os.environ["JPBRIDGE_SOAK_URLS"])[name]
            one.set_up()
            one.run([*faults, *[Fault("none", 0.0)] * 3])
            results.append((one.ledger(), one.statements(), one.audit(), one.told))
            one.close()
    (ledger, statements, audit, told), (wanted, wanted_statements, clean, clean_told) = results
    return {
        "nights": nights,
        "seed": seed,
        "seconds": told.seconds,
        "seconds_faultless": clean_told.seconds,
        "faults": dict(told.faults),
        "what_the_faults_did": dict(told.ended),
        "processes": dict(told.started),
        "faulted": audit,
        "faultless": clean,
        "ledger_equal": ledger == wanted,
        "statements_equal": statements == wanted_statements,
        "entries": len(wanted),
        "only_in_faulted": len(set(ledger) - set(wanted)),
        "only_in_faultless": len(set(wanted) - set(ledger)),
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--nights", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    os.environ["JPBRIDGE_ALERTS"] = ""
    with tempfile.TemporaryDirectory(prefix="jpbridge-soak-") as folder:
        if asked.database == "sqlite":
            facts = soaked(Path(folder), asked.nights, asked.seed)
        else:
            with restartable_server() as server:
                urls = {name: server.database(name) for name in ("faulted", "faultless")}
                os.environ["JPBRIDGE_SOAK_URLS"] = json.dumps(urls)
                facts = soaked(Path(folder), asked.nights, asked.seed, server.restart)
    sys.stdout.write(json.dumps(facts | {"database": asked.database}) + "\n")
    return 0 if facts["ledger_equal"] and facts["statements_equal"] else 1


if __name__ == "__main__":
    sys.exit(main())
