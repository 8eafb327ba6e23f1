"""The client that asks models: pays once, stores every answer before it is used, keeps its limits.

    with ModelClient(settings, store_path, key, run_id, partition) as client:
        answers = client.ask(calls)

Synchronous outside; inside, up to `models.limits.max_concurrency` calls are in flight. Each is
stored in the turn of the event loop in which its reply was read, so a process killed at any instant
has paid at most for what was in flight.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from weakref import WeakValueDictionary

import orjson

from clio_assets.models.asking import Asking, Spent
from clio_assets.models.background import Background
from clio_assets.models.call_store import CallRecord, CallStore, Kept
from clio_assets.models.calls import Answer, Call
from clio_assets.models.identity import answer_identity, endpoint_name, question_identity
from clio_assets.models.limits import Stopped
from clio_assets.models.prices import Budget, check_prices, cost_of
from clio_assets.models.sending import Sender
from clio_assets.models.settings import ModelSettings, StageModel
from clio_assets.models.structured import Reading

KEPT = frozenset({"ok", "refused"})
"""Outcomes that are answers: the others are asked again next time."""


class ModelClient:
    """Asks the models of one run; `ask` is an `Ask`.

    `key` keys the identities of calls (see `identity`); `run_id` and `partition` are what the
    ledger's rows say, and `run_id` is whose spending `models.max_cost_per_run` limits.

    Raises:
        ConfigError: the key or a price is missing.
        StorageError: the call store is damaged.
    """

    def __init__(
        self, settings: ModelSettings, store_path: Path, key: bytes, run_id: str, partition: str
    ) -> None:
        self._settings = settings
        self._asked = {stage: settings.of(stage) for stage in settings.stages}
        check_prices(settings, [asked.model for asked in self._asked.values()])
        self._endpoint = endpoint_name(settings)
        self._key, self._run_id, self._partition = key, run_id, partition
        self._sender = Sender(settings)
        self._store = CallStore(store_path)
        self._budget = Budget(self._store, run_id, settings.max_cost_per_run)
        self._being_asked: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()
        self._stopped_by: Exception | None = None
        self._background = Background()

    def __enter__(self) -> ModelClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections and the store; what is answered is kept."""
        self._background.close(self._sender.close)
        self._store.close()

    def ask(self, calls: Sequence[Call]) -> list[Answer]:
        """Return one answer a call, in their order; what was answered before costs nothing.

        Raises:
            ConfigError: a setting is wrong for every call: the key, a model's name, the address.
            BudgetError: the next call could pass `models.max_cost_per_run`.
            StorageError: the call store cannot be read or written.
        """
        return self._background.run(self._ask(calls), stop=self._sender.gate.stop)

    async def _ask(self, calls: Sequence[Call]) -> list[Answer]:
        self._sender.gate.try_again()
        answers: dict[int, Answer] = {}
        turns = iter(enumerate(calls))
        # Twice the concurrency: some wait between two attempts and leave their slot to others.
        most = 2 * self._settings.limits.max_concurrency
        await asyncio.gather(*(self._work(turns, answers) for _ in range(min(most, len(calls)))))
        if self._stopped_by is not None:
            raise self._stopped_by
        if self._sender.gate.stopped:
            raise Stopped
        return [answers[place] for place in range(len(calls))]

    async def _work(self, turns: Iterator[tuple[int, Call]], answers: dict[int, Answer]) -> None:
        try:
            for place, call in turns:
                if self._sender.gate.stopped:
                    return
                answers[place] = await self._answer(call)
        except Stopped:
            return
        except Exception as error:
            # Raised by `_ask`, once what is in flight has ended.
            self._stopped_by = self._stopped_by or error
            self._sender.gate.stop()

    async def _answer(self, call: Call) -> Answer:
        """Return the answer that is kept, or ask; calls that are the same take turns."""
        asked = self._asked[call.stage]
        question = question_identity(self._key, self._endpoint, asked, call)
        async with self._being_asked.setdefault(question, asyncio.Lock()):
            served = self._store.served(self._endpoint, asked.model)
            if kept := self._store.find(answer_identity(self._key, question, served)):
                await asyncio.sleep(0)  # a thousand answers found in a row are not a standstill
                return _kept_answer(call, kept, asked.model)
            return await self._pay(call, asked, question)

    async def _pay(self, call: Call, asked: StageModel, question: bytes) -> Answer:
        price = self._settings.prices.get(asked.model)
        asking = Asking(call, asked, price, self._settings.limits, self._sender, self._budget)
        await self._budget.reserve(asking.spent.set_aside)
        try:
            reading = await asking.result()
        except Exception:
            # Everything stops, for this call's reason or another's; what it cost is noted.
            if asking.spent.attempts:
                stopped = Reading("failed", asking.spent.usage, reason="stopped")
                self._record(call, asked, question, asking.spent, stopped)
            else:
                self._budget.settled(unused=asking.spent.set_aside)
            raise
        model = self._record(call, asked, question, asking.spent, reading)
        return Answer(call.item, reading.outcome, reading.value, model, reading.reason)

    def _record(
        self, call: Call, asked: StageModel, question: bytes, spent: Spent, reading: Reading
    ) -> str:
        """Store the ledger's row and the answer, under the identity of who gave it; name that."""
        price = self._settings.prices.get(asked.model)
        record = CallRecord(
            run_id=self._run_id,
            partition=self._partition,
            stage=call.stage,
            model_asked=asked.model,
            model_served=reading.model,
            prompt_version=call.prompt_version,
            schema_version=call.schema.version,
            tokens_in=reading.usage.tokens_in,
            tokens_out=reading.usage.tokens_out,
            tokens_cached=reading.usage.tokens_cached,
            estimated=reading.usage.estimated,
            cost=cost_of(price, reading.usage) if price else None,
            price_input=price.input if price else None,
            price_cached_input=price.cached_input if price else None,
            price_output=price.output if price else None,
            latency_seconds=spent.seconds,
            retries=max(0, spent.attempts - 1),
            outcome=reading.outcome,
            reason=reading.reason,
            created_at=time.time_ns() // 1_000,
        )
        served = reading.model or self._store.served(self._endpoint, asked.model)
        name = answer_identity(self._key, question, served)
        kept = None
        if reading.outcome in KEPT:
            value = None if reading.value is None else orjson.dumps(reading.value)
            kept = Kept(reading.outcome, value, served, reading.reason)
        self._store.record(record, spent.set_aside, self._endpoint, name, kept)
        self._budget.settled()
        return served or asked.model


def _kept_answer(call: Call, kept: Kept, asked: str) -> Answer:
    value = None if kept.value is None else orjson.loads(kept.value)
    return Answer(call.item, kept.outcome, value, kept.model or asked, kept.reason, cached=True)
