"""The section `safety` of clio.yaml."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from clio_assets.section import Section


class SafetySettings(Section):
    """Off unless somebody means it: `enabled`, and a key that the pipeline does not have."""

    enabled: bool = False
    key_file: Path = Path("safety.key")
    look_back_days: int = Field(default=14, ge=2, le=90)
    least_accounts: int = Field(default=5, ge=2)
    flag: str | None = None
    """A metadata field of the logs: true where another classifier flagged the conversation."""
