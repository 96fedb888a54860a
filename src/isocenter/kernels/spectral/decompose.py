"""Lengths of two or three materials from the counts of one ray, by maximum likelihood.

Counts of channel b have the mean  sum over energies of w[b, e] exp(-sum over materials of mu[m, e] a[m]).
Fisher scoring with a damped step: the likelihood never falls from step to step.

Arrays: counts (ray, channel), weights (channel, energy), mu (material, energy), lengths (ray, material), float64.
Source: Roessl and Proksa, Phys. Med. Biol. 52 (2007) 4679-4696, sec. 2.2.
"""

from __future__ import annotations

from math import exp, log
from typing import Any

import numpy as np
from numba import prange

from isocenter.core.arrays import FloatArray
from isocenter.kernels.compile import scalar, threads

MAX_MATERIALS = 3
_FLOOR = 1e-12


@scalar
def _expect(a, weights, mu, mean, slope):  # type: ignore[no-untyped-def]  # numba infers
    """Fill the mean counts of all channels, and minus their derivatives by each length."""
    n_channels, n_energies, n_materials = weights.shape[0], weights.shape[1], mu.shape[0]
    for b in range(n_channels):
        mean[b] = 0.0
        for m in range(n_materials):
            slope[b, m] = 0.0
    for e in range(n_energies):
        exponent = 0.0
        for m in range(n_materials):
            exponent += mu[m, e] * a[m]
        passed = exp(-min(max(exponent, -50.0), 700.0))
        for b in range(n_channels):
            share = weights[b, e] * passed
            mean[b] += share
            for m in range(n_materials):
                slope[b, m] += share * mu[m, e]


@scalar
def _misfit(counts, mean):  # type: ignore[no-untyped-def]  # numba infers
    """Return the negative log-likelihood without its constant."""
    total = 0.0
    for b in range(mean.size):
        expected = max(mean[b], _FLOOR)
        total += expected - counts[b] * log(expected)
    return total


@scalar
def _solve(matrix, right, step, n):  # type: ignore[no-untyped-def]  # numba infers
    """Solve a small positive definite system in place by Gauss elimination; return whether it could."""
    for i in range(n):
        if matrix[i, i] <= 0.0:
            return False
        for row in range(i + 1, n):
            factor = matrix[row, i] / matrix[i, i]
            for column in range(i, n):
                matrix[row, column] -= factor * matrix[i, column]
            right[row] -= factor * right[i]
    for i in range(n - 1, -1, -1):
        total = right[i]
        for column in range(i + 1, n):
            total -= matrix[i, column] * step[column]
        step[i] = total / matrix[i, i]
    return True


@scalar
def _newton(counts, mean, slope, matrix, right, step, gradient, damping):  # type: ignore[no-untyped-def]
    """Fill the scoring step from lengths whose means and slopes are known; return whether there is one."""
    n_materials = slope.shape[1]
    for i in range(n_materials):
        right[i] = 0.0
        for j in range(n_materials):
            matrix[i, j] = 0.0
        for b in range(mean.size):
            expected = max(mean[b], _FLOOR)
            right[i] += slope[b, i] * (1.0 - counts[b] / expected)
            for j in range(n_materials):
                matrix[i, j] += slope[b, i] * slope[b, j] / expected
        matrix[i, i] *= 1.0 + damping
        gradient[i] = right[i]
    return _solve(matrix, right, step, n_materials)


@threads
def _decompose(counts, weights, mu, lengths, n_iterations, tolerance):  # type: ignore[no-untyped-def]  # numba infers
    n_channels, n_materials = weights.shape[0], mu.shape[0]
    for ray in prange(counts.shape[0]):
        a, trial, step = np.empty(n_materials), np.empty(n_materials), np.zeros(n_materials)
        mean, slope = np.empty(n_channels), np.empty((n_channels, n_materials))
        matrix, right = np.empty((n_materials, n_materials)), np.empty(n_materials)
        gradient = np.empty(n_materials)
        for m in range(n_materials):
            a[m] = lengths[ray, m]
        _expect(a, weights, mu, mean, slope)
        misfit, damping = _misfit(counts[ray], mean), 1e-9
        for _ in range(n_iterations):
            if not _newton(counts[ray], mean, slope, matrix, right, step, gradient, damping):
                break
            # Twice what the likelihood can gain: the square of the step in standard deviations.
            decrement = 0.0
            for m in range(n_materials):
                trial[m] = a[m] + step[m]
                decrement += gradient[m] * step[m]
            _expect(trial, weights, mu, mean, slope)
            found = _misfit(counts[ray], mean)
            if found <= misfit + 1e-12 * abs(misfit):
                for m in range(n_materials):
                    a[m] = trial[m]
                misfit, damping = found, max(damping / 10, 1e-12)
                if decrement < tolerance:
                    break
            elif decrement < tolerance:
                break  # what is left is rounding
            else:
                damping = max(damping, 1e-4) * 10
                _expect(a, weights, mu, mean, slope)
                if damping > 1e8:
                    break
        for m in range(n_materials):
            lengths[ray, m] = a[m]


def decompose(
    counts: FloatArray,
    weights: FloatArray,
    mu: FloatArray,
    start: FloatArray,
    *,
    n_iterations: int = 30,
    tolerance: float = 1e-10,
) -> FloatArray:
    """Return lengths (ray, material) in float64; see the module for the shapes. `start` (ray, material) is kept.

    Stops where a step is less than the root of `tolerance`, in standard deviations of the lengths.
    """
    # Energies that leave nothing after the filters cost time and tell nothing.
    is_there = weights.sum(axis=0) > 1e-12 * weights.sum()
    weights, mu = weights[:, is_there], mu[:, is_there]
    lengths = np.ascontiguousarray(start, dtype=np.float64).copy()
    arguments: list[Any] = [np.ascontiguousarray(values, dtype=np.float64) for values in (counts, weights, mu)]
    _decompose(*arguments, lengths, n_iterations, tolerance)
    return lengths
