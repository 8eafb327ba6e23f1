"""F32: without the key that made the pseudonyms, a run stops at once and writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from clio_assets.privacy.pseudonyms import create_key_file
from clio_assets_tests.defs.pipelines import FIRST, SECOND, definitions_of, launch, settings_at

pytestmark = pytest.mark.platform


def sentence(result: dg.ExecuteInProcessResult) -> str:
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    said = failed.step_failure_data.user_failure_data
    assert said is not None
    return str(said.description)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda file: file.unlink(), "There is no account key"),
        (lambda file: file.write_text("c0ffee"), "32 or more random bytes"),
        (lambda file: file.chmod(0o644), "chmod 600"),
        (lambda file: file.write_text(bytes(range(32)).hex()), "Put the former key back"),
    ],
)
def test_a_run_refuses(tmp_path: Path, spoil: Callable[[Path], object], says: str) -> None:
    settings = settings_at(tmp_path)
    settings.source.path.mkdir()
    file = settings.accounts.key_file
    create_key_file(file)
    key = file.read_bytes()
    assert launch(definitions_of(settings), FIRST, "raw_conversations").success
    spoil(file)
    # Definitions anew, as in another process: a running one keeps the key it has read.
    assert says in sentence(launch(definitions_of(settings), SECOND, "raw_conversations"))
    assert [path.stem for path in (settings.home / "private" / "days").glob("*.duckdb")] == [FIRST]
    file.write_bytes(key)
    file.chmod(0o600)
    assert launch(definitions_of(settings), SECOND, "raw_conversations").success
