"""What goes wrong in a scan, and is taken out or told: rings, dead bins, missing views, motion, blur, noise, place."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.core.errors import DataError, GeometryError, OptionError, ShapeError
from isocenter.core.grid import Grid
from isocenter.modalities import ct
from isocenter.modalities.ct.gating import breathing_peaks_s, phase_of_peaks, reconstruct_phases, views_of_phase
from isocenter.modalities.ct.motion import following
from isocenter.modalities.ct.noise import noise_map
from isocenter.modalities.ct.repair import fill_dead_bins, fill_missing_views
from isocenter.modalities.ct.rings import without_rings
from isocenter.modalities.ct.sharpness import cutoff_for, transfer
from isocenter.physics.bodies.disc import disc
from isocenter.physics.body import Body, Component
from isocenter.physics.shapes import Ellipsoid
from isocenter.physics.tissues import tissue

PARALLEL = ct.Acquisition(np.arange(180) * (np.pi / 180), 128, 1.5, photons_per_bin=None)
GRID = Grid((128, 128), (1.5, 1.5))
DATA = ct.simulate(disc(radius_mm=60.0, center_mm=(15.0, -10.0)), PARALLEL, np.random.default_rng(0)).data


def _image(data: np.ndarray, scan: ct.Acquisition = PARALLEL) -> np.ndarray:
    return ct.reconstruct(ct.Measurement(scan, data), GRID).values


def test_rings_are_a_third_of_what_they_were_and_the_object_stays() -> None:
    gains = 0.01 * np.random.default_rng(1).standard_normal(128).astype(np.float32)
    clean, ringed, mended = _image(DATA), _image(DATA + gains), _image(without_rings(DATA + gains))
    inside = np.hypot(*(GRID.positions_mm()[..., :2] - [15.0, -10.0]).transpose(2, 0, 1)) < 48
    before, after = (float(np.std((image - clean)[inside])) for image in (ringed, mended))
    assert after < before / 3
    assert abs(float((mended - clean)[inside].mean())) < 2.0


def test_an_even_window_is_refused() -> None:
    with pytest.raises(OptionError, match="odd"):
        without_rings(DATA, 4)


def test_dead_bins_are_filled_and_counted() -> None:
    broken = DATA.copy()
    broken[:, 70] = np.nan
    broken[5, 3] = np.inf
    with pytest.raises(DataError, match="not numbers"):
        ct.Measurement(PARALLEL, broken)
    filled, n = fill_dead_bins(broken)
    assert n == 181
    assert np.abs(filled - DATA).max() < 0.05 * DATA.max()
    with pytest.raises(DataError, match="Too many"):
        fill_dead_bins(np.full((4, 8), np.nan))
    assert fill_dead_bins(DATA)[1] == 0


def test_missing_views_are_filled_between_their_neighbours() -> None:
    kept = np.setdiff1d(np.arange(180), [40, 41, 99])
    gap = ct.Measurement(PARALLEL.subset(kept), DATA[kept])
    whole, n = fill_missing_views(gap)
    assert n == 3
    assert whole.acquisition.angles_rad == pytest.approx(PARALLEL.angles_rad, abs=1e-9)
    assert np.abs(whole.data - DATA).max() < 0.08 * DATA.max()
    with pytest.raises(DataError, match="back and forth"):
        fill_missing_views(ct.Measurement(PARALLEL.subset(np.r_[1, 0, 2:180]), DATA))


def test_phases_count_from_peak_to_peak() -> None:
    phase = phase_of_peaks(np.array([0.0, 0.25, 1.0, 1.5, 2.75]), np.array([0.0, 1.0, 3.0]))
    assert phase == pytest.approx([0.0, 0.25, 0.0, 0.25, 0.875])
    times = np.arange(0, 20, 0.05)
    assert breathing_peaks_s(times, np.cos(2 * np.pi * times / 4)) == pytest.approx([4, 8, 12, 16], abs=0.051)
    assert views_of_phase(np.array([0.95, 0.05, 0.5]), 0.0, 0.2).tolist() == [0, 1]


def test_what_moves_is_sharp_in_its_phase() -> None:
    n = 360
    scan = replace(PARALLEL, angles_rad=np.arange(n) * (2 * np.pi / n), n_bins=96, bin_width_mm=2.0)
    phases = np.mod(np.arange(n) * 0.382, 1.0)
    places = np.where(phases < 0.5, -20.0, 20.0)
    bodies = [disc(radius_mm=15.0, center_mm=(place, 0.0)) for place in places]
    parts = [scan.subset(slice(i, i + 1)) for i in range(n)]
    rng = np.random.default_rng(0)
    data = np.concatenate([ct.simulate(body, part, rng).data for body, part in zip(bodies, parts, strict=True)])
    grid = Grid((48, 48), (3.0, 3.0))
    image = reconstruct_phases(
        ct.Measurement(scan, data), phases - 0.25, grid, n_phases=2, method="sirt", n_iterations=15
    )
    assert image.axes == ("phase",)
    x = grid.positions_mm()[..., 0]
    for values, place in zip(image.values + 1000, (-20.0, 20.0), strict=True):
        assert float((x * values).sum() / values.sum()) == pytest.approx(place, abs=1.0)
    with pytest.raises(ShapeError):
        reconstruct_phases(ct.Measurement(scan, data), phases[1:], grid)
    with pytest.raises(DataError, match="too few views"):
        reconstruct_phases(ct.Measurement(scan, data), np.zeros(n), grid, n_phases=2)


CONE = ct.Acquisition(
    np.arange(90) * (2 * np.pi / 90), 48, 6.0, geometry="cone", source_isocenter_mm=400.0, source_detector_mm=800.0,
    photons_per_bin=None, n_rows=32, row_height_mm=6.0,
)  # fmt: skip
BALL = Body("ball", (Component("ball", Ellipsoid((20.0, -10.0, 0.0), (12.0, 12.0, 12.0)), tissue("water")),))


def test_known_motion_is_undone() -> None:
    drift = np.linspace(-12, 12, 90)
    views = [
        ct.simulate(
            BALL.moved(translation_mm=(0.0, 0.0, z)), CONE.subset(slice(i, i + 1)), np.random.default_rng(0)
        ).data
        for i, z in enumerate(drift)
    ]
    shifts = np.column_stack([np.zeros(90), np.zeros(90), drift])
    followed = following(CONE, np.tile(np.eye(3), (90, 1, 1)), shifts)
    grid = Grid((32, 32, 32), (3.0, 3.0, 3.0), center_mm=(20.0, -10.0, 0.0))
    still, blurred, mended = (
        ct.reconstruct(ct.Measurement(scan, data), grid, method="fdk").values
        for scan, data in (
            (CONE, ct.simulate(BALL, CONE, np.random.default_rng(0)).data),
            (CONE, np.concatenate(views)),
            (followed, np.concatenate(views)),
        )
    )
    assert np.sqrt(np.mean((mended - still) ** 2)) < 0.35 * np.sqrt(np.mean((blurred - still) ** 2))
    with pytest.raises(GeometryError):
        following(PARALLEL, np.eye(3), shifts)


def test_a_window_is_as_sharp_as_was_asked() -> None:
    for window in ("hann", "shepp-logan"):
        cutoff = cutoff_for(PARALLEL, window, 1.4)
        assert transfer(0.14, window, cutoff, 1.5) == pytest.approx(0.5, abs=2e-3) or cutoff == pytest.approx(0.42)
    with pytest.raises(OptionError, match="not as sharp"):
        cutoff_for(PARALLEL, "hann", 9.0)
    smooth, sharp = (
        ct.reconstruct(ct.Measurement(PARALLEL, DATA), GRID, window="shepp-logan", mtf50_per_cm=value).values
        for value in (0.6, 1.4)
    )
    edge = slice(104, 122)
    assert np.abs(np.diff(smooth[57, edge])).max() < 0.7 * np.abs(np.diff(sharp[57, edge])).max()


def test_the_noise_map_agrees_with_repeated_scans() -> None:
    scan = replace(PARALLEL, photons_per_bin=2e4)
    body = disc(radius_mm=60.0)
    repeats = [ct.reconstruct(ct.simulate(body, scan, np.random.default_rng(seed)), GRID).values for seed in range(12)]
    middle = np.hypot(*(GRID.positions_mm()[..., :2].transpose(2, 0, 1))) < 25
    measured = float(np.std(repeats, axis=0, ddof=1)[middle].mean())
    told = noise_map(
        ct.simulate(body, scan, np.random.default_rng(50)), GRID, rng=np.random.default_rng(1), n_samples=12
    )
    assert float(told.values[middle].mean()) == pytest.approx(measured, rel=0.1)
    with pytest.raises(DataError, match="do not tell"):
        noise_map(ct.Measurement(PARALLEL, DATA), rng=np.random.default_rng(0))


def test_a_region_and_thick_slices_are_chosen() -> None:
    scan = replace(PARALLEL, n_slices=5, slice_spacing_mm=2.0, z_mm=10.0, patient_position="FFS")
    measurement = ct.Measurement(scan, np.stack([DATA] * 5))
    image = ct.reconstruct(measurement, fov_mm=64.0, center_x_mm=-15.0, center_y_mm=-10.0, slice_thickness_mm=4.0)
    assert image.values.shape == (2, 128, 128)
    assert image.grid.spacing_mm == pytest.approx((4.0, 0.5, 0.5))
    # Four of five slices are left, from the feet-first scan's first (z = 14) on.
    assert image.grid.positions_mm()[:, 64, 64, 2] == pytest.approx([13.0, 9.0])
    whole = ct.reconstruct(measurement)
    assert whole.grid.positions_mm()[0, 0, 0, 2] == pytest.approx(14.0)
    with pytest.raises(OptionError, match="has a width"):
        ct.reconstruct(measurement, center_x_mm=3.0)
    with pytest.raises(OptionError, match="as long as one slice"):
        ct.reconstruct(measurement, slice_thickness_mm=50.0)
