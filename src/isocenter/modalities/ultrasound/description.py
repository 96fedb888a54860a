"""What an ultrasound scan is, in lines for people."""

from __future__ import annotations

import numpy as np

from isocenter.core.methods import Fact
from isocenter.kernels.delays.geometry import DIVERGENT, PLANE
from isocenter.modalities.ultrasound.measurement import Measurement

_KINDS = {PLANE: "plane waves", DIVERGENT: "diverging waves"}


def describe(measurement: Measurement) -> tuple[Fact, ...]:
    """Return probe, transmits, sampling and frames."""
    scan = measurement.acquisition
    kinds = sorted({_KINDS.get(int(kind), "focused beams") for kind in np.unique(scan.transmits[:, 6])})
    extent = np.ptp(scan.elements[:, :3], axis=0)
    traces = f"shifted down by {scan.demodulated_hz / 1e6:.4g} MHz" if scan.is_demodulated else "real (RF)"
    facts = [
        Fact("Probe", f"{len(scan.elements)} elements over {extent[0]:.4g} x {extent[1]:.4g}", "mm"),
        Fact("Transmits", f"{len(scan.transmits)} {', '.join(kinds)}"),
        Fact("Centre frequency", f"{scan.center_hz / 1e6:.4g}", "MHz"),
        Fact("Bandwidth", f"{100 * scan.bandwidth:.3g}", "%"),
        Fact("Sampling", f"{scan.sampling_hz / 1e6:.4g} MHz, {scan.n_samples} samples, {traces}"),
        Fact("Speed of sound", f"{scan.sound_speed_m_s:g}", "m/s"),
        Fact("Depth", f"{scan.near_mm:g} to {scan.far_mm:g}", "mm"),
    ]
    if scan.n_frames > 1:
        rate = f" at {scan.frame_hz:g} Hz" if scan.frame_hz else ""
        missing = f", gaps: {len(measurement.gaps)}" if measurement.gaps else ""
        facts.append(Fact("Frames", f"{scan.n_frames}{rate}{missing}"))
    return tuple(facts)
