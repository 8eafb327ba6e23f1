"""What a model calls a language, as the tag the offline path would write.

The codes and English names are those of CLDR, from Babel: some 600 languages.
"""

from __future__ import annotations

import re
from functools import cache

from clio_assets.facets.language import UNDETERMINED
from clio_assets.models.calls import AnswerError

_TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{1,8})*")

_WITHOUT_LANGUAGE = {"mul", "zxx"}
"""BCP 47 for several languages and for none: neither says which, and cells want one word for it."""

_OTHER_NAMES = {
    "bengali": "bn",
    "burmese": "my",
    "castilian": "es",
    "farsi": "fa",
    "flemish": "nl",
    "mandarin": "zh",
    "mandarin chinese": "zh",
    "maori": "mi",
    "norwegian bokmal": "nb",
    "slovene": "sl",
}
"""Names in use that CLDR does not list."""


def language_tag(answer: str) -> str:
    """Return the BCP 47 primary subtag of a tag ("pt-BR", "eng") or an English name ("English").

    The subtag alone, because the offline path knows no regions or scripts, and "en" and "en-GB"
    apart would be two cells. "mul" and "zxx" become "und".

    Raises:
        AnswerError: neither a tag nor a name of a language that is known. Nothing is guessed.
    """
    word = " ".join(answer.split()).casefold()
    codes, names = _known()
    tag = _TAG.fullmatch(word)
    code = codes.get(tag[1]) if tag else None
    code = code or names.get(word)
    if code is None:
        raise AnswerError("`language` is not a language that is known.")
    return UNDETERMINED if code in _WITHOUT_LANGUAGE else code


@cache
def _known() -> tuple[dict[str, str], dict[str, str]]:
    """Codes with the one that stands for them, and names with their code; once a process."""
    from babel import Locale
    from babel.core import get_global

    languages: dict[str, str] = dict(Locale("en").languages)
    aliases: dict[str, str] = get_global("language_aliases")  # type: ignore[assignment]
    codes = {code: code for code in languages if "_" not in code}
    for alias, tag in aliases.items():
        code = tag.partition("_")[0]
        if code in codes:
            codes.setdefault(alias, code)
    # Regional names last: "American English" is English, but "Spanish" must stay Spanish.
    ordered = sorted(languages.items(), key=lambda entry: "_" not in entry[0])
    names = {name.casefold(): code.partition("_")[0] for code, name in ordered}
    return codes, names | _OTHER_NAMES
