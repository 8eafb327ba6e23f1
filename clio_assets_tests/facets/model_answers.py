"""A model that answers as a test says, and its settings."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from clio_assets.models.calls import Call, Outcome
from clio_assets.models.settings import ModelSettings
from clio_assets_tests.models.scripted import reference

GOOD = {"request": "Boil eggs.", "task": "other", "language": "en", "concern": 1}


def models_with(**fields: Any) -> ModelSettings:
    return ModelSettings.model_validate(fields)


def first_words(call: Call) -> str:
    """What the user said first, as the model sees it."""
    return re.split(rf"\n?\[{reference(call)} .+\]\n?", call.user)[1]


def by_first_words(
    told: dict[str, dict[str, Any] | Outcome], screened: dict[str, str | Outcome] | None = None
) -> Callable[[Call], dict[str, Any] | Outcome]:
    """A reply for each conversation, by what it begins with; GOOD and "yes" where none is given."""

    def reply(call: Call) -> dict[str, Any] | Outcome:
        said = first_words(call)
        if call.stage == "screener":
            verdict = (screened or {}).get(said, "yes")
            return {"answer": verdict} if verdict in ("yes", "no") else verdict
        return told.get(said, GOOD)

    return reply
