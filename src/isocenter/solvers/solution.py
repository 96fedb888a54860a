"""What a solver tells while it runs, and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from isocenter.core.arrays import require_finite, require_shape
from isocenter.operators.linear import LinearOperator


@dataclass(frozen=True)
class Iteration:
    """One step of a solver: its number from 1, how many there may be, the image and what is being made small."""

    index: int
    total: int
    x: Any
    objective: float


OnIteration: TypeAlias = Callable[[Iteration], "bool | None"]


@dataclass(frozen=True)
class Solution:
    """What a solver found and whether it got there.

    `objectives` holds the figure that the solver makes small (its docstring says which), from the start on.
    `stopped_by` is ``tolerance``, ``iterations`` or ``caller``.
    """

    x: Any
    objectives: tuple[float, ...]
    stopped_by: str

    @property
    def n_iterations(self) -> int:
        """How many steps were made."""
        return len(self.objectives) - 1

    @property
    def converged(self) -> bool:
        """Whether the tolerance was reached."""
        return self.stopped_by == "tolerance"


def tell(on_iteration: OnIteration | None, index: int, total: int, x: Any, objective: float) -> bool:
    """Tell the caller of a step; return whether the caller wants to stop."""
    return on_iteration is not None and bool(on_iteration(Iteration(index, total, x, objective)))


def require_data(A: LinearOperator, y: Any, solver: str) -> None:
    """Raise `ShapeError` or `DataError` unless `y` are data of `A`."""
    require_shape(y, A.out_shape, f"data of {solver}")
    if isinstance(y, np.ndarray):
        require_finite(y, f"data of {solver}")
