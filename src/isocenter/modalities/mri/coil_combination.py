"""Complex images of the scans of a series, their coils combined by one set of sensitivities.

The coils' own phase is the same in all of them, so it leaves differences between them alone.
Source: Roemer et al., Magn. Reson. Med. 16 (1990) 192-225; Pruessmann et al., ibid. 42 (1999) 952-962.
"""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import ComplexArray
from isocenter.core.progress import OnProgress, report
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.coil_maps import acquisition_weights, estimate_coil_maps
from isocenter.modalities.mri.geometry import encoded_grid, forward_operator
from isocenter.modalities.mri.measurement import Measurement
from isocenter.modalities.mri.prewhitening import prewhiten
from isocenter.modalities.mri.recon_space import to_recon_space
from isocenter.modalities.mri.series import Series
from isocenter.operators.linear import Identity, LinearOperator
from isocenter.solvers.cg import cg


def coil_maps_of(measurement: Measurement, method: str) -> ComplexArray:
    """Return sensitivities (coil, z, y, x) from a scan's calibration lines, or from its own middle.

    Raises `DataError` if too few lines were taken. A single coil is taken as seeing everything alike.
    """
    acquisition = measurement.acquisition
    if acquisition.n_coils == 1:
        return np.ones((1, *acquisition.encoded_shape), dtype=measurement.data.dtype)
    calibration = measurement.calibration
    whitened = None if calibration is None else prewhiten(calibration, measurement.noise)
    data = prewhiten(measurement.data, measurement.noise)
    return estimate_coil_maps(data, acquisition, method=method, calibration=whitened)


def combined_images(
    series: Series,
    *,
    maps: str = "walsh",
    damping: float = 1e-3,
    n_iterations: int = 15,
    on_progress: OnProgress | None = None,
) -> ComplexArray:
    """Return complex images (frame, z, y, x) on the grid of the image, unfolded where lines are missing.

    Parameters
    ----------
    maps
        How the coils are estimated from the first scan: ``walsh`` or ``espirit``, which is zero where they see nothing.
    damping, n_iterations
        Of iterative SENSE, where lines are missing or a trajectory was followed.

    Raises
    ------
    DataError
        If the first scan has too few lines to estimate the coils.
    """
    report(on_progress, 0, len(series.frames), "estimating the coils")
    found = coil_maps_of(series.frames[0], maps)
    images = []
    for index, frame in enumerate(series.frames):
        report(on_progress, index, len(series.frames), f"{series.axis} {index + 1}")
        A, data = encoded(frame, found)
        if frame.acquisition.trajectory is None and not frame.acquisition.has_gaps:
            image = A.adjoint(data)
        else:
            normal = A.N + damping * Identity(A.in_shape)
            image = cg(normal, A.adjoint(data), n_iterations=n_iterations, tolerance=1e-5).x
        images.append(to_recon_space(image, frame.acquisition))
    return np.stack(images)


def encoded(frame: Measurement, maps: ComplexArray) -> tuple[LinearOperator, ComplexArray]:
    """Return a scan's forward operator with these sensitivities, and its data as it needs them."""
    acquisition: Acquisition = frame.acquisition
    data = prewhiten(frame.data, frame.noise)
    grid = encoded_grid(acquisition)
    if acquisition.trajectory is None:
        return forward_operator(acquisition, grid, maps), data
    weights = acquisition_weights(acquisition)
    weighted = data * np.sqrt(weights).astype(data.real.dtype)
    return forward_operator(acquisition, grid, maps, weights=weights), weighted
