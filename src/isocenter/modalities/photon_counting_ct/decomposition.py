"""From counts in energy bins to maps of water and contrast agents: ray by ray, or image by image.

Sources: Roessl and Proksa, Phys. Med. Biol. 52 (2007) 4679 (rays, maximum likelihood); Maass, Baer and Kachelriess,
Med. Phys. 36 (2009) 3818 (images, water-corrected bins).
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from isocenter.core.arrays import FloatArray
from isocenter.core.grid import Grid
from isocenter.core.progress import OnProgress, report
from isocenter.kernels.spectral.decompose import decompose
from isocenter.modalities.photon_counting_ct.acquisition import Acquisition
from isocenter.modalities.photon_counting_ct.measurement import Measurement
from isocenter.modalities.photon_counting_ct.spectral_model import SpectralModel
from isocenter.operators.fan_backprojection import fan_fbp

WAYS = ("projection", "image")
_LONGEST_MM = 700.0


def dead_time_corrected(measurement: Measurement) -> FloatArray:
    """Return counts (energy, view, bin) in float64 as they would be without dead time; raises as `true_rate`."""
    scan = measurement.acquisition
    counts = np.asarray(measurement.data, dtype=float)
    if scan.dead_time_ns == 0:
        return counts
    seen = counts.sum(axis=0)
    per_s = seen / (scan.pixels_per_bin * scan.view_s)
    factor = np.where(per_s > 0, scan.detector.true_rate(per_s) / np.maximum(per_s, 1e-30), 1.0)
    corrected: FloatArray = counts * factor
    return corrected


def material_integrals(
    counts: FloatArray, acquisition: Acquisition, *, n_iterations: int = 30, on_progress: OnProgress | None = None
) -> FloatArray:
    """Return the line integrals (material, view, bin): water in mm, agents in mm mg/mL, by maximum likelihood.

    The start is the water that the sum of all bins would need. Where noise has it so, lengths may be negative: cutting
    them off would bias the mean.
    """
    model = SpectralModel.of(acquisition)
    rays = counts.reshape(acquisition.n_energies, -1).T
    start = np.zeros((rays.shape[0], acquisition.n_materials))
    lengths = np.linspace(-20.0, _LONGEST_MM, 361)
    through = -np.log(model.weights.sum(axis=0) @ np.exp(-model.basis[0][:, None] * lengths) / model.air.sum())
    measured = -np.log(np.maximum(rays.sum(axis=1), 0.5) / model.air.sum())
    start[:, 0] = np.interp(measured, through, lengths)
    found = np.empty_like(start)
    n_parts = 16
    for part in range(n_parts):
        some = slice(part * rays.shape[0] // n_parts, (part + 1) * rays.shape[0] // n_parts)
        found[some] = decompose(
            np.maximum(rays[some], 1e-3), model.weights, model.basis, start[some], n_iterations=n_iterations
        )
        report(on_progress, part + 1, n_parts, "material decomposition")
    return found.T.reshape(acquisition.n_materials, acquisition.n_views, acquisition.n_bins)


def bin_integrals(counts: FloatArray, acquisition: Acquisition) -> FloatArray:
    """Return line integrals (energy, view, bin) of each bin, beam hardening of water taken out.

    The scale of each bin is the attenuation with which it sees a little water.
    """
    model = SpectralModel.of(acquisition)
    lengths = np.linspace(-50.0, _LONGEST_MM, 376)
    passed = np.exp(-model.basis[0][:, None] * lengths)
    integrals = np.empty_like(counts)
    for number, (weights, seen) in enumerate(zip(model.weights, counts, strict=True)):
        curve = -np.log(weights @ passed / weights.sum())
        measured = np.clip(-np.log(np.maximum(seen, 0.5) / weights.sum()), curve[0], curve[-1])
        integrals[number] = CubicSpline(curve, lengths)(measured) * model.effective[number, 0]
    return integrals


def images_of(
    integrals: FloatArray, acquisition: Acquisition, grid: Grid, *, window: str = "ram-lak", cutoff: float = 1.0
) -> FloatArray:
    """Return the filtered back-projection (channel, y, x) of line integrals (channel, view, bin)."""
    return fan_fbp(
        integrals,
        grid,
        angles_rad=acquisition.angles_rad,
        bin_angle_rad=acquisition.bin_angle_rad,
        source_isocenter_mm=acquisition.source_isocenter_mm,
        middle_bin=acquisition.middle_bin,
        window=window,
        cutoff=cutoff,
    )


def material_images(
    measurement: Measurement,
    grid: Grid,
    *,
    decomposition: str = "projection",
    window: str = "ram-lak",
    cutoff: float = 1.0,
    on_progress: OnProgress | None = None,
) -> FloatArray:
    """Return maps (material, y, x): water as a fraction of its density, agents in mg/mL."""
    scan = measurement.acquisition
    counts = dead_time_corrected(measurement)
    if decomposition == "projection":
        integrals = material_integrals(counts, scan, on_progress=on_progress)
        return images_of(integrals, scan, grid, window=window, cutoff=cutoff)
    bins = images_of(bin_integrals(counts, scan), scan, grid, window=window, cutoff=cutoff)
    return mixed(bins, scan)


def mixed(bins_per_mm: FloatArray, acquisition: Acquisition) -> FloatArray:
    """Return maps from images of the energy bins, by least squares weighted with the counts behind 20 cm of water.

    Agents are taken as the hardened beam sees them; what is neither water nor agent is shared out between them.
    """
    model = SpectralModel.of(acquisition)
    hardened = model.weights * np.exp(-200.0 * model.basis[0])
    counts = hardened.sum(axis=1)
    mixing = hardened @ model.basis.T / counts[:, None]
    mixing[:, 0] = model.effective[:, 0]  # the bins were corrected to this scale
    root = np.sqrt(counts / counts.max())[:, None]
    solve = np.linalg.pinv(mixing * root) * root.T
    maps: FloatArray = np.tensordot(solve, bins_per_mm.astype(float), 1)
    return maps
