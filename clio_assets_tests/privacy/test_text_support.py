"""G-11: which words of a name need support, and who gives it."""

# ruff: noqa: RUF001 - look-alike characters are what is tested

from __future__ import annotations

import polars as pl

from clio_assets.privacy.text_support import (
    account_support,
    content_words,
    earned_words,
    tokens,
    unsupported_words,
)


def cut(text: str) -> list[str]:
    return tokens(pl.DataFrame({"text": [text]}))["token"].to_list()


def support(*texts: tuple[str | None, str | None]) -> pl.DataFrame:
    return account_support(pl.DataFrame(texts, schema=["account", "text"], orient="row"))


def test_words_are_folded_the_same_way_everywhere() -> None:
    assert cut("Ｆｕｌｌ STRASSE Straße don't snake_case x\u200by 12") == [
        "full", "strasse", "strasse", "don", "t", "snake", "case", "xy", "12",
    ]  # fmt: skip
    assert cut("İstanbul ΟΔΟΣ") == cut("i̇stanbul οδος")
    assert cut("हिन्दी में") == ["हिन्दी", "में"]


def test_scripts_without_spaces_are_cut_into_pairs_of_one_script() -> None:
    assert cut("旅行の予約") == ["旅行", "の", "予約"]
    assert cut("東京駅") == ["東京", "京駅"]
    assert cut("癌") == ["癌"]
    assert cut("ภาษา") == ["ภา", "าษ", "ษา"]


def test_an_account_supports_a_word_once() -> None:
    said = support(("a", "visa visa"), ("a", "Visa!"), ("b", "visa"), (None, "visa"), ("c", None))
    assert said.rows() == [("visa", 2)]


def test_unsupported_words_are_those_too_few_accounts_use() -> None:
    said = support(*[(f"a{n}", "booking flights") for n in range(10)], ("a1", "epilepsy"))
    assert unsupported_words("Booking flights", said, 10) == []
    assert unsupported_words("Booking flights with epilepsy", said, 10) == ["epilepsy"]
    assert unsupported_words("Help me find the flights", said, 10) == []
    assert unsupported_words("Booking flights", said, 11) == ["booking", "flights"]


def test_numbers_of_any_kind_need_support() -> None:
    nothing = support()
    for number in ("12", "7", "٣", "Ⅻ", "½", "１９"):
        assert unsupported_words(number, nothing, 1), number


def test_an_invisible_character_does_not_make_a_word_pass() -> None:
    nothing = support()
    assert unsupported_words("can\u200bcer", nothing, 1) == ["cancer"]
    assert unsupported_words("can\u115fcer", nothing, 1) == ["cancer"]


def test_content_words_are_those_that_need_support() -> None:
    assert content_words("Help with the tax return and tax") == ["tax", "return"]


def test_a_word_that_a_topic_has_earned_needs_half_the_accounts() -> None:
    then = pl.DataFrame(
        [("t", f"a{n}", "flights" if n else "flights hotels") for n in range(13)],
        schema=["topic_id", "account", "text"],
        orient="row",
    )
    earned = earned_words(then, 13)
    assert earned == {"t": {"flights"}}
    assert earned_words(then[:12], 13) == {}
    now = pl.DataFrame({"token": ["flights", "hotels"], "accounts": [7, 12]})
    assert unsupported_words("Flights, hotels", now, 13, earned["t"]) == ["hotels"]
    fewer = now.with_columns(accounts=pl.lit(6))
    assert unsupported_words("Flights, hotels", fewer, 13, earned["t"]) == ["flights", "hotels"]
