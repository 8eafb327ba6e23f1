"""The prompts, each a versioned file of its own beside this one.

A file's first line is `version: N`; the rest is the text. The version that is recorded with each
answer also holds a hash of the text, so an edit without a new number is still another prompt.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

_FIRST_LINE = re.compile(r"version: ([1-9]\d*)\n+")


@dataclass(frozen=True)
class Prompt:
    """The fixed text of a stage, and its version: "N-" and 8 hex digits of the text's SHA-256."""

    text: str = field(repr=False)
    version: str


@cache
def load_prompt(stage: str) -> Prompt:
    """Read `prompts/<stage>.md`, once a process.

    Raises:
        ValueError: there is no such file, or it does not begin with `version: N`.
    """
    name = f"prompts/{stage}.md"
    try:
        content = files(__package__).joinpath(name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ValueError(f"clio_assets/models/{name} is missing from this installation.") from None
    return _parse(content, name)


def _parse(content: str, name: str) -> Prompt:
    head = _FIRST_LINE.match(content)
    if head is None:
        raise ValueError(f"clio_assets/models/{name}: its first line must be `version: N`.")
    text = content[head.end() :].rstrip()
    return Prompt(text, f"{head[1]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}")
