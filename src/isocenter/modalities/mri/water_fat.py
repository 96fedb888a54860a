"""Water and fat from images at several echo times (Dixon), with field and T2* decay.

Source: Reeder et al., Magn. Reson. Med. 51 (2004) 35-45 (IDEAL); fat spectrum, Hamilton et al., NMR Biomed. 24 (2011)
784-790; variable projection, Hernando et al., Magn. Reson. Med. 59 (2008) 571-580.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import DataError, OptionError, ShapeError

GYROMAGNETIC_HZ_PER_T = 42.577478518e6  # CODATA 2018, proton
FAT_PPM = (-3.80, -3.40, -2.60, -1.94, -0.39, 0.60)  # from water
FAT_PARTS = (0.087, 0.693, 0.128, 0.004, 0.039, 0.048)


class WaterFat(NamedTuple):
    """Complex water and fat at echo time 0, the field in Hz and R2* in 1/s, each of the images' shape."""

    water: ComplexArray
    fat: ComplexArray
    field_hz: FloatArray
    r2star_per_s: FloatArray

    @property
    def fat_fraction(self) -> FloatArray:
        """Fat as part of water and fat (PDFF), by magnitude where it is the larger, so that noise adds no bias.

        Source: Liu et al., Magn. Reson. Med. 58 (2007) 354-364 (magnitude discrimination).
        """
        water, fat = np.abs(self.water), np.abs(self.fat)
        total = np.maximum(np.abs(self.water + self.fat), np.finfo(float).tiny)
        fraction: FloatArray = np.where(fat > water, fat / total, 1 - water / total)
        return fraction


def fat_signal(echo_times_s: FloatArray, field_t: float) -> ComplexArray:
    """Return the signal of unit fat at every echo time, water being 1 and without decay."""
    frequencies = np.array(FAT_PPM) * 1e-6 * GYROMAGNETIC_HZ_PER_T * field_t
    parts = np.array(FAT_PARTS) / sum(FAT_PARTS)
    turns = np.multiply.outer(np.asarray(echo_times_s, dtype=float), frequencies)
    signal: ComplexArray = np.exp(2j * np.pi * turns) @ parts
    return signal


def separate(
    images: ComplexArray,
    echo_times_s: FloatArray,
    field_t: float,
    *,
    field_range_hz: float | None = None,
    smoothness: float = 0.05,
    n_smoothings: int = 10,
    n_refinements: int = 10,
) -> WaterFat:
    """Return water, fat, field and R2* of images (echo, ...), by variable projection over the field, then Gauss-Newton.

    Every voxel has two fields that explain it nearly as well, water and fat exchanged: the one nearer to the smoothed
    field of its neighbours is taken.

    Parameters
    ----------
    field_range_hz
        Fields from minus to plus this are searched; None takes what the echo spacing tells apart.
    smoothness
        Weight of the distance to the neighbours' field against the data.

    Raises
    ------
    ShapeError, OptionError, DataError
        If there are fewer than three echoes, times do not fit, or images are no numbers.
    """
    times = np.asarray(echo_times_s, dtype=float)
    if images.shape[0] != times.size or times.ndim != 1:
        raise ShapeError(
            "Every image needs its time.", field="echo_times_s", found=times.shape, expected=images.shape[:1]
        )
    if times.size < 3 or np.any(np.diff(times) <= 0):
        raise OptionError(
            "Water, fat and field need three echoes or more, one after the other.",
            field="echo_times_s",
            found=times.tolist(),
            expected="at least three, rising",
        )
    if not np.isfinite(images).all():
        raise DataError("The images hold values that are not numbers.", field="images", found="NaN", expected="numbers")
    signal = images.reshape(times.size, -1).astype(complex)
    basis = np.stack([np.ones_like(times) + 0j, fat_signal(times, field_t)], axis=1)
    reach = field_range_hz or 0.5 / float(np.diff(times).min())
    field = _searched(signal, basis, times, reach, images.shape[1:], smoothness, n_smoothings)
    return _refined(signal, basis, times, field, images.shape[1:], n_refinements)


def _searched(
    signal: ComplexArray,
    basis: ComplexArray,
    times: FloatArray,
    reach_hz: float,
    shape: tuple[int, ...],
    smoothness: float,
    n_smoothings: int,
) -> FloatArray:
    """Return the field (voxel) from a search over its range, made smooth."""
    step = min(4.0, reach_hz / 20)
    grid = np.arange(-reach_hz, reach_hz + step / 2, step)
    rest = np.eye(times.size) - basis @ np.linalg.pinv(basis)
    cost = np.empty((grid.size, signal.shape[1]))
    for index, hz in enumerate(grid):
        cost[index] = np.sum(np.abs(rest @ (signal * np.exp(-2j * np.pi * hz * times)[:, None])) ** 2, axis=0)
    energy = np.sum(np.abs(signal) ** 2, axis=0)
    weight = energy / max(float(energy.max()), np.finfo(float).tiny)
    field: FloatArray = grid[np.argmin(cost, axis=0)]
    scale = energy.mean() / reach_hz**2
    for round_ in range(n_smoothings):
        # Phasors, not fields, are averaged: near the ends of the range the field jumps by the whole range.
        width = max(1.0, 8.0 * 0.7**round_)
        phasor = weight * np.exp(1j * np.pi * field / reach_hz)
        blurred = [gaussian_filter(part.reshape(shape), width) for part in (phasor.real, phasor.imag)]
        smooth = np.angle(blurred[0] + 1j * blurred[1]).ravel() * reach_hz / np.pi
        distance = (grid[:, None] - smooth + reach_hz) % (2 * reach_hz) - reach_hz
        chosen = np.argmin(cost + smoothness * scale * distance**2 * 10, axis=0)
        field = grid[chosen]
    return field


def _refined(
    signal: ComplexArray,
    basis: ComplexArray,
    times: FloatArray,
    field: FloatArray,
    shape: tuple[int, ...],
    n_refinements: int,
) -> WaterFat:
    """Return the least-squares solution near a field, by Gauss-Newton over water, fat, field and decay."""
    r2star = np.zeros_like(field)
    amplitudes = np.zeros((2, field.size), dtype=complex)
    for _ in range(n_refinements + 1):
        decay = np.exp((2j * np.pi * field - r2star) * times[:, None])
        amplitudes = np.stack(_solved(basis, decay, signal))
        model = decay * (basis @ amplitudes)
        columns = np.stack([*(decay * b[:, None] for b in basis.T), times[:, None] * model])
        # Real and imaginary parts of the rate are the decay and the field: one complex unknown.
        gram = np.einsum("ktv,ltv->vkl", columns.conj(), columns)
        right = np.einsum("ktv,tv->vk", columns.conj(), signal - model)
        trace = np.einsum("vkk->v", gram).real
        gram = gram + (1e-12 * trace + np.finfo(float).tiny)[:, None, None] * np.eye(3)
        change = np.linalg.solve(gram, right[..., None])[:, 2, 0]
        limit = 0.1 / times[-1]
        change = change * np.minimum(1.0, 2 * np.pi * limit / np.maximum(np.abs(change), 1e-30))
        field = field + change.imag / (2 * np.pi)
        r2star = np.clip(r2star - change.real, 0.0, 2000.0)
    decay = np.exp((2j * np.pi * field - r2star) * times[:, None])
    water, fat = _solved(basis, decay, signal)
    return WaterFat(water.reshape(shape), fat.reshape(shape), field.reshape(shape), r2star.reshape(shape))


def _solved(basis: ComplexArray, decay: ComplexArray, signal: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
    """Return water and fat that fit best at a given field and decay."""
    power = np.abs(decay) ** 2
    a = power.sum(axis=0)
    b = (basis[:, 1][:, None] * power).sum(axis=0)
    d = (np.abs(basis[:, 1])[:, None] ** 2 * power).sum(axis=0)
    p = (decay.conj() * signal).sum(axis=0)
    q = ((basis[:, 1][:, None] * decay).conj() * signal).sum(axis=0)
    determinant = np.maximum(a * d - np.abs(b) ** 2, np.finfo(float).tiny)
    return (d * p - b * q) / determinant, (a * q - b.conj() * p) / determinant
