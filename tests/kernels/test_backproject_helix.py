"""Back-projection of a helix: lines of voxels eight at a time are voxels one by one; rebinned fans keep their rows."""

from math import cos, pi

import numpy as np
import pytest

from isocenter.kernels.rays import backproject_helix as kernel
from isocenter.kernels.rays.rebin_fans import rebin_fans

N_HALF, N_BINS = 5, 12
TABLE = np.array([[-5.0 * cos(a) - 4.0 * a, cos(a), 0.5 * a, -3.0, 0.4, 0.2 + a] for a in np.arange(N_HALF) / N_HALF])


def scan(n_rows: int, n_views: int, rng: np.random.Generator, rise_mm: float) -> tuple[np.ndarray, ...]:
    """Return two sets of framed views, sources that climb by a slice a view, and paths with a bin that has no data."""
    rows = rng.standard_normal((2, n_views, N_BINS, n_rows)).astype(np.float32)
    beyond = kernel.framed(n_rows) - n_rows - 1
    filtered = np.pad(rows, ((0, 0), (0, 0), (0, 0), (1, beyond)), mode="edge")
    source_z = np.arange(n_views)[None, :, None] * 1.0 - 20.0 + rng.random((2, n_views, N_BINS))
    paths = np.empty((2, N_BINS, 4))
    paths[..., 0], paths[..., 1] = 100.0 + rng.random((2, N_BINS)), 100.0 * rise_mm
    paths[..., 2], paths[..., 3] = (n_rows - 1) / 2 + 0.3, 1.0
    paths[1, 2, 3] = 0.0
    return filtered, source_z, paths


@pytest.mark.parametrize("n_z", [3, 8, 21])
@pytest.mark.parametrize(("n_rows", "rise_mm"), [(1, 0.1), (5, -0.6), (16, 1.7)], ids=["one", "downwards", "steep"])
def test_lines_at_once_are_voxels_one_by_one(n_z: int, n_rows: int, rise_mm: float, rng: np.random.Generator) -> None:
    filtered, source_z, paths = scan(n_rows, 8 * N_HALF, rng, rise_mm)
    columns = np.array([[0, 9], [2, 9], [3, 3], [1, 7], [0, 8], [0, 9]])
    sizes = {"n_half": N_HALF, "spacing_z": 1.1, "n_rows": n_rows, "full": 0.6}
    image = kernel.backproject_helix(filtered, source_z, paths, TABLE, columns, (n_z, 6, 9), **sizes)
    expected = np.zeros((6, 9, n_z), dtype=np.float32)
    for index in range(expected.size):
        kernel._voxel_element(index, expected, filtered, source_z, paths, TABLE, columns, *sizes.values())
    assert image == pytest.approx(expected.transpose(2, 0, 1), abs=2e-4)
    assert np.count_nonzero(expected) > (10 if n_rows > 1 else 0)


def test_rows_fade_towards_the_edge_of_the_detector() -> None:
    weights = [kernel._row_weight(row, 16, 0.6) for row in (-0.5, 1.1, 7.5, 13.9, 15.5)]
    assert weights == pytest.approx([0.0, cos(pi / 4) ** 2, 1.0, cos(pi / 4) ** 2, 0.0], abs=1e-12)


def test_rebinned_fans_lie_between_their_views_and_keep_their_rows(rng: np.random.Generator) -> None:
    fans = rng.standard_normal((3, 2, 4)).astype(np.float32)
    at = np.array([[0.25, 0.0, 1.5, 2.0]])
    out = rebin_fans(fans, np.array([2, 0, 1]), at, np.array([[1.0] * 4, [2.0] * 4]), n_samples=8)
    turned = fans[[2, 0, 1]]
    expected = [0.75 * turned[0, :, 0] + 0.25 * turned[1, :, 0], turned[0, :, 1]]
    expected += [(turned[1, :, 2] + turned[2, :, 2]) / 2, turned[2, :, 3]]
    rows = np.array(expected).T * [[1], [2]]
    assert out[0] == pytest.approx(rows[[0, 0, 1, 1, 1, 1, 1, 1]], abs=1e-6)
