"""What the sample holds: topics, their sizes over the days, and what is planted among them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from clio_assets.demo.grammar import read_yaml


@dataclass(frozen=True)
class PlannedTopic:
    """A topic's place in the plan; sizes are conversations out of `Plan.per_day`."""

    name: str
    first_size: float
    last_size: float
    languages: dict[str, float]
    products: dict[str, int]
    born: int = 1

    def size(self, day: int, days: int) -> float:
        """The planned size on a day, 1 being the first: a straight line from birth to the end."""
        if day < self.born:
            return 0.0
        progress = (day - 1) / max(days - 1, 1)
        return self.first_size + (self.last_size - self.first_size) * progress


@dataclass(frozen=True)
class Campaign:
    """A few accounts that send one template, known by its `mark`, many times."""

    topic: str
    mark: str
    days: frozenset[int]
    accounts: int
    size: int
    products: dict[str, int]


@dataclass(frozen=True)
class Whale:
    """One account that makes `share` of a topic on some days."""

    topic: str
    days: frozenset[int]
    share: float


@dataclass(frozen=True)
class Plan:
    """The whole sample."""

    topics: tuple[PlannedTopic, ...]
    campaign: Campaign
    whale: Whale

    def sizes(self, day: int, days: int, conversations: int) -> dict[str, int]:
        """Share out a day's conversations among its topics, in proportion to their plan."""
        planned = {topic.name: topic.size(day, days) for topic in self.topics}
        scale = conversations / sum(planned.values())
        shares = {name: size * scale for name, size in planned.items() if size}
        sizes = {name: int(share) for name, share in shares.items()}
        # Largest remainders, so that the day adds up.
        left = conversations - sum(sizes.values())
        for name in sorted(shares, key=lambda name: sizes[name] - shares[name])[:left]:
            sizes[name] += 1
        return sizes


@cache
def planned_topics() -> Plan:
    """Read grammars/plan.yaml."""
    document = read_yaml("plan")
    topics = tuple(
        PlannedTopic(
            name=name,
            first_size=entry.get("from", entry.get("size")),
            last_size=entry.get("to", entry.get("size")),
            languages=entry["languages"],
            products=entry["products"],
            born=entry.get("born", 1),
        )
        for name, entry in document["topics"].items()
    )
    campaign, whale = document["campaign"], document["whale"]
    return Plan(
        topics=topics,
        campaign=Campaign(**campaign | {"days": frozenset(campaign["days"])}),
        whale=Whale(**whale | {"days": frozenset(whale["days"])}),
    )
