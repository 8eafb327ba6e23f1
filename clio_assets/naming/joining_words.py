"""Words that join others and cannot carry a name: a matter of good names, not of privacy.

The gate has shorter lists of its own, from which every word with a private meaning in any
language is missing ("die", "war"); a name must be free to leave more out than the gate lets pass.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from clio_assets.privacy.text_support import tokens
from clio_assets.privacy.word_lists import allowed_without_support

POLITE = frozenset({"please", "thank", "thanks", "hello", "hi", "hey", "dear", "say", "says"})


@cache
def joining_words(language: str) -> frozenset[str]:
    """Function words and general words, and the stop words of `language` (BCP-47).

    English has its own reviewed list: the public one holds "interest", "bill" and "system".
    """
    import stopwordsiso

    code = language.split("-")[0]
    shared = allowed_without_support() | POLITE
    if code == "en" or not stopwordsiso.has_lang(code):
        return shared
    words = sorted(stopwordsiso.stopwords(code))
    return shared | frozenset(tokens(pl.DataFrame({"text": words}))["token"])
