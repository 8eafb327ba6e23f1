"""The task facet: which of a list of described tasks a request is closest to."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

from clio_assets.config import FacetSettings


def task_options(settings: FacetSettings) -> dict[str, str]:
    """Return task names with their descriptions: the user's list, else tasks.yaml.

    An empty list in clio.yaml (`tasks: {}`) turns the facet off: every task is "other".
    """
    return dict(_packaged()) if settings.tasks is None else settings.tasks


@cache
def _packaged() -> dict[str, str]:
    text = files(__package__).joinpath("tasks.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)
