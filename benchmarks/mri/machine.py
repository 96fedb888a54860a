"""What this machine can do, by loops of nothing else, and the least time that each case would take at those rates."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from time import perf_counter

import numba
import numpy as np
from benchmarks.mri import scenes

from isocenter.kernels.compile import threads
from isocenter.kernels.lane_fft import WIDTH, backward, forward, plan
from isocenter.kernels.lanes import LANES, aligned_zeros, load, spread, store
from isocenter.kernels.processors import available_threads

_N, _REPEATS, _COPIED = 256, 2000, 2**24


@dataclass(frozen=True)
class Machine:
    """Rates of all processors together, a second: FFT of columns in the first cache, multiply-add, copying."""

    fft_flops: float
    flops: float
    copied_bytes: float

    def __str__(self) -> str:
        return (
            f"fast transforms in the first cache {self.fft_flops / 1e9:.0f} GFLOP/s, multiply-add "
            f"{self.flops / 1e9:.0f} GFLOP/s, memory read and written {self.copied_bytes / 1e9:.0f} GB/s"
        )


def measured() -> Machine:
    """Return the rates of this machine, now."""
    n_threads = available_threads()
    columns = aligned_zeros((n_threads, WIDTH * _N))
    found = plan(_N, "float32")
    numbers = np.ones((n_threads, 2 * LANES), dtype=np.float32)
    source, target = (np.zeros(_COPIED, dtype=np.float32) for _ in range(2))
    transforms = 2 * LANES * fft_flops(_N) * _REPEATS * n_threads
    chains = 2 * LANES * 10 * _N * _REPEATS * n_threads
    return Machine(
        transforms / _seconds(lambda: _transform(columns, _REPEATS, found.n, found.radices, found.turns)),
        chains / _seconds(lambda: _multiply_add(numbers, _REPEATS * _N)),
        2 * source.nbytes / _seconds(lambda: _copy(source, target)),
    )


def fft_flops(n: int) -> float:
    """Return the additions and multiplications that a transform of a length counts as."""
    return 5 * n * log2(n)


def bound_s(kind: str, machine: Machine) -> float:
    """Return the least time of a case: its transforms and sums at the machine's rates, with nothing between."""
    fft, other = _WORK[kind]()
    return fft / machine.fft_flops + other / machine.flops


def _plane(n: int) -> float:
    return 2 * n * fft_flops(n)


def _gridding(n: int, n_images: int, n_samples: int, width: int) -> tuple[float, float]:
    """Return the work of one non-uniform transform: a plane of twice the size, and width x width numbers a sample."""
    return n_images * _plane(2 * n), n_images * n_samples * width**2 * 4.0


def _nufft() -> tuple[float, float]:
    fft, other = _gridding(scenes.N, scenes.N_COILS, scenes.N_SPOKES * scenes.N_SAMPLES, 4)
    return 2 * fft, 2 * other


def _padded(n: int, n_images: int) -> float:
    """Return the work of one convolution: rows and columns of twice the length, without those that are zero."""
    return n_images * 2 * (2 * n + 4 * n) * fft_flops(n)


def _sense() -> tuple[float, float]:
    fft, other = _gridding(scenes.N, scenes.N_COILS, scenes.N_SPOKES * scenes.N_SAMPLES, 5)
    once, spread_once = _gridding(2 * scenes.N, 1, scenes.N_SPOKES * scenes.N_SAMPLES, 10)
    coils = 10 * scenes.N_COILS * scenes.N**2 * 16.0
    return fft + 2 * once + 10 * _padded(scenes.N, scenes.N_COILS), other + 2 * spread_once + coils


def _stars() -> tuple[float, float]:
    n, n_images = scenes.STARS_N, scenes.STARS_COILS * scenes.STARS_PARTITIONS
    fft, other = _gridding(n, n_images, scenes.STARS_SPOKES * 2 * n, 5)
    return fft + 10 * _padded(n, n_images), other + 10 * n_images * n**2 * 16.0


def _wavelet() -> tuple[float, float]:
    lines = 50 * scenes.N_COILS * 2 * scenes.N * fft_flops(scenes.N)
    coils = 50 * scenes.N_COILS * scenes.N**2 * 16.0
    filters = 50 * 2 * 2 * scenes.N**2 * 4 / 3 * 8 * 4.0
    return lines, coils + filters


def _espirit() -> tuple[float, float]:
    n_pairs, n_lags, n_iterations = scenes.N_COILS * (scenes.N_COILS + 1) / 2, 11, 3
    return 0.0, scenes.N**2 * (n_pairs * n_lags * 8.0 + n_iterations * scenes.N_COILS**2 * 8.0)


_WORK = {
    "nufft": _nufft,
    "sense": _sense,
    "espirit": _espirit,
    "wavelet": _wavelet,
    "stars": _stars,
    "objective": _wavelet,
}


def _seconds(run) -> float:  # type: ignore[no-untyped-def]
    run()
    times = []
    for _ in range(9):
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return min(times)


@threads
def _transform(columns, n_repeats, n, radices, turns):  # type: ignore[no-untyped-def]
    for thread in numba.prange(columns.shape[0]):
        for _ in range(n_repeats):
            forward(columns[thread], 0, n, radices, turns)
            backward(columns[thread], 0, n, radices, turns)


@threads
def _multiply_add(numbers, n_repeats):  # type: ignore[no-untyped-def]
    for thread in numba.prange(numbers.shape[0]):
        x = load(numbers[thread], 0)
        y = spread(np.float32(0.5))
        a = b = c = d = e = f = g = h = i = j = x
        for _ in range(n_repeats):
            a, b, c, d, e = a * y + x, b * y + x, c * y + x, d * y + x, e * y + x
            f, g, h, i, j = f * y + x, g * y + x, h * y + x, i * y + x, j * y + x
        store(numbers[thread], LANES, a + b + c + d + e + f + g + h + i + j)


@threads
def _copy(source, target):  # type: ignore[no-untyped-def]
    for index in numba.prange(source.size):
        target[index] = source[index]
