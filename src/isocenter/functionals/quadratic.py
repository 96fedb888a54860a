"""The Tikhonov prior: small values, or values near a reference."""

from __future__ import annotations

from typing import Any

from isocenter.core.inner_product import inner
from isocenter.functionals.data import require_not_negative


class Tikhonov:
    """``weight / 2 |x - reference|^2``.

    Source: Tikhonov, Soviet Math. Dokl. 4 (1963) 1035-1038.
    """

    def __init__(self, weight: float, reference: Any = 0.0) -> None:
        require_not_negative(weight, "weight of the Tikhonov prior")
        self.weight, self.reference = weight, reference

    def value(self, x: Any) -> float:
        """Return the value."""
        difference = x - self.reference
        return 0.5 * self.weight * inner(difference, difference)

    def gradient(self, x: Any) -> Any:
        """Return the gradient."""
        return self.weight * (x - self.reference)

    def prox(self, x: Any, step: float) -> Any:
        """Return the proximal map."""
        return (x + step * self.weight * self.reference) / (1 + step * self.weight)
