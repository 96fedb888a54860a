"""The acquisitions of ISMRMRD: one readout line of all coils each.

Source: ismrmrd.h, structs ISMRMRD_AcquisitionHeader and ISMRMRD_EncodingCounters, enum ISMRMRD_AcquisitionFlags.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from isocenter.core.arrays import Array, ComplexArray, FloatArray
from isocenter.core.errors import DataError
from isocenter.core.geometry import Vector, as_vector
from isocenter.formats.ismrmrd_header import Encoding
from isocenter.modalities.mri.measurement import Measurement

IS_NOISE = 19
IS_PARALLEL_CALIBRATION = 20
IS_CALIBRATION_AND_IMAGE = 21
IS_REVERSE = 22
IS_PHASE_CORRECTION = 24
_NOT_IMAGE = (IS_NOISE, IS_PARALLEL_CALIBRATION, 23, 24, 26, 27, 28, 29)  # navigators, phase correction, dummies ...

_COUNTERS = np.dtype(
    [
        (name, np.uint16)
        for name in (
            "kspace_encode_step_1",
            "kspace_encode_step_2",
            "average",
            "slice",
            "contrast",
            "phase",
            "repetition",
            "set",
            "segment",
        )
    ]
    + [("user", np.uint16, (8,))]
)
HEADER_TYPE = np.dtype(
    [
        ("version", np.uint16),
        ("flags", np.uint64),
        ("measurement_uid", np.uint32),
        ("scan_counter", np.uint32),
        ("acquisition_time_stamp", np.uint32),
        ("physiology_time_stamp", np.uint32, (3,)),
        ("number_of_samples", np.uint16),
        ("available_channels", np.uint16),
        ("active_channels", np.uint16),
        ("channel_mask", np.uint64, (16,)),
        ("discard_pre", np.uint16),
        ("discard_post", np.uint16),
        ("center_sample", np.uint16),
        ("encoding_space_ref", np.uint16),
        ("trajectory_dimensions", np.uint16),
        ("sample_time_us", np.float32),
        ("position", np.float32, (3,)),
        ("read_dir", np.float32, (3,)),
        ("phase_dir", np.float32, (3,)),
        ("slice_dir", np.float32, (3,)),
        ("patient_table_position", np.float32, (3,)),
        ("idx", _COUNTERS),
        ("user_int", np.int32, (8,)),
        ("user_float", np.float32, (8,)),
    ]
)
_SAMPLES = h5py.vlen_dtype(np.dtype(np.float32))
ACQUISITION_TYPE = np.dtype([("head", HEADER_TYPE), ("traj", _SAMPLES), ("data", _SAMPLES)])


@dataclass(frozen=True, eq=False)
class Line:
    """One readout: samples (coil, sample) and where they belong."""

    samples: ComplexArray
    flags: int
    step_1: int
    step_2: int
    slice_index: int
    contrast: int
    repetition: int
    phase: int
    set_index: int
    encoding: int
    center_sample: int
    sample_time_s: float
    trajectory: FloatArray | None
    position_mm: Vector
    read_dir: Vector
    phase_dir: Vector
    slice_dir: Vector

    @classmethod
    def of(cls, record: Any, file: str, *, is_conjugated: bool = False) -> Line:
        """Return the line of a record, if so wanted its complex conjugate.

        Raises `DataError` if its sizes contradict each other or samples are no numbers.
        """
        head = record["head"]
        counters = head["idx"]
        n_coils, n_samples = int(head["active_channels"]), int(head["number_of_samples"])
        values = np.asarray(record["data"], dtype=np.float32)
        if n_coils < 1 or values.size != 2 * n_coils * n_samples:
            raise DataError(
                "A line does not hold the samples its header says.",
                file=file,
                field="number_of_samples, active_channels",
                found=f"{values.size} numbers",
                expected=f"2 x {n_coils} x {n_samples}",
            )
        if not np.isfinite(values).all():
            raise DataError(
                "A line holds samples that are not numbers.",
                file=file,
                field=f"data of acquisition {int(head['scan_counter'])}",
                found=f"{int((~np.isfinite(values)).sum())} of {values.size} numbers NaN or infinite, "
                f"ky {int(counters['kspace_encode_step_1'])}, slice {int(counters['slice'])}",
                expected="finite samples",
                remedy="The file may be damaged: export it again, or leave the line out.",
            )
        samples = values.view(np.complex64).reshape(n_coils, n_samples)
        if is_conjugated:
            samples = samples.conj()
        pre, post = int(head["discard_pre"]), int(head["discard_post"])
        center = int(head["center_sample"])
        flags = int(head["flags"])
        if flags >> (IS_REVERSE - 1) & 1:
            samples, center = samples[:, ::-1], n_samples - 1 - center
            pre, post = post, pre
        return cls(
            samples[:, pre : n_samples - post],
            flags,
            int(counters["kspace_encode_step_1"]),
            int(counters["kspace_encode_step_2"]),
            int(counters["slice"]),
            int(counters["contrast"]),
            int(counters["repetition"]),
            int(counters["phase"]),
            int(counters["set"]),
            int(head["encoding_space_ref"]),
            center - pre,
            float(head["sample_time_us"]) * 1e-6,
            _trajectory(record, n_samples, file, slice(pre, n_samples - post)),
            as_vector(head["position"]),
            as_vector(head["read_dir"]),
            as_vector(head["phase_dir"]),
            as_vector(head["slice_dir"]),
        )


def _trajectory(record: Any, n_samples: int, file: str, kept: slice) -> FloatArray | None:
    """Return the points (sample, axis) in the order x, y, z of a record; None for one without."""
    n_axes = int(record["head"]["trajectory_dimensions"])
    values = np.asarray(record["traj"], dtype=np.float32)
    if n_axes == 0 or values.size == 0:
        return None
    if values.size != n_axes * n_samples:
        raise DataError(
            "A line does not hold the trajectory that its header says.",
            file=file,
            field="trajectory_dimensions",
            found=f"{values.size} numbers",
            expected=f"{n_axes} x {n_samples}",
        )
    if not np.isfinite(values).all():
        raise DataError(
            "A line holds points of a trajectory that are not numbers.",
            file=file,
            field=f"trajectory of acquisition {int(record['head']['scan_counter'])}",
            found=f"{int((~np.isfinite(values)).sum())} of {values.size} numbers NaN or infinite",
            expected="finite points",
        )
    points: FloatArray = values.reshape(n_samples, n_axes)[kept]
    return points


def has_flag(line: Line, flag: int) -> bool:
    """Return whether a flag (counted from 1, as in ISMRMRD) is set."""
    return bool(line.flags >> (flag - 1) & 1)


@dataclass(frozen=True)
class Wanted:
    """Which image of a file: its place on every counter."""

    contrast: int = 0
    repetition: int = 0
    phase: int = 0
    set_index: int = 0

    def holds(self, line: Line) -> bool:
        """Return whether a line belongs to the image."""
        return self == Wanted(line.contrast, line.repetition, line.phase, line.set_index)


def is_image(line: Line) -> bool:
    """Return whether a line is one of an image, not of a noise, calibration or correction scan."""
    return line.encoding == 0 and not any(has_flag(line, flag) for flag in _NOT_IMAGE)


def image_lines(lines: list[Line], wanted: Wanted, file: str) -> list[Line]:
    """Return the lines of one image; raises `DataError` that says which there are, if there are none."""
    imaging = [line for line in lines if is_image(line)]
    chosen = [line for line in imaging if wanted.holds(line)]
    if not chosen:
        known = sorted({(line.contrast, line.repetition, line.phase, line.set_index) for line in imaging})
        raise DataError(
            "There is no such image in the file.",
            file=file,
            field="contrast, repetition, phase, set",
            found=(wanted.contrast, wanted.repetition, wanted.phase, wanted.set_index),
            expected=_shortened(known) if known else "imaging lines; the file has none",
        )
    return chosen


def _shortened(known: Sequence[tuple[int, ...]]) -> str:
    shown = ", ".join(str(each) for each in known[:8])
    return shown if len(known) <= 8 else f"{shown} ... ({len(known)} images)"


def available(lines: list[Line]) -> dict[str, int]:
    """Return how many contrasts, repetitions, phases and sets the images of a file have."""
    imaging = [line for line in lines if is_image(line)]
    counters = {
        "contrast": {line.contrast for line in imaging},
        "repetition": {line.repetition for line in imaging},
        "phase": {line.phase for line in imaging},
        "set": {line.set_index for line in imaging},
    }
    return {name: len(values) for name, values in counters.items()}


@dataclass(frozen=True)
class Geometry:
    """Where the scan lies; fields are (z, y, x)."""

    center_mm: Vector
    read_dir: Vector
    phase_dir: Vector
    slice_dir: Vector
    encoded_fov_mm: Vector
    recon_fov_mm: Vector


def geometry_of(lines: list[Line], encoding: Encoding, n_slices: int, *, is_3d: bool) -> Geometry:
    """Return the geometry from the lines' positions; files without directions are taken as transverse.

    Raises `DataError` if no field of view is known.
    """
    if min(encoding.fov_mm[1:]) <= 0:
        raise DataError(
            "The field of view is not stated.",
            field="fieldOfView_mm",
            found=encoding.fov_mm,
            expected="positive lengths",
            remedy="Say it: --option fov_mm=220",
        )
    directions = np.array([lines[0].read_dir, lines[0].phase_dir, lines[0].slice_dir], dtype=float)
    lengths = np.linalg.norm(directions, axis=1)
    directions = directions / lengths[:, None] if lengths.min() > 0.5 else np.eye(3)
    positions = {line.slice_index: np.array(line.position_mm) for line in lines}
    center = np.mean(list(positions.values()), axis=0)
    depth = encoding.fov_mm[0] if encoding.fov_mm[0] > 0 else 1.0
    if not is_3d:
        spacing = depth
        if n_slices > 1:
            ends = positions[max(positions)] - positions[min(positions)]
            along = float(ends @ directions[2]) / (max(positions) - min(positions))
            spacing = abs(along) if abs(along) > 1e-3 else depth
            if along < -1e-3:
                # Slices are counted against slice_dir: turn it, so that z grows with the index.
                directions[2] = -directions[2]
        depth = spacing * n_slices
    read, phase, normal = (as_vector(direction) for direction in directions)
    recon_depth = encoding.recon_fov_mm[0] if is_3d and encoding.recon_fov_mm[0] > 0 else depth
    recon_plane = encoding.recon_fov_mm[1:] if min(encoding.recon_fov_mm[1:]) > 0 else encoding.fov_mm[1:]
    return Geometry(as_vector(center), read, phase, normal, (depth, *encoding.fov_mm[1:]), (recon_depth, *recon_plane))


def to_records(measurement: Measurement) -> Array:
    """Return the acquisitions of a measurement: noise, calibration, line (or shot) after line, slice after slice."""
    scan = measurement.acquisition
    if scan.trajectory is not None:
        return _shots_to_records(measurement, scan.trajectory)
    n_z, n_y, n_x = scan.encoded_shape
    first, end = scan.taken_samples or (0, n_x)
    mask = np.broadcast_to(scan.mask, (n_z, n_y))
    noise, calibration = measurement.noise, measurement.calibration
    places = [(0, measurement.data, int(z), int(y), int(z), int(y)) for z, y in np.argwhere(mask)]
    if calibration is not None:
        flag, (n_rows, n_lines) = 1 << (IS_PARALLEL_CALIBRATION - 1), calibration.shape[1:3]
        # Index n // 2 of the calibration is the centre, along the slices it is the slice itself.
        rows = n_z // 2 - n_rows // 2 if scan.is_3d else 0
        block = [(z, y) for z in range(n_rows) for y in range(n_lines)]
        places = [(flag, calibration, z, y, z + rows, y + n_y // 2 - n_lines // 2) for z, y in block] + places
    records = np.zeros(len(places) + (noise is not None), dtype=ACQUISITION_TYPE)
    if noise is not None:
        _fill(records[0], noise, center_sample=0, flags=1 << (IS_NOISE - 1), counter=0)
        _place(records[0], measurement, 0)
    for counter, (flags, values, z, y, kz, ky) in enumerate(places, int(noise is not None)):
        record = records[counter]
        samples = values[:, z, y, first:end]
        _fill(record, samples, center_sample=n_x // 2 - first, flags=flags, counter=counter)
        _place(record, measurement, kz)
        index = record["head"]["idx"]
        index["kspace_encode_step_1"] = ky
        index["kspace_encode_step_2" if scan.is_3d else "slice"] = kz
    return records


def _shots_to_records(measurement: Measurement, trajectory: FloatArray) -> Array:
    """Return the acquisitions of a scan along a trajectory, its points in cycles per pixel."""
    scan, noise = measurement.acquisition, measurement.noise
    n_planes, n_shots = measurement.data.shape[1:3]
    matrix = np.array(scan.encoded_shape[-trajectory.shape[2] :])
    points = (trajectory / matrix)[..., ::-1].astype(np.float32)
    records = np.zeros(n_planes * n_shots + (noise is not None), dtype=ACQUISITION_TYPE)
    if noise is not None:
        _fill(records[0], noise, center_sample=0, flags=1 << (IS_NOISE - 1), counter=0)
        _place(records[0], measurement, 0)
    times_s = scan.sample_times_s
    step_us = 0.0 if times_s is None or times_s.size < 2 else 1e6 * float(times_s[1] - times_s[0])
    for counter, (plane, shot) in enumerate(np.ndindex(n_planes, n_shots), int(noise is not None)):
        record = records[counter]
        center = int(np.linalg.norm(trajectory[shot], axis=-1).argmin())
        _fill(record, measurement.data[:, plane, shot], center_sample=center, flags=0, counter=counter)
        _place(record, measurement, 0 if scan.is_3d else plane)
        record["head"]["trajectory_dimensions"] = points.shape[2]
        record["head"]["sample_time_us"] = step_us
        record["traj"] = points[shot].ravel()
        index = record["head"]["idx"]
        index["kspace_encode_step_1"] = shot
        index["kspace_encode_step_2" if scan.is_3d else "slice"] = plane
    return records


def _fill(record: Any, samples: ComplexArray, *, center_sample: int, flags: int, counter: int) -> None:
    head = record["head"]
    head["version"] = 1
    head["flags"] = flags
    head["scan_counter"] = counter
    head["active_channels"] = head["available_channels"] = samples.shape[0]
    head["number_of_samples"] = samples.shape[1]
    head["center_sample"] = center_sample
    record["traj"] = np.zeros(0, dtype=np.float32)
    record["data"] = np.ascontiguousarray(samples, dtype=np.complex64).view(np.float32).ravel()


def _place(record: Any, measurement: Measurement, slice_index: int) -> None:
    scan = measurement.acquisition
    offset = 0.0
    if not scan.is_3d:
        n_slices = scan.encoded_shape[0]
        offset = (slice_index - (n_slices - 1) / 2) * scan.encoded_fov_mm[0] / n_slices
    head = record["head"]
    head["position"] = np.asarray(scan.center_mm) + offset * np.asarray(scan.slice_dir)
    head["read_dir"], head["phase_dir"], head["slice_dir"] = scan.read_dir, scan.phase_dir, scan.slice_dir
