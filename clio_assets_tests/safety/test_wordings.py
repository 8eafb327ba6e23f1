"""What is worded the same, and what words tell."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clio_assets.safety.wordings import distinct_wordings, template_entropy

WORDS = st.sampled_from(["harbour", "lantern", "violet", "copper", "meadow", "thistle"])
TEXTS = st.lists(st.lists(WORDS, max_size=6).map(" ".join), min_size=1, max_size=12)


@settings(deadline=None)
@given(TEXTS, st.data())
def test_requests_share_a_wording_when_their_words_are_the_same_in_order(texts, data):
    accounts = np.array(
        data.draw(st.lists(st.integers(0, 3), min_size=(n := len(texts)), max_size=n))
    )
    wordings = distinct_wordings(pl.Series(texts), accounts)
    for text, number in zip(texts, wordings.of_row, strict=True):
        assert number == (-1 if not text else wordings.of_row[texts.index(text)])
    assert len(wordings) == len(set(texts) - {""})
    assert (np.diff(wordings.first_row) > 0).all()


def test_case_and_punctuation_make_no_difference():
    wordings = distinct_wordings(
        pl.Series(["A lamp, please!", "a LAMP please", "please a lamp", None]), np.arange(4)
    )
    assert wordings.of_row.tolist() == [0, 0, 1, -1]


def test_a_word_tells_by_how_few_accounts_use_it():
    texts = pl.Series(["the harbour", "the lantern", "the lantern", "the"])
    wordings = distinct_wordings(texts, np.array([0, 1, 1, 2]))
    # "the" is everybody's and tells nothing; each other word is one of three accounts'.
    assert wordings.held.tolist() == pytest.approx([np.log(3), np.log(3), 0])


def test_an_account_that_repeats_itself_makes_no_word_common():
    once = distinct_wordings(pl.Series(["copper kettle", "blue door"]), np.array([0, 1]))
    often = distinct_wordings(
        pl.Series(["copper kettle", "blue door", *[f"copper {n}" for n in range(50)]]),
        np.array([0, 1] + [0] * 50),
    )
    assert often.held[0] == pytest.approx(once.held[0])


def test_entropy_is_nothing_for_one_wording_and_grows_with_free_words():
    accounts = np.arange(6)
    same = distinct_wordings(pl.Series(["sell the copper kettle"] * 6), accounts)
    slot = distinct_wordings(pl.Series([f"sell the copper kettle {n}" for n in range(6)]), accounts)
    free = distinct_wordings(pl.Series([f"a{n} b{n} c{n} d{n}" for n in range(6)]), accounts)
    entropies = [template_entropy(one, one.of_row) for one in (same, slot, free)]
    assert entropies[0] == 0
    assert entropies == sorted(entropies)
    assert entropies[1] < entropies[2]
