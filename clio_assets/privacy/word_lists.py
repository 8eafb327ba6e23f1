"""Words a name may use without support: function words, and reviewed general words.

The lists are files of one language each in `words/`, one or more words a line, `#` begins a
comment. A word that means something private in any language is in no list, even where it is a
function word in another ("die", "war", "sin"): in texts of that language enough accounts use it
anyway. The test of this module tries 500 diagnoses, faiths, offences and the like.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

MAX_GENERAL_WORDS = 300
"""G-11: a longer list could not be reviewed."""


@cache
def allowed_without_support() -> frozenset[str]:
    """Every token of every list, cut as names are."""
    import polars as pl

    from clio_assets.privacy.text_support import tokens

    lines = [word for name in list_names() for word in words_of(name)]
    return frozenset(tokens(pl.DataFrame({"text": lines}))["token"])


def list_names() -> list[str]:
    """Names of the lists, such as `function.en` and `general.en`, in order."""
    folder = resources.files("clio_assets.privacy") / "words"
    return sorted(
        file.name.removesuffix(".txt") for file in folder.iterdir() if file.name.endswith(".txt")
    )


def words_of(name: str) -> list[str]:
    """The words of one list as written, in order."""
    file = resources.files("clio_assets.privacy") / "words" / f"{name}.txt"
    lines = (line.partition("#")[0] for line in file.read_text(encoding="utf-8").splitlines())
    return [word for line in lines for word in line.split()]
