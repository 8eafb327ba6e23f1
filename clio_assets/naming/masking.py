"""Texts as a naming model may read them: only words that many accounts of their topic use.

What is masked here cannot be repeated by a model, whatever a text asks of it (CLIOPATRA, arXiv
2603.09781). The text is rebuilt from the tokens by which rule G-11 judges names, so no markup, no
invisible character and no punctuation survives either.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby

from clio_assets.naming.phrases import spelled
from clio_assets.privacy.word_lists import allowed_without_support

MASK = "[…]"
LONGEST_LINE = 160
"""Characters: about what a request in one sentence has."""


def masked(
    said: Sequence[list[str]], supported: Sequence[Collection[str]], spelling: dict[str, str]
) -> list[str]:
    """Return each text, cut into words, without those neither in its `supported` nor general.

    A run of such words becomes one `MASK`; a text in which no supported word is left becomes "".
    `spelling` has the usual form of a word (`phrases.spellings`).
    """
    general = allowed_without_support()
    return [
        _shortened(_runs(words, known, general, spelling))
        if any(word in known and word not in general for word in words)
        else ""
        for words, known in zip(said, supported, strict=True)
    ]


def _runs(
    said: list[str], known: Collection[str], general: Collection[str], spelling: dict[str, str]
) -> str:
    runs = groupby(said, lambda word: word in known or word in general)
    return " ".join(spelled(tuple(run), spelling) if may else MASK for may, run in runs)


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_LINE:
        return text
    return text[: LONGEST_LINE + 1].rpartition(" ")[0] or text[:LONGEST_LINE]
