"""`clio preview`: the facets of ten conversations, and what the whole day would cost."""

from __future__ import annotations

import uuid

import polars as pl

from clio_assets.config import ConfigError, Settings
from clio_assets.defs.asking import asking
from clio_assets.defs.clio import Clio
from clio_assets.defs.step import KEY
from clio_assets.facets.preview import (
    Estimate,
    Paid,
    choose,
    estimate,
    expected_calls,
    preview,
    share_entering,
)
from clio_assets.models.calls import Stage
from clio_assets.models.ledger import stage_sums

ROWS = 2_000


def run_preview(settings: Settings, day: str) -> int:
    """Ask about ten conversations of a day, print their facets and an estimate for them all.

    What it shows is private: it is printed for whoever may read the private zone, and kept only
    with the other answers, so that the day itself does not pay for them again.

    Raises:
        ConfigError: no model is configured, or a setting of `models` is wrong.
        BudgetError: the ten calls could pass `models.max_cost_per_run`.
        StorageError: `conversations` of the day has not been materialized.
    """
    models = settings.models
    if not models.asks:
        raise ConfigError("`models.provider` is offline: nobody is asked and nothing is paid.")
    if not KEY.fullmatch(day):
        raise ConfigError("Give the day as YYYY-MM-DD.")
    clio = Clio(settings)
    file = clio.layout.day(day)
    clio.upstream(file, "conversations")
    chosen = choose(file.read("conversations", ["conversation_id", "duplicate_of"]), settings.seed)
    found, expected = [], []
    for batch in file.batches("conversations", ROWS):
        found.append(batch.filter(pl.col("conversation_id").is_in(chosen)))
        expected.append(expected_calls(batch, settings, models))
    run = f"preview-{uuid.uuid4()}"
    ten = pl.concat(found)
    with asking(clio, run, day) as ask:
        shown = preview(ten, settings, models, ask)
    with pl.Config(tbl_rows=-1, tbl_cols=-1, fmt_str_lengths=70, tbl_hide_dataframe_shape=True):
        print(shown.drop("conversation_id"))
    calls = pl.concat(expected).unique("call")
    of_ten = expected_calls(ten, settings, models)["tokens"].mean()
    size = _number(calls["tokens"].mean()) / (_number(of_ten) or 1.0)
    entering = share_entering(shown["outcome"])
    for stage in models.stages:
        if stage in ("screener", "facets"):
            number = len(calls) if stage == "screener" else round(len(calls) * entering)
            _tell(stage, _estimate(clio, run, day, stage, number, size))
    return 0


def _estimate(
    clio: Clio, run: str, day: str, stage: Stage, calls: int, size: float
) -> Estimate | None:
    models = clio.settings.models
    # A second preview finds its answers and pays nothing: the first one's figures hold.
    for of_run in (run, None):
        row = stage_sums(clio.layout.model_calls, day, of_run).filter(stage=stage)
        if len(row):
            sums = row.row(0, named=True)
            paid = Paid(
                sums["calls"], sums["tokens_in"], sums["tokens_cached"], sums["tokens_out"],
                sums["mean_latency_seconds"],
            )  # fmt: skip
            price = models.prices.get(models.of(stage).model)
            return estimate(
                paid, calls=calls, relative_size=size, limits=models.limits, price=price
            )
    return None


def _tell(stage: Stage, told: Estimate | None) -> None:
    if told is None:
        print(f"{stage}: nothing was paid for, so there is nothing to go by.")
        return
    cost = "no price in `models.prices`" if told.cost is None else f"${told.cost:,.2f}"
    print(
        f"{stage}: {told.calls:,} calls, {told.tokens_in:,} tokens in ({told.tokens_cached:,} "
        f"cached), {told.tokens_out:,} out, {cost}, at least {told.seconds / 60:,.1f} minutes"
    )


def _number(mean: object) -> float:
    return float(mean) if isinstance(mean, (int, float)) else 0.0
