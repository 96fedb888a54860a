"""CT images: right place, right way round, right numbers."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.core.errors import DataError, GeometryError, OptionError, ShapeError
from isocenter.core.grid import Grid
from isocenter.modalities import ct
from isocenter.physics.bodies.disc import disc

FAN = ct.Acquisition(
    np.arange(200) * (2 * np.pi / 200),
    160,
    3.0,
    geometry="fan",
    source_isocenter_mm=500.0,
    source_detector_mm=1000.0,
    photons_per_bin=None,
)
PARALLEL = ct.Acquisition(np.arange(120) * (np.pi / 120), 120, 1.5, photons_per_bin=None)


def _scan(acquisition: ct.Acquisition, **of: object) -> ct.Measurement:
    return ct.simulate(disc(**of), acquisition, np.random.default_rng(0))


def _middle_of_mass_mm(image) -> np.ndarray:
    weights = np.clip(image.values + 1000.0, 0, None) * (image.values > -500)
    return (image.grid.positions_mm() * weights[..., None]).reshape(-1, 3).sum(axis=0) / weights.sum()


@pytest.mark.parametrize("scan", [FAN, replace(FAN, detector="curved"), PARALLEL], ids=["flat", "curved", "parallel"])
@pytest.mark.parametrize("position", list(ct.PATIENT_POSITIONS))
def test_a_disc_is_found_where_it_lies_in_the_patient(scan: ct.Acquisition, position: str) -> None:
    scan = replace(scan, patient_position=position, z_mm=12.0)
    image = ct.reconstruct(_scan(scan, radius_mm=12.0, center_mm=(30.0, -18.0)))
    assert _middle_of_mass_mm(image) == pytest.approx([30.0, -18.0, 12.0], abs=0.3)


def test_rows_grow_to_the_back_and_columns_to_the_left() -> None:
    image = ct.reconstruct(_scan(PARALLEL, radius_mm=10.0, center_mm=(40.0, 20.0)))
    row, column = np.unravel_index(np.argmax(image.values), image.values.shape)
    assert row > 60
    assert column > 60


def test_slices_lie_where_the_body_has_them() -> None:
    scan = replace(PARALLEL, n_slices=4, slice_spacing_mm=10.0)
    image = ct.reconstruct(_scan(scan, radius_mm=20.0, height_mm=21.0))
    assert image.values.shape == (4, 120, 120)
    assert image.values[:, 60, 60] == pytest.approx([-1000.0, 0.0, 0.0, -1000.0], abs=15.0)
    assert image.grid.positions_mm()[:, 60, 60, 2] == pytest.approx([-15.0, -5.0, 5.0, 15.0])


def test_full_turn_half_turn_and_short_scan_agree() -> None:
    grid = Grid((64, 64), (2.0, 2.0))
    whole = replace(PARALLEL, angles_rad=np.arange(240) * (np.pi / 120))
    short = replace(FAN, angles_rad=np.radians(np.arange(0, 212, 1.0) + 77))
    over = replace(FAN, angles_rad=np.radians(np.arange(0, 260, 1.0) + 11))
    for scan in (PARALLEL, whole, FAN, short, over, replace(short, detector="curved")):
        image = ct.reconstruct(_scan(scan, radius_mm=30.0, center_mm=(10.0, 5.0)), grid, scale="attenuation")
        position = grid.positions_mm()
        inside = np.hypot(position[..., 0] - 10, position[..., 1] - 5) < 22
        assert image.values[inside].mean() == pytest.approx(ct.water_per_mm(70.0), rel=1e-3)


def test_a_shifted_detector_is_allowed_for() -> None:
    for scan in (PARALLEL, FAN, replace(FAN, detector="curved")):
        image = ct.reconstruct(_scan(replace(scan, detector_offset_mm=7.3), radius_mm=12.0, center_mm=(20.0, -8.0)))
        assert _middle_of_mass_mm(image)[:2] == pytest.approx([20.0, -8.0], abs=0.3)


def test_counts_give_the_same_image_as_line_integrals() -> None:
    bright = replace(PARALLEL, photons_per_bin=1e9)
    quiet, noisy = (ct.reconstruct(_scan(scan, radius_mm=30.0)).values for scan in (PARALLEL, bright))
    assert noisy == pytest.approx(quiet, abs=15.0)


def test_the_image_says_how_it_was_made() -> None:
    image = ct.reconstruct(_scan(PARALLEL), window="hann", cutoff=0.8)
    assert (image.quantity, image.unit) == ("CT number", "[hnsf'U]")
    assert image.provenance is not None
    assert image.provenance.parameters["window"] == "hann"
    plain = ct.reconstruct(_scan(PARALLEL), scale="attenuation", mu_water_per_mm=0.02)
    assert (plain.quantity, plain.unit) == ("linear attenuation", "/mm")


def test_a_given_water_value_sets_the_scale() -> None:
    measurement = _scan(PARALLEL, radius_mm=40.0)
    image = ct.reconstruct(measurement, mu_water_per_mm=ct.water_per_mm(70.0) / 2)
    assert image.values[60, 60] == pytest.approx(1000.0, abs=5.0)


def test_too_few_angles_are_refused_by_fbp() -> None:
    few = replace(PARALLEL, angles_rad=np.radians(np.arange(0, 120, 1.0)))
    with pytest.raises(GeometryError, match="angles"):
        ct.reconstruct(_scan(few), method="fbp")
    partial = replace(FAN, angles_rad=np.radians(np.arange(0, 185, 1.0)))
    with pytest.raises(GeometryError, match="angles"):
        ct.reconstruct(_scan(partial), method="fbp")


def test_wrong_data_are_refused() -> None:
    good = np.ones(PARALLEL.data_shape)
    with pytest.raises(ShapeError) as caught:
        ct.Measurement(PARALLEL, good.T[:, :100])
    assert caught.value.found == "(120, 100)"
    assert caught.value.remedy
    spoiled = good.copy()
    spoiled[3, 4] = np.nan
    with pytest.raises(DataError, match="not numbers"):
        ct.Measurement(PARALLEL, spoiled)
    with pytest.raises(DataError, match="negative"):
        ct.Measurement(replace(PARALLEL, photons_per_bin=100.0), good - 2)


@pytest.mark.parametrize(
    "change",
    [
        {"n_bins": 0},
        {"bin_width_mm": float("nan")},
        {"geometry": "cone"},
        {"angles_rad": np.zeros((2, 2))},
        {"patient_position": "XYZ"},
        {"geometry": "fan"},
        {"geometry": "fan", "source_isocenter_mm": 500.0, "source_detector_mm": 400.0},
        {"photons_per_bin": -1.0},
    ],
)
def test_impossible_scans_are_refused(change: dict) -> None:
    with pytest.raises(GeometryError):
        replace(PARALLEL, **change)


def test_a_grid_elsewhere_is_refused() -> None:
    measurement = _scan(PARALLEL)
    with pytest.raises(GeometryError, match="planes"):
        ct.reconstruct(measurement, Grid((8, 8), (1.0, 1.0), center_mm=(0.0, 0.0, 50.0)))
    with pytest.raises(GeometryError, match="turned"):
        ct.reconstruct(measurement, Grid((8, 8), (1.0, 1.0), direction=((0, 1, 0), (-1, 0, 0), (0, 0, 1))))
    with pytest.raises(ShapeError, match="slices"):
        ct.reconstruct(measurement, Grid((2, 8, 8), (1.0, 1.0, 1.0)))


def test_unknown_methods_and_parameters_are_refused() -> None:
    with pytest.raises(OptionError, match="no method"):
        ct.reconstruct(_scan(PARALLEL), method="magic")
    with pytest.raises(OptionError, match="no parameter"):
        ct.reconstruct(_scan(PARALLEL), wndow="hann")


@pytest.mark.parametrize("method", ["cgls", "sirt", "pdhg-tv"])
@pytest.mark.parametrize("scan", [PARALLEL, FAN], ids=["parallel", "fan"])
def test_iterative_methods_find_the_disc(method: str, scan: ct.Acquisition) -> None:
    few = replace(scan, angles_rad=scan.angles_rad[::4], photons_per_bin=1e6)
    grid = Grid((64, 64), (2.0, 2.0))
    steps = []
    image = ct.reconstruct(
        _scan(few, radius_mm=30.0, center_mm=(10.0, 5.0)), grid, method=method, on_progress=steps.append
    )
    position = grid.positions_mm()
    radius = np.hypot(position[..., 0] - 10, position[..., 1] - 5)
    assert image.values[radius < 24].mean() == pytest.approx(0.0, abs=15.0)
    assert image.values[radius > 36].mean() == pytest.approx(-1000.0, abs=15.0)
    assert steps
    assert steps[-1].done <= (steps[-1].total or 0)


def test_total_variation_beats_filtered_back_projection_from_few_views() -> None:
    few = replace(PARALLEL, angles_rad=np.arange(20) * np.pi / 20, photons_per_bin=2e4)
    grid = Grid((64, 64), (2.0, 2.0))
    measurement = _scan(few, radius_mm=30.0, center_mm=(10.0, 5.0))
    truth = np.where(np.hypot(*(grid.positions_mm()[..., :2] - [10, 5]).transpose(2, 0, 1)) < 30, 0.0, -1000.0)
    fbp, tv = (np.std(ct.reconstruct(measurement, grid, method=m).values - truth) for m in ("fbp", "pdhg-tv"))
    assert tv < 0.6 * fbp


def test_what_fbp_cannot_do_goes_to_cgls() -> None:
    few = replace(PARALLEL, angles_rad=np.radians(np.arange(0, 120, 1.0)))
    assert ct.default_method(_scan(few)) == "cgls"
    assert ct.default_method(_scan(PARALLEL)) == "fbp"
