"""A look before paying: the facets of ten conversations, and what the whole partition would take.

What a call weighs is known without asking: every transcript can be made and its tokens estimated
for nothing. So the ten answers only have to say how far the estimate is from the server's own
count, how long answers are and how long they take; that a day has a few very long conversations
does not depend on whether one is among the ten.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from clio_assets.config import Settings
from clio_assets.facets.by_model import facet_question, facets_by_model, with_words
from clio_assets.facets.screener import SCREENED
from clio_assets.models.calls import Ask
from clio_assets.models.prices import Usage, cost_of
from clio_assets.models.settings import LimitSettings, ModelSettings, Price
from clio_assets.models.tokens import estimate_tokens

CONVERSATIONS = 10

EXPECTED_CALLS: dict[str, pl.DataType] = {"call": pl.UInt64(), "tokens": pl.Int64()}
"""One row a conversation that would be asked about: a hash of its call's text (the calls of equal
conversations are paid once), and its estimated input tokens."""


@dataclass(frozen=True)
class Paid:
    """What the preview's calls of one stage used, from the ledger: sums, and the mean latency."""

    calls: int
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    mean_seconds: float


@dataclass(frozen=True)
class Estimate:
    """What one stage of a partition would take. Cost in US dollars, None without a price."""

    calls: int
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    cost: float | None
    seconds: float


def choose(conversations: pl.DataFrame, seed: int, number: int = CONVERSATIONS) -> list[str]:
    """Return the ids of `number` conversations, or of all where there are fewer.

    Depends on the seed and the set of ids, not on their order. Duplicates are not chosen: ten
    answers should be ten different ones.

    Args:
        conversations: conversation_id and duplicate_of of the whole partition.
        seed: `seed` of clio.yaml.
        number: how many.
    """
    distinct = conversations.filter(pl.col("duplicate_of").is_null())["conversation_id"].sort()
    places = np.random.default_rng(seed).permutation(len(distinct))[:number]
    return sorted(distinct[int(place)] for place in places)


def preview(
    chosen: pl.DataFrame, settings: Settings, models: ModelSettings, ask: Ask
) -> pl.DataFrame:
    """Return what to show: one row a conversation, outcome and reason, then its facets.

    Without an answer the facets are null. The columns are those of `facets`, without the account.

    Raises:
        BudgetError, ConfigError: as `facets_by_model` does.
    """
    facets, outcomes = facets_by_model(chosen, settings, models, ask)
    return outcomes.select("conversation_id", "outcome", "reason").join(
        facets.drop("account"), on="conversation_id", how="left", maintain_order="left"
    )


def expected_calls(
    conversations: pl.DataFrame, settings: Settings, models: ModelSettings
) -> pl.DataFrame:
    """Return the facet calls (EXPECTED_CALLS) that a batch of conversations would make.

    Take `unique("call")` over all batches. With a screener they are the upper limit.
    """
    question = facet_question(settings.facets, models)
    fixed = estimate_tokens(question.system)
    asked = with_words(conversations).select("conversation_id", "messages")
    texts = [question.about(item, messages).user for item, messages in asked.iter_rows()]
    return pl.DataFrame(
        {
            "call": pl.Series(texts, dtype=pl.String).hash(),
            "tokens": [fixed + estimate_tokens(text) for text in texts],
        },
        schema=EXPECTED_CALLS,
    )


def share_entering(outcomes: Iterable[str]) -> float:
    """Return which share of the previewed conversations the screener lets in; 1 without one."""
    told = list(outcomes)
    return 1 - told.count(SCREENED) / len(told) if told else 1.0


def estimate(
    paid: Paid, *, calls: int, relative_size: float, limits: LimitSettings, price: Price | None
) -> Estimate | None:
    """Return what one stage of a partition would take, None where the preview paid for nothing.

    The cost errs on the high side: of ten calls the first ones find the provider's prompt cache
    cold. The time is the least it can be: all places in use all the time, no call pushed back.

    Args:
        paid: by the preview, for this stage.
        calls: that the stage would make.
        relative_size: mean `tokens` of the partition's calls over the mean of the preview's.
        limits: `models.limits`; time follows from its concurrency and its rates.
        price: of the stage's model.
    """
    if not paid.calls:
        return None
    per_call = calls / paid.calls
    tokens_in = round(paid.tokens_in * per_call * relative_size)
    # The fixed part alone is cached, and it does not grow with the conversation.
    tokens_cached = min(tokens_in, round(paid.tokens_cached * per_call))
    tokens_out = round(paid.tokens_out * per_call)
    minutes = max(
        calls / (limits.requests_per_minute or math.inf),
        (tokens_in + tokens_out) / (limits.tokens_per_minute or math.inf),
    )
    return Estimate(
        calls=calls,
        tokens_in=tokens_in,
        tokens_cached=tokens_cached,
        tokens_out=tokens_out,
        cost=cost_of(price, Usage(tokens_in, tokens_out, tokens_cached)) if price else None,
        seconds=max(60 * minutes, paid.mean_seconds * calls / limits.max_concurrency),
    )
