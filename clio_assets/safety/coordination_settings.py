"""What makes a group of accounts a finding."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class CoordinationSettings(BaseModel):
    """What makes a group; every default was chosen on seeds other than those reported."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least_accounts: int = Field(default=5, ge=2)
    least_shared: float = Field(default=10.0, ge=0)
    """Nats that two requests must share beyond the logarithm of the number of pairs of accounts:
    e^-10 such pairs are expected by chance in the whole look-back, if words were independent."""
    least_alike: float = Field(default=0.12, ge=0, le=1)
    """The least weighted Jaccard index: a long text that happens to hold a short one is none."""
    least_cosine: float = Field(default=0.75, ge=-1, le=1)
    """From where two requests are near in meaning; a figure of all-MiniLM-L6-v2."""
    link_days: float = Field(default=7.0, gt=0)
    """Uses further apart are not linked."""
    new_days: float = Field(default=1.0, ge=0)
    """An account is new so long after it was first seen."""
    least_density: float = Field(default=0.4, ge=0, le=1)
    least_evidence: float = Field(default=0.0, ge=0)
    """Nats beyond the logarithm of the number of groups to choose from: at 0, one by chance in a
    whole look-back, before score and density are asked. For a group held together by wording."""
    least_evidence_of_meaning: float = Field(default=4.0, ge=0)
    """The same for a group mostly held together by meaning: people do ask for the same things."""
    least_score: float = Field(default=0.34, ge=0, le=1)
    nearest: int = Field(default=8, ge=1)
    seed: int = 0
