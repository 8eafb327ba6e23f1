"""The form of a released text: short, plain, and nothing that a page, a sheet or a shell runs."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME = 80
MAX_SUMMARY = 300
MAX_VALUE = 80

_PLAIN = frozenset(" ,.;:'’‘“”\"()-–—/&?!%¿¡·•、。・「」『』ー،؟।")  # noqa: RUF001
_VALUE_ALSO = frozenset("+_")
_OPENING = frozenset("¿¡「『“‘\"'(")  # noqa: RUF001
_DIGIT_RUN = re.compile(r"\d{4}")
_LINK = re.compile(r"://|\bwww\.", re.IGNORECASE)
_CALL = re.compile(r"\w\.\w+\(|\(\)|&\w+;|&#")


def form_problems(name: str, summary: str) -> list[str]:
    """Return codes of what is wrong with a topic's texts, in order; empty where nothing is.

    A name has 1 to 80 characters, a summary 0 to 300; both are letters, digits, spaces and plain
    punctuation, begin with a letter, a digit or an opening mark, and hold no link, no code and no
    run of four digits in any script.
    """
    problems = [] if name.strip() else ["empty name"]
    problems += [f"name: {problem}" for problem in text_problems(name, MAX_NAME)]
    problems += [f"summary: {problem}" for problem in text_problems(summary, MAX_SUMMARY)]
    return problems


def value_problems(value: str) -> list[str]:
    """The same for a facet's value, where `+` and `_` are common ("10+", "de_CH")."""
    problems = [] if value.strip() else ["empty value"]
    return problems + text_problems(value, MAX_VALUE, _PLAIN | _VALUE_ALSO)


def text_problems(text: str, longest: int, plain: frozenset[str] = _PLAIN) -> list[str]:
    """Return codes of what is wrong with one text; never a part of the text."""
    visible = unicodedata.normalize("NFKC", text)
    found = {
        "too long": max(len(text), len(visible)) > longest,
        "characters": not all(_is_plain(character, plain) for character in text + visible),
        "beginning": bool(text) and not (text[0].isalnum() or text[0] in _OPENING),
        "digits": bool(_DIGIT_RUN.search(visible)),
        "link": bool(_LINK.search(visible)),
        "code": bool(_CALL.search(visible)),
    }
    return [problem for problem, is_so in found.items() if is_so]


def _is_plain(character: str, plain: frozenset[str]) -> bool:
    # Letters, marks (Hindi and Thai need them) and digits of any script; no control, format,
    # private, symbol or line-separating character.
    return unicodedata.category(character)[0] in "LMN" or character in plain
