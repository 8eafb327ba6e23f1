"""Which versions of a period were published, and whether another may be (G-07, G-19).

What stands behind each figure is kept in the private zone, withdrawn versions included: whoever
has seen one can still compare.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from clio_assets.privacy.versions import BEHIND, figures_too_close
from clio_assets.storage.duckfile import DuckFile, Schema

STEP = "published_versions"

PUBLISHED_VERSIONS: Schema = {
    "version": pl.Int32(),
    "input_fingerprint": pl.String(),
    "conversations": pl.Int64(),
}
"""Grain: a version of the period that was published; private. `conversations` are the period's."""

PUBLISHED_ACCOUNTS: Schema = {"version": pl.Int32(), **BEHIND}
"""Grain: an account behind one figure of a version; private."""


@dataclass(frozen=True)
class Candidate:
    """A version that might be published: its number, and what keeps it from being so.

    too_close: figures whose accounts differ by 1 to k - 1 from those of a published version.
    """

    version: int
    too_close: int

    @property
    def publishable(self) -> bool:
        """G-07 holds between it and every version published so far."""
        return self.too_close == 0


def weigh_version(
    file: DuckFile, input_fingerprint: str, behind: pl.DataFrame, minimum: int
) -> Candidate:
    """Compare who is `behind` each figure (as `versions.BEHIND`) with every published version.

    The same inputs make the same version, also after it was withdrawn.
    """
    versions, accounts = _versions(file), _accounts(file)
    known = versions.filter(input_fingerprint=input_fingerprint)["version"].to_list()
    number = known[0] if known else max([0, *versions["version"]]) + 1
    close = sum(
        figures_too_close(accounts.filter(version=version).drop("version"), behind, minimum)
        for version in versions["version"]
    )
    return Candidate(number, close)


def keep_version(
    file: DuckFile,
    candidate: Candidate,
    input_fingerprint: str,
    behind: pl.DataFrame,
    conversations: int,
) -> None:
    """Keep what stands behind a version, before it is published."""
    versions, accounts = _versions(file), _accounts(file)
    tables = {STEP: PUBLISHED_VERSIONS, "published_accounts": PUBLISHED_ACCOUNTS}
    with file.replacing(STEP, f"{candidate.version}/{input_fingerprint}", tables) as new:
        if new is not None:
            number = pl.lit(candidate.version, pl.Int32)
            mine = pl.DataFrame([(candidate.version, input_fingerprint, conversations)],
                                schema=PUBLISHED_VERSIONS, orient="row")  # fmt: skip
            others = pl.col("version") != candidate.version
            new.append(STEP, pl.concat([versions.filter(others), mine]))
            kept = behind.with_columns(version=number).select(list(PUBLISHED_ACCOUNTS))
            new.append("published_accounts", pl.concat([accounts.filter(others), kept]))


def conversations_of(file: DuckFile, input_fingerprint: str) -> int | None:
    """Conversations that a published version was made from; None where it is not known."""
    found = _versions(file).filter(input_fingerprint=input_fingerprint)["conversations"]
    return found[0] if len(found) else None


def _versions(file: DuckFile) -> pl.DataFrame:
    return _kept(file, STEP, PUBLISHED_VERSIONS)


def _accounts(file: DuckFile) -> pl.DataFrame:
    return _kept(file, "published_accounts", PUBLISHED_ACCOUNTS)


def _kept(file: DuckFile, table: str, schema: Schema) -> pl.DataFrame:
    return pl.DataFrame(schema=schema) if file.state(STEP) is None else file.read(table)
