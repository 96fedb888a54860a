"""Back-projection into a volume: columns of voxels at once, and voxel by voxel, are the same."""

import numpy as np
import pytest

from isocenter.core.grid import Grid
from isocenter.kernels.rays import backproject_volume as kernel
from isocenter.kernels.rays.backproject import columns_in_circle
from isocenter.operators.detector_views import DetectorViews
from isocenter.operators.projection import axes_in_plane_mm, index_maps


def views(n_views: int, n_rows: int, pitch_mm: float, *, is_curved: bool = False) -> DetectorViews:
    """Return a full turn of a panel whose middle row is off the plane of the source."""
    angle = np.arange(n_views) * 2 * np.pi / n_views + 0.1
    zero = np.zeros(n_views)
    along, across = (
        np.stack([-np.sin(angle), np.cos(angle), zero], 1),
        np.stack([np.cos(angle), np.sin(angle), zero], 1),
    )
    up = np.tile([0.0, 0.0, 1.0], (n_views, 1))
    center = 200 * along + 1.3 * across + 0.7 * up
    return DetectorViews(-300 * along, center, 3 * across, pitch_mm * up, n_rows, 40, is_curved=is_curved)


@pytest.mark.parametrize("is_curved", [False, True])
@pytest.mark.parametrize(
    ("n_views", "n", "n_z", "n_rows", "pitch_mm"),
    [(8, 18, 21, 24, 3.0), (12, 17, 40, 21, 3.0), (7, 18, 21, 24, 3.0), (8, 18, 30, 24, 1.1), (8, 12, 50, 9, 9.0)],
    ids=["even grid", "odd grid", "no quarters", "dense rows", "wide rows"],
)
def test_columns_at_once_are_voxels_one_by_one(
    n_views: int, n: int, n_z: int, n_rows: int, pitch_mm: float, is_curved: bool, rng: np.random.Generator
) -> None:
    grid = Grid((n_z, n, n), (1.7, 2.0, 2.0))
    scan = views(n_views, n_rows, pitch_mm, is_curved=is_curved)
    maps, arcs = index_maps(grid, scan)
    columns = columns_in_circle(*axes_in_plane_mm(grid), 0.48 * 2.0 * n)
    filtered = rng.standard_normal((n_views, 40, n_rows)).astype(np.float32)
    image = kernel.backproject_volume(filtered, maps, arcs, grid.shape_zyx, columns, is_curved=is_curved, is_axial=True)
    expected = np.zeros((n, n, n_z), dtype=np.float32)
    kernel._voxel_threads(expected, filtered, maps, arcs, columns, is_curved)
    assert image == pytest.approx(expected.transpose(2, 0, 1), abs=1e-5 * float(np.abs(expected).max()))
    assert np.abs(expected).max() > 0


def test_quarters_are_found_only_where_views_and_grid_have_them() -> None:
    grid = Grid((4, 18, 18), (2.0, 2.0, 2.0))
    columns = columns_in_circle(*axes_in_plane_mm(grid), 17.0)

    def found(grid: Grid, n_views: int) -> bool:
        return kernel._turns_by_quarters(*index_maps(grid, views(n_views, 8, 3.0)), grid.shape_zyx[1:], columns)

    assert found(grid, 8)
    assert not found(grid, 9)
    assert not found(Grid((4, 18, 18), (2.0, 2.0, 2.1)), 8)
    assert not found(Grid((4, 18, 18), (2.0, 2.0, 2.0), center_mm=(1.0, 0.0, 0.0)), 8)
