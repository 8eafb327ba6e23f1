"""The way people type: some write in lower case, some mistype."""

from __future__ import annotations

from random import Random

_LOWER_CASE = 0.10
_MISTYPED = 0.15


def with_slips(text: str, rng: Random) -> str:
    """Return the text as a careless or a careful writer would have typed it."""
    mood = rng.random()
    if mood < _LOWER_CASE:
        return text.lower().rstrip(".")
    if mood < _LOWER_CASE + _MISTYPED:
        return _mistyped(text, rng)
    return text


def _mistyped(text: str, rng: Random) -> str:
    """Swap two neighbouring letters in up to two words."""
    letters = list(text)
    for _ in range(rng.randint(1, 2)):
        place = rng.randrange(1, max(len(letters) - 1, 2))
        pair = letters[place : place + 2]
        if len(pair) == 2 and all(letter.isascii() and letter.isalpha() for letter in pair):
            letters[place : place + 2] = reversed(pair)
    return "".join(letters)
