"""The section `models` of clio.yaml: which model answers what, and what it may cost."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from clio_assets.models.calls import Stage
from clio_assets.section import Section

ProviderName = Literal["offline", "openai", "llama_cpp"]


class StageModel(Section):
    """The model of one stage and how it is asked."""

    model: str = ""
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_input_tokens: int = Field(default=8_000, ge=200)
    max_output_tokens: int = Field(default=1_000, ge=16)


class Price(Section):
    """US dollars per million tokens."""

    input: float = Field(ge=0)
    cached_input: float | None = Field(default=None, ge=0)
    output: float = Field(ge=0)


class LimitSettings(Section):
    """How hard one process may press the endpoint; the Dagster pool `models` says how many do."""

    max_concurrency: int = Field(default=64, ge=1)
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    deadline_seconds: float = Field(default=120, gt=0)
    max_retries: int = Field(default=5, ge=0, le=20)


OPENAI = "https://api.openai.com/v1"


class EndpointSettings(Section):
    """Where an OpenAI-compatible endpoint is and which variable holds its key."""

    section: ClassVar[str]
    """The section of clio.yaml, for sentences."""

    base_url: str | None = None
    api_key_variable: str = Field(default="OPENAI_API_KEY", pattern=r"^[A-Z][A-Z0-9_]*$")

    @property
    def address(self) -> str:
        """Where requests are sent; never taken from the environment, so that it is known."""
        return (self.base_url or OPENAI).rstrip("/")


class LlamaCppSettings(Section):
    """A GGUF file served on this machine by llama.cpp."""

    model_file: Path | None = None
    threads: int | None = Field(default=None, ge=1)
    parallel: int = Field(default=4, ge=1)
    context_tokens: int = Field(default=4_096, ge=512)


class ModelSettings(EndpointSettings):
    """Who answers: `offline` asks nobody, the others speak the OpenAI protocol."""

    section = "models"

    provider: ProviderName = "offline"
    screener: StageModel = StageModel(temperature=0.2, max_output_tokens=50)
    facets: StageModel = StageModel(temperature=0.2, max_output_tokens=400)
    names: StageModel = StageModel(temperature=1.0)
    hierarchy: StageModel = StageModel(temperature=1.0, max_output_tokens=2_000)
    audit: StageModel = StageModel(temperature=0.05, max_output_tokens=300)
    question: str | None = None
    """The screener's yes/no question; None lets every conversation in."""
    limits: LimitSettings = LimitSettings()
    prices: dict[str, Price] = Field(default_factory=dict)
    max_cost_per_run: float | None = Field(default=None, gt=0)
    min_answered: float = Field(default=0.95, ge=0, le=1)
    allow_mixed_models: bool = False
    llama_cpp: LlamaCppSettings = LlamaCppSettings()

    @model_validator(mode="after")
    def _complete(self) -> ModelSettings:
        if self.provider == "openai":
            missing = [stage for stage in self.stages if not self.of(stage).model]
            if missing:
                keys = ", ".join(f"`models.{stage}.model`" for stage in missing)
                raise ValueError(f"provider `openai` needs a model for each stage: set {keys}")
        if self.provider == "llama_cpp" and self.llama_cpp.model_file is None:
            raise ValueError("provider `llama_cpp` needs a GGUF file: set `llama_cpp.model_file`")
        return self

    @property
    def asks(self) -> bool:
        """True where models are asked, so that their answers are audited as well (G-14)."""
        return self.provider != "offline"

    @property
    def stages(self) -> list[Stage]:
        """The stages that ask a model."""
        asked: list[Stage] = ["facets", "names", "hierarchy", "audit"]
        return (["screener", *asked]) if self.question else asked

    def of(self, stage: Stage) -> StageModel:
        """The model of a stage; a local server is asked for its file's name where none is set."""
        model: StageModel = getattr(self, stage)
        if self.provider == "llama_cpp" and self.llama_cpp.model_file and not model.model:
            return model.model_copy(update={"model": self.llama_cpp.model_file.stem})
        return model
