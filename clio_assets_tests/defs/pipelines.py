"""A tiny pipeline: three days at the end of a month and a week, a few hundred conversations.

2025-08-31 is a Sunday, so that days, weeks and months all have a boundary after the first day. The
thresholds are lowered to what so little can reach. Requests become vectors by hashing words:
deterministic, and good enough for topics to form.
"""

from __future__ import annotations

import datetime as dt
import gzip
import re
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import numpy as np
import orjson
import pytest

from benchmarks.attacks.canary_planting import plant
from benchmarks.attacks.canary_texts import make_canaries
from clio_assets.config import Settings, parse_settings
from clio_assets.defs.build import build_definitions
from clio_assets.defs.clio import Clio
from clio_assets.defs.in_process import QUIET
from clio_assets.demo import generate
from clio_assets.privacy.pseudonyms import create_key_file
from clio_assets.storage.layout import Layout

DAYS = ["2025-08-31", "2025-09-01", "2025-09-02"]
FIRST, SECOND, THIRD = DAYS
PER_DAY = 220
FEW_CANARIES = 24
LOWERED: dict[str, Any] = {
    "min_accounts": 8,
    "min_conversations": 12,
    "max_account_share": 0.3,
    "min_term_accounts": 3,
    "cell": {"min_conversations": 5, "min_accounts": 4, "max_account_share": 0.5},
}


class HashedWords:
    """A stand-in for the embedding model: a random direction for each subject and each word."""

    identity = "hashed words"
    dimension = 96

    def embed(self, texts: list[str]) -> np.ndarray:
        """Unit vectors (n, 96); a text lies close to others with words of the same subject."""
        vectors = np.full((len(texts), self.dimension), 1e-6)
        for row, text in enumerate(texts):
            for word in words_of(text):
                vectors[row] += 0.1 * _direction(word)
                if word in subjects():
                    vectors[row] += _direction(subjects()[word])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@cache
def subjects() -> dict[str, str]:
    """The subject of each word that the demo uses for hardly anything else."""
    used: dict[str, Counter[str]] = defaultdict(Counter)
    with tempfile.TemporaryDirectory() as folder:
        files = demo_at(Path(folder)).files
        truth = generate.load_truth(Path(folder) / "truth")
        topics = dict(truth.select("conversation_id", "topic").iter_rows())
        for line in b"".join(gzip.decompress(file.read_bytes()) for file in files).splitlines():
            row = orjson.loads(line)
            for word in words_of(row["messages"][0]["content"]):
                used[word][topics[row["conversation_id"]]] += 1
    mostly = {word: counts.most_common(1)[0] for word, counts in used.items()}
    return {
        word: topic
        for word, (topic, times) in mostly.items()
        if times >= 3 and times >= 0.8 * used[word].total()
    }


def _direction(word: str) -> np.ndarray:
    return np.random.default_rng(zlib.crc32(word.encode())).standard_normal(HashedWords.dimension)


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w{4,}", text.lower()))


def demo_at(root: Path) -> generate.DemoSummary:
    """Three days of the demo's conversations in `root`/source, dated as the tests want them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generate, "FIRST_DAY", dt.date.fromisoformat(FIRST))
        return generate.generate_demo(root / "source", root / "truth", 7, len(DAYS), PER_DAY)


def write_source(root: Path) -> list[str]:
    """Write three days of logs to `root`/source with an account key, and plant canaries.

    Returns the canaries: strings that stand nowhere but in the logs of the first day, in every
    field that a row has, in good rows and in bad ones.
    """
    demo_at(root)
    canaries = make_canaries(FEW_CANARIES, LOWERED["min_term_accounts"] - 1, seed=7)
    plant(root / "source", [FIRST], canaries, seed=7)
    create_key_file(settings_at(root).accounts.key_file)
    return [canary.text for canary in canaries]


def settings_at(root: Path, **changes: Any) -> Settings:
    """Settings of the pipeline in `root`; `changes` replace top-level sections."""
    source = {"path": "source", "first_day": FIRST, "last_day": THIRD}
    document: dict[str, Any] = {
        "home": "home",
        "source": source | changes.pop("source", {}),
        "facets": {
            "languages": ["en", "es"],
            "custom": [{"name": "product", "metadata_field": "product"}],
        },
        "topics": {"accounts_per_topic": 15} | changes.pop("topics", {}),
        "privacy": {"internal": LOWERED | changes.pop("thresholds", {})},
    }
    return parse_settings(document | changes, base=root)


def definitions_of(settings: Settings) -> dg.Definitions:
    """The project's definitions, with hashed words in place of the model."""
    definitions = build_definitions(settings)
    clio_of(definitions).__dict__["embedder"] = HashedWords()
    return definitions


def clio_of(definitions: dg.Definitions) -> Clio:
    """The pipeline's own resource."""
    clio = (definitions.resources or {})["clio"]
    assert isinstance(clio, Clio)
    return clio


def launch(
    definitions: dg.Definitions,
    key: str,
    *assets: str,
    job: str = "daily",
    instance: dg.DagsterInstance | None = None,
) -> dg.ExecuteInProcessResult:
    """Run a job for one partition, or only some of its assets with their checks, as the UI does."""
    chosen = definitions.resolve_job_def(job)
    names = {asset.to_user_string(): asset for asset in chosen.asset_layer.executable_asset_keys}
    selected = [
        found for name, found in names.items() if name in assets or name.split("/")[0] in assets
    ]
    return chosen.execute_in_process(
        partition_key=key,
        instance=instance,
        run_config=QUIET,
        raise_on_error=False,
        asset_selection=selected or None,
    )


def launch_without_checks(
    definitions: dg.Definitions, key: str, *assets: str, **options: Any
) -> dg.ExecuteInProcessResult:
    """Materialize assets of one partition with no check at all."""
    selected = [
        asset
        for one in definitions.assets or []
        if isinstance(one, dg.AssetsDefinition)
        for asset in one.keys
        if asset.path[0] in assets
    ]
    return dg.materialize(
        [one for one in definitions.assets or [] if isinstance(one, dg.AssetsDefinition)],
        selection=selected,
        partition_key=key,
        resources=definitions.resources,
        run_config=QUIET,
        **options,
    )


def materialized(result: dg.ExecuteInProcessResult) -> set[str]:
    """The assets that a run brought about."""
    return {
        event.asset_key.to_user_string()
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }


def started(result: dg.ExecuteInProcessResult) -> set[str]:
    """The steps that a run began."""
    return {str(event.step_key) for event in result.all_events if event.is_step_start}


def failed_checks(result: dg.ExecuteInProcessResult) -> set[str]:
    """Names of the checks that said no."""
    return {one.check_name for one in result.get_asset_check_evaluations() if not one.passed}


def failures(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """What each failed step of a run told."""
    told = {}
    for event in result.all_events:
        if event.is_step_failure:
            failure = event.step_failure_data.user_failure_data
            told[str(event.step_key)] = str(failure.description if failure else "")
    return told


def metadata_of(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    """Metadata by asset."""
    return {
        event.asset_key.to_user_string(): {
            name: value.value for name, value in event.materialization.metadata.items()
        }
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }


def release_zone(layout: Layout) -> dict[str, int]:
    """Rows of every table of the release zone, and its bundles; empty where nothing is in it."""
    found = {}
    for database in (layout.releases, layout.warehouse):
        for table, rows in tables_of(database).items():
            found[f"{database.name}/{table}"] = len(rows)
    bundles = sorted(layout.bundles.glob("*/v*"))
    found |= {f"bundles/{path.parent.name}/{path.name}": 1 for path in bundles}
    return {name: rows for name, rows in found.items() if rows}


def tables_of(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of a DuckDB file, sorted."""
    if not database.exists():
        return {}
    with duckdb.connect(str(database), read_only=True) as con:
        names = [row[0] for row in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return {
            name: sorted(con.execute(f'FROM "{name}"').fetchall(), key=str)
            for name in sorted(names)
        }


def change(database: Path, *statements: str | tuple[str, Iterable[object]]) -> None:
    """Tamper with a DuckDB file."""
    with duckdb.connect(str(database)) as con:
        for statement in statements:
            sql, values = (statement, []) if isinstance(statement, str) else statement
            con.execute(sql, list(values))
