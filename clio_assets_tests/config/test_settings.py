"""What clio.yaml may say, and that an error names the key, the way out and never the value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clio_assets.config import ConfigError, Settings, load_settings, parse_settings

VALUE = "hunter2hunter2"


def document(**sections: Any) -> dict[str, Any]:
    source = {"path": "logs", "first_day": "2026-11-01", **sections.pop("source", {})}
    return {"source": source, **sections}


def parsed(**sections: Any) -> Settings:
    return parse_settings(document(**sections), base=Path("/project"))


def refusal(**sections: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        parsed(**sections)
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "sections", "way_out"),
    [
        ("period", {"period": VALUE}, "'day', 'week' or 'month'"),
        ("profile", {"profile": VALUE}, "'internal' or 'public'"),
        ("seed", {"seed": VALUE}, "valid integer"),
        ("seed", {"seed": -1}, "greater than or equal to 0"),
        ("source.format", {"source": {"format": VALUE}}, "'auto', 'canonical', 'openai'"),
        ("source.first_day", {"source": {"first_day": VALUE}}, "valid date"),
        ("source.max_line_bytes", {"source": {"max_line_bytes": 10}}, "or equal to 1000"),
        ("source.account", {"source": {"account": [VALUE]}}, "valid string"),
        ("accounts.key_file", {"accounts": {"key_file": {VALUE: 1}}}, "path"),
        ("facets.languages", {"facets": {"languages": ["en"]}}, "at least 2 items"),
        ("facets.custom.0.name", {"facets": {"custom": [{"name": VALUE.upper()}]}}, "pattern"),
        ("facets.custom.0", {"facets": {"custom": [{"name": "product"}]}}, "`metadata_field`"),
        ("embeddings.batch_size", {"embeddings": {"batch_size": 0}}, "or equal to 1"),
        ("topics.cold_start", {"topics": {"cold_start": VALUE}}, "valid boolean"),
        ("topics.top_topics", {"topics": {"top_topics": 1}}, "or equal to 2"),
        (
            "privacy.internal.max_account_share",
            {"privacy": {"internal": {"max_account_share": 7.7}}},
            "less than or equal to 1",
        ),
        (
            "privacy.public.cell.min_accounts",
            {"privacy": {"public": {"cell": {"min_accounts": 0}}}},
            "or equal to 1",
        ),
        ("schedule.hour", {"schedule": {"hour": 24}}, "less than or equal to 23"),
        ("topics", {"topics": VALUE}, "dictionary"),
    ],
)
def test_a_wrong_value_is_one_line_with_its_key_and_the_way_out(
    key: str, sections: dict[str, Any], way_out: str
) -> None:
    message = refusal(**sections)
    assert message.startswith(f"clio.yaml: `{key}`: ")
    assert way_out in message
    assert message.endswith(".")
    assert "\n" not in message
    assert VALUE not in message.lower()
    assert "pydantic" not in message


def test_numbers_that_are_wrong_are_not_repeated() -> None:
    assert "7.7" not in refusal(privacy={"internal": {"max_account_share": 7.7}})
    assert "99123" not in refusal(schedule={"hour": 99123})


def test_every_wrong_key_has_its_line() -> None:
    message = refusal(seed=-1, period="year", schedule={"hour": 24})
    assert [line.split("`")[1] for line in message.splitlines()] == [
        "period",
        "seed",
        "schedule.hour",
    ]


@pytest.mark.parametrize("key", ["perid", "source.pth", "privacy.internal.cell.min_acounts"])
def test_an_unknown_key_is_told_apart_from_a_wrong_one(key: str) -> None:
    *folders, last = key.split(".")
    sections: Any = {last: VALUE}
    for folder in reversed(folders):
        sections = {folder: sections}
    assert refusal(**sections) == (
        f"clio.yaml: `{key}` is not a setting; check its spelling against clio.yaml."
    )


def test_a_missing_key_says_that_it_must_be_added() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings({"source": {"path": "logs"}}, base=Path())
    assert str(caught.value).startswith("clio.yaml: `source.first_day` is missing; add it")
    with pytest.raises(ConfigError, match=r"`source` is missing; add it"):
        parse_settings({}, base=Path())


def test_the_last_day_may_not_be_before_the_first() -> None:
    message = refusal(source={"last_day": "2026-10-31"})
    assert message == "clio.yaml: `source.last_day`: is before source.first_day."
    assert parsed(source={"last_day": "2026-11-01"}).source.last_day is not None


def test_the_public_profile_needs_accounts_to_count() -> None:
    counting = {"account": "conversation"}
    message = refusal(profile="public", source=counting)
    assert "name the account field, or use profile `internal`" in message
    assert parsed(profile="internal", source=counting).source.counts_conversations
    assert not parsed(profile="public", source={"account": "user"}).source.counts_conversations


def test_the_profile_decides_the_thresholds_and_what_a_topic_should_hold() -> None:
    internal, public = parsed(), parsed(profile="public", source={"account": "user"})
    assert (internal.thresholds.min_accounts, public.thresholds.min_accounts) == (25, 250)
    assert (internal.accounts_per_topic, public.accounts_per_topic) == (75, 750)
    assert (internal.conversations_per_topic, public.conversations_per_topic) == (90, 900)
    assert (internal.thresholds.term_accounts, public.thresholds.term_accounts) == (13, 125)
    assert parsed(topics={"accounts_per_topic": 40}).accounts_per_topic == 40
    few = parsed(privacy={"internal": {"min_accounts": 4, "min_term_accounts": None}})
    assert few.thresholds.term_accounts == 10


def test_paths_are_taken_from_the_settings_folder() -> None:
    settings = parsed(home="kept", source={"opted_out": "out.txt"})
    assert settings.home == Path("/project/kept")
    assert settings.source.path == Path("/project/logs")
    assert settings.source.opted_out == Path("/project/out.txt")
    assert settings.accounts.key_file == Path("/project/kept/private/account.key")
    absolute = parsed(home="/elsewhere", accounts={"key_file": "/vault/key"})
    assert absolute.home == Path("/elsewhere")
    assert absolute.accounts.key_file == Path("/vault/key")
    assert parsed().source.opted_out is None


@pytest.mark.parametrize("taken", ["request", "task", "language", "turns", "length", "concern"])
def test_a_custom_facet_may_not_take_the_name_of_a_built_in_one(taken: str) -> None:
    message = refusal(facets={"custom": [{"name": taken, "metadata_field": "x"}]})
    assert message.startswith("clio.yaml: `facets.custom`: ")
    assert "choose another" in message


def test_custom_facets_have_different_names_and_one_origin() -> None:
    product = {"name": "product", "metadata_field": "product"}
    audience = {"name": "audience", "options": {"work": "A job."}, "sensitive": True}
    assert "choose another" in refusal(facets={"custom": [product, product]})
    assert "not both" in refusal(facets={"custom": [{**product, "options": {"a": "b"}}]})
    found = parsed(facets={"custom": [product, audience]}).facets.custom
    assert [(facet.name, facet.sensitive) for facet in found] == [
        ("product", False),
        ("audience", True),
    ]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "clio.yaml"
    path.write_text(text, encoding="utf-8")
    return path


MINIMAL = "source: {path: logs, first_day: 2026-11-01}\n"


def test_the_environment_wins_over_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, f"home: here\n{MINIMAL}")
    monkeypatch.delenv("CLIO_HOME", raising=False)
    assert load_settings(path).home == tmp_path / "here"
    monkeypatch.setenv("CLIO_HOME", str(tmp_path / "there"))
    settings = load_settings(path)
    assert settings.home == tmp_path / "there"
    assert settings.accounts.key_file.is_relative_to(tmp_path / "there")


def test_the_file_is_the_given_one_then_the_environments_then_the_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLIO_HOME", raising=False)
    for number, name in enumerate(("given", "named", "folder")):
        (tmp_path / name).mkdir()
        written(tmp_path / name, f"seed: {number}\n{MINIMAL}")
    monkeypatch.chdir(tmp_path / "folder")
    monkeypatch.delenv("CLIO_CONFIG", raising=False)
    assert load_settings().seed == 2
    monkeypatch.setenv("CLIO_CONFIG", str(tmp_path / "named" / "clio.yaml"))
    assert load_settings().seed == 1
    assert load_settings(tmp_path / "given" / "clio.yaml").seed == 0


def test_overrides_replace_whole_sections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLIO_HOME", raising=False)
    path = written(tmp_path, f"topics: {{top_topics: 3, cold_start: true}}\n{MINIMAL}")
    settings = load_settings(path, overrides={"topics": {"top_topics": 5}})
    assert (settings.topics.top_topics, settings.topics.cold_start) == (5, False)


def test_a_file_that_cannot_be_read_as_settings_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"No settings at .*set CLIO_CONFIG"):
        load_settings(tmp_path / "clio.yaml")
    with pytest.raises(ConfigError) as caught:
        load_settings(written(tmp_path, f"seed: 1\nperiod: [{VALUE}\nprofile: x"))
    assert str(caught.value) == "clio.yaml, line 3: this is not valid YAML."
    with pytest.raises(ConfigError, match="expected `key: value` lines"):
        load_settings(written(tmp_path, f"- {VALUE}"))
    with pytest.raises(ConfigError, match="`source` is missing"):
        load_settings(written(tmp_path, "# nothing yet\n"))


def test_a_public_threshold_left_out_is_the_public_profiles() -> None:
    given = {"source": {"path": "x", "first_day": "2026-11-01"}}
    settings = parse_settings(
        {**given, "privacy": {"public": {"min_accounts": 300, "cell": {"min_accounts": 12}}}},
        base=Path.cwd(),
    )
    public = settings.privacy.public
    assert (public.min_accounts, public.min_conversations) == (300, 500)
    assert (public.max_account_share, public.min_returning_accounts) == (0.05, 250)
    assert public.cell.min_accounts == 12


@pytest.mark.parametrize("text", [b"source: {first_day: 2026-13-01}", b"home: \xff\xfe"])
def test_a_day_that_does_not_exist_and_bytes_that_are_not_text_are_told(
    tmp_path: Path, text: bytes
) -> None:
    path = tmp_path / "clio.yaml"
    path.write_bytes(text)
    with pytest.raises(ConfigError, match="does not exist"):
        load_settings(path)
