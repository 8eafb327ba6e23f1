"""Account ids become pseudonyms before anything is stored; without a good key nothing starts.

A pseudonym is HMAC-SHA256(key, account id), so nobody without the key can test a guess, and the
same account has the same pseudonym on every day. The key lives outside the databases.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from clio_assets.config import AccountSettings
from clio_assets.storage.closed import closed_folder

ENVIRONMENT = "CLIO_ACCOUNT_KEY"
MIN_BYTES = 32
_MIN_DISTINCT = 8
"""32 random bytes have fewer distinct values once in 10^40; a typed-in filler often has."""
_HOW = "Make one with `python -c 'import secrets; print(secrets.token_hex(32))'`."
_IDENTITY = b"clio account key identity"


class AccountKeyError(RuntimeError):
    """There is no usable account key (F32); the message says what to do."""


def load_key(settings: AccountSettings) -> bytes:
    """Return the key from `CLIO_ACCOUNT_KEY` (hex or base64), else from the key file.

    Raises:
        AccountKeyError: there is neither, the key is shorter than 32 bytes or plainly not
            random, or others can read the file.
    """
    if text := os.environ.get(ENVIRONMENT):
        return _decode(text, ENVIRONMENT)
    path = settings.key_file
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise AccountKeyError(
            f"There is no account key. Set {ENVIRONMENT}, or put it into {path} with mode 0600. "
            f"{_HOW} Keep a copy: with another key every account looks new."
        ) from None
    except OSError as error:
        raise AccountKeyError(
            f"{path} cannot be read ({error.strerror}): it must be a regular file of the user "
            "who runs the pipeline."
        ) from None
    with os.fdopen(descriptor, encoding="ascii", errors="replace") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise AccountKeyError(f"Others can read {path}: run `chmod 600` on it.")
        return _decode(file.read(4096), str(path))


def create_key_file(path: Path) -> None:
    """Write a new random key, readable by its owner alone; an existing one is never replaced.

    Raises:
        AccountKeyError: the file exists.
    """
    closed_folder(path.parent)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise AccountKeyError(
            f"{path} exists and is kept: with another key every account looks new."
        ) from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(secrets.token_hex(MIN_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())


def remember_key(key: bytes, place: Path) -> None:
    """Note the key's identity at `place` on first use; ever after, refuse any other key (F32).

    Raises:
        AccountKeyError: the pseudonyms so far were made with another key.
    """
    closed_folder(place.parent)
    if not place.exists():
        _write_once(place, key_identity(key) + "\n")
    if place.read_text(encoding="ascii").strip() != key_identity(key):
        raise AccountKeyError(
            f"This is not the account key that the pseudonyms in {place.parent} were made with; "
            "with it every account would look new. Put the former key back, or begin anew with "
            "an empty `home`."
        )


def _write_once(place: Path, text: str) -> None:
    """Write `place` unless it is there: linked when whole, so that nobody reads a part."""
    descriptor, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, place)
    finally:
        Path(name).unlink()


def pseudonymiser(key: bytes) -> Callable[[str], str]:
    """Return the function from an account id to its pseudonym: 32 hex digits."""

    def pseudonym(account_id: str) -> str:
        return hmac.digest(key, account_id.encode(errors="surrogatepass"), "sha256").hex()[:32]

    return pseudonym


def key_identity(key: bytes) -> str:
    """Return 8 hex digits that tell one key from another and nothing about either."""
    return hmac.digest(key, _IDENTITY, "sha256").hex()[:8]


def _decode(text: str, place: str) -> bytes:
    text = text.strip()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        try:
            key = base64.b64decode(text.translate(_URL_SAFE), validate=True)
        except (binascii.Error, ValueError):
            key = b""
    if len(key) < MIN_BYTES or len(set(key)) < _MIN_DISTINCT:
        raise AccountKeyError(
            f"The account key in {place} is not {MIN_BYTES} or more random bytes as hex or "
            f"base64. {_HOW}"
        )
    return key


_URL_SAFE = str.maketrans("-_", "+/")
