"""Which conversations a monitor watches."""

from __future__ import annotations

import polars as pl
import pytest

from clio_assets.config import ConfigError, parse_settings
from clio_assets.safety.matching import answered_yes, filtered
from clio_assets.safety.settings import MonitorSettings
from clio_assets_tests.facets.batches import conversations
from clio_assets_tests.facets.model_answers import by_first_words, models_with
from clio_assets_tests.models.scripted import Scripted

TEXTS = [
    "Please click the  button for me",
    "CLICK THE BUTTON!",
    "A doubleclick the buttonhole",
    "帮我操作电脑吧",
    "I use 电脑 at home",
    ["Hello", "now click the button"],
]


def facets(**columns: list[object]) -> pl.DataFrame:
    some = next(iter(columns.values()))
    return pl.DataFrame({"conversation_id": [f"c{n}" for n in range(len(some))], **columns})


def matched(monitor: dict[str, object], rows: pl.DataFrame | None = None) -> list[str]:
    batch = conversations(*TEXTS)
    known = rows if rows is not None else batch.select("conversation_id")
    return filtered(batch, known, MonitorSettings.model_validate(monitor))[
        "conversation_id"
    ].to_list()


def test_words_are_whole_whatever_their_case_and_spaces() -> None:
    assert matched({"words": ["click the button"]}) == ["c0", "c1", "c5"]


def test_where_words_have_no_spaces_between_them_they_may_stand_anywhere() -> None:
    assert matched({"words": ["电脑"]}) == ["c3", "c4"]


def test_a_word_is_no_pattern() -> None:
    assert matched({"words": [".*", "(", "[a-z]", r"\w"]}) == []


def test_what_the_assistant_says_is_not_what_the_user_says() -> None:
    assert matched({"words": ["murder"]}) == []


def test_all_conditions_must_hold_and_one_value_of_each_facet() -> None:
    rows = facets(
        language=["en", "en", "en", "zh", "zh", "de"],
        product=["api", "web", "api", "api", "web", "api"],
        concern=[1, 1, 5, 4, None, 5],
    )
    assert matched({"facets": {"language": ["en", "de"]}}, rows) == ["c0", "c1", "c2", "c5"]
    both = {"language": ["en", "de"], "product": ["api"]}
    assert matched({"facets": both}, rows) == ["c0", "c2", "c5"]
    assert matched({"facets": both, "least_concern": 4}, rows) == ["c2", "c5"]
    everything = {"facets": both, "least_concern": 4, "words": ["click the button"]}
    assert matched(everything, rows) == ["c5"]


def test_a_conversation_without_facets_is_not_watched() -> None:
    assert matched({"words": ["click the button"]}, facets(language=["en"])) == ["c0"]


def test_a_model_answers_the_question_and_silence_is_no_yes() -> None:
    ask = Scripted(by_first_words({}, {"cars": "no", "tea": "failed"}))
    batch = conversations("eggs", "cars", "tea")
    models = models_with().model_copy(update={"question": "Is it about cooking?"})
    yes, silent = answered_yes(batch, models, ask)
    assert yes == {"c0"}
    assert silent == {"c2"}
    assert {call.stage for call in ask.calls} == {"screener"}
    assert ask.calls[0].system.endswith("Is it about cooking?")


@pytest.mark.parametrize(
    ("monitors", "told"),
    [
        ({"m": {}}, "watches everything"),
        ({"m": {"words": ["a", " "]}}, "empty word"),
        ({"m": {"words": ["a"], "since": "2026-11-03", "until": "2026-11-02"}}, "before it begins"),
        ({"M!": {"words": ["a"]}}, "name is lower-case"),
        ({"../m": {"words": ["a"]}}, "name is lower-case"),
        ({"m": {"facets": {"mood": ["sad"]}}}, "mood, which is no facet"),
        ({"m": {"facets": {"language": []}}}, "without a value"),
        ({"m": {"question": "Is it?"}}, "needs a model"),
        ({"m": {"words": ["a"], "since": "2026-12-01"}}, "never see"),
        ({"m": {"words": ["a"], "until": "2026-10-01"}}, "never see"),
    ],
)
def test_a_monitor_that_could_not_work_is_refused(
    monitors: dict[str, object], told: str, tmp_path: pytest.TempPathFactory
) -> None:
    document = {
        "source": {"path": "logs", "first_day": "2026-11-01", "last_day": "2026-11-30"},
        "safety": {"monitors": monitors},
    }
    with pytest.raises(ConfigError, match=told):
        parse_settings(document, base=tmp_path)
