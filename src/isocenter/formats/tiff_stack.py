"""A folder of TIFF projections with a geometry file: what laboratory cone-beam scanners export.

    scan/geometry.json     {"geometry": "cone", "angle_range_deg": 360, "bin_width_mm": 0.2, "row_height_mm": 0.2,
                            "source_isocenter_mm": 200, "source_detector_mm": 600,
                            "flat": "flat*.tif", "dark": "dark*.tif", "projections": "proj*.tif"}
    scan/proj0000.tif ...

Files are taken in the order of the numbers in their names. `projections` is "*.tif*" without flat and dark by default;
`flat` may also be a number, the value through air. Without `flat` the values are line integrals. Everything else is a
field of `isocenter.modalities.ct.Acquisition` by its name, the angles as in `isocenter.formats.described_array`. Rows
of a picture are rows of the detector from the low end of z up; with "rows_descend" the first row is the uppermost.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np

from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import DataError, FileFormatError
from isocenter.core.progress import OnProgress, report
from isocenter.core.provenance import Source
from isocenter.formats.data_exchange import line_integrals
from isocenter.formats.described_array import angles_of, ct_acquisition, description_in
from isocenter.modalities.ct.measurement import Measurement

TITLE = "TIFF projections with a geometry.json beside them"
SUFFIXES = (".json",)
GEOMETRY = "geometry.json"


def sniff(path: Path) -> bool:
    """Return whether this is a folder of TIFF files with a geometry file, or that file."""
    folder = path if path.is_dir() else path.parent
    is_meant = path.is_dir() or path.name == GEOMETRY
    return is_meant and (folder / GEOMETRY).is_file() and any(folder.glob("*.tif*"))


def read(path: Path, on_progress: OnProgress | None = None) -> Measurement:
    """Return the line integrals of a cone scan, or of a parallel or fan scan with one slice per row.

    Raises
    ------
    FileFormatError
        If a picture or the geometry file cannot be read.
    DataError, GeometryError
        If pictures differ in size, views and angles disagree, or the geometry is incomplete.
    """
    folder = path if path.is_dir() else path.parent
    description = description_in(folder / GEOMETRY)
    description.pop("modality", None)
    flat, dark = description.pop("flat", None), description.pop("dark", None)
    others = {file for pattern in (flat, dark) if isinstance(pattern, str) for file in folder.glob(pattern)}
    files = _ordered(file for file in folder.glob(str(description.pop("projections", "*.tif*"))) if file not in others)
    if not files:
        raise DataError("No picture is a projection.", file=GEOMETRY, field="projections", expected="TIFF files")
    views = _stack(files, on_progress)
    if description.pop("rows_descend", False):
        views, turn = views[:, ::-1], True
    else:
        turn = False
    data = views
    if flat is not None:
        data = line_integrals(views, _field(folder, flat, views, turn), _field(folder, dark, views, turn), files[0])
    if "angles_deg" in description and len(description["angles_deg"]) != len(files):
        raise DataError(
            "There is not one angle for every picture.",
            file=GEOMETRY,
            field="angles_deg",
            found=f"{len(description['angles_deg'])} angles, {len(files)} pictures",
            remedy="Check whether pictures are missing, or name them by a pattern in projections.",
        )
    angles = angles_of(description, len(files), GEOMETRY)
    n_rows, n_bins = data.shape[1:]
    sources = (Source.of_file(folder / GEOMETRY, role="description"), Source.of_file(files[0]))
    if description.setdefault("geometry", "cone") == "cone":
        acquisition = ct_acquisition(description, angles, {"n_bins": n_bins, "n_rows": n_rows}, GEOMETRY)
        return Measurement(acquisition, np.ascontiguousarray(data, dtype=np.float32), sources=sources)
    acquisition = ct_acquisition(description, angles, {"n_bins": n_bins, "n_slices": n_rows}, GEOMETRY)
    slices = np.ascontiguousarray(data.transpose(1, 0, 2), dtype=np.float32)
    return Measurement(acquisition, slices.reshape(acquisition.data_shape), sources=sources)


def _ordered(files: Any) -> list[Path]:
    """Return files by the numbers in their names: view 10 after view 9."""
    return sorted(
        files, key=lambda file: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", file.name)]
    )


def _stack(files: list[Path], on_progress: OnProgress | None = None) -> Array:
    pictures: list[Array] = []
    for index, file in enumerate(files):
        picture = _picture(file)
        if pictures and picture.shape[-2:] != pictures[0].shape[-2:]:
            raise DataError(
                "A picture has another size than the first.",
                file=file.name,
                found=picture.shape,
                expected=pictures[0].shape,
            )
        pictures.append(picture)
        report(on_progress, index + 1, len(files), "reading pictures")
    return np.concatenate([picture.reshape(-1, *picture.shape[-2:]) for picture in pictures])


def _picture(file: Path) -> Array:
    try:
        # Every page, so that a stack in one file is read too.
        picture: Array = np.asarray(imagecodecs.tiff_decode(file.read_bytes(), index=None))
    except (OSError, ValueError, RuntimeError, IndexError) as problem:
        raise FileFormatError(
            "The picture cannot be read.",
            file=file.name,
            found=str(problem)[:200],
            expected="a whole TIFF file of one channel",
            remedy="Copy the file again; it may be truncated.",
        ) from None
    if picture.ndim not in (2, 3) or picture.dtype.kind not in "uif":
        raise FileFormatError(
            "The picture has more than one channel.", file=file.name, found=picture.shape, expected="(rows, bins)"
        )
    return picture


def _field(folder: Path, pattern: object, views: Array, turn: bool) -> FloatArray:
    """Return the pictures of a flat or dark field; a number stands for a field of that value, None for none."""
    if pattern is None:
        return np.zeros((0, *views.shape[1:]))
    if isinstance(pattern, int | float):
        return np.full((1, *views.shape[1:]), float(pattern))
    files = _ordered(folder.glob(str(pattern)))
    if not files:
        raise DataError("No picture is of this field.", file=GEOMETRY, field="flat, dark", found=pattern)
    field = _stack(files)
    if field.shape[1:] != views.shape[1:]:
        raise DataError(
            "A field has another size than the projections.",
            file=files[0].name,
            found=field.shape[1:],
            expected=views.shape[1:],
        )
    return np.asarray(field[:, ::-1] if turn else field, dtype=float)
