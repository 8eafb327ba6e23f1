"""What calls cost, in US dollars, and the budget of a run.

A call's worst case is reserved before it is sent and settled when its answer is stored, so
`models.max_cost_per_run` is never passed, whatever is in flight. Both are rows of the call store:
the processes of one run share them.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import orjson

from clio_assets.config import ConfigError
from clio_assets.models.call_store import CallStore
from clio_assets.models.calls import BudgetError, Call
from clio_assets.models.settings import ModelSettings, Price
from clio_assets.models.tokens import estimate_tokens

_MILLION = 1_000_000
_FRAME_TOKENS = 300
"""Tokens that a chat template and the words around a schema add to what a call says itself."""


@dataclass(frozen=True)
class Usage:
    """Tokens of one or more attempts; `cached` ones are part of `tokens_in`."""

    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    estimated: bool = False
    """True where the server did not say, and some of the numbers are ours."""

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.tokens_cached + other.tokens_cached,
            self.estimated or other.estimated,
        )


def cost_of(price: Price, usage: Usage) -> float:
    """Return what `usage` costs; without a price of their own, cached tokens cost the full one."""
    cached = price.input if price.cached_input is None else price.cached_input
    fresh = usage.tokens_in - usage.tokens_cached
    return (
        fresh * price.input + usage.tokens_cached * cached + usage.tokens_out * price.output
    ) / _MILLION


def estimated_usage(call: Call, said: str) -> Usage:
    """The tokens of a call and of the answer `said`, where the server gives no number."""
    tokens_out = estimate_tokens(said) if said else 0
    return Usage(tokens_of(call), tokens_out, estimated=True)


def tokens_of(call: Call) -> int:
    """Return about how many tokens a call sends; its fixed part is counted once."""
    return _fixed_tokens(call.system) + estimate_tokens(call.user)


@lru_cache(maxsize=64)
def _fixed_tokens(system: str) -> int:
    return estimate_tokens(system)


def worst_usage(call: Call, max_output_tokens: int) -> Usage:
    """What one attempt can use at most: a token is at least one byte of text.

    The schema counts twice, for a server that takes it and is shown it as well.
    """
    shown = len(call.system.encode()) + len(call.user.encode())
    schema = len(orjson.dumps(call.schema.document))
    return Usage(shown + 2 * schema + _FRAME_TOKENS, max_output_tokens, estimated=True)


def check_prices(settings: ModelSettings, models: Iterable[str]) -> None:
    """See that a budget can be kept for what `models` are asked.

    Raises:
        ConfigError: `models.max_cost_per_run` is set, and one of them has no price.
    """
    if settings.max_cost_per_run is None:
        return
    if missing := [model for model in dict.fromkeys(models) if model not in settings.prices]:
        keys = ", ".join(f"`models.prices.{model}`" for model in missing)
        raise ConfigError(
            f"`models.max_cost_per_run` can only be kept where each model has a price: set {keys} "
            "(dollars per million tokens), or leave `models.max_cost_per_run` out."
        )


class Budget:
    """What one run may still spend; without a limit it lets everything pass."""

    def __init__(self, store: CallStore, run_id: str, most: float | None) -> None:
        self._store = store
        self._run_id = run_id
        self._most = most
        self._holding = 0
        self._settled = asyncio.Event()
        self._turnstile = asyncio.Lock()

    @property
    def limited(self) -> bool:
        """True where `models.max_cost_per_run` is set."""
        return self._most is not None

    async def reserve(self, dollars: float) -> None:
        """Set `dollars` aside for one call; waits while calls in flight may give some back.

        Raises:
            BudgetError: nothing of ours is in flight, and the call could pass the limit.
        """
        if self.limited:
            async with self._turnstile:
                await self._wait_for(dollars)
        self._holding += 1

    async def _wait_for(self, dollars: float) -> None:
        while not self.extend(dollars):
            if not self._holding:
                raise BudgetError(self._spent_sentence())
            self._settled.clear()
            await self._settled.wait()

    def extend(self, dollars: float) -> bool:
        """Set more aside for a call that holds some already; False where that could pass."""
        return self._most is None or self._store.reserve(self._run_id, dollars, self._most)

    def settled(self, unused: float = 0.0) -> None:
        """A call's reservation has become what it cost; `unused` is given back."""
        if unused:
            self._store.reserve(self._run_id, -unused, math.inf)
        self._holding -= 1
        self._settled.set()

    def _spent_sentence(self) -> str:
        spent, reserved = self._store.spent(self._run_id)
        killed = (
            f" and ${reserved:.4f} is set aside for calls that other processes have in flight or "
            "were killed with"
            if reserved > 1e-9
            else ""
        )
        return (
            f"The next call could pass `models.max_cost_per_run` (${self._most:.4f}): this run has "
            f"spent ${spent:.4f}{killed}. Every answer is kept and never paid for again. To go on, "
            "raise `models.max_cost_per_run` and materialize again."
        )
