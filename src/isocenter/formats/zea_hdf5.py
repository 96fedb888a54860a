"""Channel data of the zea toolbox (HDF5).

data/raw_data               (frame, transmit, sample, element, 1 or 2): RF, or real and imaginary part
scan/sampling_frequency, center_frequency, demodulation_frequency   Hz
scan/initial_times          (transmit,) s, from the first firing to the first sample
scan/t0_delays              (transmit, element) s, when each element fires
scan/tx_apodizations        (transmit, element), 0 where an element is silent
scan/focus_distances        (transmit,) m: in front of the probe, behind it if negative, 0 or infinite for plane waves
scan/transmit_origins       (transmit, 3) m
scan/polar_angles, azimuth_angles   (transmit,) rad
scan/sound_speed            m/s (1540)
scan/time_to_next_transmit  (frame, transmit) s, or one after the other without the last
scan/rx_aperture_indices    (transmit, channel): must be the element's own number, as where it is not there
probe/probe_geometry        (element, 3) m; in older files it lies in scan
probe/element_width         m; probe_bandwidth_percent

When the elements fire tells where a wave comes from and when; angles are used for its direction only where one element
fires alone. Source: the format's description at zea.readthedocs.io.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import DataError, FileFormatError, NotSupportedError
from isocenter.core.provenance import Source
from isocenter.formats.hdf5 import opened
from isocenter.kernels.delays.geometry import DIVERGENT, EVERYWHERE, PLANE, SPHERICAL
from isocenter.modalities.ultrasound import Acquisition, Measurement

TITLE = "zea channel data (HDF5)"
SUFFIXES = (".hdf5", ".h5")
_BANDWIDTH_PERCENT = 60.0
_LEAST_WIDTH_MM = 0.5


def sniff(path: Path) -> bool:
    """Return whether the file holds raw data and how they were taken."""
    try:
        with h5py.File(path, "r") as file:
            return "data/raw_data" in file and "scan/sampling_frequency" in file
    except (OSError, RuntimeError):
        return False


def read(path: Path) -> Measurement:
    """Return the scan in a file.

    Raises
    ------
    FileFormatError
        If the file is truncated or lacks a part.
    DataError
        If frames are not in the order of time.
    ShapeError, GeometryError
        If its parts contradict each other.
    NotSupportedError
        If channels are other elements from transmit to transmit.
    """
    with opened(path) as file:
        return _measurement(file, path)


def _values(file: Any, names: tuple[str, ...], path: Path) -> Array:
    """Return the first of several datasets that is there."""
    for name in names:
        if isinstance(file.get(name), h5py.Dataset):
            values: Array = np.asarray(file[name][()])
            return values
    raise FileFormatError("The file lacks a part.", file=path.name, field=names[0], expected="a dataset")


def _number(file: Any, names: tuple[str, ...], path: Path, default: float | None = None) -> float:
    if default is not None and not any(isinstance(file.get(name), h5py.Dataset) for name in names):
        return default
    values = np.asarray(_values(file, names, path), dtype=float).ravel()
    if values.size == 0 or not np.isfinite(values).all() or np.ptp(values) > 0:
        raise FileFormatError(
            "One number for all transmits is expected.", file=path.name, field=names[0], found=values[:4].tolist()
        )
    return float(values[0])


def _measurement(file: Any, path: Path) -> Measurement:
    raw = _values(file, ("data/raw_data",), path)
    places = np.asarray(_values(file, ("probe/probe_geometry", "scan/probe_geometry"), path), dtype=float)
    delays = np.asarray(_values(file, ("scan/t0_delays",), path), dtype=float)
    if raw.ndim != 5 or raw.shape[4] not in (1, 2):
        raise _mismatch(path, raw, delays, places)
    if places.shape != (raw.shape[3], 3) or delays.shape != (raw.shape[1], raw.shape[3]):
        raise _mismatch(path, raw, delays, places)
    _require_all_elements(file, path, delays.shape)
    rate_hz = _number(file, ("scan/sampling_frequency",), path)
    center_hz = _number(file, ("scan/center_frequency",), path)
    speed = _number(file, ("scan/sound_speed",), path, 1540.0)
    is_complex = raw.shape[4] == 2
    shifted_hz = _number(file, ("scan/demodulation_frequency",), path, center_hz) if is_complex else 0.0
    starts = np.asarray(_values(file, ("scan/initial_times",), path), dtype=float)
    elements = np.zeros((len(places), 9))
    elements[:, :3], elements[:, 5] = places * 1e3, 1.0
    transmits = _transmits(file, path, elements[:, :3], delays, speed)
    # All traces share one time 0 here: what was recorded later has been sent earlier.
    transmits[:, 7] -= starts - starts[0]
    percent = _number(file, ("probe/probe_bandwidth_percent", "scan/bandwidth_percent"), path, _BANDWIDTH_PERCENT)
    extent_mm = max(float(np.ptp(elements[:, 0])), 1.0)
    acquisition = Acquisition(
        elements=elements,
        transmits=transmits,
        center_hz=center_hz,
        bandwidth=percent / 100,
        sampling_hz=rate_hz,
        n_samples=raw.shape[2],
        start_s=float(starts[0]),
        demodulated_hz=shifted_hz,
        sound_speed_m_s=speed,
        n_frames=raw.shape[0],
        near_mm=max(float(starts[0]) * speed / 2 * 1e3, 1.0),
        far_mm=(float(starts[0]) + raw.shape[2] / rate_hz) * speed / 2 * 1e3,
        width_mm=extent_mm,
        pixel_mm=max(speed / center_hz * 1e3 / 3, extent_mm / 1000),
        element_width_mm=_number(file, ("probe/element_width", "scan/element_width"), path, 0.0) * 1e3,
    )
    values = raw[..., 0] + 1j * raw[..., 1] if is_complex else raw[..., 0]
    data = np.ascontiguousarray(values.transpose(0, 1, 3, 2)).astype(np.complex64 if is_complex else np.float32)
    return Measurement(
        acquisition, data, sources=(Source.of_file(path),), frame_times_s=_frame_times_s(file, path, raw.shape[:2])
    )


def _mismatch(path: Path, raw: Array, delays: Array, places: Array) -> FileFormatError:
    return FileFormatError(
        "Traces, firing times and elements do not belong together.",
        file=path.name,
        field="data/raw_data, scan/t0_delays, probe/probe_geometry",
        found=(raw.shape, delays.shape, places.shape),
        expected="(frame, transmit, sample, element, 1 or 2), (transmit, element), (element, 3)",
    )


def _frame_times_s(file: Any, path: Path, shape: tuple[int, ...]) -> FloatArray | None:
    """Return when each frame began, or None where that is not known."""
    if "scan/time_to_next_transmit" not in file:
        return None
    waits = np.asarray(_values(file, ("scan/time_to_next_transmit",), path), dtype=float)
    if (waits < 0).any():
        raise DataError(
            "The frames are not in the order in which they were taken.",
            file=path.name,
            field="scan/time_to_next_transmit",
            found=float(waits.min()),
            expected="0 s or more",
            remedy="Sort the frames by their time.",
        )
    if waits.shape not in (shape, (shape[0] * shape[1] - 1,)):
        raise FileFormatError(
            "Each transmit has a time to the next.",
            file=path.name,
            field="scan/time_to_next_transmit",
            found=waits.shape,
            expected=f"{shape} or ({shape[0] * shape[1] - 1},)",
        )
    starts: FloatArray = np.concatenate([[0.0], np.cumsum(waits)])[: shape[0] * shape[1] : shape[1]]
    return starts if (np.diff(starts) > 0).all() else None


def _require_all_elements(file: Any, path: Path, shape: tuple[int, ...]) -> None:
    """Raise `NotSupportedError` unless channel k is element k in every transmit."""
    name = "scan/rx_aperture_indices"
    if name not in file:
        return
    heard = np.asarray(file[name][()])
    if heard.shape != shape or (heard != np.arange(shape[1])).any():
        raise NotSupportedError(
            "Channels that are other elements from transmit to transmit are not read.",
            file=path.name,
            field=name,
            found=heard[:, :3].tolist() if heard.ndim == 2 else heard.shape,
            expected="element k in channel k",
        )


def _transmits(file: Any, path: Path, places_mm: FloatArray, delays: FloatArray, speed: float) -> FloatArray:
    """Return a transmit a row: from the focus where there is one, and from the firing times."""
    n = len(delays)
    focus_mm = 1e3 * np.asarray(_values(file, ("scan/focus_distances",), path), dtype=float).reshape(n)
    polar = np.asarray(_values(file, ("scan/polar_angles",), path), dtype=float).reshape(n)
    azimuth = np.zeros(n)
    if "scan/azimuth_angles" in file:
        azimuth = np.asarray(file["scan/azimuth_angles"][()], dtype=float).reshape(n)
    origins_mm = np.zeros((n, 3))
    if "scan/transmit_origins" in file:
        origins_mm = 1e3 * np.asarray(file["scan/transmit_origins"][()], dtype=float).reshape(n, 3)
    sounding = np.ones(delays.shape, dtype=bool)
    if "scan/tx_apodizations" in file:
        sounding = np.asarray(file["scan/tx_apodizations"][()]).reshape(delays.shape) != 0
    axes = np.stack([np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)], axis=1)
    per_mm, rows = 1e-3 / speed, np.zeros((n, 10))
    for t in range(n):
        fired, at = delays[t, sounding[t]], places_mm[sounding[t]]
        if not np.isfinite(focus_mm[t]) or focus_mm[t] == 0:
            passed = float(np.mean(fired - at @ axes[t] * per_mm))
            rows[t] = [0, 0, 0, *axes[t], PLANE, passed, 0, EVERYWHERE]
            continue
        point = origins_mm[t] + focus_mm[t] * axes[t]
        ways = np.linalg.norm(at - point, axis=1) * per_mm
        if focus_mm[t] < 0:
            rows[t] = [*point, *axes[t], DIVERGENT, float(np.mean(fired - ways)), 0, EVERYWHERE]
        else:
            opening = max(float(np.ptp(at[:, 0])), _LEAST_WIDTH_MM) / 2 / focus_mm[t]
            met = float(np.mean(fired + ways))
            rows[t] = [*point, *axes[t], SPHERICAL, met, opening, _LEAST_WIDTH_MM / 2]
    return rows
