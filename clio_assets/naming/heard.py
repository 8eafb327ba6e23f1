"""What is said in each topic, and what each could be called by that."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from clio_assets.naming.covering import covering_phrases
from clio_assets.naming.families import Subject
from clio_assets.naming.joining_words import joining_words
from clio_assets.naming.names import Names, name_family
from clio_assets.naming.phrases import (
    Phrase,
    PhraseCounts,
    count_phrases,
    counted_together,
    rank_phrases,
    spellings,
    supported_phrases,
)

LEAF_WORDS = 3
PARENT_WORDS = 5
"""Content words that are enough for a name; one phrase more may bring two."""

Inside = Mapping[str, Mapping[str, Sequence[str]]]
"""parent -> its children -> the leaves in each that its name may tell of."""


@dataclass(frozen=True)
class Heard:
    """What accounts say in each topic, what of it can name each leaf, and how words are spelled."""

    counts: PhraseCounts
    supported: dict[str, dict[Phrase, Phrase]]
    spelling: dict[str, str]


def listen(said: pl.DataFrame, under: Mapping[str, Sequence[str]], minimum: int) -> Heard:
    """Count what is `said` (topic_id, account, language, text) in leaves and `under` parents."""
    leaves = count_phrases(said)
    joining = _joining_words(said)
    supported = {
        leaf: supported_phrases(
            leaves, leaf, minimum, lambda word, leaf=leaf: word not in joining[leaf]  # type: ignore[misc]
        )
        for leaf in leaves.by_topic
    }  # fmt: skip
    counts = counted_together(leaves, under, minimum)
    return Heard(counts, supported, spellings(said["text"].to_list()))


def name_families(
    heard: Heard,
    families: Sequence[tuple[str | None, Sequence[str]]],
    inside: Inside,
    names: Names,
    withheld: Collection[str] = (),
) -> Names:
    """Name the topics of each family, (parent, its children), that are not in `names` yet.

    Families are named in their order, so parents come before their children; in a family the
    `withheld` come last and take no word from the others. Returns all names.
    """
    names = dict(names)
    taken = {name.casefold() for name, _ in names.values()}
    for parent, topics in families:
        above = names[parent][0] if parent in names else ""
        for hidden in (False, True):
            wanted = [t for t in topics if t not in names and (t in withheld) == hidden]
            subjects = {topic: _subject(heard, topic, topics, inside) for topic in wanted}
            beside = [names[topic][0] for topic in topics if topic in names]
            names |= name_family(subjects, beside, above, taken, heard.spelling)
    return names


def _subject(heard: Heard, topic: str, family: Sequence[str], inside: Inside) -> Subject:
    counts = heard.counts
    siblings = [other for other in family if other != topic and other in counts.by_topic]
    if topic in inside:
        told = inside[topic]
        options = covering_phrases(counts, topic, told, heard.supported, siblings)
        return Subject(options, PARENT_WORDS)
    supported = heard.supported.get(topic)
    found = rank_phrases(counts, topic, supported, siblings) if supported else []
    return Subject(lambda _: found, LEAF_WORDS)


def _joining_words(said: pl.DataFrame) -> dict[str, frozenset[str]]:
    """Words that cannot carry the name of each topic, by its commonest language."""
    common = said.group_by("topic_id").agg(pl.col("language").mode().sort().first())
    return {topic: joining_words(language) for topic, language in common.iter_rows()}
