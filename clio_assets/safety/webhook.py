"""Posting that a monitor alerts: which one, of which day, and nothing else."""

from __future__ import annotations

import asyncio
import logging
import os
from urllib.parse import urlsplit

import httpx2

from clio_assets.config import ConfigError

SECONDS = 10.0
"""For all of it: a server that sends a byte now and then would hold the sensor for ever."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class WebhookError(RuntimeError):
    """The address did not take an alert; the message never holds the address, often a secret."""


def webhook_address(variable: str) -> str:
    """Return the address that an environment variable holds.

    Raises:
        ConfigError: it is not set, or neither HTTPS nor this machine.
    """
    address = os.environ.get(variable, "")
    try:
        parts = urlsplit(address)
        fit = parts.hostname and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        )
    except ValueError:
        fit = False
    if not fit:
        raise ConfigError(
            f"`safety.webhook_variable` names {variable}, which should hold where alerts are "
            "posted: an address with https:// (http:// on this machine alone)."
        )
    return address


def alert_id(monitor: str, day: str) -> str:
    """Name an alert: the same where it has to be posted again."""
    return f"{monitor}-{day}"


def post_alert(address: str, monitor: str, day: str) -> None:
    """Post one alert as JSON.

    `text` is what chat systems (Slack, Mattermost) show. No count goes out: a monitor's results
    stay in the safety zone.

    Raises:
        WebhookError: it could not be reached, or did not answer with 2xx within SECONDS.
    """
    said = {
        "id": alert_id(monitor, day),
        "monitor": monitor,
        "day": day,
        "text": f"Clio Assets: the monitor {monitor} alerts for {day}. See the safety report.",
    }
    try:
        status = asyncio.run(_status(address, said))
    # Hosts with a label of more than 63 characters, and files of certificates that are not there.
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as error:
        raise WebhookError(f"The webhook could not be reached ({type(error).__name__}).") from None
    if not httpx2.codes.is_success(status):
        raise WebhookError(f"The webhook answered with status {status}.")


async def _status(address: str, said: dict[str, str]) -> int:
    # At INFO it logs every address.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    # Without TLS it is for this machine alone, and no proxy of the environment is to read it.
    proxied = urlsplit(address).scheme == "https"
    async with (
        asyncio.timeout(SECONDS),
        httpx2.AsyncClient(timeout=SECONDS, trust_env=proxied) as client,
        # The body is not read: it says nothing that is wanted, and may have no end.
        client.stream("POST", address, json=said) as reply,
    ):
        return reply.status_code
