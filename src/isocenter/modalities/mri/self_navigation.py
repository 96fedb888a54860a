"""Radial scans of a breathing patient: breathing from the spokes' own centres, shots weighted by it.

Every spoke passes the centre of k-space: how the coils see it changes with breathing.
Source: Larson et al., Magn. Reson. Med. 51 (2004) 93-102 (self-gating); Feng et al., Magn. Reson. Med. 75 (2016)
775-788 (principal components, sorting); Johnson et al., Magn. Reson. Med. 67 (2012) 1600-1608 (soft gating).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.signal import butter, sosfiltfilt

from isocenter.core.arrays import FloatArray, IndexArray, require_shape
from isocenter.core.errors import DataError, NotSupportedError, OptionError
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.measurement import Measurement

BREATHING_HZ = (0.1, 0.6)


def breathing(
    measurement: Measurement, shot_interval_s: float, *, band_hz: tuple[float, float] = BREATHING_HZ
) -> FloatArray:
    """Return a signal (shot,) that follows breathing, of mean 0 and standard deviation 1; its sign is arbitrary.

    The first principal component, over coils and slices, of the magnitude at the centre of k-space, in the band of
    breathing.

    Raises
    ------
    NotSupportedError, DataError
        If the shots do not pass the centre, or are too few for the band.
    """
    scan = measurement.acquisition
    if scan.trajectory is None:
        raise NotSupportedError("Lines do not all pass the centre of k-space.", field="trajectory", found="none")
    distance = np.linalg.norm(scan.trajectory, axis=-1)
    nearest = distance.argmin(axis=1)
    if distance.min(axis=1).max() > 0.5:
        raise NotSupportedError(
            "Not every shot passes the centre of k-space.",
            field="trajectory",
            found=f"up to {distance.min(axis=1).max():.3g} cycles away",
            expected="at most half a cycle",
        )
    n_shots = scan.trajectory.shape[0]
    if n_shots * shot_interval_s * band_hz[0] < 2:
        raise DataError(
            "The scan is too short to see breathing.",
            field="shots",
            found=f"{n_shots * shot_interval_s:.3g} s",
            expected=f"at least {2 / band_hz[0]:.3g} s",
        )
    centers = np.abs(measurement.data[:, :, np.arange(n_shots), nearest]).reshape(-1, n_shots)
    nyquist = 0.5 / shot_interval_s
    filtered = sosfiltfilt(
        butter(2, [band_hz[0] / nyquist, min(band_hz[1] / nyquist, 0.99)], btype="band", output="sos"), centers, axis=1
    )
    _, _, components = np.linalg.svd(filtered - filtered.mean(axis=1, keepdims=True), full_matrices=False)
    signal = components[0]
    scaled: FloatArray = (signal - signal.mean()) / signal.std()
    return scaled


def bins(signal: FloatArray, n_bins: int) -> IndexArray:
    """Return which of `n_bins` breathing positions every shot belongs to; each has as many shots as the others."""
    if not 1 <= n_bins <= signal.size:
        raise OptionError("There cannot be so many bins.", field="n_bins", found=n_bins, expected=f"1 to {signal.size}")
    rank = np.argsort(np.argsort(signal, kind="stable"), kind="stable")
    return np.asarray(rank * n_bins // signal.size)


def soft_gate(signal: FloatArray, *, position: float, width: float) -> FloatArray:
    """Return weights (shot,) of 1 at a breathing position, falling to e^-0.5 at `width` from it."""
    if not width > 0:
        raise OptionError("A gate has a width.", field="width", found=width, expected="> 0")
    weights: FloatArray = np.exp(-(((signal - position) / width) ** 2) / 2)
    return weights


def resting_position(signal: FloatArray) -> float:
    """Return where breathing rests longest: the fullest tenth of its range."""
    counts, edges = np.histogram(signal, bins=10)
    fullest = int(np.argmax(counts))
    return float((edges[fullest] + edges[fullest + 1]) / 2)


def of_shots(measurement: Measurement, chosen: IndexArray) -> Measurement:
    """Return the scan of some shots only."""
    scan = measurement.acquisition
    if scan.trajectory is None:
        raise NotSupportedError("Only a scan along a trajectory has shots.", field="trajectory", found="none")
    acquisition: Acquisition = replace(scan, trajectory=scan.trajectory[chosen], events=None, protocol=None)
    return replace(measurement, acquisition=acquisition, data=measurement.data[:, :, chosen])


def gated_weights(density: FloatArray, gate: FloatArray) -> FloatArray:
    """Return density weights (shot, sample) with every shot's part in the image."""
    require_shape(gate, density.shape[:1], "gate")
    weighted: FloatArray = density * gate[:, None]
    return weighted
