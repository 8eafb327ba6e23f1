"""The resource every safety asset uses: the pipeline as it is read, and the zone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from clio_assets.config import Settings
from clio_assets.defs.clio import Clio
from clio_assets.safety.defs.monitored_clio import MonitoredClio, monitored_clio
from clio_assets.safety.zone import SafetyZone


@dataclass(frozen=True)
class Safety:
    """Reads the private zone through `clio`, and writes to `zone` alone."""

    clio: Clio
    zone: SafetyZone

    @property
    def settings(self) -> Settings:
        """Everything clio.yaml says."""
        return self.clio.settings

    def monitored(self, name: str) -> MonitoredClio:
        """The pipeline as one of the monitors sees it."""
        return monitored_clio(self.clio, self.zone, name)

    def look_back(self, day: str) -> list[str]:
        """The days up to `day` that detectors look at and that have been read, the oldest first."""
        first = dt.date.fromisoformat(day) - dt.timedelta(
            days=self.settings.safety.look_back_days - 1
        )
        return [key for key in self.clio.layout.days() if str(first) <= key <= day]
