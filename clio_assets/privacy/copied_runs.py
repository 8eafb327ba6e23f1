"""G-12: which runs of words in a name or summary stand like that in somebody's own text.

Words each with support (G-11) can still be one person's sentence. So every run of more than five
tokens in common with a conversation or a facet must be shared by as many accounts as a topic needs.
Tokens are cut as for G-11, so case, punctuation and invisible characters hide no run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import polars as pl

from clio_assets.privacy.text_support import between_spaces, tokens, words_of

LONGEST_RUN = 5
"""Tokens that a released text may have in common with anybody's."""


def runs_of(texts: Iterable[str]) -> dict[str, list[str]]:
    """Return for each text its runs of six tokens: a longer one holds one of these."""
    size = LONGEST_RUN + 1
    return {
        text: [
            between_spaces(words[start : start + size]) for start in range(len(words) - size + 1)
        ]
        for text, words in words_of(texts).items()
    }


def accounts_sharing(runs: Collection[str], said: Iterable[pl.DataFrame]) -> dict[str, int]:
    """Count the accounts in whose texts each of `runs` stands; those in nobody's are left out.

    said: batches of (account, text). Texts without an account count as one account together: they
    can make a run known and lend it no support.
    """
    wanted = sorted(runs)
    found = [pl.DataFrame(schema={"account": pl.String, "run": pl.String})]
    for batch in said if wanted else ():
        texts = batch.select("account", pl.col("text").fill_null("")).with_row_index("line")
        lines = tokens(texts).group_by("line", "account", maintain_order=True).agg("token")
        held = lines.select(
            pl.col("account").fill_null(""),
            # As `between_spaces` has it: no run begins or ends within a word.
            run=pl.format(" {} ", pl.col("token").list.join(" ")).str.extract_many(
                wanted, overlapping=True
            ),
        )
        found.append(held.explode("run").drop_nulls("run").unique())
    counts = pl.concat(found).unique().group_by("run").len()
    return dict(counts.iter_rows())
