"""Rigid motion that is known view by view, undone by moving source and detector the other way.

Source: the patient's frame is what counts; see Jacobson and Stayman, IEEE Nucl. Sci. Symp. 2008, 3901-3904.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.geometry import detector_views


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
