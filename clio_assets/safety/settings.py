"""The section `safety` of clio.yaml."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from pydantic import Field, field_validator, model_validator

from clio_assets.section import Section

MONITOR_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


class AlertSettings(Section):
    """When a day of a monitor alerts: any of these."""

    conversations: int | None = Field(default=None, ge=1)
    accounts: int | None = Field(default=None, ge=1)
    times_usual: float | None = Field(default=None, gt=1)
    """Times the median of the accounts of the 14 days before."""


class MonitorSettings(Section):
    """What is watched: conversations for which everything set here holds."""

    since: dt.date | None = None
    until: dt.date | None = None
    words: list[str] = Field(default_factory=list)
    """Any of them, as whole words, in what the user wrote."""
    facets: dict[str, list[str]] = Field(default_factory=dict)
    """Facet -> its values, one of which the conversation has."""
    least_concern: int | None = Field(default=None, ge=1, le=5)
    question: str | None = None
    """A yes-or-no question that `models.screener` answers about what the rest lets through."""
    accounts_per_topic: int = Field(default=15, ge=2)
    alert: AlertSettings = AlertSettings()

    def first_day(self, of_source: dt.date) -> dt.date:
        """The first day it watches, of a source that begins on `of_source`."""
        return max(self.since or of_source, of_source)

    @field_validator("words")
    @classmethod
    def _words(cls, words: list[str]) -> list[str]:
        if not all(word.strip() for word in words):
            raise ValueError("holds an empty word, which every conversation has")
        return words

    @field_validator("facets")
    @classmethod
    def _values(cls, facets: dict[str, list[str]]) -> dict[str, list[str]]:
        if not all(facets.values()):
            raise ValueError("names a facet without a value, which no conversation has")
        return facets

    @model_validator(mode="after")
    def _watches_something(self) -> MonitorSettings:
        if not (self.words or self.facets or self.least_concern or self.question):
            raise ValueError("watches everything: give it words, facets, least_concern or question")
        if self.since and self.until and self.until < self.since:
            raise ValueError("ends (`until`) before it begins (`since`)")
        return self


class SafetySettings(Section):
    """Off unless somebody means it: `enabled`, and a key that the pipeline does not have."""

    enabled: bool = False
    key_file: Path = Path("safety.key")
    look_back_days: int = Field(default=14, ge=2, le=90)
    least_accounts: int = Field(default=5, ge=2)
    flag: str | None = None
    """A metadata field of the logs: true where another classifier flagged the conversation."""
    monitors: dict[str, MonitorSettings] = Field(default_factory=dict)
    webhook_variable: str | None = None
    """The environment variable that holds where alerts are posted; None posts nothing."""

    @field_validator("monitors")
    @classmethod
    def _named(cls, monitors: dict[str, MonitorSettings]) -> dict[str, MonitorSettings]:
        if not all(MONITOR_NAME.fullmatch(name) for name in monitors):
            raise ValueError(
                "a monitor's name is lower-case letters, digits and underscores, from a letter on"
            )
        return monitors


def check_monitors(
    monitors: Mapping[str, MonitorSettings],
    *,
    facets: Collection[str],
    first_day: dt.date,
    last_day: dt.date | None,
    screener: str | None,
) -> None:
    """Refuse a monitor that the rest of clio.yaml leaves nothing to see or nobody to ask.

    `screener` is the model of that stage, None where no model is asked at all.

    Raises:
        ValueError: naming the monitor's key and the way out.
    """
    for name, monitor in monitors.items():
        key = f"`safety.monitors.{name}"
        if last_day and monitor.since and monitor.since > last_day:
            raise ValueError(
                f"{key}.since` is after `source.last_day`: it would never see a conversation"
            )
        if monitor.until and monitor.until < first_day:
            raise ValueError(
                f"{key}.until` is before `source.first_day`: it would never see a conversation"
            )
        if strange := sorted(set(monitor.facets) - set(facets)):
            raise ValueError(
                f"{key}.facets` names {', '.join(strange)}, which is no facet; there are "
                f"{', '.join(sorted(facets))}"
            )
        if monitor.question and screener is None:
            raise ValueError(
                f"{key}.question` needs a model that answers it: set `models.provider`, or choose "
                "by words, facets and least_concern"
            )
        if monitor.question and not screener:
            raise ValueError(
                f"{key}.question` is answered by `models.screener`: set `models.screener.model`"
            )
