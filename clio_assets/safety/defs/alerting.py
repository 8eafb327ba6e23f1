"""The sensor that posts what monitors alert about."""

import datetime as dt
import json
import time

import dagster as dg

from clio_assets.defs.partitions import DAY
from clio_assets.defs.step import told_safely
from clio_assets.safety.defs.safety import Safety
from clio_assets.safety.webhook import WebhookError, alert_id, post_alert, webhook_address

AGAIN = 60
"""Seconds."""

TICK = 25
"""Seconds after which a tick leaves the rest to the next: Dagster ends one that takes 60, and what
it posted would be posted again."""


def alert_sensor(variable: str, look_back_days: int) -> dg.SensorDefinition:
    """Post each alert of the days of the look-back once; what was not taken is posted again."""

    @dg.sensor(name="safety_alerts", minimum_interval_seconds=AGAIN)
    def safety_alerts(
        context: dg.SensorEvaluationContext, safety: dg.ResourceParam[Safety]
    ) -> dg.SkipReason:
        before = set(json.loads(context.cursor)) if context.cursor else set()
        with told_safely():
            standing = _alerts(safety, look_back_days)
            address = webhook_address(variable)
            # One that no longer holds is forgotten, and posted anew should it hold again.
            posted = before & {alert_id(*alert) for alert in standing}
            wanted = [alert for alert in standing if alert_id(*alert) not in posted]
            taken, refused = _post(address, wanted)
        if refused and not taken:
            raise dg.Failure(f"{refused} It is tried again every {AGAIN} seconds.")
        # Where anything was taken the tick succeeds: of one that fails Dagster keeps no cursor.
        context.update_cursor(json.dumps(sorted(posted | taken)))
        if len(taken) < len(wanted):
            return dg.SkipReason("Some alerts are left to the next tick.")
        return dg.SkipReason("Every alert has been posted.")

    return safety_alerts


def _post(address: str, wanted: list[tuple[str, str]]) -> tuple[set[str], WebhookError | None]:
    """Post alerts until one is refused or the time is up; return those taken, and the refusal."""
    taken: set[str] = set()
    began = time.monotonic()
    for monitor, day in wanted:
        if time.monotonic() - began > TICK:
            break
        try:
            post_alert(address, monitor, day)
        except WebhookError as error:
            return taken, error
        taken.add(alert_id(monitor, day))
    return taken, None


def _alerts(safety: Safety, look_back_days: int) -> list[tuple[str, str]]:
    """(monitor, day) of the alerts of the latest days, the oldest first."""
    first = str(dt.datetime.now(dt.UTC).date() - look_back_days * DAY)
    found = []
    for name in safety.settings.safety.monitors:
        layout = safety.monitored(name).layout
        for day in layout.days():
            # Asked of every day each minute, so only what is cheap: a day's file of a monitor has
            # no findings but its alert.
            if day >= first and (state := layout.day(day).state("findings")) and state.rows:
                found.append((name, day))
    return sorted(found, key=lambda alert: alert[::-1])
