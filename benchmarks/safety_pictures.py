"""A picture of the safety report, of an invented zone: nobody's findings are pictured.

python -m benchmarks.safety_pictures
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.browser import browser
from benchmarks.explorer_pictures import PICTURES
from clio_assets.safety.report.make import make_report
from clio_assets_tests.safety.report_zone import filled_zone

SIZE = {"width": 1400, "height": 1000}


def main() -> int:
    """Write docs/pictures/safety-report.jpg."""
    with browser() as chromium, tempfile.TemporaryDirectory() as folder:
        take(chromium, Path(folder))
    return 0


def take(chromium: Any, folder: Path) -> None:
    """Picture concern against flag rate with a browser that runs; `folder` is for the zone."""
    zone = filled_zone(folder)
    page = chromium.new_page(viewport=SIZE)
    page.goto(f"{make_report(zone.settings, zone.zone, zone.monitors).as_uri()}#concern")
    page.screenshot(path=PICTURES / "safety-report.jpg", type="jpeg", quality=82)
    page.close()


if __name__ == "__main__":
    sys.exit(main())
