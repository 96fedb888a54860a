"""Low rank: images of many frames that are few images in changing amounts, alone or with a sparse rest."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from isocenter.functionals.data import require_not_negative
from isocenter.functionals.functional import Proximable


class NuclearNorm:
    """``weight`` times the sum of the singular values of the frames, x of shape (frame, ...) as a matrix.

    Source: Cai, Candes and Shen, SIAM J. Optim. 20 (2010) 1956-1982 (proximal map).
    """

    def __init__(self, weight: float) -> None:
        require_not_negative(weight, "weight of the nuclear norm")
        self.weight = weight

    def value(self, x: Any) -> float:
        """Return the value."""
        xp = array_namespace(x)
        singular = xp.linalg.svd(xp.reshape(x, (x.shape[0], -1)), full_matrices=False)[1]
        return self.weight * float(xp.sum(singular, dtype=xp.float64))

    def prox(self, x: Any, step: float) -> Any:
        """Return the frames with every singular value made smaller by ``step * weight``, to zero at least."""
        xp = array_namespace(x)
        left, singular, right = xp.linalg.svd(xp.reshape(x, (x.shape[0], -1)), full_matrices=False)
        kept = xp.clip(singular - step * self.weight, 0.0, None)
        return xp.reshape((left * kept[None, :]) @ right, x.shape)


class LowRankPlusSparse:
    """A prior of pairs (2, frame, ...): the first of low rank, the second sparse; each has its own functional."""

    def __init__(self, low_rank: Proximable, sparse: Proximable) -> None:
        self._low_rank, self._sparse = low_rank, sparse

    def value(self, x: Any) -> float:
        """Return the value."""
        return self._low_rank.value(x[0, ...]) + self._sparse.value(x[1, ...])

    def prox(self, x: Any, step: float) -> Any:
        """Return the proximal map of either part."""
        xp = array_namespace(x)
        return xp.stack([self._low_rank.prox(x[0, ...], step), self._sparse.prox(x[1, ...], step)])
