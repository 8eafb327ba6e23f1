"""G-11, term support: a released word is one that many accounts of the topic use.

Words are cut the same way in the texts that support and in the names that need support, so a
difference in cutting can only withhold. Scripts written without spaces (Chinese, Japanese, Thai,
Lao, Khmer, Burmese) are cut into runs of one script and those into pairs of characters: no
dictionary of any language decides what passes. A word of three characters is then supported when
both its pairs are, which is weaker than whole words and the reason why names in those scripts
also stand under every other rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import polars as pl

from clio_assets.privacy.decoding import FILLERS
from clio_assets.privacy.word_lists import allowed_without_support

UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORDS = (
    r"\p{Han}+|\p{Hiragana}+|[\p{Katakana}ー]+|\p{Thai}+|\p{Lao}+|\p{Khmer}+|\p{Myanmar}+"
    rf"|[\w--[_{UNSPACED}]]+"
)
_INVISIBLE = rf"[\p{{Cf}}\p{{Co}}{FILLERS}]"

TOKEN_SUPPORT: dict[str, pl.DataType] = {"token": pl.String(), "accounts": pl.Int64()}


def tokens(texts: pl.DataFrame) -> pl.DataFrame:
    """Replace the column `text` by `token`: one row a token, order kept, other columns repeated.

    Tokens are NFKC, without invisible characters, lower case (with sharp s as ss and one sigma,
    as case folding has it).
    """
    words = (
        texts.with_columns(_folded(pl.col("text")).str.extract_all(_WORDS).alias("token"))
        .drop("text")
        .explode("token")
        .drop_nulls("token")
    )
    length = pl.col("token").str.len_chars()
    paired = (length > 2) & pl.col("token").str.contains(f"^[{UNSPACED}]")
    starts = pl.when(paired).then(pl.int_ranges(0, length.cast(pl.Int64) - 1)).otherwise([0])
    width = pl.when("_paired").then(2)
    return (
        words.with_columns(paired.alias("_paired"), starts.alias("_start"))
        .explode("_start")
        .with_columns(pl.col("token").str.slice("_start", width))
        .drop("_start", "_paired")
    )


def account_support(texts: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Count the distinct accounts that use each token of `texts` (account, text) in each `by`.

    One row a token (columns as in `TOKEN_SUPPORT`), ordered by token; an account counts once
    however often it says a word, and a row without account supports nothing.
    """
    return (
        tokens(texts.select(*by, pl.col("account", "text").cast(pl.String)).drop_nulls())
        .group_by(*by, "token")
        .agg(pl.col("account").n_unique().cast(pl.Int64).alias("accounts"))
        .sort(*by, "token")
    )


def unsupported_words(
    text: str, support: pl.DataFrame, minimum: int, earned: Collection[str] = ()
) -> list[str]:
    """Return the distinct words of `text`, in order, that may not be released.

    A word may be released when at least `minimum` accounts use it (`support`, from
    `account_support`), half of them if the topic has `earned` it, or when it is a function word or
    a reviewed general word. Numbers are never either.
    """
    supported = supported_words(support, minimum, earned)
    return [word for word in content_words(text) if word not in supported]


def supported_words(
    support: pl.DataFrame, minimum: int, earned: Collection[str] = ()
) -> frozenset[str]:
    """Return the words that enough accounts use, of one topic's `support`."""
    is_earned = pl.col("token").is_in(list(earned))
    return frozenset(support.filter(used_by_enough(minimum, is_earned))["token"])


def used_by_enough(minimum: int, is_earned: pl.Expr) -> pl.Expr:
    """The rule itself, over a column `accounts`: `minimum` of them, or half where it is earned."""
    return pl.col("accounts") >= pl.when(is_earned).then(half(minimum)).otherwise(minimum)


def earned_words(named_texts: pl.DataFrame, minimum: int) -> dict[str, frozenset[str]]:
    """Return the words that `minimum` accounts of a topic used in the period it was named in.

    named_texts: topic_id, account, text, those of that period. A word wavers about any number of
    accounts from day to day; what so many have said of a topic may still be said of it while half
    as many do (docs/decisions/0015).
    """
    said = account_support(named_texts, "topic_id").filter(pl.col("accounts") >= minimum)
    held = said.group_by("topic_id").agg("token")
    return {topic: frozenset(words) for topic, words in held.iter_rows()}


def half(minimum: int) -> int:
    """Accounts that an earned word needs."""
    return -(-minimum // 2)


def content_words(text: str) -> list[str]:
    """Return the distinct words of `text`, in order, that need support."""
    return content_words_of([text])[text]


def content_words_of(texts: Iterable[str]) -> dict[str, list[str]]:
    """Return the content words of each text; many at once take hardly longer than one."""
    general = allowed_without_support()
    return {
        text: [word for word in dict.fromkeys(words) if word not in general]
        for text, words in words_of(texts).items()
    }


def words_of(texts: Iterable[str]) -> dict[str, list[str]]:
    """Cut each text into its tokens, in order; many at once take hardly longer than one."""
    distinct = list(dict.fromkeys(texts))
    lines = pl.DataFrame({"text": distinct}, schema={"text": pl.String}).with_row_index("line")
    found: dict[str, list[str]] = {text: [] for text in distinct}
    for line, words in tokens(lines).group_by("line").agg("token").iter_rows():
        found[distinct[line]] = words
    return found


def between_spaces(words: Iterable[str]) -> str:
    """Words as a text in which other words joined so are found whole or not at all."""
    return f" {' '.join(words)} "


def _folded(text: pl.Expr) -> pl.Expr:
    return (
        text.str.normalize("NFKC")
        .str.replace_all(_INVISIBLE, "")
        .str.to_lowercase()
        .str.replace_all("ß", "ss", literal=True)
        .str.replace_all("\u03c2", "\u03c3", literal=True)
        .str.normalize("NFKC")
    )
