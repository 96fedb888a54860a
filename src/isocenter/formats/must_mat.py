"""Channel data of the Matlab UltraSound Toolbox and PyMUST: a .mat file with `RF` (or `IQ`) and `param`.

RF or IQ  (sample, channel) or (sample, channel, frame), one transmit a frame
param     fs, fc in Hz; pitch, and radius of a curved probe, in m; c in m/s (1540); t0 in s; bandwidth in % (75);
          TXdelay in s (one per element); PRF in Hz; width or kerf in m

Source: Garcia, Make the most of MUST, IEEE Int. Ultrason. Symp. 2021; the manual at www.biomecardio.com/MUST.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat, whosmat

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import FileFormatError, NotSupportedError
from isocenter.core.provenance import Source
from isocenter.kernels.delays.geometry import DIVERGENT
from isocenter.modalities.ultrasound import (
    Acquisition,
    Measurement,
    curved_probe,
    diverging_wave,
    linear_probe,
    plane_wave,
)

TITLE = "MUST or PyMUST channel data (MATLAB file)"
SUFFIXES = (".mat",)
_DELAY_TOLERANCE_S = 1e-9
_DEFAULT_BANDWIDTH = 75.0


def sniff(path: Path) -> bool:
    """Return whether a MATLAB file (up to version 7) holds traces and their parameters."""
    try:
        names = {name for name, _, _ in whosmat(str(path))}
    except Exception:  # scipy raises many kinds for what is no such file
        return False
    return "param" in names and bool({"RF", "IQ"} & names)


def read(path: Path) -> Measurement:
    """Return the scan in a file.

    Raises
    ------
    FileFormatError
        If the file is cut short, or a parameter is missing or no number.
    NotSupportedError
        If its transmit delays belong neither to a plane nor to a diverging wave.
    ShapeError, DataError, GeometryError
        If its parts contradict each other.
    """
    try:
        content = loadmat(str(path), squeeze_me=False, struct_as_record=False)
    except Exception as problem:  # scipy raises many kinds for a damaged file
        raise FileFormatError(
            "The MATLAB file cannot be read.", file=path.name, found=type(problem).__name__
        ) from problem
    param = content["param"].ravel()[0]
    name = "IQ" if "IQ" in content else "RF"
    traces = np.asarray(content[name])
    if traces.ndim not in (2, 3):
        raise FileFormatError(
            "The traces have another number of axes.",
            file=path.name,
            field=name,
            found=traces.shape,
            expected="(sample, channel) or (sample, channel, frame)",
        )
    if traces.ndim == 2:
        traces = traces[..., np.newaxis]
    data = np.ascontiguousarray(traces.transpose(2, 1, 0)[:, np.newaxis])
    numbers = _Parameters(path, param)
    speed, pitch_mm = numbers.get("c", 1540.0), numbers.get("pitch") * 1e3
    center_hz, radius_mm = numbers.get("fc"), numbers.get("radius", np.inf) * 1e3
    n = data.shape[2]
    elements = curved_probe(n, pitch_mm, radius_mm) if np.isfinite(radius_mm) else linear_probe(n, pitch_mm)
    width_mm = numbers.get("width", 0.0) * 1e3 or max(0.0, (pitch_mm - numbers.get("kerf", pitch_mm * 1e-3) * 1e3))
    start_s, rate_hz = numbers.get("t0", 0.0), numbers.get("fs")
    deepest_mm = (start_s + data.shape[3] / rate_hz) * speed / 2 * 1e3
    first_mm = max(start_s * speed / 2 * 1e3, 1.0)
    extent_mm = float(np.ptp(elements[:, 0]))
    acquisition = Acquisition(
        elements=elements,
        transmits=_transmit(path, numbers.all("TXdelay"), elements, speed)[np.newaxis],
        center_hz=center_hz,
        bandwidth=numbers.get("bandwidth", _DEFAULT_BANDWIDTH) / 100,
        sampling_hz=rate_hz,
        n_samples=data.shape[3],
        start_s=start_s,
        demodulated_hz=center_hz if np.iscomplexobj(data) else 0.0,
        sound_speed_m_s=speed,
        n_frames=data.shape[0],
        frame_hz=numbers.get("PRF", 0.0),
        near_mm=first_mm,
        far_mm=deepest_mm,
        width_mm=extent_mm,
        pixel_mm=max(speed / center_hz * 1e3 / 3, extent_mm / 1000),
        element_width_mm=width_mm,
    )
    kind = np.complex64 if np.iscomplexobj(data) else np.float32
    return Measurement(acquisition, data.astype(kind), sources=(Source.of_file(path),))


class _Parameters:
    """The fields of `param`, as numbers."""

    def __init__(self, path: Path, param: Any) -> None:
        self._path, self._param = path, param

    def all(self, name: str) -> FloatArray:
        """Return all values of a field, none if it is not there."""
        try:
            values: FloatArray = np.asarray(getattr(self._param, name, ()), dtype=float).ravel()
        except (TypeError, ValueError):
            raise FileFormatError(
                "A parameter is no number.", file=self._path.name, field=f"param.{name}", expected="a number"
            ) from None
        return values

    def get(self, name: str, default: float | None = None) -> float:
        """Return a field's value; without a default it must be there."""
        values = self.all(name)
        if values.size == 0 and default is not None:
            return default
        if values.size != 1 or np.isnan(values[0]):
            raise FileFormatError(
                "A parameter is missing or no number.",
                file=self._path.name,
                field=f"param.{name}",
                found=f"{values.size} values",
                expected="one number",
            )
        return float(values[0])


def _transmit(path: Path, delays_s: FloatArray, elements: FloatArray, speed: float) -> FloatArray:
    """Return the wave that delays make: along a straight line a plane one, along a circle's a diverging one."""
    if delays_s.size == 0 or not np.any(delays_s):
        return plane_wave(0.0) if np.ptp(elements[:, 2]) == 0 else _from_curved(elements, speed)
    if delays_s.size != len(elements) or np.ptp(elements[:, 2]) > 0:
        raise _unknown(path, f"{delays_s.size} delays")
    x_mm = elements[:, 0]
    slope, at_middle = np.polyfit(x_mm, delays_s, 1)
    if np.abs(delays_s - slope * x_mm - at_middle).max() < _DELAY_TOLERANCE_S and abs(slope * speed * 1e3) < 1:
        return plane_wave(float(np.degrees(np.arcsin(slope * speed * 1e3))), time_s=float(at_middle))
    # c (t - t0) = |element - source|: squared, a line in x, t and 1.
    way_mm = delays_s * speed * 1e3
    system = np.stack([2 * x_mm, 2 * way_mm, np.ones_like(x_mm)], axis=1)
    (source_x, began_mm, rest), *_ = np.linalg.lstsq(system, x_mm**2 - way_mm**2, rcond=None)
    # x^2 - w^2 = 2 x sx - 2 w w0 + (w0^2 - sx^2 - sz^2)
    began_mm = -began_mm
    square = began_mm**2 - source_x**2 - rest
    if square > 0:
        depth = float(np.sqrt(square))
        fitted = np.hypot(x_mm - source_x, depth) + began_mm
        if np.abs(fitted - way_mm).max() < _DELAY_TOLERANCE_S * speed * 1e3:
            met_s = (np.hypot(source_x, depth) + began_mm) / (speed * 1e3)
            return diverging_wave((float(source_x), 0.0, -depth), sound_speed_m_s=speed, time_s=float(met_s))
    raise _unknown(path, "delays along neither a line nor a circle")


def _from_curved(elements: FloatArray, speed: float) -> FloatArray:
    """Return the wave that all elements of a curved probe make together: it comes from the middle of the circle."""
    outermost = elements[-1]
    angle = np.arctan2(outermost[3], outermost[5])
    radius = float(outermost[0] / np.sin(angle)) if angle else 1.0
    wave = diverging_wave((0.0, 0.0, -radius), sound_speed_m_s=speed)
    assert wave[6] == DIVERGENT
    return wave


def _unknown(path: Path, found: str) -> NotSupportedError:
    return NotSupportedError(
        "These transmit delays are of no wave that is known here.",
        file=path.name,
        field="param.TXdelay",
        found=found,
        expected="a plane or a diverging wave",
        remedy="Beamform in Python: build an Acquisition with the transmits you know.",
    )
