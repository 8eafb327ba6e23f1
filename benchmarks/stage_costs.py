"""CPU, time and memory of a process by stage; standard library only, for other environments too."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StageCosts:
    """What each stage of this process cost, and its peak memory."""

    def __init__(self) -> None:
        self.stages: dict[str, dict[str, float]] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a stage: CPU-seconds of all threads and ended child processes, and seconds."""
        cpu, started = _cpu_seconds(), time.monotonic()
        yield
        self.stages[name] = {
            "cpu_seconds": round(_cpu_seconds() - cpu, 2),
            "seconds": round(time.monotonic() - started, 2),
        }

    def cpu_seconds(self, *names: str) -> float:
        """The CPU-seconds of some stages together."""
        return round(sum(self.stages[name]["cpu_seconds"] for name in names), 2)


def _cpu_seconds() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def peak_mib() -> int:
    """The most memory this process has held, MiB.

    Not `ru_maxrss`: a child begins with that of the process that it was forked from.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    kib = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return kib // 1024
