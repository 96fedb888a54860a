"""The Bloch equations for isochromats under hard pulses, free precession and relaxation: definitions, step by step.

Source: Bloch, Phys. Rev. 70 (1946) 460-474; in the rotating frame, Bernstein, King and Zhou, Handbook of MRI Pulse
Sequences, 2004, sec. 3.3.
"""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray


def pulse(magnetization: FloatArray, flip_rad: float, phase_rad: float) -> FloatArray:
    """Return vectors (..., 3), x y z, turned by `flip_rad` about the axis at `phase_rad` from x (right-handed)."""
    axis = np.array([np.cos(phase_rad), np.sin(phase_rad), 0.0])
    along = (magnetization @ axis)[..., None] * axis
    across = np.cross(axis, magnetization)
    turned: FloatArray = along + np.cos(flip_rad) * (magnetization - along) + np.sin(flip_rad) * across
    return turned


def precess(
    magnetization: FloatArray, turns: FloatArray | float, duration_s: float, t1_s: float, t2_s: float
) -> FloatArray:
    """Return vectors (..., 3) after free precession by `turns` about z and relaxation towards (0, 0, 1)."""
    transverse = magnetization[..., 0] + 1j * magnetization[..., 1]
    transverse = transverse * np.exp(2j * np.pi * np.asarray(turns) - duration_s / t2_s)
    recovery = np.exp(-duration_s / t1_s)
    longitudinal = 1 + (magnetization[..., 2] - 1) * recovery
    return np.stack([transverse.real, transverse.imag, longitudinal], axis=-1)


def echo_train(
    flips_rad: FloatArray, echo_spacing_s: float, t1_s: float, t2_s: float, *, n_isochromats: int = 256
) -> ComplexArray:
    """Return the echoes of a train of refocusing pulses after a 90 degree pulse (CPMG), from isochromats.

    A gradient dephases them by one turn between pulse and echo. With more isochromats than twice the echoes the sum is
    exact, not only a limit.
    """
    turns = np.arange(n_isochromats) / n_isochromats
    magnetization: FloatArray = np.zeros((n_isochromats, 3))
    magnetization[:, 2] = 1.0
    magnetization = pulse(magnetization, np.pi / 2, np.pi / 2)
    echoes = []
    for flip in flips_rad:
        magnetization = precess(magnetization, turns, echo_spacing_s / 2, t1_s, t2_s)
        magnetization = pulse(magnetization, float(flip), 0.0)
        magnetization = precess(magnetization, turns, echo_spacing_s / 2, t1_s, t2_s)
        echoes.append(np.mean(magnetization[:, 0] + 1j * magnetization[:, 1]))
    return np.array(echoes)


def steady_state(flip_rad: float, turns: float, repetition_s: float, t1_s: float, t2_s: float) -> FloatArray:
    """Return the vector just after the pulse of balanced SSFP, at which the sequence repeats itself."""
    affine = np.column_stack(
        [pulse(precess(vector, turns, repetition_s, t1_s, t2_s), flip_rad, 0.0) for vector in (np.zeros(3), *np.eye(3))]
    )
    constant, linear = affine[:, 0], affine[:, 1:] - affine[:, :1]
    repeated: FloatArray = np.linalg.solve(np.eye(3) - linear, constant)
    return repeated
