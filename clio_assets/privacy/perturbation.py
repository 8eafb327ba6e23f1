"""G-10: what is told of a count: perturbed by its own members, then rounded.

The cell-key method of official statistics (B. Fraser and J. Wooton, "A proposed method for
confidentialising tabular output to protect against differencing", UNECE 2005). Each record has a
number drawn with a secret key, and the sum over a cell's records decides its noise: the same
records always show the same figure, so it cannot be averaged away, and one record more or less
shows another figure altogether, so a difference of two says little about it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

import polars as pl

from clio_assets.privacy.figures import rounded

_BITS = (1 << 64) - 1


@dataclass(frozen=True)
class Perturbation:
    """Counts are told in multiples of `unit`; without a key they are only rounded."""

    unit: int
    key: bytes | None = field(repr=False)

    def record_keys(self, ids: pl.Series) -> pl.Series:
        """Return the secret number of each record, to be summed over a cell."""
        if self.key is None:
            return pl.repeat(0, len(ids), dtype=pl.UInt64, eager=True)
        digests = (hmac.digest(self.key, str(one).encode(), "sha256")[:4] for one in ids)
        return pl.Series([int.from_bytes(digest) for digest in digests], dtype=pl.UInt64)

    def told(self, count: int, cell_key: int, least: int) -> int:
        """Return the figure of a count that is nothing, or by the rules at least `least`.

        Within 1.5 units of it, never under what `least` allows; nothing is told as nothing.
        """
        if not count:
            return 0
        noise = 0 if self.key is None else self._noise(cell_key)
        return max(rounded(count + noise, self.unit), least - least % self.unit)

    def _noise(self, cell_key: int) -> int:
        """Of mean 0 and at most `unit`, the middle most often: the difference of two dice."""
        one, other = _mixed(cell_key), _mixed(cell_key + 0x9E3779B97F4A7C15)
        return one % (self.unit + 1) - other % (self.unit + 1)


def _mixed(number: int) -> int:
    """SplitMix64's finalizer: sums of record keys that are near are as different as any."""
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9 & _BITS
    number = (number ^ (number >> 27)) * 0x94D049BB133111EB & _BITS
    return number ^ (number >> 31)
