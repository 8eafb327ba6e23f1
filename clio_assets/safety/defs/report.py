"""The zone's own page, made anew after each day's findings."""

import dagster as dg

from clio_assets.defs.step import OWNERS, step
from clio_assets.safety.defs.coordination import SAFETY
from clio_assets.safety.defs.safety import Safety
from clio_assets.safety.report.make import make_report


def report_asset(monitors: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """The page. It has no partitions: it shows all of the zone as it stands."""
    found = [dg.AssetKey(["safety", name]) for name in ("findings", "topic_findings")]

    @dg.asset(
        key_prefix="safety",
        deps=[*found, *monitors],
        group_name="safety",
        kinds={"html"},
        code_version="1",
        owners=OWNERS,
        tags=SAFETY,
    )
    @step
    def report(
        _context: dg.AssetExecutionContext, safety: dg.ResourceParam[Safety]
    ) -> dg.MaterializeResult:
        """Grain: all of the safety zone as it stands, on one restricted page. Zone: safety.

        Decisions change it without Dagster: `clio safety report` makes it anew as well. No row of
        the audit is written here, because nobody looks by it.
        """
        place = make_report(safety.settings, safety.zone)
        return dg.MaterializeResult(metadata={"report": dg.MetadataValue.path(str(place))})

    return report
