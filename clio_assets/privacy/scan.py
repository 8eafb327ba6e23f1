"""G-13: patterns, checksums and secrets in a text that is about to be released.

Presidio's pattern and checksum recognisers do the known identifiers; no model, no network. Our
own patterns add the secrets of usual providers, links of any known suffix, and long numbers. The
scan reads the visible text and everything it decodes to, and reports kinds, never the text.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache

from clio_assets.privacy.decoding import readings

MIN_SCORE = 0.4
"""Presidio's patterns under this score are bare digit runs or two-letter codes; `DIGITS` below is
stricter on the first, and the second would withhold every "B737" and "H100"."""


@dataclass(frozen=True)
class Hit:
    """A kind of private string that was found; deliberately not the string."""

    kind: str


PATTERNS: dict[str, re.Pattern[str]] = {
    # Any long number: four digits together, or seven with a separator between them.
    "DIGITS": re.compile(r"\d{4}|\d(?:[ .,/()\-–]{0,2}\d){6}"),  # noqa: RUF001
    # Six in pairs or in threes, as small countries write numbers; "150 000" and "200-300" are none.
    "SIX_DIGITS": re.compile(
        r"(?<!\d)(?:\d{2}([ .-])\d{2}\1\d{2}|(?<!\d[ .,])(?!000)\d{3} (?!000)\d{3})(?![ .,]?\d)"
    ),
    "EMAIL": re.compile(r"\S@\S|\w\s*[\[(]\s*at\s*[\])]\s*\w", re.IGNORECASE),
    "LINK": re.compile(r"\w+://|\bwww\.\w|\bmailto:", re.IGNORECASE),
    "PRIVATE_KEY": re.compile(r"-{2,}\s*BEGIN [A-Z ]*(?:PRIVATE KEY|CERTIFICATE)"),
    "AWS_KEY": re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{12,}\b"),
    "GITHUB_TOKEN": re.compile(r"\bgh[pousr]_\w{16,}|\bgithub_pat_\w{16,}"),
    "GITLAB_TOKEN": re.compile(r"\bglpat-[\w-]{16,}"),
    "OPENAI_KEY": re.compile(r"\bsk-[\w-]{12,}"),
    "SLACK_TOKEN": re.compile(r"\bxox[a-z]-[\w-]{8,}|\bxapp-[\w-]{8,}"),
    "GOOGLE_KEY": re.compile(r"\bAIza[\w-]{20,}|\bya29\.[\w-]{16,}|\bGOCSPX-[\w-]{16,}"),
    "STRIPE_KEY": re.compile(r"\b[srp]k_(?:live|test)_\w{8,}|\bwhsec_\w{8,}"),
    "HUGGINGFACE_TOKEN": re.compile(r"\bhf_[A-Za-z]\w{16,}"),
    "JWT": re.compile(r"\beyJ[\w-]{6,}\.[\w-]{6,}"),
    "VAULT_TOKEN": re.compile(r"\bhv[sb]\.\w{16,}"),
    "BEARER": re.compile(r"\bBearer\s+(?=\S*(?:\d|[a-z][A-Z]))[\w.~+/-]{16,}"),
    # A value after a word for secrets; "Password: reset" has none.
    "PASSWORD": re.compile(
        r"(?:passw(?:or)?d|passwort|pwd|contrase\w+|senha|mot de passe|secret|token|api[ _-]?key)"
        r"\s*[=:]\s*(?=\S*[\d!@#$%^&*])\S{6,}",
        re.IGNORECASE,
    ),
    # Forty characters of base64 with every sort of them, as of AWS and Azure.
    "BASE64_KEY": re.compile(
        r"(?<![\w/+])(?=[\w/+]*[A-Z])(?=[\w/+]*[a-z])(?=[\w/+]*\d)[\w/+]{40,}={0,2}"
    ),
    # What no word is: twenty or more letters and digits mixed without a space.
    "TOKEN": re.compile(r"\b(?=[A-Za-z_\-]*\d)(?=[\d_\-]*[A-Za-z])[A-Za-z0-9_\-]{20,}\b"),
}
_DOMAIN = re.compile(r"\w[\w-]*(?:\.\w[\w-]*)+")


def scan(text: str) -> list[Hit]:
    """Return the kinds of private strings in a text, each once, ordered; empty where it is clean.

    Quick once loaded (a few milliseconds a text, nothing when asked again, as the door does of
    what was audited); the first call loads Presidio.

    Raises:
        TooManyReadingsError: the text is too deeply encoded to be scanned; withhold it.
    """
    return [Hit(kind) for kind in _found(text)]


@lru_cache(maxsize=10_000)
def _found(text: str) -> tuple[str, ...]:
    return tuple(sorted({kind for reading in readings(text) for kind in _kinds(reading)}))


def _kinds(text: str) -> Iterator[str]:
    yield from (kind for kind, pattern in PATTERNS.items() if pattern.search(text))
    if _names_a_domain(text):
        yield "LINK"
    yield from _identifiers()(text)


def _names_a_domain(text: str) -> bool:
    candidates = _DOMAIN.findall(text)
    return any(_suffixes()(candidate).fqdn for candidate in candidates)


@cache
def _suffixes() -> Callable:  # type: ignore[type-arg]
    """The public suffix list that comes with tldextract; its default would ask the network."""
    import tldextract

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


@cache
def _identifiers() -> Callable[[str], set[str]]:
    """Presidio's recognisers that need no model, as one function from a text to kinds."""
    import tldextract.tldextract

    with _absent("torch", "transformers"):
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import NoOpNlpEngine

    # It warns of every recogniser of a language that is not asked for.
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)

    # Presidio checks domains through tldextract's module-wide extractor.
    tldextract.tldextract.TLD_EXTRACTOR = _suffixes()  # type: ignore[assignment]
    predefined = RecognizerRegistry()
    predefined.load_predefined_recognizers()
    # Links are read by their suffix, above; Presidio's pattern takes "node.js" for one.
    unwanted = ("SpacyRecognizer", "UrlRecognizer")
    kept = [one for one in predefined.recognizers if type(one).__name__ not in unwanted]
    registry = RecognizerRegistry(recognizers=kept)
    engine = NoOpNlpEngine([{"lang_code": "en", "model_name": "none"}])
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])

    def kinds(text: str) -> set[str]:
        found = analyzer.analyze(text, language="en", score_threshold=MIN_SCORE)
        return {result.entity_type for result in found}

    return kinds


@contextmanager
def _absent(*packages: str) -> Iterator[None]:
    """Let an import go on as if these were not installed.

    Presidio loads them where they are, for models that nobody asks here: 310 of the 380 MiB and
    four of the five seconds that its import takes.
    """
    hidden = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
