"""One call from its first attempt to what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from clio_assets.models.calls import Call
from clio_assets.models.faults import Fault
from clio_assets.models.limits import GaveUp, backoff
from clio_assets.models.prices import Budget, Usage, cost_of, estimated_usage, worst_usage
from clio_assets.models.sending import Sender
from clio_assets.models.settings import LimitSettings, Price, StageModel
from clio_assets.models.structured import Reading

_FRESH_TRIES = 2
"""More attempts where an answer was none: one that is invalid thrice is not bad luck."""


@dataclass
class Spent:
    """What a call has used so far, whatever becomes of it."""

    usage: Usage = field(default_factory=Usage)
    set_aside: float = 0.0
    """US dollars reserved for it."""
    seconds: float = 0.0
    attempts: int = 0


class Asking:
    """The attempts of one call; `spent.set_aside` is reserved for it before the first.

    Its deadline runs while an attempt is in flight and between attempts, not while it waits for
    its first turn or while the endpoint makes everybody wait: how long that may be is the gate's
    affair. One attempt may take half of it, so that a reply that hangs leaves time for another.
    """

    def __init__(
        self,
        call: Call,
        asked: StageModel,
        price: Price | None,
        limits: LimitSettings,
        sender: Sender,
        budget: Budget,
    ) -> None:
        self._call, self._asked = call, asked
        self._limits, self._sender, self._budget = limits, sender, budget
        worst = worst_usage(call, asked.max_output_tokens)
        self._worst_cost = cost_of(price, worst) if price and budget.limited else 0.0
        self._left = limits.deadline_seconds
        self._lost = 0
        self._invalid = 0
        self._pushed_back = 0
        self._answers_seen = sender.gate.answers
        self.spent = Spent(set_aside=self._worst_cost)

    async def result(self) -> Reading:
        """Return what became of the call.

        Raises:
            ConfigError: no call can be answered as things are set.
            Stopped: nothing may be sent any more.
        """
        while True:
            result = await self._attempt()
            if isinstance(result, Reading):
                if result.outcome != "invalid" or not self._may_ask_afresh():
                    return replace(result, usage=self.spent.usage)
            elif result.kind == "refused":
                return Reading("refused", self.spent.usage, reason=result.reason)
            elif not await self._may_try_again(result):
                return Reading("failed", self.spent.usage, reason=result.reason)

    async def _attempt(self) -> Reading | Fault:
        seconds = min(self._limits.deadline_seconds / 2, self._left)
        try:
            attempt = await self._sender.send(self._call, self._asked, seconds)
        except GaveUp as gave_up:
            return Fault("call", str(gave_up))
        result = attempt.result
        self.spent.attempts += 1
        self.spent.seconds += attempt.seconds
        self._left -= attempt.seconds
        if isinstance(result, Reading):
            self.spent.usage += result.usage
        elif result.may_be_paid:
            lost = replace(
                estimated_usage(self._call, ""), tokens_out=self._asked.max_output_tokens
            )
            self.spent.usage += lost
        return result

    def _may_ask_afresh(self) -> bool:
        self._invalid += 1
        return self._invalid <= _FRESH_TRIES and self._left > 0 and self._may_pay_again()

    async def _may_try_again(self, fault: Fault) -> bool:
        """Decide after a fault, and wait as long as it takes until the next attempt."""
        if fault.may_be_paid and not self._may_pay_again():
            return False
        match fault.kind:
            case "downgrade":
                return True
            case "pushback":
                return not self._pushed_back_alone()
            case "again" | "unreachable":
                return await self._rested(fault)
        return False

    async def _rested(self, fault: Fault) -> bool:
        self._lost += 1
        seconds = max(backoff(self._lost - 1), fault.wait or 0)
        if self._lost > self._limits.max_retries or seconds >= self._left:
            return False
        await self._sender.gate.rest(seconds)
        self._left -= seconds
        return True

    def _pushed_back_alone(self) -> bool:
        """True for a call that is refused again and again while others are answered."""
        answers = self._sender.gate.answers
        if answers != self._answers_seen:
            self._answers_seen = answers
            self._pushed_back += 1
        return self._pushed_back > self._limits.max_retries

    def _may_pay_again(self) -> bool:
        """Reserve another attempt's worst case on top of what may have been spent."""
        if not self._budget.extend(self._worst_cost):
            return False
        self.spent.set_aside += self._worst_cost
        return True
