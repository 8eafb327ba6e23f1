"""How many tokens a text has, estimated: no model's tokenizer is at hand, nor one for all models.

Each byte of the UTF-8 text has a weight: 0.3 for ASCII letters and spaces, 1 for other ASCII
(digits, punctuation and line ends often are tokens of their own), 0.8 for the bytes of all other
characters.

The estimate errs on the high side, so that a text is cut a little early rather than refused by the
server. Measured against the tokenizer of SmolLM2-135M (49,152 tokens, mostly English; larger
vocabularies need fewer tokens) on 1,676 messages of mixed chats with 20 tokens or more: 1.37 times
the true number over all, 1.34 in the median, under it in 2 % of messages, 0.72 times at worst.
Code 1.5, JSON 1.1, German 0.9, Chinese 1.4, Hindi 1.8, Korean 0.95, emoji 1.1. It is too low for
what nobody writes: 0.5 for random letters without spaces, 0.5 for base64.
"""

from __future__ import annotations

import math
import string

import numpy as np

_WEIGHTS = np.full(256, 0.8)
_WEIGHTS[:128] = 1.0
_WEIGHTS[[ord(character) for character in string.ascii_letters + " "]] = 0.3


def estimate_tokens(text: str) -> int:
    """Return about how many tokens `text` has, rather too many than too few."""
    return math.ceil(_per_byte(text.encode()).sum())


def ends_within(text: str, tokens: int) -> tuple[str, str]:
    """Return the beginning and the end of `text`, of at most half of `tokens` each.

    For a text of more than `tokens`; in a shorter one the two overlap.
    """
    encoded = text.encode()
    grown = np.cumsum(_per_byte(encoded))
    head = int(np.searchsorted(grown, tokens / 2, side="right"))
    tail = int(np.searchsorted(grown, grown[-1] - tokens / 2)) + 1 if len(grown) else 0
    # A character that is cut through is left out.
    return encoded[:head].decode(errors="ignore"), encoded[tail:].decode(errors="ignore")


def _per_byte(encoded: bytes) -> np.ndarray:
    return _WEIGHTS[np.frombuffer(encoded, dtype=np.uint8)]
