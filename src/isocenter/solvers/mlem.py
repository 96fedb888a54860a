"""Expectation maximisation for emission counts, whole or in ordered subsets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from array_api_compat import array_namespace

from isocenter.core.errors import DataError, OptionError
from isocenter.functionals.data import require_data
from isocenter.functionals.poisson import PoissonLikelihood
from isocenter.solvers.solution import OnIteration, Solution, tell


def mlem(
    likelihood: PoissonLikelihood, *, x0: Any = None, n_iterations: int = 20, on_iteration: OnIteration | None = None
) -> Solution:
    """Maximise a Poisson likelihood from a positive start (ones by default); counts stay what they are.

    `objectives` are negative log-likelihoods: they never rise.

    Notes
    -----
    Source: Shepp and Vardi, IEEE Trans. Med. Imaging 1 (1982) 113-122.
    """
    return osem([likelihood], x0=x0, n_iterations=n_iterations, on_iteration=on_iteration)


def osem(
    subsets: Sequence[PoissonLikelihood],
    *,
    x0: Any = None,
    n_iterations: int = 4,
    on_iteration: OnIteration | None = None,
) -> Solution:
    """As `mlem`, with one update after each of the `subsets`; `objectives` sum over them.

    Notes
    -----
    Source: Hudson and Larkin, IEEE Trans. Med. Imaging 13 (1994) 601-609.
    """
    if not subsets:
        raise OptionError("There is no subset.", field="subsets", found=0, expected="at least one")
    xp = array_namespace(subsets[0].y)
    sensitivities = [subset.A.adjoint(xp.ones_like(subset.y)) for subset in subsets]
    x = xp.ones_like(sensitivities[0]) if x0 is None else _start(subsets[0], x0)
    objectives, stopped_by = [sum(subset.value(x) for subset in subsets)], "iterations"
    for index in range(1, n_iterations + 1):
        for subset, sensitivity in zip(subsets, sensitivities, strict=True):
            x = _update(subset, sensitivity, x)
        objectives.append(sum(subset.value(x) for subset in subsets))
        if tell(on_iteration, index, n_iterations, x, objectives[-1]):
            stopped_by = "caller"
            break
    return Solution(x, tuple(objectives), stopped_by)


def _start(likelihood: PoissonLikelihood, x0: Any) -> Any:
    """Return `x0`; raises if it is no image, or if expectation maximisation cannot start there."""
    require_data(x0, likelihood.A.in_shape, "start of mlem")
    if not bool(array_namespace(x0).all(x0 >= 0)):
        raise DataError("Counts cannot start below zero.", field="x0", found="negative values", expected=">= 0")
    return x0


def _update(subset: PoissonLikelihood, sensitivity: Any, x: Any) -> Any:
    xp = array_namespace(x)
    expected = subset.expected(x)
    is_seen = expected > 0
    ratio = xp.where(is_seen, subset.y / xp.where(is_seen, expected, xp.ones_like(expected)), xp.zeros_like(expected))
    is_sensitive = sensitivity > 0
    factor = subset.A.adjoint(ratio) / xp.where(is_sensitive, sensitivity, xp.ones_like(sensitivity))
    return xp.where(is_sensitive, x * factor, xp.zeros_like(x))
