"""Array types and the checks made where arrays enter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from isocenter.core.errors import DataError, ShapeError

Array: TypeAlias = npt.NDArray[Any]
FloatArray: TypeAlias = npt.NDArray[np.floating[Any]]
ComplexArray: TypeAlias = npt.NDArray[np.complexfloating[Any, Any]]
IndexArray: TypeAlias = npt.NDArray[np.integer[Any]]
BoolArray: TypeAlias = npt.NDArray[np.bool_]


def require_shape(array: Array, shape: Sequence[int], of: str) -> None:
    """Raise `ShapeError` unless `array` has `shape`; `of` says which array, for the message."""
    if tuple(array.shape) != tuple(shape):
        raise ShapeError(f"The {of} has the wrong shape.", field=of, found=tuple(array.shape), expected=tuple(shape))


def require_finite(array: Array, of: str) -> None:
    """Raise `DataError` if `array` holds NaN or infinity."""
    finite = np.isfinite(array)
    if not finite.all():
        count = int(array.size - np.count_nonzero(finite))
        raise DataError(
            f"The {of} holds values that are not numbers.",
            field=of,
            found=f"{count} of {array.size} values NaN or infinite",
            expected="finite values",
            remedy="Repair or mask the bad samples before reconstructing.",
        )
