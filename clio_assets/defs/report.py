"""The bundle analysts open."""

import dagster as dg
import duckdb
import polars as pl

from clio_assets.defs.clio import Clio
from clio_assets.defs.partitions import Partitions
from clio_assets.defs.step import OWNERS, RELEASE, RELEASE_POOL, step
from clio_assets.release.bundle import write_bundle
from clio_assets.release.preview import sizes_plot


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
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=1),
    )
    @step
    def insight_report(
        context: dg.AssetExecutionContext, clio: dg.ResourceParam[Clio]
    ) -> dg.MaterializeResult:
        """Grain: one immutable bundle a period. Zone: release.

        The page, the tables as Parquet and CSV, and a manifest with the hash of each.
        """
        period = context.partition_key
        bundle = write_bundle(clio.layout.warehouse, period, clio.layout.bundles)
        page = bundle.path / "index.html"
        context.log.info("The report is at %s", page)
        with duckdb.connect(str(clio.layout.warehouse), read_only=True) as con:
            topics: pl.DataFrame = con.sql(
                "SELECT * FROM topics_by_period WHERE period = ?", params=[period]
            ).pl()
        return dg.MaterializeResult(
            metadata={
                "report": dg.MetadataValue.url(page.as_uri()),
                "version": bundle.version,
                "unchanged": bundle.unchanged,
                "sha256": bundle.sha256,
                "sizes": dg.MetadataValue.md(sizes_plot(topics)),
            }
        )

    return insight_report
