"""What axe finds in a page as it stands that keeps somebody from using it."""

from __future__ import annotations

from typing import Any

import pytest

SERIOUS = {"serious", "critical"}


def serious_findings(page: Any) -> list[tuple[str, list[str]]]:
    """Each rule that is broken seriously, and the first elements that break it.

    Without axe the test is skipped, and says so.
    """
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="ACCESSIBILITY NOT TESTED: no axe"
    )
    found = axe.Axe().run(page).response["violations"]
    return [
        (one["id"], [node["html"][:120] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in SERIOUS
    ]
