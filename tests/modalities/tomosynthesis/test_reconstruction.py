"""Tomosynthesis: ways of the focal spot, planes in the patient, methods, and what is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from isocenter.core.errors import DataError, GeometryError, ShapeError
from isocenter.core.grid import Grid
from isocenter.modalities import tomosynthesis as tomo
from isocenter.modalities.tomosynthesis.geometry import heights_of
from isocenter.physics.bodies import BODIES
from isocenter.physics.bodies.breast import SPECKS_MM
from isocenter.physics.body import Body, Component
from isocenter.physics.shapes import Ellipsoid
from isocenter.physics.tissues import tissue

SCAN = tomo.Acquisition(n_shots=9, n_rows=40, n_columns=60, pixel_mm=3.0, n_planes=9, lowest_plane_mm=80.0)


def test_a_linear_way_has_its_angle() -> None:
    sources = SCAN.sources_mm
    assert np.degrees(2 * np.arctan(sources[-1, 0] / (1000 - 100))) == pytest.approx(40.0)
    assert np.diff(sources[:, 0]) == pytest.approx(np.diff(sources[:, 0])[0])


def test_an_arc_turns_about_its_pivot() -> None:
    sources = replace(SCAN, path="arc").sources_mm
    assert np.hypot(sources[:, 0], sources[:, 2] - 100) == pytest.approx(900.0)


def test_a_hypocycloid_has_three_cusps_and_closes() -> None:
    way = tomo.PATHS["hypocycloidal"](300)
    radius = np.hypot(way[:, 0], way[:, 1])
    assert radius.max() == pytest.approx(1.0)
    assert radius.min() == pytest.approx(1 / 3, abs=1e-3)
    peaks = (radius > np.roll(radius, 1)) & (radius >= np.roll(radius, -1))
    assert peaks.sum() == 3


@pytest.mark.parametrize("view", tomo.VIEWS)
def test_planes_lie_where_the_patient_is(view: str) -> None:
    """A ball that the body has at a place is found in the image at that place."""
    scan = replace(SCAN, view=view, photons_per_pixel=0.0, n_planes=15, lowest_plane_mm=65.0)
    center = (21.0, -12.0, 9.0)
    body = Body("ball", (Component("ball", Ellipsoid(center, (8, 8, 8)), tissue("cortical bone")),))
    image = tomo.reconstruct(tomo.simulate(body, scan, np.random.default_rng(0)), method="sart")
    weight = image.values.astype(float) ** 2
    found = (image.grid.positions_mm() * weight[..., None]).sum(axis=(0, 1, 2)) / weight.sum()
    assert found == pytest.approx(center, abs=2.5)


def test_heights_follow_the_grid() -> None:
    assert heights_of(SCAN, tomo.default_grid(SCAN)) == pytest.approx(SCAN.heights_mm)


def test_filtering_shows_a_speck_in_its_plane_and_hides_it_elsewhere() -> None:
    scan = replace(tomo.example_acquisition(), n_shots=9, photons_per_pixel=0.0)
    image = tomo.reconstruct(tomo.simulate(BODIES["breast"](), scan, np.random.default_rng(0)), method="fbp")
    x, y, z = SPECKS_MM[0]
    position = image.grid.positions_mm()
    near = np.hypot(position[..., 0] - x, position[..., 1] - y) < 1.5
    profile = np.array([image.values[k][near[k]].max() for k in range(image.grid.shape[0])])
    heights = position[:, 0, 0, 2]
    assert heights[profile.argmax()] == pytest.approx(z, abs=2.0)
    assert profile[np.abs(heights - z) > 10].max() < 0.5 * profile.max()


def test_every_method_runs_for_every_way_it_is_made_for() -> None:
    for path in tomo.PATHS:
        scan = replace(SCAN, path=path)
        measurement = tomo.simulate(BODIES["breast"](), scan, np.random.default_rng(0))
        method = tomo.default_method(measurement)
        assert method == ("fbp" if path in ("linear", "arc") else "sart")
        assert np.isfinite(tomo.reconstruct(measurement, method=method).values).all()
    with pytest.raises(GeometryError, match="along a line"):
        tomo.reconstruct(tomo.simulate(BODIES["breast"](), replace(SCAN, path="circular"), np.random.default_rng(0)))


def test_thick_planes_hold_less_noise(rng: np.random.Generator) -> None:
    scan = replace(SCAN, photons_per_pixel=0.0)
    noise = tomo.Measurement(scan, rng.standard_normal(scan.data_shape).astype(np.float32))
    thin, thick = (tomo.reconstruct(noise, method="fbp", slice_mm=s).values.std() for s in (0.0, 30.0))
    assert thick < 0.8 * thin


def test_total_variation_of_no_strength_is_sart_and_of_some_is_quieter() -> None:
    scan = replace(SCAN, photons_per_pixel=2e3)
    measurement = tomo.simulate(BODIES["breast"](), scan, np.random.default_rng(5))
    plain = tomo.reconstruct(measurement, method="sart", n_iterations=3).values
    nothing = tomo.reconstruct(measurement, method="sart-tv", n_iterations=3, strength_per_mm=0.0).values
    assert nothing == pytest.approx(plain, abs=1e-7)
    quiet = tomo.reconstruct(measurement, method="sart-tv", n_iterations=3).values

    def steps(image: np.ndarray) -> float:
        return float(np.abs(np.diff(image, axis=2)).mean())

    assert steps(quiet) < 0.75 * steps(plain)
    assert quiet.min() >= 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"path": "zigzag"}, "path is not known"),
        ({"view": "oblique"}, "view is not known"),
        ({"sweep_deg": 170.0}, "limited angle"),
        ({"n_planes": 500}, "between the detector"),
        ({"lowest_plane_mm": -5.0}, "between the detector"),
        ({"pivot_mm": 1000.0}, "between the detector"),
        ({"pixel_mm": 0.0}, "must be positive"),
        ({"photons_per_pixel": -1.0}, "cannot be negative"),
    ],
)
def test_a_scan_that_contradicts_itself_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(GeometryError, match=words):
        replace(SCAN, **change)


def test_data_that_are_none_are_refused() -> None:
    good = np.ones(SCAN.data_shape)
    for value, words in ((np.nan, "not numbers"), (-1.0, "negative")):
        bad = good.copy()
        bad[0, 0, 0] = value
        with pytest.raises(DataError, match=words):
            tomo.Measurement(SCAN, bad)
    with pytest.raises(ShapeError):
        tomo.Measurement(SCAN, good[1:])
    with pytest.raises(GeometryError, match="stack of planes"):
        tomo.reconstruct(tomo.Measurement(SCAN, good), Grid((4, 4), (1.0, 1.0)))
    grid = tomo.default_grid(SCAN)
    with pytest.raises(GeometryError, match="square"):
        tomo.reconstruct(tomo.Measurement(SCAN, good), replace(grid, spacing_mm=(5.0, 3.0, 2.0)))
