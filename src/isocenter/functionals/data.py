"""The checks made where data, weights and starts enter a functional or a solver, for arrays of any library."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from array_api_compat import array_namespace

from isocenter.core.arrays import require_shape
from isocenter.core.errors import DataError, OptionError


def require_data(y: Any, shape: Sequence[int], of: str) -> None:
    """Raise `ShapeError` or `DataError` unless `y` has `shape` and every value is a number."""
    require_shape(y, shape, of)
    if not bool(array_namespace(y).all(array_namespace(y).isfinite(y))):
        raise DataError(
            f"The {of} holds values that are not numbers.",
            field=of,
            found="NaN or infinite values",
            expected="finite values",
            remedy="Repair or mask the bad samples before reconstructing.",
        )


def require_not_negative(number: float, of: str) -> None:
    """Raise `OptionError` unless `number` is finite and at least zero."""
    if not (isfinite(number) and number >= 0):
        raise OptionError(f"The {of} must not be negative.", field=of, found=number, expected="finite, >= 0")
