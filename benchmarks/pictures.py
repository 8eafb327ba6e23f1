"""The README's pictures, taken from the demo: the asset graph in Dagster's UI, and the report.

The explorer's own views, for docs/explorer.md, and the safety report are of invented ones.

python -m benchmarks.pictures
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import safety_pictures
from benchmarks.browser import browser
from benchmarks.dagster_server import ROOT, dagster_server
from benchmarks.explorer_pictures import PICTURES, take
from clio_assets.config import load_settings
from clio_assets.release.bundle import latest_bundle
from clio_assets.storage.layout import Layout


def main() -> int:
    """Write docs/pictures: graph.png, report.png, the explorer's views and the safety report."""
    settings = load_settings(ROOT / "clio.yaml")
    layout = Layout(settings.home, settings.period)
    published = [latest_bundle(layout.bundles, period) for period in layout.periods()]
    bundle = next((path for path in reversed(published) if path), None)
    if bundle is None:
        print("There is no report to picture: run `make demo` first.")
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    home = settings.home / "dagster"
    with browser() as chromium:
        with tempfile.TemporaryDirectory() as folder:
            take(chromium, Path(folder))
            safety_pictures.take(chromium, Path(folder) / "safety")
        page = chromium.new_page(viewport={"width": 1400, "height": 900})
        page.goto((bundle / "index.html").as_uri())
        page.screenshot(path=PICTURES / "report.png")
        with dagster_server(ROOT / "clio.yaml", home, Path(home) / "pictures.log") as server:
            page.set_viewport_size({"width": 2000, "height": 1240})
            page.goto(f"{server.url}/asset-groups", wait_until="networkidle")
            page.wait_for_timeout(5_000)
            # The UI's own shortcut: expand all groups.
            page.keyboard.press("Alt+KeyE")
            page.wait_for_timeout(8_000)
            page.screenshot(path=PICTURES / "graph.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
