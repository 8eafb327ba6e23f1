"""The forms in which a planted string may come out, for planting it and for finding it."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator

SEPARATORS = " -_.\u200b\u200c\u200d\u2060\ufeff"
"""What may stand between the characters of a split string; all of it is ignored in a search."""

FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
"""ASCII to the forms that CJK fonts use; NFKC turns them back."""

LOOK_ALIKES = str.maketrans("aceopxyijsABCEHKMOPTX", "асеорхуіјѕАВСЕНКМОРТХ")  # noqa: RUF001
"""Latin to the Cyrillic letters that look the same; no normalisation turns them back."""

FEWEST = 8
"""Characters of a pattern; a shorter one would be found by chance."""


def disguised(text: str, disguise: str, random: random.Random) -> str:
    """Return `text` as one of `DISGUISES` shows it."""
    match disguise:
        case "base64":
            # What stands before it decides the alignment.
            return base64.b64encode(b"x" * random.randrange(3) + text.encode()).decode()
        case "reversed":
            return text[::-1]
        case "split":
            return random.choice(SEPARATORS[:4] + SEPARATORS[4] * 2).join(text)
        case "full-width":
            return text.translate(FULL_WIDTH)
        case "look-alikes":
            return text.translate(LOOK_ALIKES)
    return text


DISGUISES = ("verbatim", "base64", "reversed", "split", "full-width", "look-alikes")


def patterns(text: str) -> Iterator[tuple[str, bytes]]:
    """Yield (disguise, bytes to look for) of a string, apart from how it may be split.

    Bytes are compared without regard to the case of ASCII letters; of the other scripts both
    cases are given, and the \\u escapes of JSON.
    """
    yield "verbatim", text.encode()
    yield "reversed", text[::-1].encode()
    for cased in sorted({text, text.lower()}):
        for alignment in range(3):
            if len(core := base64_core(cased.encode(), alignment)) >= FEWEST:
                yield "base64", core
    for disguise, table in (("full-width", FULL_WIDTH), ("look-alikes", LOOK_ALIKES)):
        other, of_lower = text.translate(table), text.lower().translate(table)
        for cased in sorted({other, of_lower, other.lower()} - {text, text.lower()}):
            yield disguise, cased.encode()
            yield disguise, json.dumps(cased)[1:-1].encode()


def base64_core(content: bytes, alignment: int) -> bytes:
    """The part of a base64 text that does not depend on what stands around `content`.

    alignment: bytes before it in its group of three.
    """
    encoded = base64.b64encode(bytes(alignment) + content)
    return encoded[(0, 2, 3)[alignment] : (alignment + len(content)) * 8 // 6]


def squeezed(content: bytes) -> bytes:
    """Content without separators between characters, however they are written, and without NULs."""
    for separator in SEPARATORS:
        if not separator.isascii():
            content = content.replace(separator.encode(), b"")
            content = content.replace(json.dumps(separator)[1:-1].encode(), b"")
    return content.translate(None, delete=b"\0\t\r\n" + SEPARATORS.encode("ascii", "ignore"))
