"""What photon-counting CT must measure to be believed: basis maps, noise, energies, dead time and shared charge."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial

import numpy as np

from isocenter.core.arrays import BoolArray, FloatArray
from isocenter.core.gates import Gate
from isocenter.core.grid import Grid
from isocenter.modalities.photon_counting_ct import decomposition, derived
from isocenter.modalities.photon_counting_ct.acquisition import Acquisition
from isocenter.modalities.photon_counting_ct.measurement import Measurement
from isocenter.modalities.photon_counting_ct.simulation import example_acquisition, expected_counts
from isocenter.modalities.photon_counting_ct.spectral_model import SpectralModel, basis_per_mm
from isocenter.physics.bodies.multi_energy import (
    GADOLINIUM_MG_PER_ML,
    IODINE_MG_PER_ML,
    multi_energy,
    rod_center_mm,
)
from isocenter.physics.xrays.photon_counting_detector import PhotonCountingDetector

_GRID = Grid((320, 320), (0.7, 0.7))
_ROESSL = "Roessl and Proksa, Phys. Med. Biol. 52 (2007) 4679"
_ENERGIES = (40.0, 70.0, 100.0, 140.0)


def _scan() -> Acquisition:
    return replace(example_acquisition(), n_bins=400, bin_width_mm=1.1)


@cache
def _lengths() -> tuple[FloatArray, FloatArray]:
    """Return true and found line integrals (material, ray) of noiseless counts, over a wide range of lengths."""
    scan = _scan()
    water, iodine, gadolinium = np.meshgrid([50.0, 150.0, 300.0], [0.0, 200.0, 800.0], [0.0, 150.0, 400.0])
    truth = np.stack([water.ravel(), iodine.ravel(), gadolinium.ravel()])
    model = SpectralModel.of(scan)
    counts = model.weights @ np.exp(-model.basis.T @ truth)
    size = replace(scan, n_bins=truth.shape[1], angles_rad=np.zeros(1))
    one_view = replace(size, mas=scan.mas / scan.n_views)
    found = decomposition.material_integrals(counts[:, None], one_view, n_iterations=60)
    return truth, found[:, 0]


def _noiseless_error() -> float:
    """Return the largest error of the lengths over the largest length of their material."""
    truth, found = _lengths()
    return float((np.abs(found - truth).max(axis=1) / truth.max(axis=1)).max())


@cache
def _variances() -> FloatArray:
    """Return variances of lengths from noisy counts over the Cramer-Rao bound, by material."""
    scan = _scan()
    model = SpectralModel.of(scan)
    truth = np.array([200.0, 300.0, 150.0])
    n = 40_000
    mean = model.weights @ np.exp(-model.basis.T @ truth)
    counts = np.random.default_rng(3).poisson(mean[:, None], (mean.size, n)).astype(float)
    size = replace(scan, n_bins=n, bin_width_mm=1e-3, angles_rad=np.zeros(1))
    # The model of one long view with the same photons per bin.
    per_bin = scan.bin_width_mm / 1e-3 / scan.n_views
    found = decomposition.material_integrals(counts[:, None], replace(size, mas=scan.mas * per_bin))[:, 0]
    bound = np.linalg.inv(model.information(truth))
    return np.asarray(found.var(axis=1) / np.diag(bound))


def _variance(index: int) -> float:
    return float(_variances()[index])


@cache
def _maps() -> FloatArray:
    """Return the maps of the phantom from noiseless counts."""
    scan = _scan()
    measurement = Measurement(scan, expected_counts(multi_energy(), scan))
    return decomposition.material_images(measurement, _GRID, window="hann")


@cache
def _mask(name: str) -> BoolArray:
    position = _GRID.positions_mm()
    x_mm, y_mm = (0.0, 0.0) if name == "water" else rod_center_mm(name)
    inside: BoolArray = np.hypot(position[..., 0] - x_mm, position[..., 1] - y_mm) < 9.0
    return inside


def _map_error(index: int, name: str, truth: float) -> float:
    """Return the error of a basis map's mean in a rod, or in the middle, over the truth, from noiseless counts."""
    return float(_maps()[index][_mask(name)].astype(float).mean() / truth - 1)


def _water_hu(energy_kev: float) -> float:
    """Return the mean CT number of water in a virtual monoenergetic image."""
    image = derived.monoenergetic_hu(_maps(), _scan().materials, energy_kev)
    return float(image[_mask("water")].mean())


def _iodine_slope() -> float:
    """Return the slope of measured over true iodine."""
    measured = [float(_maps()[1][_mask(f"iodine {c:g}")].mean()) for c in IODINE_MG_PER_ML]
    return float(np.polyfit(IODINE_MG_PER_ML, measured, 1)[0])


def _gadolinium() -> float:
    return float(_maps()[2][_mask(f"gadolinium {GADOLINIUM_MG_PER_ML:g}")].mean())


def _monoenergetic_slope(energy_kev: float) -> float:
    """Return CT numbers of iodine over those of its published attenuation."""
    image = derived.monoenergetic_hu(_maps(), _scan().materials, energy_kev)
    water, iodine = basis_per_mm(("water", "I"), np.array([energy_kev]))[:, 0]
    measured = [float(image[_mask(f"iodine {c:g}")].mean()) for c in IODINE_MG_PER_ML]
    expected = [1000 * c * iodine / water for c in IODINE_MG_PER_ML]
    return float(np.polyfit(expected, measured, 1)[0])


def _non_contrast_hu() -> float:
    return float(derived.monoenergetic_hu(_maps()[:1], ("water",), 70.0)[_mask("iodine 10")].mean())


def _water_z() -> float:
    return float(derived.effective_atomic_number(_maps(), _scan().materials)[_mask("water")].mean())


def _water_electrons() -> float:
    return float(derived.electron_density(_maps(), _scan().materials)[_mask("water")].mean())


def _image_domain_iodine() -> float:
    """Return the slope of iodine decomposed from images of the bins."""
    scan = _scan()
    measurement = Measurement(scan, expected_counts(multi_energy(), scan))
    maps = decomposition.material_images(measurement, _GRID, decomposition="image", window="hann")
    measured = [float(maps[1][_mask(f"iodine {c:g}")].mean()) for c in IODINE_MG_PER_ML]
    return float(np.polyfit(IODINE_MG_PER_ML, measured, 1)[0])


def _dead_time(kind: str) -> float:
    """Return counted over predicted rate of photons thrown in time, 0.4 dead times apart on average."""
    detector = PhotonCountingDetector(dead_time_ns=50.0, dead_time=kind)  # type: ignore[arg-type]
    rate, n = 8e6, 300_000
    times = np.cumsum(np.random.default_rng(4).exponential(1 / rate, n))
    if kind == "paralysable":
        counted = 1 + int((np.diff(times) > 50e-9).sum())
    else:
        counted, free_at = 0, 0.0
        for time in times.tolist():
            if time >= free_at:
                counted, free_at = counted + 1, time + 50e-9
    return float(counted / times[-1] / detector.recorded_rate(np.array(rate)))


def _charge_kept() -> float:
    """Return the energy that all pixels together see of a photon, over its energy."""
    detector = PhotonCountingDetector(pixel_mm=0.3, charge_sigma_mm=0.03, resolution_fwhm_kev=0.0)
    thresholds = (np.arange(600) + 0.5) / 600 * 60.0
    counts = [float(detector.counts_above(np.array([60.0]), float(t))[0]) for t in thresholds]
    return float(np.sum(counts) * 0.1 / 60.0)


def _charge_edge() -> float:
    """Return how the counts at a quarter of the energy grow with the width of the cloud, in pixels."""
    narrow = PhotonCountingDetector(pixel_mm=1.0, charge_sigma_mm=0.004, resolution_fwhm_kev=0.3)
    return float(narrow.counts_above(np.array([100.0]), 25.0)[0] - 1) / 0.004


GATES: tuple[Gate, ...] = (
    Gate("basis-noiseless", "largest error of lengths, no noise", 0.0, 1e-3, "1", _ROESSL, _noiseless_error),
    *(
        Gate(
            f"map-noiseless-{name.split()[0]}",
            f"error of the map of {name}, no noise",
            0.0,
            1e-3,
            "1",
            "the body; " + _ROESSL,
            partial(_map_error, index, name, truth),
        )
        for index, name, truth in (
            (0, "water", 1.0),
            (1, f"iodine {max(IODINE_MG_PER_ML):g}", max(IODINE_MG_PER_ML)),
            (2, f"gadolinium {GADOLINIUM_MG_PER_ML:g}", GADOLINIUM_MG_PER_ML),
        )
    ),
    *(
        Gate(
            f"variance-{name}",
            f"variance of the length of {name} over the Cramer-Rao bound",
            1.0,
            0.05,
            "1",
            "Roessl and Herrmann, Phys. Med. Biol. 54 (2009) 1307",
            partial(_variance, index),
        )
        for index, name in enumerate(("water", "iodine", "gadolinium"))
    ),
    *(
        Gate(
            f"vmi-water-{energy:g}",
            f"CT number of water in the image of {energy:g} keV",
            0.0,
            2.0,
            "[hnsf'U]",
            "definition of the CT number",
            partial(_water_hu, energy),
        )
        for energy in _ENERGIES
    ),
    *(
        Gate(
            f"vmi-iodine-{energy:g}",
            f"CT numbers of iodine over those of XCOM, {energy:g} keV",
            1.0,
            0.02,
            "1",
            "NIST XCOM by xraylib",
            partial(_monoenergetic_slope, energy),
        )
        for energy in _ENERGIES
    ),
    Gate("iodine-slope", "iodine map over what is there, slope", 1.0, 0.02, "1", _ROESSL, _iodine_slope),
    Gate(
        "iodine-image-domain",
        "iodine map from images of the bins, slope",
        1.0,
        0.1,
        "1",
        "Maass, Baer and Kachelriess, Med. Phys. 36 (2009) 3818",
        _image_domain_iodine,
    ),
    Gate("k-edge", "gadolinium map of 8 mg/mL", GADOLINIUM_MG_PER_ML, 0.16, "mg/mL", _ROESSL, _gadolinium),
    Gate(
        "non-contrast",
        "10 mg/mL iodine in water, virtual non-contrast",
        0.0,
        2.0,
        "[hnsf'U]",
        "the body: water",
        _non_contrast_hu,
    ),
    Gate("effective-z", "effective atomic number of water", 7.42, 0.02, "1", "Mayneord 1937", _water_z),
    Gate(
        "electron-density",
        "electron density of water",
        3.343,
        0.007,
        "10*23/mL",
        "N_A times density times Z/A",
        _water_electrons,
    ),
    *(
        Gate(
            f"dead-time-{kind}",
            f"counted over predicted rate, {kind}, busy 0.4",
            1.0,
            0.006,
            "1",
            "Knoll 2010, sec. 4.VII",
            partial(_dead_time, kind),
        )
        for kind in ("paralysable", "non-paralysable")
    ),
    Gate("charge-kept", "energy in all pixels over the photon's", 1.0, 2e-3, "1", "conservation", _charge_kept),
    Gate(
        "charge-edge",
        "growth of counts at E/4 with the cloud's width in pixels, 4 Phi^-1(3/4)",
        2.698,
        0.03,
        "1",
        "normal quantile at four edges",
        _charge_edge,
    ),
)
