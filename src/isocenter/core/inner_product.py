"""Inner products and norms of arrays of any library, in double precision."""

from __future__ import annotations

import math
from typing import Any

from array_api_compat import array_namespace


def inner(x: Any, y: Any) -> float:
    """Return the real part of <x, y>, summed in double precision."""
    xp = array_namespace(x, y)
    is_complex = xp.isdtype(x.dtype, "complex floating")
    product = xp.real(x) * xp.real(y) + xp.imag(x) * xp.imag(y) if is_complex else x * y
    return float(xp.sum(product, dtype=xp.float64))


def norm(x: Any) -> float:
    """Return the Euclidean norm."""
    return math.sqrt(inner(x, x))
