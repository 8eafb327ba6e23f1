"""The reference of a question: what marks its parts, and what its answer repeats (fault F19).

Eight hex digits from a hash of the content. An author could search for a text that holds its own
hash (2^32 tries), so one that occurs in the content is not used and the next hash is taken:
whatever somebody wrote, it contains no mark, nor one in full-width digits, with invisible
characters or with anything else between its digits. A reference is no secret and no random number:
the same content gives the same one, which is what a cache needs.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from itertools import count
from typing import Any

from clio_assets.models.calls import AnswerError

REFERENCE = "ref"
"""The field of an answer that repeats it; always the first."""

_NO_DIGITS = re.compile("[^0-9a-f]+")

REFERENCE_SCHEMA: dict[str, Any] = {"type": "string", "pattern": "^[0-9a-f]{8}$"}


def reference_of(content: str) -> str:
    """Return the reference of a content, which does not contain it in whatever spelling."""
    digits = _NO_DIGITS.sub("", unicodedata.normalize("NFKC", content).lower())
    hashes = (hashlib.sha256(f"{n}\x1f{content}".encode()).hexdigest()[:8] for n in count())
    return next(reference for reference in hashes if reference not in digits)


def closing(reference: str) -> str:
    """The last line of a question: what a model read before it came from strangers."""
    return f'Now the JSON object that begins with {{"{REFERENCE}": "{reference}"'


def check_reference(value: dict[str, Any], reference: str) -> None:
    """See that an answer is to this question.

    Raises:
        AnswerError: it repeats another reference.
    """
    if value[REFERENCE] != reference:
        raise AnswerError(f"`{REFERENCE}` is that of another question.")
