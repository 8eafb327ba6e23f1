"""Children forked from a process that has imported everything, to be killed at any instant."""

from __future__ import annotations

import json
import os
import select
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HANG_SECONDS = 300.0
"""I6: whatever takes longer is a hang, and is counted as one."""

_moments = -1


@dataclass(frozen=True)
class Outcome:
    """How a child ended: killed, with a value, or with an error (type and message)."""

    killed: bool
    seconds: float
    value: Any = None
    error: str | None = None
    message: str = ""


class Child:
    """A process group of its own, running `work` and answering with its JSON value.

    What it prints goes to `log`, or with None to where the parent's goes.
    """

    def __init__(
        self, work: Callable[[], Any], log: Path | None, limit: float = HANG_SECONDS
    ) -> None:
        self._limit = limit
        answers, answer = os.pipe()
        self.moments, moment = os.pipe()
        self.started = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(answers)
            os.close(self.moments)
            _be_child(work, log, answer, moment, limit)
        # Here and in the child: whichever comes first, before anybody kills the group.
        with suppress(OSError):
            os.setpgid(self.pid, self.pid)
        os.close(answer)
        os.close(moment)
        self._answers = answers

    def kill(self, *, group: bool = True) -> None:
        """SIGKILL the child, by default with every process it has started."""
        if group:
            os.killpg(self.pid, signal.SIGKILL)
        else:
            os.kill(self.pid, signal.SIGKILL)

    def kill_after(self, seconds: float, *, group: bool = True) -> Outcome:
        """Kill once `seconds` have passed since the start, unless it has ended by then."""
        left = self.started + seconds - time.monotonic()
        select.select([self._answers], [], [], max(0.0, left))
        self.kill(group=group)
        return self.outcome()

    def ended(self) -> bool:
        """True once it has answered or is gone; `outcome` then returns at once."""
        return bool(select.select([self._answers], [], [], 0.0)[0])

    def moment(self) -> bool:
        """Wait for the child's next `announce`; False where it ended without one."""
        ready, _, _ = select.select([self.moments], [], [], HANG_SECONDS)
        return bool(ready) and bool(os.read(self.moments, 1))

    def outcome(self) -> Outcome:
        """Wait for the end; a child that hangs is killed and says so."""
        answer = b""
        while True:
            left = self.started + self._limit - time.monotonic()
            ready, _, _ = select.select([self._answers], [], [], max(0.0, left))
            if not ready:
                self.kill()
                answer = b'{"error": "Hang", "message": "it did not end in time"}'
                break
            if not (piece := os.read(self._answers, 65_536)):
                break
            answer += piece
        os.close(self._answers)
        os.close(self.moments)
        _, status = os.waitpid(self.pid, 0)
        seconds = time.monotonic() - self.started
        if not answer:
            return Outcome(killed=os.WIFSIGNALED(status), seconds=seconds)
        return Outcome(killed=False, seconds=seconds, **json.loads(answer))


def announce() -> None:
    """Tell the parent, from inside a child, that something worth a kill is about to happen."""
    os.write(_moments, b"!")


def alive(group: int) -> bool:
    """True while a process of the group runs; one that ended and waits to be reaped does not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of_group = stat.read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(of_group) == group and state not in "ZX":
            return True
    return False


def _be_child(
    work: Callable[[], Any], log: Path | None, answer: int, moment: int, limit: float
) -> None:
    global _moments
    try:
        os.setpgid(0, 0)
        # Should nobody be left to kill it.
        signal.alarm(int(limit) + 60)
        _moments = moment
        if log:
            out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(out, 1)
            os.dup2(out, 2)
        try:
            told = json.dumps({"value": work()})
        except BaseException as error:
            traceback.print_exc()
            told = json.dumps({"error": type(error).__name__, "message": str(error)})
        with os.fdopen(answer, "wb") as pipe:
            pipe.write(told.encode())
    finally:
        os._exit(0)
