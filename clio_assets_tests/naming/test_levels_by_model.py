"""A whole hierarchy by a model: leaves, their groups, and parents named after what is in them."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from clio_assets.clustering.hierarchy import level_sizes
from clio_assets.models.calls import BudgetError, Call
from clio_assets.models.settings import ModelSettings
from clio_assets.naming.levels_by_model import NamedTopics, name_levels_by_model
from clio_assets.privacy.names import form_problems
from clio_assets.privacy.text_support import account_support, unsupported_words
from clio_assets_tests.models.scripted import Scripted, sections
from clio_assets_tests.naming.worlds import (
    MINIMUM,
    World,
    by_rule,
    continuing,
    embed,
    obedient,
    subject,
    world,
)

SETTINGS = ModelSettings()


def named(
    of: World,
    ask: Scripted,
    previous: pl.DataFrame | None = None,
    publishable: list[str] | None = None,
) -> NamedTopics:
    return name_levels_by_model(
        of.leaves,
        of.vectors,
        of.requests,
        previous,
        MINIMUM,
        of.leaves.ids if publishable is None else publishable,
        ask=ask,
        embed=embed,
        models=SETTINGS,
        sizes=level_sizes(len(of.leaves.ids), 8),
        top_topics=8,
        period="2026-11-01",
        seed=1,
    )


def stages(ask: Scripted) -> list[str]:
    return [call.schema.name for call in ask.calls]


def renaming(**changed: str) -> Scripted:
    """A good model but for some fields of its first parent."""

    def reply(call: Call) -> dict:
        told = by_rule(call)
        if "topic_1 topics inside" in sections(call):
            told["topic_1"] |= changed
        return told

    return Scripted(reply)


def test_leaves_are_named_then_grouped_then_their_parents_named() -> None:
    ask = obedient()
    found = named(world(12), ask)
    assert stages(ask) == [
        *["topic_names"] * 2, "parents_proposed", *["parent_chosen"] * 12, "topic_names"
    ]  # fmt: skip
    assert [call.stage for call in ask.calls] == ["names"] * 2 + ["hierarchy"] * 14
    assert set(found.names) == {*found.fit.leaves.ids, *found.fit.parents}
    assert len(found.fit.parents) == 4
    for leaf, topic in enumerate(found.fit.leaves.ids):
        told = found.names[found.fit.parent_of[topic]][0].removeprefix("Help with ")
        assert told[:2] == subject(leaf)[:2]
    assert found.naming.asked == 16
    assert found.hierarchy.assigned == 12


def test_every_name_is_supported_by_its_own_topic_and_no_two_are_the_same() -> None:
    of = world(12)
    found = named(of, obedient())
    labels = {**dict(enumerate(found.fit.leaves.ids))}
    above = found.fit.leaves_under
    said = of.requests.with_columns(topic=pl.Series([labels[n] for n in of.leaves.labels.tolist()]))
    for topic, (name, summary) in found.names.items():
        support = account_support(said.filter(pl.col("topic").is_in(above.get(topic, [topic]))))
        assert unsupported_words(f"{name}\n{summary}", support, MINIMUM) == []
        assert form_problems(name, summary) == []
    names = [name.casefold() for name, _ in found.names.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("topics", "calls"), [(10, 2 + 11 + 1), (20, 3 + 21 + 1), (40, 5 + 41 + 1)]
)
def test_the_calls_of_a_cold_start_grow_linearly(topics: int, calls: int) -> None:
    ask = obedient()
    named(world(topics), ask)
    assert len(ask.calls) == calls


def test_a_second_period_with_the_same_topics_asks_nothing() -> None:
    of = world(12)
    first = named(of, obedient())
    again, before = continuing(of, first.fit, first.names)
    ask = obedient()
    second = named(again, ask, before)
    assert ask.calls == []
    assert second.names == first.names
    assert second.fit.parents == first.fit.parents
    assert second.fit.parent_of == first.fit.parent_of
    assert second.naming.kept == 16
    assert (second.naming.calls, second.hierarchy.calls) == (0, 0)


def test_one_new_topic_costs_two_calls_and_changes_no_other_name() -> None:
    of = world(13)
    old = of.leaves.labels < 12
    less = World(
        replace(
            of.leaves,
            ids=of.leaves.ids[:12],
            centroids=of.leaves.centroids[:12],
            labels=of.leaves.labels[old],
        ),
        of.vectors[old],
        of.requests.filter(pl.Series(old)),
    )
    first = named(less, obedient())
    _, before = continuing(less, first.fit, first.names)
    status = ["continuing"] * 12 + ["new"]
    ask = obedient()
    second = named(replace(of, leaves=replace(of.leaves, status=status)), ask, before)
    assert stages(ask) == ["topic_names", "parent_chosen"]
    assert {t: second.names[t] for t in first.names} == first.names
    parent = second.fit.parent_of[of.leaves.ids[12]]
    assert second.names[parent][0].removeprefix("Help with ")[:2] == subject(12)[:2]


def test_a_parents_name_with_a_strange_word_is_refused_and_falls_back() -> None:
    ask = renaming(name="Help with epilepsy", summary="People with epilepsy")
    found = named(world(12), ask)
    assert "epilepsy" not in str(found.names)
    assert len(found.names) == 16
    again = sections(ask.calls[-1])
    assert "words that may not be used: epilepsy" in str(again["topic_1 refused before"])
    assert found.naming.fell_back == 1
    assert stages(ask).count("topic_names") == 4


def test_a_parent_is_not_called_as_one_of_its_leaves() -> None:
    ask = renaming(name=f"Help with {subject(0)}")
    found = named(world(12), ask)
    assert [name for name, _ in found.names.values()].count(f"Help with {subject(0)}") == 1


def test_what_a_withheld_leaf_is_about_is_shown_to_nobody_and_in_no_parents_name() -> None:
    of = world(12)
    shown = [topic for topic in of.leaves.ids if topic != "t004"]
    fit = named(of, obedient()).fit
    name = (f"Help with {subject(4)}", f"People ask for help with {subject(4)}")
    _, kept = continuing(of, fit, {"t004": name})
    ask = obedient()
    found = named(of, ask, kept, publishable=shown)
    hierarchy = "\n".join(call.user for call in ask.calls if call.stage == "hierarchy")
    assert subject(4) not in hierarchy.casefold()
    assert found.names["t004"] == name
    parents = " ".join(found.names[parent][0] for parent in found.fit.parents)
    assert subject(4) not in parents.casefold()
    assert found.fit.leaves.ids[4] in found.fit.parent_of


def test_without_any_answer_there_is_the_hierarchy_of_a_run_without_a_model() -> None:
    found = named(world(12), Scripted(lambda _: "failed"))
    assert found.hierarchy.by_distance
    assert len(found.names) == 12 + len(found.fit.parents)
    assert found.naming.fell_back == len(found.names)
    assert all(not form_problems(*pair) for pair in found.names.values())


def test_what_one_account_says_is_in_no_prompt_of_any_stage() -> None:
    planted = [(n, f"a{n}-1", f"{subject(n)} for Wilhelmina with syphilis") for n in range(12)]
    del planted[4:]
    ask = obedient()
    named(world(12, planted), ask)
    sent = ask.prompts.casefold()
    assert "wilhelmina" not in sent
    assert "syphilis" not in sent


def test_a_spent_budget_stops_the_stage() -> None:
    def broke(_: Call) -> dict:
        raise BudgetError

    with pytest.raises(BudgetError):
        named(world(12), Scripted(broke))


@pytest.mark.parametrize("topics", [1, 2, 5])
def test_few_leaves_have_names_and_no_parents(topics: int) -> None:
    ask = obedient()
    found = named(world(topics), ask)
    assert len(found.names) == topics
    assert found.fit.parents == []
    assert stages(ask) == ["topic_names"]
