"""Every channel's answer for a pixel, set in time and phase, before the sum: what adaptive weights are made from.

Samples come from `isocenter.kernels.delays.delay_and_sum.padded`; transmits are summed, channels are not.
"""

from __future__ import annotations

import math

import numpy as np
from numba import prange

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.kernels.compile import scalar, threads
from isocenter.kernels.delays.delay_and_sum import PAD, Aperture, Timing, _by_eights
from isocenter.kernels.delays.geometry import is_reached, receive_weight, time_of_transmit, turn, way_to_element


@scalar
def _answer(samples, t, e, time, cycles_per_sample):  # type: ignore[no-untyped-def]  # numba infers
    """Return one channel's answer at a time in samples."""
    last = samples.shape[2] // 2 - 2
    place = min(max(time + PAD, 0.0), np.float64(last))
    below = np.int64(place)
    fraction = np.float32(place - below)
    j = 2 * below
    re = samples[t, e, j] + fraction * (samples[t, e, j + 2] - samples[t, e, j])
    im = samples[t, e, j + 1] + fraction * (samples[t, e, j + 3] - samples[t, e, j + 1])
    c, s = turn(np.float32(time * cycles_per_sample))
    return np.complex64(complex(c * re - s * im, c * im + s * re))


@threads
def _align(  # type: ignore[no-untyped-def]  # numba infers
    answers, weights, samples, pixels, elements, transmits, samples_per_mm, cycles_per_sample, f_number, window
):
    n_pixels, n_channels = answers.shape
    for p in prange(n_pixels):
        x, y, z = pixels[p, 0], pixels[p, 1], pixels[p, 2]
        for e in range(n_channels):
            distance, along = way_to_element(elements, e, x, y, z)
            weight = receive_weight(np.float32(distance), np.float32(along), np.float32(2 * f_number), window)
            weights[p, e] = weight
            total = np.complex64(0)
            if weight > 0:
                for t in range(transmits.shape[0]):
                    if is_reached(transmits, t, x, y, z) > 0:
                        time = time_of_transmit(transmits, t, x, y, z, samples_per_mm) + samples_per_mm * distance
                        total += _answer(samples, t, e, time, cycles_per_sample)
            answers[p, e] = total


@scalar
def _covariance(line, half):  # type: ignore[no-untyped-def]  # numba infers
    """Return the mean covariance of a line's parts of length `half`, and their mean."""
    n_parts = line.size - half + 1
    matrix = np.zeros((half, half), dtype=np.complex128)
    mean = np.zeros(half, dtype=np.complex128)
    for first in range(n_parts):
        for i in range(half):
            mean[i] += line[first + i] / n_parts
            for j in range(half):
                matrix[i, j] += line[first + i] * line[first + j].conjugate() / n_parts
    return matrix, mean


@scalar
def _least_variance(line, loading):  # type: ignore[no-untyped-def]  # numba infers
    """Return the sum of a line whose weights have least variance, as large as a plain sum."""
    half = line.size // 2
    matrix, mean = _covariance(line, half)
    level = 0.0
    for i in range(half):
        level += matrix[i, i].real / half
    if level <= 0:
        return 0j
    for i in range(half):
        matrix[i, i] += loading * level
    solved = np.linalg.solve(matrix, np.ones(half, dtype=np.complex128))
    scale, total = 0j, 0j
    for i in range(half):
        scale += solved[i].conjugate()
        total += solved[i].conjugate() * mean[i]
    return line.size * total / scale


@threads
def _capon(out, answers, weights, loading):  # type: ignore[no-untyped-def]  # numba infers
    """Fill sums with the weights of least variance; fewer than four channels are summed as they are."""
    for p in prange(answers.shape[0]):
        line = answers[p][weights[p] > 0].astype(np.complex128)
        out[p] = np.complex64(line.sum() if line.size < 4 else _least_variance(line, loading))


def aligned(
    samples: FloatArray,
    pixels_mm: FloatArray,
    elements: FloatArray,
    transmits: FloatArray,
    timing: Timing,
    aperture: Aperture,
) -> tuple[ComplexArray, FloatArray]:
    """Return the channels' answers, complex64 (pixel, channel), and their weights, float32 (pixel, channel)."""
    by_eights = _by_eights(elements).astype(np.float64)
    answers = np.zeros((len(pixels_mm), by_eights.shape[1]), dtype=np.complex64)
    weights = np.zeros(answers.shape, dtype=np.float32)
    _align(
        answers,
        weights,
        samples,
        np.ascontiguousarray(pixels_mm, dtype=np.float64),
        by_eights,
        np.ascontiguousarray(transmits, dtype=np.float64),
        timing.samples_per_mm,
        timing.cycles_per_sample,
        aperture.f_number,
        aperture.window,
    )
    return answers, weights


def capon(answers: ComplexArray, weights: FloatArray, *, loading: float) -> ComplexArray:
    """Return sums (pixel,) with weights of least variance that pass what comes from the pixel itself.

    `loading` is added to the diagonal of the covariance, as part of its mean.
    Source: Synnevag, Austeng and Holm, IEEE Trans. Ultrason. Ferroelectr. Freq. Control 54 (2007) 1606.
    """
    out = np.empty(len(answers), dtype=np.complex64)
    _capon(out, answers, weights, float(loading))
    return out


def least_loading() -> float:
    """Return the smallest diagonal loading for which the covariance can be solved safely."""
    return math.sqrt(np.finfo(np.float64).eps)
