"""Text as people see it: one Unicode form, no control characters, nothing invisible."""

from __future__ import annotations

import polars as pl

_LINE_ENDS = r"\r\n?|[\x0B\x0C\x{85}\x{2028}\x{2029}]"
# Zero-width joiners and the emoji selector carry meaning inside a word of Persian, of Hindi or an
# emoji; next to Latin letters, digits and spaces they only hide something.
_INVISIBLE = (
    r"[[\p{Default_Ignorable_Code_Point}\p{Cc}\x{FFF9}-\x{FFFB}]--[\t\n\x{200C}\x{200D}\x{FE0F}]]"
)
_JOINERS_AFTER = r"([\x00-\x{24F}])[\x{200C}\x{200D}]+"
_JOINERS_BEFORE = r"[\x{200C}\x{200D}]+([\x00-\x{24F}]|$)"


def cleaned(text: pl.Expr) -> pl.Expr:
    """Return text in NFC, with `\\n` line ends, without invisible characters or outer spaces."""
    return (
        text.str.replace_all(_LINE_ENDS, "\n")
        .str.replace_all(_INVISIBLE, "")
        .str.replace_all(_JOINERS_AFTER, "$1")
        .str.replace_all(_JOINERS_BEFORE, "$1")
        .str.normalize("NFC")
        .str.strip_chars()
    )
