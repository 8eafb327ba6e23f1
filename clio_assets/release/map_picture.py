"""Small pictures of the map of released topics, for the page of an asset in Dagster's UI.

Drawn as SVG text: nothing to install, a few kilobytes, sharp at any size. Dagster keeps metadata
for good, so it holds released rows only and has a limit.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from itertools import groupby
from math import pi, sqrt
from unicodedata import east_asian_width
from xml.sax.saxutils import escape

import polars as pl

_WIDTH, _HEIGHT = 640, 400
_MARGIN = 34
"""Also the largest radius, so that every disc is inside."""

_DISCS = 200
_THUMBED = 40
_AT_ONCE = 1_000
_LABELS = 14
_LETTERS = 26
_INKED = 0.12
"""The part of the picture that discs cover together."""

_LIGHT = ("2c43a7", "ec8924", "1b9178", "7a1718", "58285f", "3db3b9", "836402", "796abf")
_DARK = ("306dac", "feb244", "7eebc3", "9c535f", "d2a0fd", "3daeac", "9d894f", "857eec")
"""The page's own colours, which readers with every kind of sight tell apart."""


@dataclass(frozen=True)
class _Disc:
    x: float
    y: float
    radius: float
    colour: int
    name: str


def map_picture(topics: pl.DataFrame) -> str:
    """The finest released topics where the map has them, as a markdown image of under 25 KB.

    `topics` has `topic_id`, `parent_id`, `level`, `name`, `conversations`, `x` and `y`, as
    released. Area is size, colour the topic's group; the largest are labelled.
    """
    leaves = topics.filter(pl.col("level") == 0).sort(
        ["conversations", "topic_id"], descending=[True, False]
    )
    if leaves.is_empty():
        return "No topic was large enough to publish."
    discs = _placed(leaves.head(_DISCS), _groups(topics))
    left_out = len(leaves) - len(discs)
    note = f"The {len(discs)} largest of {len(leaves):,} topics" if left_out else ""
    picture = "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
            f'width="{_WIDTH}" height="{_HEIGHT}"><style>{_style()}</style>'
            f'<rect class="ground" width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>',
            *(_circle(disc) for disc in discs),
            *_labels(discs),
            _text(8, _HEIGHT - 8, note, "note") if note else "",
            "</svg>",
        ]
    )
    encoded = base64.b64encode(picture.encode()).decode()
    return f"![Map of the released topics](data:image/svg+xml;base64,{encoded})"


def map_thumbnail(topics: pl.DataFrame) -> str:
    """The largest discs of the same map, without names, as a markdown image of under 1,000 letters.

    Dagster 1.13 shows markdown of that length at once, and anything longer after a click.
    """
    leaves = topics.filter(pl.col("level") == 0).sort(
        ["conversations", "topic_id"], descending=[True, False]
    )
    if leaves.is_empty():
        return "No topic was large enough to publish."
    discs = _placed(leaves.head(_DISCS), _groups(topics), scale=0.5)
    for shown in range(min(len(discs), _THUMBED), 0, -1):
        by_colour = sorted(discs[:shown], key=lambda disc: disc.colour)
        groups = "".join(
            f"<path fill='#{_LIGHT[colour]}' d='{''.join(_dot(disc) for disc in same)}'/>"
            for colour, same in groupby(by_colour, key=lambda disc: disc.colour)
        )
        picture = (
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{_WIDTH // 2}' height='{_HEIGHT // 2}'"
            f" style='background:#fff'>{groups}</svg>"
        )
        encoded = base64.b64encode(picture.encode()).decode()
        image = f"![Map](data:image/svg+xml;base64,{encoded})"
        if len(image) < _AT_ONCE:
            break
    return image


def _groups(topics: pl.DataFrame) -> dict[str, int]:
    """The colour of each topic: that of its ancestor at the top, the largest having the first."""
    parents = dict(topics.select("topic_id", "parent_id").iter_rows())
    tops = topics.filter(pl.col("parent_id").is_null()).sort(
        ["conversations", "topic_id"], descending=[True, False]
    )["topic_id"]
    colours = {topic: number % len(_LIGHT) for number, topic in enumerate(tops)}

    def top(topic: str) -> str:
        # A parent that is not released itself leaves its children at the top.
        for _ in parents:
            if parents.get(topic) not in parents:
                break
            topic = parents[topic]
        return topic

    return {topic: colours.get(top(topic), 0) for topic in parents}


def _placed(leaves: pl.DataFrame, colours: dict[str, int], scale: float = 1.0) -> list[_Disc]:
    """Positions in a picture of `scale` times its size, both ways alike; discs cover a part."""
    width, height, margin = scale * _WIDTH, scale * _HEIGHT, scale * _MARGIN
    rows = leaves.select("x", "y", "conversations", "topic_id", "name").rows()
    left, bottom = min(row[0] for row in rows), min(row[1] for row in rows)
    wide = max(max(row[0] for row in rows) - left, 1e-9)
    high = max(max(row[1] for row in rows) - bottom, 1e-9)
    unit = min((width - 2 * margin) / wide, (height - 2 * margin) / high)
    across, down = (width - unit * wide) / 2, (height - unit * high) / 2
    area = _INKED * width * height / max(1, sum(row[2] for row in rows))
    return [
        _Disc(
            across + unit * (x - left),
            height - down - unit * (y - bottom),
            min(margin, max(2 * scale, sqrt(area * size / pi))),
            colours.get(topic, 0),
            name,
        )
        for x, y, size, topic, name in rows
    ]


def _circle(disc: _Disc) -> str:
    at = f'cx="{disc.x:.0f}" cy="{disc.y:.0f}" r="{disc.radius:.1f}"'
    return f'<circle class="c{disc.colour}" {at}/>'


def _dot(disc: _Disc) -> str:
    """A disc in a third less letters than a circle element: from its foot once around, but a dot.

    The flags of the arc and the step that ends it stand without spaces, as SVG paths may.
    """
    radius = max(1, round(disc.radius))
    return f"M{disc.x:.0f} {disc.y + radius:.0f}a{radius} {radius} 0 111 0"


def _labels(discs: list[_Disc]) -> list[str]:
    """Names under the largest discs, as far as they do not touch each other."""
    taken: list[tuple[float, float, float, float]] = []
    drawn = []
    for disc in discs:
        shown = disc.name if len(disc.name) <= _LETTERS else disc.name[: _LETTERS - 1] + "…"
        half = sum(12 if east_asian_width(letter) in "WF" else 6.4 for letter in shown) / 2
        x = min(max(disc.x, half + 4), _WIDTH - half - 4)
        for y in (disc.y + disc.radius + 12, disc.y - disc.radius - 4):
            box = (x - half, y - 12, x + half, y + 4)
            if y < _HEIGHT - 20 and y > 14 and not any(_touch(box, other) for other in taken):
                taken.append(box)
                drawn.append(_text(x, y, shown))
                break
        if len(drawn) == _LABELS:
            break
    return drawn


def _touch(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _text(x: float, y: float, content: str, kind: str = "") -> str:
    # Characters that XML forbids would spoil the whole picture.
    legal = "".join(character for character in content if character.isprintable())
    chosen = f' class="{kind}"' if kind else ""
    return f'<text{chosen} x="{x:.0f}" y="{y:.0f}">{escape(legal)}</text>'


def _style() -> str:
    """Light and dark, each on its own ground: Dagster's theme may be the other one."""

    def scheme(ground: str, ink: str, colours: tuple[str, ...]) -> str:
        fills = "".join(f".c{number}{{fill:#{value}}}" for number, value in enumerate(colours))
        return f".ground{{fill:#{ground}}}text{{fill:#{ink};stroke:#{ground}}}{fills}"

    return (
        "text{font:12px sans-serif;text-anchor:middle;paint-order:stroke;stroke-width:3px}"
        ".note{text-anchor:start;font-size:11px}circle{fill-opacity:.85}"
        f"{scheme('ffffff', '191c20', _LIGHT)}"
        f"@media(prefers-color-scheme:dark){{{scheme('171b1f', 'e6e8eb', _DARK)}}}"
    )
