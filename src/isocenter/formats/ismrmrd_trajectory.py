"""Scans along a trajectory in ISMRMRD: readouts that carry the points of k-space they were taken at.

ISMRMRD fixes no unit of the trajectory. Files use cycles per pixel (-0.5 to 0.5), cycles per field of view, 1/m or
rad/m; the one in which the points just fill the encoded matrix is taken, unless it is named.
Source: MRD documentation, ismrmrd.readthedocs.io, "MR Acquisition Data".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import DataError, OptionError
from isocenter.formats.ismrmrd_header import Encoding
from isocenter.formats.ismrmrd_lines import Line

UNITS = ("cycles/pixel", "cycles/fov", "1/m", "rad/m")
_LEAST_FILLED, _MOST_FILLED = 0.3, 1.02


def shots_of(
    lines: list[Line], encoding: Encoding, file: str, unit: str
) -> tuple[ComplexArray, FloatArray, FloatArray | None, bool]:
    """Return data (coil, z, shot, sample), trajectory (shot, sample, axis), sampling times, and whether it is 3-D.

    Raises
    ------
    DataError
        If readouts have no trajectory, differ in length or coils, slices are not sampled alike, or no unit fits.
    """
    _require_alike(lines, file)
    is_3d = encoding.shape[0] > 1
    points = np.stack([line.trajectory for line in lines if line.trajectory is not None]).astype(float)
    scaled = points * trajectory_scale(points, encoding, file, unit)
    has_z = scaled.shape[2] == 3 and is_3d and float(np.abs(scaled[..., 2]).max()) > 1e-3
    n_axes = 3 if has_z else 2
    paths = scaled[..., :n_axes][..., ::-1]
    planes = [line.step_2 - encoding.center_2 + encoding.shape[0] // 2 if is_3d else line.slice_index for line in lines]
    n_planes = 1 if has_z else (encoding.shape[0] if is_3d else 1 + max(planes))
    members = [np.flatnonzero(has_z | (np.array(planes) == plane)) for plane in range(n_planes)]
    order = [index[np.argsort([lines[i].step_1 for i in index], kind="stable")] for index in members]
    if len({len(index) for index in order}) != 1 or any(
        not np.allclose(paths[index], paths[order[0]], atol=1e-2) for index in order
    ):
        raise DataError(
            "The planes were not sampled alike.",
            file=file,
            field="traj, slice, kspace_encode_step_2",
            found="readouts per plane: " + ", ".join(str(len(index)) for index in order),
            expected="the same trajectory in every plane",
            remedy="The scan may have been interrupted.",
        )
    data = np.stack([np.stack([lines[i].samples for i in index], axis=1) for index in order], axis=1)
    step_s = lines[0].sample_time_s
    times = (np.arange(data.shape[-1]) - lines[0].center_sample) * step_s if step_s > 0 else None
    return data, paths[order[0]], times, is_3d


def trajectory_scale(points: FloatArray, encoding: Encoding, file: str, unit: str) -> FloatArray:
    """Return the factors (x, y, z) that turn points into cycles per field of view; raises for an unclear unit."""
    matrix = np.array(encoding.shape[::-1], dtype=float)[: points.shape[2]]
    fov_m = np.array(encoding.fov_mm[::-1], dtype=float)[: points.shape[2]] * 1e-3
    factors: Mapping[str, FloatArray] = {
        "cycles/pixel": matrix,
        "cycles/fov": np.ones_like(matrix),
        "1/m": fov_m,
        "rad/m": fov_m / (2 * np.pi),
    }
    if unit:
        if unit not in factors:
            raise OptionError(
                "There is no such unit of a trajectory.", field="trajectory_unit", found=unit, expected=", ".join(UNITS)
            )
        return factors[unit]
    reach = np.abs(points[..., :2]).reshape(-1, 2).max(axis=0, initial=0.0)
    filled = {name: float((reach * factor[:2] / (matrix[:2] / 2)).max()) for name, factor in factors.items()}
    fitting = [name for name, part in filled.items() if _LEAST_FILLED <= part <= _MOST_FILLED]
    if len(fitting) != 1:
        raise DataError(
            "The unit of the trajectory is not clear.",
            file=file,
            field="traj",
            found=", ".join(f"{part:.3g} of k-space if {name}" for name, part in filled.items()),
            expected="points that fill the encoded matrix in exactly one unit",
            remedy="Name it: --option trajectory_unit=cycles/pixel (or " + ", ".join(UNITS[1:]) + ")",
        )
    return factors[fitting[0]]


def _require_alike(lines: list[Line], file: str) -> None:
    first = lines[0]
    for line in lines:
        if line.trajectory is None:
            raise DataError(
                "A readout has no trajectory.",
                file=file,
                field="trajectory_dimensions",
                found=0,
                expected="2 or 3 axes of a scan that is not Cartesian",
                remedy="Write the points into the file; they are not computed from the sequence.",
            )
        if line.samples.shape != first.samples.shape or first.trajectory is None:
            raise DataError(
                "The readouts differ in length or coils.",
                file=file,
                field="number_of_samples, active_channels",
                found=line.samples.shape[::-1],
                expected=first.samples.shape[::-1],
            )
        if line.trajectory.shape != first.trajectory.shape or line.trajectory.shape[1] not in (2, 3):
            raise DataError(
                "The trajectory has the wrong number of axes.",
                file=file,
                field="trajectory_dimensions",
                found=line.trajectory.shape[1],
                expected="2 or 3 in every readout",
            )
