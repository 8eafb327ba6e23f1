"""A picture of each view of the report's page, of an invented release: no demo is needed.

python -m benchmarks.explorer_pictures
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.browser import browser
from benchmarks.dagster_server import ROOT
from benchmarks.explorer_speed import bundle_of

PICTURES = ROOT / "docs" / "pictures"
WIDE = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}
VIEWS = {
    # Name -> topics, address, colours, viewport. {topic} is the largest leaf of the release.
    "explorer-map": (500, "topic={topic}", "light", WIDE),
    "explorer-overlay": (5000, "colour=language:es&lift=true", "dark", WIDE),
    "explorer-table": (500, "view=table&colour=language:ja&sort=-lift", "light", WIDE),
    "explorer-compare": (500, "view=compare&one=language:es&other=language:de", "light", WIDE),
    "explorer-languages": (14, "view=languages", "dark", WIDE),
    "explorer-phone": (14, "colour=growth", "light", PHONE),
}


def main() -> int:
    """Write docs/pictures/explorer-*.jpg."""
    with browser() as chromium, tempfile.TemporaryDirectory() as folder:
        take(chromium, Path(folder))
    return 0


def take(chromium: Any, folder: Path) -> None:
    """Picture every view with a browser that runs; `folder` is for the releases."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    indexes: dict[int, Path] = {}
    for name, (topics, address, scheme, viewport) in VIEWS.items():
        if topics not in indexes:
            (folder / str(topics)).mkdir()
            indexes[topics] = bundle_of(topics, folder / str(topics)) / "index.html"
        page = chromium.new_page(viewport=viewport, color_scheme=scheme)
        page.goto(indexes[topics].as_uri())
        topic = page.evaluate(_LARGEST)
        page.goto("about:blank")
        page.goto(f"{indexes[topics].as_uri()}#{address.format(topic=topic)}")
        page.wait_for_selector("html[data-ready]", state="attached")
        page.wait_for_timeout(500)
        page.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=82)
        page.close()


_LARGEST = """() => {
  const topics = JSON.parse(document.getElementById("data").textContent).topics;
  const parents = new Set(topics.map((topic) => topic.parent));
  return topics.find((topic) => !parents.has(topic.id)).id;
}"""


if __name__ == "__main__":
    sys.exit(main())
