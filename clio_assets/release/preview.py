"""A small picture of released sizes, for the page of an asset in Dagster's UI."""

from __future__ import annotations

import base64
from xml.sax.saxutils import escape

import polars as pl

_SHOWN = 20
_ROW = 20
_NAME, _BAR, _FIGURE = 300, 300, 60
_STYLE = (
    "text{font:12px sans-serif;fill:#3b434c}rect{fill:#3f6fb5}"
    "@media(prefers-color-scheme:dark){text{fill:#c3cad2}rect{fill:#86b4ff}}"
)


def sizes_plot(topics: pl.DataFrame) -> str:
    """Bars of the largest released topics as a markdown image, a data URI of a few kilobytes.

    `topics` has `name`, `level` and `conversations` (rounded, as released); only the finest level
    is drawn. An empty release gives a sentence instead of an empty picture.
    """
    finest = topics.filter(pl.col("level") == 0).sort(
        ["conversations", "name"], descending=[True, False]
    )
    if finest.is_empty():
        return "No topic was large enough to publish."
    shown = finest.head(_SHOWN).select("name", "conversations").rows()
    most = max(1, shown[0][1])
    lines = [_bar(index, name, size, most) for index, (name, size) in enumerate(shown)]
    if len(finest) > len(shown):
        lines.append(_text(0, len(shown), f"and {len(finest) - len(shown)} smaller topics"))
    width, height = _NAME + _BAR + _FIGURE, _ROW * len(lines) + 4
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><style>{_STYLE}</style>{"".join(lines)}</svg>'
    )
    encoded = base64.b64encode(picture.encode()).decode()
    return f"![Sizes of the released topics](data:image/svg+xml;base64,{encoded})"


def _bar(index: int, name: str, size: int, most: int) -> str:
    clipped = name if len(name) <= 44 else name[:43] + "…"
    length = round(_BAR * size / most, 1)
    return (
        _text(0, index, clipped)
        + f'<rect x="{_NAME}" y="{_ROW * index + 5}" width="{length}" height="12" rx="2"/>'
        + _text(_NAME + length + 6, index, f"{size:,}")
    )


def _text(x: float, index: int, content: str) -> str:
    # Characters that XML forbids would spoil the whole picture.
    legal = "".join(character for character in content if character.isprintable())
    return f'<text x="{x}" y="{_ROW * index + 15}">{escape(legal)}</text>'
