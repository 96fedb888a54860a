"""Dynamic scans as a background of low rank plus changes that are sparse in temporal frequency (L + S).

Source: Otazo, Candes and Sodickson, Magn. Reson. Med. 73 (2015) 1125-1136.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from isocenter.core.arrays import ComplexArray
from isocenter.functionals.gaussian import GaussianLikelihood
from isocenter.functionals.low_rank import LowRankPlusSparse, NuclearNorm
from isocenter.functionals.sparsity import WaveletL1
from isocenter.operators.fourier import FourierOperator
from isocenter.operators.linear import LinearOperator
from isocenter.solvers.fista import fista
from isocenter.solvers.solution import OnIteration


class LowRankSparseFrames(NamedTuple):
    """Background and changes, each (frame, ...), and the objective after every iteration."""

    background: ComplexArray
    changes: ComplexArray
    objectives: tuple[float, ...]

    @property
    def frames(self) -> ComplexArray:
        """The images: background plus changes."""
        return self.background + self.changes


def low_rank_plus_sparse(
    A: LinearOperator,
    y: ComplexArray,
    *,
    low_rank_weight: float,
    sparse_weight: float,
    norm: float = 1.0,
    n_iterations: int = 50,
    on_iteration: OnIteration | None = None,
) -> LowRankSparseFrames:
    """Minimise ``1/2 |A(L + S) - y|^2 + low_rank_weight |L|_* + sparse_weight |F_t S|_1``.

    Parameters
    ----------
    A
        The scan: images (frame, ...) to data.
    norm
        Upper bound of the norm of `A`.
    """
    total = _SumOfParts(A)
    start = np.zeros(total.in_shape, dtype=y.dtype)
    prior = LowRankPlusSparse(NuclearNorm(low_rank_weight), WaveletL1(sparse_weight, FourierOperator(A.in_shape, (0,))))
    # The sum of two parts has twice the curvature of one.
    solution = fista(
        GaussianLikelihood(total, y),
        prior,
        start,
        step=0.5 / norm**2,
        n_iterations=n_iterations,
        on_iteration=on_iteration,
    )
    return LowRankSparseFrames(solution.x[0], solution.x[1], solution.objectives)


class _SumOfParts(LinearOperator):
    """A applied to the sum of the two parts of (2, frame, ...)."""

    def __init__(self, A: LinearOperator) -> None:
        super().__init__((2, *A.in_shape), A.out_shape)
        self._A = A

    def _forward(self, x: ComplexArray) -> ComplexArray:
        data: ComplexArray = self._A(x[0] + x[1])
        return data

    def _adjoint(self, y: ComplexArray) -> ComplexArray:
        image = self._A.adjoint(y)
        return np.stack([image, image])

    def _normal(self, x: ComplexArray) -> ComplexArray:
        image = self._A.normal(x[0] + x[1])
        return np.stack([image, image])
