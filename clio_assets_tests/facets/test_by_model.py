import time
from collections.abc import Sequence

import polars as pl
import pytest

from clio_assets.config import ConfigError
from clio_assets.facets.by_model import facet_question, facets_by_model
from clio_assets.facets.extract import facet_schema
from clio_assets.facets.outcomes import FACET_OUTCOMES
from clio_assets.models.calls import Answer, BudgetError, Call
from clio_assets.models.prompts import load_prompt
from clio_assets_tests.facets.batches import conversations, settings_with
from clio_assets_tests.facets.model_answers import GOOD, by_first_words, first_words, models_with
from clio_assets_tests.models.scripted import Scripted

VERSION = load_prompt("facets").version
CUSTOM = [
    {"name": "audience", "options": {"school": "A pupil asks.", "work": "About a job."}},
    {"name": "product", "metadata_field": "product"},
]


def asked(batch, told=None, settings=None, models=None, screened=None):
    """Facets, outcomes and the `ask` that was used."""
    ask = Scripted(by_first_words(told or {}, screened))
    settings = settings or settings_with()
    return *facets_by_model(batch, settings, models or models_with(), ask), ask


def nobody(calls: Sequence[Call]) -> list[Answer]:
    raise AssertionError("nothing is to be asked here")


def outcomes_by_id(outcomes: pl.DataFrame) -> dict[str, tuple]:
    return {row[0]: row[2:] for row in outcomes.iter_rows()}


def test_one_call_a_conversation_answers_all_facets():
    settings = settings_with(custom=CUSTOM)
    batch = conversations("How do eggs boil?", ["Wie geht's?", "Danke!"], metadata={"product": "x"})
    told = {
        "How do eggs boil?": GOOD | {"audience": "school"},
        "Wie geht's?": {
            "request": "Greet the assistant.",
            "task": "chatting with the assistant",
            "language": "German",
            "concern": 2,
            "audience": "other",
        },
    }
    facets, outcomes, ask = asked(batch, told, settings)
    assert [(call.item, call.stage) for call in ask.calls] == [("c0", "facets"), ("c1", "facets")]
    assert dict(facets.schema) == facet_schema(settings)
    first, second = facets.rows(named=True)
    assert first == {
        "conversation_id": "c0",
        "account": f"{0:032x}",
        "request": "Boil eggs.",
        "task": "other",
        "language": "en",
        "turns": "1",
        "length": "up to 20 words",
        "concern": 1,
        "audience": "school",
        "product": "x",
    }
    assert (second["language"], second["turns"], second["concern"]) == ("de", "2-3", 2)
    assert dict(outcomes.schema) == FACET_OUTCOMES
    assert outcomes.row(0) == ("c0", f"{0:032x}", "ok", None, "scripted", VERSION)


def test_every_conversation_has_an_outcome_and_only_answered_ones_have_facets():
    batch = conversations("good", "refused", "silent", "tongue", "empty", "...", "long", "list")
    told = {
        "refused": "refused",
        "silent": "failed",
        "tongue": GOOD | {"language": "gibberish"},
        "empty": GOOD | {"request": " "},
        "long": GOOD | {"request": "Boil eggs. " * 30},
        "list": GOOD | {"task": "no such task"},
    }
    facets, outcomes, ask = asked(batch, told)
    assert outcomes["conversation_id"].to_list() == batch["conversation_id"].to_list()
    assert outcomes["outcome"].to_list() == [
        *("ok", "refused", "failed", "invalid", "invalid", "ok", "invalid", "invalid")
    ]
    assert facets["conversation_id"].to_list() == ["c0", "c5"]
    assert outcomes.filter(pl.col("outcome") == "refused")["reason"].to_list() == ["scripted"]
    assert len(ask.calls) == 7


def test_the_answer_to_another_conversation_is_invalid():
    batch = conversations("one", "two")

    def crossed(calls: Sequence[Call]) -> list[Answer]:
        swapped = Scripted(by_first_words({}))
        values = [answer.value for answer in swapped(calls)]
        answers = []
        for call, value in zip(calls, reversed(values), strict=True):
            with pytest.raises(ValueError, match="of another question"):
                call.check(value)
            answers.append(Answer(call.item, "invalid", reason="wrong_answer"))
        return answers

    facets, outcomes = facets_by_model(batch, settings_with(), models_with(), crossed)
    assert facets.is_empty()
    assert outcomes["outcome"].to_list() == ["invalid", "invalid"]


def test_an_answer_that_says_its_reference_for_a_request_is_invalid():
    def echo(call: Call) -> dict:
        return GOOD | {"request": f"user {call.user[1:9]}"}

    _, outcomes = facets_by_model(
        conversations("one"), settings_with(), models_with(), Scripted(echo)
    )
    assert outcomes["outcome"].to_list() == ["invalid"]


def test_a_kept_answer_that_is_no_longer_believed_is_invalid():
    def kept(calls: Sequence[Call]) -> list[Answer]:
        value = GOOD | {"ref": "00000000", "language": "gibberish"}
        return [Answer(call.item, "ok", value, "m", cached=True) for call in calls]

    facets, outcomes = facets_by_model(conversations("a"), settings_with(), models_with(), kept)
    assert facets.is_empty()
    assert outcomes_by_id(outcomes) == {"c0": ("invalid", "check", "m", VERSION)}


def test_rows_do_not_depend_on_their_batch_or_its_order():
    batch = conversations("one", "two", "", "three", "four")
    told = {"two": "failed", "three": GOOD | {"request": "Greet.", "language": "nl"}}
    whole = asked(batch, told)[:2]
    turned = asked(batch.reverse(), told)[:2]
    apart = [asked(batch[row], told)[:2] for row in range(len(batch))]
    for n in (0, 1):
        assert whole[n].equals(turned[n].reverse())
        assert whole[n].equals(pl.concat(parts[n] for parts in apart))


def test_nothing_is_asked_about_a_conversation_without_words():
    batch = conversations("?!", "👍", ["...", "--"])
    facets, outcomes = facets_by_model(batch, settings_with(custom=CUSTOM), models_with(), nobody)
    assert facets["request"].to_list() == ["(no words)"] * 3
    assert facets.select("task", "language", "audience").unique().rows() == [
        ("other", "und", "other")
    ]
    assert facets["concern"].to_list() == [1, 1, 1]
    assert set(outcomes_by_id(outcomes).values()) == {("ok", None, None, None)}


def test_an_empty_batch_asks_nothing():
    facets, outcomes = facets_by_model(conversations(), settings_with(), models_with(), nobody)
    assert dict(facets.schema) == facet_schema(settings_with())
    assert dict(outcomes.schema) == FACET_OUTCOMES
    assert facets.is_empty()
    assert outcomes.is_empty()


def test_equal_conversations_make_equal_calls():
    batch = conversations("same", "same", "other").with_columns(
        duplicate_of=pl.Series([None, "c0", None])
    )
    _, outcomes, ask = asked(batch)
    first, second, other = ask.calls
    assert (first.system, first.user, first.schema) == (second.system, second.user, second.schema)
    assert first.user != other.user
    assert len(outcomes) == 3


def test_the_fixed_part_is_first_and_the_same_for_all():
    settings = settings_with(custom=CUSTOM)
    _, _, ask = asked(conversations("one", "two two"), {}, settings)
    systems = {call.system for call in ask.calls}
    assert len(systems) == 1
    assert systems.pop().startswith(load_prompt("facets").text)
    assert "- school: A pupil asks." in ask.calls[0].system
    assert not any(word in ask.calls[0].system for word in ("one one", "two two", "c0"))
    assert "c0" not in ask.calls[0].user


def test_another_definition_of_a_facet_is_another_question():
    before = facet_question(settings_with(custom=CUSTOM).facets, models_with())
    wider = [CUSTOM[0] | {"options": CUSTOM[0]["options"] | {"home": "At home."}}]
    after = facet_question(settings_with(custom=wider).facets, models_with())
    assert before.schema != after.schema
    assert before.system != after.system


def test_a_local_model_is_held_to_plain_words_by_a_grammar():
    facets = settings_with().facets
    local = models_with(provider="llama_cpp", llama_cpp={"model_file": "small.gguf"})
    request = facet_question(facets, local).schema.document["properties"]["request"]
    assert "pattern" in request
    plain = facet_question(facets, models_with()).schema.document["properties"]["request"]
    assert "pattern" not in plain


def test_a_long_conversation_is_cut_to_the_budget():
    turns = ["first of all", *[f"turn {n} " + "word " * 200 for n in range(40)], "last of all"]
    models = models_with(facets={"max_input_tokens": 3_000})
    _, _, ask = asked(conversations(turns), models=models)
    (call,) = ask.calls
    assert first_words(call) == "first of all"
    assert "last of all" in call.user
    assert "left out: turns" in call.user
    assert len(call.user) < len("".join(turns)) / 4


def test_a_budget_without_room_names_its_setting():
    models = models_with(facets={"max_input_tokens": 500})
    with pytest.raises(ConfigError, match=r"`models\.facets\.max_input_tokens`"):
        facets_by_model(conversations("hi"), settings_with(), models, nobody)


def test_a_spent_budget_stops_the_batch():
    def spent(calls: Sequence[Call]) -> list[Answer]:
        raise BudgetError("spent")

    with pytest.raises(BudgetError):
        facets_by_model(conversations("hi"), settings_with(), models_with(), spent)


def test_no_exception_and_no_representation_holds_a_text():
    planted = "Zanzibar-7319"
    question = facet_question(settings_with().facets, models_with())
    call = question.about("c0", [{"role": "user", "content": planted}])
    told = []
    for value in [
        GOOD | {"ref": planted},
        GOOD | {"ref": call.user[1:9], "request": planted * 50},
        GOOD | {"ref": call.user[1:9], "request": f"{planted}\x00"},
        GOOD | {"ref": call.user[1:9], "language": planted},
        GOOD | {"ref": call.user[1:9], "request": f"{planted} {call.user[1:9]}"},
    ]:
        with pytest.raises(ValueError) as caught:
            call.check(value)
        told.append(f"{caught.value!r}{caught.value.__cause__!r}")
    assert len(set(told)) == 5
    assert planted not in "".join([*told, repr(call), repr(question)])


@pytest.mark.parametrize("said", ["é" * 1_000_000, ["how do I kill time " * 5] * 10_000])
def test_a_hostile_conversation_is_done_in_two_seconds(said):
    batch = conversations(said)
    facets_by_model(conversations("hi"), settings_with(), models_with(), Scripted(lambda _: GOOD))
    start = time.process_time()
    facets, _ = facets_by_model(batch, settings_with(), models_with(), Scripted(lambda _: GOOD))
    assert time.process_time() - start < 2
    assert len(facets) == 1
