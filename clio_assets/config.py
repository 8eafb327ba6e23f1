"""clio.yaml and the environment, as typed settings.

Every error names the key, says what is wrong with it and what to write instead; none of them
repeats the offending value, which could be a secret.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from clio_assets.models.settings import EndpointSettings, ModelSettings
from clio_assets.privacy.thresholds import PrivacySettings, Thresholds
from clio_assets.safety.settings import SafetySettings, check_monitors
from clio_assets.section import Section

PeriodName = Literal["day", "week", "month"]
ProfileName = Literal["internal", "public"]
FormatName = Literal["auto", "canonical", "openai", "wildchat", "lmsys", "sharegpt"]

ACCOUNTS_PER_TOPIC, CONVERSATIONS_PER_TOPIC = 3, 1.8
"""What a topic should hold, in times G-01 and G-02 (docs/decisions/0005 and 0012)."""

COUNTS_CONVERSATIONS = "conversation"
"""`source.account: conversation` counts conversations instead of people."""


class ConfigError(ValueError):
    """A setting is missing or wrong; the message names the key and the way out."""


class SourceSettings(Section):
    """Where the conversation logs are and how to read them."""

    path: Path
    format: FormatName = "auto"
    account: str | None = None
    time: str | None = None
    first_day: dt.date
    last_day: dt.date | None = None
    opted_out: Path | None = None
    max_line_bytes: int = Field(default=4_000_000, ge=1_000)

    @field_validator("last_day")
    @classmethod
    def _ordered(cls, last_day: dt.date | None, info: Any) -> dt.date | None:
        first = info.data.get("first_day")
        if last_day is not None and first is not None and last_day < first:
            raise ValueError("is before source.first_day")
        return last_day

    @property
    def counts_conversations(self) -> bool:
        """True where the logs carry no account, so every count is of conversations."""
        return self.account == COUNTS_CONVERSATIONS


class AccountSettings(Section):
    """The key that turns account ids into pseudonyms; `CLIO_ACCOUNT_KEY` wins over the file."""

    key_file: Path = Path("account.key")


class ConversationSettings(Section):
    """How a conversation is normalised."""

    max_characters: int = Field(default=20_000, ge=500)


class CustomFacet(Section):
    """A facet of the user's own: read from a metadata field, or chosen among described options."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    metadata_field: str | None = None
    options: dict[str, str] | None = None
    sensitive: bool = False

    @model_validator(mode="after")
    def _one_origin(self) -> CustomFacet:
        if (self.metadata_field is None) == (self.options is None):
            raise ValueError("needs either `metadata_field` or `options`, not both")
        return self


class FacetSettings(Section):
    """What is extracted from each conversation."""

    languages: list[str] = Field(
        default=["en", "es", "de", "fr", "pt", "it", "nl", "pl", "ru", "uk", "tr", "ar", "hi",
                 "id", "vi", "ja", "ko", "zh"],
        min_length=2,
    )  # fmt: skip
    tasks: dict[str, str] | None = None
    custom: list[CustomFacet] = Field(default_factory=list)

    @field_validator("custom")
    @classmethod
    def _distinct(cls, custom: list[CustomFacet]) -> list[CustomFacet]:
        reserved = {"conversation_id", "account", "ref", "request", "task", "language", "turns",
                    "length", "concern", "came_from"}  # fmt: skip
        names = [facet.name for facet in custom]
        if reserved & set(names) or len(set(names)) < len(names):
            raise ValueError(
                f"two facets have the same name, or one is named like a built-in facet "
                f"({', '.join(sorted(reserved))}); choose another name"
            )
        return custom


class EmbeddingSettings(EndpointSettings):
    """The model that turns requests into vectors: in this process, or at an endpoint."""

    section = "embeddings"

    provider: Literal["local", "openai"] = "local"
    model: str = "all-MiniLM-L6-v2"
    batch_size: int = Field(default=64, ge=1)
    threads: int | None = Field(default=None, ge=1)
    concurrency: int = Field(default=4, ge=1)
    deadline_seconds: float = Field(default=60, gt=0)
    max_retries: int = Field(default=5, ge=0, le=20)

    @property
    def asks(self) -> bool:
        """True where the texts go to an endpoint."""
        return self.provider != "local"

    @property
    def endpoint_identity(self) -> str:
        """Name the endpoint's model, for fingerprints; asks nobody."""
        return f"{self.model} ({self.address})"


class TopicSettings(Section):
    """How base clusters become topics."""

    accounts_per_topic: int | None = Field(default=None, ge=1)
    conversations_per_topic: int | None = Field(default=None, ge=1)
    top_topics: int = Field(default=10, ge=2)
    levels: int | None = Field(default=None, ge=1, le=6)
    cold_start: bool = False


class ScheduleSettings(Section):
    """When yesterday is processed, UTC."""

    hour: int = Field(default=2, ge=0, le=23)
    minute: int = Field(default=0, ge=0, le=59)


class Settings(Section):
    """Everything clio.yaml may say, with paths made absolute."""

    home: Path = Path(".clio")
    period: PeriodName = "day"
    profile: ProfileName = "internal"
    production: bool = False
    seed: int = Field(default=1, ge=0)
    source: SourceSettings
    accounts: AccountSettings = AccountSettings()
    conversations: ConversationSettings = ConversationSettings()
    facets: FacetSettings = FacetSettings()
    models: ModelSettings = ModelSettings()
    embeddings: EmbeddingSettings = EmbeddingSettings()
    topics: TopicSettings = TopicSettings()
    privacy: PrivacySettings = PrivacySettings()
    schedule: ScheduleSettings = ScheduleSettings()
    safety: SafetySettings = SafetySettings()

    @model_validator(mode="after")
    def _public_needs_accounts(self) -> Settings:
        if self.profile == "public" and self.source.counts_conversations:
            raise ValueError(
                "profile `public` promises a number of people, and `source.account: conversation` "
                "cannot count them: name the account field, or use profile `internal`"
            )
        return self

    @model_validator(mode="after")
    def _monitors_can_be_asked(self) -> Settings:
        built_in = {"task", "language", "turns", "length"}
        check_monitors(
            self.safety.monitors,
            facets=built_in | {facet.name for facet in self.facets.custom},
            first_day=self.source.first_day,
            last_day=self.source.last_day,
            screener=self.models.screener.model if self.models.asks else None,
        )
        return self

    @property
    def thresholds(self) -> Thresholds:
        """The gate's parameters of the profile in force."""
        return self.privacy.internal if self.profile == "internal" else self.privacy.public

    @property
    def accounts_per_topic(self) -> int:
        """Accounts a leaf topic should hold: three times G-01 unless set."""
        default = ACCOUNTS_PER_TOPIC * self.thresholds.min_accounts
        return self.topics.accounts_per_topic or default

    @property
    def conversations_per_topic(self) -> int:
        """Conversations a leaf topic should hold at least: 1.8 times G-02 unless set."""
        default = round(CONVERSATIONS_PER_TOPIC * self.thresholds.min_conversations)
        return self.topics.conversations_per_topic or default


def load_settings(path: Path | None = None, overrides: dict[str, Any] | None = None) -> Settings:
    """Read settings from `path`, else `$CLIO_CONFIG`, else `./clio.yaml`.

    Relative paths are resolved against the file's folder; `$CLIO_HOME` wins over `home`.
    `overrides` replaces top-level sections, for tests and benchmarks.

    Raises:
        ConfigError: the file is missing, is not YAML, or a key is unknown or wrong.
    """
    path = Path(path or os.environ.get("CLIO_CONFIG") or "clio.yaml").resolve()
    if not path.is_file():
        raise ConfigError(
            f"No settings at {path}. Run from the project's folder or set CLIO_CONFIG to the file."
        )
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{path.name}{where}: this is not valid YAML.") from None
    except ValueError:
        raise ConfigError(
            f"{path.name}: it is not UTF-8 text, or holds a day that does not exist."
        ) from None
    if not isinstance(document, dict):
        raise ConfigError(f"{path.name}: expected `key: value` lines at the top level.")
    document |= overrides or {}
    if home := os.environ.get("CLIO_HOME"):
        document["home"] = home
    return parse_settings(document, base=path.parent, name=path.name)


def parse_settings(document: dict[str, Any], base: Path, name: str = "clio.yaml") -> Settings:
    """Validate a settings document; relative paths are taken from `base`.

    Raises:
        ConfigError: listing every wrong key, one a line.
    """
    try:
        settings = Settings.model_validate(document)
    except ValidationError as error:
        lines = [_explain(problem, name) for problem in error.errors(include_input=False)]
        raise ConfigError("\n".join(lines)) from None
    home = base / settings.home
    source = settings.source.model_copy(
        update={
            "path": base / settings.source.path,
            "opted_out": base / settings.source.opted_out if settings.source.opted_out else None,
        }
    )
    accounts = settings.accounts.model_copy(
        update={"key_file": home / "private" / settings.accounts.key_file}
    )
    safety = settings.safety.model_copy(
        update={"key_file": home / "safety" / settings.safety.key_file}
    )
    return settings.model_copy(
        update={"home": home, "source": source, "accounts": accounts, "safety": safety}
    )


def _explain(problem: Any, name: str) -> str:
    key = ".".join(str(part) for part in problem["loc"]) or "the file"
    kind = problem["type"]
    if kind == "missing":
        return f"{name}: `{key}` is missing; add it (see the commented clio.yaml)."
    if kind == "extra_forbidden":
        return f"{name}: `{key}` is not a setting; check its spelling against clio.yaml."
    message = problem["msg"].removeprefix("Value error, ")
    return f"{name}: `{key}`: {message[0].lower() + message[1:]}."
