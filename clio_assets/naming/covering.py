"""Phrases for a parent: those that together say what is in its children."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from clio_assets.naming.phrases import (
    Candidate,
    Phrase,
    PhraseCounts,
    distinctiveness,
    usual_share,
)

CLEAR = 8.0
"""How many times more a child says a phrase than others do, and being rarer there adds nothing."""

Options = Callable[[Sequence[Candidate]], list[Candidate]]
"""What a name could say next, best first, given what it says already."""


def covering_phrases(
    counts: PhraseCounts,
    parent: str,
    inside: Mapping[str, Sequence[str]],
    supported: Mapping[str, Mapping[Phrase, Phrase]],
    siblings: Collection[str],
) -> Options:
    """Return the options of a parent, given what its name already says.

    `inside` are its children and the leaves that may be told of in each; `supported` the phrases
    of each leaf (`supported_phrases`): a parent says nothing that no leaf of its own could say.
    How well a phrase says what is in a child is its share of the child's accounts, times the
    logarithm of how much larger that is than outside the parent; a name says it as well as its
    best phrase does. An option's score is what the phrase adds to that, children weighted by
    their accounts (the greedy choice for a submodular cover, Nemhauser et al. 1978). So a phrase
    of most children comes first, and where there is none the subjects of the largest do.
    """
    phrases = sorted({phrase for held in inside.values() for leaf in held
                      for phrase in supported[leaf]})  # fmt: skip
    content = {
        p: c for held in inside.values() for leaf in held for p, c in supported[leaf].items()
    }
    usual = usual_share(counts, parent, siblings)
    held = [[counts.by_topic[leaf] for leaf in leaves] for leaves in inside.values()]
    weight = np.array([max(1, sum(one[()] for one in child)) for child in held])
    use = np.array([[sum(one[p] for one in child) for child in held] for p in phrases])
    use = use.reshape(len(phrases), len(held))
    usually = [usual(phrase) for phrase in phrases]
    says = np.array(
        [
            [distinctiveness(share, max(rest, share / CLEAR)) for share in shares]
            for shares, rest in zip((use / weight).tolist(), usually, strict=True)
        ]
    ).reshape(use.shape)
    row = {phrase: n for n, phrase in enumerate(phrases)}

    def options(chosen: Sequence[Candidate]) -> list[Candidate]:
        said = says[[row[one.phrase] for one in chosen]].max(0, initial=0)
        adds = np.maximum(says - said, 0) @ (weight / weight.sum())
        return [
            Candidate(phrases[n], float(adds[n]), int(use[n].sum()), content[phrases[n]])
            for n in np.argsort(-adds, kind="stable").tolist()
            if adds[n] > 0
        ]

    return options
