"""Strings that stand nowhere else: invented names, ids, secrets and sentences, each in a place."""

from __future__ import annotations

import random
from dataclasses import dataclass

from benchmarks.attacks.disguises import DISGUISES

KINDS = ("name", "id", "secret", "sentence")

PLACES = {
    "request": 0.45,  # of a user, the first turn
    "later turn": 0.08,
    "answer": 0.12,  # of the assistant
    "facet": 0.06,  # a metadata field that a facet is read from
    "metadata": 0.06,  # any other
    "conversation id": 0.06,
    "model": 0.04,
    "account id": 0.07,
    "malformed row": 0.03,
    "bad time": 0.03,
}
"""Where canaries are planted, and the share of each place."""

NEVER_KEPT = {"account id", "malformed row", "bad time"}
"""What stands there is not even in the private zone: a pseudonym or a reason is."""

SPOKEN = ("request", "later turn", "answer")
"""Places of free text, where a canary may be in disguise and more than one account may say it."""


@dataclass(frozen=True)
class Canary:
    """A planted string.

    text: as it would read plainly. given_away_by: what must not be found: the text and each of its
    words that stands nowhere else. accounts: how many different accounts say it.
    """

    text: str
    given_away_by: tuple[str, ...]
    place: str
    disguise: str
    accounts: int


def make_canaries(count: int, most_accounts: int, seed: int) -> list[Canary]:
    """Return `count` canaries, about `PLACES`' share in each place.

    Of the requests a tenth is said by `most_accounts` accounts, one less than what a word needs to
    be shown, the others by one.
    """
    chance = random.Random(seed)  # noqa: S311 - no secrets
    found = []
    for place, share in PLACES.items():
        for n in range(max(2, round(share * count)) if place != "request" else 0):
            found.append(_canary(place, n, 1, chance))
    requests = count - len(found)
    for n in range(requests):
        accounts = most_accounts if n % 10 == 0 else 1
        found.append(_canary("request", n, accounts, chance))
    return found


def _canary(place: str, n: int, accounts: int, chance: random.Random) -> Canary:
    kind = KINDS[n % len(KINDS)] if place in SPOKEN else KINDS[n % 3]
    text, unique = _worded(kind, chance)
    # Half of what is said is said plainly.
    hidden = place in SPOKEN and n % 2 == 1
    disguise = DISGUISES[1 + n // 2 % (len(DISGUISES) - 1)] if hidden else DISGUISES[0]
    return Canary(text, tuple(dict.fromkeys((text, *unique))), place, disguise, accounts)


def _worded(kind: str, chance: random.Random) -> tuple[str, list[str]]:
    """A text of a kind, and the words of it that stand nowhere else."""
    if kind == "name":
        unique = [_invented(chance), _invented(chance)]
        return " ".join(unique).title(), unique
    if kind == "id":
        unique = [f"u{chance.getrandbits(48):012x}"]
        return unique[0], unique
    if kind == "secret":
        return f"sk-{chance.getrandbits(128):032x}", []
    unique = [_invented(chance), _invented(chance)]
    return f"My neighbour {unique[0]} told {unique[1]} about the lighthouse", unique


def _invented(chance: random.Random) -> str:
    """A word of five syllables: one of 10^10."""
    syllables = (chance.choice("bdfghjklmnprstvwz") + chance.choice("aeiou") for _ in range(5))
    return "".join(syllables)
