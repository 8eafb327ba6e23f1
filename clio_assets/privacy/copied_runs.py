"""G-12: which runs of words in a name or summary stand like that in somebody's own text.

Words each with support (G-11) can still be one person's sentence. So every run of more than five
tokens in common with a conversation or a facet must be shared by as many accounts as a topic needs.
Tokens are cut as for G-11, so case, punctuation and invisible characters hide no run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import polars as pl

from clio_assets.privacy.text_support import tokens

LONGEST_RUN = 5
"""Tokens that a released text may have in common with anybody's."""


def runs_of(texts: Iterable[str]) -> dict[str, list[str]]:
    """Return for each text its runs of six tokens: a longer one holds one of these."""
    distinct = list(dict.fromkeys(texts))
    found: dict[str, list[str]] = {text: [] for text in distinct}
    lines = pl.DataFrame({"text": distinct}, schema={"text": pl.String})
    for line, words in _cut(lines.with_row_index("line"), "line").iter_rows():
        size = LONGEST_RUN + 1
        runs = [words[start : start + size] for start in range(len(words) - size + 1)]
        found[distinct[line]] = [_joined(run) for run in runs]
    return found


def accounts_sharing(runs: Collection[str], said: Iterable[pl.DataFrame]) -> dict[str, int]:
    """Count the accounts in whose texts each of `runs` stands; those in nobody's are left out.

    said: batches of (account, text). Texts without an account count as one account together: they
    can make a run known and lend it no support.
    """
    wanted = sorted(runs)
    found = [pl.DataFrame(schema={"account": pl.String, "run": pl.String})]
    for batch in said if wanted else ():
        lines = _cut(batch.select("account", "text").with_row_index("line"), "line", "account")
        held = lines.select(
            pl.col("account").fill_null(""),
            # Spaces around: no run begins or ends within a word.
            run=pl.format(" {} ", pl.col("token").list.join(" ")).str.extract_many(
                wanted, overlapping=True
            ),
        )
        found.append(held.explode("run").drop_nulls("run").unique())
    counts = pl.concat(found).unique().group_by("run").len()
    return dict(counts.iter_rows())


def _cut(texts: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Columns `by` and the list of tokens, a row for each text that has any."""
    filled = texts.with_columns(pl.col("text").fill_null(""))
    return tokens(filled).group_by(*by, maintain_order=True).agg("token")


def _joined(words: list[str]) -> str:
    return f" {' '.join(words)} "
