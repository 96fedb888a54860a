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
from typing import Any

import h5py
import numpy as np

from isocenter.core.errors import DataError, FileFormatError, OptionError
from isocenter.core.provenance import Source
from isocenter.formats.hdf5 import opened
from isocenter.formats.ismrmrd_calibration import calibration_of
from isocenter.formats.ismrmrd_epi import corrected
from isocenter.formats.ismrmrd_header import Encoding, ScanHeader, read_header, write_header
from isocenter.formats.ismrmrd_lines import (
    ACQUISITION_TYPE,
    IS_NOISE,
    Geometry,
    Line,
    Wanted,
    available,
    geometry_of,
    has_flag,
    image_lines,
    is_image,
    to_records,
)
from isocenter.formats.ismrmrd_trajectory import shots_of
from isocenter.formats.ismrmrd_waveforms import read_waveforms
from isocenter.formats.told_scans import told
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.measurement import Measurement
from isocenter.modalities.mri.series import AXES, Series
from isocenter.modalities.mri.waveform import Waveform

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

    Raises
    ------
    FileFormatError
        If the file is damaged, holds no raw data, or its header is not ISMRMRD's.
    DataError
        If lines are missing, lead out of the encoded matrix or contradict each other, samples are no numbers, the
        trajectory is missing or its unit not clear, or the noise scan is of other coils.
    """
    file = _File.opened(path, fov_mm, regrid, correct_ghost, kspace_sign)
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
    if counter not in AXES:
        raise OptionError("Scans do not differ in this.", field="counter", found=counter, expected=", ".join(AXES))
    file = _File.opened(path, fov_mm, regrid, correct_ghost, kspace_sign)
    places = sorted({_place_on(line, counter) for line in file.lines if is_image(line)})
    name = "set_index" if counter == "set" else counter
    frames = [
        file.measurement(replace(Wanted(), **{name: place}), allow_missing_lines, trajectory_unit) for place in places
    ]
    return Series(tuple(told(frames, echo_times_ms, field_t, path.name)), counter)


def _place_on(line: Line, counter: str) -> int:
    places = {"contrast": line.contrast, "repetition": line.repetition, "phase": line.phase, "set": line.set_index}
    return places[counter]


class _File:
    """What a file holds, corrected, from which images are taken one by one."""

    def __init__(
        self, path: Path, header: ScanHeader, encoding: Encoding, noise: list[np.ndarray], lines: list[Line]
    ) -> None:
        self.path, self.header, self.encoding, self.noise, self.lines = path, header, encoding, noise, lines
        self.waveforms: tuple[Waveform, ...] = ()
        self.source = Source.of_file(path)

    @classmethod
    def opened(cls, path: Path, fov_mm: float, regrid: bool, correct_ghost: bool, sign: str) -> _File:
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
        noise = [line.samples for line in lines if has_flag(line, IS_NOISE)]
        if encoding.trajectory == "epi":
            lines, encoding = corrected(lines, encoding, path.name, regrid=regrid, correct_ghost=correct_ghost)
            encoding = replace(encoding, trajectory="cartesian")
        found = cls(path, header, encoding, noise, lines)
        found.waveforms = waveforms
        return found

    def measurement(self, wanted: Wanted, allow_missing: bool, unit: str) -> Measurement:
        """Return one image's scan."""
        name, header = self.path.name, self.header
        chosen = image_lines(self.lines, wanted, name)
        header = replace(header, echo_time_s=header.echo_time_of(wanted.contrast))
        calibration = None
        if self.encoding.trajectory == "cartesian":
            acquisition, data = _assembled(chosen, header, self.encoding, name, allow_missing)
            calibration = calibration_of(self.lines, wanted, self.encoding, acquisition, name)
        else:
            acquisition, data = _along_trajectory(chosen, header, self.encoding, name, unit)
        return Measurement(
            acquisition,
            data,
            noise=_noise_of(self.noise, acquisition.n_coils, name),
            sources=(self.source,),
            patient=header.patient,
            study=header.study,
            calibration=calibration,
            waveforms=self.waveforms,
            available=available(self.lines),
        )


def _is_conjugated(sign: str, vendor: str) -> bool:
    if sign not in ("", "+", "-"):
        raise OptionError("There is no such sign.", field="kspace_sign", found=sign, expected="+ or -")
    return sign == "+" or (sign == "" and vendor.lower().startswith("siemens"))


def _noise_of(scans: list[np.ndarray], n_coils: int, file: str) -> np.ndarray | None:
    """Return the noise samples (coil, sample); raises `DataError` if they are of another number of coils."""
    for samples in scans:
        if samples.shape[0] != n_coils:
            raise DataError(
                "The noise scan has another number of coils than the image.",
                file=file,
                field="active_channels",
                found=samples.shape[0],
                expected=n_coils,
                remedy="Take the noise scan out of the file: without one the coils are not made independent.",
            )
    return np.concatenate(scans, axis=1) if scans else None


def _along_trajectory(
    lines: list[Line], header: ScanHeader, encoding: Encoding, file: str, unit: str
) -> tuple[Acquisition, np.ndarray]:
    data, trajectory, times_s, is_3d = shots_of(lines, encoding, file, unit)
    n_z = encoding.shape[0] if is_3d else data.shape[1]
    geometry = geometry_of(lines, encoding, n_z, is_3d=is_3d)
    acquisition = Acquisition(
        n_coils=data.shape[0],
        encoded_shape=(n_z, *encoding.shape[1:]),
        encoded_fov_mm=geometry.encoded_fov_mm,
        recon_shape=(encoding.recon_shape[0] if is_3d else n_z, *encoding.recon_shape[1:]),
        recon_fov_mm=geometry.recon_fov_mm,
        is_3d=is_3d,
        trajectory=trajectory,
        sample_times_s=times_s,
        **_placed(geometry, header, encoding, is_3d=is_3d),
    )
    return acquisition, data


def _placed(geometry: Geometry, header: ScanHeader, encoding: Encoding, *, is_3d: bool) -> dict[str, Any]:
    """Return what a scan of any sampling says about place and contrast, as arguments of `Acquisition`."""
    return {
        "center_mm": geometry.center_mm,
        "read_dir": geometry.read_dir,
        "phase_dir": geometry.phase_dir,
        "slice_dir": geometry.slice_dir,
        "slice_thickness_mm": encoding.fov_mm[0] if not is_3d and encoding.fov_mm[0] > 0 else None,
        "field_t": header.field_t or None,
        "repetition_time_s": header.repetition_time_s,
        "echo_time_s": header.echo_time_s,
        "flip_angle_rad": header.flip_angle_rad,
    }


def _assembled(
    lines: list[Line], header: ScanHeader, encoding: Encoding, file: str, allow_missing: bool
) -> tuple[Acquisition, np.ndarray]:
    is_3d = encoding.shape[0] > 1
    n_slices = 1 + max(line.slice_index for line in lines)
    n_z = encoding.shape[0] if is_3d else n_slices
    n_y, n_x, n_coils = encoding.shape[1], encoding.shape[2], lines[0].samples.shape[0]
    data = np.zeros((n_coils, n_z, n_y, n_x), dtype=np.complex64)
    counts = np.zeros((n_z, n_y), dtype=int)
    ranges = set()
    for line in lines:
        ky = line.step_1 - encoding.center_1 + n_y // 2
        kz = line.step_2 - encoding.center_2 + n_z // 2 if is_3d else line.slice_index
        start = n_x // 2 - line.center_sample
        n_samples = line.samples.shape[1]
        if not (0 <= ky < n_y and 0 <= kz < n_z and start >= 0 and start + n_samples <= n_x):
            raise DataError(
                "A line lies outside the encoded matrix.",
                file=file,
                field="idx, center_sample",
                found=f"ky {ky}, kz {kz}, samples {start} to {start + n_samples}",
                expected=f"within (z, y, x) = {(n_z, n_y, n_x)}",
            )
        if line.samples.shape[0] != n_coils:
            raise DataError(
                "The number of coils changes.",
                file=file,
                field="active_channels",
                found=line.samples.shape[0],
                expected=n_coils,
            )
        data[:, kz, ky, start : start + n_samples] += line.samples
        counts[kz, ky] += 1
        ranges.add((start, start + n_samples))
    if len(ranges) > 1:
        raise DataError(
            "The readouts differ in length or in where they cross the centre.",
            file=file,
            field="number_of_samples, center_sample",
            found="samples " + ", ".join(f"{first} to {end}" for first, end in sorted(ranges)[:4]),
            expected=f"one range of the {n_x} along the readout",
            remedy="Lines of another kind (navigators, another contrast) have to be flagged or counted as such.",
        )
    taken = ranges.pop()
    data /= np.maximum(counts, 1)[None, :, :, None]
    sampled = counts > 0 if is_3d else _same_in_all(counts > 0, file)
    geometry = geometry_of(lines, encoding, n_slices, is_3d=is_3d)
    acquisition = Acquisition(
        n_coils=n_coils,
        encoded_shape=(n_z, n_y, n_x),
        encoded_fov_mm=geometry.encoded_fov_mm,
        recon_shape=(encoding.recon_shape[0] if is_3d else n_z, *encoding.recon_shape[1:]),
        recon_fov_mm=geometry.recon_fov_mm,
        sampled=None if sampled.all() else sampled,
        taken_samples=None if taken == (0, n_x) else taken,
        is_3d=is_3d,
        **_placed(geometry, header, encoding, is_3d=is_3d),
    )
    if acquisition.has_gaps and encoding.acceleration <= 1 and not allow_missing:
        raise DataError(
            "Lines of k-space are missing, and the header announces no acceleration.",
            file=file,
            field="kspace_encode_step_1",
            found=f"{int(sampled.sum())} of {sampled.size} lines",
            expected="every line, or an accelerationFactor in the header",
            remedy="If they were left out on purpose: --option allow_missing_lines=yes",
        )
    return acquisition, data


def _same_in_all(sampled: np.ndarray, file: str) -> np.ndarray:
    """Return the lines (1, ky) of a scan of slices; raises `DataError` if slices differ or one is missing."""
    if not (sampled == sampled[:1]).all():
        raise DataError(
            "The slices were not sampled alike.",
            file=file,
            field="kspace_encode_step_1",
            found="lines per slice: " + ", ".join(str(n) for n in sampled.sum(axis=1)),
            expected="the same lines in every slice",
            remedy="The scan may have been interrupted.",
        )
    return sampled[:1]


def write(measurement: Measurement, path: Path) -> None:
    """Write k-space as ISMRMRD: one acquisition for every line that was taken, the noise scan before them."""
    with h5py.File(path, "w") as file:
        group = file.create_group("dataset")
        text = h5py.string_dtype(encoding="utf-8")
        group.create_dataset("xml", data=np.array([write_header(measurement)], dtype=object), dtype=text)
        group.create_dataset("data", data=to_records(measurement), maxshape=(None,), dtype=ACQUISITION_TYPE)


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
