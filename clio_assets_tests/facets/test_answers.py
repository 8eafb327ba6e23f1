import re

import jsonschema
import pytest

from clio_assets.facets.answers import facet_options, facets_answer_schema, read_facets
from clio_assets.facets.tasks import task_options
from clio_assets.models.calls import AnswerError
from clio_assets_tests.facets.batches import settings_with

CUSTOM = [
    {
        "name": "audience",
        "options": {"school": "A pupil asks.\nMy homework", "work": "About a job."},
    },
    {"name": "product", "metadata_field": "product"},
]


def answer(**fields):
    value = {
        "ref": "0a1b2c3d",
        "request": "Boil eggs.",
        "task": "other",
        "language": "en",
        "concern": 1,
    }
    return value | fields


def schema_with(**facets):
    return facets_answer_schema(settings_with(**facets).facets).document


def test_the_schema_is_closed_and_has_each_facet_of_the_definitions_after_the_reference():
    document = schema_with(custom=CUSTOM)
    fields = ["ref", "request", "task", "language", "concern", "audience"]
    assert list(document["properties"]) == document["required"] == fields
    assert document["additionalProperties"] is False
    assert document["properties"]["task"]["enum"] == [
        *task_options(settings_with().facets),
        "other",
    ]
    assert document["properties"]["concern"]["enum"] == [1, 2, 3, 4, 5]
    assert document["properties"]["audience"]["enum"] == ["school", "work", "other"]
    jsonschema.Draft202012Validator.check_schema(document)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ref": "0A1B2C3D"},
        {"ref": "[0a1b2c3d]"},
        {"request": "a" * 301},
        {"request": None},
        {"task": "cooking eggs"},
        {"concern": 0},
        {"concern": 6},
        {"concern": "1"},
        {"concern": 2.5},
        {"concern": True},
        {"mood": "good"},
    ],
)
def test_the_schema_refuses(wrong):
    jsonschema.validate(answer(), schema_with())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(answer(**wrong), schema_with())


@pytest.mark.parametrize(
    ("request_", "fits"),
    [
        ("Fix a bug in C++ code, and don't rename anything.", True),
        ("Boil", False),
        ("0a1b2c3d", False),
        ("Call 5551234 again.", False),
        ("Open https://example.org now.", False),
        ("Go on" + " and on" * 13, False),
    ],
)
def test_spelled_out_a_request_is_a_plain_sentence(request_, fits):
    schema = facets_answer_schema(settings_with().facets, spelled_out=True).document
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid(answer(request=request_)) is fits
    assert not validator.is_valid(answer(request="Boil eggs.", language="English"))


def test_without_tasks_there_is_still_one_answer():
    assert schema_with(tasks={})["properties"]["task"]["enum"] == ["other"]


def test_a_list_with_its_own_other_keeps_it_once():
    lists = facet_options(settings_with(tasks={"other": "Anything", "cooking": "Food"}).facets)
    assert lists == {"task": {"other": "none of the others", "cooking": "Food"}}


def test_the_lists_show_the_first_line_of_a_description():
    lists = facet_options(settings_with(tasks={}, custom=CUSTOM).facets)
    assert lists["audience"]["school"] == "A pupil asks."
    assert "product" not in lists


def test_an_answer_is_read_without_its_reference():
    read = read_facets(answer(request=" Boil\n eggs. ", language="English", concern=3.0))
    assert read == {"request": "Boil eggs.", "task": "other", "language": "en", "concern": 3}
    assert isinstance(read["concern"], int)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("Write to ann@example.org about it.", "Write to about it."),
        ("Open https://example.org/a?b=c now.", "Open now."),
        ("Call +31 6 1234 5678 again.", "Call again."),
        ("Add 12 and 30.", "Add 12 and 30."),
    ],
)
def test_contacts_that_a_model_copied_are_taken_out(said, read):
    assert read_facets(answer(request=said))["request"] == read


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ("", "no English word"),
        (" \n", "no English word"),
        ("1234", "no English word"),
        ("写一封信", "no English word"),
        ("ann@example.org", "no English word"),
        ("Boil eggs. " * 28, "longer than 300"),
        ("Boil\x00 eggs.", "cannot be printed"),
        ("Boil \ud800 eggs.", "cannot be printed"),
        ("Boil\u202e eggs.", "cannot be printed"),
    ],
)
def test_a_request_that_is_none_is_refused_without_quoting_it(request_, reason):
    with pytest.raises(AnswerError, match=reason) as caught:
        read_facets(answer(request=request_))
    assert not re.search("eggs|ann@|1234", str(caught.value))
