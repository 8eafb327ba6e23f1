"""The sensor that posts what monitors alert about."""

import datetime as dt
import json

import dagster as dg

from clio_assets.defs.partitions import DAY
from clio_assets.defs.step import told_safely
from clio_assets.safety.defs.monitors import MONITOR
from clio_assets.safety.defs.safety import Safety
from clio_assets.safety.webhook import WebhookError, post_alert, webhook_address

AGAIN = 60
"""Seconds."""


def alert_sensor(variable: str, look_back_days: int) -> dg.SensorDefinition:
    """Post each alert of the days of the look-back once; what was not taken is posted again."""

    @dg.sensor(name="safety_alerts", minimum_interval_seconds=AGAIN)
    def safety_alerts(
        context: dg.SensorEvaluationContext, safety: dg.ResourceParam[Safety]
    ) -> dg.SensorResult | dg.SkipReason:
        posted = set(json.loads(context.cursor)) if context.cursor else set()
        with told_safely():
            standing = _alerts(safety, look_back_days)
            address = webhook_address(variable)
        # One that no longer holds is forgotten, and posted anew should it hold again.
        posted &= {f"{monitor}-{day}" for monitor, day in standing}
        for monitor, day in standing:
            if f"{monitor}-{day}" in posted:
                continue
            try:
                post_alert(address, monitor, day)
            except WebhookError as error:
                context.update_cursor(json.dumps(sorted(posted)))
                raise dg.Failure(f"{error} It is tried again every {AGAIN} seconds.") from None
            posted.add(f"{monitor}-{day}")
        context.update_cursor(json.dumps(sorted(posted)))
        return dg.SkipReason("Every alert has been posted.")

    return safety_alerts


def _alerts(safety: Safety, look_back_days: int) -> list[tuple[str, str]]:
    """(monitor, day) of the alerts of the latest days, the oldest first."""
    first = str(dt.datetime.now(dt.UTC).date() - look_back_days * DAY)
    found = []
    for name in safety.settings.safety.monitors:
        layout = safety.monitored(name).layout
        for day in layout.days():
            file = layout.day(day)
            if day >= first and file.state("findings") is not None:
                kinds = file.read("findings", ["kind"])["kind"]
                found += [(name, day)] * int(MONITOR in kinds)
    return sorted(found, key=lambda alert: alert[::-1])
