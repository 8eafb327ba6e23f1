"""Bundles and the index through `clio serve` in a real browser: policy in force, all quiet."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from benchmarks.browser import Visit
from clio_assets_tests.release.opened import PHONE, WIDE, Opened
from clio_assets_tests.release.serve.serving import NEWEST, Served, published, serving

playwright = pytest.importorskip("playwright.sync_api", reason="PAGE NOT TESTED: no playwright")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("home")
    published(home)
    with serving(home) as running:
        yield running


def test_a_bundle_opens_with_its_policy_in_force(browser: Any, served: Served) -> None:
    address = f"http://127.0.0.1:{served.port}/{NEWEST}/v1/"
    visit = Opened(browser, address, viewport=WIDE)
    assert visit.page.title() == "Topics, 4 November 2026"
    visit.assert_silent()
    assert visit.policy_refuses_script()
    asked = "path => fetch(path).then(() => 'answered', () => 'refused')"
    assert visit.page.evaluate(asked, "/") == "refused"


class _Elsewhere(BaseHTTPRequestHandler):
    """A page of another origin that may do as it likes."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def elsewhere(browser: Any) -> Iterator[Visit]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    Thread(target=server.serve_forever).start()
    try:
        yield Visit(browser, f"http://127.0.0.1:{server.server_port}/")
    finally:
        server.shutdown()
        server.server_close()


def test_another_sites_page_can_neither_frame_nor_load_it(elsewhere: Visit, served: Served) -> None:
    page = elsewhere.page
    own = "fetch('/').then(() => 'answered', () => 'refused')"
    assert page.evaluate(own) == "answered"
    asked = "url => fetch(url, {mode: 'no-cors'}).then(() => 'answered', () => 'refused')"
    table = f"http://127.0.0.1:{served.port}/{NEWEST}/v1/topics.csv"
    assert page.evaluate(asked, table) == "refused"
    assert any("NotSameOrigin" in said for said in elsewhere.complaints)

    elsewhere.complaints.clear()
    page.evaluate(
        """url => new Promise(done => {
            const frame = document.createElement("iframe");
            frame.onload = done;
            frame.src = url;
            document.body.append(frame);
        })""",
        f"http://127.0.0.1:{served.port}/{NEWEST}/v1/",
    )
    assert any("frame-ancestors" in said for said in elsewhere.complaints)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_index_fits_and_leads_to_a_bundle(
    browser: Any, served: Served, tmp_path: Path, viewport: dict[str, int], scheme: str
) -> None:
    address = f"http://localhost:{served.port}/"
    visit = Visit(browser, address, viewport=viewport, color_scheme=scheme)
    page = visit.page
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    assert page.evaluate("document.styleSheets.length") == 1
    page.screenshot(path=tmp_path / "index.png")
    page.locator("summary").first.click()
    assert page.locator("details[open] a").count() >= 13
    with page.expect_download() as saved:
        page.locator("details[open] a[href$='/topics.csv']").click()
    assert saved.value.suggested_filename == f"{NEWEST}-v1-topics.csv"
    page.get_by_role("link", name="4 November 2026").click()
    assert page.url == f"{address}{NEWEST}/v1/"
    assert visit.complaints == []
    assert {url.split("/")[2] for url in visit.asked_others} <= {f"localhost:{served.port}"}
