"""Delay and sum: what every pixel has sent back, summed over channels and transmits at the times of flight.

Samples are complex, (transmit, channel, sample), with PAD zeros on both sides of each trace: a time outside of it meets
a zero. They may have been demodulated by `cycles_per_sample`; then what is read at time t is turned back by
exp(2 pi i t cycles_per_sample), so that echoes add in phase.

The scalar body sums one pixel and is what a GPU runs. On CPU threads the receiving side (times and turned weights) is
found once for all transmits, and kept between frames where there is memory for it; then eight channels are summed at a
time. A test compares both.

Source: Perrot et al., Ultrasonics 111 (2021) 106309 (delay and sum of demodulated signals).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numba import prange

from isocenter.core.arrays import FloatArray, IndexArray
from isocenter.kernels.compile import launch, on_gpu, scalar, threads
from isocenter.kernels.delays.eight_channels import AT_ONCE, LANES, SUMS, add_channels
from isocenter.kernels.delays.geometry import (
    PLANE,
    SPHERICAL,
    is_reached,
    receive_weight,
    time_of_transmit,
    turn,
    way_to_element,
)

PAD = 2
TILE = 128
# Traces as long as a power of two would lie on each other in the nearest cache: their ends are moved apart.
_APART, _ROUND = 98, 512
KEPT_BYTES = 1 << 29
_CHUNK_BYTES = 1 << 25


@scalar
def _pixel_element(  # type: ignore[no-untyped-def]  # numba infers
    index, image, samples, pixels, elements, transmits, samples_per_mm, cycles_per_sample, f_number, window
):
    """Sum one pixel over transmits and channels; `image` (pixel, 3) is real, imaginary and number of transmits."""
    x, y, z = pixels[index, 0], pixels[index, 1], pixels[index, 2]
    n_transmits, n_channels, n_floats = samples.shape
    last = n_floats // 2 - 2
    total_re, total_im, n_reached = np.float32(0), np.float32(0), np.float32(0)
    for t in range(n_transmits):
        reached = is_reached(transmits, t, x, y, z)
        if reached > 0:
            n_reached += np.float32(1)
            sent = time_of_transmit(transmits, t, x, y, z, samples_per_mm)
            for e in range(n_channels):
                distance, along = way_to_element(elements, e, x, y, z)
                weight = receive_weight(np.float32(distance), np.float32(along), np.float32(2 * f_number), window)
                if weight > 0:
                    time = sent + samples_per_mm * distance
                    place = min(max(time + PAD, 0.0), np.float64(last))
                    below = np.int64(place)
                    fraction = np.float32(place - below)
                    j = 2 * below
                    re = samples[t, e, j] + fraction * (samples[t, e, j + 2] - samples[t, e, j])
                    im = samples[t, e, j + 1] + fraction * (samples[t, e, j + 3] - samples[t, e, j + 1])
                    c, s = turn(np.float32(time * cycles_per_sample))
                    total_re += weight * (c * re - s * im)
                    total_im += weight * (c * im + s * re)
    image[index, 0], image[index, 1], image[index, 2] = total_re, total_im, n_reached


@scalar
def _add_axis(squares, alongs, at, centres, normals):  # type: ignore[no-untyped-def]  # numba infers
    """Add one axis to squared distances from the elements and to the ways along their normals."""
    for e in range(squares.size):
        d = at - centres[e]
        squares[e] += d * d
        alongs[e] += d * normals[e]


@scalar
def _add_lines(squares, alongs, elements, x, y, z):  # type: ignore[no-untyped-def]  # numba infers
    """Do the same for elements that are lines."""
    for e in range(squares.size):
        distance, along = way_to_element(elements, e, x, y, z)
        squares[e] = np.float32(distance * distance)
        alongs[e] = np.float32(along)


@scalar
def _weigh(squares, alongs, times, weights, samples_per_mm, twice_f_number, window):  # type: ignore[no-untyped-def]
    """Fill times in samples and weights."""
    for e in range(squares.size):
        distance = np.float32(math.sqrt(squares[e]))
        times[e] = samples_per_mm * distance
        weights[e] = receive_weight(distance, alongs[e], twice_f_number, window)


@scalar
def _turn_weights(times, real, imag, cycles_per_sample):  # type: ignore[no-untyped-def]  # numba infers
    for e in range(times.size):
        c, s = turn(times[e] * cycles_per_sample)
        weight = real[e]
        real[e] = weight * c
        imag[e] = weight * s


@threads
def _receive(  # type: ignore[no-untyped-def]  # numba infers
    table, taken, pixels, elements, has_lines, samples_per_mm, cycles_per_sample, f_number, window
):
    """Fill a table with times in samples and turned weights, real and imaginary, of eight channels each.

    It is (tile, eight channels, pixel, 3, channel): what is read after each other lies after each other. `taken`
    (pixel, 2) becomes the first channel that has a weight and the one past the last, by eights; what no pixel takes is
    left as it was. In small loops over few arrays, which compilers make into vectors.
    """
    n_pixels, n_channels = pixels.shape[0], elements.shape[1]
    for tile in prange(table.shape[0]):
        squares, alongs = np.empty(n_channels, dtype=np.float32), np.empty(n_channels, dtype=np.float32)
        times, real = np.empty(n_channels, dtype=np.float32), np.empty(n_channels, dtype=np.float32)
        imag = np.empty(n_channels, dtype=np.float32)
        for p in range(tile * TILE, min(n_pixels, (tile + 1) * TILE)):
            if has_lines:
                _add_lines(squares, alongs, elements, pixels[p, 0], pixels[p, 1], pixels[p, 2])
            else:
                squares[:] = 0
                alongs[:] = 0
                for axis in range(3):
                    _add_axis(squares, alongs, np.float32(pixels[p, axis]), elements[axis], elements[3 + axis])
            _weigh(squares, alongs, times, real, np.float32(samples_per_mm), np.float32(2 * f_number), window)
            first, past = n_channels, 0
            for e in range(n_channels):
                if real[e] > 0:
                    first, past = min(first, e), e + 1
            taken[p, 0], taken[p, 1] = first // LANES * LANES, (past + LANES - 1) // LANES * LANES
            part = slice(taken[p, 0], taken[p, 1])
            _turn_weights(times[part], real[part], imag[part], np.float32(cycles_per_sample))
            for e in range(taken[p, 0], taken[p, 1], LANES):
                place = table[tile, e // LANES, p - tile * TILE]
                for k in range(LANES):
                    place[0, k], place[1, k], place[2, k] = times[e + k], real[e + k], imag[e + k]


@scalar
def _send(shifts, pixels, transmits, t, samples_per_mm):  # type: ignore[no-untyped-def]  # numba infers
    """Fill times in samples of one transmit for the pixels (3, pixel) of a tile; without branches, for vectors."""
    is_plane, runs_in = transmits[t, 6] == PLANE, transmits[t, 6] == SPHERICAL
    px, py, pz, offset = transmits[t, 0], transmits[t, 1], transmits[t, 2], transmits[t, 7] + PAD
    ax, ay, az = transmits[t, 3], transmits[t, 4], transmits[t, 5]
    if is_plane:
        for k in range(shifts.size):
            dx, dy, dz = pixels[0, k] - px, pixels[1, k] - py, pixels[2, k] - pz
            shifts[k] = np.float32(offset + samples_per_mm * (dx * ax + dy * ay + dz * az))
        return
    for k in range(shifts.size):
        dx, dy, dz = pixels[0, k] - px, pixels[1, k] - py, pixels[2, k] - pz
        way = math.sqrt(dx * dx + dy * dy + dz * dz)
        sign = -1.0 if runs_in and dx * ax + dy * ay + dz * az < 0 else 1.0
        shifts[k] = np.float32(offset + samples_per_mm * sign * way)


@scalar
def _turn_back(shifts, real, imag, cycles_per_sample):  # type: ignore[no-untyped-def]  # numba infers
    """Fill what turns samples back by the time that the transmit took."""
    for k in range(shifts.size):
        real[k], imag[k] = turn((shifts[k] - np.float32(PAD)) * cycles_per_sample)


@scalar
def _leave_out(real, imag, reached, pixels, transmits, t):  # type: ignore[no-untyped-def]  # numba infers
    """Turn by 0 what a transmit does not reach, count what it does, and return whether it reaches any pixel."""
    n = np.float32(0)
    for k in range(real.size):
        inside = is_reached(transmits, t, pixels[0, k], pixels[1, k], pixels[2, k])
        real[k] *= inside
        imag[k] *= inside
        reached[k] += inside
        n += inside
    return n > 0


@threads
def _sum(image, samples, table, taken, pixels, transmits, samples_per_mm, cycles_per_sample):  # type: ignore[no-untyped-def]
    """Sum all transmits into image (pixel, 3)."""
    n_transmits, n_channels, n_floats = samples.shape
    flat = samples.reshape(samples.size)
    last = np.float32(n_floats // 2 - 2)
    flat_table, n_pixels, n_groups = table.reshape(table.size), pixels.shape[0], n_channels // LANES
    for tile in prange(table.shape[0]):
        begin = tile * TILE
        n = min(n_pixels - begin, TILE)
        places = np.empty((3, n), dtype=np.float64)
        for k in range(n):
            for axis in range(3):
                places[axis, k] = pixels[begin + k, axis]
        sums, reached = np.zeros(n * SUMS, dtype=np.float32), np.zeros(n, dtype=np.float32)
        shifts, re = np.empty(AT_ONCE * n, dtype=np.float32), np.empty(AT_ONCE * n, dtype=np.float32)
        im, starts = np.empty(AT_ONCE * n, dtype=np.float32), np.empty(AT_ONCE, dtype=np.int64)
        n_sent = 0
        for t in range(n_transmits):
            part = slice(n_sent * n, (n_sent + 1) * n)
            _send(shifts[part], places, transmits, t, samples_per_mm)
            _turn_back(shifts[part], re[part], im[part], np.float32(cycles_per_sample))
            if _leave_out(re[part], im[part], reached, places, transmits, t):
                starts[n_sent] = t * n_channels * n_floats
                n_sent += 1
            if n_sent < AT_ONCE and t < n_transmits - 1:
                continue
            # What eight channels heard of some transmits from a tile stays in the nearest cache over all its pixels.
            for group in range(n_groups):
                place, trace = (tile * n_groups + group) * TILE * 3 * LANES, group * LANES * n_floats
                for k in range(n):
                    if taken[begin + k, 0] <= group * LANES < taken[begin + k, 1]:
                        add_channels(
                            sums, k * SUMS, flat, trace, n_floats, starts, shifts, re, im, k, n, n_sent,
                            flat_table, place + k * 3 * LANES, last,
                        )  # fmt: skip
            n_sent = 0
        for k in range(n):
            for j in range(k * SUMS, k * SUMS + LANES, 2):
                image[begin + k, 0] += sums[j] - sums[j + LANES + 1]
                image[begin + k, 1] += sums[j + 1] + sums[j + LANES]
            image[begin + k, 2] += reached[k]


@dataclass(frozen=True)
class Timing:
    """What turns lengths into samples: samples in a mm of way, and cycles of the demodulation in a sample."""

    samples_per_mm: float
    cycles_per_sample: float


@dataclass(frozen=True)
class Aperture:
    """Which elements listen to a pixel: those within depth / `f_number` around it, by a window; 0 takes all."""

    f_number: float
    window: int


class DelayAndSum:
    """The sum for fixed pixels, elements and transmits; what does not change between frames is found once.

    Parameters
    ----------
    pixels_mm
        (pixel, 3). Those that follow each other should lie close together: see `tiled`.
    elements
        (element, 9), see `isocenter.kernels.delays.geometry`.
    transmits
        (transmit, 10), see there.
    """

    def __init__(
        self, pixels_mm: FloatArray, elements: FloatArray, transmits: FloatArray, timing: Timing, aperture: Aperture
    ) -> None:
        self._pixels = np.ascontiguousarray(pixels_mm, dtype=np.float64)
        self._elements = _by_eights(elements)
        self._transmits = np.ascontiguousarray(transmits, dtype=np.float64)
        self._timing, self._aperture = timing, aperture
        self._kept: list[tuple[FloatArray, IndexArray]] = []
        self._n_calls = 0

    def __call__(self, samples: Any) -> tuple[Any, Any]:
        """Return the sum of every pixel, complex64 (pixel,), and how many transmits reached it, float32 (pixel,).

        `samples` come from `padded`.
        """
        xp = array_namespace(samples)
        image = xp.zeros((self._pixels.shape[0], 3), dtype=xp.float32)
        timing, aperture = self._timing, self._aperture
        if on_gpu(samples):
            numbers = (timing.samples_per_mm, timing.cycles_per_sample, aperture.f_number, aperture.window)
            there = [xp.asarray(each) for each in (self._pixels, self._elements, self._transmits)]
            launch(_pixel_element, image.shape[0], image, samples, *there, *numbers)
        else:
            for part, (table, taken) in zip(self._chunks(), self._tables(), strict=True):
                _sum(
                    image[part],
                    samples,
                    table,
                    taken,
                    self._pixels[part],
                    self._transmits,
                    timing.samples_per_mm,
                    timing.cycles_per_sample,
                )
        return image[:, 0] + np.complex64(1j) * image[:, 1], image[:, 2]

    def _chunks(self) -> list[slice]:
        n_channels = self._elements.shape[1]
        length = max(1, _CHUNK_BYTES // (12 * n_channels * TILE)) * TILE
        return [slice(start, start + length) for start in range(0, self._pixels.shape[0], length)]

    def _tables(self) -> Iterator[tuple[FloatArray, IndexArray]]:
        """Yield the receiving side of every chunk; from the second frame on all are kept, if they are small together.

        The first frame may be the only one: it uses one piece of memory again and again.
        """
        if self._kept:
            yield from self._kept
            return
        n_groups = self._elements.shape[1] // LANES
        keeps = self._n_calls > 0 and 12 * LANES * n_groups * self._pixels.shape[0] <= KEPT_BYTES
        self._n_calls += 1
        table, made = np.empty((0, n_groups, TILE, 3, LANES), dtype=np.float32), []
        for part in self._chunks():
            pixels = self._pixels[part]
            n_tiles = -(-len(pixels) // TILE)
            if keeps or len(table) != n_tiles:
                table = np.empty((n_tiles, n_groups, TILE, 3, LANES), dtype=np.float32)
            each = table, self._fill(table, pixels)
            if keeps:
                made.append(each)
            yield each
        self._kept = made

    def _fill(self, table: FloatArray, pixels: FloatArray) -> IndexArray:
        """Fill a table for some pixels and return which channels they take."""
        taken = np.empty((len(pixels), 2), dtype=np.int64)
        _receive(
            table,
            taken,
            pixels,
            self._elements,
            bool(np.any(self._elements[6:9])),
            self._timing.samples_per_mm,
            self._timing.cycles_per_sample,
            self._aperture.f_number,
            self._aperture.window,
        )
        return taken


def padded(samples: Any) -> Any:
    """Return complex samples (transmit, channel, sample) as float32 (transmit, channel by eights, 2 sample + zeros)."""
    xp = array_namespace(samples)
    n_transmits, n_channels, n_samples = samples.shape
    out = xp.zeros((n_transmits, -(-n_channels // LANES) * LANES, _length(2 * (n_samples + 2 * PAD))), dtype=xp.float32)
    inner = out[:, :n_channels, 2 * PAD : 2 * (PAD + n_samples)]
    inner[..., 0::2], inner[..., 1::2] = samples.real, samples.imag
    return out


def _length(n_floats: int) -> int:
    return n_floats + (_APART - n_floats) % _ROUND


def _by_eights(elements: FloatArray) -> FloatArray:
    """Return elements (element, 9) as (9, element by eights): those that are none look nowhere."""
    out = np.zeros((elements.shape[1], -(-len(elements) // LANES) * LANES), dtype=np.float32)
    out[:, : len(elements)] = elements.T
    return out


def tiled(shape: tuple[int, ...], tile: tuple[int, ...]) -> IndexArray:
    """Return the flat indices of an image of any number of axes in the order of its tiles."""
    places = np.indices(shape).reshape(len(shape), -1)
    blocks = [each // size for each, size in zip(places, tile, strict=True)]
    order: IndexArray = np.lexsort((*places[::-1], *blocks[::-1]))
    return order
