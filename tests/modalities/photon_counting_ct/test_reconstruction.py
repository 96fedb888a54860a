"""Photon-counting CT: every kind of image, dead time, and what is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from isocenter.core.errors import DataError, GeometryError, OptionError, ShapeError
from isocenter.core.grid import Grid
from isocenter.modalities import photon_counting_ct as pcct
from isocenter.modalities.photon_counting_ct.decomposition import dead_time_corrected, material_integrals
from isocenter.modalities.photon_counting_ct.derived import effective_atomic_number, electron_density, monoenergetic_hu
from isocenter.modalities.photon_counting_ct.simulation import expected_counts
from isocenter.modalities.photon_counting_ct.spectral_model import SpectralModel
from isocenter.operators.fan_backprojection import fan_fbp
from isocenter.physics.bodies import BODIES
from isocenter.physics.bodies.multi_energy import multi_energy, rod_center_mm

SCAN = pcct.Acquisition(
    angles_rad=np.arange(180) * (2 * np.pi / 180),
    thresholds_kev=np.array([20.0, 35.0, 51.0, 70.0]),
    n_bins=160,
    bin_width_mm=2.7,
    mas=2000.0,
    second_contrast="Gd",
)


@pytest.fixture(scope="module")
def scan() -> pcct.Measurement:
    return pcct.Measurement(SCAN, expected_counts(multi_energy(), SCAN))


def _at(image: Any, name: str) -> float:
    position = image.grid.positions_mm()
    x, y = rod_center_mm(name)
    return float(image.values[np.hypot(position[..., 0] - x, position[..., 1] - y) < 8].mean())


@pytest.mark.parametrize(
    ("method", "rod", "expected", "tolerance"),
    [
        ("contrast", "iodine 10", 10.0, 0.3),
        ("k-edge", "gadolinium 8", 8.0, 0.3),
        ("non-contrast", "iodine 10", 0.0, 10.0),
        ("electron-density", "iodine 5", 3.343 + 0.0013, 0.03),
        # 1.12 % of the electrons are iodine's: (0.9888 x 7.42^2.94 + 0.0112 x 53^2.94)^(1/2.94)
        ("effective-z", "iodine 15", 12.48, 0.1),
    ],
)
def test_every_kind_of_image_shows_what_is_there(
    scan: pcct.Measurement, method: str, rod: str, expected: float, tolerance: float
) -> None:
    assert _at(pcct.reconstruct(scan, method=method), rod) == pytest.approx(expected, abs=tolerance)


def test_iodine_is_brighter_at_low_energy(scan: pcct.Measurement) -> None:
    low, high = (pcct.reconstruct(scan, method="monoenergetic", energy_kev=e) for e in (40.0, 190.0))
    assert _at(low, "iodine 10") > 6 * _at(high, "iodine 10")
    assert low.unit == "[hnsf'U]"


def test_bins_are_images_of_their_own(scan: pcct.Measurement) -> None:
    first, last = (pcct.reconstruct(scan, method="energy-bin", number=n) for n in (1, 4))
    assert _at(first, "iodine 10") > _at(last, "iodine 10")
    with pytest.raises(OptionError, match="no such energy bin"):
        pcct.reconstruct(scan, method="energy-bin", number=5)


def test_an_image_knows_how_much_dose_it_cost(scan: pcct.Measurement) -> None:
    provenance = pcct.reconstruct(scan).provenance
    assert provenance is not None
    assert provenance.parameters["ctdi_vol_mgy"] == pytest.approx(SCAN.dose.ctdi_vol_mgy, abs=1e-3)
    assert provenance.parameters["thresholds_kev"] == "20 35 51 70"


def test_dead_time_is_taken_back() -> None:
    slow = replace(SCAN, dead_time_ns=60.0)
    clean, busy = (expected_counts(BODIES["disc"](radius_mm=60.0), s) for s in (SCAN, slow))
    assert busy.sum() < 0.99 * clean.sum()
    assert dead_time_corrected(pcct.Measurement(slow, busy)) == pytest.approx(clean, rel=1e-6)


def test_a_ray_without_counts_still_has_numbers() -> None:
    counts = np.zeros((4, 1, 3))
    counts[:, 0, 1] = SpectralModel.of(SCAN).air
    found = material_integrals(counts, replace(SCAN, n_bins=3, angles_rad=np.zeros(1), mas=SCAN.mas / 180))
    assert np.isfinite(found).all()
    assert found[:, 0, 1] == pytest.approx(0.0, abs=1e-6)
    assert found[0, 0, 0] > 300


def test_numbers_of_pure_water() -> None:
    water = np.array([[1.0], [0.0]])
    assert monoenergetic_hu(water, ("water", "I"), 70.0)[0] == pytest.approx(0.0)
    assert electron_density(water, ("water", "I"))[0] == pytest.approx(3.343, abs=2e-3)
    assert effective_atomic_number(water, ("water", "I"))[0] == pytest.approx(7.42, abs=0.01)
    assert effective_atomic_number(0 * water, ("water", "I"))[0] == 0.0
    with pytest.raises(OptionError, match="40 to 190"):
        monoenergetic_hu(water, ("water", "I"), 30.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"thresholds_kev": np.array([20.0, 50.0, 40.0])}, "contradict"),
        ({"thresholds_kev": np.array([20.0, 50.0, 130.0])}, "contradict"),
        ({"thresholds_kev": np.array([5.0, 50.0, 70.0])}, "noise of the electronics"),
        ({"thresholds_kev": np.array([20.0, 50.0])}, "fewer energy bins"),
        ({"thresholds_kev": np.array([20.0, np.nan, 70.0])}, "list of numbers"),
        ({"contrast": "Xx"}, "not known"),
        ({"second_contrast": "I"}, "are one"),
        ({"source_detector_mm": 100.0}, "beyond the isocenter"),
        ({"mas": -1.0}, "must be positive"),
        ({"kvp": 300.0}, "out of range"),
        ({"charge_sigma_mm": 1.0}, "wider than a pixel"),
    ],
)
def test_a_scan_that_contradicts_itself_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises((OptionError, GeometryError), match=words):
        replace(SCAN, **change)


def test_counts_that_are_none_are_refused() -> None:
    good = np.ones(SCAN.data_shape)
    for value, words in ((np.nan, "not numbers"), (-1.0, "negative")):
        bad = good.copy()
        bad[0, 0, 0] = value
        with pytest.raises(DataError, match=words):
            pcct.Measurement(SCAN, bad)
    dead = good.copy()
    dead[:, :, 17] = 0
    with pytest.raises(DataError, match="first is 17"):
        pcct.Measurement(SCAN, dead)
    with pytest.raises(ShapeError):
        pcct.Measurement(SCAN, good[:2])


def test_missing_views_and_tilted_grids_are_refused(scan: pcct.Measurement) -> None:
    gap = replace(SCAN, angles_rad=SCAN.angles_rad[:-20])
    with pytest.raises(GeometryError, match="even steps"):
        pcct.reconstruct(pcct.Measurement(gap, scan.data[:, :-20]))
    with pytest.raises(GeometryError, match="not the plane"):
        pcct.reconstruct(scan, Grid((8, 8), (1.0, 1.0), center_mm=(0.0, 0.0, 5.0)))
    single = replace(SCAN, second_contrast="")
    with pytest.raises(OptionError, match="second contrast"):
        pcct.reconstruct(pcct.Measurement(single, scan.data), method="k-edge")


def test_back_projection_of_a_disc_has_its_mean() -> None:
    """Closed-form chords of a disc whose attenuation is 1."""
    angles, step, sid, n = np.arange(360) * np.pi / 180, 1e-3, 600.0, 400
    fan = (np.arange(n) - (n - 1) / 2) * step
    center = np.array([20.0, -10.0])
    source = sid * np.stack([np.sin(angles), -np.cos(angles)], axis=1)
    aims = (
        np.stack([-np.sin(angles[:, None] + 0 * fan), np.cos(angles[:, None] + 0 * fan)], axis=-1)
        * np.cos(fan)[None, :, None]
        + np.stack([np.cos(angles), np.sin(angles)], axis=1)[:, None] * np.sin(fan)[None, :, None]
    )
    offset = center - source[:, None]
    distance = np.abs(offset[..., 0] * aims[..., 1] - offset[..., 1] * aims[..., 0])
    chords = 2 * np.sqrt(np.maximum(40.0**2 - distance**2, 0))
    grid = Grid((200, 200), (1.0, 1.0))
    image = fan_fbp(
        chords[None], grid, angles_rad=angles, bin_angle_rad=step, source_isocenter_mm=sid, middle_bin=(n - 1) / 2
    )[0]
    position = grid.positions_mm()
    inside = np.hypot(position[..., 0] - center[0], position[..., 1] - center[1]) < 32
    assert image[inside].mean() == pytest.approx(1.0, abs=1e-3)
    assert image[inside].std() < 2e-3
