"""Names and summaries written by a model, for the topics that need new ones.

A model reads no conversation: it is shown a few requests of each topic, masked (`masking.py`,
`samples.py`), or the names of a parent's leaves. What it answers is a proposal (`proposals.py`);
where none holds, the topic has the name of its key phrases, as it would without a model.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field

import numpy as np
import polars as pl

from clio_assets.clustering.hierarchy import group_topics
from clio_assets.clustering.identity import same_subject
from clio_assets.clustering.partition import Vectors, rows_by_label
from clio_assets.clustering.topics import Level, TopicFit
from clio_assets.models.calls import Ask
from clio_assets.models.prompts import load_prompt
from clio_assets.models.questions import Part, lines_within
from clio_assets.models.settings import ModelSettings
from clio_assets.naming.fallback import phrase_leaves, phrase_parents
from clio_assets.naming.kept_names import Words, kept_names, names_before, words_in_use
from clio_assets.naming.names import Names
from clio_assets.naming.proposals import Namer, Proposals, Subject, ask_for_names
from clio_assets.naming.samples import Requests
from clio_assets.privacy.text_support import account_support, supported_words

ByPhrases = Callable[[list[str], dict[str, str]], Names]
"""Key-phrase names of some topics, given the names that others have."""

TOGETHER = 6
"""Leaves on average that are told from each other where key phrases name them: how they will be
grouped is not known then."""

INSIDE = 2 / 3
"""Share of what is shown of a leaf that is its own requests; the rest lies outside."""


@dataclass(frozen=True)
class NamingCounts:
    """How names came about, in topics; `calls` in calls.

    kept: had a name that still holds. asked: were put to the model. asked_again: with what could
    not be used of the first answer. unanswered: no answer came to a call. fell_back,
    summaries_fell_back: have a name, or only a summary, of key phrases. unnamed: have no name.
    """

    kept: int = 0
    asked: int = 0
    asked_again: int = 0
    unanswered: int = 0
    fell_back: int = 0
    summaries_fell_back: int = 0
    unnamed: int = 0
    calls: int = 0

    def __add__(self, other: NamingCounts) -> NamingCounts:
        mine, theirs = asdict(self), asdict(other)
        return NamingCounts(**{key: mine[key] + theirs[key] for key in mine})


@dataclass(frozen=True)
class Named:
    """topic_id -> (name, summary), and how they came about."""

    names: Names = field(repr=False)
    counts: NamingCounts


def name_leaves_by_model(
    leaves: Level,
    vectors: Vectors,
    requests: pl.DataFrame,
    previous: pl.DataFrame | None,
    minimum: int,
    publishable: Collection[str],
    *,
    ask: Ask,
    models: ModelSettings,
    seed: int,
    earned: Words | None = None,
) -> Named:
    """Name the leaves: `vectors` (n, d), `requests` (account, language, text) as its labels (n,).

    A continuing leaf keeps its name while at least `minimum` accounts use each word, or half of
    them one that it has `earned`, and it lies where it lay. Of the others only the `publishable`
    are named: nobody would read another's name.
    """
    texts = Requests(leaves, vectors, requests, minimum, seed)
    number = {topic: n for n, topic in enumerate(leaves.ids)}
    before = names_before(previous, same_subject(leaves, previous))
    said = _by_leaf(requests, leaves)
    kept = kept_names(before, words_in_use(said, before, minimum, earned))
    namer = Namer("names", load_prompt("names"), models.names, ask)
    subjects, wordless = [], 0
    wanted = [topic for topic in leaves.ids if topic in publishable and topic not in kept]
    samples = texts.samples([number[topic] for topic in wanted])
    for topic, sample in zip(wanted, samples, strict=True):
        if not sample.members:
            wordless += 1
            continue
        shown = [
            ("requests", lines_within(sample.members, round(INSIDE * namer.tokens_a_topic))),
            ("nearby", lines_within(sample.outside, round((1 - INSIDE) * namer.tokens_a_topic))),
        ]
        centroid, supported = leaves.centroids[number[topic]], texts.supported(number[topic])
        subjects.append(Subject(topic, centroid, shown, supported))
    places = {t: leaves.centroids[number[t]] for t in kept if t in publishable}
    found = ask_for_names(subjects, namer, {t: name for t, (name, _) in kept.items()}, places)

    def by_phrases(wanted: list[str], taken: dict[str, str]) -> Names:
        taken |= {topic: name for topic, (name, _) in kept.items()}
        return phrase_leaves(said, wanted, taken, minimum, _neighbours(leaves))

    named = _completed(subjects, kept, found, by_phrases)
    return Named(named.names, named.counts + NamingCounts(unnamed=wordless))


def name_parents_by_model(
    fit: TopicFit,
    requests: pl.DataFrame,
    shown_names: Names,
    previous: pl.DataFrame | None,
    minimum: int,
    *,
    ask: Ask,
    models: ModelSettings,
) -> Named:
    """Name the parents of the highest level after the names and summaries of their children.

    `shown_names` are those of the levels below: what a withheld leaf is about must not stand in a
    published name, so it has none here and supports no word. A parent keeps its name as leaves do.
    """
    parents, children, under = fit.levels[-1], fit.children, fit.leaves_under
    told = {
        parent: [leaf for leaf in under[parent] if leaf in shown_names] for parent in parents.ids
    }
    said = _by_leaf(requests, fit.leaves)
    supported = {parent: _supported(said, leaves, minimum) for parent, leaves in told.items()}
    kept = kept_names(names_before(previous, parents.ids), supported)
    prompt = load_prompt("hierarchy_rename")
    namer = Namer("hierarchy", prompt, models.hierarchy, ask)
    subjects = []
    for row, parent in enumerate(parents.ids):
        inside = [shown_names[child] for child in children[parent] if child in shown_names]
        if parent not in kept and inside:
            lines = [". ".join(filter(None, pair)) for pair in inside]
            shown: list[Part] = [("topics inside", lines_within(lines, namer.tokens_a_topic))]
            subjects.append(Subject(parent, parents.centroids[row], shown, supported[parent]))
    # A parent that is called as one of its children says nothing of the others.
    names = {topic: name for topic, (name, _) in (shown_names | kept).items()}
    places = {p: parents.centroids[row] for row, p in enumerate(parents.ids) if p in kept}
    found = ask_for_names(subjects, namer, names, places)

    def by_phrases(wanted: list[str], taken: dict[str, str]) -> Names:
        inside = {
            parent: {
                child: [leaf for leaf in under.get(child, [child]) if leaf in shown_names]
                for child in children[parent]
            }
            for parent in parents.ids
        }
        return phrase_parents(said, inside, wanted, taken | names, minimum)

    return _completed(subjects, kept, found, by_phrases)


def _completed(
    subjects: list[Subject], kept: Names, found: Proposals, by_phrases: ByPhrases
) -> Named:
    """Put together what was kept, what the model wrote and, where that is wanting, key phrases."""
    asked = [one.topic for one in subjects]
    wanting = [t for t in asked if t not in found.names or t not in found.summaries]
    wanting += [topic for topic, (_, summary) in kept.items() if not summary]
    phrases = by_phrases(wanting, dict(found.names)) if wanting else {}
    names = {t: (name, said or phrases.get(t, ("", ""))[1]) for t, (name, said) in kept.items()}
    for topic in asked:
        name, summary = phrases.get(topic, ("", ""))
        if name := found.names.get(topic, name):
            names[topic] = (name, found.summaries.get(topic, summary))
    nameless = [topic for topic in asked if topic not in found.names]
    return Named(
        names,
        NamingCounts(
            kept=len(kept),
            asked=len(asked),
            asked_again=len(found.asked_again),
            unanswered=len(found.unanswered),
            fell_back=sum(topic in names for topic in nameless),
            summaries_fell_back=sum(topic not in found.summaries for topic in found.names),
            unnamed=sum(topic not in names for topic in asked),
            calls=found.calls,
        ),
    )


def _neighbours(leaves: Level) -> list[list[str]]:
    """Leaves that lie together, whoever their parents will be."""
    sizes = np.bincount(leaves.labels[leaves.labels >= 0], minlength=len(leaves.ids))
    fresh = np.full(len(leaves.ids), -1, dtype=np.int64)
    groups = group_topics(leaves.centroids, sizes, len(leaves.ids) // TOGETHER, fresh)
    held = rows_by_label(groups, int(groups.max(initial=-1)) + 1)
    return [[leaves.ids[row] for row in rows.tolist()] for rows in held if len(rows)]


def _by_leaf(requests: pl.DataFrame, leaves: Level) -> pl.DataFrame:
    ids = pl.Series("topic_id", leaves.ids, pl.String)
    return requests.with_columns(ids[leaves.labels])


def _supported(said: pl.DataFrame, leaves: list[str], minimum: int) -> frozenset[str]:
    """Words that at least `minimum` accounts of these leaves together use."""
    support = account_support(said.filter(pl.col("topic_id").is_in(leaves)))
    return supported_words(support, minimum)
