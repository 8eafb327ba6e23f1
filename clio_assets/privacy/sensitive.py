"""G-15: does a name tell of something that the law or common sense holds to be sensitive?

Health, self-harm, sexuality, family matters, religion, ethnicity, politics and unions, crime,
minors, immigration. The terms are a reviewed list in the main languages; a topic whose name or
summary holds one needs more accounts and has no breakdown by language or by fields of the user's
own. Without such a word in its name a topic is not recognised: the auditor (G-14) looks further.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

import polars as pl

from clio_assets.privacy.text_support import UNSPACED, tokens

SINGULAR = [(re.compile(r"$"), ""), (re.compile(r"s$"), ""), (re.compile(r"es$"), ""),
            (re.compile(r"ies$"), "y")]  # fmt: skip
"""Endings, and what stands in their place: as the list has it, and three plurals."""


def tells_of_something_sensitive(text: str) -> bool:
    """True where a term of the list stands in a text as whole words, in singular or plural."""
    words = _words(text)
    lines = [_between_spaces([ending.sub(by, word) for word in words]) for ending, by in SINGULAR]
    spaced, unspaced = _terms()
    # Runs without spaces are cut into pairs, which would part a term from what is around it.
    return any(term in line for term in spaced for line in lines) or any(
        term in text for term in unspaced
    )


def sensitive_terms() -> list[str]:
    """The terms as written, in order."""
    file = resources.files("clio_assets.privacy") / "sensitive_terms.txt"
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


@cache
def _terms() -> tuple[list[str], list[str]]:
    terms = pl.Series(sensitive_terms())
    unspaced = terms.str.contains(f"[{UNSPACED}]")
    return (
        [_between_spaces(_words(term)) for term in terms.filter(~unspaced)],
        terms.filter(unspaced).to_list(),
    )


def _words(text: str) -> list[str]:
    return tokens(pl.DataFrame({"text": [text]}))["token"].to_list()


def _between_spaces(words: list[str]) -> str:
    return f" {' '.join(words)} "
