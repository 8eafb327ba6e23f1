"""What the index tells of a version, as its manifest states it."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict, ValidationError

from clio_assets.release.page.wording import period_name


class Facts(BaseModel):
    """The part of a manifest that the index shows; what else stands in it is ignored."""

    model_config = ConfigDict(frozen=True)

    period: str
    period_kind: str
    period_start: dt.date
    period_end: dt.date
    version: int
    mode: str
    profile: str
    counts_unit: str
    conversations: int
    topics: int
    withheld: int
    leaf_coverage: float

    @property
    def name(self) -> str:
        """The period in words: '3 November 2026'."""
        return period_name(self.period_kind, self.period_start, self.period_end)


def read_facts(manifest: bytes) -> Facts | None:
    """Read a manifest; None where it is not one."""
    try:
        return Facts.model_validate_json(manifest)
    except ValidationError:
        return None
