"""Do each fault of docs/reliability.md to the real pipeline, and look at what is left.

python -m benchmarks.faults                    # every row, as `make faults`
python -m benchmarks.faults --only F01,F02 --kills 5
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from benchmarks.fault_matrix.matrix import ROWS, run_matrix
from benchmarks.fault_matrix.rows import Bench

ARTIFACT = Path("artifacts/faults.json")


def main() -> int:
    """0 when every invariant held in every run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--only", default=",".join(ROWS), help=f"rows out of {', '.join(ROWS)}")
    parser.add_argument("--kills", type=int, default=20, help="kills of each part (F01, F05, ...)")
    parser.add_argument("--seed", type=int, default=20261101)
    parser.add_argument("--workers", type=int, default=2, help="pipelines at a time")
    parser.add_argument("--artifact", type=Path, default=ARTIFACT)
    parser.add_argument("--full", action="store_true", help="refuse for 60 s, not for 6 (F14)")
    chosen = parser.parse_args()
    rows = chosen.only.split(",")
    if unknown := sorted(set(rows) - set(ROWS)):
        parser.error(f"no such row: {', '.join(unknown)}")
    bench = partial(Bench, kills=chosen.kills, seed=chosen.seed, full=chosen.full)
    return run_matrix(rows, bench, chosen.seed, chosen.workers, chosen.artifact)


if __name__ == "__main__":
    sys.exit(main())
