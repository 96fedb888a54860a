"""From shots to planes: shift-and-add, filtered back-projection, SART.

Sources: Grant, IEEE Trans. Biomed. Eng. 19 (1972) 20 (shift-and-add); Mertelmeier et al., Proc. SPIE 6142 (2006) 61420F
(filters); Andersen and Kak, Ultrason. Imaging 6 (1984) 81 (SART); Sidky, Kao and Pan, J. X-Ray Sci. Technol. 14 (2006)
119 (total variation in between).
"""

from __future__ import annotations

import numpy as np
from scipy import fft

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError
from isocenter.core.grid import Grid
from isocenter.core.progress import OnProgress, report
from isocenter.functionals.constraints import NonNegativity
from isocenter.functionals.functional import Proximable
from isocenter.functionals.total_variation import TotalVariation
from isocenter.kernels.rays import planes
from isocenter.modalities.tomosynthesis.acquisition import Acquisition
from isocenter.modalities.tomosynthesis.geometry import forward_operator, heights_of
from isocenter.operators.plane_projection import plane_frames, require_between
from isocenter.operators.ramp_filter import ramp_filter
from isocenter.solvers.sirt import os_sart
from isocenter.solvers.solution import Iteration

_N_INNER = 20


def shift_and_add(
    acquisition: Acquisition, grid: Grid, line_integrals: FloatArray, *, on_progress: OnProgress | None = None
) -> FloatArray:
    """Return on every plane the mean of the shots, shifted so that what lies in it coincides.

    A point off the plane is there once per shot, each with a weight of one over their number.
    """
    heights = heights_of(acquisition, grid)
    require_between(acquisition.sources_mm, heights)
    frames = plane_frames(grid, acquisition.detector_shape, acquisition.pixel_mm)
    image = planes.shift_and_add(
        line_integrals, acquisition.sources_mm, heights, frames, (grid.shape[-2], grid.shape[-1])
    )
    report(on_progress, 1, 1, "shift-and-add")
    return image


def fbp(
    acquisition: Acquisition,
    grid: Grid,
    line_integrals: FloatArray,
    *,
    window: str = "hamming",
    cutoff: float = 1.0,
    slice_mm: float = 0.0,
    on_progress: OnProgress | None = None,
) -> FloatArray:
    """Return attenuation in 1/mm as far as the angles tell it: ramp and window along the way, then shift-and-add.

    `slice_mm` narrows each shot's frequencies to those that planes of this thickness can hold (0 leaves them): at the
    angle t to the vertical, by (1 + cos(pi f tan(t) slice)) / 2 up to where f tan(t) slice is 1.

    Raises
    ------
    GeometryError
        If the focal spot did not go along a line.
    """
    if acquisition.path not in ("linear", "arc"):
        raise GeometryError(
            "Filtered back-projection is for ways along a line.",
            field="path",
            found=acquisition.path,
            expected="linear or arc",
            remedy="Reconstruct with shift-and-add or sart.",
        )
    sources = acquisition.sources_mm
    tangents = sources[:, 0] / (sources[:, 2] - acquisition.pivot_mm)
    steps = np.gradient(np.arctan(tangents)) if acquisition.n_shots > 1 else np.ones(1)
    # Filtered where the pivot is: there a pixel is smaller by the magnification.
    spacing = acquisition.pixel_mm * (1 - acquisition.pivot_mm / acquisition.source_detector_mm)
    slanted = line_integrals / np.sqrt(1 + tangents**2).astype(line_integrals.dtype)[:, None, None]
    filtered = ramp_filter(slanted, spacing, window=window, cutoff=cutoff)
    if slice_mm:
        filtered = _slice_filtered(filtered, spacing, np.abs(tangents) * slice_mm)
    weighted = filtered * (steps * acquisition.n_shots).astype(filtered.dtype)[:, None, None]
    return shift_and_add(acquisition, grid, np.ascontiguousarray(weighted), on_progress=on_progress)


def sart(
    acquisition: Acquisition,
    grid: Grid,
    line_integrals: FloatArray,
    *,
    n_iterations: int = 5,
    relaxation: float = 0.5,
    prior: Proximable | None = None,
    on_progress: OnProgress | None = None,
) -> FloatArray:
    """Return attenuation in 1/mm, nowhere below zero, after so many passes over the shots, `prior` after each."""
    sources = acquisition.sources_mm
    # Far apart shots follow each other: neighbours say nearly the same.
    order = np.argsort(np.mod(np.arange(acquisition.n_shots) * 0.6180339887, 1.0), kind="stable")
    operators = [forward_operator(acquisition, grid, sources[shot : shot + 1]) for shot in order]
    data = [np.ascontiguousarray(line_integrals[shot : shot + 1]) for shot in order]

    def tell(iteration: Iteration) -> None:
        report(on_progress, iteration.index, iteration.total, "sart")

    image: FloatArray = os_sart(
        operators,
        data,
        relaxation=relaxation,
        n_iterations=n_iterations,
        constraint=NonNegativity(),
        prior=prior,
        on_iteration=tell,
    ).x
    return image


def sart_tv(
    acquisition: Acquisition,
    grid: Grid,
    line_integrals: FloatArray,
    *,
    n_iterations: int = 10,
    relaxation: float = 0.5,
    strength_per_mm: float = 5e-4,
    on_progress: OnProgress | None = None,
) -> FloatArray:
    """Return as `sart`, planes made flat between edges after each pass: total variation within planes.

    `strength_per_mm` is about the step between neighbouring pixels that a pass takes for noise. Not across planes:
    there a limited angle says too little for an edge to be told from its shadow.
    """
    flat = TotalVariation(strength_per_mm, grid.shape, spacing=(float("inf"), 1.0, 1.0), n_inner=_N_INNER)
    return sart(
        acquisition,
        grid,
        line_integrals,
        n_iterations=n_iterations,
        relaxation=relaxation,
        prior=flat,
        on_progress=on_progress,
    )


def _slice_filtered(views: FloatArray, spacing_mm: float, slant_mm: FloatArray) -> FloatArray:
    n = views.shape[-1]
    frequency = fft.rfftfreq(n, spacing_mm)
    phase = np.minimum(frequency * slant_mm[:, None], 1.0)
    response = (0.5 + 0.5 * np.cos(np.pi * phase)).astype(views.dtype)
    filtered: FloatArray = fft.irfft(fft.rfft(views, axis=-1) * response[:, None, :], n, axis=-1)
    return filtered
