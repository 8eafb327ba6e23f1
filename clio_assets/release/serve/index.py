"""The index of periods: a page without script, made anew for each visit."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from itertools import groupby

from clio_assets.release.page.inert import render_inert
from clio_assets.release.page.render import page_source
from clio_assets.release.serve.facts import Facts
from clio_assets.release.serve.shelf import (
    AbsentError,
    DamagedError,
    Edition,
    Period,
    Shelf,
)


@dataclass(frozen=True)
class _Version:
    folder: str
    whole: bool


@dataclass(frozen=True)
class _Row:
    """A period on the page; `facts` is None where its latest version is damaged."""

    key: str
    folder: str
    facts: Facts | None
    fault: str = ""
    files: dict[str, list[str]] = field(default_factory=dict)
    others: list[_Version] = field(default_factory=list)


def render_index(shelf: Shelf) -> bytes:
    """The page: periods newest first, each with its latest version and its other ones."""
    rows = [row for period in shelf.periods() if (row := _row(shelf, period))]
    own = (files(__package__) / "index.css").read_text(encoding="utf-8")
    style = f"{page_source('palette.css')}\n{own}"
    return render_inert(
        (files(__package__) / "index.html").read_text(encoding="utf-8"),
        style,
        rows=rows,
        most=max((row.facts.conversations for row in rows if row.facts), default=0),
    )


def _row(shelf: Shelf, period: Period) -> _Row | None:
    latest, *rest = period.manifests
    try:
        others = [_Version(folder, _whole(shelf, period.key, folder)) for folder in rest]
        edition = shelf.edition(period.key, latest)
    except DamagedError as error:
        return _Row(period.key, latest, None, fault=str(error), others=others)
    except AbsentError:
        # Withdrawn since the list was read.
        return None
    return _Row(period.key, latest, edition.facts, files=_tables(edition), others=others)


def _tables(edition: Edition) -> dict[str, list[str]]:
    """The files for other programs than a browser, by table: a CSV and a Parquet of each."""
    kinds = (".csv", ".csv.gz", ".parquet", ".json")
    names = sorted(name for name in edition.hashes if name.endswith(kinds))
    return {stem: list(group) for stem, group in groupby(names, key=lambda n: n.partition(".")[0])}


def _whole(shelf: Shelf, key: str, folder: str) -> bool:
    try:
        shelf.edition(key, folder)
    except DamagedError:
        return False
    return True
