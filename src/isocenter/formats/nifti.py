"""NIfTI files: images out and in, between DICOM's LPS frame and NIfTI's RAS frame.

NIfTI-1 keeps the affine in single precision (about 1e-5 mm at 100 mm), NIfTI-2 in double precision.
Quantity, unit, axes and provenance travel in a header extension as JSON, since NIfTI has no field for them.
Source: NIfTI-1 Data Format, https://nifti.nimh.nih.gov/nifti-1 (sform, extensions); NIfTI-2 header, 2011.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.errors import (
    DataError,
    FileFormatError,
    IsocenterError,
    MissingExtraError,
    NotSupportedError,
    OptionError,
)
from isocenter.core.geometry import LPS_TO_RAS
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.provenance import Provenance, Source

TITLE = "NIfTI"
SUFFIXES = (".nii", ".nii.gz")

_COMMENT = 6  # extension code for text
_SCANNER = 1  # xform code: scanner coordinates
_MARK = "isocenter"
_MAX_DIMENSIONS = 7


def export(image: Image, path: Path | str, *, version: int = 1) -> Path:
    """Write an image as NIfTI and return the file.

    The array becomes (x, y, z, then extra axes, last first); a plane becomes one slice. Whole numbers of 64 bits
    are written as 32 bits if they fit.

    Parameters
    ----------
    path
        Ends in .nii or .nii.gz.
    version
        1 for NIfTI-1, 2 for NIfTI-2 with its affine in double precision.

    Raises
    ------
    MissingExtraError
        If nibabel is not installed.
    OptionError
        If the name has another ending or the version is unknown.
    DataError
        If the file cannot be written.
    """
    nibabel = nibabel_module()
    file = Path(path)
    if not file.name.endswith(SUFFIXES):
        raise OptionError(
            "A NIfTI file has another ending.", field="path", found=file.name, expected=" or ".join(SUFFIXES)
        )
    if version not in (1, 2):
        raise OptionError("There is no such NIfTI version.", field="version", found=version, expected="1 or 2")
    values = image.values.reshape(*image.values.shape[: len(image.axes)], *image.grid.shape_zyx)
    if values.ndim > _MAX_DIMENSIONS:
        raise DataError("NIfTI has at most 7 axes.", field="values", found=values.ndim, expected=_MAX_DIMENSIONS)
    kind = nibabel.Nifti1Image if version == 1 else nibabel.Nifti2Image
    written = kind(_storable(values).T, LPS_TO_RAS @ image.grid.affine)
    written.set_sform(LPS_TO_RAS @ image.grid.affine, code=_SCANNER)
    written.set_qform(LPS_TO_RAS @ image.grid.affine, code=_SCANNER)
    written.header.set_xyzt_units("mm")
    written.header["descrip"] = f"{image.quantity} [{image.unit}]".encode()[:79]
    content = json.dumps(_described(image)).encode()
    written.header.extensions.append(nibabel.nifti1.Nifti1Extension(_COMMENT, content))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        nibabel.save(written, file)
    except OSError as problem:
        raise DataError("The NIfTI file cannot be written.", file=file.name, found=str(problem)) from problem
    return file


def read_nifti(path: Path | str, *, quantity: str = "", unit: str = "") -> Image:
    """Return a NIfTI file as an image in the LPS frame; axes are (*extra, z, y, x).

    `quantity` and `unit` take the place of what the file says; a file by others says neither (then "value" and "1").

    Raises
    ------
    MissingExtraError
        If nibabel is not installed.
    FileFormatError
        If the file is not NIfTI or is cut off.
    GeometryError
        If its affine has shear or no extent.
    NotSupportedError
        If its samples are colours.
    """
    nibabel = nibabel_module()
    file = Path(path)
    try:
        loaded = nibabel.load(file)
        if not isinstance(loaded, nibabel.Nifti1Pair):
            raise FileFormatError("This is not a NIfTI file.", file=file.name, found=type(loaded).__name__)
        if loaded.get_data_dtype().fields is not None:
            raise NotSupportedError("Colour NIfTI files have no measured values.", file=file.name)
        values = np.asanyarray(loaded.dataobj)
        affine = LPS_TO_RAS @ np.asarray(loaded.affine, dtype=np.float64)
    except IsocenterError:
        raise
    except Exception as problem:  # nibabel lets errors of zlib, struct and numpy through on damaged files
        raise FileFormatError(
            "The file cannot be read as NIfTI.",
            file=file.name,
            found=f"{type(problem).__name__}: {problem}"[:200],
            remedy="Copy the file again, or open it with the program that wrote it.",
        ) from problem
    said = _said(loaded)
    names = tuple(said.get("axes", ()))
    volume = values.reshape(values.shape + (1,) * max(3 - values.ndim, 0)).T
    grid = _grid(volume, affine, said, file)
    n_extra = volume.ndim - 3
    if len(names) != n_extra:
        names = ("time",) if n_extra == 1 else tuple(f"axis {index + 4}" for index in reversed(range(n_extra)))
    return Image(
        volume.reshape(*volume.shape[:n_extra], *grid.shape),
        grid,
        quantity=quantity or said.get("quantity", "value"),
        unit=unit or said.get("unit", "1"),
        axes=names,
        provenance=_provenance(said.get("provenance")),
    )


def _grid(volume: Array, affine: Array, said: dict[str, Any], file: Path) -> Grid:
    """Return the grid of a volume; one slice that was a plane becomes a plane again."""
    shape = volume.shape[-3:]
    is_plane = shape[0] == 1 and said.get("is_plane", False)
    try:
        return Grid.from_affine(
            shape[1:] if is_plane else shape, affine, frame_of_reference_uid=said.get("frame_of_reference_uid")
        )
    except IsocenterError as problem:
        problem.file = file.name
        raise


def _storable(values: Array) -> Array:
    """Return values in a type that NIfTI programs read."""
    if values.dtype == np.bool_:
        return values.astype(np.uint8)
    if values.dtype in (np.dtype(np.int64), np.dtype(np.uint64)):
        limits = np.iinfo(np.int32)
        if values.size and (int(values.min()) < limits.min or int(values.max()) > limits.max):
            return values.astype(np.float64)
        return values.astype(np.int32)
    return values.astype(np.float32) if values.dtype == np.float16 else values


def _described(image: Image) -> dict[str, Any]:
    described: dict[str, Any] = {
        _MARK: 1,
        "quantity": image.quantity,
        "unit": image.unit,
        "axes": list(image.axes),
        "is_plane": image.grid.ndim == 2,
        "frame_of_reference_uid": image.grid.frame_of_reference_uid,
    }
    if image.provenance is not None:
        made = image.provenance
        described["provenance"] = {
            "method": made.method,
            "parameters": dict(made.parameters),
            "software": made.software,
            "version": made.version,
            "sources": [{"name": s.name, "sha256": s.sha256, "role": s.role} for s in made.sources],
        }
    return described


def _said(loaded: Any) -> dict[str, Any]:
    """Return what the extension written by `export` says, or nothing."""
    for extension in loaded.header.extensions:
        content = extension.get_content()
        try:
            said = json.loads(content if isinstance(content, str) else bytes(content).rstrip(b"\0"))
        except (ValueError, TypeError):
            continue
        if isinstance(said, dict) and _MARK in said:
            return said
    return {}


def _provenance(said: dict[str, Any] | None) -> Provenance | None:
    if not said:
        return None
    sources = tuple(Source(s["name"], s["sha256"], s["role"]) for s in said.get("sources", ()))
    return Provenance(said["method"], said.get("parameters", {}), sources, said["software"], said["version"])


def nibabel_module() -> Any:
    """Return nibabel; raises `MissingExtraError`."""
    try:
        import nibabel
    except ImportError as problem:
        raise MissingExtraError(
            "NIfTI files need the package nibabel.", found="not installed", remedy="pip install isocenter[nifti]"
        ) from problem
    return nibabel
