"""Where the image lies, and the forward model on it."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import DataError, GeometryError, NotSupportedError
from isocenter.core.geometry import as_direction, as_vector
from isocenter.core.grid import Grid
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.operators.linear import LinearOperator
from isocenter.operators.non_cartesian import NonCartesianFourierOperator
from isocenter.operators.off_resonance import OffResonanceOperator
from isocenter.operators.sampled_fourier import SampledFourierOperator
from isocenter.operators.sensitivity import SensitivityOperator
from isocenter.operators.soft_sensitivity import SoftSensitivityOperator


def encoded_grid(acquisition: Acquisition) -> Grid:
    """Return the grid of the encoding, oversampling included."""
    return _grid(acquisition, acquisition.encoded_shape, acquisition.encoded_fov_mm)


def default_grid(acquisition: Acquisition) -> Grid:
    """Return the grid of the image, (z, y, x), in the patient's LPS frame."""
    return _grid(acquisition, acquisition.recon_matrix, acquisition.image_fov_mm)


def _grid(acquisition: Acquisition, shape: tuple[int, int, int], fov_mm: tuple[float, float, float]) -> Grid:
    """Return a grid whose Fourier origin, index n // 2, lies at the field's centre.

    The middle of an even number of samples lies half a sample before the origin of the transform.
    """
    spacing = tuple(fov / n for fov, n in zip(fov_mm, shape, strict=True))
    axes = np.array([acquisition.read_dir, acquisition.phase_dir, acquisition.slice_dir]).T
    is_fourier = (acquisition.is_3d, True, True)
    shift = [-0.5 * d if f and n % 2 == 0 else 0.0 for d, n, f in zip(spacing, shape, is_fourier, strict=True)]
    center = np.asarray(acquisition.center_mm) + axes @ np.array(shift[::-1])
    return Grid(shape, spacing, as_vector(center), as_direction(axes))


def require_grid(acquisition: Acquisition, grid: Grid) -> Grid:
    """Return the grid if it is the scan's own; raises `GeometryError` for another."""
    own = default_grid(acquisition)
    if grid.shape != own.shape or not np.allclose(grid.affine, own.affine, atol=1e-6):
        raise GeometryError(
            "A Cartesian MR scan is reconstructed on its own grid.",
            field="grid",
            found=grid.shape,
            expected=own.shape,
            remedy="Reconstruct without a grid, then resample the image.",
        )
    return own


def forward_operator(
    acquisition: Acquisition,
    grid: Grid,
    coil_maps: ComplexArray | None = None,
    *,
    weights: FloatArray | None = None,
    field_hz: FloatArray | None = None,
) -> LinearOperator:
    """Return the model of the scan: image (z, y, x) to data.

    Data are k-space (coil, z, y, x), zero where nothing was sampled, or (coil, z, shot, sample) along a trajectory.

    Parameters
    ----------
    coil_maps
        Sensitivities (coil, z, y, x) on the encoded grid; None takes the closed form of a simulated scan. Several sets
        (set, coil, z, y, x) make a model of as many images (soft-SENSE).
    weights
        Density weights (shot, sample) of a trajectory: data are multiplied by their roots.
    field_hz
        Off-resonance (z, y, x) on the encoded grid during the `sample_times_s` of a trajectory.

    Raises
    ------
    GeometryError
        If `grid` is not the encoded grid of the scan.
    DataError
        If no sensitivities are known.

    Notes
    -----
    Source: Pruessmann et al., Magn. Reson. Med. 46 (2001) 638-651.
    """
    if grid.shape != acquisition.encoded_shape:
        raise GeometryError(
            "The forward model lives on the encoded grid.",
            field="grid",
            found=grid.shape,
            expected=acquisition.encoded_shape,
        )
    maps = closed_form_maps(acquisition) if coil_maps is None else coil_maps
    kind = SoftSensitivityOperator if maps.ndim == 5 else SensitivityOperator
    sensitivity = kind(maps, in_grid=grid)
    if acquisition.trajectory is not None:
        return scattered_transform(acquisition, weights=weights, field_hz=field_hz) @ sensitivity
    lines = acquisition.mask[:, :, None]
    if acquisition.taken_samples is not None:
        lines = lines & acquisition.sample_mask
    return SampledFourierOperator(lines, acquisition.data_shape, acquisition.fourier_axes) @ sensitivity


def scattered_transform(
    acquisition: Acquisition, *, weights: FloatArray | None = None, field_hz: FloatArray | None = None
) -> LinearOperator:
    """Return the Fourier part of a scan along a trajectory: coil images (coil, z, y, x) to data.

    Raises `DataError` for a field map without sampling times, `NotSupportedError` for one of several slices.
    """
    trajectory = acquisition.trajectory
    if trajectory is None:
        raise DataError("The scan is Cartesian.", field="trajectory", found="none", expected="a trajectory")
    images = (acquisition.n_coils, *acquisition.encoded_shape)
    is_stack = acquisition.is_3d and trajectory.shape[2] == 2
    points = trajectory if trajectory.shape[2] == 2 else trajectory[None]
    shaped = None if weights is None else weights.reshape(points.shape[:-1])
    partitions = (-3,) if is_stack else ()
    transform = NonCartesianFourierOperator(points, images, weights=shaped, cartesian_axes=partitions)
    if field_hz is not None:
        times_s = acquisition.sample_times_s
        if times_s is None:
            raise DataError(
                "A field map needs to know when the samples were taken.",
                field="sample_times_s",
                found="none",
                expected="one time for every sample of a shot",
            )
        if field_hz.shape != acquisition.encoded_shape or (trajectory.shape[2] == 2 and field_hz.shape[0] != 1):
            raise NotSupportedError(
                "Field maps are used for one slice or a trajectory in three dimensions.",
                field="field_hz",
                found=field_hz.shape,
                expected=acquisition.encoded_shape,
            )
        field = field_hz if trajectory.shape[2] == 3 else field_hz[0]
        return OffResonanceOperator(transform, field, np.broadcast_to(times_s, points.shape[:-1]))
    return transform


def closed_form_maps(acquisition: Acquisition) -> ComplexArray:
    """Return the sensitivities of a simulated scan on the encoded grid; raises `DataError` for a real one."""
    if acquisition.coils is None:
        raise DataError(
            "The coils of this scan are not known in closed form.",
            field="coils",
            found="none",
            expected="coil maps",
            remedy="Estimate them: isocenter.modalities.mri.estimate_coil_maps.",
        )
    positions = encoded_grid(acquisition).positions_mm()
    return acquisition.coils.sensitivities(positions[..., 0], positions[..., 1])
