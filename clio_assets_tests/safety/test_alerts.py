"""When a day of a monitor alerts, and what is posted of it."""

from __future__ import annotations

import datetime as dt
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import polars as pl
import pytest

from clio_assets.config import ConfigError
from clio_assets.safety import webhook
from clio_assets.safety.alerts import alerts_of
from clio_assets.safety.settings import AlertSettings
from clio_assets.safety.webhook import WebhookError, post_alert, webhook_address

TODAY = dt.date(2026, 11, 20)


def counts(past: list[int], today: int) -> pl.DataFrame:
    """A day each, the last one today; twice as many conversations as accounts."""
    accounts = [*past, today]
    return pl.DataFrame(
        {
            "day": [TODAY - dt.timedelta(days=n) for n in range(len(past), -1, -1)],
            "accounts": accounts,
            "conversations": [2 * n for n in accounts],
        }
    )


@pytest.mark.parametrize(
    ("alert", "past", "today", "rules"),
    [
        ({}, [1] * 14, 500, 0),
        ({"conversations": 10}, [], 5, 1),
        ({"conversations": 11}, [], 5, 0),
        ({"accounts": 5}, [], 5, 1),
        ({"accounts": 6, "conversations": 10}, [], 5, 1),
        ({"times_usual": 3}, [10] * 14, 30, 1),
        ({"times_usual": 3}, [10] * 14, 29, 0),
        # One busy day is not what is usual.
        ({"times_usual": 3}, [10] * 13 + [1_000], 30, 1),
        # With six days nobody can say what is usual.
        ({"times_usual": 3}, [10] * 6, 300, 0),
        ({"times_usual": 3}, [10] * 7, 300, 1),
        # What is further back than a fortnight is not usual any more.
        ({"times_usual": 3}, [100] * 20 + [10] * 14, 30, 1),
        ({"times_usual": 3}, [0] * 14, 4, 0),
        ({"times_usual": 3}, [0] * 14, 5, 1),
    ],
)
def test_a_day_alerts(alert: dict[str, float], past: list[int], today: int, rules: int) -> None:
    found = alerts_of(counts(past, today), TODAY, AlertSettings.model_validate(alert))
    assert len(found) == rules


def test_later_days_do_not_change_what_was_usual() -> None:
    days = counts([10] * 14, 30)
    later = days.with_columns(
        day=pl.col("day") + dt.timedelta(days=20), accounts=pl.lit(10_000, pl.Int64)
    )
    rule = AlertSettings(times_usual=3)
    assert alerts_of(pl.concat([days, later]), TODAY, rule) == alerts_of(days, TODAY, rule)


class _Hook(BaseHTTPRequestHandler):
    status = 200
    taken: list[dict[str, str]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.status == 200:
            self.taken.append(json.loads(body))
        self.send_response(self.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[tuple[str, type[_Hook]]]:
    """A real server's address, and what it took."""
    kind = type("Hook", (_Hook,), {"taken": []})
    server = HTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/secret-path", kind
    server.shutdown()
    server.server_close()


def test_what_is_posted_says_which_monitor_and_day_and_nothing_else(
    hook: tuple[str, type[_Hook]],
) -> None:
    address, server = hook
    post_alert(address, "computer_use", "2026-11-20")
    (said,) = server.taken
    assert said.pop("text").startswith("Clio Assets: the monitor computer_use alerts")
    assert said == {
        "id": "computer_use-2026-11-20",
        "monitor": "computer_use",
        "day": "2026-11-20",
    }


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_was_not_taken_is_said_without_the_address(
    hook: tuple[str, type[_Hook]], status: int
) -> None:
    address, server = hook
    server.status = status
    with pytest.raises(WebhookError, match=str(status)) as refused:
        post_alert(address, "computer_use", "2026-11-20")
    assert "secret-path" not in str(refused.value)


def test_a_server_that_is_not_there_is_said_without_the_address() -> None:
    with pytest.raises(WebhookError, match="could not be reached") as refused:
        post_alert("http://127.0.0.1:9/secret-path", "computer_use", "2026-11-20")
    assert "secret-path" not in str(refused.value)


@pytest.mark.parametrize("label", ["a" * 70, "exa\nmple", "\ud800"])
def test_an_address_that_no_host_has_is_said_without_it(label: str) -> None:
    with pytest.raises(WebhookError, match="could not be reached") as refused:
        post_alert(f"https://{label}.invalid/secret-path", "computer_use", "2026-11-20")
    assert "secret-path" not in str(refused.value)


def test_a_server_that_never_ends_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 0.6)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def dribble() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    while True:
                        connection.sendall(b"H")
                        time.sleep(0.2)
                except OSError:
                    return

        threading.Thread(target=dribble, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(WebhookError, match="could not be reached"):
            post_alert(f"http://127.0.0.1:{server.getsockname()[1]}/", "computer_use", "2026-11-20")
    assert time.monotonic() - began < 5


def test_neither_a_proxy_nor_a_log_sees_the_address(
    hook: tuple[str, type[_Hook]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without TLS a proxy would read all of it."""
    address, server = hook
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with caplog.at_level(logging.INFO):
        post_alert(address, "computer_use", "2026-11-20")
    assert len(server.taken) == 1
    assert "secret-path" not in caplog.text


@pytest.mark.parametrize(
    "address", ["", "http://example.org/x", "ftp://example.org", "not one", "http://[", "https://"]
)
def test_an_address_that_would_be_read_on_its_way_is_refused(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", address)
    with pytest.raises(ConfigError, match="HOOK") as refused:
        webhook_address("HOOK")
    assert "example.org" not in str(refused.value)
