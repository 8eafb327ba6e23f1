"""Do conclusions drawn from clusters agree with those drawn from the conversations?

As in appendix G of the Economic Index: a figure of each group is reckoned once from what each
conversation is labelled, and once as a reader of the topics would, for whom a topic is wholly about
what most of it is about. Here the figure is a label's share of each day.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.evaluation.agreement import Codes, contingency
from benchmarks.evaluation.labelled_sets import codes


def agreement_of_conclusions(clusters: Codes, truth: Codes, days: pl.Series) -> float:
    """Pearson's r between the two shares over all labels (m) and days (t)."""
    day = codes(days)
    told = contingency(clusters, truth).argmax(1)[clusters]
    by_label, by_topic = (_shares(values, day, int(truth.max()) + 1) for values in (truth, told))
    return float(np.corrcoef(by_label.ravel(), by_topic.ravel())[0, 1])


def _shares(values: Codes, day: Codes, labels: int) -> np.ndarray:
    counted = np.zeros((day.max() + 1, labels))
    np.add.at(counted, (day, values), 1)
    return counted / counted.sum(1, keepdims=True)
