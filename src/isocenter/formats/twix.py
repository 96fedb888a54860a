"""Siemens raw data (twix, .dat of VB, VD, VE and XA) of Cartesian scans; needs the extra ``twix``.

The scanner's samples are the complex conjugate of what its directions say (see `isocenter.formats.ismrmrd`), and are
conjugated when they are read. Sag, Cor and Tra of the header are L, P and H.
Reader: twixtools, P. Ehses, MIT licence.
"""

from __future__ import annotations

import contextlib
import io
import struct
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import (
    DataError,
    FileFormatError,
    IsocenterError,
    MissingExtraError,
    NotSupportedError,
    OptionError,
)
from isocenter.core.geometry import as_vector
from isocenter.core.patient import Patient
from isocenter.formats.ismrmrd_epi import corrected
from isocenter.formats.ismrmrd_header import Encoding, ScanHeader
from isocenter.formats.ismrmrd_lines import (
    IS_CALIBRATION_AND_IMAGE,
    IS_NOISE,
    IS_PARALLEL_CALIBRATION,
    IS_PHASE_CORRECTION,
    IS_REVERSE,
    Line,
    Wanted,
    has_flag,
)
from isocenter.formats.mri_scan_file import ScanFile
from isocenter.formats.twix_blocks import require_whole
from isocenter.modalities.mri.measurement import Measurement
from isocenter.modalities.mri.series import Series

TITLE = "Siemens MR raw data (twix, .dat)"
SUFFIXES = (".dat",)

_FLAGS: Mapping[str, int] = {
    "NOISEADJSCAN": IS_NOISE,
    "PATREFSCAN": IS_PARALLEL_CALIBRATION,
    "PATREFANDIMASCAN": IS_CALIBRATION_AND_IMAGE,
    "PHASCOR": IS_PHASE_CORRECTION,
    "REFLECT": IS_REVERSE,
}
# Blocks of the file that are none of an image: feedback, phase stabilisation, marks and what is recorded beside.
_OTHERS = ("RTFEEDBACK", "HPFEEDBACK", "PHASESTABSCAN", "REFPHASESTABSCAN", "SYNCDATA", "ACQEND")
_CARTESIAN, _THREE_DIMENSIONAL, _NO_REGRIDDING = 1, 4, 1


def sniff(path: Path) -> bool:
    """Return whether this begins as a Siemens raw file: a directory of scans (VD and later), or a header (VB)."""
    try:
        with path.open("rb") as file:
            start = file.read(32)
        size = path.stat().st_size
    except OSError:
        return False
    if path.suffix.lower() not in SUFFIXES or len(start) < 32:
        return False
    first, second = struct.unpack_from("<II", start)
    if first < 10_000 and 1 <= second <= 64:
        (offset,) = struct.unpack_from("<Q", start, 16)
        return bool(10_000 <= offset < size)
    return bool(10_000 <= first < size and 1 <= second <= 64 and start[8:15] == b"Config\0")


def read(
    path: Path,
    *,
    contrast: int = 0,
    repetition: int = 0,
    phase: int = 0,
    set_index: int = 0,
    scan: int = -1,
    allow_missing_lines: bool = False,
    correct_ghost: bool = True,
    use_noise: bool = True,
) -> Measurement:
    """Return the k-space of one image of a Cartesian scan.

    Parameters
    ----------
    contrast, repetition, phase, set_index
        Which of the images in the file, counted from 0: echo or contrast, repetition, cardiac phase, set.
    scan
        Which measurement of a file that holds several; the last is the one that was asked for.
    allow_missing_lines
        Take lines that are missing without the header announcing acceleration as not sampled.
    correct_ghost
        Take the phase of reversed echo-planar lines out by the navigators.
    use_noise
        Keep the noise scan, by which coils are made independent.

    Raises
    ------
    MissingExtraError
        If twixtools is not installed.
    FileFormatError
        If the file is damaged or cut off.
    DataError
        If lines are missing, lead out of the encoded matrix or contradict each other, or are no numbers.
    NotSupportedError
        If the scan is not Cartesian, or samples on ramps have to be regridded.
    """
    file = _opened(path, scan, correct_ghost, use_noise)
    return file.measurement(Wanted(contrast, repetition, phase, set_index), allow_missing_lines, "")


def read_series(
    path: Path,
    counter: str = "contrast",
    *,
    scan: int = -1,
    allow_missing_lines: bool = False,
    correct_ghost: bool = True,
    use_noise: bool = True,
    echo_times_ms: str = "",
    field_t: float = 0.0,
) -> Series:
    """Return all scans of a file that differ in one counter: contrast, repetition, phase or set; raises as `read`.

    Parameters
    ----------
    echo_times_ms, field_t
        Take the place of what the header says.
    """
    file = _opened(path, scan, correct_ghost, use_noise)
    return file.series(counter, allow_missing=allow_missing_lines, echo_times_ms=echo_times_ms, field_t=field_t)


def _opened(path: Path, scan: int, correct_ghost: bool, use_noise: bool) -> ScanFile:
    scans = _scans(path)
    if not -len(scans) <= scan < len(scans):
        raise OptionError(
            "There is no such measurement in the file.",
            file=path.name,
            field="scan",
            found=scan,
            expected=f"0 to {len(scans) - 1}, or -1 for the last",
        )
    protocol, general = _protocol(scans[scan], path.name)
    encoding = _centred(_encoding(protocol, general, path.name), scans[scan])
    lines = _lines(scans[scan], path.name)
    others = [line for other in scans if other is not scans[scan] for line in _lines(other, path.name)]
    noise = [line.samples for line in (*others, *lines) if has_flag(line, IS_NOISE)] if use_noise else []
    if any(has_flag(line, IS_REVERSE) for line in lines):
        lines, encoding = corrected(lines, encoding, path.name, regrid=False, correct_ghost=correct_ghost)
    return ScanFile(path, _header(protocol, general), encoding, lines, noise=noise)


def _scans(path: Path) -> list[dict[str, Any]]:
    try:
        import twixtools
    except ImportError as problem:
        raise MissingExtraError(
            "Siemens raw files need the package twixtools.",
            file=path.name,
            found="not installed",
            remedy="pip install 'isocenter[twix]'",
        ) from problem
    require_whole(path)
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            scans: list[dict[str, Any]] = twixtools.read_twix(
                str(path), verbose=False, parse_pmu=False, parse_geometry=False
            )
    except Exception as problem:  # the reader lets errors of struct, numpy and re through on damaged files
        raise FileFormatError(
            "The file cannot be read as Siemens raw data.",
            file=path.name,
            found=f"{type(problem).__name__}: {problem}"[:200],
            remedy="Copy the file again from the scanner.",
        ) from problem
    return scans


def _protocol(scan: dict[str, Any], file: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header = scan.get("hdr", {})
    protocol = header.get("MeasYaps") or header.get("Phoenix") or {}
    if "sKSpace" not in protocol or "sSliceArray" not in protocol:
        raise FileFormatError(
            "The header holds no protocol of an imaging scan.",
            file=file,
            field="MeasYaps",
            found=", ".join(list(protocol)[:8]) or "nothing",
            expected="sKSpace and sSliceArray",
        )
    return protocol, {**header.get("Dicom", {}), **header.get("Config", {}), **header.get("Meas", {})}


def _encoding(protocol: dict[str, Any], general: dict[str, Any], file: str) -> Encoding:
    space, first_slice = protocol["sKSpace"], protocol["sSliceArray"]["asSlice"][0]
    kind = int(space.get("ucTrajectory", _CARTESIAN))
    if kind != _CARTESIAN:
        raise NotSupportedError(
            "Only Cartesian scans are read from Siemens raw files.",
            file=file,
            field="sKSpace.ucTrajectory",
            found=kind,
            expected=_CARTESIAN,
            remedy="Convert the file to ISMRMRD with its trajectory (siemens_to_ismrmrd), and give that.",
        )
    mode = _number(general.get("alRegridMode"), _NO_REGRIDDING)
    if mode > _NO_REGRIDDING:
        raise NotSupportedError(
            "Echo-planar samples on ramps are not regridded from Siemens raw files.",
            file=file,
            field="alRegridMode",
            found=mode,
            expected=_NO_REGRIDDING,
            remedy="Convert the file to ISMRMRD (siemens_to_ismrmrd), and give that.",
        )
    base, n_y = int(space["lBaseResolution"]), int(space["lPhaseEncodingLines"])
    oversampling = float(_number(general.get("flReadoutOSFactor"), 2.0))
    is_3d = int(space.get("ucDimension", 2)) == _THREE_DIMENSIONAL
    n_z = int(space.get("lPartitions", 1)) if is_3d else 1
    image_z = int(space.get("lImagesPerSlab", n_z)) if is_3d else 1
    depth, along, across = (float(first_slice[name]) for name in ("dThickness", "dPhaseFOV", "dReadoutFOV"))
    wider_y = 1 + float(space.get("dPhaseOversamplingForDialog", 0.0))
    wider_z = max(1.0, n_z / image_z) if is_3d else 1.0
    pat = protocol.get("sPat", {})
    return Encoding(
        "cartesian",
        (n_z, n_y, round(base * oversampling)),
        (depth * wider_z, along * wider_y, across * oversampling),
        (image_z, max(1, round(base * along / across)), base),
        (depth, along, across),
        n_y // 2,
        n_z // 2,
        float(max(int(pat.get("lAccelFactPE", 1)), int(pat.get("lAccelFact3D", 1)))),
    )


def _centred(encoding: Encoding, scan: dict[str, Any]) -> Encoding:
    """Return the encoding with the centre of k-space that the first readout of the image names."""
    head = next((block.mdh for block in scan["mdb"] if block.is_image_scan()), None)
    if head is None:
        return encoding
    return replace(encoding, center_1=int(head.CenterLin), center_2=int(head.CenterPar))


def _lines(scan: dict[str, Any], file: str) -> list[Line]:
    blocks = [block for block in scan["mdb"] if not any(block.is_flag_set(name) for name in _OTHERS)]
    try:
        return [_line(block, file) for block in blocks]
    except (ValueError, IndexError, OSError) as problem:
        if isinstance(problem, IsocenterError):
            raise
        raise FileFormatError(
            "A block of the file cannot be read.", file=file, found=f"{type(problem).__name__}: {problem}"[:200]
        ) from problem


def _line(block: Any, file: str) -> Line:
    head, flags = block.mdh, 0
    for name, flag in _FLAGS.items():
        if block.is_flag_set(name):
            flags |= 1 << (flag - 1)
    samples = np.atleast_2d(np.asarray(block.data, dtype=np.complex64)).conj()
    if not np.isfinite(samples).all():
        raise DataError(
            "A line holds samples that are not numbers.",
            file=file,
            field=f"scan counter {int(head.ScanCounter)}",
            found=f"{int((~np.isfinite(samples)).sum())} of {samples.size} samples NaN or infinite",
            expected="finite samples",
        )
    center = int(head.CenterCol)
    if flags >> (IS_REVERSE - 1) & 1:
        samples, center = samples[:, ::-1], samples.shape[1] - 1 - center
    pre, post = int(head.CutOff.Pre), int(head.CutOff.Post)
    samples = samples[:, pre : samples.shape[1] - post]
    counter, place = head.Counter, head.SliceData
    phase_dir, read_dir, slice_dir = rotation(np.array(place.Quaternion[:], dtype=float)).T
    return Line(
        samples,
        flags,
        int(counter.Lin),
        int(counter.Par),
        int(counter.Sli),
        int(counter.Eco),
        int(counter.Rep),
        int(counter.Phs),
        int(counter.Set),
        0,
        center - pre,
        0.0,
        None,
        (float(place.SlicePos.Sag), float(place.SlicePos.Cor), float(place.SlicePos.Tra)),
        as_vector(read_dir),
        as_vector(phase_dir),
        as_vector(slice_dir),
    )


def rotation(quaternion: FloatArray) -> FloatArray:
    """Return the matrix whose columns are phase, read and slice direction in LPS, of a quaternion, its scalar first.

    A quaternion of no length, as of scans without an orientation, gives the transverse directions.
    """
    length = float(np.linalg.norm(quaternion))
    if not length > 0.5:
        return np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    r, i, j, k = quaternion / length
    return np.array(
        [
            [1 - 2 * (j * j + k * k), 2 * (i * j - k * r), 2 * (i * k + j * r)],
            [2 * (i * j + k * r), 1 - 2 * (i * i + k * k), 2 * (j * k - i * r)],
            [2 * (i * k - j * r), 2 * (j * k + i * r), 1 - 2 * (i * i + j * j)],
        ]
    )


def _header(protocol: dict[str, Any], general: dict[str, Any]) -> ScanHeader:
    n_contrasts = int(_number(protocol.get("lContrasts"), 1))
    times_s = tuple(float(us) * 1e-6 for us in list(protocol.get("alTE", []))[:n_contrasts])
    repetition_us, flip_deg = protocol.get("alTR", [0])[0], protocol.get("adFlipAngleDegree", [0])[0]
    field_t = float(_number(general.get("flMagneticFieldStrength"), 0.0))
    return ScanHeader(
        (),
        field_t or None,
        float(repetition_us) * 1e-6 if repetition_us else None,
        times_s[0] if times_s else None,
        float(np.radians(flip_deg)) if flip_deg else None,
        _patient(general),
        None,
        times_s,
        "SIEMENS",
    )


def _patient(general: dict[str, Any]) -> Patient | None:
    """Return the patient; None where the file was made anonymous."""
    name, identifier = (str(general.get(key, "")).strip() for key in ("tPatientName", "PatientID"))
    if not (name + identifier).strip("xX "):
        return None
    try:
        born = date.fromisoformat(str(general.get("PatientBirthDay", "")).strip())
    except ValueError:
        born = None
    sex = {1: "F", 2: "M", 3: "O"}.get(int(_number(general.get("PatientSex"), 0)), "")
    return Patient(identifier[:64], name[:64], born, sex)


def _number(value: Any, default: float) -> float:
    """Return a value of the header, the first of several, as a number; what is empty or no number is `default`."""
    first = value[0] if isinstance(value, (list, tuple)) and value else value
    try:
        return float(first)
    except (TypeError, ValueError):
        return default
