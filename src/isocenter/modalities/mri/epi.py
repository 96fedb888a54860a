"""Echo-planar readouts: samples on the ramps, ghosts of odd and even lines, distortion by the field."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray, require_shape
from isocenter.core.errors import DataError
from isocenter.kernels import fourier


def trapezoid_positions(
    n_samples: int, n_x: int, *, ramp_s: float, flat_s: float, delay_s: float, dwell_s: float
) -> FloatArray:
    """Return where along k-space, in cycles per field of view, the samples of a trapezoidal readout lie: (sample,).

    The whole gradient covers -n_x/2 to n_x/2; samples are `dwell_s` apart from `delay_s` after its start.
    Source: Bruder et al., Magn. Reson. Med. 23 (1992) 311-323.
    """
    t = delay_s + dwell_s * np.arange(n_samples)
    positions: FloatArray = n_x * (_area(t, ramp_s, flat_s, ramp_s) / (ramp_s + flat_s) - 0.5)
    return positions


def readout_positions(
    n_samples: int, n_x: int, *, ramp_up_s: float, flat_s: float, ramp_down_s: float, delay_s: float, dwell_s: float
) -> FloatArray:
    """Return where the samples of a readout lie, (sample,), its window of `n_samples` dwell times covering n_x cycles.

    As scanners describe it: the window opens `delay_s` after the gradient's start, a sample is what was received at the
    middle of its dwell time, and the centre of k-space is crossed when half of the gradient's area has passed.
    Raises `DataError` if the window holds no area.
    """
    ramps = (ramp_up_s, flat_s, ramp_down_s)
    ends = _area(np.array([delay_s, delay_s + dwell_s * n_samples]), *ramps)
    covered, total = float(ends[1] - ends[0]), flat_s + (ramp_up_s + ramp_down_s) / 2
    if not covered > 0:
        raise DataError(
            "The readout gradient has no area.", field="flat_s, ramp_up_s", found=ramps, expected="positive times"
        )
    middles = delay_s + dwell_s * (np.arange(n_samples) + 0.5)
    positions: FloatArray = n_x * (_area(middles, *ramps) - total / 2) / covered
    return positions


def _area(t: FloatArray, up_s: float, flat_s: float, down_s: float) -> FloatArray:
    """Return the area of a trapezoid of height one until every time."""
    up = np.clip(t, 0, up_s) ** 2 / (2 * up_s) if up_s > 0 else np.zeros_like(t)
    late = np.clip(t - up_s - flat_s, 0, down_s)
    down = late - late**2 / (2 * down_s) if down_s > 0 else np.zeros_like(t)
    area: FloatArray = up + np.clip(t - up_s, 0, flat_s) + down
    return area


def regridding_matrix(positions: FloatArray, n_x: int) -> ComplexArray:
    """Return the matrix (x, sample) from samples at `positions` to the grid of k-space, for objects within the field.

    The least-squares solution: exact wherever the samples determine the line. Raises `DataError` if they do not.
    """
    index = np.arange(n_x) - n_x // 2
    waves = np.exp(-2j * np.pi * np.outer(positions, index) / n_x)
    left, singular, right = np.linalg.svd(waves, full_matrices=False)
    if positions.size < n_x or singular[-1] < 1e-3 * singular[0]:
        raise DataError(
            "The samples of a readout do not determine its line.",
            field="positions",
            found=f"{positions.size} samples from {positions.min():.3g} to {positions.max():.3g} cycles",
            expected=f"at least {n_x}, nowhere further apart than one cycle",
            remedy="Reconstruct fewer pixels along the readout.",
        )
    grid = np.exp(-2j * np.pi * np.outer(index, index) / n_x)
    inverse = (right.conj().T / singular) @ left.conj().T
    matrix: ComplexArray = grid @ inverse
    return matrix


class GhostPhase(NamedTuple):
    """The phase of odd against even lines in image space: constant (rad) and slope (rad per pixel)."""

    constant_rad: float
    slope_rad: float


def ghost_phase(even: ComplexArray, odd: ComplexArray, later_even: ComplexArray | None = None) -> GhostPhase:
    """Return the phase between navigator lines (coil, x) in k-space, of which the odd one is already turned around.

    With a third line, even again, the drift between lines is taken out. Source: Heid, US patent 6043651 (2000);
    slope by autocorrelation, Ahn and Cho, IEEE Trans. Med. Imaging 6 (1987) 32-36.
    """
    require_shape(odd, even.shape, "odd navigator")
    reference: ComplexArray = fourier.ifft(even, (-1,))
    if later_even is not None:
        later = fourier.ifft(later_even, (-1,))
        # Half of the phase from the first to the third line passed until the second.
        drift = np.angle(np.sum(later * reference.conj()))
        reference = np.asarray(reference * np.exp(0.5j * drift))
    product = np.sum(fourier.ifft(odd, (-1,)) * reference.conj(), axis=0)
    if not np.abs(product).max() > 0:
        raise DataError("The navigator lines are zero.", field="navigators", found=0, expected="signal")
    slope = float(np.angle(np.sum(product[1:] * product[:-1].conj())))
    index = np.arange(product.size) - product.size // 2
    constant = float(np.angle(np.sum(product * np.exp(-1j * slope * index))))
    return GhostPhase(constant, slope)


def without_ghost(kspace: ComplexArray, phase: GhostPhase, is_odd: FloatArray) -> ComplexArray:
    """Return k-space (..., y, x) whose odd lines, where `is_odd` (y,) says so, have the phase of the even ones."""
    require_shape(is_odd, kspace.shape[-2:-1], "parity of lines")
    n_x = kspace.shape[-1]
    index = np.arange(n_x) - n_x // 2
    turn = np.exp(-1j * (phase.constant_rad + phase.slope_rad * index))
    hybrid = fourier.ifft(kspace, (-1,))
    corrected = np.where(np.asarray(is_odd, dtype=bool)[:, None], hybrid * turn, hybrid)
    result: ComplexArray = fourier.fft(corrected, (-1,)).astype(kspace.dtype)
    return result


def undistorted(
    kspace: ComplexArray, field_hz: FloatArray, line_times_s: FloatArray, *, damping: float = 1e-3
) -> ComplexArray:
    """Return the image (..., y, x) of k-space whose lines were taken at `line_times_s` (y,) in a field (y, x).

    Every column is solved by least squares with the precession of its own pixels: intensity that piled up is spread
    again. Where the field shifts pixels onto each other the damping decides.
    Source: Munger et al., IEEE Trans. Med. Imaging 19 (2000) 681-689.
    """
    n_y, n_x = kspace.shape[-2:]
    require_shape(field_hz, (n_y, n_x), "field map")
    require_shape(line_times_s, (n_y,), "times of the lines")
    hybrid = fourier.ifft(kspace, (-1,)).reshape(-1, n_y, n_x)
    index = np.arange(n_y) - n_y // 2
    wave = np.exp(-2j * np.pi * np.outer(index, index) / n_y) / n_y**0.5
    image = np.empty_like(hybrid)
    for x in range(n_x):
        model = wave * np.exp(-2j * np.pi * np.outer(line_times_s, field_hz[:, x]))
        gram = model.conj().T @ model + damping * np.eye(n_y)
        image[:, :, x] = np.linalg.solve(gram, model.conj().T @ hybrid[:, :, x].T).T
    result: ComplexArray = image.reshape(kspace.shape)
    return result
