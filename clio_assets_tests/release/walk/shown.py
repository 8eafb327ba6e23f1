"""Whether a text on the page says what a table says."""

from __future__ import annotations

import math
import re
import unicodedata

_NUMBER = re.compile(r"([+−-]?)(\d[\d,]*(?:\.\d+)?(?:e-?\d+)?)")  # noqa: RUF001


def numbers(text: str) -> list[tuple[float, float]]:
    """Each figure in a text, and half a unit of its last digit."""
    found = []
    for sign, digits in _NUMBER.findall(text):
        plain = digits.replace(",", "")
        step = 10.0 ** -len(plain.partition(".")[2])
        found.append((float(plain) * (1 if sign in ("", "+") else -1), step / 2))
    return found


def agrees(text: str, *values: float) -> bool:
    """True where these are the figures of a text, as precisely as it writes them."""
    shown = numbers(text)
    return len(shown) == len(values) and all(
        math.isclose(figure, value, abs_tol=half * 1.001, rel_tol=0)
        for (figure, half), value in zip(shown, values, strict=True)
    )


def percent_change(ratio: float) -> float:
    """A ratio of shares as the page says it: 1.2 is 20 % more."""
    return 100 * (ratio - 1)


def plain(text: str) -> str:
    """Letters alone, as a search compares them."""
    parts = unicodedata.normalize("NFD", text)
    return "".join(one for one in parts if not unicodedata.category(one).startswith("M")).lower()
