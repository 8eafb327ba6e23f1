"""One attempt at a call: wait for a turn, send, read the reply, tell the gate how it went."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from clio_assets.models.calls import Call
from clio_assets.models.endpoint import Endpoint, Reply
from clio_assets.models.fault_sentences import config_error
from clio_assets.models.faults import Fault
from clio_assets.models.limits import Gate
from clio_assets.models.pace import paces_of
from clio_assets.models.prices import tokens_of
from clio_assets.models.rate_headers import remaining
from clio_assets.models.settings import ModelSettings, StageModel
from clio_assets.models.structured import Dialect, Reading, dialect_of, read_reply, request_body

_CONNECT_ROUNDS = 3
"""Pauses after which a host that has never answered is a wrong setting, about two seconds."""
_OF_ONE_CALL = {"schema_refused", "temperature"}
"""Codes that cannot be a setting's fault once the same schema was answered."""


@dataclass(frozen=True)
class Attempt:
    """What came of it, and the seconds from sending to the last byte."""

    result: Reading | Fault
    seconds: float


class Sender:
    """The way to the endpoint for all calls of a client."""

    def __init__(self, settings: ModelSettings) -> None:
        limits = settings.limits
        self._settings = settings
        self._endpoint = Endpoint(settings, limits.max_concurrency, limits.deadline_seconds)
        self._address = settings.address
        self._known: set[tuple[str, str]] = set()
        self._reached = False
        self.gate = Gate(
            limits.max_concurrency, limits.deadline_seconds, *paces_of(self._address, limits)
        )

    async def send(self, call: Call, asked: StageModel, seconds: float) -> Attempt:
        """Make one attempt, which may take `seconds` once it has a turn.

        Raises:
            ConfigError: no call can be answered as things are set.
            GaveUp: the endpoint answers nobody.
            Stopped: nothing may be sent any more.
        """
        dialect = dialect_of(self._address, asked.model)
        if self._pair(call, asked) not in self._known:
            self.gate.doubt()
        tokens = tokens_of(call) + asked.max_output_tokens
        sent = await self.gate.enter(tokens)
        used = None
        try:
            as_sent = replace(dialect)
            reply = await self._endpoint.post(
                "/chat/completions", request_body(call, asked, as_sent), seconds
            )
            taken = time.monotonic() - sent
            result = reply.fault or read_reply(reply.content, reply.headers, call)
            if isinstance(result, Reading):
                dialect.read(result)
                used = result.usage.tokens_in + result.usage.tokens_out
            self._tell_gate(result, reply, sent)
        finally:
            self.gate.leave(tokens, used)
        if isinstance(result, Fault):
            result = self._judged(result, call, asked, dialect, as_sent)
        elif result.reason != "no_completion" and not dialect.in_question(result):
            self._known.add(self._pair(call, asked))
        return Attempt(result, taken)

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()

    def _tell_gate(self, result: Reading | Fault, reply: Reply, sent: float) -> None:
        self._reached = self._reached or reply.reached
        self.gate.heard(remaining(reply.headers, "requests"), remaining(reply.headers, "tokens"))
        if isinstance(result, Reading):
            if result.reason == "no_completion":
                self.gate.faulted(sent, None, result.reason)
            else:
                self.gate.answered(sent)
        elif result.kind == "pushback":
            self.gate.pushed_back(sent, result.wait)
        elif result.kind in {"again", "unreachable"}:
            self.gate.faulted(sent, result.wait, result.reason)
        else:
            self.gate.answered(sent)

    def _judged(
        self, fault: Fault, call: Call, asked: StageModel, dialect: Dialect, as_sent: Dialect
    ) -> Fault:
        """Return the fault as its call should take it; raise what stops every call."""
        if fault.kind == "downgrade":
            return fault if dialect.lower(fault.reason, as_sent) else replace(fault, kind="call")
        if fault.kind == "everything":
            if fault.reason in _OF_ONE_CALL and self._pair(call, asked) in self._known:
                return replace(fault, kind="call")
            raise config_error(fault.reason, call, self._settings)
        never = fault.kind == "unreachable" and not self._reached
        if never and self.gate.rounds >= _CONNECT_ROUNDS:
            raise config_error(fault.reason, call, self._settings)
        return fault

    @staticmethod
    def _pair(call: Call, asked: StageModel) -> tuple[str, str]:
        return asked.model, call.schema.name
