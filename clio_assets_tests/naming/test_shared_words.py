"""What is shown of a text is said by many together, and nothing in it sets a few apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clio_assets.naming.shared_words import SharedWords

WORDS = st.frozensets(st.sampled_from("ash bay cat dew elm fir".split()))  # noqa: SIM905
TEXTS = st.lists(st.tuples(st.integers(0, 6), WORDS), min_size=1, max_size=16)


def shown(said: list[tuple[int, frozenset[str]]], minimum: int) -> list[frozenset[str]]:
    held = SharedWords([words for _, words in said], [account for account, _ in said], minimum)
    return [held.shared_with(row)[0] for row in range(len(said))]


def users(said: list[tuple[int, frozenset[str]]], words: frozenset[str]) -> set[int]:
    return {account for account, own in said if own >= words}


@given(TEXTS, st.integers(1, 4))
def test_many_use_the_words_together_and_no_few_lack_a_word(
    said: list[tuple[int, frozenset[str]]], minimum: int
) -> None:
    held = SharedWords([words for _, words in said], [account for account, _ in said], minimum)
    for row in range(len(said)):
        words, holder = held.shared_with(row)
        if not words:
            assert all(len(users(said, frozenset({word}))) < minimum for word in said[row][1])
            continue
        assert len(users(said, words)) >= minimum
        assert said[holder][1] >= words
        for other in frozenset().union(*(own for _, own in said)) - words:
            with_it = len(users(said, words | {other}))
            assert with_it < minimum or len(users(said, words)) - with_it >= minimum


def test_a_word_of_few_is_not_shown_however_many_share_the_others() -> None:
    said = [(n, frozenset({"cough", "night"})) for n in range(9)]
    said.append((9, frozenset({"cough", "night", "malaria"})))
    assert set(shown(said, 3)) == {frozenset({"cough", "night"})}


def test_words_that_each_have_support_are_not_shown_together_for_one_person() -> None:
    """The planted chats know the age, honest ones the disease, and one person has both."""
    said = [(n, frozenset({"cough", "aged34", "order"})) for n in range(5)]
    said += [(10 + n, frozenset({"cough", "malaria"})) for n in range(5)]
    said.append((99, frozenset({"cough", "aged34", "malaria"})))
    assert all(not words >= {"aged34", "malaria"} for words in shown(said, 3))


def test_who_lacks_what_all_others_say_is_not_set_apart() -> None:
    """The plants name every disease too: only the order tells them from the target."""
    said = [(n, frozenset({"cough", "aged34", "malaria", "order"})) for n in range(5)]
    said.append((99, frozenset({"cough", "aged34", "malaria"})))
    assert set(shown(said, 3)) == {frozenset({"cough", "aged34", "malaria", "order"})}


def test_an_account_counts_once_and_texts_without_words_show_nothing() -> None:
    said = [(1, frozenset({"ash"}))] * 9 + [(2, frozenset({"ash"})), (3, frozenset())]
    assert shown(said, 3) == [frozenset()] * 11
    assert shown(said, 2) == [frozenset({"ash"})] * 10 + [frozenset()]
