"""A small context-free grammar of what people ask: one YAML file a topic, a section a language.

A symbol's alternatives stand one a line, or separated by ` | `; a lone `~` is the empty one.
Inside them `<name>` is another symbol, `<2..9>` a whole number and `\\n` a line break. A section
that lacks a symbol takes it from the topic's English one, then from the language's common ones:
code, formulas and column names are the same in every language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from random import Random
from typing import Any

import yaml

REFERENCE = re.compile(r"<([a-z_]+)>|<(\d+)\.\.(\d+)>")
REQUIRED = {"request": 1, "reply": 6, "follow_up": 5, "hello": 1, "please": 1, "thanks": 1}
"""Alternatives a topic needs of each part, so that six turns never repeat one."""

_TRIES = 4


class GrammarError(ValueError):
    """A grammar file lacks a symbol; the message names the file, the language and the symbol."""


@dataclass(frozen=True)
class Saying:
    """A text and the first value each symbol had in it."""

    text: str
    chosen: dict[str, str]


@dataclass(frozen=True)
class Grammar:
    """What is said about one topic in one language: alternatives by symbol."""

    symbols: dict[str, tuple[str, ...]]

    def say(self, text: str, rng: Random, recalled: dict[str, str] | None = None) -> Saying:
        """Expand every reference in `text`.

        A symbol met twice in one text gets another value where it can. `recalled` holds values
        to prefer at a symbol's first use, so that an answer speaks of what was asked.
        """
        expansion = _Expansion(self.symbols, rng, recalled or {})
        return Saying(tidy(expansion.expand(text)), expansion.chosen)


class _Expansion:
    """One text being expanded: what is still to recall, what was picked, what was chosen."""

    def __init__(
        self, symbols: dict[str, tuple[str, ...]], rng: Random, recalled: dict[str, str]
    ) -> None:
        self._symbols = symbols
        self._rng = rng
        self._pending = dict(recalled)
        self._picked: set[str] = set()
        self.chosen: dict[str, str] = {}

    def expand(self, text: str) -> str:
        return REFERENCE.sub(self._replaced, text)

    def _replaced(self, match: re.Match[str]) -> str:
        name, low, high = match.groups()
        if not name:
            return str(self._rng.randint(int(low), int(high)))
        value = self._pending.pop(name, None) or self.expand(self._pick(name))
        self.chosen.setdefault(name, value)
        return value

    def _pick(self, name: str) -> str:
        for _ in range(_TRIES):
            alternative = self._rng.choice(self._symbols[name])
            if alternative not in self._picked:
                break
        self._picked.add(alternative)
        return alternative


def tidy(text: str) -> str:
    """Close the gaps that empty alternatives leave and begin sentences with a capital."""
    text = re.sub(r"(?<=\S) {2,}", " ", text).strip()
    text = re.sub(r" +(?=\n|[,.](?:\s|$))", "", text)
    return re.sub(r"(?:^|(?<=[a-z0-9][.!?] ))[a-zß-ÿ]", lambda match: match[0].upper(), text)


@cache
def load_grammars(topic: str) -> dict[str, Grammar]:
    """Read a topic's grammars by language.

    Raises:
        GrammarError: a referenced or required symbol is missing.
    """
    sections = read_yaml(topic)
    common = read_yaml("common")
    grammars = {}
    for language, own in sections.items():
        merged = common[language] | sections.get("en", {}) | own
        symbols = {name: alternatives(text) for name, text in merged.items()}
        for problem in _problems(symbols):
            raise GrammarError(f"{topic}.yaml, {language}: {problem}")
        grammars[language] = Grammar(symbols)
    return grammars


def read_yaml(name: str) -> dict[str, Any]:
    """Parse one of the demo's data files."""
    path = resources.files("clio_assets.demo") / "grammars" / f"{name}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def alternatives(text: str) -> tuple[str, ...]:
    """Split a symbol's alternatives."""
    found = [part.strip() for part in re.split(r"\n| \| ", text.strip())]
    return tuple("" if part == "~" else part.replace("\\n", "\n") for part in found)


def _problems(symbols: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for name, least in REQUIRED.items():
        if len(symbols.get(name, ())) < least:
            yield f"`{name}` needs at least {least} alternatives."
    for name, options in symbols.items():
        for wanted, _, _ in REFERENCE.findall("\n".join(options)):
            if wanted and wanted not in symbols:
                yield f"`{name}` refers to `{wanted}`, which is not defined."
