"""`clio serve`: the server on a loopback address, until Ctrl-C."""

from __future__ import annotations

import errno
import socket

from clio_assets.config import ConfigError, Settings
from clio_assets.release.serve.address import HOST
from clio_assets.release.serve.shelf import DamagedError, Shelf
from clio_assets.storage.layout import Layout

_LOOPBACK = {"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "::1": "::1"}
_NAMES = ("127.0.0.1", "localhost", "[::1]")
_VISITORS = 64
"""Connections at once. A browser opens six; the rest is room for a few people's tabs."""


def run_serve(settings: Settings, host: str, port: int) -> int:
    """Serve the bundles of `settings.home` until Ctrl-C; 0.

    Raises:
        ConfigError: the host is not this machine's loopback, or the port cannot be had.
    """
    listening = loopback_socket(host, port)
    try:
        with listening:
            _serve(listening, Shelf(Layout(settings.home, settings.period).bundles))
    except KeyboardInterrupt:
        # Raised anew by the server once it has closed, though not every time: ending is what was
        # asked for, and nothing else ends it.
        pass
    print()
    return 0


def loopback_socket(host: str, port: int) -> socket.socket:
    """Listen on the loopback; `port` 0 takes a free one.

    Raises:
        ConfigError: as `run_serve`.
    """
    if host not in _LOOPBACK:
        raise ConfigError(
            f"`clio serve` has no accounts and no encryption, so it listens on this machine only: "
            f"--host {HOST}, localhost or ::1, not {host}."
        )
    if not 0 <= port <= 65535:
        raise ConfigError(f"--port: {port} is not a port; take one from 1 to 65535.")
    address = _LOOPBACK[host]
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        raise ConfigError(_why_not(error, host, port)) from None


def host_headers(port: int) -> frozenset[str]:
    """The Host headers of whoever opens the server by a name of this machine."""
    # A browser leaves the web's own port out.
    return frozenset(f"{name}:{port}" for name in _NAMES) | frozenset(_NAMES if port == 80 else ())


def _serve(listening: socket.socket, shelf: Shelf) -> None:
    # Only this command needs a web server: half a second that others are spared.
    import uvicorn

    from clio_assets.release.serve.app import build_app

    address, port = listening.getsockname()[:2]
    shown = f"[{address}]" if ":" in address else address
    print(_found(shelf))
    print(f"Open http://{shown}:{port}/ on this machine; Ctrl-C ends.", flush=True)
    uvicorn.Server(
        uvicorn.Config(
            build_app(shelf, host_headers(port)),
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=_VISITORS,
            timeout_graceful_shutdown=2,
        )
    ).run(sockets=[listening])


def _found(shelf: Shelf) -> str:
    """How many periods there are; hashing them now spares the first visitor the wait."""
    periods = shelf.periods()
    damaged = []
    for period in periods:
        for folder in period.manifests:
            try:
                shelf.edition(period.key, folder)
            except DamagedError as error:
                damaged.append(str(error))
    if not periods:
        return "No report is published yet; the page says what to do."
    counted = f"{len(periods)} period" if len(periods) == 1 else f"{len(periods)} periods"
    return "\n".join([f"{counted}, the newest {periods[0].key}.", *damaged])


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken by another program, perhaps another `clio serve`: "
            "choose another with --port."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is the system's: choose one above 1023 with --port."
    return f"Cannot listen on {host} port {port}: {error.strerror}."
