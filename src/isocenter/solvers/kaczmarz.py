"""Row-action reconstruction with a regularised system."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import Array, require_finite, require_shape
from isocenter.core.errors import ShapeError
from isocenter.functionals.data import require_not_negative
from isocenter.solvers.solution import OnIteration, Solution, tell


def kaczmarz(
    matrix: Array,
    y: Array,
    *,
    damping: float = 0.0,
    n_iterations: int = 3,
    non_negative: bool = False,
    on_iteration: OnIteration | None = None,
) -> Solution:
    """Sweep over the rows of ``matrix x = y``; with `damping` converge to the Tikhonov solution.

    Minimises ``|matrix x - y|^2 + damping |x|^2`` in the limit. `non_negative` projects after every sweep onto real,
    non-negative values. `objectives` are residual norms.

    Parameters
    ----------
    matrix
        Shape (row, unknown), real or complex.

    Notes
    -----
    Source: Kaczmarz, Bull. Acad. Pol. Sci. A 35 (1937) 355-357; extended system, Knopp et al., Phys. Med. Biol. 55
    (2010) 1577-1589, sec. 2.4.
    """
    if matrix.ndim != 2:
        raise ShapeError("A matrix has rows.", field="matrix", found=matrix.shape, expected="(row, unknown)")
    require_shape(y, (matrix.shape[0],), "data of kaczmarz")
    require_finite(matrix, "matrix of kaczmarz")
    require_not_negative(damping, "damping")
    require_finite(y, "data of kaczmarz")
    energies = np.einsum("ij,ij->i", matrix, matrix.conj()).real
    x = np.zeros(matrix.shape[1], dtype=np.result_type(matrix, y, np.float32))
    extension = np.zeros(matrix.shape[0], dtype=x.dtype)
    root = damping**0.5
    order = [row for row in range(matrix.shape[0]) if energies[row] > 0]
    norms, stopped_by = [float(np.linalg.norm(y))], "iterations"
    for index in range(1, n_iterations + 1):
        for row in order:
            line = matrix[row]
            step = (y[row] - line @ x - root * extension[row]) / (energies[row] + damping)
            x += step * line.conj()
            extension[row] += step * root
        if non_negative:
            x = np.maximum(x.real, 0).astype(x.dtype)
        norms.append(float(np.linalg.norm(matrix @ x - y)))
        if tell(on_iteration, index, n_iterations, x.copy(), norms[-1]):
            stopped_by = "caller"
            break
    return Solution(x, tuple(norms), stopped_by)
