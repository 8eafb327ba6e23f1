"""What else a row says, kept for facets the user declares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

import orjson

from clio_assets.conversations.decoding import Row

MAX_BYTES = 4096
MAX_VALUE = 256
"""Characters; a longer value is a text, not a label to count by."""

_PERSONAL = {
    "account", "account_id", "account_name", "user", "user_id", "user_name", "username", "userid",
    "email", "phone", "ip", "ip_address", "client_ip", "remote_addr", "hashed_ip", "header",
    "headers", "user_agent", "cookie", "cookies", "authorization", "api_key", "session_id",
    "device_id", "fingerprint",
}  # fmt: skip
"""Names of fields that say who somebody is or where they connect from; never kept."""


def metadata_of(row: Row, consumed: Collection[str], account: str) -> str | None:
    """Return the row's other scalar fields as a JSON object of at most 4 kB, or None.

    Those of a `metadata` object stand beside the row's own, which win. A value equal to the
    account id is left out under any name, and so are fields that no longer fit.

    Args:
        row: the decoded row.
        consumed: dotted paths that are read elsewhere: id, account, time, model, messages.
        account: the account id as the log has it.
    """
    nested = row.get("metadata")
    inner = nested if isinstance(nested, dict) else {}
    candidates = {f"metadata.{name}": value for name, value in inner.items()} | row
    kept: dict[str, Any] = {}
    room = MAX_BYTES - 2
    # The row's own fields come last, so going backwards they take the room first.
    for path, value in reversed(candidates.items()):
        name = path.removeprefix("metadata.")
        if path in consumed or name in kept or name.lower() in _PERSONAL:
            continue
        if not _is_label(value) or str(value) == account:
            continue
        size = len(orjson.dumps({name: value})) - 1
        if size <= room:
            kept[name] = value
            room -= size
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).decode() if kept else None


def _is_label(value: Any) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= MAX_VALUE
    return isinstance(value, bool | int | float | dt.datetime | dt.date)
