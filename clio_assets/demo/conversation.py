"""One sample conversation: a request, answers, follow-ups."""

from __future__ import annotations

from random import Random

from clio_assets.demo.grammar import Grammar
from clio_assets.demo.slips import with_slips

Message = dict[str, str]

TURNS = (1, 2, 3, 4, 5, 6)
TURN_WEIGHTS = (42, 26, 15, 9, 5, 3)
_GREETS, _ASKS_KINDLY, _THANKS = 0.22, 0.2, 0.4


def compose(grammar: Grammar, language: str, aside: str, rng: Random) -> list[Message]:
    """Write a conversation of one to six user turns, each answered.

    `aside` is a sentence to put, as it is, behind one of the user's messages.
    """
    turns = rng.choices(TURNS, TURN_WEIGHTS)[0]
    follow_ups = rng.sample(grammar.symbols["follow_up"], turns - 1)
    replies = rng.sample(grammar.symbols["reply"], turns)
    # The first message carries the aside more often than not, as openings tell most.
    aside_turn = 0 if rng.random() < 0.6 else rng.randrange(turns)
    messages: list[Message] = []
    about: dict[str, str] = {}
    for turn in range(turns):
        if turn == 0:
            parts = [
                "<hello>" if rng.random() < _GREETS else "",
                rng.choice(grammar.symbols["request"]),
                "<please>" if rng.random() < _ASKS_KINDLY else "",
            ]
        else:
            parts = ["<thanks>" if rng.random() < _THANKS else "", follow_ups[turn - 1]]
        asked = grammar.say(_joined(parts, language), rng)
        about |= asked.chosen
        content = with_slips(asked.text, rng)
        if aside and turn == aside_turn:
            content = _joined([content, aside], language)
        answer = grammar.say(replies[turn], rng, recalled=about)
        messages.append({"role": "user", "content": content})
        messages.append({"role": "assistant", "content": answer.text})
    return messages


def _joined(parts: list[str], language: str) -> str:
    return ("" if language == "ja" else " ").join(part for part in parts if part)
