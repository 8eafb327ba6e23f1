"""`clio serve` as a process of its own, and plain requests that no client tidies up."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clio_assets.release.bundle import write_bundle
from clio_assets_tests.release.marts import write_warehouse

NEWEST = "2026-11-04"


def published(home: Path, *edits: str, periods: int = 3, topics: int = 14) -> Path:
    """Publish every period of an invented warehouse below `home`; the folder of bundles."""
    release = home / "release"
    release.mkdir(parents=True, exist_ok=True)
    warehouse = write_warehouse(release, *edits, periods=periods, topics=topics)
    for day in range(2, 2 + periods):
        write_bundle(warehouse, f"2026-11-{day:02}", release / "bundles")
    return release / "bundles"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True)
class Served:
    """A running server."""

    port: int
    process: subprocess.Popen[str]

    def ask(self, path: str, method: str = "GET", hosts: tuple[str, ...] | None = None) -> Answer:
        """Send exactly this path, method and these Host headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_host=True)
            for host in hosts if hosts is not None else (f"127.0.0.1:{self.port}",):
                connection.putheader("Host", host)
            connection.endheaders()
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, headers, answer.read())
        finally:
            connection.close()

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; the exit code, and what stood on the screen since it listened."""
        self.process.send_signal(signal.SIGINT)
        out, _ = self.process.communicate(timeout=20)
        return self.process.returncode, out


def command(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start `clio serve` for `home`, both outputs on one pipe."""
    return subprocess.Popen(
        [sys.executable, "-m", "clio_assets.cli", "serve", *arguments],
        env=os.environ | {"CLIO_HOME": str(home)},
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def serving(home: Path) -> Iterator[Served]:
    """Run it on a free port."""
    process = command(home, "--port", "0")
    try:
        assert process.stdout
        said = ""
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)/", said)):
            line = process.stdout.readline()
            assert line, said
            said += line
        yield Served(int(found[1]), process)
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=20)
