"""What stops every call, as one sentence that names the setting."""

from __future__ import annotations

import os

from clio_assets.config import ConfigError
from clio_assets.models.calls import Call
from clio_assets.models.settings import ModelSettings

_KEPT = "What was answered is kept."


def config_error(reason: str, call: Call, settings: ModelSettings) -> ConfigError:
    """Return the error for a fault of kind `everything`, by its code."""
    url = settings.address
    model = f"`models.{call.stage}.model` ({settings.of(call.stage).model})"
    variable = settings.api_key_variable
    sentences = {
        "key": f"{url} {_key_refused(variable)}",
        "no_credit": f"The account behind the key in {variable} (`models.api_key_variable`) has no "
        f"credit left at {url}: top it up, then materialize again.",
        "forbidden": f"{url} forbids the use of {model} with the key in {variable}: choose another "
        "model there, or a key that may use it (`models.api_key_variable`).",
        "model": f"{url} knows no model of the name in {model}: correct the name.",
        "base_url": f"{url} does not answer at the address /chat/completions: correct "
        "`models.base_url`, which usually ends in /v1.",
        "unreachable": f"{url} cannot be reached: see that `models.base_url` is right and its "
        "server runs.",
        "temperature": f"{model} does not take the temperature that is set: leave "
        f"`models.{call.stage}.temperature` out.",
        "schema_refused": f"{url} refuses the JSON schema `{call.schema.name}`: choose a model "
        f"with structured output in {model}{_schema_settings(call)}.",
    }
    return ConfigError(f"{sentences[reason]} {_KEPT}")


def _key_refused(variable: str) -> str:
    if os.environ.get(variable):
        return f"refuses the key in {variable}: correct it, or `models.api_key_variable`."
    return f"wants a key: set {variable}, or name another variable in `models.api_key_variable`."


def _schema_settings(call: Call) -> str:
    if call.stage != "facets":
        return ""
    return ", or simplify `facets.tasks` and the options of `facets.custom`"
