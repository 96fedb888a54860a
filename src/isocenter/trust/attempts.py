"""Wrong passwords are counted, so that guessing is slow: after five, what they were tried on rests for a minute."""

from __future__ import annotations

from collections.abc import Callable

from isocenter.core.errors import UnauthenticatedError

MAX_FAILURES = 5
LOCKOUT_S = 60.0
MAX_REMEMBERED = 10_000


class Attempts:
    """Failures by what was tried, for example a user name."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures: dict[str, tuple[int, float]] = {}

    def require_rested(self, key: str, field: str) -> None:
        """Raise `UnauthenticatedError` while `key` rests."""
        count, since = self._failures.get(key, (0, 0.0))
        wait_s = LOCKOUT_S - (self._clock() - since)
        if count >= MAX_FAILURES and wait_s > 0:
            raise UnauthenticatedError(
                "Too many wrong passwords.", field=field, remedy=f"Try again in {wait_s:.0f} seconds."
            )

    def note_failure(self, key: str) -> None:
        """Count a wrong password."""
        if len(self._failures) >= MAX_REMEMBERED:
            self._failures.pop(next(iter(self._failures)))
        count, since = self._failures.pop(key, (0, 0.0))
        if self._clock() - since > LOCKOUT_S:
            count = 0
        self._failures[key] = (count + 1, self._clock())

    def forget(self, key: str) -> None:
        """Forget the failures of `key`: the password was right, or is another now."""
        self._failures.pop(key, None)
