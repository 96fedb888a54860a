"""The speed of sound from the traces themselves: at the right one, what the channels hear agrees best.

Source: Mallart and Fink, J. Acoust. Soc. Am. 96 (1994) 3721 (coherence as a criterion of focus); Napolitano et al.,
Ultrasonics 44 (2006) e43 (sound speed correction).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import minimize_scalar

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError
from isocenter.kernels.delays.align import aligned
from isocenter.kernels.delays.delay_and_sum import Aperture, Timing
from isocenter.kernels.delays.geometry import BOXCAR, PLANE
from isocenter.modalities.ultrasound.acquisition import Acquisition
from isocenter.modalities.ultrasound.demodulation import Demodulator
from isocenter.modalities.ultrasound.geometry import default_grid, in_probe_mm
from isocenter.modalities.ultrasound.measurement import Measurement

SLOWEST_M_S, FASTEST_M_S = 1400.0, 1650.0
_N_COARSE, _MOST_PIXELS, _CLEAR = 11, 6000, 1.15


def at_speed(acquisition: Acquisition, sound_speed_m_s: float) -> Acquisition:
    """Return a scan as it is if sound goes at another speed.

    Depths are times: the picture's grow with it. A plane wave is steered by delays; where sound is faster, it is tilted
    more.
    """
    factor, transmits = sound_speed_m_s / acquisition.sound_speed_m_s, acquisition.transmits.copy()
    planes = transmits[:, 6] == PLANE
    across = transmits[planes, 3:5] * factor
    transmits[planes, 3:5] = across
    transmits[planes, 5] = np.sqrt(np.maximum(0.0, 1 - (across**2).sum(axis=1)))
    return replace(
        acquisition,
        transmits=transmits,
        sound_speed_m_s=sound_speed_m_s,
        near_mm=acquisition.near_mm * factor,
        far_mm=acquisition.far_mm * factor,
    )


def coherence(measurement: Measurement, sound_speed_m_s: float, *, f_number: float = 1.5) -> float:
    """Return the part of the channels' energy that agrees at a speed of sound, over a picture's bright places."""
    scan = at_speed(measurement.acquisition, sound_speed_m_s)
    pixels = _places(scan)
    samples_of = Demodulator(scan)
    timing = Timing(scan.samples_per_mm, samples_of.shift_hz / scan.sampling_hz)
    samples = samples_of(measurement.data[0])
    answers, weights = aligned(samples, pixels, scan.elements, scan.transmit_rows(), timing, Aperture(f_number, BOXCAR))
    weighted = answers * weights
    agreed = np.abs(weighted.sum(axis=1)) ** 2
    energy = (np.abs(weighted) ** 2).sum(axis=1) * np.maximum((weights > 0).sum(axis=1), 1)
    return float(agreed.sum() / max(float(energy.sum()), np.finfo(np.float32).tiny))


def _places(scan: Acquisition) -> FloatArray:
    """Return some thousand pixels of the picture, evenly spread."""
    pixels = in_probe_mm(scan, default_grid(scan)).reshape(-1, 3)
    return pixels[:: max(1, len(pixels) // _MOST_PIXELS)]


def estimated_sound_speed_m_s(measurement: Measurement, *, f_number: float = 1.5) -> float:
    """Return the speed of sound from the probe to what is seen, between 1400 and 1650 m/s.

    It is one mean over the whole way and picture; the first frame is used. Speckle agrees only where several waves
    together focus on it: three or more, or bright points.

    Raises
    ------
    DataError
        If no speed within is better than those at the ends: nothing here to focus on.
    """
    speeds = np.linspace(SLOWEST_M_S, FASTEST_M_S, _N_COARSE)
    found = [coherence(measurement, float(speed), f_number=f_number) for speed in speeds]
    best = int(np.argmax(found))
    if best in (0, len(speeds) - 1) or found[best] < _CLEAR * np.median(found):
        raise DataError(
            "No speed of sound focuses these traces.",
            field="data",
            found=f"coherence {max(found):.3f}, largest at {speeds[best]:.0f} m/s",
            expected=f"a largest value between {SLOWEST_M_S:.0f} and {FASTEST_M_S:.0f} m/s",
            remedy="Check sampling_hz and the probe's geometry, or give the speed yourself.",
        )
    result = minimize_scalar(
        lambda speed: -coherence(measurement, float(speed), f_number=f_number),
        bounds=(float(speeds[best - 1]), float(speeds[best + 1])),
        method="bounded",
        options={"xatol": 0.5},
    )
    return float(result.x)
