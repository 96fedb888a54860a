"""Constraints as functionals: zero where they hold, infinity elsewhere; their proximal map is the projection."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from isocenter.core.errors import OptionError


class Box:
    """Every value between `low` and `high`; either may be infinite."""

    def __init__(self, low: float = float("-inf"), high: float = float("inf")) -> None:
        if not low <= high:
            raise OptionError("The box is empty.", field="low, high", found=(low, high), expected="low <= high")
        self.low, self.high = low, high

    def value(self, x: Any) -> float:
        """Return 0 inside, infinity outside."""
        xp = array_namespace(x)
        is_inside = bool(xp.all((x >= self.low) & (x <= self.high)))
        return 0.0 if is_inside else float("inf")

    def prox(self, x: Any, step: float) -> Any:  # noqa: ARG002 - a projection is the same for every step
        """Return the nearest values inside."""
        return array_namespace(x).clip(x, self.low, self.high)


class NonNegativity(Box):
    """No negative value."""

    def __init__(self) -> None:
        super().__init__(0.0)
