"""Account ids become pseudonyms before anything is stored; without a good key nothing starts.

A pseudonym is HMAC-SHA256(key, account id), so nobody without the key can test a guess, and the
same account has the same pseudonym on every day. The key lives outside the databases.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import partial

from clio_assets.config import AccountSettings
from clio_assets.privacy import keys
from clio_assets.privacy.keys import KeyKind, SecretKeyError


class AccountKeyError(SecretKeyError):
    """There is no usable account key (F32); the message says what to do."""


ACCOUNT_KEY = KeyKind(
    name="account key",
    environment="CLIO_ACCOUNT_KEY",
    lost="with another key every account looks new",
    made="the pseudonyms",
    error=AccountKeyError,
)


create_key_file = partial(keys.create_key_file, ACCOUNT_KEY)
remember_key = partial(keys.remember_key, ACCOUNT_KEY)
key_identity = partial(keys.key_identity, ACCOUNT_KEY)


def load_key(settings: AccountSettings) -> bytes:
    """Return the account key, see `keys.load_key`."""
    return keys.load_key(ACCOUNT_KEY, settings.key_file)


def pseudonymiser(key: bytes) -> Callable[[str], str]:
    """Return the function from an account id to its pseudonym: 32 hex digits."""

    def pseudonym(account_id: str) -> str:
        return hmac.digest(key, account_id.encode(errors="surrogatepass"), "sha256").hex()[:32]

    return pseudonym
