"""Attack the gate as docs/privacy.md says; each attack must fail, and win where the gate is broken.

python -m benchmarks.attack                  # every attack, as `make attack`
python -m benchmarks.attack --only A-2,A-4 --small
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.attacks.suite import ATTACKS, run_attacks

ARTIFACT = Path("artifacts/attack.json")


def main() -> int:
    """0 when every attack failed against the gate and won without it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attack", description=__doc__)
    parser.add_argument("--only", default=",".join(ATTACKS), help=f"out of {', '.join(ATTACKS)}")
    parser.add_argument("--small", action="store_true", help="as in `make test`")
    parser.add_argument("--artifact", type=Path, default=ARTIFACT)
    chosen = parser.parse_args()
    names = chosen.only.split(",")
    if unknown := sorted(set(names) - set(ATTACKS)):
        parser.error(f"no such attack: {', '.join(unknown)}")
    return run_attacks(names, chosen.small, chosen.artifact)


if __name__ == "__main__":
    sys.exit(main())
