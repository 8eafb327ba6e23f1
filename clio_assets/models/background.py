"""An event loop in a thread of its own, for synchronous callers.

The caller's thread does nothing but wait, so that a signal is noticed at once, whatever it raises
there (KeyboardInterrupt, Dagster's own), and also where that thread has a loop already, as in a
notebook. The loop lives as long as its owner: connections are kept from one batch to the next.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import wait
from contextlib import suppress
from typing import Any, TypeVar

_GRACE_SECONDS = 5.0
"""What is in flight when a run is stopped may still be answered: it will be paid for anyway."""
_END_SECONDS = 2.0

T = TypeVar("T")


class Background:
    """The loop and its thread; a daemon, so that it never keeps a process from ending."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="clio-models", daemon=True
        )
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], stop: Callable[[], None]) -> T:
        """Run `work` in the loop and return its result.

        An exception that interrupts the waiting calls `stop` in the loop, gives `work` some
        seconds to end of itself, then cancels it, and is raised again.
        """
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            if not future.done():
                self._loop.call_soon_threadsafe(stop)
                try:
                    wait([future], timeout=_GRACE_SECONDS)
                finally:
                    future.cancel()
            raise

    def close(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Cancel what still runs, run `last`, and end the thread."""
        if self._loop.is_closed():
            return
        future = asyncio.run_coroutine_threadsafe(self._end(last), self._loop)
        with suppress(TimeoutError):
            future.result(timeout=_END_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=_END_SECONDS)
        if not self._thread.is_alive():
            self._loop.close()

    async def _end(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await last()
