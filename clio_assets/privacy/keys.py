"""Secret keys: read from the environment or a closed file, remembered by a name that tells nothing.

The account key makes pseudonyms; the safety zone has one of its own, so that neither is any use to
whoever holds only the other.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from clio_assets.storage.closed import closed_folder

MIN_BYTES = 32
_MIN_DISTINCT = 8
"""32 random bytes have fewer distinct values once in 10^40; a typed-in filler often has."""
_HOW = "Make one with `python -c 'import secrets; print(secrets.token_hex(32))'`."


class SecretKeyError(RuntimeError):
    """There is no usable key; the message says what to do."""


@dataclass(frozen=True)
class KeyKind:
    """What a key is called, where it may stand, and what a lost one costs."""

    name: str
    environment: str
    lost: str
    made: str
    """What was made with it, where another is refused."""
    error: type[SecretKeyError]


def load_key(kind: KeyKind, path: Path) -> bytes:
    """Return the key from the environment (hex or base64), else from the file at `path`.

    Raises:
        SecretKeyError: there is neither, the key is shorter than 32 bytes or plainly not random,
            or others can read the file.
    """
    if text := os.environ.get(kind.environment):
        return _decode(kind, text, kind.environment)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise kind.error(
            f"There is no {kind.name}. Set {kind.environment}, or put it into {path} with mode "
            f"0600. {_HOW} Keep a copy: {kind.lost}."
        ) from None
    except OSError as error:
        raise kind.error(
            f"{path} cannot be read ({error.strerror}): it must be a regular file of the user "
            "who runs the pipeline."
        ) from None
    with os.fdopen(descriptor, encoding="ascii", errors="replace") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise kind.error(f"Others can read {path}: run `chmod 600` on it.")
        return _decode(kind, file.read(4096), str(path))


def create_key_file(kind: KeyKind, path: Path) -> None:
    """Write a new random key, readable by its owner alone; an existing one is never replaced.

    Raises:
        SecretKeyError: the file exists.
    """
    closed_folder(path.parent)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise kind.error(f"{path} exists and is kept: {kind.lost}.") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(secrets.token_hex(MIN_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())


def remember_key(kind: KeyKind, key: bytes, place: Path) -> None:
    """Note the key's identity at `place` on first use; ever after, refuse any other key (F32).

    Raises:
        SecretKeyError: what is there so far was made with another key.
    """
    closed_folder(place.parent)
    if not place.exists():
        _write_once(place, key_identity(kind, key) + "\n")
    if place.read_text(encoding="ascii").strip() != key_identity(kind, key):
        raise kind.error(
            f"This is not the {kind.name} that {kind.made} in {place.parent} were made with; "
            f"{kind.lost}. Put the former key back, or begin anew with an empty `home`."
        )


def key_identity(kind: KeyKind, key: bytes) -> str:
    """Return 8 hex digits that tell one key from another and nothing about either."""
    return hmac.digest(key, f"clio {kind.name} identity".encode(), "sha256").hex()[:8]


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


def _decode(kind: KeyKind, text: str, place: str) -> bytes:
    text = text.strip()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        try:
            key = base64.b64decode(text.translate(_URL_SAFE), validate=True)
        except (binascii.Error, ValueError):
            key = b""
    if len(key) < MIN_BYTES or len(set(key)) < _MIN_DISTINCT:
        raise kind.error(
            f"The {kind.name} in {place} is not {MIN_BYTES} or more random bytes as hex or "
            f"base64. {_HOW}"
        )
    return key


_URL_SAFE = str.maketrans("-_", "+/")
