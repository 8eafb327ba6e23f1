"""Where `clio serve` is found unless it is told otherwise."""

from __future__ import annotations

HOST = "127.0.0.1"
PORT = 8484


def page_address(period: str, version: int) -> str:
    """The page of one bundle."""
    return f"http://{HOST}:{PORT}/{period}/v{version}/"
