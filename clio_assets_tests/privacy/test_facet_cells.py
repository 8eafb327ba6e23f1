"""G-09: which cells are published, and that what is left of them says nothing either."""

from __future__ import annotations

import polars as pl
import pytest

from clio_assets.privacy import cells as cells_module
from clio_assets.privacy.bridges import bridges
from clio_assets.privacy.cells import long_facets
from clio_assets.privacy.thresholds import Thresholds
from clio_assets_tests.privacy.tables import facets, members, release

TREE = {"a": "p", "b": "p", "p": None}


def published(
    values: dict[str, dict[str, int]],
    tree: dict[str, str | None] | None = None,
    sensitive: tuple[str, ...] = (),
    accounts: int = 40,
    facet: str = "language",
) -> dict[tuple[str, str], int]:
    """Cells released when each leaf has the given conversations of each value, evenly spread."""
    size = {topic: sum(counts.values()) for topic, counts in values.items()}
    people = members(
        {t: [n // accounts + (i < n % accounts) for i in range(accounts)] for t, n in size.items()}
    )
    # Over the accounts in turn, so that a value is not one account's.
    people = people.sort("topic_id", pl.int_range(pl.len()).over("account"), "account")
    said = [value for counts in values.values() for value, n in counts.items() for _ in range(n)]
    rows = list(zip(people["conversation_id"], said, strict=True))
    found = release(
        tree or TREE, people, facets({facet: rows}), sensitive=(facet,) if sensitive else ()
    )
    return {
        (topic, value): count
        for topic, value, count in found.cells.select(
            "topic_id", "value", "conversations"
        ).iter_rows()
    }


def test_cells_that_pass_are_published_on_every_level() -> None:
    found = published({"a": {"en": 60, "es": 40}, "b": {"en": 70, "es": 30}})
    assert found == {
        ("a", "en"): 60, ("a", "es"): 40, ("b", "en"): 70, ("b", "es"): 30,
        ("p", "en"): 130, ("p", "es"): 70, ("*", "en"): 130, ("*", "es"): 70,
    }  # fmt: skip


def test_a_cell_of_nine_accounts_is_not_published() -> None:
    people = members({"a": [2] * 60})
    nine = [f"a-{n:04}" for n in range(9)]
    rows = people.select(
        "conversation_id", pl.when(pl.col("account").is_in(nine)).then(pl.lit("is")).otherwise(
            pl.lit("en"))
    )  # fmt: skip
    cells = release({"a": None}, people, facets({"language": list(rows.iter_rows())})).cells
    assert cells.height == 0, "neither the cell nor what would give it by subtraction"
    ten = [*nine, "a-0009"]
    rows = people.select(
        "conversation_id", pl.when(pl.col("account").is_in(ten)).then(pl.lit("is")).otherwise(
            pl.lit("en"))
    )  # fmt: skip
    cells = release({"a": None}, people, facets({"language": list(rows.iter_rows())})).cells
    assert set(cells["value"]) == {"is", "en"}


def test_a_cell_one_account_carries_is_not_published() -> None:
    people = members({"a": [11] + [1] * 60})
    is_rows = [("is" if n < 11 + 15 else "en") for n in range(len(people))]
    rows = list(zip(people["conversation_id"], is_rows, strict=True))
    found = release({"a": None}, people, facets({"language": rows}),
                    thresholds=Thresholds(max_account_share=0.2))  # fmt: skip
    assert ("a", "is") not in set(found.cells.select("topic_id", "value").iter_rows())


def test_the_smallest_published_cell_hides_a_rest_that_is_too_small() -> None:
    found = published({"a": {"en": 60, "es": 30, "fr": 9}}, {"a": None})
    assert {value for topic, value in found if topic == "a"} == {"en"}


def test_a_hidden_cell_is_not_a_difference_between_levels() -> None:
    found = published({"a": {"en": 60, "es": 30, "fr": 9}, "b": {"en": 60, "es": 30, "fr": 40}})
    # fr of a would be p's less b's; so b's or p's is hidden, and again none by subtraction.
    assert ("a", "fr") not in found
    assert ("b", "fr") not in found or ("p", "fr") not in found


def test_a_chain_of_sums_is_followed() -> None:
    # a hides es (9) behind en; en of a would be p's less b's, and then es what is left of a.
    found = published({"a": {"en": 60, "es": 9}, "b": {"en": 70, "es": 30}, "c": {"en": 80}},
                      {"a": "p", "b": "p", "c": "p", "p": None})  # fmt: skip
    hidden_en = [topic for topic in "abc" if (topic, "en") not in found]
    assert "a" in hidden_en
    assert ("p", "en") not in found or len(hidden_en) > 1


def test_the_sum_of_hidden_cells_is_no_difference_either() -> None:
    # en of a would be p's less its siblings'; what is left of a is then es and fr together, 9.
    tree = {"a": "p", "b": "p", "c": "p", "p": None}
    values = {
        "a": {"en": 60, "es": 5, "fr": 4},
        "b": {"en": 70},
        "c": {"en": 60, "es": 30, "fr": 30},
    }
    found = published(values, tree)
    hidden = [topic for topic in "abc" if (topic, "en") not in found]
    assert "a" in hidden
    assert ("p", "en") not in found or len(hidden) > 1


def test_a_cell_is_published_with_the_same_value_above_or_not_at_all() -> None:
    people = members({"a": [40] + [10] * 40, "b": [2] * 60})
    is_a = pl.col("account") == "a-0000"
    is_b = (pl.col("topic_id") == "b") & (pl.col("account") < "b-0020")
    rows = people.select("conversation_id", pl.when(is_a | is_b).then(pl.lit("is")).otherwise(
        pl.lit("en")))  # fmt: skip
    # b's "is" is 40 conversations of 20 accounts, p's is 80 of which one account has half.
    cells = release(TREE, people, facets({"language": list(rows.iter_rows())})).cells
    assert cells.filter(pl.col("value") == "is").is_empty()


def test_a_sensitive_value_everybody_shares_is_withheld_with_all_above() -> None:
    values = {"a": {"yes": 85, "no": 15}, "b": {"yes": 50, "no": 50}}
    assert {topic for topic, _ in published(values)} == {"*", "a", "b", "p"}
    assert {topic for topic, _ in published(values, sensitive=("language",))} == {"b"}


def test_a_sensitive_facet_without_such_a_topic_is_published() -> None:
    values = {"a": {"yes": 60, "no": 40}, "b": {"yes": 50, "no": 50}}
    assert published(values, sensitive=("language",)) == published(values)


def test_a_value_is_text_and_is_scanned() -> None:
    assert not published({"a": {"jo@example.org": 60, "sales": 40}}, {"a": None}).keys() & {
        ("a", "jo@example.org"), ("*", "jo@example.org")
    }  # fmt: skip


def test_a_scan_that_fails_hides_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> None:
        raise RuntimeError(text)

    monkeypatch.setattr(cells_module, "scan", broken)
    assert published({"a": {"en": 60, "es": 40}}, {"a": None}) == {}


def test_unknown_values_are_hidden_but_counted_in_the_topic() -> None:
    people = members({"a": [2] * 60})
    rows = [(c, "en" if n % 2 else None) for n, c in enumerate(people["conversation_id"])]
    cells = release({"a": None}, people, facets({"language": rows})).cells
    assert cells.filter(pl.col("topic_id") == "a").select("value", "share").rows() == [("en", 50.0)]


def test_shares_are_of_the_topics_published_conversations() -> None:
    people = members({"a": [1] * 99})
    rows = [(c, "en" if n < 60 else "es") for n, c in enumerate(people["conversation_id"])]
    cells = release({"a": None}, people, facets({"language": rows})).cells
    shown = cells.filter(pl.col("topic_id") == "a").select("value", "conversations", "share")
    assert shown.rows() == [("en", 60, 60.0), ("es", 40, 40.0)]


def test_wide_facets_become_long_ones() -> None:
    wide = pl.DataFrame({"conversation_id": ["c1"], "request": ["secret"], "concern": [3]})
    assert long_facets(wide, ["concern"]).rows() == [("c1", "concern", "3")]


def test_bridges_are_the_edges_on_no_cycle() -> None:
    assert bridges({}) == set()
    assert bridges({"e": (1, 2)}) == {"e"}
    assert bridges({"e": (1, 2), "f": (1, 2)}) == set()
    triangle = {"ab": ("a", "b"), "bc": ("b", "c"), "ca": ("c", "a")}
    assert bridges(triangle | {"cd": ("c", "d"), "xy": ("x", "y")}) == {"cd", "xy"}
    assert bridges({n: (n, n + 1) for n in range(5000)}) == set(range(5000))
