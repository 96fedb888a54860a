"""Joseph's line integrals of even rays and their exact adjoint, eight rays or eight samples at a time.

The rays of a run (see `isocenter.kernels.rays.joseph.Walks`) are even where they are parallel and equally far apart:
ray b meets line r of the image at p = start + spacing b + slope r. Of eight rays side by side, each sample of a line is
seen by the tent max(0, 1 - |p - sample|); eight samples side by side are seen by the rays under the same tents. So both
directions gather, from a few contiguous loads, with the same weights: forward the samples of a ray, and for the adjoint
the rays of a sample. p is kept in parts of 2^-32; only its distance from the samples is rounded to single precision.

Arrays in float32: image (line, minor), framed by `FRAME` zeros on both sides along the minor axis; data (run, ray),
framed likewise; even (run, 3): start, spacing above 0, slope; where (run, 5): view, axis, first and one past the last
bin, and whether rays run against the bins.
"""

from __future__ import annotations

from math import floor

import numpy as np
from numba import prange

from isocenter.core.arrays import FloatArray
from isocenter.kernels.compile import scalar, threads
from isocenter.kernels.lanes import LANES, counting, fixed, fraction, load, spread, store, tent

# Room for what eight lanes load beyond the ends of a line; it is zero there, so that no weight counts.
FRAME = 24
MAX_TAPS = 9
# Lines that are walked by many runs one after the other: they stay in the cache.
_STRIP = 64
_RUNS = 8
_ROWS = 8


def taps(spacing: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return how many samples eight rays of a spacing above 0 need, and how many rays eight samples."""
    forward = np.ceil((LANES - 1) * np.abs(spacing - 1) - 1e-9) + 2
    adjoint = np.ceil(2 / spacing + (LANES - 1) * np.abs(1 - 1 / spacing) - 1e-9)
    return forward, adjoint


@scalar
def _walk(sums, at, image, first, last, start, spacing, slope, n_taps):  # type: ignore[no-untyped-def]  # numba infers
    """Add lines first ... last - 1 to eight rays; `start` is where the first of them meets line 0, past the frame."""
    kind = sums.dtype.type
    room = image.shape[1]
    # The smallest distance of the eight from the samples of their lanes is what is cut to an integer.
    lead = min(0.0, (spacing - 1.0) * (LANES - 1))
    drift = spread(kind(spacing - 1.0)) * counting(sums[0]) - spread(kind(lead))
    highest = np.int64(room - FRAME)
    total = load(sums, at)
    position, step = fixed(start + lead + slope * np.float64(first)), fixed(slope)
    for line in range(first, last):
        # Held within the frame: what lies beyond is zero, whatever its weight.
        under = min(max(position >> 32, 0), highest)
        place = spread(fraction(position)) + drift
        seen = image[np.uint64(line)]
        here = tent(place, kind(0)) * load(seen, under)
        for tap in range(1, n_taps):
            here = here + tent(place, kind(tap)) * load(seen, under + tap)
        total = total + here
        position += step
    store(sums, at, total)


@threads
def forward_even(data, image, even, n_rays, n_taps):  # type: ignore[no-untyped-def]  # numba infers
    """Add to data (run, ray) the sums of samples along the rays of every run."""
    n_runs, n_lines = data.shape[0], image.shape[0]
    highest = np.float64(image.shape[1] - FRAME)
    for job in prange((n_runs + _RUNS - 1) // _RUNS):
        for first in range(0, n_lines, _STRIP):
            last = min(n_lines, first + _STRIP)
            for run in range(job * _RUNS, min(n_runs, (job + 1) * _RUNS)):
                spacing, slope = even[run, 1], even[run, 2]
                sums = data[run]
                for ray in range(0, n_rays[run], LANES):
                    start = even[run, 0] + spacing * ray + FRAME
                    near, far = start + slope * first, start + slope * (last - 1)
                    if max(near, far) + spacing * (LANES - 1) < FRAME - 1 or min(near, far) > highest:
                        continue
                    at = FRAME + ray
                    if n_taps[run] <= 3:
                        _walk(sums, at, image, first, last, start, spacing, slope, 3)
                    elif n_taps[run] == 4:
                        _walk(sums, at, image, first, last, start, spacing, slope, 4)
                    elif n_taps[run] == 5:
                        _walk(sums, at, image, first, last, start, spacing, slope, 5)
                    else:
                        _walk(sums, at, image, first, last, start, spacing, slope, n_taps[run])


@scalar
def _gather(line, rays, first, last, start, spacing, n_taps):  # type: ignore[no-untyped-def]  # numba infers
    """Add to samples first ... last - 1 of a line what its rays hold; `start` is where ray 0 meets it."""
    kind = line.dtype.type
    inverse = 1.0 / spacing
    # The lane whose lowest ray is furthest back among the lanes.
    reference = LANES - 1 if spacing >= 1.0 else 0
    step = kind(spacing)
    # Where a ray meets the line, less its sample: how far the ray lies above the last one below, times the spacing.
    drift = spread(kind(spacing - 1.0)) * counting(line[0]) + spread(kind((reference - 1) * (1.0 - spacing)))
    before = fixed((np.float64(first + reference - 1) - start) * inverse + (FRAME + 1 - reference))
    advance = fixed(inverse * LANES)
    for sample in range(first, last, LANES):
        under = before >> 32
        away = drift - spread(fraction(before) * step)
        here = tent(away, kind(0)) * load(rays, under)
        for tap in range(1, n_taps):
            here = here + tent(away, -step * kind(tap)) * load(rays, under + tap)
        store(line, sample + FRAME, load(line, sample + FRAME) + here)
        before += advance


@threads
def adjoint_even(image, data, even, n_rays, n_taps):  # type: ignore[no-untyped-def]  # numba infers
    """Add to an image, for every sample, the data (run, ray) of all rays that see it."""
    n_runs, n_lines = data.shape[0], image.shape[0]
    n_samples = image.shape[1] - 2 * FRAME
    for job in prange((n_lines + _ROWS - 1) // _ROWS):
        for run in range(n_runs):
            spacing, slope = even[run, 1], even[run, 2]
            rays = data[run]
            for number in range(job * _ROWS, min(n_lines, (job + 1) * _ROWS)):
                line = image[number]
                start = even[run, 0] + slope * number
                # From the sample before the first ray to the one after the last.
                first = max(0, floor(start) // LANES * LANES)
                last = min(n_samples, floor(start + spacing * (n_rays[run] - 1)) + 2)
                if n_taps[run] <= 3:
                    _gather(line, rays, first, last, start, spacing, 3)
                elif n_taps[run] == 4:
                    _gather(line, rays, first, last, start, spacing, 4)
                elif n_taps[run] == 5:
                    _gather(line, rays, first, last, start, spacing, 5)
                else:
                    _gather(line, rays, first, last, start, spacing, n_taps[run])


@scalar
def unpack(out, data, where, step_mm):  # type: ignore[no-untyped-def]  # numba infers
    """Put sums (run, ray) into the data (view, bin), times the length of a ray's step."""
    for run in range(where.shape[0]):
        view, first, last = where[run, 0], where[run, 2], where[run, 3]
        for index in range(last - first):
            ray = last - first - 1 - index if where[run, 4] else index
            out[view, first + index] = data[run, FRAME + ray] * step_mm[view, first + index]


@scalar
def pack(data, values, where, step_mm):  # type: ignore[no-untyped-def]  # numba infers
    """Fill framed data (run, ray) with values (view, bin) times the length of a ray's step."""
    for run in range(where.shape[0]):
        view, first, last = where[run, 0], where[run, 2], where[run, 3]
        for index in range(last - first):
            ray = last - first - 1 - index if where[run, 4] else index
            data[run, FRAME + ray] = values[view, first + index] * step_mm[view, first + index]


@threads
def frame(out, image, is_turned):  # type: ignore[no-untyped-def]  # numba infers
    """Put an image (row, column) into a framed one of lines: rows, or, turned, columns."""
    n_lines = image.shape[1] if is_turned else image.shape[0]
    n_samples = image.shape[0] if is_turned else image.shape[1]
    for job in prange((n_lines + _ROWS - 1) // _ROWS):
        first, last = job * _ROWS, min(n_lines, (job + 1) * _ROWS)
        if is_turned:
            for sample in range(n_samples):
                for line in range(first, last):
                    out[line, FRAME + sample] = image[sample, line]
        else:
            for line in range(first, last):
                out[line, FRAME : FRAME + n_samples] = image[line]


def room(n_samples: int) -> int:
    """Return the length of a framed line: an odd number of cache lines, so that one below the other use all of them."""
    return ((n_samples + 2 * FRAME + 31) // 32) * 32 + 16
