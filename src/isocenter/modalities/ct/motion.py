"""Rigid motion that is known view by view, undone by moving source and detector the other way.

Source: the patient's frame is what counts; see Jacobson and Stayman, IEEE Nucl. Sci. Symp. 2008, 3901-3904.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError, OptionError
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.geometry import detector_views
from isocenter.modalities.ct.measurement import Measurement
from isocenter.operators.projection import directions


def following(acquisition: Acquisition, rotations: FloatArray, shifts_mm: FloatArray) -> Acquisition:
    """Return a flat cone scan as seen from a patient who moved by r -> R r + t in every view.

    Parameters
    ----------
    rotations, shifts_mm
        Where the patient was in each view, along the gantry's axes, shapes (view, 3, 3) and (view, 3).

    Raises
    ------
    GeometryError
        If the scan is no flat cone, or there is not one motion per view.
    """
    n = acquisition.n_views
    if acquisition.geometry != "cone" or acquisition.detector != "flat" or acquisition.focus_shift_mm is not None:
        raise GeometryError(
            "Motion is followed in cone scans with a flat detector.", field="geometry", found=acquisition.geometry
        )
    if np.shape(rotations) != (n, 3, 3) or np.shape(shifts_mm) != (n, 3):
        raise GeometryError(
            "Every view has its motion.",
            field="rotations, shifts_mm",
            found=(np.shape(rotations), np.shape(shifts_mm)),
            expected=((n, 3, 3), (n, 3)),
        )
    still = replace(acquisition, z_mm=0.0)
    matrices = detector_views(still).projection_matrices()
    # A point p of the patient stands at R p + t: its projection is P (R p + t).
    linear = matrices[:, :, :3] @ rotations
    offset = matrices[:, :, 3:] + matrices[:, :, :3] @ np.asarray(shifts_mm)[:, :, None]
    moved = np.concatenate([linear, offset], axis=2)
    return replace(acquisition, projection_matrices=moved, source_z_mm=None)


def undone(measurement: Measurement, rotations: FloatArray, shifts_mm: FloatArray) -> Measurement:
    """Return the scan as if the patient had lain still; a flat cone by `following`, parallel rays in their plane.

    Parallel views that the patient's turn took out of order are sorted anew.

    Raises
    ------
    GeometryError
        If the scan is a fan or a curved cone, or parallel slices were left by the motion.
    """
    scan = measurement.acquisition
    if scan.geometry != "parallel":
        return replace(measurement, acquisition=following(scan, rotations, shifts_mm))
    if np.abs(shifts_mm[:, 2]).max() > 0 or np.abs(rotations[:, 2, :2]).max() > 0:
        raise GeometryError(
            "Parallel slices follow motion in their own plane only.",
            field="motion",
            found="a shift along z, or a turn about x or y",
            expected="X Y 0 0 0 RZ",
        )
    # A point p stands at R p + t: its bin is u . (R p + t), that of an angle less by R's at a place more by u . t.
    turns = np.arctan2(rotations[:, 1, 0], rotations[:, 0, 0])
    angles = scan.angles_rad - turns
    places = (directions(scan.angles_rad)[1] * shifts_mm[:, :2]).sum(axis=1)
    bins = np.arange(scan.n_bins)
    views = measurement.data.reshape(-1, scan.n_views, scan.n_bins)
    moved = np.empty_like(views)
    for slices, given in zip(moved, views, strict=True):
        for view, row, place_mm in zip(slices, given, places, strict=True):
            view[:] = np.interp(bins + place_mm / scan.bin_width_mm, bins, row)
    order = np.argsort(angles, kind="stable")
    data = np.ascontiguousarray(moved[:, order]).reshape(measurement.data.shape)
    return replace(measurement, acquisition=replace(scan, angles_rad=angles[order]), data=data)


def parse(text: str, n_views: int) -> tuple[FloatArray, FloatArray]:
    """Return rotations (view, 3, 3) and shifts in mm (view, 3) of ``VIEW: X Y Z [RX RY RZ]; ...``, linear in between.

    Views are counted from 0; lengths in mm and the rotation vector in degrees, along the gantry's axes. Before the
    first and after the last given view the patient lies as there. Lines may take the place of semicolons.

    Raises
    ------
    OptionError
        If an entry is none, views do not rise, or one is not in the scan.
    """
    entries = [entry.strip() for entry in text.replace("\n", ";").split(";") if entry.strip()]
    views, poses = [], []
    for entry in entries:
        view, _, numbers = entry.partition(":")
        try:
            pose = [float(number) for number in numbers.replace(",", " ").split()]
            views.append(int(view))
        except ValueError:
            raise _no_motion(entry) from None
        if len(pose) not in (3, 6) or not np.isfinite(pose).all():
            raise _no_motion(entry)
        poses.append([*pose, 0.0, 0.0, 0.0][:6])
    if not entries or (np.diff(views) <= 0).any() or not 0 <= views[0] <= views[-1] < n_views:
        raise OptionError(
            "The views of a motion rise, and lie in the scan.",
            field="motion",
            found=views,
            expected=f"rising, from 0 to {n_views - 1}",
        )
    every = np.arange(n_views)
    pose_of = np.stack([np.interp(every, views, column) for column in np.array(poses).T], axis=1)
    return Rotation.from_rotvec(pose_of[:, 3:], degrees=True).as_matrix(), pose_of[:, :3]


def _no_motion(entry: str) -> OptionError:
    return OptionError(
        "This says no motion.",
        field="motion",
        found=entry[:60],
        expected="VIEW: X Y Z or VIEW: X Y Z RX RY RZ, in mm and degrees, entries parted by ;",
    )
