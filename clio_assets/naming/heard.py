"""What is said in each topic, and what each could be called by that."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from clio_assets.naming.covering import covering_phrases
from clio_assets.naming.families import Subject
from clio_assets.naming.joining_words import joining_words
from clio_assets.naming.names import Names, name_family, summarised
from clio_assets.naming.phrases import (
    Phrase,
    PhraseCounts,
    akin,
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
    minimum: int


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
    return Heard(counts, supported, spellings(said["text"].to_list()), minimum)


def name_families(
    heard: Heard,
    families: Sequence[tuple[str | None, Sequence[str]]],
    inside: Inside,
    names: Names,
    withheld: Collection[str] = (),
    only: Collection[str] | None = None,
) -> Names:
    """Name the topics of each family, (parent, its children), that are not in `names` yet.

    Families are named in their order, so parents come before their children. Leaves with one
    supported word, in any form, come before all others, and the `withheld` after all, so that they
    take no word from them. What is left without a name then takes one that stands elsewhere too,
    as a parent's or a leaf's, but not beside it. A name without a summary is given one. Named are
    `only` these topics, by default all. Returns all names.
    """
    names = dict(names)
    subjects = {
        topic: _subject(heard, topic, topics, inside)
        for _, topics in families
        for topic in topics
        if not all(names.get(topic, ("", ""))) and (only is None or topic in only)
    }
    for topic in names.keys() & subjects.keys():
        names[topic] = (names[topic][0], summarised(subjects.pop(topic), heard.spelling))
    narrow = {t for t, one in subjects.items() if t not in inside and _has_one_word(one)}
    hidden = set(withheld)
    for some in (narrow - hidden, narrow, subjects.keys() - hidden, subjects.keys()):
        for parent, topics in families:
            new = {t: subjects[t] for t in topics if t in some and t not in names}
            _name(new, parent, topics, names, names.keys(), heard.spelling)
    everybody = {topic for _, topics in families for topic in topics}
    for parent, topics in families:
        for topic in topics:
            if topic in subjects and topic not in names:
                elsewhere = {
                    other
                    for other in everybody.difference(topics)
                    if (other in inside) != (topic in inside)
                }
                unlike = names.keys() - elsewhere
                _name({topic: subjects[topic]}, parent, topics, names, unlike, heard.spelling)
    return names


def _name(
    new: dict[str, Subject],
    parent: str | None,
    family: Sequence[str],
    names: Names,
    unlike: Collection[str],
    spelling: dict[str, str],
) -> None:
    """Add the names of some topics of a family to `names`, the same as those of none `unlike`."""
    if new:
        beside = [names[topic][0] for topic in family if topic in names]
        above = names[parent][0] if parent in names else ""
        taken = {names[topic][0].casefold() for topic in unlike}
        names |= name_family(new, beside, above, taken, spelling)


def _has_one_word(subject: Subject) -> bool:
    words = sorted({word for one in subject.options([]) for word in one.content})
    return bool(words) and all(akin(word, words[0]) for word in words)


def _subject(heard: Heard, topic: str, family: Sequence[str], inside: Inside) -> Subject:
    counts = heard.counts
    siblings = [other for other in family if other != topic and other in counts.by_topic]
    if topic in inside:
        told = inside[topic]
        options = covering_phrases(counts, topic, told, heard.supported, siblings)
        return Subject(options, PARENT_WORDS)
    supported = heard.supported.get(topic)
    found = rank_phrases(counts, topic, supported, siblings, heard.minimum) if supported else []
    if supported and not found:
        found = rank_phrases(counts, topic, supported, minimum=heard.minimum)
    return Subject(lambda _: found, LEAF_WORDS)


def _joining_words(said: pl.DataFrame) -> dict[str, frozenset[str]]:
    """Words that cannot carry the name of each topic, by its commonest language."""
    common = said.group_by("topic_id").agg(pl.col("language").mode().sort().first())
    return {topic: joining_words(language) for topic, language in common.iter_rows()}
