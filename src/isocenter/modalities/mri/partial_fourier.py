"""Images from k-space of which one side was left out: its mirror is known where the phase is smooth."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import BoolArray, ComplexArray, FloatArray
from isocenter.core.errors import DataError
from isocenter.kernels import fourier


def homodyne(kspace: ComplexArray, sampled: BoolArray, axis: int, axes: tuple[int, ...]) -> ComplexArray:
    """Return the image, its phase that of the symmetric middle of k-space.

    Parameters
    ----------
    kspace
        Zero where nothing was taken.
    sampled
        Which samples along `axis` were taken: one block that holds the centre and reaches one end.
    axis
        The axis (counted from the end, negative) of which a side was left out.
    axes
        The axes to transform.

    Raises
    ------
    DataError
        If the samples are no such block.

    Notes
    -----
    Source: Noll, Nishimura and Macovski, IEEE Trans. Med. Imaging 10 (1991) 154-163, with the linear weighting.
    """
    first, last = _symmetric_range(sampled)
    n, center = sampled.size, sampled.size // 2
    index = np.arange(n)
    # A ramp over the symmetric middle: every pair of mirrored samples counts two in all.
    reach = last - center + 1
    rising = np.clip((index - center) / reach + 1, 0.0, 2.0)
    weights = np.where(sampled, rising if sampled[-1] else np.clip((center - index) / reach + 1, 0.0, 2.0), 0.0)
    phase = _phase(kspace, _hann(n, first, last), axis, axes)
    image = fourier.ifft(kspace * _along(weights, axis, kspace), axes)
    found: ComplexArray = np.real(image * phase.conj()) * phase
    return found.astype(kspace.dtype)


def pocs(
    kspace: ComplexArray, sampled: BoolArray, axis: int, axes: tuple[int, ...], *, n_iterations: int = 10
) -> ComplexArray:
    """Return the image that has the measured samples and the phase of the symmetric middle, by projections in turn.

    Parameters are those of `homodyne`.

    Notes
    -----
    Source: Haacke, Lindskog and Lin, J. Magn. Reson. 92 (1991) 126-145.
    """
    first, last = _symmetric_range(sampled)
    phase = _phase(kspace, _hann(sampled.size, first, last), axis, axes)
    taken = _along(sampled, axis, kspace)
    found = kspace
    for _ in range(n_iterations):
        image = np.maximum(np.real(fourier.ifft(found, axes) * phase.conj()), 0) * phase
        found = np.where(taken, kspace, fourier.fft(image, axes)).astype(kspace.dtype)
    result: ComplexArray = fourier.ifft(found, axes)
    return result


def _symmetric_range(sampled: BoolArray) -> tuple[int, int]:
    """Return first and last index of the samples whose mirror was taken too; raises `DataError` for no such block."""
    taken = np.flatnonzero(sampled)
    n, center = sampled.size, sampled.size // 2
    is_block = taken.size > 0 and taken.size == taken[-1] - taken[0] + 1
    if not is_block or not (taken[0] == 0 or taken[-1] == n - 1) or not taken[0] < center < taken[-1]:
        raise DataError(
            "This is no partial Fourier scan.",
            field="sampled",
            found=f"{taken.size} of {n} samples" + (f", {taken[0]} to {taken[-1]}" if taken.size else ""),
            expected=f"one block about the centre, {center}, that reaches one end",
            remedy="Reconstruct the gaps first (GRAPPA or SENSE).",
        )
    reach = int(min(center - taken[0], taken[-1] - center))
    return center - reach, center + reach


def _phase(kspace: ComplexArray, window: FloatArray, axis: int, axes: tuple[int, ...]) -> ComplexArray:
    low = fourier.ifft(kspace * _along(window, axis, kspace), axes)
    size = np.abs(low)
    phase: ComplexArray = np.where(size > 0, low / np.maximum(size, np.finfo(size.dtype).tiny), 1.0)
    return phase


def _hann(n: int, first: int, last: int) -> FloatArray:
    index, center, reach = np.arange(n), (first + last) / 2, (last - first) / 2 + 1
    inside = np.abs(index - center) < reach
    window: FloatArray = np.where(inside, 0.5 + 0.5 * np.cos(np.pi * (index - center) / reach), 0.0)
    return window


def _along(values: FloatArray | BoolArray, axis: int, like: ComplexArray) -> FloatArray | BoolArray:
    shape = [1] * like.ndim
    shape[axis] = values.size
    shaped = values.reshape(shape)
    return shaped if shaped.dtype == bool else shaped.astype(like.real.dtype)
