"""What every asset does around its one function: name its errors, measure itself, tell counts."""

from __future__ import annotations

import functools
import re
import resource
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError

from clio_assets.config import ConfigError
from clio_assets.conversations.source_files import SourceError
from clio_assets.models.calls import BudgetError
from clio_assets.models.endpoint_embedding import EmbeddingError
from clio_assets.privacy.door import DoorClosed
from clio_assets.privacy.figures import FEWEST_TOLD, rounded
from clio_assets.privacy.pseudonyms import AccountKeyError
from clio_assets.storage.duckfile import Schema, StorageError

EXPECTED = (
    AccountKeyError,
    BudgetError,
    ConfigError,
    DoorClosed,
    EmbeddingError,
    SourceError,
    StorageError,
)
KEY = re.compile(r"\d{4}-\d{2}-\d{2}")
OWNERS = ["team:data-platform"]
PRIVATE = {"zone": "private"}
RELEASE = {"zone": "release"}
ONE_A_RUN = dg.BackfillPolicy.multi_run(max_partitions_per_run=1)
"""A run over several partitions would give the checks one verdict for all of them."""

RELEASE_POOL = "release"
"""One run at a time from the door to the published database (dagster.yaml)."""


def step(compute: Callable[..., dg.MaterializeResult]) -> Callable[..., dg.MaterializeResult]:
    """Wrap an asset's function: check its key, tell its errors safely, measure its cost."""

    @functools.wraps(compute)
    def measured(context: dg.AssetExecutionContext, *args: Any, **kwargs: Any) -> Any:
        if context.has_partition_key and not KEY.fullmatch(context.partition_key):
            raise dg.Failure("A partition key is a day, YYYY-MM-DD.", allow_retries=False)
        started = time.monotonic()
        _reset_peak()
        with told_safely():
            result = compute(context, *args, **kwargs)
        cost = {"seconds": round(time.monotonic() - started, 2), "peak_mib": _peak_mib()}
        return result._replace(metadata={**(result.metadata or {}), **cost})

    return measured


@contextmanager
def told_safely() -> Iterator[None]:
    """Let no exception carry the text of a conversation into Dagster's event log.

    Our own errors are sentences for people, and permanent: no retry mends a missing key. Of any
    other exception only the type and the lines of code are told, because the message may quote a
    row (a DuckDB cast error does).
    """
    try:
        yield
    except EXPECTED as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    except (dg.Failure, KeyboardInterrupt, SystemExit, DagsterExecutionInterruptedError):
        raise
    except BaseException as error:
        # A panic of Polars is no `Exception`, and quotes a value as well as one.
        raise dg.Failure(_where(error)) from None


def private_count(count: int) -> int | str:
    """A count of something private as it may be told: none, "< 50", or rounded to 5."""
    if 0 < count < FEWEST_TOLD:
        return f"< {FEWEST_TOLD}"
    return rounded(count, 5)


def private_rows(rows: int) -> dict[str, Any]:
    """Row count of a private table as metadata: rounded to 5, "< 50" below 50."""
    told = private_count(rows)
    return {"dagster/row_count" if isinstance(told, int) else "rows": told}


def columns(schema: Schema) -> dict[str, Any]:
    """Column schema as Dagster shows it."""
    return {
        "dagster/column_schema": dg.TableSchema(
            columns=[dg.TableColumn(name, str(kind)) for name, kind in schema.items()]
        )
    }


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    lines = [f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in frames]
    return (
        f"{type(error).__name__} at {' < '.join(reversed(lines))}. The message is withheld: it "
        "may quote a conversation."
    )


def _reset_peak() -> None:
    """Start the kernel's memory high-water mark anew (Linux; elsewhere it is the process's)."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def _peak_mib() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))
        if found:
            return int(found[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
