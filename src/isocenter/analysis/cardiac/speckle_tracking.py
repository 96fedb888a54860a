"""Where the speckle of a wall goes: points followed from frame to frame by their surroundings.

Blocks are compared by normalised cross-correlation with sub-pixel peaks; neighbours along the wall steady each other;
over a whole heart beat, where a wall must end as it began, drift is taken back. Followed there and back again, a point
whose speckle was really found comes back to where it was: how far it misses says how far to believe it.

Source: Bohs and Trahey, IEEE Trans. Biomed. Eng. 38 (1991) 280 (block matching); Kalal, Mikolajczyk and Matas, ICPR
2010, 2756 (there and back); Voigt et al., Eur. Heart J. Cardiovasc. Imaging 16 (2015) 1 (drift).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.ndimage import gaussian_filter1d

from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import DataError, OptionError
from isocenter.core.progress import OnProgress, report


def track(
    frames: Array,
    points: FloatArray,
    *,
    block: int = 21,
    search: int = 6,
    steadiness: float = 1.5,
    is_whole_beat: bool = False,
    on_progress: OnProgress | None = None,
) -> FloatArray:
    """Return where points go, (frame, point, 2), columns and rows in pixels.

    Parameters
    ----------
    frames
        Pictures or envelopes (frame, row, column); decibels are best, because blocks are compared linearly.
    points
        (point, 2), columns and rows in the first frame, in order along the wall.
    block, search
        Odd side of a block, and how far it is looked for from frame to frame, in pixels.
    steadiness
        Width in points of the Gaussian over which neighbours steady each other; 0 leaves each alone.
    is_whole_beat
        Whether the last frame shows what the first did: then drift is spread back over time.

    Raises
    ------
    OptionError
        If block or search are impossible.
    DataError
        If frames or points have the wrong shape, or a point lies outside of the picture.
    """
    pictures, start = np.asarray(frames, dtype=np.float32), np.asarray(points, dtype=float)
    _require(pictures, start, block, search)
    padded = _padded(pictures, block, search)
    tracks = np.empty((len(pictures), *start.shape))
    tracks[0] = start
    for index in range(1, len(pictures)):
        report(on_progress, index, len(pictures) - 1, "tracking")
        steps, _ = _steps(padded[index - 1], padded[index], tracks[index - 1], block, search)
        if steadiness > 0 and len(start) > 2:
            steps = gaussian_filter1d(steps, steadiness, axis=0, mode="nearest")
        tracks[index] = tracks[index - 1] + steps
    return without_drift(tracks) if is_whole_beat else tracks


@dataclass(frozen=True, eq=False)
class Followed:
    """Where points went, and how far each step can be believed.

    `tracks` (frame, point, 2) are columns and rows in pixels; `misses` (frame - 1, point) how far from where it was a
    point came back from each step, in pixels; `fits` (frame - 1, point) how alike its surroundings stayed, 1 at best.
    """

    tracks: FloatArray
    misses: FloatArray
    fits: FloatArray


def track_both_ways(
    frames: Array,
    points: FloatArray,
    *,
    block: int = 21,
    search: int = 6,
    steadiness: float = 1.0,
    believed_px: float = 1.0,
    on_progress: OnProgress | None = None,
) -> Followed:
    """Return where points go, each step measured there and back again; parameters and errors as of `track`.

    A step is the mean of both ways. Neighbours along the wall steady each other, with weights by how alike the blocks
    are; a point that came back farther than `believed_px` from where it was hardly counts, and goes with them.
    """
    pictures, start = np.asarray(frames, dtype=np.float32), np.asarray(points, dtype=float)
    _require(pictures, start, block, search)
    padded = _padded(pictures, block, search)
    tracks = np.empty((len(pictures), *start.shape))
    misses, fits = np.empty((2, len(pictures) - 1, len(start)))
    tracks[0] = start
    for index in range(1, len(pictures)):
        report(on_progress, index, len(pictures) - 1, "tracking")
        there, fit = _steps(padded[index - 1], padded[index], tracks[index - 1], block, search)
        back, _ = _steps(padded[index], padded[index - 1], tracks[index - 1] + there, block, search)
        miss = np.linalg.norm(there + back, axis=1)
        weights = np.where(miss <= believed_px, np.maximum(fit, 0.0) ** 2, 0.0) + 1e-3
        steps = (there - back) / 2
        if steadiness > 0 and len(start) > 2:
            steps = _steadied(steps * weights[:, np.newaxis], steadiness) / _steadied(weights, steadiness)[:, None]
        tracks[index] = tracks[index - 1] + steps
        misses[index - 1], fits[index - 1] = miss, fit
    return Followed(tracks, misses, fits)


def without_drift(tracks: FloatArray) -> FloatArray:
    """Return tracks (frame, point, 2) that end where they began: what is missing is taken back evenly over time."""
    part = np.linspace(0, 1, len(tracks))[:, np.newaxis, np.newaxis]
    back: FloatArray = tracks - part * (tracks[-1] - tracks[0])
    return back


def _steadied(values: FloatArray, steadiness: float) -> FloatArray:
    steady: FloatArray = gaussian_filter1d(values, steadiness, axis=0, mode="nearest")
    return steady


def _padded(pictures: FloatArray, block: int, search: int) -> FloatArray:
    margin = block // 2 + search + 1
    padded: FloatArray = np.pad(pictures, ((0, 0), (margin, margin), (margin, margin)), mode="reflect")
    return padded


def _require(pictures: FloatArray, start: FloatArray, block: int, search: int) -> None:
    if block < 5 or block % 2 == 0 or search < 1:
        raise OptionError(
            "This block or search is impossible.",
            field="block, search",
            found=(block, search),
            expected="an odd block of at least 5, a search of at least 1",
        )
    if pictures.ndim != 3 or start.ndim != 2 or start.shape[1:] != (2,) or not np.isfinite(start).all():
        raise DataError(
            "Tracking needs pictures and points.",
            field="frames, points",
            found=(pictures.shape, start.shape),
            expected="(frame, row, column), (point, 2)",
        )
    rows, columns = pictures.shape[1:]
    outside = (start < 0).any(axis=1) | (start[:, 0] > columns - 1) | (start[:, 1] > rows - 1)
    if outside.any() or min(rows, columns) <= block + 2 * search:
        raise DataError(
            "A point lies outside of the picture, or the picture is smaller than what is searched.",
            field="points",
            found=f"{int(outside.sum())} points outside",
            expected=f"within {columns} x {rows} pixels",
        )


def _steps(
    before: FloatArray, after: FloatArray, points: FloatArray, block: int, search: int
) -> tuple[FloatArray, FloatArray]:
    """Return how far points have gone (point, 2) by the best fit of their surroundings, and that fit (point,).

    Pictures are padded. A block is cut around the nearest pixel: what is left of the point's place moves with it.
    """
    half, reach = block // 2, block // 2 + search
    last = np.array(before.shape[::-1]) - 1 - reach
    # A point led out of the picture stays at its edge.
    middles = np.clip(np.rint(points).astype(int) + reach + 1, reach, last)
    templates = _cut(before, middles, half)
    fits = _correlation(templates, _cut(after, middles, reach))
    best = fits.reshape(len(points), -1).argmax(axis=1)
    rows, columns = np.unravel_index(best, fits.shape[1:])
    steps = np.empty((len(points), 2))
    for index, (fit, row, column) in enumerate(zip(fits, rows, columns, strict=True)):
        down, across = _peak(fit, int(row), int(column))
        steps[index] = across - search, down - search
    top = fits.reshape(len(points), -1)[np.arange(len(points)), best]
    # Where nothing is seen at all, every place fits as well: nothing is known to have moved.
    steps[top <= 0] = 0.0
    return steps, top


def _cut(picture: FloatArray, middles: Array, half: int) -> FloatArray:
    """Return the squares around pixels, (point, row, column)."""
    along = np.arange(-half, half + 1)
    rows, columns = middles[:, 1, np.newaxis] + along, middles[:, 0, np.newaxis] + along
    squares: FloatArray = picture[rows[:, :, np.newaxis], columns[:, np.newaxis, :]].astype(float)
    return squares


def _correlation(templates: FloatArray, regions: FloatArray) -> FloatArray:
    """Return the normalised cross-correlation of blocks with every place in their regions, (point, row, column).

    Source: Lewis, Vision Interface (1995) 120: products by Fourier transforms, means and energies by running sums.
    """
    side, n_places = templates.shape[1], regions.shape[1] - templates.shape[1] + 1
    # The mean of a block does not matter, and products of small numbers keep their digits.
    centred = templates - templates.mean(axis=(1, 2), keepdims=True)
    level = regions - regions.mean(axis=(1, 2), keepdims=True)
    size = (next_fast_len(regions.shape[1], real=True),) * 2
    spectrum = rfft2(level, size) * np.conj(rfft2(centred, size))
    product = irfft2(spectrum, size)[:, :n_places, :n_places]
    energy = _sums(level**2, side) - _sums(level, side) ** 2 / side**2
    own = (centred**2).sum(axis=(1, 2))[:, np.newaxis, np.newaxis]
    # What spreads so little beside its brightness is the rounding of a surface of one shade.
    least = 1e-10 * side**2 * (regions**2).mean(axis=(1, 2), keepdims=True)
    is_seen = (energy > least) & (own > least)
    fits: FloatArray = np.where(is_seen, product / np.sqrt(np.where(is_seen, energy * own, 1.0)), 0.0)
    return fits


def _sums(values: FloatArray, side: int) -> FloatArray:
    """Return sums over every square of a side, (point, row, column)."""
    total = np.pad(values.cumsum(axis=1).cumsum(axis=2), ((0, 0), (1, 0), (1, 0)))
    sums: FloatArray = (
        total[:, side:, side:] - total[:, :-side, side:] - total[:, side:, :-side] + total[:, :-side, :-side]
    )
    return sums


def _peak(fits: FloatArray, row: int, column: int) -> tuple[float, float]:
    """Return the top of the parabolas through a peak and its neighbours; a peak at the edge stays there."""

    def top(low: float, middle: float, high: float) -> float:
        bend = low - 2 * middle + high
        return 0.0 if bend >= 0 else float(np.clip(0.5 * (low - high) / bend, -0.5, 0.5))

    down = across = 0.0
    if 0 < row < fits.shape[0] - 1:
        down = top(float(fits[row - 1, column]), float(fits[row, column]), float(fits[row + 1, column]))
    if 0 < column < fits.shape[1] - 1:
        across = top(float(fits[row, column - 1]), float(fits[row, column]), float(fits[row, column + 1]))
    return row + down, column + across
