"""What the solver for sound must reproduce: waves whose course is known in closed form."""

from __future__ import annotations

from functools import cache

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.gates import Gate
from isocenter.operators.wave_propagation import Medium, WavePropagation
from isocenter.physics.layers import Layer, responses

_SPEED = 1500.0
_TREEBY = "Treeby and Cox, J. Biomed. Opt. 15 (2010) 021314"


def _plane_wave() -> float:
    """Return the largest error of a Gaussian that parts into two, after 12 mm, over its height."""
    n, spacing, width = 400, 0.1, 1.0
    waves = WavePropagation((n,), spacing, Medium(_SPEED))
    x = (np.arange(n) - n // 2) * spacing
    *_, last = waves.run(400, initial=np.exp(-(x**2) / 2 / width**2))
    way = _SPEED * 1e3 * last.time_s
    exact = sum(0.5 * np.exp(-((x - side * way) ** 2) / 2 / width**2) for side in (-1, 1))
    return float(np.abs(last.pressure - exact)[30:-30].max())


def _sphere() -> float:
    """Return the largest error of the pressure around a Gaussian ball let go, over the pressure there.

    With f(s) = s exp(-s^2 / 2 w^2) it is [f(r - ct) + f(r + ct)] / 2r.
    """
    n, spacing, width = 56, 0.25, 0.55
    waves = WavePropagation((n,) * 3, spacing, Medium(_SPEED), layer=10)
    axis = (np.arange(n) - n // 2) * spacing
    r = np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)
    *_, last = waves.run(26, initial=np.exp(-(r**2) / 2 / width**2))
    way, r = _SPEED * 1e3 * last.time_s, np.maximum(r, 1e-4)
    exact = sum((r + s * way) * np.exp(-((r + s * way) ** 2) / 2 / width**2) for s in (-1, 1)) / 2 / r
    within = (slice(14, -14),) * 3
    return float(np.abs(last.pressure - exact)[within].max() / np.abs(exact[within]).max())


def _monopole() -> float:
    """Return the largest error of the pressure 4 mm from a point of mass q(t), over its largest value.

    It is q'(t - R / c) / (4 pi R); a point on a grid is as small as the grid can tell.
    """
    n, spacing, at_s, width_s = 60, 0.25, 1.2e-6, 2.5e-7
    waves = WavePropagation((n,) * 3, spacing, Medium(_SPEED), layer=12)
    middle, rate = n // 2, np.zeros((n,) * 3)

    def source(_index: int, time_s: float) -> FloatArray:
        rate[middle, middle, middle] = np.exp(-(((time_s - at_s) / width_s) ** 2) / 2)
        return rate

    heard, times = [], []
    for field in waves.run(105, source=source):
        heard.append(field.pressure[middle, middle + 16, middle])
        times.append(field.time_s)
    distance = 16 * spacing * 1e-3
    late = (np.array(times) - distance / _SPEED - at_s) / width_s
    exact = (spacing * 1e-3) ** 3 / (4 * np.pi * distance) * (-late / width_s) * np.exp(-(late**2) / 2)
    return float(np.abs(np.array(heard) - exact).max() / np.abs(exact).max())


@cache
def _loss() -> float:
    """Return the loss of a plane wave at 2 MHz over 20 mm, over a f^y."""
    n, spacing, loss, exponent = 800, 0.05, 0.75, 1.5
    waves = WavePropagation((n,), spacing, Medium(_SPEED, 1000.0, loss, exponent))
    rate = np.zeros(n)

    def source(_index: int, time_s: float) -> FloatArray:
        late = time_s - 1e-6
        rate[150] = np.exp(-((late / 3e-7) ** 2)) * np.sin(2 * np.pi * 2e6 * late)
        return rate

    heard = np.array([(f.pressure[250], f.pressure[650]) for f in waves.run(2400, source=source)])
    spectrum = np.abs(np.fft.rfft(heard, 1 << 14, axis=0))
    bin_2mhz = round(2e6 * waves.step_s * (1 << 14))
    lost_db_cm = 20 * np.log10(spectrum[bin_2mhz, 0] / spectrum[bin_2mhz, 1]) / 2.0
    return float(lost_db_cm / (loss * 2.0**exponent))


def _reflection() -> float:
    """Return the part of a wave that a border throws back, over (Z2 - Z1) / (Z2 + Z1)."""
    n, spacing = 800, 0.1
    beyond = np.arange(n) >= 500
    medium = Medium(np.where(beyond, 1800.0, 1500.0), np.where(beyond, 1200.0, 1000.0))
    waves = WavePropagation((n,), spacing, medium)
    x = (np.arange(n) - 380) * spacing
    heard = np.array([field.pressure[300] for field in waves.run(1700, initial=np.exp(-(x**2) / 2 / 1.5**2))])
    times = np.arange(1700) * waves.step_s * 1e6
    direct, thrown = heard[times < 12].max(), heard[(times > 15) & (times < 30)].max()
    expected = (1.2 * 1.8 - 1.5) / (1.2 * 1.8 + 1.5)
    return float(thrown / direct / expected)


def _layer() -> float:
    """Return the largest error of what a plate throws back, from 0.1 to 0.4 MHz, against that of its impedances."""
    n, spacing = 1600, 0.1
    x = (np.arange(n) - 500) * spacing
    plate = (np.arange(n) >= 700) & (np.arange(n) < 720)
    medium = Medium(np.where(plate, 2000.0, _SPEED), np.where(plate, 1500.0, 1000.0))
    waves = WavePropagation((n,), spacing, medium)
    heard = np.array([field.pressure[600] for field in waves.run(2400, initial=np.exp(-(x**2) / 2 / 0.7**2))])
    times_us = np.arange(2400) * waves.step_s * 1e6
    direct, thrown = np.where(times_us < 13, heard, 0), np.where((times_us >= 13) & (times_us < 40), heard, 0)
    frequencies = np.fft.rfftfreq(1 << 15, waves.step_s)
    taken = (frequencies > 1e5) & (frequencies < 4e5)
    got = np.abs(np.fft.rfft(thrown, 1 << 15)[taken] / np.fft.rfft(direct, 1 << 15)[taken])
    around = Layer(_SPEED, 1000.0)
    expected, _ = responses((around, Layer(2000.0, 1500.0, 20 * spacing), around), frequencies[taken])
    return float(np.abs(got - np.abs(expected)).max())


GATES: tuple[Gate, ...] = (
    Gate("wave-plane", "error of a plane wave after 12 mm", 0.0, 1e-10, "1", "d'Alembert", _plane_wave),
    Gate("wave-sphere", "error of the wave of a Gaussian ball", 0.0, 1e-6, "1", "spherical means", _sphere),
    Gate("wave-monopole", "error of the wave of a point of mass", 0.0, 0.02, "1", _TREEBY, _monopole),
    Gate("wave-loss", "power-law loss of a plane wave over a f^1.5", 1.0, 0.02, "1", _TREEBY, _loss),
    Gate(
        "wave-reflection",
        "reflection at a border over that of its impedances",
        1.0,
        0.02,
        "1",
        "continuity of pressure",
        _reflection,
    ),
    Gate("wave-layer", "error of what a plate throws back", 0.0, 0.02, "1", "Kinsler et al. 2000, sec. 6.3", _layer),
)
