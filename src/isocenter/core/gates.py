"""Acceptance gates: what a part of the chain must measure to be believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from time import perf_counter
from typing import Literal


@dataclass(frozen=True)
class Gate:
    """One acceptance figure with its expected value, tolerance and source.

    `measure` computes the figure anew. `rule` says how it is judged: ``within`` the tolerance of
    the expected value, ``at_most`` or ``at_least`` the expected value (give or take the tolerance).
    """

    name: str
    quantity: str
    expected: float
    tolerance: float
    unit: str
    source: str
    measure: Callable[[], float]
    rule: Literal["within", "at_most", "at_least"] = "within"

    def run(self) -> GateResult:
        """Measure and judge. A gate that cannot be computed raises: it has not passed."""
        start = perf_counter()
        got = float(self.measure())
        return GateResult(self, got, self.accepts(got), perf_counter() - start)

    def accepts(self, got: float) -> bool:
        """Return whether a figure passes; a figure that is no number never does."""
        if not isfinite(got):
            return False
        if self.rule == "at_most":
            return got <= self.expected + self.tolerance
        if self.rule == "at_least":
            return got >= self.expected - self.tolerance
        return abs(got - self.expected) <= self.tolerance


@dataclass(frozen=True)
class GateResult:
    """What a gate measured, and whether that is good enough."""

    gate: Gate
    got: float
    passed: bool
    seconds: float
