"""Key phrases are counted in accounts, and only what enough of them use is one."""

# ruff: noqa: RUF001 - letters that look alike are what is tested

from __future__ import annotations

import polars as pl
import pytest

from clio_assets.naming.phrases import (
    TEXTS_PER_ACCOUNT,
    Candidate,
    akin,
    count_phrases,
    counted_together,
    lasting,
    rank_phrases,
    spelled,
    spellings,
    supported_phrases,
    whole,
)
from clio_assets.privacy.text_support import tokens
from clio_assets_tests.naming.corpora import corpus, said

REST = said("rest", "something entirely different", 40, first=500)
JOINING = {"the", "a", "to", "my", "of"}


def ranked(
    texts: pl.DataFrame, topic: str = "t", minimum: int = 10, lasts: int = 0
) -> list[Candidate]:
    counts = count_phrases(texts)
    supported = supported_phrases(counts, topic, minimum, lambda word: word not in JOINING)
    return whole(rank_phrases(counts, topic, supported, minimum=lasts))


def phrases(texts: pl.DataFrame, topic: str = "t", minimum: int = 10) -> list[str]:
    return [" ".join(one.phrase) for one in ranked(texts, topic, minimum)]


def test_an_account_counts_once_however_often_it_repeats_itself() -> None:
    hog = [("t", "hog", "en", f"epilepsy seizure diary {n}") for n in range(100)]
    texts = corpus(said("t", "book flights", 30), hog, REST)
    assert count_phrases(texts).by_topic["t"][("epilepsy",)] == 1
    assert count_phrases(texts).by_topic["t"][()] == 31
    assert phrases(texts) == ["book flights"]
    assert phrases(texts, minimum=2) == ["book flights"]


def test_an_account_brings_so_many_texts_and_no_more() -> None:
    wordy = [("t", "one", "en", f"word{n}") for n in range(10)]
    counted = count_phrases(corpus(wordy)).by_topic["t"]
    assert sum(1 for phrase in counted if len(phrase) == 1) == TEXTS_PER_ACCOUNT


@pytest.mark.parametrize("minimum", [1, 10, 13])
def test_the_minimum_is_respected_exactly(minimum: int) -> None:
    enough = corpus(said("t", "rental cars", minimum), said("t", "x", 5, first=90), REST)
    short = corpus(said("t", "rental cars", minimum - 1), said("t", "x", 5, first=90), REST)
    assert "rental cars" in phrases(enough, minimum=minimum)
    assert "rental cars" not in phrases(short, minimum=minimum)


def test_words_that_enough_use_apart_are_no_phrase_together() -> None:
    texts = corpus(
        said("t", "cheap flights", 9),
        said("t", "flights", 10, first=100),
        said("t", "cheap", 10, first=200),
        REST,
    )
    assert set(phrases(texts)) == {"cheap", "flights"}


def test_a_phrase_replaces_its_parts_where_most_say_it_whole() -> None:
    texts = corpus(said("t", "credit card", 30), said("t", "card", 10, first=90), REST)
    assert phrases(texts) == ["credit card"]
    loose = corpus(said("t", "credit card", 12), said("t", "card", 40, first=90), REST)
    assert phrases(loose) == ["card", "credit card"]


def test_what_the_other_topics_say_as_often_names_none() -> None:
    texts = corpus(
        said("t", "invoice", 30),
        said("t", "refund", 15, first=50),
        said("rest", "invoice", 60, first=90),
    )
    assert phrases(texts) == ["refund"]


def test_the_more_distinctive_phrase_comes_first() -> None:
    texts = corpus(
        said("t", "parcel stamps", 20),
        said("t", "parcel", 15, first=50),
        said("rest", "parcel", 20, first=100),
        said("rest", "else", 80, first=200),
    )
    assert phrases(texts)[0] == "parcel stamps"


def test_a_topic_is_told_from_its_siblings_first() -> None:
    texts = corpus(
        said("t", "card limit", 20),
        said("t", "card", 20, first=30),
        said("sibling", "card stolen", 30, first=100),
        said("rest", "weather", 900, first=200),
    )
    counts = count_phrases(texts)
    supported = supported_phrases(counts, "t", 10, lambda _: True)
    alone, beside = (rank_phrases(counts, "t", supported, some) for some in ([], ["sibling"]))
    assert alone[0].phrase == ("card",)
    assert "limit" in beside[0].phrase
    assert beside[-1].phrase == ("card",)


def test_a_word_that_is_hardly_supported_gives_way_to_one_that_will_last() -> None:
    assert lasting(13, 13) == 0.5**6
    assert lasting(100, 13) > 0.99
    assert lasting(20, 13) < lasting(30, 13)
    texts = corpus(said("t", "rare", 13), said("t", "usual", 40), said("u", "usual", 2), REST)
    scores = {
        minimum: {one.phrase: one.score for one in ranked(texts, minimum=10, lasts=minimum)}
        for minimum in (0, 13)
    }
    assert scores[13][("rare",)] < 0.05 * scores[0][("rare",)]
    assert scores[13][("usual",)] > 0.99 * scores[0][("usual",)]


def test_topics_are_counted_together_with_what_can_be_in_a_name() -> None:
    texts = corpus(said("t", "card", 12), said("u", "card", 3), said("u", "visa", 9), REST)
    counts = counted_together(count_phrases(texts), {"p": ["t", "u", "gone"]}, 10)
    assert counts.by_topic["p"] == {(): 21, ("card",): 15}
    assert counts.summed == count_phrases(texts).summed


def test_phrases_begin_and_end_with_a_word_that_carries() -> None:
    texts = corpus(said("t", "the history of Rome to my", 20), REST)
    assert phrases(texts) == ["history of rome"]
    assert ranked(texts)[0].content == ("history", "rome")


def test_years_and_longer_numbers_are_in_no_phrase_and_shorter_ones_carry_none() -> None:
    texts = corpus(said("t", "visa 2027 form 30 days 12345678", 20), REST)
    found = phrases(texts)
    assert found == ["form 30 days", "visa"]
    assert not any("20" in one for one in found)


def test_a_blob_that_everybody_pastes_is_no_phrase() -> None:
    texts = corpus(said("t", f"parcel {'x' * 90} stamps", 20), REST)
    assert phrases(texts) == ["parcel", "stamps"]


def test_a_topic_that_stands_alone_has_phrases_too() -> None:
    alone = corpus(said("t", "parcel stamps", 15), said("t", "letters", 25, first=90))
    assert phrases(alone) == ["letters", "parcel stamps"]


def test_equal_scores_are_ordered_by_the_phrase_and_rows_do_not_matter() -> None:
    texts = corpus(said("t", "beta", 20), said("t", "alpha", 20, first=40), REST)
    assert phrases(texts) == ["alpha", "beta"]
    assert phrases(texts.sample(fraction=1.0, shuffle=True, seed=1)) == ["alpha", "beta"]


def test_texts_without_words_count_nobody() -> None:
    counted = count_phrases(corpus(said("t", "?!", 20), [("u", "a", "en", "")]))
    assert {topic: sum(counter.values()) for topic, counter in counted.by_topic.items()} == {
        "t": 0,
        "u": 0,
    }
    assert phrases(corpus(said("t", "?!", 20))) == []
    assert count_phrases(corpus()).by_topic == {}


def test_the_usual_spelling_is_that_inside_sentences() -> None:
    found = spellings(["Sql in SQL", "use SQL", "Use sql", "an İstanbul", "Only"])
    assert found["sql"] == "SQL"
    assert "only" not in found
    assert found["i̇stanbul"] == "İstanbul"
    assert spellings([]) == {}


def test_every_spelling_is_cut_into_the_word_it_spells() -> None:
    # Folding these as Python does would make one word of two that need support of their own.
    texts = ["x ᾳδω", "x straße STRASSE", "x ﬁle FILE", "x ſay", "x ısı ISI", "x ΟΔΟΣ", "x ŉ"]
    for token, form in spellings(texts).items():
        assert tokens(pl.DataFrame({"text": [form]}))["token"].to_list() == [token]


def test_pieces_of_scripts_without_spaces_are_joined_and_words_of_others_are_not() -> None:
    assert spelled(("東京", "京駅"), {}) == "東京駅"
    assert spelled(("ภา", "าษ", "ษา"), {}) == "ภาษา"
    assert spelled(("旅行", "の", "予約"), {}) == "旅行 の 予約"
    assert spelled(("여행", "행사"), {}) == "여행 행사"
    assert spelled(("на", "ад"), {}) == "на ад"
    assert spelled(("sql", "query"), {"sql": "SQL"}) == "SQL query"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("flight", "flights", True),
        ("recipe", "recipes", True),
        ("country", "countries", True),
        ("plan", "plane", True),
        ("car", "cars", False),
        ("car", "car", True),
        ("art", "article", False),
        ("booking", "book", False),
    ],
)
def test_forms_of_a_word_differ_only_at_their_ends(one: str, other: str, same: bool) -> None:
    assert akin(one, other) == akin(other, one) == same
