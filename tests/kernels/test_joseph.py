"""Joseph's rays: known sums, and an adjoint that gathers and spreads alike."""

import numpy as np
import pytest

from isocenter.core.grid import Grid
from isocenter.kernels.rays import joseph
from isocenter.operators.projection import FanBeamProjector, ParallelBeamProjector


def test_a_ray_along_a_row_sums_that_row() -> None:
    image = np.arange(12.0).reshape(1, 3, 4)
    rays = np.array([[[-9.0, 1.0, 9.0, 1.0], [2.0, -9.0, 2.0, 9.0]]])
    data = joseph.forward(image, rays, (1.0, 0.5))
    assert data[0, 0] == pytest.approx([image[0, 1].sum() * 0.5, image[0, :, 2].sum() * 1.0], rel=1e-12)


def test_a_ray_between_two_rows_takes_half_of_each() -> None:
    image = np.arange(12.0).reshape(1, 3, 4)
    rays = np.array([[[-9.0, 0.5, 9.0, 0.5]]])
    assert joseph.forward(image, rays, (1.0, 1.0))[0, 0, 0] == pytest.approx((image[0, 0] + image[0, 1]).sum() / 2)


def test_a_ray_that_misses_the_image_sees_nothing() -> None:
    rays = np.array([[[-9.0, 7.0, 9.0, 7.0], [-9.0, -3.0, 9.0, -3.0], [40.0, -9.0, 41.0, 9.0]]])
    assert not joseph.forward(np.ones((1, 3, 4)), rays, (1.0, 1.0)).any()


@pytest.mark.parametrize("kind", ["parallel", "fan"])
def test_gathering_pixels_and_spreading_rays_are_the_same_adjoint(kind: str, rng: np.random.Generator) -> None:
    grid = Grid((20, 24), (1.3, 1.0), center_mm=(3.0, -2.0, 0.0))
    angles = np.linspace(0, 2 * np.pi, 13, endpoint=False)
    if kind == "parallel":
        A = ParallelBeamProjector(grid, angles, n_bins=30, bin_width_mm=1.2, detector_offset_mm=0.3)
    else:
        A = FanBeamProjector(grid, angles, n_bins=60, bin_width_mm=1.0, source_isocenter_mm=60, source_detector_mm=120)
    data = rng.standard_normal((1, *A.out_shape))
    gathered = np.zeros((1, 20, 24))
    for index in range(gathered.size):
        joseph._adjoint_element(index, gathered, data, A._rays, 1.0, 1.3)
    assert gathered[0] == pytest.approx(A.adjoint(data[0]), abs=1e-11)


@pytest.mark.parametrize("pixel_mm", [1.0, 1.7, 0.55])
def test_even_rays_eight_at_a_time_are_the_rays_one_by_one(pixel_mm: float, rng: np.random.Generator) -> None:
    grid = Grid((37, 51), (1.1 * pixel_mm, pixel_mm), center_mm=(3.0, -2.0, 0.0))
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False) + 0.05
    A = ParallelBeamProjector(grid, angles, n_bins=61, bin_width_mm=1.0, detector_offset_mm=0.3)
    image, data = rng.standard_normal(A.in_shape), rng.standard_normal(A.out_shape)
    walks = joseph.walks_of(A._rays, (1.1 * pixel_mm, pixel_mm), np.float32)
    assert sum(len(where) for where in walks.where) >= 16
    # Double precision walks ray by ray.
    assert A(image.astype(np.float32)) == pytest.approx(A(image), abs=2e-4)
    assert A.adjoint(data.astype(np.float32)) == pytest.approx(A.adjoint(data), abs=2e-4)


def test_even_rays_beside_and_past_a_small_image_see_nothing(rng: np.random.Generator) -> None:
    grid = Grid((5, 4), (1.0, 1.0), center_mm=(40.0, 0.0, 0.0))
    A = ParallelBeamProjector(grid, np.arange(12) * np.pi / 6, n_bins=120, bin_width_mm=1.0)
    image = rng.uniform(1, 2, A.in_shape).astype(np.float32)
    assert ((A(image) > 0) == (A(image.astype(float)) > 1e-6)).mean() > 0.99
    assert A(image).sum() == pytest.approx(A(image.astype(float)).sum(), rel=1e-5)
