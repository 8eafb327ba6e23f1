"""F32: without a good key nothing starts; with one, an account is the same on every day."""

from __future__ import annotations

import base64
import hashlib
import hmac
import stat
from pathlib import Path

import pytest

from clio_assets.config import AccountSettings
from clio_assets.privacy.pseudonyms import (
    AccountKeyError,
    create_key_file,
    key_identity,
    load_key,
    pseudonymiser,
    remember_key,
)

KEY = bytes(range(7, 39))


@pytest.fixture(autouse=True)
def _no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLIO_ACCOUNT_KEY", raising=False)


def _file(folder: Path, text: str, mode: int = 0o600) -> AccountSettings:
    path = folder / "account.key"
    path.write_text(text)
    path.chmod(mode)
    return AccountSettings(key_file=path)


def test_a_pseudonym_is_the_published_construction() -> None:
    expected = hmac.new(KEY, "ada é".encode(), hashlib.sha256).hexdigest()[:32]
    assert pseudonymiser(KEY)("ada é") == expected


def test_a_created_key_is_private_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "private" / "account.key"
    create_key_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = load_key(AccountSettings(key_file=path))
    assert len(key) == 32
    with pytest.raises(AccountKeyError, match="exists and is kept"):
        create_key_file(path)
    assert load_key(AccountSettings(key_file=path)) == key


@pytest.mark.parametrize(
    "text",
    [KEY.hex(), base64.b64encode(KEY).decode(), base64.urlsafe_b64encode(KEY).decode() + "\n"],
)
def test_hex_and_base64_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    assert load_key(_file(tmp_path, text)) == KEY
    monkeypatch.setenv("CLIO_ACCOUNT_KEY", text)
    assert load_key(AccountSettings(key_file=tmp_path / "missing")) == KEY


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIO_ACCOUNT_KEY", KEY.hex())
    assert load_key(_file(tmp_path, bytes(range(50)).hex())) == KEY


@pytest.mark.parametrize(
    "text", ["", "hunter2", bytes(range(31)).hex(), "00" * 32, "ab" * 40, "not a key at all! " * 9]
)
def test_a_weak_key_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(AccountKeyError, match="32 or more random bytes") as error:
        load_key(_file(tmp_path, text))
    assert not text or text.strip() not in str(error.value)


def test_a_missing_key_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AccountKeyError, match=r"no account key. Set CLIO_ACCOUNT_KEY.*token_hex"):
        load_key(AccountSettings(key_file=tmp_path / "account.key"))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(AccountKeyError, match="chmod 600"):
        load_key(_file(tmp_path, KEY.hex(), mode))


def test_a_link_to_a_key_is_refused(tmp_path: Path) -> None:
    _file(tmp_path, KEY.hex())
    (tmp_path / "link").symlink_to(tmp_path / "account.key")
    with pytest.raises(AccountKeyError, match="regular file"):
        load_key(AccountSettings(key_file=tmp_path / "link"))


def test_the_identity_tells_keys_apart_and_is_no_part_of_them() -> None:
    other = bytes(range(8, 40))
    assert key_identity(KEY) == key_identity(KEY) != key_identity(other)
    assert len(key_identity(KEY)) == 8
    assert key_identity(KEY) not in KEY.hex()


def test_a_rotated_key_is_refused_and_the_former_one_taken_again(tmp_path: Path) -> None:
    place = tmp_path / "private" / "account_key.id"
    remember_key(KEY, place)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    with pytest.raises(AccountKeyError, match=r"Put the former key back.*empty `home`"):
        remember_key(bytes(range(8, 40)), place)
    remember_key(KEY, place)
    assert [path.name for path in place.parent.iterdir()] == ["account_key.id"]
    assert KEY.hex() not in place.read_text()
