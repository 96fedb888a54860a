"""Pulseq files (.seq): pulse sequences as text, versions 1.2 to 1.5.

Read by the published specification, without other software: pulses, trapezoids, arbitrary gradients, receiver windows
and compressed shapes. Extensions (triggers, labels) do not change the signal and are passed over; rotations do and are
refused.
Source: Layton et al., Magn. Reson. Med. 77 (2017) 1544-1552; Pulseq file specification 1.5.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import FileFormatError, NotSupportedError
from isocenter.modalities.mri.event_sequence import EventSequence, ReceiverWindow, RfPulse, Waveform

EXTENSION = ".seq"
_VERSIONS = ((1, 2), (1, 5))
_BLOCK_COLUMNS = 7
_US = 1e-6
_T = TypeVar("_T")
_Nothing = TypeVar("_Nothing")


class _File(NamedTuple):
    """The sections of a file, each a list of its lines split at blanks, and the version."""

    name: str
    version: tuple[int, int]
    sections: dict[str, list[list[str]]]
    definitions: dict[str, list[str]]

    def rows(self, section: str) -> dict[int, list[str]]:
        """Return a section's rows by their number."""
        return {int(words[0]): words[1:] for words in self.sections.get(section, [])}

    def raster_s(self, definition: str, default: float) -> float:
        words = self.definitions.get(definition)
        return float(words[0]) if words else default

    def refuse(self, what: str, field: str, found: object, expected: str) -> FileFormatError:
        return FileFormatError(what, file=self.name, field=field, found=found, expected=expected)


def read_pulseq(path: Path) -> EventSequence:
    """Return the sequence of a Pulseq file.

    Raises
    ------
    FileFormatError
        If the file is no Pulseq file of a known version, or a block names an event that is not there.
    NotSupportedError
        If it rotates its gradients by an extension.
    """
    file = _sections(path)
    shapes = _shapes(file)
    rf, gradients, windows = _rf(file, shapes), _gradients(file, shapes), _windows(file)
    raster_s = file.raster_s("BlockDurationRaster", 1e-5)
    delays = {number: float(row[0]) * _US for number, row in file.rows("DELAYS").items()}
    is_old = file.version < (1, 4)
    pulses, receivers, now = [], [], 0.0
    points: tuple[list[FloatArray], list[FloatArray], list[FloatArray]] = ([], [], [])
    for words in file.sections["BLOCKS"]:
        number, first, *ids = (int(word) for word in words[:_BLOCK_COLUMNS])
        ends = [_event(delays, first, file, number, "DELAYS", 0.0) if is_old else first * raster_s]
        pulse = _event(rf, ids[0], file, number, "RF", None)
        if pulse is not None:
            pulses.append(pulse.at._replace(time_s=now + pulse.at.time_s))
            ends.append(pulse.end_s)
        for axis, key in enumerate(ids[1:4]):
            gradient = _event(gradients, key, file, number, "GRADIENTS or TRAP", None)
            if gradient is not None:
                points[axis].append(np.stack([now + gradient.times_s, gradient.hz_per_m]))
                ends.append(float(gradient.times_s[-1]))
        window = _event(windows, ids[4], file, number, "ADC", None)
        if window is not None:
            receivers.append(window._replace(start_s=now + window.start_s))
            ends.append(window.start_s + window.n_samples * window.dwell_s)
        now += max(ends) if is_old else ends[0]
    fov = file.definitions.get("FOV")
    x, y, z = (_waveform(axis) for axis in points)
    return EventSequence(
        tuple(pulses),
        tuple(receivers),
        (x, y, z),
        now,
        " ".join(file.definitions.get("Name", [path.stem])),
        None if fov is None or len(fov) < 3 else (float(fov[0]), float(fov[1]), float(fov[2])),
    )


def _event(
    table: Mapping[int, _T], key: int, file: _File, block: int, section: str, nothing: _Nothing
) -> _T | _Nothing:
    if key == 0:
        return nothing
    if key not in table:
        known = f"one of {len(table)} events" if table else "no event: the section is empty"
        raise file.refuse(f"Number {block} names an event that is not there.", section, key, known)
    return table[key]


def _sections(path: Path) -> _File:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FileFormatError("A Pulseq file is text.", file=path.name, expected="UTF-8") from error
    sections: dict[str, list[list[str]]] = {}
    current: list[list[str]] | None = None
    for raw in text.splitlines():
        line = raw.partition("#")[0].strip()
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), [])
        elif line and current is not None:
            current.append(line.split())
    version = {words[0]: words[1] for words in sections.get("VERSION", []) if len(words) > 1}
    found = (int(version.get("major", 0)), int(version.get("minor", 0)))
    if not _VERSIONS[0] <= found <= _VERSIONS[1]:
        raise FileFormatError(
            "This is no Pulseq file that can be read.",
            file=path.name,
            field="VERSION",
            found=".".join(map(str, found)),
            expected="1.2 to 1.5",
        )
    if "BLOCKS" not in sections:
        raise FileFormatError("The file has no blocks.", file=path.name, field="BLOCKS", expected="a section")
    for words in sections.get("EXTENSIONS", []):
        if words[0] == "extension" and len(words) > 1 and words[1] == "ROTATIONS":
            raise NotSupportedError("Rotations of gradients are not read.", file=path.name, field="EXTENSIONS")
    definitions = {words[0]: words[1:] for words in sections.get("DEFINITIONS", [])}
    return _File(path.name, found, sections, definitions)


def _shapes(file: _File) -> dict[int, FloatArray]:
    """Return every shape, decompressed."""
    shapes: dict[int, FloatArray] = {}
    number, count, values = 0, 0, list[float]()
    for words in [*file.sections.get("SHAPES", []), ["shape_id", "0"]]:
        if words[0].lower() == "shape_id":
            if number:
                shapes[number] = _decompressed(np.array(values), count, file, number)
            number, values = int(words[1]), []
        elif words[0].lower() == "num_samples":
            count = int(words[1])
        else:
            values.append(float(words[0]))
    return shapes


def _decompressed(packed: FloatArray, count: int, file: _File, number: int) -> FloatArray:
    """Return a shape from its differences, of which two equal ones are followed by how often they repeat."""
    if packed.size == count and file.version >= (1, 4):
        return packed
    steps: list[float] = []
    index = 0
    while index < packed.size:
        steps.append(packed[index])
        if index + 2 < packed.size and packed[index] == packed[index + 1]:
            steps.extend([packed[index]] * (int(packed[index + 2]) + 1))
            index += 3
        else:
            index += 1
    if len(steps) != count:
        raise file.refuse("A shape has another length than it says.", f"SHAPES {number}", len(steps), str(count))
    return np.cumsum(steps)


class _Pulse(NamedTuple):
    at: RfPulse
    end_s: float


def _rf(file: _File, shapes: dict[int, FloatArray]) -> dict[int, _Pulse]:
    raster_s = file.raster_s("RadiofrequencyRasterTime", 1e-6)
    pulses = {}
    for number, row in file.rows("RF").items():
        values = [float(word) for word in row[:10] if not word.isalpha()]
        amplitude, magnitude = values[0], _event(shapes, int(values[1]), file, number, "SHAPES", np.zeros(0))
        angle = _event(shapes, int(values[2]), file, number, "SHAPES", np.zeros(magnitude.size))
        center_us = None
        if file.version >= (1, 5):
            time_id, center_us, delay_us, _, _, offset_hz, phase_rad = values[3:10]
        elif file.version >= (1, 4):
            time_id, delay_us, offset_hz, phase_rad = values[3:7]
        else:
            time_id, (delay_us, offset_hz, phase_rad) = 0.0, values[3:6]
        times_s = _shape_times(int(time_id), magnitude.size, shapes, file, number) * raster_s
        wave = amplitude * magnitude * np.exp(2j * np.pi * angle)
        nutation = _integral(wave, times_s, is_raster=time_id <= 0, raster_s=raster_s)
        if center_us is None:
            top = np.flatnonzero(np.abs(wave) >= 0.99999 * np.abs(wave).max())
            center_s = float((times_s[top[0]] + times_s[top[-1]]) / 2)
        else:
            center_s = center_us * _US
        energy = float(np.real(_integral(np.abs(wave) ** 2, times_s, is_raster=time_id <= 0, raster_s=raster_s)))
        delay_s = delay_us * _US
        # The carrier's offset turns the pulse until its middle; sequences compensate for it in the phase.
        phase = phase_rad + float(np.angle(nutation)) + 2 * np.pi * offset_hz * center_s
        flip = 2 * np.pi * abs(nutation)
        at = RfPulse(delay_s + center_s, flip, phase, energy, _bandwidth_hz(wave, times_s), offset_hz)
        pulses[number] = _Pulse(at, delay_s + float(times_s[-1]) + raster_s / 2)
    return pulses


def _bandwidth_hz(wave: ComplexArray, times_s: FloatArray) -> float:
    """Return the full width at half maximum of a pulse's spectrum."""
    n = 1 << 15
    step = float(np.diff(times_s).min()) if times_s.size > 1 else 1e-6
    grid = np.arange(times_s[0], times_s[-1] + step / 2, step)
    even = np.interp(grid, times_s, wave.real) + 1j * np.interp(grid, times_s, wave.imag)
    spectrum = np.abs(np.fft.fftshift(np.fft.fft(even, max(n, 8 * even.size))))
    above = np.flatnonzero(spectrum >= 0.5 * spectrum.max())
    return float((above[-1] - above[0] + 1) / (spectrum.size * step))


def _shape_times(key: int, n: int, shapes: dict[int, FloatArray], file: _File, number: int) -> FloatArray:
    """Return when, in raster steps, samples of a shape lie: given, or in the middle of every step (or half step)."""
    if key > 0:
        return _event(shapes, key, file, number, "SHAPES", np.zeros(0))
    return (np.arange(n) + 1) / 2 if key < 0 else np.arange(n) + 0.5


def _integral(wave: ComplexArray | FloatArray, times_s: FloatArray, *, is_raster: bool, raster_s: float) -> complex:
    return complex(wave.sum() * raster_s if is_raster else np.trapezoid(wave, times_s))


def _gradients(file: _File, shapes: dict[int, FloatArray]) -> dict[int, Waveform]:
    raster_s = file.raster_s("GradientRasterTime", 1e-5)
    found = {}
    for number, row in file.rows("TRAP").items():
        amplitude, rise, flat, fall, delay = (float(word) for word in [*row, "0"][:5])
        corners = np.cumsum([delay, rise, flat, fall]) * _US
        found[number] = Waveform(corners, np.array([0.0, amplitude, amplitude, 0.0]))
    for number, row in file.rows("GRADIENTS").items():
        values = [float(word) for word in row]
        amplitude, first, last, time_id = values[0], None, None, 0
        if file.version >= (1, 5):
            first, last = values[1:3]
            shape_id, time_id, delay = int(values[3]), int(values[4]), values[5]
        elif file.version >= (1, 4):
            shape_id, time_id, delay = int(values[1]), int(values[2]), values[3]
        else:
            shape_id, delay = int(values[1]), values[2] if len(values) > 2 else 0.0
        shape = amplitude * _event(shapes, shape_id, file, number, "SHAPES", np.zeros(0))
        times = _shape_times(time_id, shape.size, shapes, file, number)
        if time_id <= 0:
            # Samples lie in the middle of their steps: the ends are given, or continued in a straight line.
            start = 1.5 * shape[0] - 0.5 * shape[1] if first is None else first
            end = 1.5 * shape[-1] - 0.5 * shape[-2] if last is None else last
            times = np.concatenate([[0.0], times, [times[-1] + 0.5]])
            shape = np.concatenate([[start], shape, [end]])
        found[number] = Waveform(delay * _US + times * raster_s, shape)
    return found


def _windows(file: _File) -> dict[int, ReceiverWindow]:
    found = {}
    for number, row in file.rows("ADC").items():
        values = [float(word) for word in row]
        phase = values[6] if file.version >= (1, 5) else values[4] if len(values) > 4 else 0.0
        found[number] = ReceiverWindow(values[2] * _US, values[1] * 1e-9, int(values[0]), phase)
    return found


def _waveform(parts: list[FloatArray]) -> Waveform:
    if not parts:
        return Waveform(np.zeros(0), np.zeros(0))
    # A gradient may begin or end above zero: beside it there is none.
    parts = [np.column_stack([[part[0, 0], 0.0], part, [part[0, -1], 0.0]]) for part in parts]
    times_s, hz_per_m = np.concatenate(parts, axis=1)
    return Waveform(times_s, hz_per_m)
