"""Asking a model for names of topics that stand side by side, and taking what may be used.

A model's name is a proposal: what counts is that every content word has support (G-11), that the
text is plain (G-13) and that no other topic has the name. Name and summary are taken each for
itself, so a good one is not lost with a bad one.

Topics are asked about with their neighbours, each the others' contrast. What fails is asked once
more, with the reasons and alone: a text of one topic that makes a model fail its siblings, or spoil
the whole answer, does so once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clio_assets.models.calls import AnswerSchema, Ask, Call, Stage
from clio_assets.models.prompts import Prompt
from clio_assets.models.questions import Part, answer_schema, closed_object, question, room_for
from clio_assets.models.settings import StageModel
from clio_assets.models.tokens import estimate_tokens
from clio_assets.privacy.names import MAX_NAME, MAX_SUMMARY, text_problems
from clio_assets.privacy.text_support import content_words, content_words_of

MOST_SIBLINGS = 8
FEWEST_TOKENS = 300
"""Of a topic's own: about six requests. With less room fewer topics are asked about together."""

ANSWER_TOKENS = 120
"""Of a name, a summary and the marks around them."""

AROUND_TOKENS = 400
"""Of names that are taken, and of the reasons why an answer was refused."""

_Told = dict[str, str]
"""The name and the summary that a model wrote."""

Places = dict[str, NDArray[np.float32]]
"""Topic -> its centroid (d,)."""

NAMES_SHOWN = 8
WORDS_SHOWN = 12
LONGEST_WORD = 40


@dataclass(frozen=True)
class Subject:
    """A topic to be named: where it lies, what is shown of it, the words that it may use."""

    topic: str
    centroid: NDArray[np.float32] = field(repr=False)
    shown: Sequence[Part] = field(repr=False)
    supported: Collection[str] = field(repr=False)


@dataclass(frozen=True)
class Namer:
    """How a stage is asked for names."""

    stage: Stage
    prompt: Prompt
    model: StageModel
    ask: Ask

    @property
    def siblings(self) -> int:
        """Topics in one call, at most."""
        by_input = self._room // FEWEST_TOKENS
        by_output = self.model.max_output_tokens // ANSWER_TOKENS
        return max(1, min(MOST_SIBLINGS, by_input, by_output))

    @property
    def tokens_a_topic(self) -> int:
        """Tokens that may be shown of one topic."""
        return max(FEWEST_TOKENS, self._room // self.siblings)

    @property
    def _room(self) -> int:
        fixed = estimate_tokens(self.prompt.text) + AROUND_TOKENS
        return room_for(FEWEST_TOKENS, beside=fixed, stage=self.stage, model=self.model)


@dataclass
class Proposals:
    """What may be used of the answers, by topic, and what it took."""

    names: dict[str, str] = field(default_factory=dict, repr=False)
    summaries: dict[str, str] = field(default_factory=dict, repr=False)
    refused: dict[str, list[str]] = field(default_factory=dict, repr=False)
    asked_again: list[str] = field(default_factory=list)
    calls: int = 0
    unanswered: set[str] = field(default_factory=set)
    spoilt: set[str] = field(default_factory=set)
    """Asked about with others in a call whose answer was refused or none."""


def ask_for_names(
    subjects: Sequence[Subject], namer: Namer, others: dict[str, str], shown: Places
) -> Proposals:
    """Ask for the names of all subjects, once more for those that failed, and return what holds.

    `others` are the names that other topics have already (topic -> name). Of these only the ones
    in `shown` (topic -> centroid) are put into prompts. Calls grow linearly: one for every
    `namer.siblings` subjects, and one for each that failed. An endpoint that does not answer is
    asked nothing again.
    """
    found = Proposals()
    if not subjects:
        return found
    places = shown | {one.topic: one.centroid for one in subjects}
    _ask_once(subjects, namer.siblings, namer, others, places, found)
    again = [one for one in subjects if one.topic in found.refused.keys() | found.spoilt]
    found.asked_again = [one.topic for one in again]
    if again:
        _ask_once(again, 1, namer, others, places, found)
    return found


def unsupported(text: str, supported: Collection[str]) -> list[str]:
    """Return the words of a text that rule G-11 would not let pass."""
    return [word for word in content_words(text) if word not in supported]


def _ask_once(
    subjects: Sequence[Subject],
    together: int,
    namer: Namer,
    others: dict[str, str],
    places: Places,
    found: Proposals,
) -> None:
    groups = [
        [subjects[n] for n in group]
        for group in neighbours_together([one.centroid for one in subjects], together)
    ]
    known = others | found.names
    nearest = _nearest_names(known, places)
    calls = [_call(group, namer, nearest(group), found) for group in groups]
    found.calls += len(calls)
    taken = {name.casefold() for name in known.values()}
    said: list[tuple[Subject, _Told]] = []
    for group, answer in zip(groups, namer.ask(calls), strict=True):
        topics = {one.topic for one in group}
        if answer.outcome != "ok" or answer.value is None:
            found.unanswered |= topics
            if answer.outcome != "failed" and len(group) > 1:
                found.spoilt |= topics
            continue
        found.unanswered -= topics
        said += [
            (one, {key: " ".join(text.split()) for key, text in answer.value[_key(n)].items()})
            for n, one in enumerate(group, 1)
        ]
    _take(said, taken, found)


def _take(said: list[tuple[Subject, _Told]], taken: set[str], found: Proposals) -> None:
    words = content_words_of(text for _, told in said for text in told.values())
    for subject, told in said:
        reasons = []
        if subject.topic not in found.names:
            faults = list(_name_faults(told["name"], words[told["name"]], subject, taken))
            reasons += [f"name: {fault}" for fault in faults]
            if not faults:
                taken.add(told["name"].casefold())
                found.names[subject.topic] = told["name"]
        if subject.topic not in found.summaries:
            summary = told["summary"]
            faults = list(_text_faults(summary, MAX_SUMMARY, words[summary], subject))
            reasons += [f"summary: {fault}" for fault in faults]
            if not faults:
                found.summaries[subject.topic] = summary
        if reasons:
            found.refused[subject.topic] = reasons


def _name_faults(name: str, words: list[str], subject: Subject, taken: set[str]) -> Iterator[str]:
    yield from _text_faults(name, MAX_NAME, words, subject)
    if not words:
        yield "says nothing of the subject"
    if name.casefold() in taken:
        yield "another topic has this name"


def _text_faults(text: str, longest: int, words: list[str], subject: Subject) -> Iterator[str]:
    yield from text_problems(text, longest)
    if not text:
        yield "empty"
    # Words of our own cutting: letters and digits only, whatever the model wrote around them.
    if wrong := [word[:LONGEST_WORD] for word in words if word not in subject.supported]:
        yield "words that may not be used: " + ", ".join(wrong[:WORDS_SHOWN])


def _call(group: list[Subject], namer: Namer, taken: list[str], found: Proposals) -> Call:
    parts: list[Part] = []
    for number, subject in enumerate(group, 1):
        parts += [(f"{_key(number)} {mark}", lines) for mark, lines in subject.shown]
        if reasons := found.refused.get(subject.topic):
            parts.append((f"{_key(number)} refused before", reasons))
    if taken:
        parts.append(("taken", taken))
    schema = _schema(len(group))
    return question(namer.stage, group[0].topic, namer.prompt, parts, schema)


def _schema(topics: int) -> AnswerSchema:
    """One property a topic, so that none can be left out or named twice.

    The lengths only bound an answer that would not end: a summary that is a little too long is
    refused alone, whereas an answer that breaks the schema is lost for all siblings.
    """
    one = closed_object(
        {
            "summary": {"type": "string", "maxLength": 2 * MAX_SUMMARY},
            "name": {"type": "string", "maxLength": 2 * MAX_NAME},
        }
    )
    return answer_schema("topic_names", "1", {_key(n): one for n in range(1, topics + 1)})


def _key(number: int) -> str:
    return f"topic_{number}"


def _nearest_names(known: dict[str, str], places: Places) -> Callable[[list[Subject]], list[str]]:
    """Return what gives a group the names its answers must differ from: those nearest to it."""
    topics = sorted(known.keys() & places.keys())
    points = np.stack([places[topic] for topic in topics]) if topics else None
    squares = np.square(points).sum(1) if points is not None else None

    def of(group: list[Subject]) -> list[str]:
        if points is None:
            return []
        mine = {one.topic for one in group}
        middle = np.mean([one.centroid for one in group], axis=0)
        away = squares - 2 * points @ middle  # and what is the same for all
        order = [topics[n] for n in np.argsort(away, kind="stable")[: NAMES_SHOWN + len(group)]]
        return [known[topic] for topic in order if topic not in mine][:NAMES_SHOWN]

    return of


def neighbours_together(points: Sequence[NDArray[np.float32]], size: int) -> list[list[int]]:
    """Split k points (d,) into ceil(k / size) groups of neighbours, each around its first."""
    places = np.stack(points)
    waiting = np.arange(len(places))
    groups = []
    while len(waiting):
        away = np.linalg.norm(places[waiting] - places[waiting[0]], axis=1)
        order = np.argsort(away, kind="stable")
        groups.append(sorted(waiting[order[:size]].tolist()))
        waiting = np.sort(waiting[order[size:]])
    return groups
