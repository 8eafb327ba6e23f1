"""`clio safety`: the queue, and the one way from a finding to its conversations."""

from __future__ import annotations

import sys
from argparse import Namespace

import polars as pl

from clio_assets.config import Settings
from clio_assets.safety.arguments import LINK, LOOK, QUEUE, REPORT, RUN, STATES
from clio_assets.safety.audit import Audit, Entry, ReasonError
from clio_assets.safety.linking import accounts_of
from clio_assets.safety.report.figures import topic_names, topic_of
from clio_assets.safety.report.make import make_report
from clio_assets.safety.report.words import finding_in_words, shown
from clio_assets.safety.review import (
    UnknownFindingError,
    conversations_of,
    queue,
    require_known,
)
from clio_assets.safety.zone import SafetyZone, open_zone
from clio_assets.storage.layout import Layout


def run_safety(settings: Settings, chosen: Namespace) -> int:
    """Write who asks and why to the audit, then do it; 1 where there is no reason.

    What shows nothing to anybody needs none.

    Raises:
        SafetyClosedError: the zone is off, or has no key of its own.
        StorageError: the audit was changed, or the conversations are gone.
    """
    zone = open_zone(settings)
    if chosen.safety_command == RUN:
        from clio_assets.safety.defs.in_process import run_safety_days

        return run_safety_days(settings, zone, chosen.first, chosen.last)
    audit = Audit(zone.audit, zone.key)
    of_all = chosen.safety_command in (QUEUE, REPORT)
    finding = "" if of_all else chosen.finding
    what = chosen.safety_command if of_all else chosen.decision or LOOK
    try:
        entry = audit.write(what, finding, chosen.reason or _asked())
    except ReasonError as error:
        print(error, file=sys.stderr)
        return 1
    try:
        _answer(settings, zone, audit, entry)
    except UnknownFindingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _answer(settings: Settings, zone: SafetyZone, audit: Audit, entry: Entry) -> None:
    if entry.what == QUEUE:
        _show(_in_words(queue(zone, audit, entry), Layout(settings.home, settings.period)))
    elif entry.what == REPORT:
        # It lists findings as the queue does; the page it makes shows this very entry.
        print(make_report(settings, zone))
    elif entry.what == LINK:
        _show(accounts_of(settings, zone, entry))
    elif entry.what == LOOK:
        _show(conversations_of(zone, Layout(settings.home, settings.period), entry))
    else:
        require_known(zone, entry.finding)
        print(f"{entry.finding} is {STATES[entry.what]}, by {entry.who}.")


def _in_words(findings: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """The queue as a person reads it; the findings' conversations are for `review`."""
    names = topic_names(layout, set(map(topic_of, findings["figures"])))
    said = [
        shown(finding_in_words(kind, figures, names))
        for kind, figures in findings.select("kind", "figures").iter_rows()
    ]
    return findings.select("finding", "day", "state", pl.Series("what was seen", said, pl.String))


def _asked() -> str:
    """A reason typed by whoever sits at a terminal; none where nobody does."""
    return input("Why? ") if sys.stdin.isatty() else ""


def _show(frame: pl.DataFrame) -> None:
    with pl.Config(
        tbl_rows=-1, tbl_cols=-1, fmt_str_lengths=2_000, tbl_width_chars=160,
        tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True,
    ):  # fmt: skip
        print(frame)
