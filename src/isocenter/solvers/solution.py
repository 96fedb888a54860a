"""What a solver tells while it runs, and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from isocenter.functionals import data as _data
from isocenter.operators.linear import LinearOperator


@dataclass(frozen=True)
class Iteration:
    """One step of a solver: its number from 1, how many there may be, the image and what is being made small.

    A NumPy image is read-only: who wants to change it takes a copy.
    """

    index: int
    total: int
    x: Any
    objective: float


OnIteration: TypeAlias = Callable[[Iteration], "bool | None"]


@dataclass(frozen=True)
class Solution:
    """What a solver found and whether it got there.

    `objectives` holds the figure that the solver makes small (its docstring says which), from the start on.
    `stopped_by` is ``tolerance``, ``iterations``, ``caller`` or ``breakdown``: the method could not go on, because
    the operator is not what it must be, the steps diverge or no step helps; `x` is then the last image it had.
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
    if on_iteration is None:
        return False
    if isinstance(x, np.ndarray):
        x = x.view()
        x.flags.writeable = False
    return bool(on_iteration(Iteration(index, total, x, objective)))


def require_data(A: LinearOperator, y: Any, solver: str) -> None:
    """Raise `ShapeError` or `DataError` unless `y` are data of `A`."""
    _data.require_data(y, A.out_shape, f"data of {solver}")
