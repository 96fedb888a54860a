"""Where an ultrasound picture lies in the patient, and its forward operator."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.geometry import as_direction, as_vector
from isocenter.core.grid import Grid
from isocenter.modalities.ultrasound.acquisition import Acquisition
from isocenter.operators.echoes import EchoModel, EchoOperator


def default_grid(acquisition: Acquisition) -> Grid:
    """Return the picture's plane, rows going deeper; or its volume (elevation, depth, width)."""
    scan = acquisition
    n_depth = max(1, round((scan.far_mm - scan.near_mm) / scan.pixel_mm))
    n_width = max(1, round(scan.width_mm / scan.pixel_mm))
    middle = np.array([0.0, 0.0, (scan.near_mm + scan.far_mm) / 2])
    # Rows of a picture go into the body; its normal is the elevation, turned so that the axes are right-handed.
    x, y, z = scan.direction.T
    direction = np.stack([x, z, -y], axis=1)
    center = as_vector(scan.origin_mm + scan.direction @ middle)
    if scan.height_mm == 0:
        return Grid((n_depth, n_width), (scan.pixel_mm,) * 2, center_mm=center, direction=as_direction(direction))
    n_height = max(1, round(scan.height_mm / scan.pixel_mm))
    return Grid((n_height, n_depth, n_width), (scan.pixel_mm,) * 3, center_mm=center, direction=as_direction(direction))


def in_probe_mm(acquisition: Acquisition, grid: Grid) -> FloatArray:
    """Return the samples of a grid in the probe's frame, shape (*grid, 3)."""
    places: FloatArray = (grid.positions_mm() - acquisition.origin_mm) @ acquisition.direction
    return places


def forward_operator(acquisition: Acquisition, grid: Grid) -> EchoOperator:
    """Return what reflectors on a grid send back, with its exact adjoint; the frames are all of one image."""
    model = EchoModel(
        elements=acquisition.elements,
        transmits=acquisition.transmit_rows(),
        samples_per_mm=acquisition.samples_per_mm,
        sampling_hz=acquisition.sampling_hz,
        center_hz=acquisition.center_hz,
        bandwidth=acquisition.bandwidth,
        demodulated_hz=acquisition.demodulated_hz,
        data_shape=acquisition.data_shape,
    )
    return EchoOperator(model, in_probe_mm(acquisition, grid).reshape(-1, 3), grid)
