"""Channel data of the UltraSound ToolBox (USTB): the HDF5 flavour of the Ultrasound File Format.

GROUP                       attribute class = uff.channel_data
    data                    (frame, wave, channel, time), frame absent where there is one; complex ones are a group
                            of real and imag
    sampling_frequency, modulation_frequency   Hz, the latter 0 in RF files
    sound_speed             m/s
    initial_time            s, of the first sample
    PRF                     frames a second, where known
    probe/geometry          (7, channel): x y z in m, azimuth and elevation of the normal in rad, width, height in m
    pulse/center_frequency, fractional_bandwidth   Hz, and in %; needed in RF files
    sequence/...            one group a wave (or the group itself): wavefront (0 plane, 1 spherical),
                            source/distance, azimuth, elevation in m and rad, delay in s

A wave passes the middle of the probe `delay` before the time 0 of its traces.
Source: Rodriguez-Molares et al., The UltraSound ToolBox, IEEE Int. Ultrason. Symp. 2017; the manual at www.ustb.no.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import FileFormatError, NotSupportedError
from isocenter.core.provenance import Source
from isocenter.formats.hdf5 import opened
from isocenter.modalities.ultrasound import Acquisition, Measurement, diverging_wave, focused_wave, plane_wave

TITLE = "UFF channel data of the UltraSound ToolBox (HDF5)"
SUFFIXES = (".uff", ".h5", ".hdf5")
_CLASS = "uff.channel_data"
_PLANE, _SPHERICAL = 0, 1
_BANDWIDTH_PERCENT = 60.0


def sniff(path: Path) -> bool:
    """Return whether the file holds channel data."""
    try:
        with h5py.File(path, "r") as file:
            return _group_of(file) is not None
    except (OSError, RuntimeError):
        return False


def _group_of(file: Any) -> Any:
    return next((group for group in file.values() if _class_of(group) == _CLASS), None)


def _class_of(group: Any) -> str:
    value = group.attrs.get("class", "") if isinstance(group, h5py.Group) else ""
    return value.decode() if isinstance(value, bytes) else str(value)


def read(path: Path) -> Measurement:
    """Return the scan in a file.

    Raises
    ------
    FileFormatError
        If the file is truncated or lacks a part.
    NotSupportedError
        If a wave is neither plane nor spherical.
    ShapeError, DataError, GeometryError
        If its parts contradict each other.
    """
    with opened(path) as file:
        return _measurement(_Part(_group_of(file), path))


class _Part:
    """A group of the file, whose values are asked for by name."""

    def __init__(self, group: Any, path: Path) -> None:
        self.group, self.path = group, path

    def values(self, name: str) -> Array:
        """Return a dataset's values, or those of a group of real and imag."""
        found = self.group.get(name)
        if isinstance(found, h5py.Group) and "real" in found:
            real: Array = np.asarray(found["real"][()])
            return real + 1j * np.asarray(found["imag"][()]) if "imag" in found else real
        if not isinstance(found, h5py.Dataset):
            raise FileFormatError(
                "The file lacks a part.", file=self.path.name, field=f"{self.group.name}/{name}", expected="numbers"
            )
        values: Array = np.asarray(found[()])
        return values

    def number(self, name: str, default: float | None = None) -> float:
        """Return the only value of a dataset."""
        if default is not None and name not in self.group:
            return default
        values = self.values(name).ravel()
        if values.size != 1 or not np.isfinite(values[0]):
            raise FileFormatError(
                "One number is expected.",
                file=self.path.name,
                field=f"{self.group.name}/{name}",
                found=values[:4].tolist(),
            )
        return float(values[0])

    def part(self, name: str) -> _Part:
        """Return a group within."""
        if not isinstance(self.group.get(name), h5py.Group):
            raise FileFormatError(
                "The file lacks a part.", file=self.path.name, field=f"{self.group.name}/{name}", expected="a group"
            )
        return _Part(self.group[name], self.path)


def _measurement(file: _Part) -> Measurement:
    traces, path = file.values("data"), file.path
    rate_hz, speed = file.number("sampling_frequency"), file.number("sound_speed")
    start_s, modulated_hz = file.number("initial_time"), file.number("modulation_frequency")
    elements, width_mm = _elements(file.part("probe"))
    waves = _waves(file.part("sequence"), speed, float(np.ptp(elements[:, 0])))
    traces = traces.reshape((1,) * (4 - traces.ndim) + traces.shape) if traces.ndim < 4 else traces
    if traces.ndim == 4 and traces.shape[:2] == (1, 1) and len(waves) > 1:
        traces = traces.reshape(1, len(waves), -1, traces.shape[-1])
    if traces.ndim != 4 or traces.shape[1:3] != (len(waves), len(elements)):
        raise FileFormatError(
            "Traces, waves and elements do not belong together.",
            file=path.name,
            field="data, sequence, probe/geometry",
            found=(traces.shape, len(waves), len(elements)),
            expected="(frame, wave, channel, time)",
        )
    center_hz, percent = modulated_hz, _BANDWIDTH_PERCENT
    if modulated_hz <= 0 or "pulse" in file.group:
        pulse = file.part("pulse")
        center_hz = pulse.number("center_frequency")
        percent = pulse.number("fractional_bandwidth", percent) or percent
    extent_mm = max(float(np.ptp(elements[:, 0])), 1.0)
    acquisition = Acquisition(
        elements=elements,
        transmits=np.stack(waves),
        center_hz=center_hz,
        bandwidth=percent / 100,
        sampling_hz=rate_hz,
        n_samples=traces.shape[3],
        start_s=start_s,
        demodulated_hz=max(modulated_hz, 0.0),
        sound_speed_m_s=speed,
        n_frames=traces.shape[0],
        frame_hz=file.number("PRF", 0.0) if traces.shape[0] > 1 else 0.0,
        near_mm=max(start_s * speed / 2 * 1e3, 1.0),
        far_mm=(start_s + traces.shape[3] / rate_hz) * speed / 2 * 1e3,
        width_mm=extent_mm,
        pixel_mm=max(speed / center_hz * 1e3 / 3, extent_mm / 1000),
        element_width_mm=width_mm,
    )
    kind = np.complex64 if modulated_hz > 0 else np.float32
    data = traces.astype(kind) if modulated_hz > 0 else traces.real.astype(kind)
    return Measurement(acquisition, data, sources=(Source.of_file(path),))


def _elements(probe: _Part) -> tuple[FloatArray, float]:
    """Return the elements, and their width in mm."""
    geometry = np.asarray(probe.values("geometry"), dtype=float)
    if geometry.ndim != 2 or 7 not in geometry.shape:
        raise FileFormatError(
            "The elements of a probe have seven numbers each.",
            file=probe.path.name,
            field="probe/geometry",
            found=geometry.shape,
            expected="(7, channel)",
        )
    geometry = geometry if geometry.shape[0] == 7 else geometry.T
    x, y, z, azimuth, elevation, width, _ = geometry
    elements = np.zeros((geometry.shape[1], 9))
    elements[:, :3] = np.stack([x, y, z], axis=1) * 1e3
    elements[:, 3:6] = np.stack(
        [np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)], axis=1
    )
    return elements, float(width[0]) * 1e3


def _waves(sequence: _Part, speed: float, extent_mm: float) -> list[FloatArray]:
    """Return the transmits of a group of waves, in the order of their names, or of one wave."""
    if "source" in sequence.group:
        return [_wave(sequence, speed, extent_mm)]
    names = sorted(sequence.group)
    return [_wave(sequence.part(name), speed, extent_mm) for name in names]


def _wave(wave: _Part, speed: float, extent_mm: float) -> FloatArray:
    source, passed_s = wave.part("source"), -wave.number("delay", 0.0)
    kind = int(wave.number("wavefront", _SPHERICAL))
    azimuth, elevation = source.number("azimuth"), source.number("elevation", 0.0)
    if kind == _PLANE:
        angles = float(np.degrees(azimuth)), float(np.degrees(elevation))
        return plane_wave(angles[0], elevation_deg=angles[1], time_s=passed_s)
    if kind != _SPHERICAL:
        raise NotSupportedError(
            "This kind of wave is not known here.",
            file=wave.path.name,
            field=f"{wave.group.name}/wavefront",
            found=kind,
            expected="0 (plane) or 1 (spherical)",
        )
    distance_mm = source.number("distance") * 1e3
    x, y, z = distance_mm * np.array(
        [np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)]
    )
    place = float(x), float(y), float(z)
    if z < 0:
        return diverging_wave(place, sound_speed_m_s=speed, time_s=passed_s)
    return focused_wave(place, aperture_mm=max(extent_mm, 1.0), sound_speed_m_s=speed, time_s=passed_s)
