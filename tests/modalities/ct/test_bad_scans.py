"""Scans that are not as they should be: each is put right and told so, or refused with what to do."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from isocenter.core.errors import DataError, GeometryError, IsocenterError, ShapeError
from isocenter.core.grid import Grid
from isocenter.modalities import ct
from isocenter.modalities.ct.gates import _cone
from isocenter.physics.bodies.disc import disc

FAN = ct.Acquisition(
    np.radians(np.arange(0, 360, 2.0)),
    128,
    3.2,
    geometry="fan",
    source_isocenter_mm=500.0,
    source_detector_mm=1000.0,
    photons_per_bin=None,
)
SCANS = {
    "parallel": (ct.Acquisition(np.radians(np.arange(0, 180, 2.0)), 128, 1.6, photons_per_bin=None), (64, 64)),
    "fan": (FAN, (64, 64)),
    "short fan": (replace(FAN, angles_rad=np.radians(np.arange(0, 214, 2.0))), (64, 64)),
    "cone": (_cone("circle"), (1, 64, 64)),
    "short cone": (_cone("short"), (1, 64, 64)),
    "helix": (_cone("helix"), (1, 64, 64)),
}


def _scan(name: str) -> tuple[ct.Measurement, Grid]:
    scan, shape = SCANS[name]
    body = disc(radius_mm=40.0, center_mm=(15.0, -10.0), height_mm=500.0)
    return ct.simulate(body, scan, np.random.default_rng(0)), Grid(shape, (2.5,) * len(shape))


def _of_views(measurement: ct.Measurement, views: np.ndarray) -> ct.Measurement:
    scan = measurement.acquisition
    data = np.take(measurement.data, views, axis=0 if scan.geometry == "cone" else -2)
    return replace(measurement, acquisition=scan.subset(views), data=np.ascontiguousarray(data))


@pytest.mark.parametrize("name", [name for name in SCANS if name != "helix"])
def test_views_may_come_in_any_order(name: str) -> None:
    measurement, grid = _scan(name)
    expected = ct.reconstruct(measurement, grid).values
    order = np.random.default_rng(1).permutation(measurement.acquisition.n_views)
    assert ct.reconstruct(_of_views(measurement, order), grid).values == pytest.approx(expected, abs=0.02)


def test_a_helix_runs_either_way_but_not_back_and_forth() -> None:
    measurement, grid = _scan("helix")
    n = measurement.acquisition.n_views
    expected = ct.reconstruct(measurement, grid).values
    back = _of_views(measurement, np.arange(n)[::-1])
    assert ct.reconstruct(back, grid).values == pytest.approx(expected, abs=0.02)
    with pytest.raises(GeometryError, match="one direction") as caught:
        ct.reconstruct(_of_views(measurement, np.random.default_rng(1).permutation(n)), grid)
    assert caught.value.remedy


@pytest.mark.parametrize("name", list(SCANS))
def test_a_wide_gap_is_refused_by_the_analytic_method_or_made_up_for_by_opposite_views(name: str) -> None:
    measurement, grid = _scan(name)
    n = measurement.acquisition.n_views
    gappy = _of_views(measurement, np.setdiff1d(np.arange(n), np.arange(n // 3, n // 3 + 8)))
    method = ct.default_method(measurement)
    if name in ("fan", "cone"):
        # A full turn without some views is an over-scanned short one.
        difference = ct.reconstruct(gappy, grid, method=method).values - ct.reconstruct(measurement, grid).values
        assert np.sqrt(np.mean(difference**2)) < 12.0
        return
    with pytest.raises(GeometryError) as caught:
        ct.reconstruct(gappy, grid, method=method)
    assert "angles_rad" in str(caught.value)
    assert caught.value.remedy
    if name != "helix":
        assert ct.default_method(gappy) in ("cgls", "os-sart")


@pytest.mark.parametrize("name", list(SCANS))
def test_single_missing_views_are_filled_when_asked_and_counted(name: str) -> None:
    measurement, grid = _scan(name)
    n = measurement.acquisition.n_views
    gappy = _of_views(measurement, np.setdiff1d(np.arange(n), [n // 3, n // 2, n // 2 + 1]))
    image = ct.reconstruct(gappy, grid, method=ct.default_method(measurement), missing_views=True)
    assert image.provenance is not None
    assert image.provenance.parameters["views_filled"] == 3
    position = grid.positions_mm().reshape(64, 64, 3)
    inside = np.hypot(position[..., 0] - 15, position[..., 1] + 10) < 30
    assert image.values.reshape(64, 64)[inside].mean() == pytest.approx(0.0, abs=5.0)


def test_slices_that_a_helix_did_not_pass_are_refused() -> None:
    measurement, _ = _scan("helix")
    reach = ct.default_grid(measurement.acquisition)
    far = replace(reach, shape=(1, 64, 64), center_mm=(0.0, 0.0, reach.center_mm[2] + reach.extent_mm[0]))
    with pytest.raises(GeometryError, match="did not see all slices") as caught:
        ct.reconstruct(measurement, far)
    assert "mm" in caught.value.found
    feet_first = replace(measurement, acquisition=replace(measurement.acquisition, patient_position="FFS", z_mm=80.0))
    image = ct.reconstruct(feet_first)
    assert image.grid.center_mm[2] == pytest.approx(80.0, abs=5.0)


@pytest.mark.parametrize("name", list(SCANS))
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_bins_that_are_no_numbers_are_refused_with_their_count(name: str, value: float) -> None:
    measurement, _ = _scan(name)
    spoilt = measurement.data.copy()
    spoilt.reshape(-1)[[5, 77]] = value
    with pytest.raises(DataError, match="not numbers") as caught:
        replace(measurement, data=spoilt)
    assert "2" in caught.value.found


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"source_detector_mm": 300.0}, "source_detector_mm"),
        ({"source_isocenter_mm": -1.0}, "source_isocenter_mm"),
        ({"source_z_mm": np.zeros(3)}, "source_z_mm"),
        ({"focus_shift_mm": np.full((240, 3), np.nan)}, "focus_shift_mm"),
        ({"projection_matrices": np.zeros((240, 4, 3))}, "projection_matrices"),
        ({"n_slices": 5}, "n_slices"),
        ({"geometry": "fan"}, "n_rows"),
        ({"angles_rad": np.array([0.0, np.nan])}, "angles_rad"),
        ({"detector": "round"}, "detector"),
        ({"row_height_mm": 0.0}, "row_height_mm"),
        ({"detector_offset_mm": 5000.0}, "detector_offset_mm"),
        ({"detector_offset_mm": float("nan")}, "detector_offset_mm"),
    ],
)
def test_geometry_that_contradicts_itself_names_what_does(change: dict[str, Any], field: str) -> None:
    with pytest.raises(IsocenterError) as caught:
        replace(_cone("circle"), **change)
    assert field in str(caught.value)


def test_data_of_another_shape_say_both_shapes() -> None:
    measurement, _ = _scan("cone")
    with pytest.raises(ShapeError) as caught:
        replace(measurement, data=measurement.data[:-1])
    assert "(239, 8, 192)" in caught.value.found
    assert "(240, 8, 192)" in caught.value.expected
