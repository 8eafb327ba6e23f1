import pytest

from clio_assets.config import ConfigError
from clio_assets.facets.by_model import facets_by_model
from clio_assets.models.prompts import load_prompt
from clio_assets_tests.facets.batches import conversations, settings_with
from clio_assets_tests.facets.model_answers import by_first_words, models_with
from clio_assets_tests.models.scripted import Scripted

QUESTION = "Is the conversation about cooking?"
VERSION = load_prompt("screener").version


def screened(batch, verdicts, **models):
    ask = Scripted(by_first_words({}, verdicts))
    models = models_with(question=QUESTION, **models)
    facets, outcomes = facets_by_model(batch, settings_with(), models, ask)
    return facets, outcomes, ask


def test_only_what_the_screener_lets_in_is_read():
    facets, outcomes, ask = screened(conversations("eggs", "cars"), {"cars": "no"})
    assert [(call.stage, call.item) for call in ask.calls] == [
        ("screener", "c0"),
        ("screener", "c1"),
        ("facets", "c0"),
    ]
    assert facets["conversation_id"].to_list() == ["c0"]
    assert outcomes["outcome"].to_list() == ["ok", "screened"]
    assert outcomes["prompt_version"].to_list() == [load_prompt("facets").version, VERSION]


def test_a_conversation_that_could_not_be_screened_is_kept_out_with_its_reason():
    batch = conversations("eggs", "cars", "tea", "jam")
    verdicts = {"cars": "refused", "tea": "failed", "jam": "invalid"}
    facets, outcomes, ask = screened(batch, verdicts)
    assert outcomes["outcome"].to_list() == ["ok", "refused", "failed", "invalid"]
    assert outcomes["reason"].to_list()[1:3] == ["screener_scripted", "screener_scripted"]
    assert sum(call.stage == "facets" for call in ask.calls) == 1
    assert len(facets) == 1


def test_without_words_nothing_enters():
    facets, outcomes, ask = screened(conversations("?!"), {})
    assert facets.is_empty()
    assert outcomes["outcome"].to_list() == ["screened"]
    assert not ask.calls


def test_where_nothing_enters_no_facet_is_asked():
    facets, _, ask = screened(conversations("cars", "bikes"), {"cars": "no", "bikes": "no"})
    assert facets.is_empty()
    assert {call.stage for call in ask.calls} == {"screener"}


def test_the_question_ends_the_fixed_part():
    _, _, ask = screened(conversations("eggs"), {})
    assert ask.calls[0].system.startswith(load_prompt("screener").text)
    assert ask.calls[0].system.endswith(QUESTION)


def test_without_a_question_nobody_is_screened():
    ask = Scripted(by_first_words({}))
    facets_by_model(conversations("eggs"), settings_with(), models_with(), ask)
    assert [call.stage for call in ask.calls] == ["facets"]


def test_a_budget_without_room_names_its_setting():
    with pytest.raises(ConfigError, match=r"`models\.screener\.max_input_tokens`"):
        screened(conversations("eggs"), {}, screener={"max_input_tokens": 300})
