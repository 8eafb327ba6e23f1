"""Taking a released period back, so that it can be released anew."""

from __future__ import annotations

from clio_assets.config import Settings
from clio_assets.privacy.cells import CELLS
from clio_assets.privacy.door import DECISIONS, TOPICS
from clio_assets.privacy.usage import USAGE
from clio_assets.release.bundle import withdraw_bundles
from clio_assets.release.tables import PERIOD_KEY
from clio_assets.storage.layout import Layout
from clio_assets.storage.releases import ReleaseStore


def release_store(layout: Layout) -> ReleaseStore:
    """The releases so far, with the door's tables."""
    cells = {"period": TOPICS["period"], **CELLS}
    return ReleaseStore(
        layout.releases,
        {
            "released_topics": TOPICS,
            "released_cells": cells,
            "released_decisions": DECISIONS,
            "released_model_usage": USAGE,
        },
    )


def withdraw_period(settings: Settings, period: str) -> str:
    """Remove a period from the releases; say what happened and what to do next."""
    layout = Layout(settings.home, settings.period)
    # First what people see: whoever kills this leaves a period that is hidden and not the reverse.
    hidden = PERIOD_KEY.fullmatch(period) is not None and withdraw_bundles(layout.bundles, period)
    if not release_store(layout).withdraw(period) and not hidden:
        return f"{period} is not released; nothing changed."
    return (
        f"{period} is withdrawn. Materialize `released_topics` and what follows to release it "
        "anew. Whoever kept the first release can compare the two."
    )
