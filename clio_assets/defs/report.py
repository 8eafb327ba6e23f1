"""The bundle analysts open."""

import dagster as dg
import polars as pl
from dagster_duckdb import DuckDBResource

from clio_assets.defs.clio import Clio
from clio_assets.defs.partitions import Partitions
from clio_assets.defs.step import ONE_A_RUN, OWNERS, RELEASE, RELEASE_POOL, step
from clio_assets.release.bundle import write_bundle
from clio_assets.release.map_picture import map_picture, map_thumbnail
from clio_assets.release.preview import sizes_plot
from clio_assets.release.serve.address import page_address
from clio_assets.release.tables import BundleError
from clio_assets.storage.duckfile import LOCKED_DOWN
from clio_assets.storage.layout import Layout


def report_asset(partitions: Partitions, warehouse: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """The last step."""

    @dg.asset(
        deps=sorted(warehouse.keys),
        partitions_def=partitions.period,
        group_name="report",
        kinds={"html", "parquet"},
        code_version="1",
        owners=OWNERS,
        tags=RELEASE,
        pool=RELEASE_POOL,
        backfill_policy=ONE_A_RUN,
    )
    @step
    def insight_report(
        context: dg.AssetExecutionContext,
        clio: dg.ResourceParam[Clio],
        warehouse_db: DuckDBResource,
    ) -> dg.MaterializeResult:
        """Grain: one immutable bundle a period. Zone: release.

        The page, the tables as Parquet and CSV, and a manifest with the hash of each.
        """
        period = context.partition_key
        # The warehouse keeps a withdrawn period until it is built again.
        if clio.releases.input_fingerprint(period) is None:
            raise BundleError(
                f"{period} is not released, or was withdrawn: materialize `released_topics` and "
                "the warehouse first."
            )
        bundle = write_bundle(clio.layout.warehouse, period, clio.layout.bundles)
        page = bundle.path / "index.html"
        context.log.info("The report is at %s", page)
        topics = _topics(warehouse_db, period)
        return dg.MaterializeResult(
            metadata={
                # Seen at once; the one with names takes a click.
                "map": dg.MetadataValue.md(map_thumbnail(topics)),
                "map_with_names": dg.MetadataValue.md(map_picture(topics)),
                # A browser opens no file from a page of the web, so the link is to `clio serve`.
                "report": dg.MetadataValue.path(str(page)),
                "report_in_clio_serve": dg.MetadataValue.url(page_address(period, bundle.version)),
                "version": bundle.version,
                "unchanged": bundle.unchanged,
                "sha256": bundle.sha256,
                "sizes": dg.MetadataValue.md(sizes_plot(topics)),
            }
        )

    return insight_report


def warehouse_resource(layout: Layout) -> DuckDBResource:
    """The published warehouse, read-only, as dagster-duckdb opens it."""
    return DuckDBResource(
        database=str(layout.warehouse),
        connection_config={**LOCKED_DOWN, "access_mode": "READ_ONLY"},
    )


def _topics(warehouse_db: DuckDBResource, period: str) -> pl.DataFrame:
    with warehouse_db.get_connection() as con:
        # The resource leaves the connection open when its block raises.
        try:
            return con.sql("SELECT * FROM topics_by_period WHERE period = ?", params=[period]).pl()
        finally:
            con.close()
