"""What every row asks, and how it says that it does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.fault_matrix.reader import Seen


class InvariantBroken(Exception):  # noqa: N818 - what happened
    """Something that must hold after every fault does not; the message says what."""


def require(holds: object, otherwise: str) -> None:
    """Raise `InvariantBroken` with `otherwise` unless `holds`; unlike assert, in every mode."""
    if not holds:
        raise InvariantBroken(otherwise)


def same_as(seen: Seen, expected: Seen) -> None:
    """I1: tables and bundles are as in the fault-free run, and nothing is left lying about.

    Raises:
        InvariantBroken: naming the tables, bundles or files that differ.
    """
    for what in ("tables", "bundles"):
        one, other = getattr(seen, what), getattr(expected, what)
        differ = [name for name in one.keys() | other.keys() if one.get(name) != other.get(name)]
        require(not differ, f"{what} differ: {', '.join(sorted(differ))}")
    require(not seen.leftovers, f"staging tables left: {', '.join(seen.leftovers)}")
    files = sorted(set(seen.files) ^ set(expected.files))
    require(not files, f"files differ: {', '.join(files)}")
