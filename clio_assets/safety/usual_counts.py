"""How many accounts a topic would have on a day, by its own past: the mean, and how sure it is.

A topic's count on a day is taken to be a Poisson count, with a log-normal shock of the day's own
(J. Aitchison and C. H. Ho, "The multivariate Poisson-log normal distribution", Biometrika 76(4),
1989):

    mean = level of the topic x traffic of the day x the topic's rhythm on that weekday
    variance = mean + dispersion x mean^2

Levels, traffic, rhythms and dispersions are fitted in turn to the days before, all topics at once.
How uncertain each of them is adds to the dispersion of the forecast, so that a short past makes
cautious ones. Gamma shocks (negative binomial counts) would be handier, but where the true ones are
log-normal they gave 1.5 false alarms per 100 topic-weeks for .75. From elsewhere:

- Days unlike the others weigh less, so that a burst does not become the usual: the weights of
  A. Noufaily et al., "An improved algorithm for outbreak detection in multiple surveillance
  systems", Statistics in Medicine 32(7), 2013.
- Traffic is what most topics share, and never a sum in which one topic could drown the others: the
  median of ratios of S. Anders and W. Huber, "Differential expression analysis for sequence count
  data", Genome Biology 11:R106, 2010, equation 5, then a mean of the topics near it.
- Rhythms and dispersions of single topics are shrunk to those of all, by as much as theirs are
  uncertain (empirical Bayes by moments).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

ROUNDS = 6
"""Of fitting in turn; after the sixth no mean of 200 topics moves by more than 2 %."""

OUTLYING = 2.58
"""Standard deviations from which a day of the past weighs (OUTLYING / distance)^2 (Noufaily)."""

APART = 3.0
"""Standard deviations from which a topic has no say about the traffic of a day."""

SETTLING = 4
"""Rounds in which those are found."""

FIRST_SPREAD = 0.1
LEAST_SPREAD = 0.005
"""No real topic is steadier: 7 % up and down beyond chance."""

DIFFERENT = 0.7
"""Standard deviation of the topics' dispersions, as a share of their mean."""

LEAST_MEDIAN = 3
"""Accounts a day."""

NODES = 64
"""Of the integral over log-normal shocks (Gauss and Hermite)."""

TYPICAL_RHYTHM, LARGEST_RHYTHM = 0.05, 0.5
"""Variances of the weekdays' factors: one topic says no more of it than with the first, and it is
never taken to be more than the second."""

TINY = 1e-9


@dataclass(frozen=True)
class Past:
    """The days before, for t topics and d days."""

    counts: Floats
    """(t, d), accounts."""
    known: NDArray[np.bool_]
    """(t, d): the topic existed."""
    ages: Floats
    """(d,), days ago, 1 or more."""
    weekdays: NDArray[np.int64]
    """(d,), 0 to 6."""


@dataclass(frozen=True)
class Usual:
    """What was to be expected of t topics: the mean (t,), and the variance of its shock (t,)."""

    mean: Floats
    dispersion: Floats

    def tail(self, counts: NDArray[np.int64]) -> Floats:
        """Return how likely as many (t,) or more are."""
        spread = np.sqrt(np.log1p(self.dispersion))
        at, weights = np.polynomial.hermite_e.hermegauss(NODES)
        shocks = np.exp(spread[:, None] * at - spread[:, None] ** 2 / 2)
        above: Floats = stats.poisson.sf(counts[:, None] - 1, self.mean[:, None] * shocks)
        found: Floats = np.clip(above @ (weights / weights.sum()), 0, 1)
        return found

    def range(self) -> tuple[Floats, Floats]:
        """Return between which counts (t,) about 95 % of such days are."""
        spread = np.sqrt(np.log1p(1 / self.mean + self.dispersion))
        median = self.mean * np.exp(-(spread**2) / 2)
        return median * np.exp(-1.96 * spread), median * np.exp(1.96 * spread)


def usual_counts(past: Past, today: Floats, weekday: int, half_life: float) -> Usual:
    """Return what was to be expected of a day, given its traffic.

    Args:
        past: the days before.
        today: (t,) counts of the day; only what most topics have in common is read off them.
        weekday: of the day, 0 to 6.
        half_life: days after which a day has half a say in the level.
    """
    counts, known = past.counts, past.known
    recency = 0.5 ** (past.ages / half_life)
    shape = (len(counts), 7)
    rhythm, doubt = np.ones(shape), np.zeros(shape)
    spread = np.full(len(counts), FIRST_SPREAD)
    level, traffic = _first_levels(counts, known, recency)
    trust = _trust(counts, level[:, None] * traffic, spread) * known
    for _ in range(ROUNDS):
        flat = level[:, None] * traffic * known
        rhythm, doubt, fitted = _rhythms(counts, flat, trust, spread, past.weekdays)
        relative = rhythm[:, past.weekdays] * known
        traffic, _ = _traffic(counts, level[:, None] * relative, spread)
        weights = trust * recency
        # Half a conversation more than was seen (Jeffreys): one that never came may come.
        level = (0.5 + (weights * counts).sum(1)) / (weights * traffic * relative).sum(1)
        mean = level[:, None] * traffic * relative
        trust = _trust(counts, mean, spread) * known
        # Squared: days that are far off tell of a burst, and nothing of how other days vary.
        spread, uncertain = _spreads(counts, mean, trust**2, spread, fitted)
    usual = level * rhythm[:, weekday]
    factor, error = _traffic(today[:, None], usual[:, None], spread)
    weights = trust * recency
    noise = (weights**2 * mean * (1 + spread[:, None] * mean)).sum(1)
    of_level = (noise + 0.5) / ((weights * mean).sum(1) + 0.5) ** 2
    dispersion = spread + uncertain + of_level + doubt[:, weekday] + error[0]
    return Usual(usual * factor[0], dispersion)


def _first_levels(
    counts: Floats, known: NDArray[np.bool_], recency: Floats
) -> tuple[Floats, Floats]:
    """Levels (t,) and traffic (d,) to begin with, by medians: a burst of days is not in them."""
    weights = recency * known
    mean = (weights * counts).sum(1) / np.maximum(weights.sum(1), TINY)
    traffic, _ = _traffic(counts, mean[:, None] * known, np.full(len(counts), FIRST_SPREAD))
    median = _weighted_medians((counts / traffic).T, weights.T)
    # The median of a few is too rough, and often 0.
    return np.where(median >= LEAST_MEDIAN, median, np.maximum(mean, TINY)), traffic


def _traffic(counts: Floats, usual: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Factors (d,) between what is usual (t, d) and the days, and their relative variances (d,)."""
    # Not by each topic's own spread: the largest would pass for the traffic, so seem the steadiest,
    # and have more say still.
    say = 1 / (1 + FIRST_SPREAD * usual)
    factor = _weighted_medians(counts / np.maximum(usual, TINY), say * usual)
    for _ in range(SETTLING):
        mean = np.maximum(factor, TINY) * usual
        variance = mean * (1 + spread[:, None] * mean)
        # 1 more, or days on which most topics have nothing would stay at the median 0.
        weights = say * (np.abs(counts - mean) <= APART * np.sqrt(variance) + 1)
        total = np.maximum((weights * usual).sum(0), TINY)
        factor = np.maximum((weights * counts).sum(0) / total, TINY)
    return factor, (weights**2 * variance).sum(0) / (factor * total) ** 2


def _weighted_medians(values: Floats, weights: Floats) -> Floats:
    """The lower weighted median of each column."""
    order = np.argsort(values, axis=0, kind="stable")
    running = np.take_along_axis(weights, order, 0).cumsum(0)
    at = (running >= running[-1] / 2).argmax(0)
    columns = np.arange(values.shape[1])
    found: Floats = values[order[at, columns], columns]
    return found


def _rhythms(
    counts: Floats, flat: Floats, trust: Floats, spread: Floats, weekdays: NDArray[np.int64]
) -> tuple[Floats, Floats, Floats]:
    """Each topic's factor on each weekday (t, 7), its variance (t, 7), and the degrees of freedom
    that the factors take (t,); `flat` is the mean without a rhythm."""
    weights = trust / (1 + spread[:, None] * flat)
    on = np.eye(7)[weekdays]
    seen, expected = (weights * counts) @ on, (weights * flat) @ on
    ratio = seen / np.maximum(expected, TINY)
    # The ratio's variance is 1 / expected and the rhythms'; what is more than the first is theirs.
    # Each weekday has its own: topics differ at the weekend, hardly on a Tuesday.
    say = 1 / (1 + expected * TYPICAL_RHYTHM)
    beyond = ((ratio - 1) ** 2 * expected - 1) * say
    variance = np.clip(
        beyond.sum(0) / np.maximum((say * expected).sum(0), TINY), 1e-4, LARGEST_RHYTHM
    )
    prior = 1 / variance
    doubt = 1 / (prior + expected)
    return (prior + seen) * doubt, doubt, (expected * doubt).sum(1)


def _spreads(
    counts: Floats, mean: Floats, trust: Floats, spread: Floats, fitted: Floats
) -> tuple[Floats, Floats]:
    """The dispersion of each topic (t,) by moments, shrunk to that of all, and its standard error
    (t,)."""
    common = float(np.mean(spread))
    days = trust.sum(1)
    lost = days / np.maximum(days - 1 - fitted, days / 4)
    squares = lost[:, None] * (counts - mean) ** 2 - mean
    # A day says (n - m)^2 / m^2 - 1/m, with variance 2 (1/m + dispersion)^2.
    say = trust / (2 * (1 + common * np.maximum(mean, TINY)) ** 2)
    certain = np.maximum((say * mean**2).sum(1), TINY)
    own = (say * squares).sum(1) / certain
    between = (DIFFERENT * common) ** 2
    weights = 1 / (1 / certain + between)
    common = max(float((weights * own).sum() / weights.sum()), LEAST_SPREAD)
    shrunk = common + (own - common) * between / (between + 1 / certain)
    error = np.sqrt(between / (1 + between * certain))
    return np.maximum(shrunk, common / 2), error


def _trust(counts: Floats, mean: Floats, spread: Floats) -> Floats:
    """How much each day says of its topic's usual (t, d), 0 to 1."""
    variance = np.maximum(mean * (1 + spread[:, None] * mean), TINY)
    distance = np.abs(counts - mean) / np.sqrt(variance)
    found: Floats = (OUTLYING / np.maximum(distance, OUTLYING)) ** 2
    return found
