"""A plain NumPy array with a JSON file beside it that says what it is.

    scan.npy    the array
    scan.json   {"modality": "ct", "axes": ["view", "bin"], "angles_deg": [...], "bin_width_mm": 0.8, ...}

CT: axes "view", "bin" and perhaps "slice", or of a cone "row", in any order; `angles_deg` or `angles_rad`, or
`angle_range_deg` for views evenly spread from 0; every other field of `isocenter.modalities.ct.Acquisition` by its
name. Without `photons_per_bin` the values are line integrals.

MRI: axes "coil", "y", "x" and perhaps "z" in any order ("coil" may be absent), complex k-space with its centre at
n // 2; `fov_mm` of the encoding as (y, x) or (z, y, x); every other field of `isocenter.modalities.mri.Acquisition`
that is a number, a word or a list of numbers. Lines that are zero in every coil count as not taken.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.errors import DataError, FileFormatError, IsocenterError, ShapeError
from isocenter.core.geometry import as_vector
from isocenter.core.provenance import Source
from isocenter.modalities.ct.acquisition import Acquisition as CtAcquisition
from isocenter.modalities.ct.measurement import Measurement as CtMeasurement

TITLE = "NumPy array (.npy) described by a .json beside it"
SUFFIXES = (".npy",)
_CT_AXES = ("slice", "view", "row", "bin")
_MRI_AXES = ("coil", "z", "y", "x")


def sniff(path: Path) -> bool:
    """Return whether this is a NumPy array with a JSON file beside it."""
    try:
        with path.open("rb") as file:
            return file.read(6) == b"\x93NUMPY" and path.with_suffix(".json").is_file()
    except OSError:
        return False


def read(path: Path) -> Any:
    """Return the measurement of the modality that the description names.

    Raises
    ------
    FileFormatError
        If the array or its description cannot be read.
    DataError, ShapeError, GeometryError
        If the description is incomplete or contradicts the array.
    """
    description = description_in(path.with_suffix(".json"))
    modality = description.pop("modality", None)
    if modality not in _READERS:
        raise DataError(
            "The description names no known modality.",
            file=path.with_suffix(".json").name,
            field="modality",
            found=modality,
            expected=", ".join(_READERS),
        )
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise FileFormatError(
            "The array cannot be read.", file=path.name, found=str(error)[:200], expected="a whole .npy of numbers"
        ) from error
    sources = (Source.of_file(path), Source.of_file(path.with_suffix(".json"), role="description"))
    try:
        return _READERS[modality](array, description, sources, path.with_suffix(".json").name)
    except (TypeError, ValueError) as error:
        if isinstance(error, IsocenterError):
            raise
        raise DataError(
            "The description holds a value of the wrong kind.", file=path.with_suffix(".json").name, found=str(error)
        ) from error


def description_in(path: Path) -> dict[str, Any]:
    """Return the table in a JSON file; raises `FileFormatError`."""
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise FileFormatError(
            "The description cannot be read.", file=path.name, found=str(error)[:200], expected="JSON"
        ) from error
    if not isinstance(description, dict):
        raise FileFormatError(
            "The description is not a table.", file=path.name, found=type(description).__name__, expected="an object"
        )
    return description


def _read_ct(array: Array, description: dict[str, Any], sources: tuple[Source, ...], file: str) -> CtMeasurement:
    axes = description.pop("axes", ["view", "bin"])
    if (
        sorted(axes) not in (["bin", "view"], ["bin", "slice", "view"], ["bin", "row", "view"])
        or len(axes) != array.ndim
    ):
        raise DataError(
            "The axes do not describe the array.",
            file=file,
            field="axes",
            found=f"{axes} for shape {array.shape}",
            expected="view and bin, perhaps slice or row: one name for every axis",
        )
    ordered = array.transpose([axes.index(name) for name in _CT_AXES if name in axes])
    if "slice" in axes and ordered.shape[0] == 1:
        ordered = ordered[0]
    n_views = ordered.shape[0] if "row" in axes else ordered.shape[-2]
    angles = angles_of(description, n_views, file)
    sizes = {"n_bins": ordered.shape[-1]}
    if "row" in axes:
        sizes["n_rows"] = ordered.shape[1]
        description.setdefault("geometry", "cone")
    else:
        sizes["n_slices"] = ordered.shape[0] if ordered.ndim == 3 else 1
    acquisition = ct_acquisition(description, angles, sizes, file)
    return CtMeasurement(acquisition, np.ascontiguousarray(ordered, dtype=np.float32), sources=sources)


def ct_acquisition(description: dict[str, Any], angles: Array, sizes: dict[str, int], file: str) -> CtAcquisition:
    """Return the acquisition that a description's fields, its angles and the array's sizes say."""
    known = {item.name for item in fields(CtAcquisition)}
    unknown = sorted(set(description) - known)
    if unknown or "bin_width_mm" not in description:
        raise DataError(
            "The description is not complete, or holds what nobody knows.",
            file=file,
            field=", ".join(unknown) or "bin_width_mm",
            found=", ".join(sorted(description)) or "nothing",
            expected="bin_width_mm; " + ", ".join(sorted(known)),
        )
    contradicted = {name: description[name] for name in sizes if description.get(name, sizes[name]) != sizes[name]}
    if contradicted:
        raise ShapeError(
            "The description contradicts the array.",
            file=file,
            field=", ".join(contradicted),
            found=contradicted,
            expected={name: sizes[name] for name in contradicted},
        )
    return CtAcquisition(angles, **({"photons_per_bin": None} | description | sizes))


def angles_of(description: dict[str, Any], n_views: int, file: str) -> Array:
    """Return the view angles that a description gives, and take them out of it."""
    if "angles_rad" in description:
        return np.asarray(description.pop("angles_rad"), dtype=float)
    if "angles_deg" in description:
        angles: Array = np.deg2rad(np.asarray(description.pop("angles_deg"), dtype=float))
        return angles
    if "angle_range_deg" in description:
        span_rad = float(np.radians(float(description.pop("angle_range_deg"))))
        return np.linspace(0.0, span_rad, n_views, endpoint=False)
    raise DataError(
        "The description has no view angles.",
        file=file,
        field="angles_deg",
        expected="angles_deg, angles_rad or angle_range_deg",
    )


def _read_mri(array: Array, description: dict[str, Any], sources: tuple[Source, ...], file: str) -> Any:
    # Here, so that a sinogram is read without loading what only k-space needs.
    from isocenter.modalities.mri.acquisition import Acquisition
    from isocenter.modalities.mri.measurement import Measurement

    axes = description.pop("axes", ["coil", "y", "x"][-array.ndim :])
    if not {"y", "x"} <= set(axes) <= set(_MRI_AXES) or len(axes) != array.ndim or len(set(axes)) != len(axes):
        raise DataError(
            "The axes do not describe the array.",
            file=file,
            field="axes",
            found=f"{axes} for shape {array.shape}",
            expected="y and x, perhaps coil and z: one name for every axis",
        )
    ordered = array.transpose([axes.index(name) for name in _MRI_AXES if name in axes])
    missing = tuple(index for index, name in enumerate(_MRI_AXES) if name not in axes)
    kspace = np.ascontiguousarray(np.expand_dims(ordered, missing))
    fov_mm = [float(length) for length in description.pop("fov_mm", [])]
    known = {item.name for item in fields(Acquisition)} - {
        "n_coils",
        "encoded_shape",
        "encoded_fov_mm",
        "sampled",
        "coils",
    }
    unknown = sorted(set(description) - known)
    if unknown or len(fov_mm) not in (2, 3) or (len(fov_mm) == 2 and "z" in axes):
        raise DataError(
            "The description is not complete, or holds what nobody knows.",
            file=file,
            field=", ".join(unknown) or "fov_mm",
            found=", ".join(unknown) or fov_mm,
            expected="fov_mm as (y, x) or (z, y, x); " + ", ".join(sorted(known)),
        )
    if len(fov_mm) == 2:
        fov_mm = [float(description.get("slice_thickness_mm", 1.0)), *fov_mm]
    taken = (kspace != 0).any(axis=(0, 3))
    mask = taken if description.get("is_3d") else taken.any(axis=0, keepdims=True)
    settings: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in description.items()
    }
    acquisition = Acquisition(
        kspace.shape[0],
        kspace.shape[1:],
        as_vector(np.array(fov_mm)),
        sampled=None if mask.all() else mask,
        **settings,
    )
    return Measurement(acquisition, kspace, sources=sources)


_READERS: Mapping[str, Callable[[Array, dict[str, Any], tuple[Source, ...], str], Any]] = {
    "ct": _read_ct,
    "mri": _read_mri,
}
