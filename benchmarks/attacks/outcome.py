"""What an attack came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """An attack on the gate, and the same on a gate that is switched off or broken on purpose.

    held: nothing was won against the gate. won_without: something was won where it is broken; an
    attack that cannot win proves nothing. figures: what artifacts/attack.json says of it.
    """

    held: bool
    won_without: bool
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """True where the gate holds against an attack that can win."""
        return self.held and self.won_without
