"""What an MR scan is, in lines for people."""

from __future__ import annotations

import numpy as np

from isocenter.core.methods import Fact
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.measurement import Measurement
from isocenter.modalities.mri.specific_absorption import sar_of


def describe(measurement: Measurement) -> tuple[Fact, ...]:
    """Return size, sampling, field and contrast of a scan."""
    scan = measurement.acquisition
    z, y, x = scan.encoded_shape
    facts = [
        Fact("Encoding", _encoding(scan)),
        Fact("Coils", str(scan.n_coils)),
        Fact("k-space", f"{z} x {y} x {x} (z, y, x)"),
        Fact("Field of view", " x ".join(f"{length:.4g}" for length in scan.encoded_fov_mm), "mm"),
        Fact("Image", " x ".join(str(n) for n in scan.recon_matrix) + " (z, y, x)"),
        *_sampling(scan),
        Fact("Noise scan", "no" if measurement.noise is None else f"{measurement.noise.shape[1]} samples"),
        *_beside(measurement),
    ]
    optional = (
        ("Field strength", scan.field_t, 1.0, "T"),
        ("Repetition time", scan.repetition_time_s, 1e3, "ms"),
        ("Echo time", scan.echo_time_s, 1e3, "ms"),
        ("Flip angle", scan.flip_angle_rad, 180 / np.pi, "°"),
    )
    facts += [
        Fact(label, f"{value * factor:.4g}", unit) for label, value, factor, unit in optional if value is not None
    ]
    if scan.events is not None and scan.field_t is not None:
        sar = sar_of(scan.events, scan.field_t)
        facts.append(Fact("Whole-body SAR (model)", f"{sar:.2g}", "W/kg"))
    return tuple(facts)


def _encoding(scan: Acquisition) -> str:
    if scan.trajectory is None:
        return "Cartesian, three-dimensional" if scan.is_3d else "Cartesian, slices"
    if scan.trajectory.shape[2] == 3:
        return "trajectory in three dimensions"
    return "trajectory, stack of planes" if scan.is_3d else "trajectory, slices"


def _sampling(scan: Acquisition) -> list[Fact]:
    if scan.trajectory is not None:
        n_shots, n_samples = scan.trajectory.shape[:2]
        return [Fact("Shots", f"{n_shots} of {n_samples} samples (1 in {scan.acceleration:.3g})")]
    taken = f"{np.count_nonzero(scan.mask)} of {scan.mask.size} (1 in {scan.acceleration:.3g})"
    facts = [Fact("Lines taken", taken), Fact("Calibration lines", str(scan.calibration_lines))]
    if scan.taken_samples is not None:
        first, end = scan.taken_samples
        facts.append(Fact("Asymmetric echo", f"samples {first} to {end - 1} of {scan.encoded_shape[2]}"))
    return facts


def _beside(measurement: Measurement) -> list[Fact]:
    """Return what the file holds besides: calibration lines of their own, waveforms, other images."""
    facts = []
    if measurement.calibration is not None:
        facts.append(Fact("Calibration lines taken apart", str(measurement.calibration.shape[2])))
    for waveform in measurement.waveforms:
        n_channels = waveform.samples.shape[0]
        rate = f"{1 / waveform.sample_time_s:.4g} Hz for {waveform.duration_s:.3g} s"
        facts.append(Fact(waveform.name, f"{n_channels} channel{'s' * (n_channels != 1)}, {rate}"))
    others = [f"{count} {name}s" for name, count in measurement.available.items() if count > 1]
    if others:
        facts.append(Fact("In the file", ", ".join(others)))
    return facts
