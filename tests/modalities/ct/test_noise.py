"""The noise map that is carried through filtered back-projection: what the closed form and repeated scans say."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.core.errors import DataError, GeometryError, OptionError
from isocenter.core.grid import Grid
from isocenter.modalities import ct
from isocenter.modalities.ct.fbp import fbp
from isocenter.modalities.ct.propagated_noise import fbp_variance
from isocenter.physics.bodies.disc import disc

PARALLEL = ct.Acquisition(np.arange(60) * np.pi / 60, 64, 1.5, photons_per_bin=None)
FAN = ct.Acquisition(
    np.arange(90) * np.pi / 45,
    64,
    4.0,
    geometry="fan",
    source_isocenter_mm=500.0,
    source_detector_mm=1000.0,
    photons_per_bin=None,
)
SHORT = replace(FAN, angles_rad=np.radians(np.arange(0, 212, 4.0) + 7), detector_offset_mm=6.0)
SCANS = {
    "parallel": PARALLEL,
    "flat fan": FAN,
    "curved fan": replace(FAN, detector="curved"),
    "short scan of a shifted detector": SHORT,
}


@pytest.mark.parametrize("name", list(SCANS))
def test_one_noisy_bin_gives_the_square_of_its_own_image(name: str) -> None:
    """Of one bin with variance 1, the map is its impulse response squared: no statistics needed."""
    scan = SCANS[name]
    grid = Grid((40, 40), (1.7, 1.7))
    for view, bin_ in ((3, 30), (40, 41)):
        lone = np.zeros(scan.data_shape, dtype=np.float32)
        lone[view, bin_] = 1.0
        image = fbp(scan, grid, lone, window="hann", cutoff=0.8).astype(float)
        got = fbp_variance(scan, grid, lone, window="hann", cutoff=0.8)
        assert got == pytest.approx(image**2, rel=2e-3, abs=2e-3 * (image**2).max())


def test_the_map_knows_its_unit_and_halves_its_variance_over_two_slices() -> None:
    scan = replace(PARALLEL, photons_per_bin=2e4, n_slices=2, slice_spacing_mm=2.0)
    measurement = ct.simulate(disc(radius_mm=30.0, height_mm=50.0), scan, np.random.default_rng(1))
    thin = ct.reconstruct(measurement, method="noise")
    thick = ct.reconstruct(measurement, method="noise", slice_thickness_mm=4.0)
    assert (thin.quantity, thin.unit) == ("noise", "[hnsf'U]")
    assert thin.provenance is not None
    assert thin.provenance.method == "ct.noise"
    assert thick.values[0] ** 2 == pytest.approx((thin.values**2).mean(axis=0) / 2, rel=1e-3)
    per_mm = ct.reconstruct(measurement, method="noise", scale="attenuation")
    assert per_mm.values * 1000 / ct.water_per_mm(70.0) == pytest.approx(thin.values, rel=1e-4)


def test_a_smoother_kernel_is_quieter_as_its_images_are() -> None:
    scan = replace(PARALLEL, photons_per_bin=5e3)
    rng = np.random.default_rng(2)
    body = disc(radius_mm=30.0)
    grid = Grid((64, 64), (1.4, 1.4))
    middle = np.hypot(*grid.positions_mm()[..., :2].transpose(2, 0, 1)) < 20
    for window in ("ram-lak", "hann"):
        repeats = [ct.reconstruct(ct.simulate(body, scan, rng), grid, window=window).values for _ in range(40)]
        told = ct.reconstruct(ct.simulate(body, scan, rng), grid, method="noise", window=window).values
        measured = np.sqrt(np.var(repeats, axis=0, ddof=1)[middle].mean())
        assert float(told[middle].mean()) == pytest.approx(measured, rel=0.04)


def test_cones_get_theirs_by_drawing() -> None:
    cone = ct.Acquisition(
        np.arange(60) * np.pi / 30,
        48,
        4.0,
        geometry="cone",
        source_isocenter_mm=500.0,
        source_detector_mm=1000.0,
        photons_per_bin=1e4,
        n_rows=2,
        row_height_mm=4.0,
    )
    measurement = ct.simulate(disc(radius_mm=25.0, height_mm=400.0), cone, np.random.default_rng(3))
    steps = []
    image = ct.reconstruct(measurement, method="noise", n_samples=4, on_progress=steps.append)
    assert image.quantity == "noise"
    assert image.values[:, 24, 24].min() > 1.0
    assert steps[-1].done == steps[-1].total == 4


def test_what_tells_no_noise_is_refused() -> None:
    lines = ct.simulate(disc(radius_mm=30.0), PARALLEL, np.random.default_rng(0))
    with pytest.raises(DataError, match="do not tell"):
        ct.reconstruct(lines, method="noise")
    with pytest.raises(OptionError, match="no parameter"):
        ct.reconstruct(lines, method="noise", hardening="water")
    cone = replace(PARALLEL, geometry="cone", source_isocenter_mm=500.0, source_detector_mm=900.0)
    with pytest.raises(GeometryError, match="planes"):
        fbp_variance(cone, Grid((1, 8, 8), (1, 1, 1)), np.ones(cone.data_shape))
