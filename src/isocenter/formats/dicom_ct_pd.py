"""DICOM-CT-PD: a folder with one DICOM file per view of a clinical CT scan, helical or not, with its geometry.

Source: Chen et al., Med. Phys. 42 (2015) 6911-6919; the format of the low-dose CT projection data of The Cancer
Imaging Archive. The scan's own frame has z along the table and the source at ``rho (-sin phi, cos phi)``; y points up,
so that x of a patient lying head first and supine points to the right: turned by half a turn it is the gantry's here.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError, FileFormatError, GeometryError
from isocenter.core.progress import OnProgress, report
from isocenter.core.provenance import Source
from isocenter.dicom.projection_views import ProjectionView, is_projection_view, read_projection_view, who_and_when
from isocenter.modalities.ct.acquisition import PATIENT_POSITIONS, Acquisition
from isocenter.modalities.ct.measurement import Measurement
from isocenter.modalities.ct.water import energy_of_water_kev

TITLE = "DICOM-CT-PD (folder of projection views)"
SUFFIXES = ("",)


def sniff(path: Path) -> bool:
    """Return whether this is a folder whose first DICOM file, or the file itself, is such a view."""
    if path.is_dir():
        first = next(iter(_files(path)), None)
        return first is not None and is_projection_view(first)
    return path.suffix.lower() in (".dcm", ".ima", "") and is_projection_view(path)


def read(
    path: Path, slice_spacing_mm: float = 1.0, every_nth_view: int = 1, on_progress: OnProgress | None = None
) -> Measurement:
    """Return the line integrals of a whole folder, or of the folder that a file lies in, in the order of the views.

    Parameters
    ----------
    slice_spacing_mm
        Distance of the slices of the image, unless a grid is chosen.
    every_nth_view
        Leave views out, for a quick look.

    Raises
    ------
    FileFormatError
        If a file is truncated or lacks a part.
    DataError, GeometryError
        If views are missing or twice there, differ in their detector, or hold values that are not finite.
    """
    files = _files(path if path.is_dir() else path.parent)
    if not files:
        raise FileFormatError("The folder holds no views.", file=path.name, expected="DICOM files")
    views: list[ProjectionView] = []
    for index, file in enumerate(files):
        views.append(read_projection_view(file))
        report(on_progress, index + 1, len(files), "reading views")
    views.sort(key=lambda view: view.number)
    _require_whole(views, path)
    acquisition = _acquisition(views[::every_nth_view], slice_spacing_mm)
    data = np.stack([view.data for view in views[::every_nth_view]])
    bad = ~np.isfinite(data)
    if bad.any():
        raise DataError(
            "Views hold values that are not numbers.",
            file=path.name,
            field="PixelData",
            found=f"{int(bad.sum())} values in view {views[int(np.argwhere(bad)[0][0])].number}",
        )
    patient, study = who_and_when(files[0])
    return Measurement(acquisition, data, sources=(Source.of_file(files[0]),), patient=patient, study=study)


def _files(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        names = sorted(
            entry.name
            for entry in entries
            if entry.is_file()
            and not entry.name.startswith(".")
            and Path(entry.name).suffix.lower() in (".dcm", ".ima", "")
        )
    return [folder / name for name in names]


def _require_whole(views: list[ProjectionView], path: Path) -> None:
    """Raise unless numbers go on without gap and every view has the same detector."""
    numbers = np.array([view.number for view in views])
    steps = np.diff(numbers)
    if steps.size and (steps != 1).any():
        at = int(np.argmax(steps != 1))
        missing = int(np.maximum(steps - 1, 0).sum())
        raise DataError(
            "Views are missing or there twice.",
            file=path.name,
            field="InstanceNumber",
            found=f"{missing} missing, {int((steps == 0).sum())} twice, the first after view {numbers[at]}",
            expected=f"{numbers[0]} to {numbers[-1]}, each once",
            remedy="Copy the folder again.",
        )
    detectors = {(view.data.shape, view.column_mm, view.row_mm, view.central_element, view.shape) for view in views}
    if len(detectors) != 1:
        raise GeometryError(
            "The views were not taken with one detector.",
            file=path.name,
            field="detector",
            found=len(detectors),
            expected=1,
        )


def _acquisition(views: list[ProjectionView], slice_spacing_mm: float) -> Acquisition:
    first = views[0]
    n_rows, n_bins = first.data.shape
    angles = np.unwrap([view.angle_rad for view in views])
    axial: FloatArray = np.array([view.axial_mm for view in views])
    turn, lift, out = np.array([view.shifts for view in views]).T
    radius = first.radial_mm
    # From polar shifts to lengths along u, towards the detector, and along z.
    shifts = np.column_stack(
        [(radius + out) * np.sin(turn), radius - (radius + out) * np.cos(turn), lift],
    )
    middle = float((axial.min() + axial.max()) / 2)
    column, row = first.central_element
    energy = energy_of_water_kev(first.mu_water_per_mm) if first.mu_water_per_mm > 0 else 70.0
    position = first.patient_position if first.patient_position in PATIENT_POSITIONS else "HFS"
    sign = PATIENT_POSITIONS[position][2][2]
    return Acquisition(
        angles,
        n_bins,
        first.column_mm,
        geometry="cone",
        # Elements count from 1.
        detector_offset_mm=((n_bins + 1) / 2 - column) * first.column_mm,
        source_isocenter_mm=radius,
        source_detector_mm=first.source_detector_mm,
        detector="flat" if "FLAT" in first.shape else "curved",
        photons_per_bin=None,
        energy_kev=energy,
        slice_spacing_mm=slice_spacing_mm,
        z_mm=sign * middle,
        patient_position=position,
        n_rows=n_rows,
        row_height_mm=first.row_mm,
        row_offset_mm=((n_rows + 1) / 2 - row) * first.row_mm,
        source_z_mm=axial - middle,
        focus_shift_mm=shifts if np.abs(shifts).max() > 1e-6 else None,
    )
