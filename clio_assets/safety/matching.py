"""Which conversations a monitor watches: by words, facets and concern, then by a question."""

from __future__ import annotations

import re

import polars as pl

from clio_assets.facets.extract import user_text
from clio_assets.facets.screener import SCREENED, kept_out
from clio_assets.models.calls import Ask
from clio_assets.models.settings import ModelSettings
from clio_assets.privacy.text_support import UNSPACED
from clio_assets.safety.settings import MonitorSettings
from clio_assets.storage.fingerprint import fingerprint

MATCHES = "matches"
"""The table, and the step that makes it; what comes of it begins its fingerprint alike."""


def conditions_of(monitor: MonitorSettings) -> str:
    """Name what a monitor matches, whatever it alerts about and whenever it looks."""
    wanted = {"words", "facets", "least_concern", "question"}
    return fingerprint(conditions=monitor.model_dump(include=wanted))


def filtered(
    conversations: pl.DataFrame, facets: pl.DataFrame, monitor: MonitorSettings
) -> pl.DataFrame:
    """Return the `conversations` that words, facets and concern let through, in their order.

    One without facets, as no model answered for it, is let through by none of them.

    Args:
        conversations: conversation_id, messages and whatever else.
        facets: conversation_id, and the facets that the monitor names.
        monitor: the conditions; all that are set must hold.
    """
    holds = [pl.col(name).is_in(values) for name, values in monitor.facets.items()]
    if monitor.least_concern is not None:
        holds.append(pl.col("concern") >= monitor.least_concern)
    fit = (facets.filter(holds) if holds else facets).select("conversation_id")
    there = conversations.join(fit, on="conversation_id", how="semi", maintain_order="left")
    if not monitor.words:
        return there
    return there.filter(user_text(pl.col("messages")).str.contains(_any_of(monitor.words)))


def answered_yes(
    conversations: pl.DataFrame, models: ModelSettings, ask: Ask
) -> tuple[set[str], set[str]]:
    """Return the ids of which a model says yes, and of those about which it gave no answer.

    What is asked is `models.question`, here the monitor's own.

    Raises:
        BudgetError: `models.max_cost_per_run` would be passed.
        ConfigError: the question leaves no room for a conversation.
    """
    said = dict(conversations.select("conversation_id", "messages").iter_rows())
    out = kept_out(said, models, ask)
    silent = {item for item, outcome in out.items() if outcome.outcome != SCREENED}
    return set(said) - set(out), silent


def _any_of(words: list[str]) -> str:
    """Match any of the words whole; where a script has no spaces, anywhere in it."""
    # Escaped for Rust's expressions, which know every escape of ASCII punctuation.
    spelled = [r"\s+".join(re.escape(part) for part in word.split()) for word in words]
    edge = rf"[\W{UNSPACED}]"
    return rf"(?i)(?:^|{edge})(?:{'|'.join(spelled)})(?:{edge}|$)"
