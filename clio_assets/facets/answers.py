"""What a model is asked to fill in, and what of its answer is believed."""

from __future__ import annotations

import re
from typing import Any

from clio_assets.config import FacetSettings
from clio_assets.facets.language import UNDETERMINED
from clio_assets.facets.language_tags import language_tag
from clio_assets.facets.request import ADDRESS, LONG_NUMBER, MAX_CHARACTERS, NO_WORDS, URL
from clio_assets.facets.similarity import OTHER
from clio_assets.facets.tasks import task_options
from clio_assets.models.calls import AnswerError, AnswerSchema
from clio_assets.models.questions import closed_object
from clio_assets.models.references import REFERENCE, REFERENCE_SCHEMA

SCHEMA_VERSION = "1"
"""Also of what `read_facets` accepts: raise it when that becomes stricter."""

PLAIN_SENTENCE = r"^[A-Z][a-z]{1,15}( [A-Za-z'+#/-]{1,20},?){1,24}\.?$"
"""Two to 25 words, without digits, links or quotation marks."""

_WORD = re.compile("[A-Za-z]")
_CONTACTS = [re.compile(pattern) for pattern in (URL, ADDRESS, LONG_NUMBER)]


def facet_options(facets: FacetSettings) -> dict[str, dict[str, str]]:
    """Return the lists a model chooses from: facet, option, the first line of its description.

    Each list ends with `other`. Facets that are read from metadata are none of a model's business.
    """
    lists = {"task": task_options(facets)} | {
        facet.name: facet.options for facet in facets.custom if facet.options is not None
    }
    otherwise = {OTHER: "none of the others"}
    return {
        name: {option: _first_line(told) for option, told in (options | otherwise).items()}
        for name, options in lists.items()
    }


def facets_answer_schema(facets: FacetSettings, *, spelled_out: bool = False) -> AnswerSchema:
    """Return the schema of one answer: closed, every field required, `ref` first.

    `spelled_out` is for models too small to be told in words: patterns for the sentence and the
    language, of which the server has to make a grammar. Measured with SmolLM2-135M on mixed chats:
    4 of 12 answers were valid without, 24 of 24 with them (valid, not good). A large model needs
    none, and would miss its quotation marks and digits.
    """
    text = {"type": "string"}
    sentence = {"pattern": PLAIN_SENTENCE} if spelled_out else {}
    code = {"pattern": "^[a-z]{2,3}$"} if spelled_out else {}
    task, *own = [
        (name, {"type": "string", "enum": list(options)})
        for name, options in facet_options(facets).items()
    ]
    fields = [
        (REFERENCE, REFERENCE_SCHEMA),
        ("request", text | {"maxLength": MAX_CHARACTERS} | sentence),
        task,
        ("language", text | {"maxLength": 40} | code),
        ("concern", {"type": "integer", "enum": [1, 2, 3, 4, 5]}),
        *own,
    ]
    return AnswerSchema("facets", SCHEMA_VERSION, closed_object(dict(fields)))


def read_facets(value: dict[str, Any]) -> dict[str, Any]:
    """Return the facets of an answer that keeps to the schema: by name, without `ref`.

    Raises:
        AnswerError: the request is too long, unprintable or has no English word, or the language is
            not known.
    """
    facets = {name: chosen for name, chosen in value.items() if name != REFERENCE}
    return facets | {
        "request": _sentence(value["request"]),
        "language": language_tag(value["language"]),
        "concern": int(value["concern"]),  # 3.0 is an integer in JSON
    }


def facets_without_words(facets: FacetSettings) -> dict[str, Any]:
    """Return what is said, as offline, of a conversation in which the user wrote no word."""
    chosen = dict.fromkeys(facet_options(facets), OTHER)
    return {"request": NO_WORDS, "language": UNDETERMINED, "concern": 1, **chosen}


def _sentence(request: str) -> str:
    """One line, without the links, addresses and long numbers that were copied all the same."""
    if len(request) > MAX_CHARACTERS:
        raise AnswerError(f"`request` is longer than {MAX_CHARACTERS} characters.")
    for contact in _CONTACTS:
        request = contact.sub(" ", request)
    line = " ".join(request.split())
    if not line.isprintable():
        raise AnswerError("`request` holds characters that cannot be printed.")
    if not _WORD.search(line):
        raise AnswerError("`request` has no English word.")
    return line


def _first_line(description: str) -> str:
    lines = description.strip().splitlines()
    return lines[0].strip() if lines else ""
