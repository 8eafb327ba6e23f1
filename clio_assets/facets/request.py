"""The request facet without a model: what the person first asked, cleaned to one short line.

Every pattern runs in Polars' regex engine, whose time is linear in the text whatever the text:
a hostile megabyte costs milliseconds (fault F31).
"""

from __future__ import annotations

import polars as pl

MAX_CHARACTERS = 300
WINDOW = 20_000
"""Characters read at each end of a message: a request stands before or after what is pasted."""

CODE_ONLY = "(code only)"
LINK_ONLY = "(link only)"
NO_WORDS = "(no words)"
"""What stands for a message in which no word is left. They read as names: a topic of messages
that are only code should say so."""

PLACEHOLDERS = (CODE_ONLY, LINK_ONLY, NO_WORDS)

FENCE = r"(?s)```.*?(?:```|\z)|~~~.*?(?:~~~|\z)|(?i:<(?:pre|code)\b[^>]*>.*?(?:</(?:pre|code)>|\z))"
LAST_FENCE = r"(?s)^.*(?:```|~~~)"
"""In the end of a long message a fence may close what opened before: the text after it counts."""

CODE_LINE = (
    r"(?m)^(?:[ \t]*(?:import \w|from \w+(?:\.\w+)* import |def \w+\(|class \w+[:({]|#include|"
    r"#!/|(?:public|private|protected|static) \w|(?:const|let|var) \w+ ?=|function \w*\(|"
    r"return\b.*;|@\w+|</?\w+[^>]*>[ \t]*$|[})\]]+[;,]?[ \t]*$).*|.*[;{}][ \t]*)$"
)
URL = r"(?i)\b(?:https?|ftp|file)://[!-~]+|\bwww\.[!-~]+"
ADDRESS = r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"
LONG_NUMBER = r"\+?\d(?:[ ().\-/]{0,2}\d){5,}"
ASCII_BLOB = r"[!-~]{60,}"
IMAGE_OR_LINK = r"!?\[([^\]\[]*)\]\([^()\s]*\)"
TAG = r"</?[a-zA-Z][^<>]*>|<!--|-->"
ENTITY = r"&(?:[a-zA-Z]+|#\d+);"
MARKS = r"(?m)^[ \t]*(?:#{1,6}[ \t]|>[ \t]?|[-*+•][ \t]|[-=*_]{3,}[ \t]*$)|[*`|~]+|__+"
HAS_WORD = r"[\p{L}\p{N}]"
SENTENCE_END = r"(?s)^(.*(?:[.!?…][\"'”’)]*|[。！？]))"  # noqa: RUF001
LAST_WORD = r"(?s)^(.*\S)\s"


def clean_request(message: pl.Expr) -> pl.Expr:
    """Return the first user message as one line of 1 to 300 characters, never empty.

    Code, markup, addresses and long numbers are removed; the text is cut after a sentence where
    one ends in its second half, else after a word. A null message gives `NO_WORDS`.
    """
    message = message.fill_null("")
    start = _without_debris(message.str.head(WINDOW))
    end = _without_debris(message.str.tail(WINDOW).str.replace(LAST_FENCE, ""))
    return (
        pl.when(start.str.contains(HAS_WORD))
        .then(_cut(start))
        .when(end.str.contains(HAS_WORD))
        .then(_cut(end))
        .when(message.str.head(WINDOW).str.contains(URL))
        .then(pl.lit(LINK_ONLY))
        .when(message.str.head(WINDOW).str.contains(HAS_WORD))
        .then(pl.lit(CODE_ONLY))
        .otherwise(pl.lit(NO_WORDS))
    )


def without_code(text: pl.Expr) -> pl.Expr:
    """Return the text without fenced code and without lines that look like code."""
    return text.str.replace_all(FENCE, "\n").str.replace_all(CODE_LINE, "")


def _without_debris(text: pl.Expr) -> pl.Expr:
    text = without_code(text)
    return (
        text.str.replace_all(IMAGE_OR_LINK, "$1")
        .str.replace_all(URL, " ")
        .str.replace_all(ADDRESS, " ")
        .str.replace_all(TAG, " ")
        .str.replace_all(ENTITY, " ")
        .str.replace_all(MARKS, "")
        .str.replace_all(ASCII_BLOB, " ")
        .str.replace_all(LONG_NUMBER, " ")
        .str.replace_all(r"\s+", " ")
        .str.replace_all(r" ([,.;:!?])", "$1")
        .str.strip_chars()
    )


def _cut(text: pl.Expr) -> pl.Expr:
    head = text.str.head(MAX_CHARACTERS)
    sentence = head.str.extract(SENTENCE_END)
    word = text.str.head(MAX_CHARACTERS + 1).str.extract(LAST_WORD)
    return (
        pl.when(text.str.len_chars() <= MAX_CHARACTERS)
        .then(text)
        .when(sentence.str.len_chars() >= MAX_CHARACTERS // 2)
        .then(sentence)
        .when(word.str.len_chars() >= MAX_CHARACTERS // 2)
        .then(word)
        .otherwise(head)
    )
