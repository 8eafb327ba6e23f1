"""The HTML file: a shell escaped by Jinja2, our style and script inline, data in a JSON block."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from clio_assets.release.manifest import NOT_PEOPLE, counts_conversations
from clio_assets.release.page.content import (
    movers,
    page_content,
    previous_period,
    shown_periods,
)
from clio_assets.release.page.details import packed, page_details
from clio_assets.release.page.wording import change_line, headline, period_name, trust
from clio_assets.release.tables import Release

SCRIPTS = (
    *("dom.js", "words.js", "topics.js", "details.js", "chance.js"),
    *("state.js", "filters.js", "overlay.js"),
    *("camera.js", "labels.js", "map.js", "gestures.js", "tree.js"),
    *("rows.js", "table.js", "compare.js", "languages.js", "movers.js"),
    *("trend.js", "breakdown.js", "panel.js"),
    *("export.js", "picture.js", "main.js"),
)
"""Inlined in this order as one module, so none of them is global and none needs a build."""
STYLES = ("palette.css", "scales.css", "page.css")


def render_page(release: Release, version: int) -> str:
    """The page of one bundle: no outside host, no inline handler, no text taken for markup.

    Its Content-Security-Policy allows exactly this style and this script, by hash.
    """
    style = "\n".join(map(page_source, STYLES))
    script = "\n".join(page_source(name) for name in SCRIPTS)
    row = release.row
    previous = previous_period(release)
    moved = {status: len(topics) for status, topics in movers(release).items()}
    template = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True
    ).from_string(page_source("page.html"))
    return template.render(
        policy=(
            f"default-src 'none'; style-src '{policy_hash(style)}'; "
            f"script-src '{policy_hash(script)}'; img-src data:; "
            "base-uri 'none'; form-action 'none'"
        ),
        style=Markup(style),  # noqa: S704 - our own files, not data
        script=Markup(script),  # noqa: S704
        data=embedded_json(page_content(release)),
        details=packed(page_details(release, shown_periods(release))),
        period=period_name(row["period_kind"], row["period_start"], row["period_end"]),
        headline=headline(row, release.tables["topics"]),
        change=change_line(moved, previous["name"] if previous else None)
        if row["topics"]
        else None,
        notice=NOT_PEOPLE if counts_conversations(row) else None,
        trust=trust(row, version),
        topics=row["topics"],
    )


def embedded_json(content: object) -> Markup:
    """JSON for a script element that is data: no character in it can end the element.

    OWASP, "Cross Site Scripting Prevention": `<`, `>` and `&` as escapes; ASCII leaves no
    line separator for a script to stumble on.
    """
    text = json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def page_source(name: str) -> str:
    """One of the page's own files."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def policy_hash(text: str) -> str:
    """What a Content-Security-Policy names an inline style or script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
