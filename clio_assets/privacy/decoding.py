"""What a text may hide: the readings of it that a person would call an encoding.

Base64 (also URL-safe), hexadecimal, percent-encoding and reversal, each over what the others
gave, to a depth of two.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import unquote

DEPTH = 2
MAX_READINGS = 64
"""A released text has at most 300 characters; more readings than this is an attack."""

FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
"""Letters and marks that show nothing (fillers, joiners, variation selectors), as a regex range."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[ :\\x]{0,2}){4,}")


class TooManyReadingsError(ValueError):
    """The text decodes to more readings than can be scanned; withhold it."""


def visible(text: str) -> str:
    """The text in NFKC form, without the characters that show nothing."""
    normal = unicodedata.normalize("NFKC", text)
    shown = "".join(c for c in normal if unicodedata.category(c) not in ("Cf", "Co", "Cn"))
    return re.sub(f"[{FILLERS}]", "", shown)


def readings(text: str) -> list[str]:
    """Return the visible text and everything it decodes to, each once, in a fixed order.

    Raises:
        TooManyReadingsError: there are more than `MAX_READINGS`.
    """
    found = {visible(text): None}
    newest = list(found)
    for _ in range(DEPTH):
        newest = [visible(again) for reading in newest for again in _decoded(reading)]
        newest = [reading for reading in dict.fromkeys(newest) if reading not in found]
        found.update(dict.fromkeys(newest))
        if len(found) > MAX_READINGS:
            raise TooManyReadingsError("the text decodes to too many readings")
    return list(found)


def _decoded(text: str) -> Iterator[str]:
    yield text[::-1]
    if "%" in text:
        yield unquote(text)
    yield from _texts(_BASE64, text, _base64)
    yield from _texts(_HEX, text, _hex)


def _texts(pattern: re.Pattern[str], text: str, decode: Callable[[str], bytes]) -> Iterator[str]:
    for run in pattern.findall(text):
        try:
            decoded = decode(run).decode("utf-8")
        except (binascii.Error, ValueError):
            continue
        if len(decoded) >= 4 and decoded.isprintable():
            yield decoded


def _base64(run: str) -> bytes:
    core = run.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(core + "=" * (-len(core) % 4))


def _hex(run: str) -> bytes:
    return bytes.fromhex(re.sub(r"[^0-9A-Fa-f]", "", run))
