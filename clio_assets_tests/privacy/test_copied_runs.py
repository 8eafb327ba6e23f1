"""G-12: no part of a sentence that somebody wrote, however its words are supported."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clio_assets.privacy.copied_runs import accounts_sharing, runs_of

SENTENCE = "My sister Ann was fired from the harbour office on Monday."


def batch(*rows: tuple[str | None, str | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"account": pl.String, "text": pl.String}, orient="row")


def sharing(name: str, *batches: pl.DataFrame) -> list[int]:
    found = accounts_sharing(runs_of([name])[name], batches)
    return [found[run] for run in runs_of([name])[name] if run in found]


def test_a_text_of_five_words_has_no_run_and_one_of_seven_has_two() -> None:
    found = runs_of(["one two three four five", "one two three four five six seven", ""])
    assert list(map(len, found.values())) == [0, 2, 0]


@pytest.mark.parametrize(
    "copied",
    [
        "sister Ann was fired from the harbour",
        "SISTER ANN -- was fired: from THE",
        "sister\u200b Ann w\u00adas fired from the",
        "About one whose sister Ann was fired from the quay",
    ],
)
def test_a_pasted_run_is_found_however_it_is_written(copied: str) -> None:
    assert set(sharing(copied, batch(("a", SENTENCE), ("b", "How do I book a train?")))) == {1}


def test_five_words_in_common_are_allowed() -> None:
    name = "Whose sister Ann was fired from a ship"
    assert sharing(name, batch(("a", SENTENCE))) == []


def test_no_run_begins_or_ends_within_a_word() -> None:
    assert (
        sharing("one two three four five six", batch(("a", "bone two three four five six"))) == []
    )
    assert (
        sharing("one two three four five six", batch(("a", "one two three four five sixth"))) == []
    )


def test_an_account_counts_once_over_all_batches_and_nobody_lends_no_support() -> None:
    run = "how do i change my password"
    first = batch(("a", run), ("a", f"please, {run}"), ("b", run), ("c", "something else"))
    second = batch(("a", run), ("d", f"{run} now"), (None, run), ("e", None))
    assert sharing(run, first, second) == [4]


def test_overlapping_runs_are_all_counted() -> None:
    name = "a b c d e f g h"
    assert sharing(name, batch(("x", name), ("y", "b c d e f g"))) == [1, 2, 1]


def test_scripts_without_spaces_have_runs_of_pairs() -> None:
    text = "私の妹は港の事務所を解雇されました"
    assert sharing(text, batch(("a", f"実は{text}。"))) != []
    assert sharing("旅行の予約", batch(("a", "旅行の予約"))) == []


WORDS = st.lists(st.sampled_from("ash bay cat dew elm fir".split()), max_size=14)  # noqa: SIM905


@given(name=WORDS, texts=st.lists(st.tuples(st.sampled_from("pqr"), WORDS), max_size=6))
def test_found_as_by_hand(name: list[str], texts: list[tuple[str, list[str]]]) -> None:
    def runs(words: list[str]) -> list[tuple[str, ...]]:
        return [tuple(words[n : n + 6]) for n in range(len(words) - 5)]

    wanted = [
        len({account for account, words in texts if run in runs(words)}) for run in runs(name)
    ]
    rows = batch(*((account, " ".join(words)) for account, words in texts))
    assert sharing(" ".join(name), rows) == [count for count in wanted if count]
