"""Which part of the patient is reconstructed, and how thick its slices are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError
from isocenter.core.geometry import as_vector
from isocenter.core.grid import Grid
from isocenter.core.provenance import ParameterValue
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.geometry import default_grid


def region(acquisition: Acquisition, settings: Mapping[str, ParameterValue]) -> Grid:
    """Return the default grid, or the square of `fov_mm` around (`center_x_mm`, `center_y_mm`) with as many pixels."""
    whole = default_grid(acquisition)
    width_mm = float(settings["fov_mm"])
    x_mm, y_mm = float(settings["center_x_mm"]), float(settings["center_y_mm"])
    if not width_mm:
        if x_mm or y_mm:
            raise OptionError("A region with a middle has a width.", field="fov_mm", found=0, expected="more than 0")
        return whole
    n = whole.shape[-1]
    center = np.array([x_mm, y_mm, whole.center_mm[2]])
    return replace(whole, spacing_mm=(*whole.spacing_mm[:-2], width_mm / n, width_mm / n), center_mm=as_vector(center))


def thickened(values: FloatArray, grid: Grid, thickness_mm: float) -> tuple[FloatArray, Grid]:
    """Return the means of as many neighbouring slices as make up the thickness, and where they lie; 0 changes nothing.

    Slices left over at the end are dropped.

    Raises
    ------
    OptionError
        If the image is one plane, or not as long as one such slice.
    """
    if not thickness_mm or grid.ndim == 2:
        return values, grid
    n = max(1, round(thickness_mm / grid.spacing_mm[0]))
    n_slices = grid.shape[0] // n
    if not n_slices:
        raise OptionError(
            "The image is not as long as one slice.",
            field="slice_thickness_mm",
            found=f"{thickness_mm:g} mm",
            expected=f"at most {grid.extent_mm[0]:g} mm",
        )
    if n == 1:
        return values, grid
    thick = values[: n_slices * n].reshape(n_slices, n, *grid.shape[1:]).mean(axis=1, dtype=np.float32)
    # The middle of what is left, along the slices' own direction.
    along = np.asarray(grid.direction, dtype=float)[:, 2]
    shift = (n_slices * n - grid.shape[0]) / 2 * grid.spacing_mm[0]
    return thick, replace(
        grid,
        shape=(n_slices, *grid.shape[1:]),
        spacing_mm=(n * grid.spacing_mm[0], *grid.spacing_mm[1:]),
        center_mm=as_vector(np.asarray(grid.center_mm) + shift * along),
        slice_thickness_mm=n * grid.spacing_mm[0],
    )
