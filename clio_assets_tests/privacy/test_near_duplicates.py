"""G-06: fifty accounts with one template are one, and people who ask alike are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clio_assets.privacy.near_duplicates import ALIKE, prompt_signatures, sources

WORDS = [f"word{n}" for n in range(4_000)]
TEMPLATE = (
    "Write a warm and honest sounding review of the GlowNest kettle for {} who lives in {} "
    "and say that it changed every single morning for the better"
)


def sources_of(said: Sequence[tuple[str | None, str | None]]) -> list[str | None]:
    """The source of each (account, text)."""
    frame = pl.DataFrame(said, schema={"account": pl.String, "text": pl.String}, orient="row")
    frame = frame.with_row_index("conversation_id").cast({"conversation_id": pl.String})
    ids, signatures = prompt_signatures(frame.iter_slices(7))
    assert ids.to_list() == frame["conversation_id"].to_list()
    return sources(frame["account"], signatures).to_list()


def random_text(rng: np.random.Generator, length: int) -> list[str]:
    return [WORDS[n] for n in rng.integers(0, len(WORDS), length)]


def jaccard(one: list[str], other: list[str]) -> float:
    first, second = ({*pairwise(text)} for text in (one, other))
    return len(first & second) / len(first | second)


def test_a_campaign_of_fifty_accounts_with_one_template_is_one() -> None:
    said = [(f"fake{n:02}", TEMPLATE.format(WORDS[n], WORDS[-n - 1])) for n in range(50)]
    assert set(sources_of(said)) == {"fake00"}


@pytest.mark.parametrize(
    "disguise",
    [str.upper, lambda said: said.replace("e", "e\u200b"), lambda said: said.replace(" ", " -- ")],
)
def test_letters_and_signs_disguise_nothing(disguise: Callable[[str], str]) -> None:
    text = TEMPLATE.format("Ann", "Rome")
    assert sources_of([("a", text), ("b", disguise(text))]) == ["a", "a"]


def test_people_who_ask_for_the_same_thing_in_their_own_words_stay_themselves() -> None:
    said = [
        ("a", "How do I change the password of my account?"),
        ("b", "I forgot my password, can you reset it for me please"),
        ("c", "please help me pick a new password"),
        ("d", "password change does not work, what now?"),
    ]
    assert sources_of(said) == ["a", "b", "c", "d"]


def test_an_account_counts_for_itself_with_what_it_says_in_its_own_words() -> None:
    text = TEMPLATE.format("Ann", "Rome")
    own = "why does my sourdough never rise in winter"
    assert sources_of([("b", text), ("a", text), ("b", own)]) == ["a", "a", "b"]


def test_like_conversations_of_one_account_are_its_own() -> None:
    text = TEMPLATE.format("Ann", "Rome")
    assert sources_of([("b", text), ("b", text), ("a", "something else entirely")]) == [
        "b", "b", "a"]  # fmt: skip


def test_the_order_of_rows_and_batches_does_not_matter() -> None:
    said = [(f"fake{n:02}", TEMPLATE.format(WORDS[n], "Rome")) for n in range(20)]
    said += [(f"person{n:02}", " ".join(random_text(np.random.default_rng(n), 9)))
             for n in range(20)]  # fmt: skip
    expected = dict(zip(said, sources_of(said), strict=True))
    mixed = [said[n] for n in np.random.default_rng(1).permutation(len(said))]
    assert dict(zip(mixed, sources_of(mixed), strict=True)) == expected


def test_texts_without_a_word_are_alike_and_one_word_is_a_text() -> None:
    assert sources_of([("a", None), ("b", "?!"), ("c", "hi"), ("d", "Hi!"), ("e", "hey")]) == [
        "a", "a", "c", "c", "e"]  # fmt: skip
    assert sources_of([]) == []


def test_an_unknown_account_is_nobodys_source() -> None:
    said = [(None, "quite another thing to say"), ("b", "how do i bake bread")]
    assert sources_of(said) == [None, "b"]
    assert sources_of([(None, "how do i bake bread"), ("b", "how do i bake bread")]) == ["b", "b"]


def test_a_chain_of_small_changes_is_not_one_account() -> None:
    words = random_text(np.random.default_rng(3), 40)
    said = []
    for n in range(40):
        words = [*words]
        words[n] = f"new{n}"
        said.append((f"a{n:02}", " ".join(words)))
    assert 3 <= len(set(sources_of(said))) <= 20


@given(seed=st.integers(0, 2**32 - 1), changed=st.integers(0, 60))
def test_alike_is_what_the_jaccard_index_of_word_pairs_says(seed: int, changed: int) -> None:
    """But for what MinHash estimates wrongly: three standard errors, .13 either way."""
    rng = np.random.default_rng(seed)
    one = random_text(rng, 60)
    other = [*one]
    for place in rng.choice(60, changed, replace=False):
        other[place] = f"other{place}"
    same = sources_of([("a", " ".join(one)), ("b", " ".join(other))]) == ["a", "a"]
    index = jaccard(one, other)
    if abs(index - ALIKE) > 0.18:
        assert same == (index > ALIKE)
