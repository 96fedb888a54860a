"""The XML header of ISMRMRD: what was encoded, with which contrast, of whom.

Source: ISMRMRD XML schema, schema/ismrmrd.xsd.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from datetime import date
from xml.sax.saxutils import escape

import numpy as np

from isocenter.core.errors import DataError, FileFormatError
from isocenter.core.geometry import Vector
from isocenter.core.patient import Patient, Study
from isocenter.modalities.mri.measurement import Measurement

NAMESPACE = "http://www.ismrm.org/ISMRMRD"
GYROMAGNETIC_HZ_PER_T = 42.577478518e6  # CODATA 2018, proton
MAX_HEADER_CHARACTERS = 10_000_000


@dataclass(frozen=True)
class EpiReadout:
    """The trapezoid of an echo-planar readout, times in seconds; `delay_s` is from its start to the first sample."""

    ramp_up_s: float
    flat_s: float
    ramp_down_s: float
    delay_s: float
    n_samples: int
    dwell_s: float


@dataclass(frozen=True)
class Encoding:
    """One encoding: matrices and fields (z, y, x), where the centre of k-space is, how much was left out."""

    trajectory: str
    shape: tuple[int, int, int]
    fov_mm: Vector
    recon_shape: tuple[int, int, int]
    recon_fov_mm: Vector
    center_1: int
    center_2: int
    acceleration: float
    epi: EpiReadout | None = None

    def with_fov(self, fov_mm: float) -> Encoding:
        """Return the encoding with an in-plane field that the file does not state."""
        plane = (fov_mm * self.shape[1] / self.shape[2], fov_mm)
        return replace(self, fov_mm=(self.fov_mm[0], *plane), recon_fov_mm=(self.recon_fov_mm[0], *plane))


@dataclass(frozen=True)
class ScanHeader:
    """What the header says; None where it is silent."""

    encodings: tuple[Encoding, ...]
    field_t: float | None
    repetition_time_s: float | None
    echo_time_s: float | None
    flip_angle_rad: float | None
    patient: Patient | None
    study: Study | None
    echo_times_s: tuple[float, ...] = ()
    vendor: str = ""
    waveform_kinds: tuple[tuple[str, str], ...] = ()

    def echo_time_of(self, contrast: int) -> float | None:
        """Return the echo time of a contrast; None where the header gives it none."""
        if contrast < len(self.echo_times_s):
            return self.echo_times_s[contrast]
        return self.echo_time_s if len(self.echo_times_s) <= 1 else None


def read_header(text: str, file: str) -> ScanHeader:
    """Return the header; raises `FileFormatError` if it is not ISMRMRD's and `DataError` for impossible numbers."""
    # A document type could define entities that grow without end; ISMRMRD never has one.
    if "<!DOCTYPE" in text or "<!ENTITY" in text or len(text) > MAX_HEADER_CHARACTERS:
        raise FileFormatError(
            "The header is not acceptable.", file=file, field="xml", found="a document type or too much text"
        )
    try:
        root = ET.fromstring(text.strip().rstrip("\0"))  # noqa: S314 - document types are refused above
    except ET.ParseError as error:
        raise FileFormatError("The header is no XML.", file=file, field="xml", found=str(error)) from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    encodings = tuple(_encoding(node, file) for node in root.findall("encoding"))
    if root.tag != "ismrmrdHeader" or not encodings:
        raise FileFormatError(
            "The header is not ISMRMRD's.",
            file=file,
            field="xml",
            found=root.tag,
            expected="ismrmrdHeader with an encoding",
        )
    field_t = _optional(root, "acquisitionSystemInformation/systemFieldStrength_T")
    flip_deg = _optional(root, "sequenceParameters/flipAngle_deg")
    return ScanHeader(
        encodings,
        field_t if field_t and field_t < 30 else None,
        _seconds(root, "sequenceParameters/TR"),
        _seconds(root, "sequenceParameters/TE"),
        None if flip_deg is None else float(np.radians(flip_deg)),
        _patient(root),
        _study(root),
        tuple(_all_seconds(root, "sequenceParameters/TE")),
        (root.findtext("acquisitionSystemInformation/systemVendor") or "").strip(),
        tuple(
            ((node.findtext("waveformName") or "").strip(), (node.findtext("waveformType") or "").strip().lower())
            for node in root.findall("waveformInformation")
        ),
    )


def _encoding(node: ET.Element, file: str) -> Encoding:
    shape = _matrix(node, "encodedSpace", file)
    fov = _fov(node, "encodedSpace")
    has_recon = node.find("reconSpace") is not None
    recon_shape = _matrix(node, "reconSpace", file) if has_recon else shape
    recon_fov = _fov(node, "reconSpace") if has_recon else fov
    factor = max(
        _optional(node, f"parallelImaging/accelerationFactor/kspace_encoding_step_{axis}") or 1.0 for axis in (1, 2)
    )
    limits = "encodingLimits/kspace_encoding_step_{}/center"
    center_1, center_2 = (_optional(node, limits.format(axis)) for axis in (1, 2))
    return Encoding(
        (node.findtext("trajectory") or "cartesian").strip().lower(),
        shape,
        fov,
        recon_shape,
        recon_fov,
        int(shape[1] // 2 if center_1 is None else center_1),
        int(shape[0] // 2 if center_2 is None else center_2),
        factor,
        _epi_readout(node, file),
    )


# What converters write, in microseconds; the names are those of the ISMRMRD converters and of Gadgetron.
_EPI_TIMES = ("rampUpTime", "flatTopTime", "rampDownTime", "acqDelayTime", "numSamples", "dwellTime")


def _epi_readout(node: ET.Element, file: str) -> EpiReadout | None:
    """Return the trapezoid of an EPI readout; None where the header describes none.

    Raises `DataError` where it is half described, or its times cannot be.
    """
    description = node.find("trajectoryDescription")
    if description is None or (node.findtext("trajectory") or "").strip().lower() != "epi":
        return None
    found: dict[str, float] = {}
    for item in (*description.findall("userParameterLong"), *description.findall("userParameterDouble")):
        value = _optional(item, "value")
        if value is not None:
            found[(item.findtext("name") or "").strip()] = value
    if not found.keys() & set(_EPI_TIMES):
        return None
    missing = [name for name in _EPI_TIMES if name not in found and name != "acqDelayTime"]
    up, flat, down, n_samples, dwell = (found.get(name, 0.0) for name in _EPI_TIMES if name != "acqDelayTime")
    total = up + flat + down
    # Without a delay the samples lie in the middle of the gradient.
    delay = found.get("acqDelayTime", (total - dwell * n_samples) / 2)
    is_possible = min(up, flat, down) >= 0 and dwell > 0 and n_samples >= 1 and delay >= -dwell
    if missing or not is_possible or delay + dwell * n_samples > total + dwell:
        raise DataError(
            "The echo-planar readout is not described, or cannot be.",
            file=file,
            field="trajectoryDescription",
            found=", ".join(f"{name} {value:g}" for name, value in found.items() if name in _EPI_TIMES),
            expected=", ".join(_EPI_TIMES) + ", samples within the gradient, times in microseconds",
            remedy="Read it as if it were flat: --option regrid=no",
        )
    return EpiReadout(up * 1e-6, flat * 1e-6, down * 1e-6, delay * 1e-6, int(n_samples), dwell * 1e-6)


def _matrix(node: ET.Element, space: str, file: str) -> tuple[int, int, int]:
    found = [node.findtext(f"{space}/matrixSize/{axis}") for axis in "zyx"]
    try:
        z, y, x = (int(float(text or "")) for text in found)
    except ValueError:
        z = y = x = 0
    if not (1 <= z <= 4096 and 1 <= y <= 65536 and 1 <= x <= 65536):
        raise DataError(
            "The matrix size is missing or impossible.",
            file=file,
            field=f"{space}/matrixSize",
            found=found,
            expected="z, y, x",
        )
    return (z, y, x)


def _fov(node: ET.Element, space: str) -> Vector:
    """Return the field (z, y, x); 0 where the file states none."""
    z, y, x = (_optional(node, f"{space}/fieldOfView_mm/{axis}") or 0.0 for axis in "zyx")
    return (z, y, x)


def _optional(node: ET.Element, path: str) -> float | None:
    try:
        value = float(node.findtext(path) or "")
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _seconds(node: ET.Element, path: str) -> float | None:
    value_ms = _optional(node, path)
    return None if value_ms is None else value_ms / 1000


def _all_seconds(root: ET.Element, path: str) -> list[float]:
    """Return every value of a parameter in seconds; empty if one of them is no number."""
    texts = [node.text or "" for node in root.findall(path)]
    try:
        values = [float(text) / 1000 for text in texts]
    except ValueError:
        return []
    return values if all(np.isfinite(value) for value in values) else []


def _patient(root: ET.Element) -> Patient | None:
    node = root.find("subjectInformation")
    if node is None:
        return None
    try:
        born = date.fromisoformat((node.findtext("patientBirthdate") or "").strip())
    except ValueError:
        born = None
    sex = (node.findtext("patientGender") or "").strip()[:1].upper()
    return Patient(
        (node.findtext("patientID") or "").strip()[:64],
        (node.findtext("patientName") or "").strip()[:64],
        born,
        sex if sex in ("M", "F", "O") else "",
    )


def _study(root: ET.Element) -> Study | None:
    node = root.find("studyInformation")
    if node is None:
        return None
    return Study(
        (node.findtext("studyInstanceUID") or "").strip() or None,
        (node.findtext("accessionNumber") or "").strip()[:16],
        (node.findtext("studyDescription") or "").strip()[:64],
        (node.findtext("referringPhysicianName") or "").strip()[:64],
    )


def write_header(measurement: Measurement) -> str:
    """Return the header of a measurement."""
    scan = measurement.acquisition
    n_z = scan.encoded_shape[0] if scan.is_3d else 1
    per_slice = 1 if scan.is_3d else scan.encoded_shape[0]
    thickness = scan.slice_thickness_mm or scan.encoded_fov_mm[0] / per_slice
    encoded = (
        (n_z, *scan.encoded_shape[1:]),
        (scan.encoded_fov_mm[0] if scan.is_3d else thickness, *scan.encoded_fov_mm[1:]),
    )
    image_z = scan.recon_matrix[0] if scan.is_3d else 1
    image_depth = scan.image_fov_mm[0] if scan.is_3d else thickness
    image = ((image_z, *scan.recon_matrix[1:]), (image_depth, *scan.image_fov_mm[1:]))
    frequency_hz = round((scan.field_t or 0.0) * GYROMAGNETIC_HZ_PER_T)
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ismrmrdHeader xmlns="{NAMESPACE}">',
        _subject(measurement.patient),
        "<acquisitionSystemInformation><systemVendor>Isocenter</systemVendor>",
        "" if scan.field_t is None else f"<systemFieldStrength_T>{scan.field_t:g}</systemFieldStrength_T>",
        f"<receiverChannels>{scan.n_coils}</receiverChannels></acquisitionSystemInformation>",
        f"<experimentalConditions><H1resonanceFrequency_Hz>{frequency_hz}</H1resonanceFrequency_Hz></experimentalConditions>",
        "<encoding>",
        _space("encodedSpace", *encoded),
        _space("reconSpace", *image),
        _limits(scan.encoded_shape[1], n_z, per_slice),
        f"<trajectory>{'cartesian' if scan.trajectory is None else 'other'}</trajectory>",
        _parallel(scan.acceleration if scan.has_gaps and scan.trajectory is None else 1.0),
        "</encoding>",
        _sequence(scan.repetition_time_s, scan.echo_time_s, scan.flip_angle_rad),
        "</ismrmrdHeader>",
    ]
    return "\n".join(part for part in parts if part)


def _space(name: str, shape: tuple[int, int, int], fov_mm: Vector) -> str:
    matrix = "".join(f"<{axis}>{n}</{axis}>" for axis, n in zip("xyz", shape[::-1], strict=True))
    field = "".join(f"<{axis}>{length:.9g}</{axis}>" for axis, length in zip("xyz", fov_mm[::-1], strict=True))
    return f"<{name}><matrixSize>{matrix}</matrixSize><fieldOfView_mm>{field}</fieldOfView_mm></{name}>"


def _limits(n_y: int, n_z: int, n_slices: int) -> str:
    def limit(name: str, n: int) -> str:
        return f"<{name}><minimum>0</minimum><maximum>{n - 1}</maximum><center>{n // 2}</center></{name}>"

    steps = limit("kspace_encoding_step_1", n_y) + limit("kspace_encoding_step_2", n_z)
    return f"<encodingLimits>{steps}{limit('slice', n_slices)}</encodingLimits>"


def _parallel(acceleration: float) -> str:
    factor = int(np.ceil(acceleration))
    if factor <= 1:
        return ""
    inner = (
        f"<kspace_encoding_step_1>{factor}</kspace_encoding_step_1><kspace_encoding_step_2>1</kspace_encoding_step_2>"
    )
    return (
        f"<parallelImaging><accelerationFactor>{inner}</accelerationFactor>"
        "<calibrationMode>embedded</calibrationMode></parallelImaging>"
    )


def _sequence(repetition_s: float | None, echo_s: float | None, flip_rad: float | None) -> str:
    parts = [
        f"<{name}>{value:g}</{name}>"
        for name, value in (
            ("TR", None if repetition_s is None else repetition_s * 1000),
            ("TE", None if echo_s is None else echo_s * 1000),
            ("flipAngle_deg", None if flip_rad is None else np.degrees(flip_rad)),
        )
        if value is not None
    ]
    return f"<sequenceParameters>{''.join(parts)}</sequenceParameters>" if parts else ""


def _subject(patient: Patient | None) -> str:
    if patient is None:
        return ""
    parts = [
        f"<patientName>{escape(patient.name)}</patientName>",
        f"<patientID>{escape(patient.patient_id)}</patientID>",
    ]
    if patient.birth_date is not None:
        parts.append(f"<patientBirthdate>{patient.birth_date.isoformat()}</patientBirthdate>")
    if patient.sex:
        parts.append(f"<patientGender>{patient.sex}</patientGender>")
    return f"<subjectInformation>{''.join(parts)}</subjectInformation>"
