"""Pictures of twice the frequency that was sent: tissue makes it on the way, so that what is near and beside is quiet.

Source: Averkiou, Roundhill and Powers, IEEE Ultrason. Symp. 1997, 1561 (tissue harmonics); Simpson, Chin and Burns,
IEEE Trans. Ultrason. Ferroelectr. Freq. Control 46 (1999) 372 (pulse inversion).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from isocenter.core.errors import OptionError
from isocenter.modalities.ultrasound.measurement import Measurement


def filtered(measurement: Measurement) -> Measurement:
    """Return a scan that is seen at twice its centre frequency, in a band as wide as before.

    Raises
    ------
    OptionError
        If traces are complex: what was shifted down has lost the band.
    GeometryError
        If the sampling rate does not hold the band.
    """
    scan = measurement.acquisition
    if scan.is_demodulated:
        raise OptionError(
            "Harmonics are found in real (RF) traces.",
            field="harmonic",
            found=f"traces demodulated by {scan.demodulated_hz:g} Hz",
            expected="none, or real traces",
        )
    doubled = replace(scan, center_hz=2 * scan.center_hz, bandwidth=scan.bandwidth / 2)
    return replace(measurement, acquisition=doubled)


def inverted(measurement: Measurement) -> Measurement:
    """Return sums of transmits that follow each other, the second sent upside down: only even harmonics are left.

    Transmits are (1, 1 inverted, 2, 2 inverted, ...). Raises as `filtered`, and `OptionError` if they are no pairs.
    """
    scan = measurement.acquisition
    first, second = scan.transmits[0::2], scan.transmits[1::2]
    if len(first) != len(second) or not np.allclose(first, second, atol=1e-9):
        raise OptionError(
            "Pulse inversion needs every transmit twice, one after the other, the second upside down.",
            field="transmits",
            found=f"{len(scan.transmits)} transmits that are no pairs",
            expected="pairs that are the same but for their sign",
        )
    data = measurement.data[:, 0::2] + measurement.data[:, 1::2]
    return filtered(replace(measurement, acquisition=replace(scan, transmits=first), data=data))


HARMONICS: Mapping[str, Callable[[Measurement], Measurement]] = {
    "none": lambda measurement: measurement,
    "filtered": filtered,
    "inverted": inverted,
}
