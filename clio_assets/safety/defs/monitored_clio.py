"""The pipeline as a monitor sees it: the conversations that match, under the zone's names."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from clio_assets.config import Settings
from clio_assets.defs.clio import Clio
from clio_assets.privacy.thresholds import PrivacySettings, Thresholds
from clio_assets.safety.matching import MATCHES, conditions_of
from clio_assets.safety.settings import MonitorSettings
from clio_assets.safety.zone import SafetyZone
from clio_assets.storage.duckfile import StorageError

if TYPE_CHECKING:
    from clio_assets.models.embedding import Embedder
    from clio_assets.models.endpoint_embedding import EndpointEmbedder


@dataclass(frozen=True)
class MonitoredClio(Clio):
    """Writes to the monitor's own folder; reads the days of `whole`, and keeps no text of them."""

    whole: Clio = field(kw_only=True)
    zone: SafetyZone = field(kw_only=True)
    monitor: MonitorSettings = field(kw_only=True)

    @property
    def model_key(self) -> bytes:
        """Answers stand in the zone, so whoever has the account key alone can test no guess."""
        return hmac.digest(self.zone.key, b"model calls", "sha256")

    @cached_property
    def conditions(self) -> str:
        """What `matches` of a day begins its fingerprint with: other conditions' are not ours."""
        return conditions_of(self.monitor)

    def has_matches(self, day: str) -> bool:
        """True where it is known what matches of the day, as the monitor is set now."""
        state = self.layout.day(day).state(MATCHES)
        return state is not None and state.fingerprint.startswith(self.conditions)

    def has(self, day: str, table: str) -> bool:
        """True where the day's table has been materialized, and what matches in it."""
        return self.has_matches(day) and self.whole.has(day, table)

    def upstreams(self, period: str, step: str) -> list[str]:
        """Fingerprints of a step's days, each with that of what matches in it.

        Raises:
            StorageError: a day's step, or what matches in it, has not been materialized.
        """
        for day in self.days(period):
            if not self.has_matches(day):
                raise StorageError(
                    f"`{MATCHES}` has not been materialized for {day} as the monitor is set now: "
                    "run it first."
                )
        return [
            self.whole.upstream(self.whole.layout.day(day), step)
            + self.upstream(self.layout.day(day), MATCHES)
            for day in self.days(period)
        ]

    def read_day(self, day: str, table: str, columns: list[str]) -> pl.DataFrame:
        """Columns of the rows that match."""
        # Read whether or not it is asked for: it says which rows match.
        read = list(dict.fromkeys(["conversation_id", *columns]))
        rows = self.whole.read_day(day, table, read)
        return self._matching(self._matches(day), rows).select(columns)

    def day_batches(self, day: str, table: str) -> Iterator[pl.DataFrame]:
        """The rows that match, a batch at a time."""
        matches = self._matches(day)
        for batch in self.whole.day_batches(day, table):
            yield self._matching(matches, batch)

    @cached_property
    def embedder(self) -> Embedder | EndpointEmbedder:
        """The pipeline's; what an endpoint answers is kept in the monitor's own folder."""
        return super().embedder if self.settings.embeddings.asks else self.whole.embedder

    def _matches(self, day: str) -> pl.DataFrame:
        return self.layout.day(day).read(MATCHES)

    def _matching(self, matches: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows of a day that match, accounts and conversations by keyed hash."""
        named = rows.with_columns(
            pl.col("conversation_id").map_elements(self.zone.evidence, pl.String)
        ).join(matches, left_on="conversation_id", right_on="evidence", maintain_order="left")
        if "account" in rows.columns:
            named = named.with_columns(account="suspect")
        return named.select(rows.columns)


def monitored_clio(whole: Clio, zone: SafetyZone, name: str) -> MonitoredClio:
    """Return the pipeline of one of `safety.monitors`."""
    settings = monitor_settings(whole.settings, zone, name)
    monitor = whole.settings.safety.monitors[name]
    return MonitoredClio(settings, whole=whole, zone=zone, monitor=monitor)


def monitor_settings(settings: Settings, zone: SafetyZone, name: str) -> Settings:
    """The pipeline's settings with the monitor's days and folder, and no thresholds.

    What is left of them says how fine topics are, and which are too small to have a name.
    """
    monitor = settings.safety.monitors[name]
    source = settings.source
    ends = [day for day in (source.last_day, monitor.until) if day is not None]
    unlimited = Thresholds(
        min_accounts=2,
        min_conversations=2,
        max_account_share=1,
        min_effective_share=0,
        min_term_accounts=2,
    )
    return settings.model_copy(
        update={
            "home": zone.monitor(name),
            "source": source.model_copy(
                update={
                    "first_day": monitor.first_day(source.first_day),
                    "last_day": min(ends, default=None),
                }
            ),
            # The screener's question is the monitor's here: the pipeline's has been answered.
            "models": settings.models.model_copy(update={"question": monitor.question}),
            "profile": "internal",
            "privacy": PrivacySettings(internal=unlimited),
            "topics": settings.topics.model_copy(
                update={
                    "accounts_per_topic": monitor.accounts_per_topic,
                    "conversations_per_topic": monitor.accounts_per_topic,
                }
            ),
        }
    )
