"""G-15: does a name tell of something that the law or common sense holds to be sensitive?

Health, self-harm, sexuality, family matters, religion, ethnicity, politics and unions, crime,
minors, immigration. The terms are a reviewed list in the main languages; a topic whose name or
summary holds one needs more accounts and has no breakdown by language or by fields of the user's
own. Without such a word in its name a topic is not recognised: the auditor (G-14) looks further.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources

import polars as pl

from clio_assets.privacy.text_support import UNSPACED, between_spaces, words_of

SINGULAR = [(re.compile(r"$"), ""), (re.compile(r"s$"), ""), (re.compile(r"es$"), ""),
            (re.compile(r"ies$"), "y")]  # fmt: skip
"""Endings, and what stands in their place: as the list has it, and three plurals."""


def sensitive_texts(texts: Iterable[str]) -> set[str]:
    """Return the texts in which a term of the list stands as whole words, singular or plural."""
    return {text for text, words in words_of(texts).items() if _is_sensitive(text, words)}


def sensitive_topics(topics: pl.DataFrame) -> set[str]:
    """Return the ids of `topics` (topic_id, name, summary) whose name or summary is sensitive."""
    told = {
        topic: "\n".join(filter(None, both))
        for topic, *both in topics.select("topic_id", "name", "summary").iter_rows()
    }
    sensitive = sensitive_texts(told.values())
    return {topic for topic, text in told.items() if text in sensitive}


def _is_sensitive(text: str, words: list[str]) -> bool:
    lines = [between_spaces([ending.sub(by, word) for word in words]) for ending, by in SINGULAR]
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
        [between_spaces(words) for words in words_of(terms.filter(~unspaced)).values()],
        terms.filter(unspaced).to_list(),
    )
