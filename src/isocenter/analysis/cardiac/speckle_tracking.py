"""Where the speckle of a wall goes: points followed from frame to frame by their surroundings.

Blocks are compared by normalised cross-correlation with sub-pixel peaks; neighbours along the wall steady each other;
over a whole heart beat, where a wall must end as it began, drift is taken back.

Source: Bohs and Trahey, IEEE Trans. Biomed. Eng. 38 (1991) 280 (block matching); Voigt et al., Eur. Heart J.
Cardiovasc. Imaging 16 (2015) 1 (drift).
"""

from __future__ import annotations

import numpy as np
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
    margin = block // 2 + search + 1
    padded = np.pad(pictures, ((0, 0), (margin, margin), (margin, margin)), mode="reflect")
    tracks = np.empty((len(pictures), *start.shape))
    tracks[0] = start
    for index in range(1, len(pictures)):
        report(on_progress, index, len(pictures) - 1, "tracking")
        steps = np.array(
            [_step(padded[index - 1], padded[index], point + margin, block, search) for point in tracks[index - 1]]
        )
        if steadiness > 0 and len(start) > 2:
            steps = gaussian_filter1d(steps, steadiness, axis=0, mode="nearest")
        tracks[index] = tracks[index - 1] + steps
    if is_whole_beat and len(pictures) > 1:
        part = np.linspace(0, 1, len(pictures))[:, np.newaxis, np.newaxis]
        tracks -= part * (tracks[-1] - tracks[0])
    return tracks


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


def _step(before: FloatArray, after: FloatArray, point: FloatArray, block: int, search: int) -> FloatArray:
    """Return how far a point has gone, (column, row), by the best fit of its surroundings.

    The block is cut around the nearest pixel: what is left of the point's place moves with it.
    """
    half = block // 2
    # A point led out of the picture stays at its edge.
    column, row = (
        int(np.clip(round(float(at)), half + search, size - 1 - half - search))
        for at, size in zip(point, before.shape[::-1], strict=True)
    )
    template = before[row - half : row + half + 1, column - half : column + half + 1]
    reach = half + search
    region = after[row - reach : row + reach + 1, column - reach : column + reach + 1]
    fits = _correlation(template, region)
    best = np.unravel_index(int(fits.argmax()), fits.shape)
    refined = _peak(fits, int(best[0]), int(best[1]))
    return np.array([refined[1] - search, refined[0] - search])


def _correlation(template: FloatArray, region: FloatArray) -> FloatArray:
    """Return the normalised cross-correlation of a block with every place in a region."""
    windows = np.lib.stride_tricks.sliding_window_view(region, template.shape)
    centred = template - template.mean()
    means = windows.mean(axis=(2, 3))
    product = np.einsum("ijkl,kl->ij", windows, centred)
    energy = np.einsum("ijkl,ijkl->ij", windows, windows) - means**2 * template.size
    norm = np.sqrt(np.maximum(energy, 1e-12) * max(float((centred**2).sum()), 1e-12))
    fits: FloatArray = product / norm
    return fits


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
