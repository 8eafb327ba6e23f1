"""A real Dagster: web server and daemon on a free loopback port, spoken to as the UI does."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LAUNCH = """
mutation ($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
    ... on InvalidSubsetError { message }
  }
}"""
STATUS = """
query ($id: String!) {
  partitionBackfillOrError(backfillId: $id) {
    __typename
    ... on PartitionBackfill { status }
  }
}"""
FINISHED = {"COMPLETED", "COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED"}


class DagsterServer:
    """The UI's own interface to one running instance."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.server_errors = 0

    def graphql(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return `data` of one request.

        Raises:
            RuntimeError: the server answered with errors.
        """
        request = urllib.request.Request(  # noqa: S310  loopback
            f"{self.url}/graphql",
            data=json.dumps({"query": query, "variables": variables or {}}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            found: dict[str, Any] = json.loads(answer.read())
        if found.get("errors"):
            raise RuntimeError(str(found["errors"])[:2000])
        return dict(found["data"])

    def asset_keys(self) -> list[list[str]]:
        """Every asset's key path."""
        nodes = self.graphql("{ assetNodes { assetKey { path } } }")["assetNodes"]
        return [node["assetKey"]["path"] for node in nodes]

    def backfill(self, assets: list[list[str]], partitions: list[str]) -> str:
        """Start what the UI's "Materialize" starts on a selection of partitions; its id."""
        params = {
            "assetSelection": [{"path": path} for path in assets],
            "partitionNames": partitions,
        }
        started = self.graphql(LAUNCH, {"params": params})["launchPartitionBackfill"]
        if "backfillId" not in started:
            raise RuntimeError(f"{started['__typename']}: {started.get('message', '')[:2000]}")
        return str(started["backfillId"])

    def wait(self, backfill: str, seconds: float) -> str:
        """Return the status a backfill ends with.

        Raises:
            TimeoutError: it has not ended in time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                found = self.graphql(STATUS, {"id": backfill})["partitionBackfillOrError"]
            except urllib.error.HTTPError:
                # Asked again like a page that is loaded again; counted, because users see it.
                self.server_errors += 1
                found = {}
            if found.get("status") in FINISHED:
                return str(found["status"])
            time.sleep(2)
        raise TimeoutError(f"backfill {backfill} has not ended after {seconds:.0f} s")


@contextmanager
def dagster_server(config: Path, dagster_home: Path, log: Path) -> Iterator[DagsterServer]:
    """Run `dagster dev` for the pipeline of `config`, with the project's own dagster.yaml."""
    dagster_home.mkdir(parents=True, exist_ok=True)
    if not (dagster_home / "dagster.yaml").exists():
        (dagster_home / "dagster.yaml").symlink_to(ROOT / "dagster.yaml")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "CLIO_CONFIG": str(config),
        "DAGSTER_HOME": str(dagster_home),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
    }
    command = [
        *(str(Path(sys.executable).with_name("dagster")), "dev", "--host", "127.0.0.1"),
        *("--port", str(port), "--workspace", str(ROOT / "workspace.yaml")),
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=out, stderr=out, start_new_session=True
        )
    server = DagsterServer(port)
    try:
        _await_location(server, process, log)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _await_location(server: DagsterServer, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(180):
        if process.poll() is not None:
            raise RuntimeError(f"dagster dev ended: {log.read_text(errors='replace')[-2000:]}")
        try:
            if server.asset_keys():
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError, RuntimeError):
            pass
        time.sleep(1)
    raise TimeoutError("the code location did not load in three minutes")
