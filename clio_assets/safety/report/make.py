"""Writing the report: whole or not at all, readable by its own user alone."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from clio_assets.config import Settings
from clio_assets.safety.report.figures import MonitorFigures, read_figures
from clio_assets.safety.report.monitors import monitor_figures
from clio_assets.safety.report.page import render_report
from clio_assets.safety.zone import SafetyZone
from clio_assets.storage.closed import closed_folder


def make_report(
    settings: Settings, zone: SafetyZone, monitors: Sequence[MonitorFigures] | None = None
) -> Path:
    """Make the page from what is there now, and return where it is.

    `monitors` are those of clio.yaml unless given.

    Raises:
        StorageError: a file is damaged, or a row of the audit was changed; the old page stays.
    """
    watched = monitor_figures(settings, zone) if monitors is None else monitors
    page = render_report(read_figures(settings, zone, watched))
    place = zone.report
    # A file of its own for each writer: an asset and a command may write at once.
    descriptor, name = tempfile.mkstemp(prefix=".index.", dir=closed_folder(place.parent))
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(page)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return place
