"""Corrections of projections: what must come back exactly, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.core.errors import DataError, OptionError, ShapeError, UnitError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.corrections import metal
from isocenter.modalities.ct.corrections.beam_hardening import (
    WaterCurve,
    bone_corrected,
    bone_corrected_integrals,
    water_corrected,
)
from isocenter.modalities.ct.corrections.gates import pelvis
from isocenter.modalities.ct.corrections.hounsfield import HounsfieldScale, circle_mask
from isocenter.modalities.ct.corrections.offset_gain import line_integrals_of_raw
from isocenter.modalities.ct.corrections.scatter import ScatterKernel, scatter_corrected
from isocenter.modalities.ct.measurement import Measurement
from isocenter.modalities.ct.polychromatic import Beam, simulate_polychromatic
from isocenter.modalities.ct.reconstruction import reconstruct
from isocenter.modalities.ct.scattered import scatter_of
from isocenter.modalities.ct.water import water_per_mm
from isocenter.physics.bodies import BODIES
from isocenter.physics.properties import attenuation_at, attenuation_curve_per_mm
from isocenter.physics.tissues import tissue
from isocenter.physics.xrays.focal_spot import FocalSpot
from isocenter.physics.xrays.integrating_detector import IntegratingDetector
from isocenter.physics.xrays.tube import Tube

SCAN = Acquisition(
    np.arange(36) * np.pi / 18,
    64,
    6.0,
    geometry="fan",
    detector="curved",
    source_isocenter_mm=570.0,
    source_detector_mm=1040.0,
)
BEAM = Beam(Tube(100.0))


def test_offset_and_gain_give_the_logarithm_of_the_transmission() -> None:
    truth = np.linspace(0, 4, 60).reshape(5, 12)
    dark, gain = np.linspace(90, 110, 12), np.linspace(4e4, 6e4, 12)
    got = line_integrals_of_raw(dark + gain * np.exp(-truth), np.stack([dark - 1, dark + 1]), dark + gain)
    assert got == pytest.approx(truth, abs=1e-12)


def test_a_tube_that_gives_more_in_a_view_is_divided_out() -> None:
    output = np.array([1.0, 1.1, 0.9])
    raw = 1000.0 * output[:, None] * np.exp(-2.0) * np.ones((3, 8))
    got = line_integrals_of_raw(raw, np.zeros(8), np.full(8, 1000.0), output)
    assert got == pytest.approx(2.0)


def test_dead_and_nan_cells_are_taken_from_their_neighbours() -> None:
    truth = np.tile(np.linspace(1, 2, 20), (4, 1))
    raw, air = 1e4 * np.exp(-truth), np.full(20, 1e4)
    raw[:, 7], raw[2, 12], air[0] = 0.0, np.nan, 0.0
    air[7] = 3.0
    got = line_integrals_of_raw(raw, np.zeros(20), air)
    assert got[:, 1:] == pytest.approx(truth[:, 1:], abs=1e-6)
    assert got[:, 0] == pytest.approx(truth[:, 1])


def test_a_detector_that_is_mostly_dead_is_refused() -> None:
    with pytest.raises(DataError, match="Too many detector cells"):
        line_integrals_of_raw(np.ones((2, 10)), np.zeros(10), np.array([1.0] * 5 + [np.nan] * 5))
    with pytest.raises(ShapeError, match="dark scan"):
        line_integrals_of_raw(np.ones((2, 10)), np.zeros(9), np.ones(10))
    with pytest.raises(ShapeError, match="one value per view"):
        line_integrals_of_raw(np.ones((2, 10)), np.zeros(10), np.ones(10), np.ones(3))


def test_water_alone_becomes_its_length_times_attenuation() -> None:
    lengths = np.linspace(0, 500, 37)
    energies, weights = BEAM.spectrum(SCAN).energies_kev, BEAM.weights_kev(SCAN)
    mu = attenuation_curve_per_mm(tissue("water"), energies)
    measured = -np.log(np.exp(-lengths[:, None] * mu) @ weights / weights.sum())
    expected = lengths * water_per_mm(BEAM.reference_kev(SCAN))
    assert WaterCurve.of(BEAM, SCAN).corrected(measured) == pytest.approx(expected, abs=1e-4)


def test_a_measured_curve_of_water_serves_as_well() -> None:
    lengths = np.array([50.0, 100.0, 200.0, 300.0])
    curve = WaterCurve.measured(lengths, 0.02 * lengths - 4e-6 * lengths**2, 70.0)
    assert curve.corrected(np.array([0.02 * 100 - 0.04])) == pytest.approx(100 * water_per_mm(70.0), rel=1e-6)
    with pytest.raises(OptionError, match="rise together"):
        WaterCurve.measured(np.array([1.0, 2.0]), np.array([2.0, 1.0]), 70.0)


def test_water_and_bone_together_become_what_one_energy_would_see() -> None:
    energies, weights = BEAM.spectrum(SCAN).energies_kev, BEAM.weights_kev(SCAN)
    water, bone = np.meshgrid([0.0, 80.0, 250.0], [0.0, 13.0, 40.0])
    exponents = sum(
        attenuation_curve_per_mm(tissue(name), energies)[:, None, None] * length
        for name, length in (("water", water), ("cortical bone", bone))
    )
    measured = -np.log(np.tensordot(weights, np.exp(-exponents), 1) / weights.sum())
    energy = BEAM.reference_kev(SCAN)
    expected = water * water_per_mm(energy) + bone * attenuation_at(energy)(tissue("cortical bone"))
    got = bone_corrected_integrals(measured, bone, BEAM, SCAN)
    assert got == pytest.approx(expected, abs=3e-3)
    with pytest.raises(ShapeError):
        bone_corrected_integrals(measured, bone[:2], BEAM, SCAN)


def test_a_polychromatic_scan_has_its_beam_hardened() -> None:
    body = BODIES["disc"](radius_mm=100.0)
    raw = simulate_polychromatic(body, SCAN, BEAM, None)
    corrected = water_corrected(raw, BEAM)
    middle = SCAN.n_bins // 2
    chords = 2 * np.sqrt(np.maximum(100**2 - (570 * np.sin(SCAN.fan_rad)) ** 2, 0))
    near_edge = int(np.argmax(chords > 40))
    per_mm = raw.line_integrals()[0] / np.maximum(chords, 1)
    assert per_mm[middle] < 0.97 * per_mm[near_edge]
    assert corrected.data[0] == pytest.approx(chords * water_per_mm(corrected.acquisition.energy_kev), abs=1e-3)


def test_noise_and_its_state_of_chance() -> None:
    body = BODIES["disc"](radius_mm=100.0)
    beam = replace(BEAM, detector=IntegratingDetector(electronic_noise_kev=500.0))
    first, second, other = (
        simulate_polychromatic(body, SCAN, beam, np.random.default_rng(seed)).data for seed in (1, 1, 2)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_a_wide_focal_spot_blurs_an_edge() -> None:
    body = BODIES["disc"](radius_mm=60.0)
    sharp = simulate_polychromatic(body, SCAN, BEAM, None).line_integrals()
    wide = replace(BEAM, focal_spot=FocalSpot(12.0), n_focal_points=9)
    blurred = simulate_polychromatic(body, SCAN, wide, None).line_integrals()
    edge = int(np.argmax(np.abs(np.diff(sharp[0]))))
    assert abs(np.diff(blurred[0])[edge]) < 0.9 * abs(np.diff(sharp[0])[edge])
    assert blurred[0, 32] == pytest.approx(sharp[0, 32], rel=0.01)


def test_kernels_find_the_scatter_that_they_made_and_take_it_off() -> None:
    primary = np.exp(-np.linspace(0, 4, 64) * np.ones((36, 1)))
    kernel = ScatterKernel((0.02, 0.03), (40.0, 150.0))
    scatter = kernel.estimate(primary, 6.0)
    fitted = ScatterKernel.fitted(primary, scatter, 6.0, widths_mm=(40.0, 150.0))
    assert fitted.amplitudes == pytest.approx(kernel.amplitudes, rel=1e-6)
    photons = float(SCAN.photons_per_bin or 0)
    corrected = scatter_corrected(Measurement(SCAN, photons * (primary + scatter)), kernel)
    assert corrected.data / photons == pytest.approx(primary, rel=1e-3)
    with pytest.raises(OptionError, match="line integrals"):
        scatter_corrected(Measurement(replace(SCAN, photons_per_bin=None), primary), kernel)
    with pytest.raises(OptionError, match="width"):
        ScatterKernel((1.0,), (1.0, 2.0))


def test_scatter_of_a_round_body_is_the_same_from_all_sides() -> None:
    found = scatter_of(BODIES["disc"](radius_mm=100.0), SCAN, 60.0, n_views=4, n_bins=9)
    assert found.shape == SCAN.data_shape
    assert found.std(axis=0).max() < 0.05 * found.mean()
    with pytest.raises(OptionError, match="all around"):
        scatter_of(BODIES["disc"](), replace(SCAN, angles_rad=np.linspace(0, 1, 9)), 60.0)


def test_interpolation_and_normalisation_of_metal() -> None:
    line = np.tile(np.linspace(1, 2, 30), (3, 1))
    trace = np.zeros(line.shape, bool)
    trace[:, 10:14] = True
    spoilt = np.where(trace, 9.0, line)
    assert metal.interpolated(spoilt, trace) == pytest.approx(line)
    prior = np.tile(1 + np.sin(np.linspace(0, 9, 30)) ** 2, (3, 1))
    assert metal.normalised(np.where(trace, 9.0, 2 * prior), trace, prior) == pytest.approx(2 * prior)
    with pytest.raises(DataError, match="whole view"):
        metal.interpolated(line, np.ones_like(trace))


def test_metal_that_is_not_there_is_refused() -> None:
    scan = water_corrected(simulate_polychromatic(BODIES["disc"](radius_mm=100.0), SCAN, BEAM, None), BEAM)
    with pytest.raises(DataError, match="no metal"):
        metal.reduce_metal(scan)
    with pytest.raises(OptionError, match="no such way"):
        metal.reduce_metal(scan, way="wishing")  # type: ignore[arg-type]


def test_a_water_phantom_sets_the_scale() -> None:
    grid = Grid((80, 80), (2.0, 2.0))
    inside = circle_mask(grid, (0.0, 0.0), 50.0)
    image = Image(np.where(inside, 0.0217, 0.0003), grid, "linear attenuation", "/mm")
    scale = HounsfieldScale.of_phantom(image, center_mm=(0.0, 0.0), radius_mm=50.0)
    numbers = scale.applied(image)
    assert numbers.values[inside] == pytest.approx(0.0)
    assert numbers.values[~inside] == pytest.approx(-1000.0)
    with pytest.raises(DataError, match="does not show"):
        HounsfieldScale.of_phantom(image, center_mm=(900.0, 0.0), radius_mm=50.0)
    with pytest.raises(DataError, match="not denser"):
        HounsfieldScale.of_phantom(replace(image, values=-image.values), center_mm=(0.0, 0.0), radius_mm=50.0)
    with pytest.raises(UnitError):
        scale.applied(replace(image, unit="ms"))


def test_a_cone_is_corrected_as_well() -> None:
    """Water with two rods of bone in a cone beam: the middle plane is what the fan gives."""
    scan = Acquisition(
        np.arange(90) * np.pi / 45,
        96,
        5.0,
        geometry="cone",
        source_isocenter_mm=570.0,
        source_detector_mm=1040.0,
        n_rows=8,
        row_height_mm=6.0,
    )
    body = pelvis("cortical bone")
    beam = replace(BEAM, focal_spot=FocalSpot(1.0), n_focal_points=2)
    raw = simulate_polychromatic(body, scan, beam, None)
    assert raw.data.shape == (90, 8, 96)
    grid = Grid((3, 64, 64), (4.0, 5.0, 5.0))
    position = grid.positions_mm()[1]
    between = (np.abs(position[..., 0]) < 35) & (np.abs(position[..., 1]) < 8)
    water, bone = (
        float(reconstruct(f(raw, beam), grid, method="fdk").values[1][between].mean())
        for f in (water_corrected, lambda m, b: bone_corrected(m, b, grid=grid))
    )
    assert water < -25
    assert abs(bone) < 0.6 * abs(water)
    assert beam.dose(scan).dlp_mgy_cm == pytest.approx(beam.dose(scan).ctdi_vol_mgy * 8 * 0.6 * 570 / 1040)


def test_bone_takes_a_pass_at_least() -> None:
    raw = simulate_polychromatic(BODIES["disc"](radius_mm=40.0), SCAN, BEAM, None)
    with pytest.raises(OptionError, match="a pass"):
        bone_corrected(raw, BEAM, n_passes=0)
