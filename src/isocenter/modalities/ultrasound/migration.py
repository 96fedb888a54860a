"""Plane waves migrated in the Fourier domain: Stolt's remapping, by FFTs alone.

For a linear probe. The exploding reflector model is fitted to a plane wave of angle a: a velocity, a factor for depth
and a shear take the place of the two-way path, which is right near the axis and good to the usual angles.

Source: Garcia et al., IEEE Trans. Ultrason. Ferroelectr. Freq. Control 60 (2013) 1853.
"""

from __future__ import annotations

from math import cos, sin, sqrt

import numpy as np
from scipy import fft
from scipy.ndimage import map_coordinates

from isocenter.core.arrays import Array, ComplexArray, FloatArray
from isocenter.core.errors import OptionError
from isocenter.core.grid import Grid
from isocenter.kernels.delays.geometry import PLANE
from isocenter.modalities.ultrasound.acquisition import Acquisition
from isocenter.modalities.ultrasound.demodulation import demodulated
from isocenter.modalities.ultrasound.geometry import in_probe_mm

_UNIFORM = 1e-3


def migrated(acquisition: Acquisition, traces: Array, grid: Grid) -> ComplexArray:
    """Return the complex picture on `grid` of one frame (transmit, channel, sample), the mean over its plane waves.

    Raises
    ------
    OptionError
        If the probe is not linear, a wave is not plane, or the grid lies out of the probe's plane.
    """
    pitch_mm = _require(acquisition)
    shifted, frequency = demodulated(acquisition, traces[np.newaxis])
    places = in_probe_mm(acquisition, grid)
    if np.abs(places[..., 1]).max() > _UNIFORM:
        raise OptionError("Migration gives pictures in the probe's plane.", field="grid", expected="elevation 0")
    total: ComplexArray = np.zeros(grid.shape, dtype=np.complex128)
    for transmit, wave in zip(acquisition.transmits, shifted[0], strict=True):
        total += _one(acquisition, wave, transmit, frequency, pitch_mm, places)
    out: ComplexArray = (total / len(acquisition.transmits)).astype(np.complex64)
    return out


def _require(acquisition: Acquisition) -> float:
    """Return the pitch in mm of a probe and waves that can be migrated."""
    elements = acquisition.elements
    steps = np.diff(elements[:, 0])
    is_linear = len(elements) > 1 and np.ptp(steps) < _UNIFORM and not np.any(elements[:, [1, 2, 3, 4, 6, 7, 8]])
    if not is_linear or np.any(acquisition.transmits[:, 6] != PLANE) or np.any(acquisition.transmits[:, 4]):
        raise OptionError(
            "Migration is for plane waves in the plane of a linear probe.",
            field="elements, transmits",
            expected="elements at one pitch, plane waves without elevation",
            remedy="Take the method das.",
        )
    return float(steps[0])


def _one(
    acquisition: Acquisition,
    wave: ComplexArray,
    transmit: FloatArray,
    frequency: float,
    pitch_mm: float,
    places: FloatArray,
) -> ComplexArray:
    """Return the picture of one wave (channel, sample), demodulated, in phase with those of others."""
    speed, rate = acquisition.sound_speed_m_s * 1e3, acquisition.sampling_hz
    angle = float(np.arcsin(transmit[3]))
    n_channels, n_samples = wave.shape
    n_x, n_t = fft.next_fast_len(2 * n_channels), fft.next_fast_len(2 * n_samples)
    kx = fft.fftfreq(n_x, pitch_mm)
    # Only the band around the carrier: frequencies of the traces, and the same numbers for the depth.
    f = fft.fftfreq(n_t, 1 / rate) + frequency
    spectrum = fft.fft(wave, n_t, axis=1)
    # Time 0 of every channel becomes the moment at which the wave passes it.
    begins = transmit[7] - acquisition.start_s + sin(angle) * acquisition.elements[:, 0] / speed
    carrier = np.exp(-2j * np.pi * frequency * acquisition.start_s)
    spectrum = spectrum * np.exp(2j * np.pi * f * begins[:, np.newaxis]) * carrier
    spectrum = fft.fft(spectrum, n_x, axis=0)
    share = 1 + cos(angle) + sin(angle) ** 2
    velocity, depth_factor = speed / sqrt(share), (1 + cos(angle)) ** 1.5 / share
    shear = sin(angle) / (2 - cos(angle))
    mapped = velocity * np.sqrt(kx[:, np.newaxis] ** 2 + (2 * f / (depth_factor * speed)) ** 2)
    picture = fft.ifft2(_remapped(spectrum, f, mapped, rate / n_t) * np.abs(f) / np.maximum(mapped, 1e-9))
    # Depth z is where c t / 2 is; the carrier is put back where the picture is read.
    column = (places[..., 0] + shear * places[..., 2] - acquisition.elements[0, 0]) / pitch_mm
    row = 2 * places[..., 2] / speed * rate
    out: ComplexArray = _read(picture, column, row) * np.exp(2j * np.pi * frequency * 2 * places[..., 2] / speed)
    return out


def _remapped(spectrum: ComplexArray, f: FloatArray, mapped: FloatArray, step: float) -> ComplexArray:
    """Return the spectrum read at other frequencies, linearly; what lies outside of the band is 0."""
    order = np.argsort(f)
    lowest = f[order[0]]
    out: ComplexArray = np.zeros_like(spectrum)
    for index, line in enumerate(spectrum[:, order]):
        place = (mapped[index] - lowest) / step
        out[index] = np.interp(place, np.arange(line.size), line.real, 0, 0) + 1j * np.interp(
            place, np.arange(line.size), line.imag, 0, 0
        )
    return out


def _read(picture: ComplexArray, column: FloatArray, row: FloatArray) -> ComplexArray:
    """Return the picture (channel, sample) at places between its samples."""
    where = np.stack([column, row])
    out: ComplexArray = map_coordinates(picture.real, where, order=3) + 1j * map_coordinates(
        picture.imag, where, order=3
    )
    return out
