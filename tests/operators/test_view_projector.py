"""Rays of any trajectory through a volume: exact adjoints, closed-form chords, one detector map for all drivers."""

import numpy as np
import pytest

from isocenter.core.errors import GeometryError
from isocenter.core.grid import Grid
from isocenter.kernels.rays import joseph_volume
from isocenter.operators.detector_views import DetectorViews
from isocenter.operators.projection import ViewProjector

GRID = Grid((14, 20, 26), (3.0, 2.5, 2.0), center_mm=(3.0, -2.0, 1.0))
KINDS = {
    "cone": {},
    "curved cone": {"is_curved": True},
    "parallel": {"is_parallel": True},
    "tilted cone": {"tilt_rad": 0.3},
    "steep cone": {"tilt_rad": 0.9},
    "tilted curved cone": {"tilt_rad": 0.3, "is_curved": True},
    "tilted parallel": {"tilt_rad": 0.4, "is_parallel": True},
}


def views(n_views: int = 9, *, tilt_rad: float = 0.0, **flags: bool) -> DetectorViews:
    """Return a turn of a flat panel, shifted off its centre, leaning by `tilt_rad`."""
    angle = np.arange(n_views) * 2 * np.pi / n_views + 0.1
    zero = np.zeros(n_views)
    along, across = (
        np.stack([-np.sin(angle), np.cos(angle), zero], 1),
        np.stack([np.cos(angle), np.sin(angle), zero], 1),
    )
    up = np.cos(tilt_rad) * np.array([0.0, 0.0, 1.0]) - np.sin(tilt_rad) * along
    aim = np.cos(tilt_rad) * along + np.sin(tilt_rad) * np.array([0.0, 0.0, 1.0])
    sources = aim if flags.get("is_parallel") else -300.0 * aim
    return DetectorViews(sources, 200 * aim + 1.3 * across + 0.7 * up, 3 * across, 3 * up, 24, 40, **flags)


@pytest.mark.parametrize("kind", KINDS)
def test_the_adjoint_is_exact(kind: str, rng: np.random.Generator) -> None:
    A = ViewProjector(GRID, views(**KINDS[kind]))
    assert A.check(rng) < 1e-12
    assert A.check(rng, dtype=np.float32) < 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_rays_through_a_gaussian_measure_its_closed_form(kind: str) -> None:
    grid, sigma_mm, center = Grid((40, 60, 50), (1.0,) * 3), 5.0, np.array([2.0, -3.0, 1.0])
    scan = views(8, **KINDS[kind])
    starts, ends = scan.rays_mm(400.0)
    aims = (ends - starts) / np.linalg.norm(ends - starts, axis=-1, keepdims=True)
    away_mm = np.linalg.norm(np.cross(center - starts, aims), axis=-1)
    expected = np.sqrt(2 * np.pi) * sigma_mm * np.exp(-0.5 * (away_mm / sigma_mm) ** 2)
    blob = np.exp(-0.5 * (np.linalg.norm(grid.positions_mm() - center, axis=-1) / sigma_mm) ** 2)
    # Linear interpolation between samples h apart loses up to h^2 f'' / 8 in each minor axis.
    assert ViewProjector(grid, scan)(blob) == pytest.approx(expected, abs=2 * expected.max() / 8 / sigma_mm**2)


@pytest.mark.parametrize("kind", ["cone", "curved cone", "parallel"])
def test_rows_walked_together_and_one_by_one_are_the_same(kind: str, rng: np.random.Generator) -> None:
    A = ViewProjector(GRID, views(**KINDS[kind]))
    assert A._rays.is_axial
    volume = rng.standard_normal(GRID.shape)
    padded = np.pad(volume.transpose(1, 2, 0), joseph_volume.PAD)
    out = np.zeros((9, 40, 24))
    rays = A._rays
    steps = [float(step) for step in rays.spacing_mm]
    joseph_volume._forward_threads(out, padded, rays.origins, rays.bins, rays.rows, rays.is_parallel, True, *steps)
    assert out.transpose(0, 2, 1) == pytest.approx(A(volume), abs=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_gathering_samples_and_spreading_rays_are_the_same_adjoint(kind: str, rng: np.random.Generator) -> None:
    A = ViewProjector(GRID, views(**KINDS[kind]))
    data = rng.standard_normal(A.out_shape)
    rays, spread = A._rays, A.adjoint(data).transpose(1, 2, 0)
    gathered, by_bin = np.zeros(spread.shape), np.ascontiguousarray(data.transpose(0, 2, 1))
    steps, flags = [float(step) for step in rays.spacing_mm], (rays.is_curved, rays.is_parallel, rays.is_axial)
    where = (rays.origins, rays.bins, rays.rows, rays.maps, rays.arcs, *flags, *steps)
    for index in rng.choice(spread.size, 200, replace=False):
        joseph_volume._adjoint_element(index, gathered, by_bin, *where)
        assert gathered.flat[index] == pytest.approx(spread.ravel()[index], abs=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_a_point_on_a_ray_is_seen_where_the_ray_ends(kind: str) -> None:
    scan = views(**KINDS[kind])
    starts, ends = scan.rays_mm(50.0)
    maps, arcs = scan.sample_maps()
    for view, row, bin_index in ((0, 0, 0), (4, 23, 39), (7, 11, 3)):
        point = starts[view, row, bin_index] + 0.37 * (ends - starts)[view, row, bin_index]
        found = joseph_volume._sample_of(maps, arcs, scan.is_curved, view, *point)
        assert found == pytest.approx((bin_index, row), abs=1e-9)


def test_projection_matrices_describe_the_same_rays() -> None:
    scan = views(tilt_rad=0.3)
    scale = np.array([-3.0, 0.01, 1.0, 2.0, 5.0, -1.0, 1e3, 1.0, 1.0])[:, None, None]
    again = DetectorViews.of_matrices(scan.projection_matrices() * scale, n_rows=24, n_bins=40)
    assert again.sources_mm == pytest.approx(scan.sources_mm, abs=1e-8)
    for one, other in zip(scan.rays_mm(0.0), again.rays_mm(0.0), strict=True):
        aim = (one - scan.sources_mm[:, None, None]), (other - again.sources_mm[:, None, None])
        units = [a / np.maximum(np.linalg.norm(a, axis=-1, keepdims=True), 1e-30) for a in aim]
        assert units[0] == pytest.approx(units[1], abs=1e-9)


def test_a_turn_of_the_frame_turns_every_ray() -> None:
    scan = views()
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    starts, ends = scan.rays_mm(10.0)
    moved = scan.in_frame(turn, np.array([1.0, 2.0, 3.0])).rays_mm(10.0)
    assert moved[0] == pytest.approx(starts @ turn.T + [1, 2, 3], abs=1e-9)
    assert moved[1] == pytest.approx(ends @ turn.T + [1, 2, 3], abs=1e-9)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sources_mm": np.zeros((9, 2))}, "sources_mm"),
        ({"sources_mm": np.zeros((8, 3))}, "view"),
        ({"u_mm": np.full((9, 3), np.nan)}, "u_mm"),
        ({"u_mm": np.tile([0.0, 0.0, 2.0], (9, 1))}, "u_mm, v_mm"),
        ({"n_rows": 0}, "n_rows, n_bins"),
        ({"sources_mm": None}, "sources_mm"),
    ],
)
def test_views_that_contradict_themselves_are_refused(change: dict[str, object], field: str) -> None:
    scan = views()
    parts: dict[str, object] = {name: getattr(scan, name) for name in ("sources_mm", "centers_mm", "u_mm", "v_mm")}
    if change.get("sources_mm", 0) is None:  # a source within the plane of its detector
        change = {"sources_mm": scan.centers_mm + 5 * scan.u_mm}
    with pytest.raises(GeometryError) as caught:
        DetectorViews(**(parts | {"n_rows": 24, "n_bins": 40} | change))  # type: ignore[arg-type]
    assert caught.value.field == field


def test_a_source_within_the_volume_is_refused() -> None:
    with pytest.raises(GeometryError, match="within the image"):
        ViewProjector(Grid((20, 400, 400), (2.0, 2.0, 2.0)), views())


def test_a_singular_matrix_is_refused() -> None:
    with pytest.raises(GeometryError, match="no source point"):
        DetectorViews.of_matrices(np.zeros((2, 3, 4)), n_rows=4, n_bins=4)
