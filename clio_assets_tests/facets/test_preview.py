import polars as pl
import pytest

from clio_assets.facets.preview import (
    Paid,
    choose,
    estimate,
    expected_calls,
    preview,
    share_entering,
)
from clio_assets.models.settings import LimitSettings, Price
from clio_assets_tests.facets.batches import conversations, settings_with
from clio_assets_tests.facets.model_answers import by_first_words, models_with
from clio_assets_tests.models.scripted import Scripted

PAID = Paid(calls=10, tokens_in=15_000, tokens_cached=9_000, tokens_out=800, mean_seconds=2.0)
LIMITS = LimitSettings(max_concurrency=20)
PRICE = Price(input=1.0, cached_input=0.1, output=4.0)


def day(rows: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "conversation_id": [f"c{n:03}" for n in range(rows)],
            "duplicate_of": ["c000" if n % 2 else None for n in range(rows)],
        }
    )


def test_ten_different_conversations_are_chosen_by_the_seed_alone():
    chosen = choose(day(100), seed=1)
    assert len(set(chosen)) == 10
    assert all(int(name[1:]) % 2 == 0 for name in chosen)
    assert chosen == choose(day(100).reverse(), seed=1)
    assert chosen != choose(day(100), seed=2)


def test_of_fewer_all_are_chosen():
    assert choose(day(5), seed=1) == ["c000", "c002", "c004"]
    assert choose(day(0), seed=1) == []


def test_what_is_shown_has_every_conversation_and_no_account():
    ask = Scripted(by_first_words({"two": "refused"}))
    shown = preview(conversations("one", "two"), settings_with(), models_with(), ask)
    assert shown.columns[:4] == ["conversation_id", "outcome", "reason", "request"]
    assert "account" not in shown.columns
    assert shown["request"].to_list() == ["Boil eggs.", None]
    assert shown["outcome"].to_list() == ["ok", "refused"]


def test_a_partition_s_calls_are_known_without_asking():
    batch = conversations("one", "one", "three " * 200, "?!")
    calls = expected_calls(batch, settings_with(), models_with())
    assert len(calls) == 3
    distinct = calls.unique("call").sort("tokens")
    assert len(distinct) == 2
    assert distinct["tokens"][1] - distinct["tokens"][0] > 200
    apart = [expected_calls(batch[row], settings_with(), models_with()) for row in range(4)]
    assert calls.equals(pl.concat(apart))


def test_an_estimate_scales_what_ten_answers_took():
    told = estimate(PAID, calls=1_000, relative_size=1.0, limits=LIMITS, price=PRICE)
    assert (told.tokens_in, told.tokens_cached, told.tokens_out) == (1_500_000, 900_000, 80_000)
    assert told.cost == pytest.approx(0.6 + 0.09 + 0.32)
    assert told.seconds == pytest.approx(1_000 * 2.0 / 20)


def test_longer_conversations_cost_more_input_and_no_more_output():
    told = estimate(PAID, calls=1_000, relative_size=2.0, limits=LIMITS, price=PRICE)
    assert (told.tokens_in, told.tokens_cached, told.tokens_out) == (3_000_000, 900_000, 80_000)


@pytest.mark.parametrize(
    ("limits", "minutes"),
    [({"requests_per_minute": 50}, 20), ({"tokens_per_minute": 15_800}, 100)],
)
def test_a_rate_that_is_slower_than_the_answers_decides_the_time(limits, minutes):
    limits = LimitSettings(max_concurrency=20, **limits)
    told = estimate(PAID, calls=1_000, relative_size=1.0, limits=limits, price=None)
    assert told.seconds == pytest.approx(60 * minutes)
    assert told.cost is None


def test_a_preview_that_paid_for_nothing_says_nothing():
    paid = Paid(calls=0, tokens_in=0, tokens_cached=0, tokens_out=0, mean_seconds=0.0)
    assert estimate(paid, calls=1_000, relative_size=1.0, limits=LIMITS, price=PRICE) is None


def test_the_share_that_enters():
    assert share_entering(["ok", "screened", "failed", "ok"]) == 0.75
    assert share_entering([]) == 1
