"""Topics that a safety classifier flags far more, or far less, than their concern suggests.

The classifier is compared with itself: how often it flags a conversation of each concern level in
all other topics says how many of a topic's it should flag. What is over is likely its false
positives, what is under its false negatives, unless it is the concern facet that errs: look.

- The rates rise with the level (isotonic regression; R. E. Barlow et al., Statistical Inference
  under Order Restrictions, 1972), and a topic counts in them about once however large it is, so
  that one error hardly moves what is expected of the others. Topics far off have no say.
- Topics differ without an error. A topic's rate is taken to vary as a beta distribution does whose
  variance is `spread` x (p (1 - p))^2, even steps on the logit scale, estimated from all topics by
  moments (R. L. Prentice, "Binary regression using an extended beta-binomial distribution", J. Am.
  Stat. Assoc. 81, 1986, has the likelihood). Topics are ranked by the tail of that beta-binomial.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special, stats
from scipy.optimize import isotonic_regression

from clio_assets.safety.concern_shares import CONCERNING
from clio_assets.safety.flag_agreement import known
from clio_assets.safety.shares import account_means, with_share_intervals

CLASSIFIER_ERRORS: dict[str, pl.DataType] = {
    "kind": pl.String(),  # `false positives` or `false negatives`
    "rank": pl.Int64(),  # 1 is the likeliest
    "topic": pl.String(),
    "conversations": pl.Int64(),  # with a flag that is known and a concern
    "accounts": pl.Int64(),
    "concerning": pl.Float64(),  # share of them
    "flagged": pl.Float64(),  # share of them
    "flagged_low": pl.Float64(),  # 95 %
    "flagged_high": pl.Float64(),
    "expected": pl.Float64(),  # share that would be flagged, by what is flagged elsewhere
    "score": pl.Float64(),  # standard deviations, as of a normal distribution; over 0
    "p_value": pl.Float64(),  # two-sided
    "q_value": pl.Float64(),  # among all topics (Benjamini and Hochberg)
}
"""One row a topic and kind of error that it may have, by kind and rank."""

LIKELY = 0.05
"""q up to which an error is worth somebody's look."""

LEVELS = 5
LEAST_TOPICS = 5
"""With fewer there is nothing to compare a topic with."""

ROUNDS = 5
FAR = 3.0
"""Standard deviations from which a topic has no say about the others' rates."""

FIRST_SPREAD = 0.5
LEAST_SPREAD = 0.05
"""Of the topics' logits, a variance: at the least they differ by a fifth."""

BEFORE = 1.0
"""Conversations that each level is taken to have had, flagged as often as all."""

Floats = NDArray[np.float64]


def classifier_errors(conversations: pl.DataFrame) -> pl.DataFrame:
    """Return the topics by how likely the classifier errs about them (CLASSIFIER_ERRORS).

    A topic is listed under `false positives` if it has more flags than expected, and under `false
    negatives` if it has fewer and a larger share of concerning conversations than all have. Empty
    where fewer than LEAST_TOPICS topics have flags.

    Args:
        conversations: one row each: topic, account, concern (1 to 5), flagged (boolean; null: the
            classifier has not said, and the row is left out).
    """
    rows = known(conversations).with_columns(concerning=pl.col("concern") >= CONCERNING)
    means = with_share_intervals(
        account_means(rows, ["topic"], ["flagged", "concerning"]), ["flagged", "concerning"]
    )
    if len(means) < LEAST_TOPICS:
        return pl.DataFrame(schema=CLASSIFIER_ERRORS)
    total, flags = _counts_by_level(rows, means["topic"])
    rates, spread = _expected(total, flags)
    effect = _design_effect(rows, means["topic"], rates)
    share = (total * rates).sum(1) / total.sum(1)
    score = _scores(total.sum(1) / effect, flags.sum(1) / effect, share, spread)
    p_value = 2 * stats.norm.sf(np.abs(score))
    found = means.with_columns(
        expected=share,
        signed=score,
        p_value=p_value,
        q_value=stats.false_discovery_control(p_value),
    )
    over = found.filter(pl.col("signed") > 0).with_columns(kind=pl.lit("false positives"))
    usual = float(rows.get_column("concerning").mean() or 0)  # type: ignore[arg-type]
    under = found.filter(pl.col("signed") < 0, pl.col("concerning") > usual).with_columns(
        kind=pl.lit("false negatives")
    )
    return (
        pl.concat([under, over])
        .with_columns(score=pl.col("signed").abs())
        .sort("kind", "score", "topic", descending=[False, True, False])
        .with_columns(rank=pl.int_range(1, pl.len() + 1).over("kind"))
        .select(pl.col(name).cast(kind) for name, kind in CLASSIFIER_ERRORS.items())
    )


def _counts_by_level(rows: pl.DataFrame, topics: pl.Series) -> tuple[Floats, Floats]:
    """Conversations and flags of each topic and level (topics, LEVELS)."""
    cells = rows.group_by("topic", "concern").agg(pl.len().alias("n"), pl.col("flagged").sum())
    at = topics.search_sorted(cells["topic"]).to_numpy(), cells["concern"].to_numpy() - 1
    total, flags = np.zeros((len(topics), LEVELS)), np.zeros((len(topics), LEVELS))
    total[at], flags[at] = cells["n"].to_numpy(), cells["flagged"].to_numpy()
    return total, flags


def _expected(total: Floats, flags: Floats) -> tuple[Floats, float]:
    """Rates (topics, LEVELS) by what is flagged in the other topics, and the topics' spread."""
    spread = FIRST_SPREAD
    say = np.ones(len(total), dtype=bool)
    overall = flags.sum() / total.sum()
    rates = np.full(total.shape, np.clip(overall, 0.001, 0.999))
    for _ in range(ROUNDS):
        # Of n conversations as alike as a topic's, so many independent ones tell as much.
        alike = spread * rates * (1 - rates)
        effective = total / (1 + np.maximum(total - 1, 0) * alike)
        share = np.divide(flags, total, out=np.zeros_like(flags), where=total > 0)
        weights = effective * say[:, None]
        seen = (weights * share).sum(0) - weights * share
        of = weights.sum(0) - weights
        middle = seen.sum(1, keepdims=True) / np.maximum(of.sum(1, keepdims=True), 1)
        raw = (seen + BEFORE * middle) / (of + BEFORE)
        rates = np.array([
            isotonic_regression(row, weights=weight).x
            for row, weight in zip(raw, of + BEFORE, strict=True)
        ])  # fmt: skip
        rates = np.clip(rates, 0.001, 0.999)
        n = total.sum(1)
        expected = (total * rates).sum(1)
        variance = (total * rates * (1 - rates)).sum(1)
        pairs = np.maximum(n - 1, 0) * (expected / n) * (1 - expected / n)
        square = (flags.sum(1) - expected) ** 2 / variance
        say = square <= FAR**2 * (1 + spread * pairs)
        trust = say / (1 + spread * pairs) ** 2
        beyond = (trust * (square - 1) * pairs).sum() / max((trust * pairs**2).sum(), 1e-9)
        spread = max(float(beyond), LEAST_SPREAD)
    return rates, spread


def _design_effect(rows: pl.DataFrame, topics: pl.Series, rates: Floats) -> Floats:
    """By how much a topic's flags vary more than if each account had one conversation (topics,):
    1 or more. Where all are alike, conversations per account."""
    at = topics.search_sorted(rows["topic"]).to_numpy(), rows["concern"].to_numpy() - 1
    rest = pl.col("flagged").cast(pl.Float64) - pl.Series(rates[at])
    alone = rows.select("topic", "account", "flagged", rest=rest).with_columns(
        pl.col("rest") - pl.col("rest").mean().over("topic")
    )
    of_topics = (
        alone.group_by("topic", "account")
        .agg(pl.len().alias("n"), pl.col("flagged").sum(), pl.col("rest").sum(),
             pl.col("rest").pow(2).sum().alias("squares"))
        .group_by("topic")
        .agg(pl.col("n").sum(), pl.len().alias("accounts"), pl.col("flagged").sum(),
             pl.col("rest").pow(2).sum().alias("together"), pl.col("squares").sum())
        .sort("topic")
    )  # fmt: skip
    alike = (pl.col("flagged") == 0) | (pl.col("flagged") == pl.col("n"))
    effect = pl.when(alike).then(pl.col("n") / pl.col("accounts")).otherwise(
        pl.col("together") / pl.col("squares")
    )  # fmt: skip
    return of_topics.select(effect.clip(1).alias("effect"))["effect"].to_numpy()


def _scores(rows: Floats, flags: Floats, share: Floats, spread: float) -> Floats:
    """How far each topic's flags are from expected (topics,), in standard deviations of a normal
    distribution with the same tail: positive where there are more."""
    p = np.clip(share, 0.001, 0.999)
    alike = np.clip(spread * p * (1 - p), 1e-6, 0.5)
    a, b = p * (1 / alike - 1), (1 - p) * (1 / alike - 1)
    found = np.zeros(len(rows))
    for at in range(len(rows)):
        n = max(round(rows[at]), 1)
        k = min(round(flags[at]), n)
        log = stats.betabinom.logpmf(np.arange(n + 1), n, a[at], b[at])
        log[k] -= np.log(2)  # half of what is exactly as many belongs to either side (mid-p)
        above, below = special.logsumexp(log[k:]), special.logsumexp(log[: k + 1])
        found[at] = -special.ndtri_exp(above) if above < below else special.ndtri_exp(below)
    return found
