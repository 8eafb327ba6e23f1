"""The folders under `$CLIO_HOME`: who writes where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clio_assets.storage.duckfile import DuckFile


@dataclass(frozen=True)
class Layout:
    """Paths of the private and the release zone; folders are 0700, files 0600."""

    home: Path
    period: str

    def day(self, key: str) -> DuckFile:
        """The private tables of one UTC day, from reading to embeddings."""
        return DuckFile(self.home / "private" / "days" / f"{key}.duckdb")

    def days(self) -> list[str]:
        """Keys of the days that have a private file, in order."""
        return sorted(path.stem for path in (self.home / "private" / "days").glob("*.duckdb"))

    def period_file(self, key: str) -> DuckFile:
        """The private tables of one period, from base clusters to the audit."""
        return DuckFile(self.home / "private" / "periods" / self.period / f"{key}.duckdb")

    def periods(self) -> list[str]:
        """Keys of the periods that have a private file, in order."""
        folder = self.home / "private" / "periods" / self.period
        return sorted(path.stem for path in folder.glob("*.duckdb"))

    @property
    def model_calls(self) -> Path:
        """Every answer of a model and what it cost; shared by all runs."""
        return self.home / "private" / "model_calls.sqlite"

    @property
    def vectors(self) -> Path:
        """Every vector of an endpoint; shared by all runs."""
        return self.home / "private" / "vectors.sqlite"

    @property
    def key_identity(self) -> Path:
        """Which account key the pseudonyms were made with."""
        return self.home / "private" / "account_key.id"

    @property
    def releases(self) -> Path:
        """Every release so far, written by the door alone."""
        return self.home / "release" / "released.duckdb"

    @property
    def warehouse(self) -> Path:
        """What analysts open: the releases and the marts, replaced by rename."""
        return self.home / "release" / "clio.duckdb"

    @property
    def bundles(self) -> Path:
        """One folder a period, one immutable folder a version inside it."""
        return self.home / "release" / "bundles"
