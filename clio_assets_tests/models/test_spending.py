"""The budget of a run, and the ledger's sums."""

from __future__ import annotations

import datetime as dt
import sqlite3

import polars as pl
import pytest

from clio_assets.config import ConfigError
from clio_assets.models import limits
from clio_assets.models.calls import BudgetError
from clio_assets.models.ledger import model_calls, stage_sums
from clio_assets.models.prices import Usage, cost_of, worst_usage
from clio_assets.models.settings import Price
from clio_assets_tests.models import fault_server as faults
from clio_assets_tests.models.fault_server import FaultServer, status
from clio_assets_tests.models.model_calls import ask, make_calls, make_settings

PRICES = {"small": {"input": 1.0, "cached_input": 0.1, "output": 4.0}}
COST = (40 * 1.0 + 60 * 0.1 + 20 * 4.0) / 1_000_000
"""Of one answer of the fault server: 100 tokens in, 60 of them cached, 20 out."""
WORST = cost_of(Price(**PRICES["small"]), worst_usage(make_calls(11)[10], 100))


@pytest.fixture
def quick(monkeypatch):
    """Waits of a fifth, where it is not the waits that are tested."""
    monkeypatch.setattr(limits, "_FIRST_BACKOFF", limits._FIRST_BACKOFF / 5)


@pytest.fixture
def store(tmp_path):
    return tmp_path / "calls.sqlite"


def test_cost_is_by_the_price_table():
    usage = Usage(tokens_in=1_000_000, tokens_out=100_000, tokens_cached=400_000)
    assert cost_of(Price(input=2.0, cached_input=0.5, output=8.0), usage) == pytest.approx(2.2)
    assert cost_of(Price(input=2.0, output=8.0), usage) == pytest.approx(2.8)


def test_the_budget_stops_before_it_is_passed_and_keeps_what_is_paid(store):
    most = 10 * COST + WORST
    with FaultServer(latency=0.01) as server:
        common = {"limits": {"max_concurrency": 8}, "prices": PRICES}
        settings = make_settings(server.base_url, max_cost_per_run=most, **common)
        with pytest.raises(BudgetError) as stopped:
            ask(settings, store, make_calls(40))
        # Ten fit beyond doubt; an eleventh could not have passed what was left then.
        assert 10 <= server.calls <= 11
        spent = stage_sums(store, "2026-11-01")["cost"].item()
        assert spent == pytest.approx(server.calls * COST)
        assert spent <= most
        said = str(stopped.value)
        assert f"${spent:.4f}" in said
        assert "raise `models.max_cost_per_run` and materialize again" in said
        # The same run has nothing left, whoever asks; what it has answered it still has.
        paid = server.calls
        with pytest.raises(BudgetError):
            ask(settings, store, make_calls(40))
        assert server.calls <= 11
        assert all(answer.cached for answer in ask(settings, store, make_calls(paid)))
        # Another run has a budget of its own and pays for the rest alone.
        ask(make_settings(server.base_url, **common), store, make_calls(40), run_id="next")
        assert server.calls == 40


def test_what_was_not_billed_is_given_back(store, quick):
    """Retries and failures without an answer leave the budget as it was."""
    most = 4 * COST + WORST

    def script(seen):
        return status(500) if seen.number % 2 == 0 else None

    with FaultServer(script) as server:
        settings = make_settings(
            server.base_url,
            limits={"max_concurrency": 2, "deadline_seconds": 8},
            prices=PRICES,
            max_cost_per_run=most,
        )
        assert {answer.outcome for answer in ask(settings, store, make_calls(4))} == {"ok"}
        con = sqlite3.connect(store)
        spent, reserved = con.execute("SELECT spent, reserved FROM runs").fetchone()
        con.close()
        assert spent == pytest.approx(4 * COST)
        assert reserved == pytest.approx(0, abs=1e-12)


def test_calls_that_were_never_sent_leave_nothing_set_aside(store):
    with FaultServer(lambda _: faults.WRONG_KEY) as server:
        settings = make_settings(server.base_url, prices=PRICES, max_cost_per_run=1)
        with pytest.raises(ConfigError):
            ask(settings, store, make_calls(50))
    con = sqlite3.connect(store)
    spent, reserved = con.execute("SELECT spent, reserved FROM runs").fetchone()
    con.close()
    assert spent == 0
    assert reserved == pytest.approx(0, abs=1e-12)


def test_every_attempt_that_was_paid_counts(store):
    with FaultServer(lambda seen: faults.truncated if seen.number < 2 else None) as server:
        settings = make_settings(server.base_url, prices=PRICES, max_cost_per_run=1)
        ask(settings, store, make_calls(1))
    sums = stage_sums(store, "2026-11-01")
    assert sums.select("calls", "retries", "tokens_in", "tokens_out").row(0) == (1, 2, 300, 60)
    assert sums["cost"].item() == pytest.approx(3 * COST)


def test_a_budget_without_a_price_names_the_price_to_set(store):
    settings = make_settings("http://127.0.0.1:9/v1", max_cost_per_run=1.0)
    with pytest.raises(ConfigError, match=r"`models\.prices\.small`"):
        ask(settings, store, make_calls(1))


def test_the_ledger_sums_by_stage_and_by_model(store):
    with FaultServer(lambda seen: faults.REFUSAL if seen.number == 2 else None) as server:
        ask(make_settings(server.base_url, prices=PRICES), store, make_calls(5))
        server.model = "small-2026-09"
        ask(make_settings(server.base_url), store, make_calls(7), run_id="next")
        server.gives_usage = False
        ask(make_settings(server.base_url, model="large"), store, make_calls(1), run_id="next")
    sums = stage_sums(store, "2026-11-01").row(0, named=True)
    assert sums.pop("mean_latency_seconds") > 0
    assert sums.pop("cost") == pytest.approx(5 * COST)
    estimated = sums.pop("tokens_in") - 700, sums.pop("tokens_out") - 140
    assert 10 < estimated[0] < 120
    assert 10 < estimated[1] < 120
    assert sums == {
        "stage": "facets", "calls": 8, "ok": 7, "refused": 1, "invalid": 0, "failed": 0,
        "retries": 0, "tokens_cached": 7 * 60, "estimated": 1, "unpriced": 3,
    }  # fmt: skip
    assert stage_sums(store, "2026-11-01", "next")["calls"].item() == 3
    assert stage_sums(store, "2026-11-02").is_empty()
    by_model = model_calls(store, ["2026-11-01"]).select(
        "model_asked", "model_served", "prompt_version", "calls"
    )
    assert by_model.rows() == [
        ("large", "small-2026-09", "1-0000aaaa", 1),
        ("small", "small-2026-01", "1-0000aaaa", 5),
        ("small", "small-2026-09", "1-0000aaaa", 2),
    ]
    assert model_calls(store, ["2026-11-02"]).is_empty()


def test_the_ledgers_rows_say_when_in_utc_and_at_what_price(store):
    before = dt.datetime.now(dt.UTC).timestamp()
    with FaultServer() as server:
        ask(make_settings(server.base_url, prices=PRICES), store, make_calls(1))
    con = sqlite3.connect(store)
    con.row_factory = sqlite3.Row
    row = dict(con.execute("SELECT * FROM calls").fetchone())
    con.close()
    assert before <= row["created_at"] / 1e6 <= dt.datetime.now(dt.UTC).timestamp()
    assert (row["price_input"], row["price_cached_input"], row["price_output"]) == (1.0, 0.1, 4.0)


def test_a_ledger_of_nothing_is_an_empty_frame_of_the_same_columns(store):
    empty = model_calls(store, ["2026-11-01"])
    assert empty.is_empty()
    assert empty.schema["cost"] == pl.Float64
    assert not store.exists()
