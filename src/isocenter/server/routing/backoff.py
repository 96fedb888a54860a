"""How long to wait before something that failed is tried again, and when to give up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """Pauses double from `first_s` to `max_s`; after `give_up_s` of failing nothing is tried again."""

    first_s: float = 10.0
    max_s: float = 3600.0
    give_up_s: float = 7 * 86400.0

    def pause_s(self, n_failures: int) -> float:
        """Return the pause after so many failures in a row."""
        return float(min(self.first_s * 2.0 ** min(n_failures - 1, 30), self.max_s))
