"""A classifier's flags beside concern: agreement, and the topics where it likely errs."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from clio_assets.safety.classifier_errors import CLASSIFIER_ERRORS, classifier_errors
from clio_assets.safety.flag_agreement import AGREEMENT, flag_agreement, overall_agreement
from clio_assets_tests.safety.flagged_logs import OVER, UNDER, flagged_logs


def rank(errors: pl.DataFrame, kind: str, topic: str) -> int:
    return int(errors.filter(kind=kind, topic=topic)["rank"].item())


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("topics", [12, 40])
def test_planted_errors_rank_in_the_first_three(seed: int, topics: int) -> None:
    errors = classifier_errors(flagged_logs(seed, topics))
    assert rank(errors, "false positives", OVER) <= 3
    assert rank(errors, "false negatives", UNDER) <= 3


def test_what_is_said_of_an_error() -> None:
    errors = classifier_errors(flagged_logs(2))
    assert dict(errors.schema) == CLASSIFIER_ERRORS
    row = errors.filter(topic=OVER).row(0, named=True)
    assert row["kind"] == "false positives"
    assert row["rank"] == 1
    assert row["expected"] < 0.1 < row["flagged_low"] < row["flagged"] < row["flagged_high"]
    assert row["q_value"] < 0.001
    for _, listed in errors.group_by("kind"):
        assert listed["rank"].to_list() == list(range(1, len(listed) + 1))
        assert listed["score"].is_sorted(descending=True)


def test_without_an_error_hardly_any_is_claimed() -> None:
    found = [classifier_errors(flagged_logs(seed, errors=False)) for seed in range(20)]
    assert sum((errors["q_value"] < 0.05).any() for errors in found) <= 2


def test_a_harmless_topic_without_flags_is_no_false_negative() -> None:
    errors = classifier_errors(flagged_logs(3))
    negatives = errors.filter(kind="false negatives")
    assert (negatives["concerning"] > 0.3).all()


def test_flags_of_one_account_do_not_condemn_a_topic() -> None:
    logs = flagged_logs(4, errors=False)
    of_topic = pl.col("topic") == "t02"
    flooded = logs.with_columns(
        flagged=pl.when(of_topic & (pl.int_range(pl.len()).over("topic") < 30))
        .then(statement=True)
        .otherwise("flagged"),
    )
    one = flooded.with_columns(
        account=pl.when(of_topic & pl.col("flagged").fill_null(value=False))
        .then(pl.lit("one"))
        .otherwise("account")
    )
    many, few = (
        classifier_errors(rows).filter(topic="t02").row(0, named=True) for rows in (flooded, one)
    )
    assert many["q_value"] < 0.01
    assert few["score"] < many["score"] / 2


def test_one_account_alone_is_no_error_of_the_classifier() -> None:
    logs = flagged_logs(4, errors=False)
    lonely = pl.DataFrame({
        "topic": "lonely",
        "account": "one",
        "concern": pl.Series([1] * 60, dtype=pl.Int8),
        "flagged": True,
    })  # fmt: skip
    score = classifier_errors(pl.concat([logs, lonely])).filter(topic="lonely")["score"].item()
    spread = lonely.with_columns(account=pl.int_range(pl.len()).cast(pl.String))
    of_many = classifier_errors(pl.concat([logs, spread])).filter(topic="lonely")["score"].item()
    assert score < 3 < 8 < of_many


def test_logs_without_flags_say_nothing() -> None:
    logs = flagged_logs(5).with_columns(flagged=pl.lit(None, dtype=pl.Boolean))
    assert classifier_errors(logs).is_empty()
    assert flag_agreement(logs).is_empty()
    overall = overall_agreement(logs, seed=1)
    assert (overall.conversations, overall.unknown) == (0, len(logs))
    assert overall.kappa is overall.pearson is overall.spearman is None


@pytest.mark.parametrize("flag", [True, False])
def test_a_classifier_that_always_says_the_same_has_no_correlation(flag: bool) -> None:
    logs = flagged_logs(6).with_columns(flagged=pl.lit(flag))
    assert overall_agreement(logs, seed=1).pearson is None
    assert not (classifier_errors(logs)["q_value"] < 0.05).any()


def test_agreement_by_topic_and_overall() -> None:
    logs = flagged_logs(7, errors=False)
    topics = flag_agreement(logs)
    assert dict(topics.schema) == AGREEMENT
    kept = logs.filter(pl.col("flagged").is_not_null(), pl.col("topic") == "t01")
    row = topics.filter(topic="t01").row(0, named=True)
    assert row["conversations"] == len(kept)
    agree = np.mean((kept["concern"] >= 2).to_numpy() == kept["flagged"].to_numpy())
    assert row["agree"] == pytest.approx(agree)
    assert row["agree_low"] < row["agree"] < row["agree_high"]
    overall = overall_agreement(logs, seed=1)
    assert overall.conversations + overall.unknown == len(logs)
    assert overall.topics == 40
    for correlation in (overall.pearson, overall.spearman):
        assert correlation is not None
        assert correlation.low < correlation.value < correlation.high
    assert overall.pearson is not None
    assert overall.pearson.value == pytest.approx(
        np.corrcoef(topics["concern"].to_numpy(), topics["flagged"].to_numpy())[0, 1]
    )
    assert overall == overall_agreement(logs.reverse(), seed=1)
