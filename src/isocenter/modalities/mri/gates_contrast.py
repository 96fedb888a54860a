"""Acceptance gates of contrast, of maps and of EPI: echo trains, water and fat, susceptibility, flow, ghosts."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.gates import Gate
from isocenter.modalities.mri import bloch, epi, flow, phase_graphs, susceptibility, water_fat


def echo_train_error() -> float:
    """Return the largest difference of a train of falling flip angles between phase graphs and isochromats."""
    flips = np.deg2rad(np.linspace(150, 60, 24))
    graph = phase_graphs.echo_train(flips, 0.009, 1.0, 0.08)
    return float(np.abs(graph - bloch.echo_train(flips, 0.009, 1.0, 0.08)).max())


def fat_fraction_error() -> float:
    """Return the largest error of the fat fraction where it is known, six echoes at 3 T, field and decay unknown."""
    y, x = np.mgrid[-1:1:32j, -1:1:32j]
    fraction = np.where(x > 0.2, 0.9, np.where(y > 0.1, 0.1, 0.45))
    times_s = 1.2e-3 + 0.9e-3 * np.arange(6)
    signal = (1 - fraction) + fraction * water_fat.fat_signal(times_s, 3.0)[:, None, None]
    rate = (2j * np.pi * (90 * x + 60 * y**2) - np.where(y > 0, 30.0, 80.0)) * times_s[:, None, None]
    found = water_fat.separate(signal * np.exp(rate), times_s, 3.0)
    return float(np.abs(found.fat_fraction - fraction).max())


def sphere_field(n: int, radius: float, chi: float) -> FloatArray:
    """Return the relative field of a sphere in the middle of n^3 voxels: a dipole outside, none inside.

    Source: Schenck, Med. Phys. 23 (1996) 815-850, with the sphere of Lorentz.
    """
    z, y, x = np.indices((n, n, n)) - n // 2
    distance = np.maximum(np.sqrt(z**2 + y**2 + x**2), 0.5)
    field: FloatArray = np.where(
        distance > radius, chi / 3 * (radius / distance) ** 3 * (3 * (z / distance) ** 2 - 1), 0.0
    )
    return field


def susceptibility_error() -> float:
    """Return the relative error of a sphere's susceptibility from its closed-form field."""
    n, radius, chi = 48, 6.0, 0.5
    dipole = susceptibility.DipoleOperator((n, n, n), (1.0, 1.0, 1.0))
    field = sphere_field(n, radius, chi)
    found = susceptibility.regularised_inversion(field, np.ones_like(field), dipole)
    z, y, x = np.indices((n, n, n)) - n // 2
    distance = np.sqrt(z**2 + y**2 + x**2)
    contrast = found[distance < radius - 1].mean() - found[distance > radius + 1].mean()
    return float(abs(contrast / chi - 1))


def poiseuille_error() -> float:
    """Return the relative error of the flow through a pipe of parabolic profile, from the phase of its images."""
    n, radius, peak_m_s = 96, 30.0, 0.8
    y, x = np.indices((n, n)) - (n - 1) / 2
    velocity = np.where(np.hypot(y, x) < radius, peak_m_s * (1 - (y**2 + x**2) / radius**2), 0.0)
    reference = np.exp(0.1j * x)[None]
    found = flow.velocity_m_s(reference * np.exp(1j * np.pi * velocity), reference, 1.0)
    expected_ml_s = np.pi * (radius * 0.5) ** 2 * peak_m_s / 2
    return float(abs(flow.flow_ml_s(found, np.hypot(y, x) < radius, 0.25) / expected_ml_s - 1))


def echo_planar_error() -> float:
    """Return the relative error of an image sampled on ramps, every other line backwards and out of phase.

    The gradient is summed up in small steps, samples are sums over the object's pixels.
    """
    n, n_samples, ramp_s, flat_s, dwell_s = 32, 72, 100e-6, 200e-6, 4e-6
    t = np.linspace(0, 2 * ramp_s + flat_s, 100_001)
    height = np.clip(np.minimum(t, t[-1] - t) / ramp_s, 0, 1)
    area = np.concatenate([[0.0], np.cumsum((height[1:] + height[:-1]) / 2 * np.diff(t))])
    delay_s = (t[-1] - n_samples * dwell_s) / 2
    ends = np.interp([delay_s, t[-1] - delay_s], t, area)
    middles = np.interp(delay_s + dwell_s * (np.arange(n_samples) + 0.5), t, area)
    k = n * (middles - area[-1] / 2) / (ends[1] - ends[0])
    y, x = np.indices((n, n)) - n // 2
    truth = np.where(np.hypot(y, x - 2) < 11, 1.0, 0.0) - np.where(np.hypot(y + 3, x + 1) < 4, 0.6, 0.0)
    index = np.arange(n) - n // 2
    profiles = np.exp(-2j * np.pi * np.outer(index, index) / n) @ truth

    def line(profile: ComplexArray, *, is_reversed: bool) -> ComplexArray:
        """Return a line's samples, a reversed one turned around."""
        late = profile * np.exp(1j * (0.8 + 0.06 * index)) if is_reversed else profile
        samples: ComplexArray = np.exp(-2j * np.pi * np.outer(-k if is_reversed else k, index) / n) @ late
        return samples[::-1] if is_reversed else samples

    positions = epi.readout_positions(
        n_samples, n, ramp_up_s=ramp_s, flat_s=flat_s, ramp_down_s=ramp_s, delay_s=delay_s, dwell_s=dwell_s
    )
    matrices = [epi.regridding_matrix(p, n) for p in (positions, -positions[::-1])]
    is_odd = np.arange(n) % 2
    lines = [matrices[odd] @ line(profiles[i], is_reversed=bool(odd)) for i, odd in enumerate(is_odd)]
    navigators = [matrices[odd] @ line(profiles[n // 2], is_reversed=bool(odd)) for odd in (0, 1, 0)]
    phase = epi.ghost_phase(*(navigator[None] for navigator in navigators))
    kspace = epi.without_ghost(np.array(lines), phase, is_odd.astype(float))
    shifted = np.fft.ifftshift(kspace)
    image = np.abs(np.fft.fftshift(np.fft.ifft2(shifted)))
    return float(np.linalg.norm(image - truth) / np.linalg.norm(truth))


GATES: tuple[Gate, ...] = (
    Gate(
        "epg-bloch",
        "Echo train by phase graphs against isochromats",
        0,
        1e-9,
        "1",
        "Bloch equations",
        echo_train_error,
    ),
    Gate("dixon", "Fat fraction from six echoes", 0, 1e-3, "1", "closed-form signal", fat_fraction_error),
    Gate("qsm-sphere", "Susceptibility of a sphere from its field", 0, 0.05, "1", "dipole field", susceptibility_error),
    Gate("epi", "Echo-planar image, ramps and ghost corrected", 0, 1e-3, "1", "sum over pixels", echo_planar_error),
    Gate("flow-pipe", "Flow of a parabolic profile", 0, 0.01, "1", "Poiseuille", poiseuille_error),
)
