"""NIfTI-MRS: spectroscopy signals in a NIfTI file whose header extension says what was measured; needs nibabel.

Source: NIfTI-MRS standard, version 0.9; Clarke et al., Magn. Reson. Med. 88 (2022) 2358-2370.
"""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from isocenter.core.errors import DataError, FileFormatError, IsocenterError
from isocenter.core.geometry import LPS_TO_RAS
from isocenter.core.grid import Grid
from isocenter.core.patient import Patient
from isocenter.core.provenance import Source
from isocenter.formats.nifti import nibabel_module
from isocenter.modalities.mri.spectroscopic_measurement import SpectroscopicMeasurement

TITLE = "NIfTI-MRS spectroscopy (.nii, .nii.gz)"
SUFFIXES = (".nii", ".gz")

_EXTENSION = 44
_INTENT: Mapping[int, int] = {348: 328, 540: 508}  # where intent_name stands in NIfTI-1 and NIfTI-2
# The standard's tags of dimensions 5 to 7, and what they are where the file names none.
_AXES: Mapping[str, str] = {
    "DIM_COIL": "coil",
    "DIM_DYN": "dynamic",
    "DIM_INDIRECT_0": "indirect 0",
    "DIM_INDIRECT_1": "indirect 1",
    "DIM_INDIRECT_2": "indirect 2",
    "DIM_PHASE_CYCLE": "phase cycle",
    "DIM_EDIT": "edit",
    "DIM_MEAS": "measurement",
    "DIM_ISIS": "isis",
    "DIM_METCYCLE": "metabolite cycle",
    "DIM_USER_0": "user 0",
    "DIM_USER_1": "user 1",
    "DIM_USER_2": "user 2",
}
_DEFAULT = ("DIM_COIL", "DIM_DYN", "DIM_INDIRECT_0")
_SECONDS: Mapping[str, float] = {"sec": 1.0, "msec": 1e-3, "usec": 1e-6}


def sniff(path: Path) -> bool:
    """Return whether a NIfTI header names itself NIfTI-MRS."""
    try:
        with path.open("rb") as plain:
            is_packed = plain.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if is_packed else path.open("rb") as file:
            start = file.read(540)
    except (OSError, EOFError):
        return False
    if len(start) < 348:
        return False
    size = next((n for order in "<>" for n in struct.unpack_from(f"{order}i", start) if n in _INTENT), 0)
    at = _INTENT.get(size, 0)
    return bool(at and start[at : at + 5] == b"mrs_v")


def read(path: Path) -> SpectroscopicMeasurement:
    """Return the signals (*axes, z, y, x, time) of a file.

    Raises
    ------
    MissingExtraError
        If nibabel is not installed.
    FileFormatError
        If the file is damaged, or has no extension of the standard.
    DataError
        If frequency, nucleus or dwell time are missing or impossible, or samples are no numbers.
    """
    nibabel = nibabel_module()
    try:
        loaded = nibabel.load(path)
        values = np.asanyarray(loaded.dataobj)
        said = next(json.loads(_text(e)) for e in loaded.header.extensions if e.get_code() == _EXTENSION)
    except StopIteration:
        raise FileFormatError(
            "The file has no header extension of NIfTI-MRS.",
            file=path.name,
            field=f"extension {_EXTENSION}",
            found="none",
            expected="JSON with SpectrometerFrequency and ResonantNucleus",
        ) from None
    except Exception as problem:  # nibabel lets errors of zlib, struct and numpy through on damaged files
        raise FileFormatError(
            "The file cannot be read as NIfTI-MRS.", file=path.name, found=f"{type(problem).__name__}: {problem}"[:200]
        ) from problem
    frequency_mhz, nucleus = _first(said, "SpectrometerFrequency", path), _first(said, "ResonantNucleus", path)
    try:
        return SpectroscopicMeasurement(
            _ordered(values),
            Grid.from_affine(_sizes(values)[2::-1], LPS_TO_RAS @ np.asarray(loaded.affine, dtype=float)),
            _dwell_s(loaded),
            float(frequency_mhz) * 1e6,
            str(nucleus),
            _axes(values, said, path),
            _number(said, "EchoTime"),
            _number(said, "RepetitionTime"),
            _patient(said),
            (Source.of_file(path),),
            said,
        )
    except IsocenterError as problem:
        problem.file = path.name
        raise


def _sizes(values: np.ndarray) -> tuple[int, ...]:
    return (*values.shape, *[1] * (4 - values.ndim))


def _ordered(values: np.ndarray) -> np.ndarray:
    """Return (x, y, z, time, fifth, sixth ...) as (*axes, z, y, x, time), axes in the order of the file."""
    whole = values.reshape(_sizes(values))
    extra = tuple(range(4, whole.ndim))
    return np.ascontiguousarray(whole.transpose(*extra, 2, 1, 0, 3))


def _axes(values: np.ndarray, said: dict[str, Any], path: Path) -> tuple[str, ...]:
    names = []
    for place in range(4, values.ndim):
        tag = str(said.get(f"dim_{place + 1}", _DEFAULT[place - 4]))
        if tag not in _AXES:
            raise DataError(
                "A dimension has a name that the standard does not know.",
                file=path.name,
                field=f"dim_{place + 1}",
                found=tag,
                expected=", ".join(_AXES),
            )
        names.append(_AXES[tag])
    return tuple(names)


def _dwell_s(loaded: Any) -> float:
    zooms, (_, unit) = loaded.header.get_zooms(), loaded.header.get_xyzt_units()
    return float(zooms[3]) * _SECONDS.get(unit, 1.0) if len(zooms) > 3 else 0.0


def _first(said: dict[str, Any], name: str, path: Path) -> Any:
    value = said.get(name)
    first = value[0] if isinstance(value, list) and value else value
    is_number = isinstance(first, (int, float)) and not isinstance(first, bool)
    if not (is_number if name == "SpectrometerFrequency" else isinstance(first, str) and first):
        raise DataError(
            "The header extension lacks what the standard requires.",
            file=path.name,
            field=name,
            found=value,
            expected="a list of numbers in MHz" if name == "SpectrometerFrequency" else 'a list of names such as "1H"',
        )
    return first


def _number(said: dict[str, Any], name: str) -> float | None:
    value = said.get(name)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _patient(said: dict[str, Any]) -> Patient | None:
    name, identifier = (str(said.get(key) or "").strip()[:64] for key in ("PatientName", "PatientID"))
    sex = str(said.get("PatientSex") or "")[:1].upper()
    return Patient(identifier, name, None, sex if sex in ("M", "F", "O") else "") if name or identifier else None


def _text(extension: Any) -> str:
    content = extension.get_content()
    return content if isinstance(content, str) else bytes(content).rstrip(b"\0").decode("utf-8")
