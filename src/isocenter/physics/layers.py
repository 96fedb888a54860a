"""Sound through layers: what is thrown back and what passes, straight on, by impedances.

Source: Kinsler, Frey, Coppens and Sanders, Fundamentals of Acoustics, 4th ed. 2000, ch. 6; Brekhovskikh and Godin,
Acoustics of Layered Media I, 1990, ch. 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import GeometryError


@dataclass(frozen=True)
class Layer:
    """A plane layer: speed of sound, density, and thickness, which does not count for the first and last."""

    sound_speed_m_s: float
    density_kg_m3: float
    thickness_mm: float = 0.0

    @property
    def impedance(self) -> float:
        """Density times speed, in rayl."""
        return self.sound_speed_m_s * self.density_kg_m3


def responses(layers: Sequence[Layer], frequency_hz: FloatArray) -> tuple[ComplexArray, ComplexArray]:
    """Return what comes back and what passes, as parts of the pressure that comes in, complex (frequency,).

    Phases are those at the first and at the last border, for waves ``exp(2 pi i f t)``. Energy is kept:
    ``abs(R)**2 + abs(T)**2 Z_first / Z_last`` is 1.

    Raises
    ------
    GeometryError
        If there are fewer than two layers, or one has no positive speed, density or thickness.
    """
    if len(layers) < 2 or any(layer.impedance <= 0 for layer in layers):
        raise GeometryError("Sound needs two layers with a speed and a density.", field="layers", found=len(layers))
    if any(layer.thickness_mm <= 0 for layer in layers[1:-1]):
        raise GeometryError("Layers between others have a thickness.", field="thickness_mm", expected="more than 0 mm")
    frequency = np.asarray(frequency_hz, dtype=float)
    # Pressure and velocity at the last border, for a passed wave of pressure 1, carried back layer by layer.
    state = np.stack([np.ones(frequency.shape), np.full(frequency.shape, 1 / layers[-1].impedance)]).astype(complex)
    for layer in reversed(layers[1:-1]):
        phase = 2 * np.pi * frequency * layer.thickness_mm * 1e-3 / layer.sound_speed_m_s
        turned = 1j * np.sin(phase) * np.array([[layer.impedance], [1 / layer.impedance]])
        state = np.cos(phase) * state + turned * state[::-1]
    pressure, velocity = state
    first = layers[0].impedance
    incoming = (pressure + first * velocity) / 2
    back: ComplexArray = (pressure - first * velocity) / 2 / incoming
    passed: ComplexArray = 1 / incoming
    return back, passed
