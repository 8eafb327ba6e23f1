"""A population of accounts: a heavy tail of activity, one language and a few topics each."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from random import Random

from clio_assets.demo.plan import PlannedTopic

PER_DAILY_CONVERSATION = 8
"""Accounts in the population for each conversation a day: about 1,250 of them show on a day
of 1,500."""

ACTIVITY_SIGMA = 1.1
"""Spread of the log-normal activity: the busiest hundredth make about a tenth of everything."""

TOPICS_EACH = (1, 1, 2, 2, 3)
FEWEST_MEMBERS = 20

LARGEST_SHARE = 0.05
"""No ordinary account has more of a topic's day."""

Group = tuple[str, str]
"""A topic and a language."""


class Population:
    """Accounts by the topics and the language they write in."""

    def __init__(self, topics: tuple[PlannedTopic, ...], conversations: int, rng: Random) -> None:
        groups = {
            (topic.name, language): max(topic.first_size, topic.last_size) * share
            for topic in topics
            for language, share in topic.languages.items()
        }
        self._members: dict[Group, list[str]] = {group: [] for group in groups}
        activity: dict[Group, list[float]] = {group: [] for group in groups}
        languages = sorted({language for _, language in groups})
        by_language = {
            language: {group: size for group, size in groups.items() if group[1] == language}
            for language in languages
        }
        weights = [sum(by_language[language].values()) for language in languages]
        for _ in range(PER_DAILY_CONVERSATION * conversations):
            account, weight = new_account(rng), rng.lognormvariate(0, ACTIVITY_SIGMA)
            options = by_language[rng.choices(languages, weights)[0]]
            wanted = rng.choice(TOPICS_EACH)
            favourites = rng.choices(list(options), list(options.values()), k=wanted)
            for group in dict.fromkeys(favourites):
                self._members[group].append(account)
                activity[group].append(weight)
        for group, members in self._members.items():
            # Chance leaves groups of a tiny sample short; a draw must always find enough people.
            while len(members) < FEWEST_MEMBERS:
                members.append(new_account(rng))
                activity[group].append(1.0)
        self._cumulative = {group: list(accumulate(each)) for group, each in activity.items()}

    def draw(self, group: Group, size: int, of_topic: int, rng: Random) -> list[str]:
        """Draw the accounts of `size` conversations, none above its share of the topic's day."""
        most = max(1, int(LARGEST_SHARE * of_topic))
        drawn: Counter[str] = Counter()
        accounts: list[str] = []
        members, cumulative = self._members[group], self._cumulative[group]
        while len(accounts) < size:
            account = rng.choices(members, cum_weights=cumulative)[0]
            if drawn[account] < most:
                drawn[account] += 1
                accounts.append(account)
        return accounts


def new_account(rng: Random) -> str:
    """An opaque account id."""
    return f"acct-{rng.getrandbits(48):012x}"
