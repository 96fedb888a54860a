"""GRAPPA: missing lines of k-space as sums of their neighbours in all coils, with weights learned from calibration.

Source: Griswold et al., Magn. Reson. Med. 47 (2002) 1202-1210.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from isocenter.core.arrays import BoolArray, ComplexArray
from isocenter.core.errors import DataError


def fill(
    data: ComplexArray,
    sampled: BoolArray,
    *,
    n_lines: int = 4,
    n_samples: int = 5,
    damping: float = 1e-6,
    calibration: ComplexArray | None = None,
) -> ComplexArray:
    """Return k-space (coil, z, y, x) with the missing lines along y filled; lines that were taken stay.

    Parameters
    ----------
    data
        k-space of slices, zero where nothing was taken.
    sampled
        Which lines along y were taken, shape (y,): every R-th, and a block about the centre.
    n_lines, n_samples
        Size of the kernel: lines that were taken, about the missing one, and samples along x.
    damping
        Tikhonov weight of the fit, as part of the largest eigenvalue of the normal equations.
    calibration
        Lines about the centre (coil, z, y, x) that were taken apart; None takes those among the data.

    Raises
    ------
    DataError
        If the lines are not regular, or too few calibration lines were taken for the kernel.
    """
    step, first = regular_step(sampled)
    if step == 1:
        return data
    learned = data if calibration is None else calibration
    block = _calibration_block(sampled) if calibration is None else np.arange(calibration.shape[2])
    filled = data.copy()
    last = int(np.flatnonzero(sampled)[-1])
    height = (n_lines - 1) * step + 1
    if block.size < height + 1:
        raise DataError(
            "Too few calibration lines for this kernel.",
            field="sampled",
            found=f"{block.size} lines about the centre",
            expected=f"at least {height + 1} for {n_lines} lines at every {step}th",
            remedy="Take fewer lines in the kernel (n_lines=2), or scan with more calibration lines.",
        )
    n_y = sampled.size
    for missing in range(1, step):
        # Rows of sources relative to the missing line: half of them before it.
        rows = step * (np.arange(n_lines) - (n_lines // 2 - 1)) - missing
        # A line beyond the first and last taken ones is filled only where the raster ends with k-space.
        targets = np.arange(first - step, n_y, step) + missing
        targets = targets[(targets >= (0 if first < step else first)) & (targets < n_y)]
        targets = targets[targets <= (last if last < n_y - step else n_y - 1)]
        targets = targets[~sampled[targets]]
        if targets.size == 0:
            continue
        for z in range(data.shape[1]):
            weights = _weights(learned[:, z], block, rows, n_samples, damping)
            sources = _neighbours(data[:, z], targets, rows, n_samples)
            filled[:, z, targets] = (weights @ sources).reshape(data.shape[0], targets.size, -1)
    return filled


def regular_step(sampled: BoolArray) -> tuple[int, int]:
    """Return R and the first of the lines that were taken at every R-th.

    Raises
    ------
    DataError
        If lines beside the calibration block are not regular.
    """
    taken = np.flatnonzero(sampled)
    steps = np.diff(taken)
    if taken.size < 2 or steps.max() == 1:
        return 1, int(taken[0]) if taken.size else 0
    block = _calibration_block(sampled)
    outside = np.setdiff1d(taken, block)
    step = int(np.median(np.diff(np.concatenate([outside[outside < block[0]], block[:1]]))))
    if outside.size and not (outside < block[0]).any():
        step = int(np.median(np.diff(np.concatenate([block[-1:], outside]))))
    first = int(outside[0] % step) if outside.size else 0
    raster = np.arange(first, sampled.size, step)
    expected = raster[(raster >= taken[0]) & (raster <= taken[-1])]
    if not sampled[expected].all() or (outside % step != first).any():
        raise DataError(
            "The lines are not taken regularly.",
            field="sampled",
            found=f"{taken.size} of {sampled.size} lines, gaps up to {int(steps.max()) - 1}",
            expected="every R-th line and a block about the centre",
            remedy="Use sense-cg or cs-wavelet for irregular undersampling.",
        )
    return step, int(expected[0])


def _calibration_block(sampled: BoolArray) -> np.ndarray:
    """Return the lines of the longest unbroken block, the one nearest to the centre."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], sampled.astype(int), [0]])))
    starts, stops = edges[::2], edges[1::2]
    lengths = stops - starts
    center = sampled.size // 2
    order = np.lexsort((np.abs((starts + stops) / 2 - center), -lengths))
    return np.arange(starts[order[0]], stops[order[0]])


def _weights(
    kspace: ComplexArray, calibration: np.ndarray, rows: np.ndarray, n_samples: int, damping: float
) -> ComplexArray:
    """Return the weights (coil, source) that predict a line of the calibration block from its neighbours."""
    inside = calibration[(calibration + rows[0] >= calibration[0]) & (calibration + rows[-1] <= calibration[-1])]
    margin = n_samples // 2
    valid = slice(margin, kspace.shape[-1] - margin)
    sources = _neighbours(kspace, inside, rows, n_samples).reshape(-1, inside.size, kspace.shape[-1])[..., valid]
    sources = sources.reshape(sources.shape[0], -1)
    targets = kspace[:, inside, valid].reshape(kspace.shape[0], -1)
    gram = (sources @ sources.conj().T).astype(complex)
    largest = float(np.linalg.eigvalsh(gram)[-1])
    if not largest > 0:
        raise DataError("The calibration lines are zero.", field="data", found=0, expected="signal")
    gram[np.diag_indices_from(gram)] += damping * largest
    right = (sources @ targets.conj().T).astype(complex)
    weights: ComplexArray = scipy.linalg.solve(gram, right, assume_a="pos").conj().T
    return weights.astype(kspace.dtype)


def _neighbours(kspace: ComplexArray, lines: np.ndarray, rows: np.ndarray, n_samples: int) -> ComplexArray:
    """Return the sources (coil * row * sample, line * x) of lines; beyond the edge they are zero."""
    n_coils = kspace.shape[0]
    margin, reach = n_samples // 2, int(np.abs(rows).max())
    padded = np.pad(kspace, ((0, 0), (reach, reach), (margin, margin)))
    at = lines[None, :] + rows[:, None] + reach
    picked = np.lib.stride_tricks.sliding_window_view(padded[:, at], n_samples, axis=-1)
    sources: ComplexArray = picked.transpose(0, 1, 4, 2, 3).reshape(n_coils * rows.size * n_samples, -1)
    return sources
