"""A-7: hostile names in the page. Past the gate, because the page must be inert on its own.

A release is invented; every text in it becomes a payload: names, summaries, ids, facets and their
values, periods, thresholds. Its page is opened in a browser and every part of it is pointed at,
focused and clicked. The same with each of the page's own defences taken away: the escaping of the
shell, that of the data block, `textContent`; without the Content-Security-Policy, where scripts
must run, and with it, where none may. What no policy stops is a `meta` that leads elsewhere.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import jinja2
import polars as pl
from markupsafe import Markup

from benchmarks.attacks.hostile_names import HOST, HOSTILE_NAMES
from benchmarks.attacks.outcome import Outcome
from benchmarks.browser import Visit, browser
from clio_assets.release.map_picture import map_picture
from clio_assets.release.page import render, render_page
from clio_assets.release.preview import sizes_plot
from clio_assets.release.tables import Release, read_release
from clio_assets_tests.release.marts import write_warehouse

PERIOD = "2026-11-03"
FEW = 12
SLOW_MS = 10_000
IDENTITIES = {"topic_id", "parent_id", "period"}
"""Kept apart: what is joined by them stays joined."""

DECIDED_BY = {"status", "period_kind"}
"""Fixed words of the page's own."""

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_TOUCH = """async () => {
  const kinds = ["pointerover", "mouseover", "mouseenter", "focusin", "click", "keydown"];
  for (const what of ["button", "[data-topic]", "[data-topic] .name", "a, summary, input"]) {
    for (const node of [...document.querySelectorAll(what)].slice(0, 12)) {
      for (const kind of kinds) node.dispatchEvent(new MouseEvent(kind, { bubbles: true }));
      if (node.focus) node.focus();
    }
  }
  dispatchEvent(new Event("beforeprint"));
  await new Promise((done) => setTimeout(done, 30));
}"""
_STRANGE = """(known) => [...document.querySelectorAll("*")].flatMap((node) => [
  node.localName, ...[...node.attributes].map((one) => `@${one.name}`)
]).filter((name) => !known.includes(name))"""
_NAMES = """() => [...new Set([...document.querySelectorAll("*")].flatMap((node) => [
  node.localName, ...[...node.attributes].map((one) => `@${one.name}`)
]))]"""

SEEN = ("executions", "requests", "complaints", "foreign elements")


def attack(folder: Path, small: bool) -> Outcome:
    """Every payload in our page, then in pages without one defence."""
    payloads = HOSTILE_NAMES[:: len(HOSTILE_NAMES) // FEW] if small else HOSTILE_NAMES
    release = read_release(write_warehouse(folder, periods=2, topics=8), PERIOD)
    with browser() as chromium:
        page = _watched(chromium, folder, "index.html")
        seen = _seen(page, payloads, release)
        pictures = _in_pictures(_watched(chromium, folder, "sizes.svg"), payloads)
        behind_policy, without = {}, {}
        for defence, absent in BROKEN.items():
            with absent():
                without[defence] = _won(page, payloads, release)
                again = sorted(without[defence])
                behind_policy[defence] = _won(page, again, release, policy=True)
    won = set().union(*without.values())
    return Outcome(
        held=not (seen.total() or pictures or any(behind_policy.values())),
        won_without=all(without.values()) and len(won) >= len(payloads) / 2,
        figures={
            "payloads": len(payloads),
            **{name: seen[name] for name in SEEN},
            "seen in Dagster's picture": pictures,
            "payloads that win without a policy and without": {
                defence: len(some) for defence, some in without.items()
            },
            "payloads that win at all": len(won),
            "payloads that run behind the policy alone": sum(map(len, behind_policy.values())),
        },
    )


def hostile(release: Release, payload: str) -> Release:
    """The release with `payload` in the place of every text in it."""
    row = release.row | dict.fromkeys(("mode", "profile", "code_version", "gate_version"), payload)
    limits = dict.fromkeys(json.loads(release.row["thresholds"]), payload)
    limits["max_account_share"] = 0.1
    return replace(
        release,
        row=row | {"thresholds": json.dumps(limits)},
        base_rates=_hostile_frame(release.base_rates, payload),
        tables={name: _hostile_frame(table, payload) for name, table in release.tables.items()},
    )


def _hostile_frame(frame: pl.DataFrame, payload: str) -> pl.DataFrame:
    texts = [name for name, kind in frame.schema.items()
             if kind == pl.String and name not in DECIDED_BY]  # fmt: skip
    said = {
        name: pl.when(pl.col(name) != "*").then(pl.lit(payload) + pl.col(name))
        if name in IDENTITIES
        else pl.when(pl.col(name).is_not_null()).then(pl.lit(payload))
        for name in texts
    }
    return frame.with_columns(
        chosen.otherwise(pl.col(name)).alias(name) for name, chosen in said.items()
    )


class _Watched(Visit):
    """A page that is opened again and again, notes what ran, and lets no request out."""

    ran = 0
    _loads = 0

    def __init__(self, browser: Any, file: Path) -> None:
        self.file = file
        super().__init__(browser, file)

    def before(self) -> None:
        self.page.expose_function("owned", self._owned)
        self.page.route("**/*", self._kept_in)

    def load(self, document: str, fragment: str = "", *, touch: bool = False) -> None:
        """Open another document, and forget what was seen of the one before."""
        from playwright.sync_api import TimeoutError as TookTooLong

        self.ran = 0
        self.complaints.clear()
        self.requests.clear()
        self.file.write_text(document, encoding="utf-8")
        self._loads += 1  # another fragment alone would be no other document
        address = f"{self.address}?{self._loads}#{quote(fragment)}"
        try:
            self.page.goto(address, timeout=SLOW_MS)
        except TookTooLong:
            # What a payload of the document before began can hold up the leaving of it for good.
            stuck = self.page
            self.watch(stuck.context.browser.new_page())
            stuck.close()
            self.page.goto(address)
        self.page.evaluate(_TOUCH) if touch else self.page.wait_for_timeout(15)

    @property
    def executed(self) -> bool:
        """True where something ran or opened a dialog."""
        return bool(self.ran) or any(told.startswith("a dialog") for told in self.complaints)

    def _owned(self, *_: Any) -> None:
        self.ran += 1

    def _kept_in(self, route: Any) -> None:
        inside = route.request.url.startswith(("file:", "data:", "about:", "blob:"))
        # An empty answer: an error page would stand in the way of the next document.
        route.continue_() if inside else route.fulfill(status=204)


def _watched(chromium: Any, folder: Path, name: str) -> _Watched:
    file = folder / name
    file.touch()
    return _Watched(chromium, file)


def _seen(page: _Watched, payloads: Sequence[str], release: Release) -> Counter[str]:
    """What our page does with each payload, in its data and in its address."""
    page.load(render_page(release, 1), touch=True)
    known = page.page.evaluate(_NAMES)
    seen: Counter[str] = Counter()
    for payload in payloads:
        page.load(render_page(hostile(release, payload), 1), payload, touch=True)
        seen["executions"] += page.ran
        seen["requests"] += len(page.asked_others)
        seen["complaints"] += len(page.complaints)
        seen["foreign elements"] += len(page.page.evaluate(_STRANGE, known))
    return seen


def _won(
    page: _Watched, payloads: Sequence[str], release: Release, *, policy: bool = False
) -> set[str]:
    """The payloads that ran or opened a dialog; without a policy also those that asked HOST."""
    won = set()
    for payload in payloads:
        document = render_page(hostile(release, payload), 1)
        page.load(document if policy else _POLICY.sub("", document))
        # What the policy stops is still listed as a request.
        asked = not policy and any(HOST in url for url in page.asked_others)
        if page.executed or asked:
            won.add(payload)
    return won


def _in_pictures(page: _Watched, payloads: Sequence[str]) -> int:
    """What ran or was asked for in the pictures on Dagster's pages of the release."""
    seen = 0
    for payload, drawn in product(payloads, (sizes_plot, map_picture)):
        topics = pl.DataFrame({
            "topic_id": ["t"], "parent_id": [None], "name": [payload], "level": [0],
            "conversations": [10], "x": [0.0], "y": [0.0],
        })  # fmt: skip
        encoded = drawn(topics).partition("base64,")[2].rstrip(")")
        page.load(base64.b64decode(encoded).decode())
        strange = page.page.evaluate(_STRANGE, _PICTURE)
        seen += page.ran + len(page.asked_others) + len(page.complaints) + len(strange)
    return seen


_PICTURE = [
    *("svg", "style", "text", "rect", "circle"),
    *(f"@{name}" for name in ("xmlns", "width", "height", "viewBox", "x", "y", "rx")),
    *(f"@{name}" for name in ("class", "cx", "cy", "r")),
]


@contextmanager
def _shell_unescaped() -> Iterator[None]:
    def environment(**options: Any) -> jinja2.Environment:
        return jinja2.Environment(**options | {"autoescape": False})  # noqa: S701 - the attack

    with patch.object(render, "Environment", environment):
        yield


@contextmanager
def _data_unescaped() -> Iterator[None]:
    def embedded(content: object) -> Markup:
        return Markup(json.dumps(content, ensure_ascii=False))  # noqa: S704 - the attack

    with patch.object(render, "embedded_json", embedded):
        yield


@contextmanager
def _names_as_markup() -> Iterator[None]:
    """What `innerHTML` in the one function that makes elements would do."""
    source = render.page_source
    appended = re.compile(r"node\.append\((\.\.\.content[^;]*)\);")

    def changed(name: str) -> str:
        text = source(name)
        if name != "dom.js":
            return text
        text, times = appended.subn(
            r"for (const part of [\1]) typeof part === 'string' "
            r"? node.insertAdjacentHTML('beforeend', part) : node.append(part);",
            text,
        )
        if not times:
            raise RuntimeError("dom.js has no place in which content is appended any more")
        return text

    with patch.object(render, "page_source", changed):
        yield


BROKEN = {
    "the shell's escaping": _shell_unescaped,
    "the data block's escaping": _data_unescaped,
    "textContent": _names_as_markup,
}
