"""The safety zone: a folder, a database a day, and a key that nothing else needs.

Accounts enter as HMAC(safety key, pseudonym) and conversations as HMAC(safety key, id), so a row of
the zone says nothing to whoever holds only the zone, and cannot be joined with the private zone
without the key.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from clio_assets.config import Settings
from clio_assets.privacy import keys
from clio_assets.privacy.keys import KeyKind, SecretKeyError
from clio_assets.privacy.pseudonyms import AccountKeyError
from clio_assets.privacy.pseudonyms import load_key as load_account_key
from clio_assets.storage.duckfile import DuckFile

FROM_THE_DAY = (
    "Delete it and materialize the safety assets of that day again; they need the private zone."
)


class SafetyClosedError(SecretKeyError):
    """The safety zone is off, or has no key of its own; the message says what to set."""


SAFETY_KEY = KeyKind(
    name="safety key",
    environment="CLIO_SAFETY_KEY",
    lost="with another key no finding can be traced to its conversations",
    made="the findings",
    error=SafetyClosedError,
)
create_key_file = partial(keys.create_key_file, SAFETY_KEY)


@dataclass(frozen=True)
class SafetyZone:
    """Where findings are kept, and how accounts and conversations are named there."""

    folder: Path
    key: bytes

    def day(self, key: str) -> DuckFile:
        """The findings of one UTC day."""
        return DuckFile(self.folder / "days" / f"{key}.duckdb", FROM_THE_DAY)

    def period_file(self, key: str) -> DuckFile:
        """What the topics of one period say; with `period: day` beside the day's own."""
        return DuckFile(self.folder / "periods" / f"{key}.duckdb", FROM_THE_DAY)

    def monitor(self, name: str) -> Path:
        """The folder of a monitor: a home with a private zone of its own."""
        return self.folder / "monitors" / name

    def files(self) -> list[DuckFile]:
        """Every database of findings, by day or first day of the period."""
        kinds = ("days", "periods", "monitors/*/private/days")
        found = [path for kind in kinds for path in self.folder.glob(f"{kind}/*.duckdb")]
        return [DuckFile(path, FROM_THE_DAY) for path in sorted(found, key=lambda path: path.name)]

    @property
    def audit(self) -> Path:
        """Who looked at what, when and why."""
        return self.folder / "audit.sqlite"

    @property
    def report(self) -> Path:
        """The page, marked restricted."""
        return self.folder / "report" / "index.html"

    def suspect(self, pseudonym: str) -> str:
        """Name an account in the zone: 16 hex digits."""
        return self._named("account", pseudonym)

    def evidence(self, conversation_id: str) -> str:
        """Name a conversation in the zone: 16 hex digits."""
        return self._named("conversation", conversation_id)

    def _named(self, what: str, text: str) -> str:
        said = f"{what}\n{text}".encode(errors="surrogatepass")
        return hmac.digest(self.key, said, "sha256").hex()[:16]


def open_zone(settings: Settings) -> SafetyZone:
    """Return the zone; whoever has it may write findings, and read conversations with a reason.

    Raises:
        SafetyClosedError: `safety.enabled` is not set, the extra `safety` is not installed, there
            is no safety key, it is the account key, or it is not the one that the findings so far
            were made with.
    """
    if not settings.safety.enabled:
        raise SafetyClosedError(
            "The safety location is off. It links findings to accounts, so nobody gets it by "
            "accident: set `safety.enabled: true` in clio.yaml, and give it a key of its own "
            f"({SAFETY_KEY.environment}); docs/safety.md says who should."
        )
    if find_spec("rensa") is None:
        raise SafetyClosedError(
            "The safety location compares requests with a package that is not installed: run "
            "`pip install -e '.[minilm,safety]'`."
        )
    key = load_safety_key(settings)
    folder = settings.home / "safety"
    keys.remember_key(SAFETY_KEY, key, folder / "safety_key.id")
    return SafetyZone(folder, key)


def load_safety_key(settings: Settings) -> bytes:
    """Return the key.

    Raises:
        SafetyClosedError: there is none, or it is the account key.
    """
    key = keys.load_key(SAFETY_KEY, settings.safety.key_file)
    if key == _account_key(settings):
        raise SafetyClosedError(
            f"{SAFETY_KEY.environment} is the account key: whoever may run the pipeline could "
            "open the safety zone. Make another one."
        )
    return key


def _account_key(settings: Settings) -> bytes | None:
    try:
        return load_account_key(settings.accounts)
    except AccountKeyError:
        return None
