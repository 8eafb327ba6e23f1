"""The page's plots: static SVG, drawn from numbers alone, coloured by class.

A policy that allows one style by hash allows no style attribute: places and sizes are attributes of
SVG's own, colours are the style sheet's.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from clio_assets.safety.report.words import shown

LETTER = 6.6
"""Pixels that a letter of a label takes, on average; a wide one of East Asia takes two."""
LINE = 15.0
LONGEST_LABEL = 26
ARROWS = {"above": "\N{BLACK UP-POINTING TRIANGLE} ", "below": "\N{BLACK DOWN-POINTING TRIANGLE} "}
"""So that colour is not all that tells them apart."""


@dataclass(frozen=True)
class Disc:
    """A topic in the scatter; `mark` is "above", "below" or "" and decides colour and label."""

    x: float
    y: float
    weight: float
    name: str
    mark: str = ""


@dataclass(frozen=True)
class Bar:
    """A day of a monitor."""

    label: str
    value: int
    alert: bool


def scatter(discs: Sequence[Disc], width: int, height: int, said: str) -> Markup:
    """Share flagged across, mean concern up, a topic's conversations as area.

    Args:
        discs: x from 0 to 1, y from 1 to 5.
        width, height: pixels; a phone gets a drawing of its own, so that letters keep their size.
        said: what a screen reader says of it.
    """
    left, right, top, bottom = 44.0, 14.0, 12.0, 44.0
    ticks_x = _ticks(0.0, max([0.1, *(disc.x for disc in discs)]))
    ticks_y = _ticks(1.0, max([1.5, *(disc.y for disc in discs)]))
    across, up = width - left - right, height - top - bottom
    # Most topics are hardly flagged and hardly concerning: their discs stay off the axes.
    off = 12.0

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            left + off + (across - off) * x / ticks_x[-1],
            top + (up - off) * (1 - (y - 1) / (ticks_y[-1] - 1)),
        )

    parts = [
        f'<line class="grid" x1="{at(x, 1)[0]:.1f}" x2="{at(x, 1)[0]:.1f}" y1="{top}" '
        f'y2="{top + up}"/><text class="tick" text-anchor="middle" x="{at(x, 1)[0]:.1f}" '
        f'y="{top + up + 17}">{100 * x:g}</text>'
        for x in ticks_x
    ]
    parts += [
        f'<line class="grid" x1="{left}" x2="{left + across}" y1="{at(0, y)[1]:.1f}" '
        f'y2="{at(0, y)[1]:.1f}"/><text class="tick" text-anchor="end" x="{left - 8}" '
        f'y="{at(0, y)[1] + 4:.1f}">{y:g}</text>'
        for y in ticks_y
    ]
    parts.append(
        f'<text class="axis" text-anchor="middle" x="{left + across / 2}" y="{height - 6}">'
        "share flagged, %</text>"
        f'<text class="axis" text-anchor="middle" transform="translate(13 {top + up / 2}) '
        'rotate(-90)">mean concern</text>'
    )
    largest = max((disc.weight for disc in discs), default=1) or 1
    biggest = min(width, height) / 28
    placed = [
        (*at(disc.x, disc.y), max(3.0, biggest * math.sqrt(disc.weight / largest)), disc)
        for disc in discs
    ]
    # Large ones first and marked ones last, so that nothing that matters is covered.
    placed.sort(key=lambda one: (bool(one[3].mark), -one[2]))
    parts += [
        f'<circle class="disc {disc.mark}" cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}">'
        f"<title>{escape(shown(disc.name))}</title></circle>"
        for x, y, r, disc in placed
    ]
    box = (left, top, left + across, top + up)
    parts += _labels(placed[::-1], box)
    return _svg(width, height, said, parts, "plot")


def interval_bar(value: float, low: float | None, high: float | None, most: float) -> Markup:
    """A bar up to `value` with its interval as a line, on a scale that ends at `most`."""
    ends = [min(100 * part / most, 100.0) for part in (value, low or 0.0, high or 0.0)]
    parts = [f'<rect class="bar" y="3" height="8" width="{ends[0]:.1f}"/>']
    if low is not None and high is not None:
        parts.append(f'<line class="whisker" x1="{ends[1]:.1f}" x2="{ends[2]:.1f}" y1="7" y2="7"/>')
    return _stretched(100, 14, parts, "intervals")


def sparkline(values: Sequence[float | None], most: float, said: str) -> Markup:
    """A line over days of one scale; a day without a value is a gap."""
    step = 100 / max(len(values) - 1, 1)
    points = [
        None if value is None else (at * step, 27 - 24 * min(value / most, 1.0))
        for at, value in enumerate(values)
    ]
    path, before = "", None
    for point in points:
        if point is not None:
            path += f"{'M' if before is None else 'L'}{point[0]:.1f} {point[1]:.1f}"
            # A day between two gaps is a dot: a line of no length with round ends.
            path += "h0" if before is None else ""
        before = point
    parts = ['<line class="base" x1="0" x2="100" y1="27" y2="27"/>']
    parts += [f'<path class="line" d="{path}"/>'] if path else []
    return _stretched(100, 30, parts, "sparkline", said)


def day_bars(bars: Sequence[Bar], said: str) -> Markup:
    """A bar a day, from 0; days that alerted are marked by colour and by a mark below."""
    most = max((bar.value for bar in bars), default=0) or 1
    step = 300 / max(len(bars), 1)
    parts = ['<line class="base" x1="0" x2="300" y1="64" y2="64"/>']
    for at, bar in enumerate(bars):
        height = 62 * bar.value / most
        x, width = at * step + step * 0.1, step * 0.8
        alert = " alert" if bar.alert else ""
        parts.append(
            f'<rect class="day{alert}" x="{x:.2f}" width="{width:.2f}" y="{64 - height:.1f}" '
            f'height="{height:.1f}"><title>{escape(shown(bar.label))}</title></rect>'
        )
        if bar.alert:
            parts.append(f'<rect class="alert" x="{x:.2f}" width="{width:.2f}" y="67" height="4"/>')
    return _stretched(300, 71, parts, "days", said)


Placed = tuple[float, float, float, Disc]
Box = tuple[float, float, float, float]


def _labels(placed: Sequence[Placed], box: Box) -> list[str]:
    """Names beside the marked discs, none over another; the table has those without a place.

    Where there is no place free of all discs, one over those that have no name will do.
    """
    around = [(x - r, y - r, x + r, y + r) for x, y, r, _ in placed]
    marked = [one for one in placed if one[3].mark]
    taken = [own for own, one in zip(around, placed, strict=True) if one[3].mark]
    parts = []
    for x, y, r, disc in marked:
        text = ARROWS[disc.mark] + _shortened(shown(disc.name))
        half = _wide(text) * LETTER / 2
        places = (
            (x + r + 5, y - LINE / 2),
            (x - r - 5 - 2 * half, y - LINE / 2),
            *((x - half, y + way * (r + 3) - (LINE if way < 0 else 0)) for way in (-1, 1)),
            *((x + r + 3, y + way * LINE) for way in (-1.4, 0.6)),
            *((x - r - 3 - 2 * half, y + way * LINE) for way in (-1.4, 0.6)),
        )
        boxes = [(start, above, start + 2 * half, above + LINE) for start, above in places]
        free = [
            own
            for others in (taken + around, taken)
            for own in boxes
            if _inside(own, box) and not any(_over(own, other) for other in others)
        ]
        if free:
            taken.append(free[0])
            parts.append(
                f'<text class="label" x="{free[0][0]:.1f}" y="{free[0][1] + 11.5:.1f}">'
                f"{escape(text)}</text>"
            )
    return parts


def _inside(one: Box, box: Box) -> bool:
    return one[0] >= box[0] and one[1] >= box[1] and one[2] <= box[2] and one[3] <= box[3]


def _over(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _wide(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)


def _shortened(text: str) -> str:
    while _wide(text) > LONGEST_LABEL:
        text = text.rstrip("\N{HORIZONTAL ELLIPSIS}")[:-1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
    return text


def _ticks(first: float, last: float) -> list[float]:
    """Four to seven round numbers from `first` to `last` or a little beyond."""
    rough = (last - first) / 5
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * by for by in (1, 2, 5, 10) if size * by >= rough - 1e-12)
    return [
        round(first + at * step, 6) for at in range(math.ceil((last - first) / step - 1e-9) + 1)
    ]


def _svg(width: int, height: int, said: str, parts: Sequence[str], kind: str) -> Markup:
    return Markup(  # noqa: S704 - numbers, and text that was escaped
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(shown(said))}">{"".join(parts)}</svg>'
    )


def _stretched(width: int, height: int, parts: Sequence[str], kind: str, said: str = "") -> Markup:
    """A drawing without letters, as wide as there is room."""
    told = f'role="img" aria-label="{escape(shown(said))}"' if said else 'aria-hidden="true"'
    return Markup(  # noqa: S704 - numbers, and text that was escaped
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" preserveAspectRatio="none" {told}>'
        f"{''.join(parts)}</svg>"
    )
