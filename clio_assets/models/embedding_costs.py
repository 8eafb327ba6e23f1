"""What vectors from an endpoint cost a run: rows of the ledger, and the budget kept beforehand."""

from __future__ import annotations

import time
from pathlib import Path

from clio_assets.models.call_store import CallRecord, CallStore
from clio_assets.models.endpoint_embedding import EmbeddingUse
from clio_assets.models.prices import Budget, Usage, check_prices, cost_of
from clio_assets.models.settings import ModelSettings
from clio_assets.models.tokens import estimate_tokens


class EmbeddingCosts:
    """The `Payer` of one run and partition; a row of the ledger is a request of many texts.

    Raises:
        ConfigError: `models.max_cost_per_run` is set, and the model has no price.
    """

    def __init__(
        self, settings: ModelSettings, model: str, store: Path, run_id: str, partition: str
    ) -> None:
        check_prices(settings, [model])
        self._price = settings.prices.get(model)
        self._model, self._run_id, self._partition = model, run_id, partition
        self._store = CallStore(store)
        self._budget = Budget(self._store, run_id, settings.max_cost_per_run)

    def close(self) -> None:
        """Close the ledger."""
        self._store.close()

    async def reserve(self, texts: list[str]) -> float:
        """Set aside what a request costs at most: a token is at least a byte of text.

        Raises:
            BudgetError: the request could pass `models.max_cost_per_run`.
        """
        worst = 0.0
        if self._price and self._budget.limited:
            most = Usage(tokens_in=sum(len(text.encode()) + 2 for text in texts))
            worst = cost_of(self._price, most)
        await self._budget.reserve(worst)
        return worst

    def paid(self, texts: list[str], use: EmbeddingUse, set_aside: float) -> None:
        """Note what a request has cost."""
        said = use.tokens_in
        tokens = sum(map(estimate_tokens, texts)) if said is None else said
        usage = Usage(tokens_in=tokens, estimated=said is None)
        record = CallRecord(
            run_id=self._run_id,
            partition=self._partition,
            stage="embeddings",
            model_asked=self._model,
            model_served=use.model,
            prompt_version="",
            schema_version="",
            tokens_in=tokens,
            tokens_out=0,
            tokens_cached=0,
            estimated=usage.estimated,
            cost=cost_of(self._price, usage) if self._price else None,
            price_input=self._price.input if self._price else None,
            price_cached_input=None,
            price_output=None,
            latency_seconds=use.latency_seconds,
            retries=use.retries,
            outcome="ok",
            reason="",
            created_at=time.time_ns() // 1_000,
        )
        self._store.note(record, set_aside)
        self._budget.settled()

    def unpaid(self, set_aside: float) -> None:
        """Give back what was set aside for a request that brought no vectors."""
        self._budget.settled(unused=set_aside)
