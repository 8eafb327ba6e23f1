"""The code location loads fast, without the heavy libraries, and without a warning of ours."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.platform

PROJECT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
MOST_SECONDS = 2.0
HEAVY = ["torch", "sentence_transformers", "transformers", "sklearn", "umap", "numba", "lingua",
         "presidio_analyzer", "spacy", "matplotlib", "pandas"]  # fmt: skip
PROGRAM = f"""
import json, resource, sys
import dagster, dagster_dbt, dagster_duckdb, dbt.version, duckdb, polars, pyarrow
def spent(): return resource.getrusage(resource.RUSAGE_SELF).ru_utime
before = spent()
import clio_assets.definitions
print(json.dumps({{
    "seconds": spent() - before,
    "heavy": [name for name in {HEAVY} if name in sys.modules],
    "assets": len(clio_assets.definitions.defs.resolve_all_asset_keys()),
}}))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A settings file and a DAGSTER_HOME of their own, in the project's virtual environment."""
    root = tmp_path_factory.mktemp("loading")
    (root / "source").mkdir()
    (root / "clio.yaml").write_text(
        "source: {path: source, first_day: 2025-08-31, last_day: 2025-09-02}\n", encoding="utf-8"
    )
    (root / "dagster").mkdir()
    (root / "dagster" / "dagster.yaml").symlink_to(PROJECT / "dagster.yaml")
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("DAGSTER")},
        "CLIO_CONFIG": str(root / "clio.yaml"),
        "DAGSTER_HOME": str(root / "dagster"),
        "VIRTUAL_ENV": str(BIN.parent),
        "NO_COLOR": "1",
    }


def run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_loading_is_fast_and_light(environment: dict[str, str]) -> None:
    """Seconds of this process's own work, so that a busy machine does not count."""
    told = json.loads(run(environment, sys.executable, "-c", PROGRAM).stdout.splitlines()[-1])
    assert told["heavy"] == []
    assert told["assets"] == 22
    assert told["seconds"] < MOST_SECONDS


def test_loading_uses_nothing_that_is_about_to_go(environment: dict[str, str]) -> None:
    done = run(environment, sys.executable, "-W", "always", "-c", "import clio_assets.definitions")
    lines = done.stderr.splitlines()
    ours = [line for line in lines if "clio_assets/" in line]
    assert ours == []
    superseded = [line for line in lines if "SupersessionWarning" in line]
    assert superseded == []


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("dagster", "definitions", "validate", "-m", "clio_assets.definitions"), "passed valid"),
        (("dg", "check", "defs"), "All definitions loaded successfully"),
        (("dg", "check", "toml"), "All TOML configuration files are valid"),
    ],
    ids=["dagster definitions validate", "dg check defs", "dg check toml"],
)
def test_dagster_s_own_commands_find_nothing_wrong(
    environment: dict[str, str], command: tuple[str, ...], says: str
) -> None:
    done = run(environment, str(BIN / command[0]), *command[1:])
    output = done.stdout + done.stderr
    assert says in output
    warned = [line for line in output.splitlines() if "warning" in line.lower()]
    # Their advice to use the newer command, which the next one here does.
    assert [line for line in warned if "definitions_validate_command" not in line] == []


def validate_workspace(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [str(BIN / "dagster"), "definitions", "validate", "-w", "workspace.yaml"]
    return subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )


def test_the_safety_location_of_the_workspace_loads_for_those_who_mean_it(
    environment: dict[str, str], tmp_path: Path
) -> None:
    off = validate_workspace(environment)
    assert off.returncode != 0
    assert "The safety location is off" in off.stdout + off.stderr
    config = Path(environment["CLIO_CONFIG"]).read_text(encoding="utf-8")
    (tmp_path / "source").mkdir()
    (tmp_path / "clio.yaml").write_text(config + "safety: {enabled: true}\n", encoding="utf-8")
    on = validate_workspace(
        {
            **environment,
            "CLIO_CONFIG": str(tmp_path / "clio.yaml"),
            "CLIO_SAFETY_KEY": secrets.token_hex(32),
        }
    )
    assert on.returncode == 0, on.stdout + on.stderr
