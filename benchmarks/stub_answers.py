"""What the stub of the endpoint says: answers that keep to the schema, made of the prompt's words.

Nothing here understands anything. But names differ where the material differs, choices are taken
from the list that is shown, and texts with the same words have similar vectors, so that both
pipelines have as much work behind the model as they would have with a real one.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

Path = tuple[str, ...]

FIXED = {"language": "en", "concern": 1, "concerning_score": 1, "rating": 5, "sensitive": False}
"""Fields for which nearly all real answers are alike; another value would hold topics back."""

_REFERENCE = re.compile(r"(?:\bref: |\[)([0-9a-f]{8})\b")
_MARK = re.compile(r"^\[[0-9a-f]{8} ([^\]]+)\]$", re.MULTILINE)
_TAGS = "messages|positive_examples|clusters|cluster_list|specific_cluster"
_TAG = re.compile(rf"<({_TAGS})>(.*?)</\1>", re.DOTALL)
_CANDIDATE = re.compile(r"<higher_level_cluster>(.*?)</higher_level_cluster>")
_USER = re.compile(r"<message>user: (.*?)</message>", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]{4,}")
_LONG = re.compile(r"([^\W\d_a-zA-Z]{3})(?=[^\W\d_a-zA-Z]{6})")
"""The beginning of a run of letters that stands for several words, as in Japanese."""
_MARKUP = re.compile(r"<[^>]*>|\b\w+=")
_FRAME = frozenset({"chat", "conversation", "metadata", "none", "request", "summary", "topic"})


@dataclass(frozen=True)
class Material:
    """The part of a prompt that an answer is about."""

    text: str
    reference: str
    sections: dict[str, str]
    """Text under each mark, such as "topic_1 requests"; empty in other prompts."""
    candidates: list[str]


def material_of(prompt: str) -> Material:
    """Read a prompt of either pipeline: ours is marked, kura's is tagged."""
    reference = _REFERENCE.search(prompt)
    pieces = _MARK.split(prompt)
    # Of several turns of one speaker the first.
    sections = dict(reversed([*zip(pieces[1::2], pieces[2::2], strict=True)]))
    tagged = _TAG.search(prompt)
    first = sections.get(pieces[1], prompt) if sections else prompt
    text = tagged[2] if tagged else first
    said = _USER.search(text)
    return Material(
        said[1] if said else _MARKUP.sub(" ", text),
        reference[1] if reference else "",
        sections,
        _CANDIDATE.findall(prompt) or sections.get("parents", "").strip().splitlines(),
    )


def answer(schema: dict[str, Any], prompt: str) -> Any:
    """Return a value that keeps to the JSON schema."""
    return _fill(schema, schema, (), material_of(prompt))


def _fill(schema: dict[str, Any], root: dict[str, Any], path: Path, about: Material) -> Any:
    if "$ref" in schema:
        return _fill(root["$defs"][schema["$ref"].rpartition("/")[2]], root, path, about)
    if "const" in schema:
        return schema["const"]
    if path and path[-1] in FIXED:
        return FIXED[path[-1]]
    if "enum" in schema:
        return schema["enum"][_number(about.text, *path) % len(schema["enum"])]
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return _fill(options[0], root, path, about)
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {name: _fill(properties[name], root, (*path, name), about)
                    for name in properties}  # fmt: skip
        case "array":
            return _list(schema, root, path, about)
        case "integer" | "number":
            low = schema.get("minimum", 0)
            return low + _number(about.text, *path) % (schema.get("maximum", low + 9) - low + 1)
        case "boolean":
            return bool(_number(about.text, *path) % 2)
        case "null":
            return None
    return _string(path, about)[: schema.get("maxLength", 1_000)]


def _list(schema: dict[str, Any], root: dict[str, Any], path: Path, about: Material) -> list[Any]:
    lines = about.text.strip().splitlines()
    few, many = schema.get("minItems", 1), schema.get("maxItems", max(1, len(lines) // 2))
    if path[-1] == "names":
        # To propose or to choose from: what stands there already, in another order.
        shown = [" ".join(line.split()[:8])[:70].rstrip(".") for line in lines]
        return sorted(dict.fromkeys(filter(None, shown)), key=_number)[: max(few, many)]
    if path[-1] == "candidate_cluster_names":
        return [f"{_words(about.text, 3)} {number}" for number in range(many)]
    return [_fill(schema["items"], root, (*path, "0"), about)] * max(1, few)


def _string(path: Path, about: Material) -> str:
    field = path[-1] if path else ""
    if field == "ref":
        return about.reference
    if field in ("parent", "higher_level_cluster") and about.candidates:
        return about.candidates[_number(about.text) % len(about.candidates)]
    if field in ("request", "task", "summary") and not about.sections.get("topic_1 requests"):
        return " ".join(_in_latin(about.text).split()[:20])
    if len(path) == 2:  # one topic of several in a prompt
        own = (f"{path[0]} requests", f"{path[0]} topics inside")
        text = next((about.sections[mark] for mark in own if mark in about.sections), about.text)
        return _words(text, 3)
    # Real names hardly ever are the same, and kura would make one cluster of those that are.
    return f"{_words(about.text, 4)} {_number(about.text) % 10_000}"


def _in_latin(text: str) -> str:
    """Stands in for a translation: words that are alike stay alike."""
    cut = _LONG.sub(r"\1 ", text)
    return "".join(
        chr(97 + ord(one) % 26) if one.isalpha() and not one.isascii() else one for one in cut
    )


def _words(text: str, wanted: int) -> str:
    """The words that stand in most lines: what a topic's requests have in common."""
    lines = [frozenset(_WORD.findall(line.lower())) - _FRAME for line in text.splitlines()]
    counts = Counter(word for words in lines for word in sorted(words))
    return " ".join(word for word, _ in counts.most_common(wanted)).capitalize() or "Nothing"


def _number(*texts: str) -> int:
    return int.from_bytes(hashlib.sha256("\x1f".join(texts).encode()).digest()[:4])


def embedding(text: str, dimension: int) -> np.ndarray:
    """Return a unit float32 vector (dimension,): the sum of its words' random directions."""
    words = _WORD.findall(text.lower()) or [text]
    vector = np.sum([_direction(word, dimension) for word in words], axis=0)
    return (vector / np.linalg.norm(vector)).astype("<f4")


@lru_cache(maxsize=20_000)
def _direction(word: str, dimension: int) -> np.ndarray:
    return np.random.default_rng(_number(word)).standard_normal(dimension, dtype=np.float32)
