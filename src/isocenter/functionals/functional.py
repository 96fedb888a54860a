"""What a functional is: a number from an image, with whatever solvers can use of it."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Functional(Protocol):
    """Anything that gives a number for an image."""

    def value(self, x: Any) -> float:
        """Return the value at `x`; infinity outside the domain."""


@runtime_checkable
class Smooth(Functional, Protocol):
    """A functional with a gradient."""

    def gradient(self, x: Any) -> Any:
        """Return the gradient at `x`."""


@runtime_checkable
class Proximable(Functional, Protocol):
    """A functional with a simple proximal map."""

    def prox(self, x: Any, step: float) -> Any:
        """Return argmin over u of value(u) + |u - x|^2 / (2 step)."""


def conjugate_prox(functional: Proximable, x: Any, step: float) -> Any:
    """Return the proximal map of the convex conjugate, by Moreau's identity.

    Source: Parikh and Boyd, Found. Trends Optim. 1 (2014) 127-239, eq. 2.5.
    """
    return x - step * functional.prox(x / step, 1 / step)
