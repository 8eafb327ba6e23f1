"""G-13: what a released string must not hold, also when it is hidden in another writing."""

# ruff: noqa: RUF001 - look-alike characters are what is tested

from __future__ import annotations

import base64
import random
import statistics
import time
from urllib.parse import quote

import pytest

from benchmarks.pii_detection import phone_numbers
from benchmarks.pii_secrets import FORMS, draw_form
from clio_assets.privacy.decoding import TooManyReadingsError, readings
from clio_assets.privacy.names import form_problems, value_problems
from clio_assets.privacy.scan import Hit, scan

EMAIL = "jo.doe@example.com"
KEY = "sk-" + "abcdEFGHijklMNOPqrst"

CLEAN = [
    "Booking flights and hotels",
    "Comparing iPhone 15 and Galaxy S24 prices, e.g. in Europe",
    "Node.js, C and asp questions; 24/7 support (10 to 12 people)",
    "Preguntas sobre la declaración: ¿qué gastos se deducen?",
    "旅行の予約について、質問する",
    "Internationalization and responsibilities of interdisciplinary departments",
    "Travelling with a Boeing B737",
    "Password: reset and recovery",
    "Essays of 200-300 words, budgets of 150 000 euros",
    "Windows 10 or 11, layers 2/3, a 50 30 plan",
    "",
]
PRIVATE = {
    "an e-mail address": f"Mail {EMAIL} now",
    "a phone number": "Call +44 20 7946 0958",
    "a card number": "4111 1111 1111 1111",
    "an IBAN": "DE89 3704 0044 0532 0130 00",
    "an IP address": "192.168.1.1",
    "a run of digits": "Invoice 12345",
    "digits of another script": "Invoice １２３４",
    "digits with gaps": "12-34-56-78",
    "a link": "see https://example.org/x",
    "a domain": "see example.co.uk today",
    "an AWS key": "AKIA" + "IOSFODNN7EXAMPLE",
    "an OpenAI key": KEY,
    "a GitHub token": "ghp_" + "a" * 36,
    "a Slack token": "xoxb-" + "12-ab-cdefgh",
    "a Google key": "AIza" + "B" * 35,
    "a Stripe key": "sk_live_" + "abcdefgh",
    "a Google client secret": "GOCSPX-" + "uuwPLxmvhJTyflxMYyZNBxFS",
    "an AWS secret key": "wJalrXUtnFEMI/K7MDENG+" + "bPxRfiCYEXAMPLEKEY",
    "a password": "password=" + "hunter2abc",
    "a token after its name": "API key: " + "ab!cdefgh",
    "a local number of six digits": "Call 20 12 34",
    "six digits in threes": "Call 312 345",
    "an IPv6 address": "2001:db8:85a3::8a2e:370:7334",
    "a JWT": "eyJ" + "hbGciOi.eyJzdWIi",
    "a private key": "-----BEGIN RSA PRIVATE KEY-----",
    "a token of no provider": "q7Yt2LmZ9pXc4VbN8sKd",
    "invisible characters": "jo\u200b.doe@exam\u2060ple.com",
    "full-width characters": "jo＠example．com",
    "base64": "note " + base64.b64encode(EMAIL.encode()).decode(),
    "URL-safe base64 without padding": base64.urlsafe_b64encode(EMAIL.encode())
    .decode()
    .rstrip("="),
    "base64 twice": base64.b64encode(base64.b64encode(EMAIL.encode())).decode(),
    "hexadecimal": EMAIL.encode().hex(),
    "hexadecimal with spaces": EMAIL.encode().hex(" "),
    "percent-encoding": quote(EMAIL, safe=""),
    "reversal": EMAIL[::-1],
    "reversed base64": base64.b64encode(EMAIL.encode()).decode()[::-1],
}


@pytest.mark.parametrize("text", CLEAN)
def test_plain_names_have_no_hit(text: str) -> None:
    assert scan(text) == []


@pytest.mark.parametrize("text", PRIVATE.values(), ids=PRIVATE.keys())
def test_private_strings_are_hit(text: str) -> None:
    assert scan(text)


def test_a_hit_says_the_kind_and_nothing_else() -> None:
    hits = scan(f"Mail {EMAIL}")
    assert Hit("EMAIL") in hits
    assert not any("doe" in hit.kind or "example" in hit.kind for hit in hits)


def test_a_text_with_too_many_readings_is_refused() -> None:
    parts = [base64.b64encode(f"word number {n}".encode()).decode() for n in range(100)]
    with pytest.raises(TooManyReadingsError):
        readings(" ".join(parts))


def test_a_scan_is_quick_once_loaded() -> None:
    text = "Users asked for help with planning journeys, comparing hotels and booking. " * 4
    scan(text)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        scan(text[:300])
        times.append(time.perf_counter() - start)
    assert statistics.median(times) < 0.02  # measured: 2 ms; the rest is for busy machines


@pytest.mark.parametrize(
    "text",
    [
        "<b>help</b>", "help `rm`", "=help", "-help", "+help", "@help", "a{b}", "a|b", "a\\b",
        "a\nb", "a\u202eb", "a\u200bb", "call.me(", "www.help", "x://y", "year 1999",
        "help \N{GRINNING FACE}", "&lt;", "a" * 81, "ﷺ" * 10, "", " ",
    ],
)  # fmt: skip
def test_a_name_of_another_form_is_refused(text: str) -> None:
    assert form_problems(text, "Plain.")


def test_plain_texts_are_of_good_form() -> None:
    for text in CLEAN[:-1]:
        assert form_problems(text, "") == []
    assert form_problems("a" * 80, "b" * 300) == []
    assert form_problems("a", "b" * 301) == ["summary: too long"]


def test_values_may_hold_a_plus_and_an_underscore() -> None:
    for value in ("10+", "4-9", "pt-BR", "de_CH", "Information & advice"):
        assert value_problems(value) == []
    for value in ("", "=1", "<i>", "2024"):
        assert value_problems(value)


def test_phone_numbers_of_every_region_are_hit() -> None:
    missed = [number for number in phone_numbers()[::4] if not scan(number)]
    assert len(missed) <= 2  # five digits, as two small countries have them


@pytest.mark.parametrize("form", [form for form in FORMS if form != "password in a setting"])
def test_secrets_of_usual_providers_are_hit(form: str) -> None:
    assert all(scan(value) for value in draw_form(form, random.Random(5), 25))  # noqa: S311
