"""ISMRMRD (MRD) raw data in HDF5, read and written: Cartesian and echo-planar lines, and trajectories.

Positions and directions of ISMRMRD are patient coordinates in LPS, as DICOM's. A sample at k along a direction is
taken as the integral of the signal times exp(-2 pi i k r): an image by the inverse transform then grows along the
directions. Siemens scanners write the complex conjugate of that, so their samples are conjugated when they are read.
Source: Inati et al., Magn. Reson. Med. 77 (2017) 411-421; MRD documentation, ismrmrd.readthedocs.io, "MR Acquisition
Data" and "Geometry".
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from isocenter.core.errors import FileFormatError, OptionError
from isocenter.formats.hdf5 import opened
from isocenter.formats.ismrmrd_epi import corrected
from isocenter.formats.ismrmrd_header import read_header, write_header
from isocenter.formats.ismrmrd_lines import ACQUISITION_TYPE, IS_NOISE, Line, Wanted, has_flag, to_records
from isocenter.formats.ismrmrd_waveforms import read_waveforms, write_waveforms
from isocenter.formats.mri_scan_file import ScanFile
from isocenter.modalities.mri.measurement import Measurement
from isocenter.modalities.mri.series import Series

TITLE = "ISMRMRD (MRD) MR raw data, HDF5"
SUFFIXES = (".h5", ".mrd")


def sniff(path: Path) -> bool:
    """Return whether this is an HDF5 file with an ISMRMRD header or images."""
    try:
        with h5py.File(path, "r") as file:
            return _group_of(file) is not None or "images" in file
    except (OSError, RuntimeError):
        return False


def read(
    path: Path,
    *,
    contrast: int = 0,
    repetition: int = 0,
    phase: int = 0,
    set_index: int = 0,
    fov_mm: float = 0.0,
    allow_missing_lines: bool = False,
    trajectory_unit: str = "",
    regrid: bool = True,
    correct_ghost: bool = True,
    kspace_sign: str = "",
    use_noise: bool = True,
) -> Measurement:
    """Return the k-space of one image; averages are averaged, noise, calibration and waveforms kept beside.

    Parameters
    ----------
    contrast, repetition, phase, set_index
        Which of the images in the file, counted from 0: echo or contrast, repetition, cardiac phase, set.
    fov_mm
        In-plane field of view for files that state none.
    allow_missing_lines
        Take lines that are missing without the header announcing acceleration as not sampled.
    trajectory_unit
        ``cycles/pixel``, ``cycles/fov``, ``1/m`` or ``rad/m``, where it cannot be told from the points.
    regrid
        Bring echo-planar samples on the ramps of the readout to the grid, by the times in the header.
    correct_ghost
        Take the phase of reversed echo-planar lines out by the navigators.
    kspace_sign
        ``-`` for samples that are the integral times exp(-2 pi i k r), ``+`` for their complex conjugates; left out, by
        the vendor in the header: ``+`` for Siemens.
    use_noise
        Keep the noise scan, by which coils are made independent.

    Raises
    ------
    FileFormatError
        If the file is damaged, holds no raw data, or its header is not ISMRMRD's.
    DataError
        If lines are missing, lead out of the encoded matrix or contradict each other, samples are no numbers, the
        trajectory is missing or its unit not clear, or the noise scan is of other coils.
    """
    file = _opened(path, fov_mm, regrid, correct_ghost, kspace_sign, use_noise)
    return file.measurement(Wanted(contrast, repetition, phase, set_index), allow_missing_lines, trajectory_unit)


def read_series(
    path: Path,
    counter: str = "contrast",
    *,
    fov_mm: float = 0.0,
    allow_missing_lines: bool = False,
    trajectory_unit: str = "",
    regrid: bool = True,
    correct_ghost: bool = True,
    kspace_sign: str = "",
    use_noise: bool = True,
    echo_times_ms: str = "",
    field_t: float = 0.0,
) -> Series:
    """Return all scans of a file that differ in one counter: contrast, repetition, phase or set; raises as `read`.

    Parameters
    ----------
    echo_times_ms
        Echo times of the contrasts, such as ``1.2,2.4,3.6``, where the header gives none.
    field_t
        Strength of the main field in tesla, where the header gives none.
    """
    file = _opened(path, fov_mm, regrid, correct_ghost, kspace_sign, use_noise)
    return file.series(
        counter,
        allow_missing=allow_missing_lines,
        trajectory_unit=trajectory_unit,
        echo_times_ms=echo_times_ms,
        field_t=field_t,
    )


def _opened(path: Path, fov_mm: float, regrid: bool, correct_ghost: bool, sign: str, use_noise: bool) -> ScanFile:
    with opened(path) as file:
        group = _group_of(file)
        if group is None:
            raise FileFormatError(
                "The file holds images, not raw data.",
                file=path.name,
                found=", ".join(file),
                expected="a group with xml and data",
                remedy="Give the file of raw data that these images were made of.",
            )
        header = read_header(_text(file[group]["xml"], path), path.name)
        records = _records(file[group]["data"], path)
        is_siemens = header.vendor.lower().startswith("siemens")
        stamp = int(records[0]["head"]["acquisition_time_stamp"]) if is_siemens else None
        waveforms = read_waveforms(file[group], header.waveform_kinds, path.name, stamp)
    encoding = header.encodings[0]
    if fov_mm > 0:
        encoding = encoding.with_fov(fov_mm)
    is_conjugated = _is_conjugated(sign, header.vendor)
    lines = [Line.of(record, path.name, is_conjugated=is_conjugated) for record in records]
    noise = [line.samples for line in lines if has_flag(line, IS_NOISE)] if use_noise else []
    if encoding.trajectory == "epi":
        lines, encoding = corrected(lines, encoding, path.name, regrid=regrid, correct_ghost=correct_ghost)
        encoding = replace(encoding, trajectory="cartesian")
    return ScanFile(path, header, encoding, lines, noise=noise, waveforms=waveforms)


def _is_conjugated(sign: str, vendor: str) -> bool:
    if sign not in ("", "+", "-"):
        raise OptionError("There is no such sign.", field="kspace_sign", found=sign, expected="+ or -")
    return sign == "+" or (sign == "" and vendor.lower().startswith("siemens"))


def write(measurement: Measurement, path: Path) -> None:
    """Write k-space as ISMRMRD: one acquisition for every line that was taken, noise and calibration before them."""
    with h5py.File(path, "w") as file:
        group = file.create_group("dataset")
        text = h5py.string_dtype(encoding="utf-8")
        group.create_dataset("xml", data=np.array([write_header(measurement)], dtype=object), dtype=text)
        group.create_dataset("data", data=to_records(measurement), maxshape=(None,), dtype=ACQUISITION_TYPE)
        write_waveforms(group, measurement.waveforms)


def _group_of(file: h5py.File) -> str | None:
    return next(
        (str(name) for name, item in file.items() if isinstance(item, h5py.Group) and "xml" in item and "data" in item),
        None,
    )


def _text(dataset: h5py.Dataset, path: Path) -> str:
    value = dataset[()]
    value = value[0] if isinstance(value, np.ndarray) and value.size else value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str):
        return value
    raise FileFormatError("The header is no text.", file=path.name, field="xml", found=type(value).__name__)


def _records(dataset: h5py.Dataset, path: Path) -> np.ndarray:
    names = dataset.dtype.names or ()
    if not {"head", "data"} <= set(names) or dataset.ndim != 1 or dataset.shape[0] == 0:
        raise FileFormatError(
            "The acquisitions are not ISMRMRD's.",
            file=path.name,
            field="data",
            found=f"{names or dataset.dtype} of shape {dataset.shape}",
            expected="records with head, traj and data",
        )
    records: np.ndarray = dataset[()]
    return records
