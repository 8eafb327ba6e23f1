"""clio.duckdb, the file analysts open: built aside by dbt, checked, and renamed into place.

A reader that has the old file open keeps reading it (docs/reliability.md, F09); one that opens
the path finds the old file or the new one, never a part.

    with publishing(layout):
        target = new_target(layout)
        ...  # `dbt build` with dbt_environment(layout, target)
        publish(target, layout.warehouse)
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from clio_assets.storage.closed import closed_folder
from clio_assets.storage.duckfile import LOCKED_DOWN, log_of
from clio_assets.storage.errors import StorageError
from clio_assets.storage.layout import Layout
from clio_assets.storage.locks import held
from clio_assets.storage.releases import check_releases

TABLES = frozenset({
    "released_periods", "released_topics", "released_cells", "released_decisions",
    "released_model_usage", "topics_by_period", "topic_trends", "facet_breakdown", "facet_lift",
    "movers", "topic_lineage", "coverage", "model_usage",
})  # fmt: skip
"""What readers may rely on; a build that lacks one of them is not published."""

ORPHAN_SECONDS = 60.0
"""How long the dbt of a killed run may go on; a build takes a few seconds."""

_TARGET = "CLIO_DBT_TARGET"


@contextmanager
def publishing(layout: Layout) -> Iterator[None]:
    """Hold this while building and publishing: one process at a time, and the releases stand still.

    The second lock is the one under which the door writes: DuckDB refuses a writer while dbt
    reads. So nothing inside the block may open the releases through `DuckFile`.

    Raises:
        StorageError: another process held a lock for ten minutes, or the releases are damaged.
    """
    folder = closed_folder(layout.warehouse.parent)
    with held(folder / ".publish.lock"), held(Path(f"{layout.releases}.lock")):
        # dbt would say it at greater length, and not what to do.
        if layout.releases.exists():
            check_releases(layout.releases)
        yield


def target_path(layout: Layout) -> Path:
    """Where the next warehouse is built: beside the published one, so that a rename suffices.

    The name is always the same, because dbt reads its whole project again (3 of 7 s) whenever the
    path in its profile is another than the last time.
    """
    return layout.warehouse.with_name(".building.duckdb")


def new_target(layout: Layout) -> Path:
    """Clear what a killed build left behind and return `target_path`. Call it under `publishing`.

    The dbt of a run that was killed may still be alive. It ends by itself, so it is waited for.

    Raises:
        StorageError: it has not ended after `ORPHAN_SECONDS`.
    """
    target = target_path(layout)
    deadline = time.monotonic() + ORPHAN_SECONDS
    # Removing a file in use would let two processes share the name of its write-ahead log.
    while _in_use(target):
        if time.monotonic() > deadline:
            raise StorageError(
                f"{target} is being written by a process that a stopped run left behind: let it "
                "end, then run again."
            )
        time.sleep(0.2)
    for leftover in (target, log_of(target)):
        leftover.unlink(missing_ok=True)
    return target


def dbt_environment(layout: Layout, target: Path) -> dict[str, str]:
    """The variables that dbt_project/profiles.yml reads; add them to the process's own."""
    return {_TARGET: str(target), "CLIO_DBT_RELEASED": str(layout.releases)}


def publish(target: Path, warehouse: Path) -> None:
    """Check what was built, make it durable, and put it in `warehouse`'s place.

    After a failure the old warehouse is as it was.

    Raises:
        StorageError: the build is missing, still open, or not the tables readers rely on.
    """
    _check(target)
    target.chmod(0o600)
    _sync(target)
    # Left by somebody who wrote into the published file: DuckDB would apply it to the new one.
    log_of(warehouse).unlink(missing_ok=True)
    target.replace(warehouse)
    _sync(warehouse.parent)


def _check(target: Path) -> None:
    """Write the log into the file, and refuse anything but whole tables."""
    if not target.is_file():
        raise StorageError(f"{target} was not built: run `dbt build` first.")
    try:
        with duckdb.connect(str(target), config=LOCKED_DOWN) as con:
            con.execute("CHECKPOINT")
            tables = _names(con, "SELECT table_name FROM duckdb_tables()")
            # A view would look for the catalog, whose name follows the file's and so changes.
            views = _names(con, "SELECT view_name FROM duckdb_views() WHERE NOT internal")
    except duckdb.Error:
        raise StorageError(
            f"{target} is damaged or still being written; the published warehouse is unchanged. "
            "Build again."
        ) from None
    if missing := sorted(TABLES - tables):
        raise StorageError(
            f"The build lacks {', '.join(missing)}; the published warehouse is unchanged. "
            "Build every model of dbt_project."
        )
    if views:
        raise StorageError(
            f"{', '.join(sorted(views))} must be a table, not a view: a view does not survive the "
            "file's renaming. The published warehouse is unchanged."
        )


def _names(con: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    return {name for (name,) in con.execute(query).fetchall()}


def _in_use(target: Path) -> bool:
    """True where another process builds `target`, or is about to."""
    if any(_builds(environ, target) for environ in Path("/proc").glob("[0-9]*/environ")):
        return True
    if not target.exists():
        return False
    try:
        duckdb.connect(str(target), config=LOCKED_DOWN).close()
    except duckdb.Error as error:
        return "could not set lock" in str(error).lower()
    return False


def _builds(environ: Path, target: Path) -> bool:
    """True where a process was started to build `target` (Linux): dbt reads its project for
    seconds before it opens the file.
    """
    try:
        variables = environ.read_bytes().split(b"\0")
    except OSError:  # another user's, or it has ended
        return False
    return f"{_TARGET}={target}".encode() in variables and int(environ.parent.name) != os.getpid()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
