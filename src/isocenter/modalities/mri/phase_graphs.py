"""Echo trains by extended phase graphs: the Fourier series of the magnetisation over the dephasing.

Source: Hennig, J. Magn. Reson. 78 (1988) 397-407; Weigel, J. Magn. Reson. Imaging 41 (2015) 266-295.
"""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import OptionError


class PhaseGraph:
    """Configuration states F+, F- and Z, shape (3, order), of a spin system; equilibrium is 1 in Z at order 0."""

    def __init__(self, n_orders: int, t1_s: float, t2_s: float) -> None:
        if not (t1_s > 0 and t2_s > 0) or n_orders < 1:
            raise OptionError(
                "Relaxation times and orders are positive.",
                field="t1_s, t2_s, n_orders",
                found=(t1_s, t2_s, n_orders),
                expected="> 0",
            )
        self.states: ComplexArray = np.zeros((3, n_orders), dtype=complex)
        self.states[2, 0] = 1.0
        self._t1_s, self._t2_s = t1_s, t2_s

    def pulse(self, flip_rad: float, phase_rad: float) -> None:
        """Mix the states by a hard pulse about the axis at `phase_rad` from x; source: Weigel 2015, eq. 18."""
        c2, s2, s = np.cos(flip_rad / 2) ** 2, np.sin(flip_rad / 2) ** 2, np.sin(flip_rad)
        turn = np.exp(1j * phase_rad)
        matrix = np.array(
            [
                [c2, turn**2 * s2, -1j * turn * s],
                [np.conj(turn) ** 2 * s2, c2, 1j * np.conj(turn) * s],
                [-0.5j * np.conj(turn) * s, 0.5j * turn * s, np.cos(flip_rad)],
            ]
        )
        self.states = matrix @ self.states

    def relax(self, duration_s: float) -> None:
        """Let the states relax; the longitudinal one of order 0 recovers."""
        decay, recovery = np.exp(-duration_s / self._t2_s), np.exp(-duration_s / self._t1_s)
        self.states = self.states * np.array([[decay], [decay], [recovery]])
        self.states[2, 0] += 1 - recovery

    def dephase(self) -> None:
        """Raise every order by one unit of gradient area; what leaves the highest order is lost."""
        plus, minus, longitudinal = self.states
        plus = np.concatenate([[np.conj(minus[1]) if minus.size > 1 else 0.0], plus[:-1]])
        minus = np.concatenate([minus[1:], [0.0]])
        minus[0] = np.conj(plus[0])
        self.states = np.stack([plus, minus, longitudinal])

    @property
    def signal(self) -> complex:
        """The transverse magnetisation that is in phase."""
        return complex(self.states[0, 0])


def echo_train(flips_rad: FloatArray, echo_spacing_s: float, t1_s: float, t2_s: float) -> ComplexArray:
    """Return the echoes of a train of refocusing pulses after a 90 degree pulse (CPMG: about the other axis)."""
    graph = PhaseGraph(2 * len(flips_rad) + 2, t1_s, t2_s)
    graph.pulse(np.pi / 2, np.pi / 2)
    echoes = []
    for flip in flips_rad:
        graph.relax(echo_spacing_s / 2)
        graph.dephase()
        graph.pulse(float(flip), 0.0)
        graph.relax(echo_spacing_s / 2)
        graph.dephase()
        echoes.append(graph.signal)
    return np.array(echoes)


def spoiled_train(
    flip_rad: float,
    n_pulses: int,
    repetition_s: float,
    t1_s: float,
    t2_s: float,
    *,
    phase_increment_rad: float = np.deg2rad(117.0),
    n_orders: int | None = None,
) -> ComplexArray:
    """Return the signals of an RF- and gradient-spoiled train just after every pulse, in the receiver's phase.

    The default increment is that of Zur et al., Magn. Reson. Med. 21 (1991) 251-263.
    """
    graph = PhaseGraph(n_orders or n_pulses + 1, t1_s, t2_s)
    signals, phase, step = [], 0.0, 0.0
    for _ in range(n_pulses):
        graph.pulse(flip_rad, phase)
        signals.append(graph.signal * np.exp(-1j * phase))
        graph.relax(repetition_s)
        graph.dephase()
        step += phase_increment_rad
        phase += step
    return np.array(signals)
