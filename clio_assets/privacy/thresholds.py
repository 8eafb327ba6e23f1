"""The section `privacy` of clio.yaml: the gate's thresholds, by profile."""

from __future__ import annotations

from math import ceil
from typing import Any

from pydantic import Field, field_validator

from clio_assets.section import Section


class CellThresholds(Section):
    """G-09: what a topic x facet value needs before it is published."""

    min_conversations: int = Field(default=15, ge=1)
    min_accounts: int = Field(default=10, ge=1)
    max_account_share: float = Field(default=0.25, gt=0, le=1)
    max_sensitive_share: float = Field(default=0.80, gt=0, le=1)
    max_unresolved: int = Field(default=5, ge=0)


class Thresholds(Section):
    """The gate's parameters for one profile; see docs/privacy.md for the rules' meaning."""

    min_accounts: int = Field(default=25, ge=1)  # G-01
    min_conversations: int = Field(default=50, ge=1)  # G-02
    max_account_share: float = Field(default=0.10, gt=0, le=1)  # G-03
    min_effective_share: float = Field(default=0.6, ge=0, le=1)  # G-04
    min_returning_accounts: int = Field(default=0, ge=0)  # G-05
    min_term_accounts: int | None = Field(default=None, ge=1)  # G-11
    sensitive_factor: float = Field(default=2.0, ge=1)  # G-15
    round_to: int = Field(default=5, ge=1)  # G-10
    min_coverage: float = Field(default=0.70, ge=0, le=1)
    cell: CellThresholds = CellThresholds()

    @property
    def sensitive_accounts(self) -> int:
        """G-15: accounts that a topic with a sensitive name needs."""
        return ceil(self.sensitive_factor * self.min_accounts)

    @property
    def term_accounts(self) -> int:
        """G-11: accounts that must use a word before a name may: max(10, k / 2)."""
        return self.min_term_accounts or max(10, -(-self.min_accounts // 2))


PUBLIC = Thresholds(
    min_accounts=250,
    min_conversations=500,
    max_account_share=0.05,
    min_returning_accounts=250,
)


class PrivacySettings(Section):
    """Thresholds by profile."""

    internal: Thresholds = Thresholds()
    public: Thresholds = PUBLIC

    @field_validator("public", mode="before")
    @classmethod
    def _from_its_own_defaults(cls, given: Any) -> Any:
        """What is not given is the public profile's, never the internal one's."""
        return PUBLIC.model_dump() | given if isinstance(given, dict) else given
