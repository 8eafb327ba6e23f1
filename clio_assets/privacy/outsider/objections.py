"""What an outsider would object to in a topic's name and summary: the floor of rule G-14."""

from __future__ import annotations

from functools import lru_cache

from clio_assets.privacy.outsider.attributes import attributes_of_somebody
from clio_assets.privacy.outsider.instructions import naming_no_subject, speaking_to_readers
from clio_assets.privacy.outsider.persons import pointing_at_persons
from clio_assets.privacy.outsider.wording import folded


@lru_cache(maxsize=10_000)
def objections(name: str, summary: str) -> tuple[str, ...]:
    """Return kinds of what speaks against a release, each once; empty where nothing does.

    Patterns of names and offices, sensitive attributes, orders and texts without a subject, in
    English, Spanish, German, French, Portuguese and Japanese. Name and summary are read apart, so
    that no phrase forms across their border. Never a part of the text.
    """
    found = naming_no_subject(folded(name))
    for text in (folded(name), folded(summary)):
        for look in (pointing_at_persons, attributes_of_somebody, speaking_to_readers):
            found += look(text)
    return tuple(dict.fromkeys(found))
