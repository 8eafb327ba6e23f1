"""The page as an analyst opens it, ready to be used and asked what it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.browser import Visit

WIDE = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}


class Opened(Visit):
    """A page all of whose data is unpacked."""

    def __init__(self, browser: Any, index: Path, **options: Any) -> None:
        super().__init__(browser, index, **options)
        self.ready()

    def ready(self) -> None:
        """Wait for what is drawn after the first picture; a release without topics has nothing."""
        if self.page.locator("#tree").count():
            self.page.wait_for_selector("html[data-ready]", state="attached")

    def at(self, fragment: str) -> None:
        """Open another address of the same page, as if from a bookmark."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.index.as_uri()}#{fragment}")
        self.ready()

    def title_of_panel(self) -> str:
        """The topic that the panel is about."""
        return str(self.page.locator("#panel h2").first.evaluate("node => node.firstChild.data"))

    def shown(self) -> dict[str, Any]:
        """What the map holds: labels, discs and how near one is."""
        found: dict[str, Any] = self.page.evaluate("document.getElementById('canvas').shown()")
        return found

    def until(self, expression: str) -> None:
        """Wait until it is true; asked from outside, because the page's policy forbids `eval`."""
        for _ in range(100):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(30)
        raise AssertionError(f"never true: {expression}")

    def fragment(self) -> str:
        """The address as it stands once typing and zooming have paused."""
        self.page.wait_for_timeout(300)
        return str(self.page.evaluate("decodeURIComponent(location.hash.slice(1))"))
