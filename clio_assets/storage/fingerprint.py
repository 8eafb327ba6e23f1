"""Identity of a table: what it was made from, so that equal inputs are never computed twice."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel


def fingerprint(**parts: Any) -> str:
    """Return 16 hex digits naming `parts`: upstream fingerprints, settings, code versions.

    Equal parts give equal fingerprints in every process; the order of keys does not matter.
    """
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return str(value)
