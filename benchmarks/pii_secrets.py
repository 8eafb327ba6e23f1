"""Secrets drawn in the forms that their providers document; none was ever given out."""

from __future__ import annotations

import base64
import json
import random
import string

UPPER = string.ascii_uppercase + string.digits
MIXED = string.ascii_letters + string.digits
LOWER = string.ascii_lowercase + string.digits
HEX = "0123456789abcdef"

IPV6 = "IPv6 address"

FORMS: dict[str, list[tuple[str, str, int]]] = {
    "AWS access key id": [("AKIA", UPPER, 16)],
    "AWS temporary key id": [("ASIA", UPPER, 16)],
    "AWS secret key": [("", MIXED + "/+", 40)],
    "GitHub personal token": [("ghp_", MIXED, 36)],
    "GitHub server token": [("ghs_", MIXED, 36)],
    "GitHub fine-grained token": [("github_pat_", MIXED, 22), ("_", MIXED, 59)],
    "GitLab token": [("glpat-", MIXED + "-_", 20)],
    "Slack bot token": [("xoxb-", string.digits, 12), ("-", string.digits, 12), ("-", MIXED, 24)],
    "Slack app token": [("xapp-1-A", UPPER, 10), ("-", string.digits, 13), ("-", HEX, 64)],
    "Slack webhook": [("https://hooks.slack.com/services/T", UPPER, 8), ("/B", UPPER, 8),
                      ("/", MIXED, 24)],
    "Google API key": [("AIza", MIXED + "-_", 35)],
    "Google OAuth token": [("ya29.", MIXED + "-_", 60)],
    "Google client secret": [("GOCSPX-", MIXED + "-_", 28)],
    "Stripe secret key": [("sk_live_", MIXED, 24)],
    "Stripe restricted key": [("rk_test_", MIXED, 24)],
    "Stripe publishable key": [("pk_live_", MIXED, 24)],
    "Stripe webhook secret": [("whsec_", MIXED, 32)],
    "OpenAI key": [("sk-", MIXED, 48)],
    "OpenAI project key": [("sk-proj-", MIXED + "-_", 74)],
    "Anthropic key": [("sk-ant-api03-", MIXED + "-_", 93)],
    "Hugging Face token": [("hf_", string.ascii_letters, 34)],
    "npm token": [("npm_", MIXED, 36)],
    "PyPI token": [("pypi-AgEIcHlwaS5vcmc", MIXED + "-_", 60)],
    "SendGrid key": [("SG.", MIXED + "-_", 22), (".", MIXED + "-_", 43)],
    "Twilio account": [("AC", HEX, 32)],
    "Mailgun key": [("key-", HEX, 32)],
    "DigitalOcean token": [("dop_v1_", HEX, 64)],
    "Telegram bot token": [("", string.digits, 9), (":AA", MIXED + "-_", 33)],
    "Discord bot token": [("M", MIXED, 23), (".", MIXED, 6), (".", MIXED + "-_", 27)],
    "Databricks token": [("dapi", HEX, 32)],
    "Shopify token": [("shpat_", HEX, 32)],
    "Vault token": [("hvs.", MIXED, 24)],
    "Azure storage key": [("AccountKey=", MIXED + "/+", 86), ("==", MIXED, 0)],
    "database address": [("postgres://app:", MIXED, 16), ("@db.internal:5432/app", MIXED, 0)],
    "bearer header": [("Bearer ", MIXED, 24)],
    "password in a setting": [("password=", MIXED + "!%", 14)],
    "private key block": [("-----BEGIN OPENSSH PRIVATE KEY-----", MIXED, 0)],
    "PGP block": [("-----BEGIN PGP PRIVATE KEY BLOCK-----", MIXED, 0)],
    "UUID": [("", HEX, 8), ("-", HEX, 4), ("-4", HEX, 3), ("-a", HEX, 3), ("-", HEX, 12)],
    "Ethereum address": [("0x", HEX, 40)],
    "MAC address": [("", HEX, 2), *[(":", HEX, 2)] * 5],
    IPV6: [("", "23456789abcdef", 4), (":", HEX, 4), ("::", "abcdef", 1)],
}  # fmt: skip
"""Provider -> parts: what stands before, out of which letters, how many of them."""


def secrets_of_providers(seed: int, each: int = 20) -> list[str]:
    """`each` values a form, and JSON web tokens, drawn by `seed`."""
    draw = random.Random(seed)  # noqa: S311 - they protect nothing
    forms = [form for form in FORMS if form != IPV6]
    return [value for form in forms for value in draw_form(form, draw, each)] + [
        _json_web_token(draw) for _ in range(each)
    ]


def draw_form(form: str, draw: random.Random, each: int) -> list[str]:
    """`each` values of one form."""
    return [
        "".join(
            before + "".join(draw.choices(letters, k=count)) for before, letters, count in parts
        )
        for parts in [FORMS[form]] * each
    ]


def _json_web_token(draw: random.Random) -> str:
    subject = "".join(draw.choices(LOWER, k=8))
    parts = ['{"alg":"HS256"}', json.dumps({"sub": subject})]
    signed = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
    return ".".join([*signed, "".join(draw.choices(MIXED + "-_", k=43))])
