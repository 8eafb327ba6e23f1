"""The marts: dbt on the releases, built aside and published by rename."""

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    dbt_assets,
)
from packaging.version import Version

from clio_assets.defs.clio import Clio
from clio_assets.defs.partitions import Partitions
from clio_assets.defs.step import ONE_A_RUN, OWNERS, RELEASE, RELEASE_POOL, told_safely
from clio_assets.release.dbt_manifest import ensure_manifest
from clio_assets.release.warehouse import (
    dbt_environment,
    new_target,
    publish,
    publishing,
    target_path,
)
from clio_assets.storage.layout import Layout

PROJECT = Path(__file__).parents[2] / "dbt_project"


class _Translator(DagsterDbtTranslator):
    """Models become `warehouse/<model>`; the releases they read are the door's asset."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> Any:
        spec = super().get_asset_spec(manifest, unique_id, project)
        if unique_id.startswith("source."):
            return spec.replace_attributes(key=dg.AssetKey("released_topics"))
        return spec.replace_attributes(
            key=dg.AssetKey(["warehouse", spec.key.path[-1]]),
            group_name="warehouse",
            owners=OWNERS,
            kinds={"dbt", "duckdb"},
        ).merge_attributes(tags=RELEASE)


def warehouse_assets(partitions: Partitions, layout: Layout) -> dg.AssetsDefinition:
    """One asset a dbt model, one check a dbt test; a period's run builds the whole warehouse."""
    manifest = ensure_manifest(PROJECT, dbt_environment(layout, target_path(layout)))

    translator = _Translator(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    @dbt_assets(
        manifest=manifest,
        name="warehouse",
        partitions_def=partitions.period,
        dagster_dbt_translator=translator,
        backfill_policy=ONE_A_RUN,
        pool=RELEASE_POOL,
    )
    def warehouse(
        context: dg.AssetExecutionContext, dbt: DbtCliResource, clio: dg.ResourceParam[Clio]
    ) -> Iterator[Any]:
        # What dbt writes beside the database, 3 MB a run, is of no use once it has been told.
        with tempfile.TemporaryDirectory() as notes, told_safely():
            clio.releases.complete()
            with publishing(clio.layout):
                target = new_target(clio.layout)
                with _environment(dbt_environment(clio.layout, target)):
                    # The database is made anew as a whole, whichever of its assets a run is for,
                    # so dbt is not told: a backfill runs the releases and their marts apart.
                    build = dbt.cli(
                        ["build"],
                        manifest=manifest,
                        dagster_dbt_translator=translator,
                        target_path=Path(notes),
                        raise_on_error=False,
                    )
                events = [
                    event
                    for told in build.stream_raw_events()
                    for event in told.to_default_asset_events(
                        manifest, translator, context, target_path=Path(notes)
                    )
                    if _is_asked_for(event, context)
                ]
                if built := build.is_successful():
                    publish(target, clio.layout.warehouse)
        # After the rename: a materialization says that readers see it.
        yield from events
        if not built:
            raise dg.Failure(
                "dbt did not build the warehouse, and the published one is unchanged. The failed "
                "model or test is named above.",
                allow_retries=False,
            )

    return warehouse


def _is_asked_for(event: Any, context: dg.AssetExecutionContext) -> bool:
    """False for what was built along with the assets that the run is for."""
    if isinstance(event, dg.Output):
        return event.output_name in context.op_execution_context.selected_output_names
    return event.asset_key in context.selected_asset_keys


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """dbt's resource starts dbt with this process's environment, which gets its own back."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class _OfflineDbt(DbtCliResource):
    """dbt without the question for newer versions: `dbt --version` asks pypi.org."""

    @cached_property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))


def dbt_resource() -> DbtCliResource:
    """dbt of this Python environment, whether or not it is activated."""
    return _OfflineDbt(
        project_dir=str(PROJECT),
        profiles_dir=str(PROJECT),
        dbt_executable=str(Path(sys.executable).with_name("dbt")),
    )
