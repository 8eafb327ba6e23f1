"""The page as an analyst opens it, ready to be used and asked what it shows."""

from __future__ import annotations

import csv
import io
import itertools
from pathlib import Path
from typing import Any

from benchmarks.browser import Visit

WIDE = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}


class Opened(Visit):
    """A page all of whose data is unpacked."""

    def __init__(self, browser: Any, index: Path | str, **options: Any) -> None:
        super().__init__(browser, index, **options)
        self.ready()

    def ready(self) -> None:
        """Wait for what is drawn after the first picture; a release without topics has nothing."""
        if self.page.locator("#tree").count():
            self.page.wait_for_selector("html[data-ready]", state="attached")

    def at(self, fragment: str) -> None:
        """Open another address of the same page, as if from a bookmark."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}#{fragment}")
        self.ready()

    def title_of_panel(self) -> str:
        """The topic that the panel is about."""
        return str(self.page.locator("#panel h2").first.evaluate("node => node.firstChild.data"))

    def shown(self) -> dict[str, Any]:
        """What the map holds: labels, discs and how near one is."""
        found: dict[str, Any] = self.page.evaluate("document.getElementById('canvas').shown()")
        return found

    def view(self, name: str) -> None:
        """Press the button of a view."""
        self.page.locator(f"#views [data-view={name}]").click()

    def all_rows(self, view: str) -> None:
        """Ask a long list for all of its portions."""
        self.page.evaluate(
            """view => {
              const more = document.querySelector(`#${view} .more`);
              while (more && !more.hidden) more.click();
            }""",
            view,
        )

    def saved(self, button: str) -> bytes:
        """The file that a press on CSV or PNG saves."""
        with self.page.expect_download() as download:
            self.page.locator(button).click()
        return Path(download.value.path()).read_bytes()

    def saved_rows(self) -> list[dict[str, str]]:
        """The rows of the view as CSV gives them."""
        text = self.saved("#csv").decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def policy_refuses_script(self) -> bool:
        """True where the page's policy is in force: a script put into it does not run."""
        disposition, directive, owned = self.page.evaluate(
            """async () => {
                const said = new Promise(done => document.addEventListener(
                    "securitypolicyviolation",
                    event => done([event.disposition, event.effectiveDirective]), {once: true}));
                const script = document.createElement("script");
                script.textContent = "window.owned = 1";
                document.head.append(script);
                return [...await said, window.owned ?? null];
            }"""
        )
        return disposition == "enforce" and directive.startswith("script-src") and owned is None

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


def assert_apart(labels: list[dict[str, Any]]) -> None:
    """Fail where two names on the map lie over each other."""
    for a, b in itertools.combinations(labels, 2):
        across = min(a["right"], b["right"]) - max(a["left"], b["left"])
        down = min(a["bottom"], b["bottom"]) - max(a["top"], b["top"])
        assert across <= 0 or down <= 0, (a["text"], b["text"])
