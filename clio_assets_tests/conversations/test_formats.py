"""Each log format becomes the same canonical row."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from clio_assets.config import ConfigError
from clio_assets_tests.conversations.conversation_logs import (
    DAY,
    canonical,
    pseudonym,
    read,
    reasons,
    settings,
    write,
)

AT = dt.datetime(2026, 11, 3, 14, 2, 11, tzinfo=dt.UTC)
ASKED = [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Hello."}]
SHAREGPT = {
    "id": "c1",
    "conversations": [{"from": "human", "value": "Hello?"}, {"from": "gpt", "value": "Hello."}],
}
LMSYS = {"conversation_id": "c1", "model": "small", "conversation": ASKED, "language": "English"}
WILDCHAT = {
    "conversation_hash": "c1",
    "model": "small",
    "timestamp": "2026-11-03T15:00:00+00:00",
    "conversation": [
        ASKED[0] | {"timestamp": None},
        ASKED[1] | {"timestamp": "2026-11-03T14:02:11"},
    ],
    "hashed_ip": "ada",
    "header": {"user-agent": "x"},
    "country": "Chile",
}
CALL = {
    "request": {"model": "small", "user": "ada", "messages": ASKED[:1]},
    "response": {
        "id": "c1",
        "created": int(AT.timestamp()),
        "choices": [{"message": ASKED[1] | {"tool_calls": None}}],
    },
}


def _one(folder: Path, row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    write(folder / f"{DAY}.jsonl", [row])
    _, accepted, quarantined = read(settings(folder, **changes))
    assert reasons(quarantined) == {}
    return accepted.row(0, named=True)


@pytest.mark.parametrize("told", [True, False], ids=["told", "by content"])
@pytest.mark.parametrize(
    ("name", "row", "keys"),
    [
        ("canonical", canonical(1, account_id="ada", messages=ASKED), {}),
        (
            "openai",
            {"id": "c1", "user": "ada", "created": int(AT.timestamp()), "messages": ASKED},
            {},
        ),
        ("openai", CALL, {}),
        ("wildchat", WILDCHAT, {}),
        ("lmsys", LMSYS | {"who": "ada", "when": AT.isoformat()},
         {"account": "who", "time": "when"}),
        ("sharegpt", SHAREGPT | {"meta": {"who": "ada", "when": AT.timestamp()}},
         {"account": "meta.who", "time": "meta.when"}),
    ],
)  # fmt: skip
def test_a_format_becomes_canonical(
    tmp_path: Path, name: str, row: dict[str, Any], keys: dict[str, str], told: bool
) -> None:
    got = _one(tmp_path, row, format=name if told else "auto", **keys)
    assert got["conversation_id"] == "c1"
    assert got["account"] == pseudonym("ada")
    assert got["started_at"] == AT
    assert got["messages"] == ASKED
    assert got["source_file"] == f"{DAY}.jsonl"
    assert got["source_line"] == 1
    assert "ada" not in str(got["metadata"])


def test_parts_of_a_message_are_joined_and_others_left_out(tmp_path: Path) -> None:
    parts = [
        {"type": "text", "text": "What is"},
        {"type": "image_url", "image_url": {"url": "data:"}},
        {"type": "text", "text": "this?"},
    ]
    call = {"role": "assistant", "content": None, "tool_calls": []}
    row = canonical(messages=[{"role": "user", "content": parts}, call])
    assert _one(tmp_path, row)["messages"] == [{"role": "user", "content": "What is\nthis?"}]


def test_a_row_without_an_id_is_named_by_its_place(tmp_path: Path) -> None:
    rows = [{"messages": ASKED, "user": "ada", "created": AT.timestamp()}] * 2
    write(tmp_path / f"{DAY}.jsonl", rows)
    _, accepted, _ = read(settings(tmp_path))
    assert accepted["conversation_id"].to_list() == [f"{DAY}.jsonl:1", f"{DAY}.jsonl:2"]


def test_wildchat_conversations_with_equal_content_stay_two(tmp_path: Path) -> None:
    def row(turn: int) -> dict[str, Any]:
        first = WILDCHAT["conversation"][0] | {"turn_identifier": turn}  # type: ignore[index]
        return WILDCHAT | {"conversation": [first, WILDCHAT["conversation"][1]]}  # type: ignore[index]

    write(tmp_path / f"{DAY}.jsonl", [row(1001), row(1003)])
    assert read(settings(tmp_path))[1]["conversation_id"].to_list() == ["1001", "1003"]


@pytest.mark.parametrize(
    "stamp",
    [
        "2026-11-03T14:02:11Z", "2026-11-03 14:02:11", "2026-11-03T16:02:11+02:00",
        "2026-11-03 14:02:11 UTC", AT.timestamp(), AT.timestamp() * 1e3, AT.timestamp() * 1e6,
        str(int(AT.timestamp())),
    ],
)  # fmt: skip
def test_times_are_read_as_utc(tmp_path: Path, stamp: Any) -> None:
    assert _one(tmp_path, canonical(started_at=stamp))["started_at"] == AT


def test_the_settings_override_a_formats_own_fields(tmp_path: Path) -> None:
    row = canonical(1, metadata={"user": "bob"}, ended="2026-11-03T20:00:00Z")
    got = _one(tmp_path, row, account="metadata.user", time="ended")
    assert got["account"] == pseudonym("bob")
    assert got["started_at"].hour == 20


def test_conversations_count_as_their_own_account(tmp_path: Path) -> None:
    got = _one(tmp_path, SHAREGPT, account="conversation", time="file_date")
    assert got["account"] == pseudonym("c1")
    assert got["started_at"] == dt.datetime(2026, 11, 3, tzinfo=dt.UTC)


def test_one_date_for_all(tmp_path: Path) -> None:
    path = write(tmp_path / "export.jsonl", [SHAREGPT])
    source = settings(path, account="conversation", time="2026-11-03")
    assert read(source)[1].height == 1


@pytest.mark.parametrize("row", [LMSYS, SHAREGPT, {"messages": ASKED}])
def test_logs_without_account_or_time_are_refused_before_reading(
    tmp_path: Path, row: dict[str, Any]
) -> None:
    write(tmp_path / f"{DAY}.jsonl", [row])
    with pytest.raises(ConfigError) as error:
        read(settings(tmp_path))
    assert "`source.account`" in str(error.value)
    assert "`conversation`" in str(error.value)
    assert "`source.time`" in str(error.value)
    assert "`file_date`" in str(error.value)
    with pytest.raises(ConfigError, match=r"^`source\.time`"):
        read(settings(tmp_path, account="conversation"))


def test_a_misspelt_field_is_refused(tmp_path: Path) -> None:
    write(tmp_path / f"{DAY}.jsonl", [canonical(n) for n in range(9)])
    with pytest.raises(ConfigError, match=r"`source\.account` names a field that none"):
        read(settings(tmp_path, account="acount_id"))


def test_file_date_needs_dates_in_names(tmp_path: Path) -> None:
    write(tmp_path / "export.jsonl", [SHAREGPT])
    with pytest.raises(ConfigError, match=r"`source\.time` is `file_date`, but no file"):
        read(settings(tmp_path, account="conversation", time="file_date"))


def test_metadata_keeps_labels_and_drops_people(tmp_path: Path) -> None:
    row = canonical(
        plan="pro",
        score=0.5,
        beta=True,
        country="Chile",
        ip="10.0.0.1",
        email="a@b.example",
        seen_as="person-1",
        essay="x" * 300,
        metadata={"plan": "free", "region": "south", "user_id": "u", "nested": {"a": 1}},
    )
    kept = json.loads(_one(tmp_path, row)["metadata"])
    assert kept == {
        "plan": "pro", "score": 0.5, "beta": True, "country": "Chile", "region": "south",
    }  # fmt: skip


def test_wildchat_metadata_holds_no_address(tmp_path: Path) -> None:
    assert json.loads(_one(tmp_path, WILDCHAT)["metadata"]) == {"country": "Chile"}


def test_metadata_stays_small(tmp_path: Path) -> None:
    got = _one(tmp_path, canonical(**{f"label_{n}": "x" * 200 for n in range(200)}))
    assert 3800 < len(got["metadata"].encode()) <= 4096
    assert json.loads(got["metadata"])


def test_parquet_keeps_nested_turns_and_nanoseconds(tmp_path: Path) -> None:
    frame = pl.DataFrame([canonical(1, account_id="ada", started_at=AT)]).with_columns(
        pl.col("started_at").cast(pl.Datetime("ns", "UTC")) + pl.duration(nanoseconds=1)
    )
    frame.write_parquet(tmp_path / f"{DAY}.parquet")
    _, accepted, quarantined = read(settings(tmp_path))
    assert reasons(quarantined) == {}
    assert accepted["started_at"].to_list() == [AT]
