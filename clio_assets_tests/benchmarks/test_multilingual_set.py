import polars as pl
import pytest

from benchmarks.evaluation.multilingual import frames, multilingual_set, phrases

CATEGORIES, LANGUAGES = 20, 15
EACH = 4
SIZE = EACH * CATEGORIES * LANGUAGES
SLOTS = ("<thing>", "<worry>")


@pytest.fixture(scope="module")
def labelled():
    return multilingual_set(1, SIZE)


def test_a_seed_says_it_all(labelled):
    assert labelled.equals(multilingual_set(1, SIZE))
    assert not labelled.equals(multilingual_set(2, SIZE))
    assert labelled["conversation_id"].n_unique() == SIZE


def test_every_language_asks_about_every_category_equally_often(labelled):
    sizes = labelled.group_by("category", "language").len()
    assert len(sizes) == CATEGORIES * LANGUAGES
    assert set(sizes["len"]) == {EACH}
    uneven = multilingual_set(1, SIZE + 7).group_by("category", "language").len()
    assert set(uneven["len"]) == {EACH, EACH + 1}


def test_texts_have_the_same_places_in_every_language():
    for category, by_language in phrases().items():
        assert list(by_language) == list(frames()), category
        english = by_language["en"]
        for language, about in by_language.items():
            sizes = (len(about.lines), len(about.things), len(about.worries))
            assert sizes == (8, 10, 8), (category, language)
            for line, original in zip(about.lines, english.lines, strict=True):
                held = [line.count(slot) for slot in SLOTS]
                assert held == [original.count(slot) for slot in SLOTS], (language, line)
                assert held[0] == 1, (language, line)
    for frame in frames().values():
        assert (len(frame.openings), len(frame.closings)) == (8, 8)
        assert (frame.openings[0], frame.closings[0]) == ("", "")
        assert all(frame.openings[1:] + frame.closings[1:])


def test_texts_are_complete(labelled):
    for text in pl.concat([labelled["request"], labelled["english"]]).unique():
        assert text == text.strip()
        assert not set(text) & set("<>|~"), text


def test_the_english_of_a_request_has_its_places(labelled):
    of_english = labelled.filter(language="en")
    assert of_english["request"].equals(of_english["english"])
    for row in labelled.iter_rows(named=True):
        said, english = (phrases()[row["category"]][one] for one in (row["language"], "en"))
        told = zip(said.things, english.things, strict=True)
        assert any(a in row["request"] and b in row["english"] for a, b in told), row
        ends = [(frames()[one].openings, frames()[one].closings) for one in (row["language"], "en")]
        (openings, closings), (english_openings, english_closings) = ends
        assert place(openings, row["request"].startswith) == place(
            english_openings, row["english"].startswith
        ), row
        assert place(closings, row["request"].endswith) == place(
            english_closings, row["english"].endswith
        ), row


def place(choices, holds):
    """The place of the longest that stands there; the empty one always does."""
    return max((n for n, one in enumerate(choices) if holds(one)), key=lambda n: len(choices[n]))


def test_openings_and_closings_stand_around_some(labelled):
    english = frames()["en"]
    opened = sum(place(english.openings, text.startswith) > 0 for text in labelled["english"])
    closed = sum(place(english.closings, text.endswith) > 0 for text in labelled["english"])
    assert 0.4 < opened / SIZE < 0.6
    assert 0.4 < closed / SIZE < 0.6


def test_accounts_come_again_and_write_one_language(labelled):
    accounts = labelled.group_by("account").agg(pl.len(), pl.col("language").n_unique())
    assert set(accounts["language"]) == {1}
    assert accounts["len"].mean() > 2
    assert accounts["len"].max() > 4 * accounts["len"].mean()
