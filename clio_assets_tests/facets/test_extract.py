import time

import polars as pl
import pytest

from clio_assets.config import FacetSettings
from clio_assets.facets.extract import cell_facets, extract_facets, facet_schema
from clio_assets.facets.tasks import task_options
from clio_assets_tests.facets.batches import (
    bag_of_words,
    conversations,
    no_embedder,
    settings_with,
)

TASKS = {"cooking": "recipe for soup and bread", "travel": "train ticket to another city"}
HOSTILE = {
    "digits": "1" * 1_000_000,
    "at signs": "a@" * 500_000,
    "open tags": "<a" * 500_000,
    "open fences": "```\n~~~\n" * 125_000,
    "brackets": "[![](" * 200_000,
    "one word": "é" * 1_000_000,
    "spaces": " " * 999_999 + "x",
    "near phrases": "how to the the make " * 50_000,
    "sentences": "Kill. " * 166_666,
}


def test_a_batch_has_the_schema_and_the_order_of_its_conversations():
    settings = settings_with(tasks=TASKS)
    batch = conversations("A recipe for soup please", ["Which train goes there?", "And back?"])
    facets = extract_facets(batch, settings, bag_of_words)
    assert dict(facets.schema) == facet_schema(settings)
    assert facets.rows() == [
        ("c0", f"{0:032x}", "A recipe for soup please", "cooking", "en", "1", "up to 20 words", 1),
        ("c1", f"{1:032x}", "Which train goes there?", "travel", "en", "2-3", "up to 20 words", 1),
    ]


def test_an_empty_batch_needs_no_embedder():
    facets = extract_facets(conversations(), settings_with(), no_embedder)
    assert dict(facets.schema) == facet_schema(settings_with())
    assert facets.is_empty()


def test_without_a_list_of_tasks_the_embedder_is_not_called():
    facets = extract_facets(conversations("Hello"), settings_with(tasks={}), no_embedder)
    assert facets["task"].to_list() == ["other"]


def test_a_placeholder_has_no_task():
    tasks = {"code": "code only", "links": "link only"}
    batch = conversations("```\nx = 1\n```", "https://example.org")
    facets = extract_facets(batch, settings_with(tasks=tasks), no_embedder)
    assert facets["task"].to_list() == ["other", "other"]


def test_rows_do_not_depend_on_their_batch():
    settings = settings_with(tasks=TASKS)
    batch = conversations("bread recipe", "I want to hurt myself", "Wie geht es dir heute?", "xyz")
    whole = extract_facets(batch, settings, bag_of_words)
    apart = [extract_facets(batch[row], settings, bag_of_words) for row in range(len(batch))]
    assert whole.equals(pl.concat(apart))


@pytest.mark.parametrize(
    ("metadata", "value"),
    [
        ({"plan": "  pro\nyearly "}, "pro yearly"),
        ({"plan": 7}, "7"),
        ({"plan": True}, "true"),
        ({"plan": "x" * 500}, "x" * 60),
        ({"plan": ""}, "unknown"),
        ({"plan": None}, "unknown"),
        ({"other": "pro"}, "unknown"),
        (None, "unknown"),
    ],
)
def test_a_facet_from_a_metadata_field(metadata, value):
    settings = settings_with(tasks={}, custom=[{"name": "tier", "metadata_field": "plan"}])
    facets = extract_facets(conversations("Hi", metadata=metadata), settings, no_embedder)
    assert facets["tier"].to_list() == [value]


def test_metadata_that_is_no_object_is_refused_without_quoting_it():
    settings = settings_with(tasks={}, custom=[{"name": "tier", "metadata_field": "plan"}])
    batch = conversations("Hi").with_columns(metadata=pl.lit('["secret'))
    with pytest.raises(ValueError, match="metadata") as caught:
        extract_facets(batch, settings, no_embedder)
    assert "secret" not in str(caught.value)


def test_a_facet_from_described_options():
    custom = [{"name": "area", "options": {"home": "kitchen and garden", "car": "engine and tyre"}}]
    settings = settings_with(tasks={}, custom=custom)
    batch = conversations("My engine is loud", "paint the kitchen", "zzz")
    facets = extract_facets(batch, settings, bag_of_words)
    assert facets["area"].to_list() == ["car", "home", "other"]


def test_cells_name_every_categorical_facet_and_whether_it_is_sensitive():
    custom = [{"name": "team", "metadata_field": "team", "sensitive": True}]
    cells = cell_facets(settings_with(custom=custom))
    assert cells == {
        "task": False,
        "language": False,
        "turns": False,
        "length": False,
        "concern": False,
        "team": True,
    }


def test_the_packaged_tasks_are_a_list_of_described_names():
    tasks = task_options(FacetSettings())
    assert 20 <= len(tasks) <= 30
    assert all(len(description.splitlines()) >= 5 for description in tasks.values())
    assert task_options(FacetSettings(tasks=TASKS)) == TASKS


@pytest.fixture(scope="module")
def warm():
    extract_facets(conversations("Hello"), settings_with(tasks={}), no_embedder)


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_megabyte_is_done_in_two_seconds(kind, warm):
    batch = conversations(HOSTILE[kind])
    start = time.process_time()
    facets = extract_facets(batch, settings_with(tasks={}), no_embedder)
    assert time.process_time() - start < 2
    assert 0 < len(facets["request"][0]) <= 300


def test_ten_thousand_turns_are_done_in_two_seconds(warm):
    batch = conversations(["how do I kill time " * 10] * 10_000)
    start = time.process_time()
    assert extract_facets(batch, settings_with(tasks={}), no_embedder)["turns"].item() == "10+"
    assert time.process_time() - start < 2
