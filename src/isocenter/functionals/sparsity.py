"""Sparsity: few values that are not zero, in the image or in its wavelets."""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace

from isocenter.functionals.data import require_not_negative
from isocenter.kernels.soft_threshold import can_threshold, soft_threshold
from isocenter.operators.linear import LinearOperator


def shrink(x: Any, threshold: Any) -> Any:
    """Return `x` moved towards zero by `threshold` in magnitude; complex values keep their phase.

    Source: Donoho, IEEE Trans. Inf. Theory 41 (1995) 613-627.
    """
    if can_threshold(x) and isinstance(threshold, int | float):
        return soft_threshold(x, threshold)[0]
    xp = array_namespace(x)
    size = xp.abs(x)
    safe = xp.where(size > 0, size, xp.ones_like(size))
    kept = xp.where(size > threshold, size - threshold, xp.zeros_like(size))
    return x * (kept / safe)


class L1:
    """``weight * sum |x|``."""

    def __init__(self, weight: float) -> None:
        require_not_negative(weight, "weight of the L1 prior")
        self.weight = weight

    def value(self, x: Any) -> float:
        """Return the value."""
        xp = array_namespace(x)
        return self.weight * float(xp.sum(xp.abs(x), dtype=xp.float64))

    def prox(self, x: Any, step: float) -> Any:
        """Return the soft threshold."""
        return shrink(x, step * self.weight)


class Shifts:
    """Random places of a periodic transform: up to `largest` pixels along `axes`; the same seed, the same places."""

    def __init__(self, rng: np.random.Generator, largest: int, axes: tuple[int, ...]) -> None:
        self._rng, self._largest, self.axes = rng, largest, axes

    def drawn(self) -> tuple[int, ...]:
        """Return the next place."""
        return tuple(int(shift) for shift in self._rng.integers(0, self._largest, len(self.axes)))


class WaveletL1:
    """``weight * sum |W x|`` for an orthonormal transform W, whose proximal map is a threshold of its coefficients.

    Parameters
    ----------
    weight, transform
        What stands above.
    shifts
        How far, and over which axes, the image is rolled at most before a threshold, anew and by chance every time:
        what depends on where W's blocks begin then averages out over the iterations. The objective is W's of the last
        place, so that solvers shall not restart by it.

    Notes
    -----
    Source of shifts: Coifman and Donoho, Translation-Invariant De-Noising, Lecture Notes in Statistics 103 (1995)
    125-150; by chance in iterations, Figueiredo and Nowak, IEEE Trans. Image Process. 12 (2003) 906-916.
    """

    def __init__(self, weight: float, transform: LinearOperator, *, shifts: Shifts | None = None) -> None:
        self._l1, self._transform, self._shifts = L1(weight), transform, shifts
        self._found: tuple[Any, float] = (None, 0.0)

    def value(self, x: Any) -> float:
        """Return the value; that of the last proximal map is known from its coefficients."""
        image, value = self._found
        return value if image is x else self._l1.value(self._transform(x))

    def prox(self, x: Any, step: float) -> Any:
        """Return the threshold in the wavelet domain."""
        if self._shifts is None:
            image, value = self._shrunk(x, step)
        else:
            by, axes, xp = self._shifts.drawn(), self._shifts.axes, array_namespace(x)
            image, value = self._shrunk(xp.roll(x, by, axis=axes), step)
            image = xp.roll(image, tuple(-shift for shift in by), axis=axes)
        self._found = (image, value)
        return image

    def _shrunk(self, x: Any, step: float) -> tuple[Any, float]:
        coefficients = self._transform(x)
        if can_threshold(coefficients):
            kept, total = soft_threshold(coefficients, step * self._l1.weight)
            value = self._l1.weight * total
        else:
            kept = self._l1.prox(coefficients, step)
            value = self._l1.value(kept)
        return self._transform.adjoint(kept), value
