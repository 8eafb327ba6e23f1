"""One seed of the benchmark on real requests, by wording alone: embedding takes minutes."""

import numpy as np
import polars as pl
import pytest

from benchmarks.coordination import compared, first_requests, joined
from benchmarks.evaluation.labelled_sets import rows_of_set
from benchmarks.planted_campaigns import planted


@pytest.mark.parametrize(("kind", "recall"), [("template", 1.0), ("replaced", 0.8)])
def test_planted_campaigns_are_found_among_real_requests(kind, recall):
    try:
        real = first_requests(rows_of_set("mixed"))
    except FileNotFoundError as missing:
        pytest.skip(str(missing))
    plan = planted(real, kind, seed=101)
    requests = joined(real, plan).with_columns(vector=pl.lit(None, pl.Int64))
    found = compared(requests, np.zeros((0, 384), np.float32), plan)
    assert found["recall"] >= recall
    assert found["precision"] >= 0.95
    assert found["false_groups"] <= 1
    assert not found["traps"]
