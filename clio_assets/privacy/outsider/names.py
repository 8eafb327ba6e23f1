"""Given names where somebody is meant, and names that nobody but a few can know."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from clio_assets.privacy.outsider.wording import CAPITAL, PERSON, folded

_PART = re.compile(r"[\n,;:.!?()]+\s*")
_PLACE = r"(?:of|in|at|from|near|on|von|vom|aus|bei|de|del|du|d'|em|do|da|di|en|a|im)"
_OWNED = re.compile(rf"\b({CAPITAL})['’]s\b")  # noqa: RUF001
_MEANT = re.compile(
    rf"\b(?:to|for|with|about|from|owed to)\s+({CAPITAL})\s+(?:after|before|because|who|and (?:her"
    rf"|his"
    r"|their)|at the|on the|over)\b"
)
_ONE_OF_A_PLACE = re.compile(
    rf"\b(?i:an?|the|une?|la|le|el|un|una|der|die|das|ein|eine|o|os|uma?"
    rf"|one)\s+(?:[\w'’-]+\s+)?"  # noqa: RUF001
    rf"(?i:{PERSON}|\w{{3,}}(?:ist|ician|wife|keeper|smith|wirt|leiterin|leiter)|boulanger[e]?"
    rf"|sindica|wirt|dueno|duena|chemist|baker|student"
    rf"|employees)\s+(?:[\w'’-]+\s+){{0,6}}?"  # noqa: RUF001
    rf"(?i:{_PLACE})\s+(?:(?i:the|la|le|el|il|der|die|das|den|o|bar|cafe|hotel|edificio)\s+)?"
    rf"({CAPITAL})"
)
_TWO = re.compile(rf"(?<![\w.'’-])({CAPITAL})\s+({CAPITAL})")  # noqa: RUF001


def names_somebody(text: str) -> bool:
    """Return whether a folded text (`wording.folded`) holds a name that somebody may have.

    A given name of the list before another name, said of, written to, joined with or owning
    something; or two words with capitals side by side of which neither is known to everybody, or
    one that owns something or says where one person is. The first word of a sentence has its
    capital by position and is not taken for a name.
    """
    if any(pattern.search(text) for pattern in _given_names()):
        return True
    known = _known()
    for pattern in (_OWNED, _MEANT, _ONE_OF_A_PLACE):
        if any(name not in known for name in pattern.findall(text)):
            return True
    return any(_has_unknown_pair(line, known) for line in text.splitlines())


def _has_unknown_pair(line: str, known: frozenset[str]) -> bool:
    words = line.split()
    capitals = sum(word[0].isupper() for word in words if len(word) > 3)
    in_parts = "," in line
    if not in_parts and len(words) > 2 and capitals == sum(len(word) > 3 for word in words):
        return False  # in title case a capital says nothing
    for part in _PART.split(line):
        for found in _TWO.finditer(part):
            both = found.groups()
            by_position = found.start() == 0 and not (in_parts and part == found.group())
            if not by_position and not known & set(both):
                return True
    return False


@cache
def _known() -> frozenset[str]:
    return frozenset(_listed("known_names"))


@cache
def _given_names() -> list[re.Pattern[str]]:
    given = rf"(?:{'|'.join(sorted(_listed('given_names')))})"
    return [
        re.compile(form)
        for form in (
            rf"\b{given}(?:\s+[A-Z]\.?)?[ -]{CAPITAL}",
            rf"\b{given}['’]s?\b",  # noqa: RUF001
            rf"\b(?:for|to|with|from|about|of|by|para|con|sobre|fur|von|mit|an|pour|avec|chez|com"
            rf"|per)\s+{given}\b",
            rf"\b{given}\s+(?:and|y|und|et|e)\s+{CAPITAL}",
        )
    ]


def _listed(name: str) -> set[str]:
    file = resources.files("clio_assets.privacy.outsider") / f"{name}.txt"
    lines = (line.partition("#")[0] for line in file.read_text(encoding="utf-8").splitlines())
    return {folded(word) for line in lines for word in line.split()}
