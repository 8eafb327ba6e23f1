"""Names of continuing topics: kept while their words are in use, and from when they are."""

from __future__ import annotations

import polars as pl

from clio_assets.naming.kept_names import kept_names, named_in, names_before, words_in_use

BEFORE = pl.DataFrame(
    [
        ("a", "Tax", "Forms", "2026-11-01"),
        ("b", "Visa", "Trips", "2026-10-30"),
        ("c", "Rent", "Flats", "2026-11-01"),
        ("nameless", "", "", None),
        ("gone", "Old", "Old", "2026-11-01"),
    ],
    schema=["topic_id", "name", "summary", "named_in"],
    orient="row",
)


def texts(said: dict[tuple[str, str], int]) -> pl.DataFrame:
    """(topic, word) -> how many accounts say it."""
    rows = [
        (topic, f"account {n}", word) for (topic, word), many in said.items() for n in range(many)
    ]
    return pl.DataFrame(rows, schema=["topic_id", "account", "text"], orient="row")


def test_a_name_stays_while_every_word_is_in_use() -> None:
    before = names_before(BEFORE, ["a", "b", "c", "d", "nameless"])
    assert set(before) == {"a", "b", "c"}
    said = texts({("a", "tax"): 13, ("a", "forms"): 13, ("b", "trips"): 13, ("c", "rent"): 13})
    # A summary that no longer holds is written anew, and costs the topic not its name.
    assert kept_names(before, words_in_use(said, before, 13)) == {
        "a": ("Tax", "Forms"),
        "c": ("Rent", ""),
    }
    assert names_before(None, ["a"]) == {}


def test_a_word_that_was_earned_needs_half_as_many() -> None:
    earned = {"a": frozenset({"tax"}), "b": frozenset({"other"})}
    said = texts({("a", "tax"): 7, ("b", "visa"): 12})
    assert words_in_use(said, "ab", 13, earned) == {"a": {"tax"}, "b": set()}
    assert words_in_use(texts({("a", "tax"): 6}), "a", 13, earned) == {"a": set()}


def test_a_name_is_from_the_last_period_in_which_it_stood_in_full() -> None:
    names = {"a": ("Tax", "Forms"), "b": ("Visa", "Trips"), "c": ("Deposits", "Flats")}
    said = texts({("a", "tax"): 13, ("a", "forms"): 12, ("b", "visa"): 13, ("b", "trips"): 13})
    since = named_in(names, said, BEFORE, 13, "2026-11-02")
    assert since == {
        "a": "2026-11-01",  # its summary says a word that too few use today
        "b": "2026-11-02",
        "c": "2026-11-02",  # another name, so it was chosen of today's words
    }
    assert named_in(names, said, None, 13, "2026-11-02") == dict.fromkeys("abc", "2026-11-02")
