"""Protocols by name: scans that a virtual scanner plays, quick to simulate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from isocenter.modalities.mri import sequences, trajectories
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.coils import CoilArray
from isocenter.modalities.mri.contrast_agent import ContrastAgent, Uptake
from isocenter.modalities.mri.imperfections import Imperfections
from isocenter.modalities.mri.sequences.fingerprinting import varied_flips_rad
from isocenter.modalities.mri.sequences.gradient_echo import with_agent
from isocenter.modalities.mri.simulation import example_acquisition

_QUIET = 0.0005
_HEAD = Acquisition(
    n_coils=8,
    encoded_shape=(1, 128, 128),
    encoded_fov_mm=(5.0, 240.0, 240.0),
    center_mm=(0.0, 0.0, 8.0),
    slice_thickness_mm=5.0,
    field_t=3.0,
    dwell_s=10e-6,
    noise_std=0.004,
    noise_correlation=0.2,
    coils=CoilArray(8, 240.0),
    imperfections=Imperfections(
        # Tissues of the head that no table has diffusion of: free water for liquor, grey matter's for the others.
        diffusion_mm2_per_s={"cerebrospinal fluid": 3.0e-3, "muscle": 0.9e-3, "spongy bone": 0.3e-3, "blood": 0.9e-3}
    ),
)


@dataclass(frozen=True)
class Protocol:
    """A scan, or several of one body, as a person chooses it."""

    name: str
    summary: str
    make: Callable[[], tuple[Acquisition, ...]]


def _plain() -> tuple[Acquisition, ...]:
    return (example_acquisition(),)


def _spin_echo() -> tuple[Acquisition, ...]:
    return (replace(_HEAD, repetition_time_s=0.5, echo_time_s=0.015, protocol=sequences.SpinEcho()),)


def _turbo_spin_echo() -> tuple[Acquisition, ...]:
    sequence = sequences.TurboSpinEcho(16, 0.010, refocusing_rad=np.deg2rad(150.0))
    return (replace(_HEAD, repetition_time_s=4.0, echo_time_s=0.1, protocol=sequence),)


def _gradient_echo() -> tuple[Acquisition, ...]:
    sequence = sequences.SpoiledGradientEcho(np.deg2rad(117.0))
    return (
        replace(
            _HEAD,
            noise_std=_QUIET,
            repetition_time_s=0.02,
            echo_time_s=0.005,
            flip_angle_rad=np.deg2rad(20.0),
            protocol=sequence,
        ),
    )


def _balanced_ssfp() -> tuple[Acquisition, ...]:
    sequence = sequences.BalancedSsfp()
    return (
        replace(_HEAD, repetition_time_s=0.005, echo_time_s=0.0025, flip_angle_rad=np.deg2rad(40.0), protocol=sequence),
    )


def _inversion_recovery() -> tuple[Acquisition, ...]:
    sequence = sequences.InversionRecovery(2.4)
    return (replace(_HEAD, repetition_time_s=9.0, echo_time_s=0.09, protocol=sequence),)


def _mprage() -> tuple[Acquisition, ...]:
    sequence = sequences.Mprage(inversion_time_s=0.9, echo_spacing_s=0.008)
    return (
        replace(
            _HEAD,
            encoded_shape=(48, 64, 64),
            encoded_fov_mm=(192.0, 256.0, 256.0),
            center_mm=(0.0, 0.0, 0.0),
            slice_thickness_mm=4.0,
            is_3d=True,
            read_dir=(0.0, 1.0, 0.0),
            phase_dir=(0.0, 0.0, -1.0),
            slice_dir=(-1.0, 0.0, 0.0),
            noise_std=_QUIET,
            repetition_time_s=2.3,
            echo_time_s=0.003,
            flip_angle_rad=np.deg2rad(9.0),
            coils=CoilArray(8, 256.0),
            protocol=sequence,
        ),
    )


def _diffusion() -> tuple[Acquisition, ...]:
    return tuple(_echo_planar(b_s_per_mm2, is_descending=False) for b_s_per_mm2 in (0.0, 500.0, 1000.0))


def _opposed_echo_planar() -> tuple[Acquisition, ...]:
    return tuple(_echo_planar(0.0, is_descending=is_descending) for is_descending in (False, True))


def _echo_planar(b_s_per_mm2: float, *, is_descending: bool) -> Acquisition:
    sequence = sequences.EchoPlanar(0.7e-3, is_descending=is_descending, b_s_per_mm2=b_s_per_mm2)
    faults = replace(_HEAD.imperfections or Imperfections(), field_hz=20.0, field_gradient_hz_per_mm=(0.1, 0.3, 0.0))
    return replace(
        _HEAD,
        encoded_shape=(1, 96, 96),
        dwell_s=5e-6,
        repetition_time_s=5.0,
        echo_time_s=0.08,
        protocol=sequence,
        imperfections=faults,
    )


def _multi_echo() -> tuple[Acquisition, ...]:
    faults = Imperfections(field_gradient_hz_per_mm=(0.1, -0.2, 0.05), r2_prime_per_s=6.0)
    base = replace(
        _HEAD,
        noise_std=_QUIET,
        repetition_time_s=0.05,
        flip_angle_rad=np.deg2rad(20.0),
        protocol=sequences.SpoiledGradientEcho(),
        imperfections=faults,
    )
    return tuple(replace(base, echo_time_s=0.0015 + 0.0012 * echo) for echo in range(6))


def _contrast_agent() -> tuple[Acquisition, ...]:
    base = replace(
        _HEAD,
        noise_std=_QUIET,
        encoded_shape=(1, 96, 96),
        center_mm=(0.0, 0.0, 4.0),
        repetition_time_s=0.005,
        echo_time_s=0.002,
        flip_angle_rad=np.deg2rad(15.0),
        protocol=sequences.SpoiledGradientEcho(),
    )
    # A pair of the QIBA digital reference object for muscle, not a measurement of it.
    uptakes = {"muscle": Uptake(0.1, 0.2)}
    return tuple(with_agent(base, ContrastAgent(time_s, uptakes)) for time_s in np.arange(-10.0, 120.0, 10.0))


def _fingerprinting() -> tuple[Acquisition, ...]:
    n_shots, matrix = 400, 96
    trajectory = trajectories.radial(n_shots, 2 * matrix, matrix, is_golden=True)
    sequence = sequences.Fingerprinting(varied_flips_rad(n_shots), np.full(n_shots, 0.012))
    return (
        replace(
            _HEAD,
            noise_std=_QUIET,
            encoded_shape=(1, matrix, matrix),
            trajectory=trajectory,
            dwell_s=None,
            sample_times_s=0.003 + (np.arange(2 * matrix) - matrix) * 5e-6,
            repetition_time_s=0.012,
            echo_time_s=0.003,
            protocol=sequence,
        ),
    )


PROTOCOLS: Mapping[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol("t2", "T2-weighted spin echo of three slices, every other line", _plain),
        Protocol("spin-echo", "T1-weighted spin echo", _spin_echo),
        Protocol("turbo-spin-echo", "T2-weighted, 16 echoes after an excitation", _turbo_spin_echo),
        Protocol("gradient-echo", "RF-spoiled gradient echo", _gradient_echo),
        Protocol("balanced-ssfp", "balanced steady-state free precession", _balanced_ssfp),
        Protocol("flair", "inversion recovery that nulls liquor", _inversion_recovery),
        Protocol("mprage", "sagittal MPRAGE of the whole body, 4 mm", _mprage),
        Protocol("diffusion", "echo-planar spin echoes at b = 0, 500 and 1000 s/mm2: three files", _diffusion),
        Protocol("opposed-epi", "echo-planar scans distorted in opposite directions: two files", _opposed_echo_planar),
        Protocol("multi-echo", "six gradient echoes, with field and T2*: six files", _multi_echo),
        Protocol("contrast-agent", "gradient echoes while an agent arrives: 13 files", _contrast_agent),
        Protocol("fingerprinting", "400 golden-angle spokes, each with its own flip angle", _fingerprinting),
    )
}
