"""The repository's own clio.yaml: the reference of every setting and of its default."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from clio_assets.config import Settings, load_settings
from clio_assets.privacy.thresholds import PUBLIC, Thresholds

SHIPPED = Path(__file__).parents[2] / "clio.yaml"
TEXT = SHIPPED.read_text(encoding="utf-8")
DOCUMENT: dict[str, Any] = yaml.safe_load(TEXT)

CHOSEN = {
    "seed",  # of the demo
    "source.path",
    "source.first_day",
    "source.last_day",
    "facets.custom",
}
"""Settings that the demo sets; every other stands at its default."""


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every setting's dotted key, one sub-model after the other."""
    for name, field in model.model_fields.items():
        kinds = [field.annotation, *get_args(field.annotation)]
        inner = next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)
        if inner is None or get_args(field.annotation):
            yield prefix + name
        else:
            yield from leaves(inner, f"{prefix}{name}.")


def value_at(document: Any, key: str) -> Any:
    for part in key.split("."):
        document = document[part]
    return document


def default_of(key: str) -> Any:
    found = Settings.model_validate({"source": {"path": "x", "first_day": "2026-01-01"}})
    return value_at(found.model_dump(mode="json"), key)


KEYS = list(leaves(Settings))


def test_the_walk_finds_settings_at_every_depth() -> None:
    assert {"home", "source.path", "privacy.public.cell.max_sensitive_share"} <= set(KEYS)
    assert len(KEYS) > 50


@pytest.mark.parametrize("key", KEYS)
def test_every_setting_is_in_the_file_at_its_default(key: str) -> None:
    shipped = value_at(DOCUMENT, key)
    if key not in CHOSEN:
        assert shipped == default_of(key)


def test_every_setting_of_a_custom_facet_is_shown() -> None:
    custom = next(field for field in [Settings.model_fields["facets"].annotation] if field)
    (facet,) = get_args(custom.model_fields["custom"].annotation)
    for name in facet.model_fields:
        assert f"{name}:" in TEXT, name


def test_the_commented_example_is_a_valid_facet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLIO_HOME", raising=False)
    lines = TEXT.splitlines()
    first = next(n for n, line in enumerate(lines) if line.strip().startswith("# - name:"))
    example = []
    for line in lines[first:]:
        if not line.strip().startswith("#"):
            break
        example.append(line.replace("# ", "", 1))
    custom = yaml.safe_load("\n".join(example))
    settings = load_settings(SHIPPED, overrides={"facets": {"custom": custom}})
    (audience,) = settings.facets.custom
    assert audience.sensitive
    assert audience.options is not None


def test_it_loads_and_both_profiles_are_those_of_the_schema(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CLIO_HOME", raising=False)
    settings = load_settings(SHIPPED)
    assert settings.privacy.internal == Thresholds()
    assert settings.privacy.public == PUBLIC
    assert settings.privacy.public.min_accounts == settings.privacy.public.min_returning_accounts
    assert settings.home == SHIPPED.parent / ".clio"
