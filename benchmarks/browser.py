"""A browser for tests, attacks and pictures: an installed one, else Playwright's own."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FOUND_BY = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_BROWSER = (
    "THE PAGE WAS NOT TESTED: no browser. Install chromium, or run `playwright install chromium`."
)
"""Why a test of the page is skipped."""

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Visit:
    """A page opened from a file or an address, with all it asked for and complained about."""

    def __init__(self, browser: Any, index: Path | str, **options: Any) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.address = index if isinstance(index, str) else index.as_uri()
        self.watch(browser.new_page(**options))
        self.page.goto(self.address)

    def watch(self, page: Any) -> None:
        """Take a page, with nothing loaded yet, and note what it asks for and complains about."""
        self.page = page
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._dismissed)
        self.before()

    def before(self) -> None:
        """Prepare the page; nothing is loaded yet."""

    @property
    def asked_others(self) -> list[str]:
        """What was requested besides the page itself."""
        asked = [url for url in self.requests if not url.startswith("data:")]
        return [url for url in asked if re.split("[?#]", url)[0] != self.address]

    def assert_silent(self) -> None:
        """Fail where the page asked for anything, ran into an error or opened a dialog."""
        assert self.complaints == []  # noqa: S101
        assert self.asked_others == []  # noqa: S101

    def _dismissed(self, dialog: Any) -> None:
        self.complaints.append(f"a dialog: {dialog.message}")
        dialog.dismiss()


@contextmanager
def browser() -> Iterator[Any]:
    """Yield a headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = next((found for name in FOUND_BY if (found := shutil.which(name))), None)
        running = playwright.chromium.launch(executable_path=path, args=QUIET)
        try:
            yield running
        finally:
            running.close()
