"""Back-projection: every pixel adds the interpolated sample of every view."""

import numpy as np
import pytest

from isocenter.kernels.rays.backproject import PAD, _partners, _pixel_element, backproject, columns_in_circle


@pytest.mark.parametrize("is_fan", [False, True])
@pytest.mark.parametrize("n_views", [4, 5])
def test_pixels_add_interpolated_samples(is_fan: bool, n_views: int, rng: np.random.Generator) -> None:
    views = rng.standard_normal((2, n_views, 20)).astype(np.float32)
    table = np.column_stack([rng.uniform(a, b, n_views) for a, b in ((6, 8), (-0.4, 0.4), (-0.4, 0.4))])
    depth = np.column_stack([rng.uniform(a, b, n_views) for a, b in ((0.9, 1.1), (-0.01, 0.01), (-0.01, 0.01))])
    depth = depth if is_fan else np.tile([1.0, 0.0, 0.0], (n_views, 1))
    columns = np.array([[0, 9]] * 7)
    padded = np.pad(views, ((0, 0), (0, 0), (PAD, PAD)))
    image = backproject(padded, np.hstack([table, depth]), columns, (7, 9), is_fan=is_fan)

    row, column = np.mgrid[:7, :9]
    expected = np.zeros((2, 7, 9))
    for view in range(n_views):
        weight = 1 / (depth[view, 0] + depth[view, 1] * column + depth[view, 2] * row)
        position = (table[view, 0] + table[view, 1] * column + table[view, 2] * row) * weight
        for plane in range(2):
            expected[plane] += weight**2 * np.interp(position, np.arange(20), views[plane, view])
    assert image == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize(
    ("n_views", "n", "pixel", "offset"),
    [(12, 22, 1.0, 0.0), (14, 22, 0.6, 0.0), (12, 22, 1.0, 0.3), (9, 21, 1.7, 0.0), (8, 10, 2.6, 0.0)],
    ids=["quarters", "small pixels", "off centre", "odd", "coarse"],
)
def test_strips_and_quarters_of_an_image_are_its_pixels_one_by_one(
    n_views: int, n: int, pixel: float, offset: float, rng: np.random.Generator
) -> None:
    n_bins = 40
    angles = np.arange(n_views) * np.pi / n_views
    steps = np.stack([np.cos(angles), np.sin(angles)], axis=1) * pixel
    start = (n_bins - 1) / 2 + offset - steps.sum(axis=1) * (n - 1) / 2
    table = np.column_stack([start, steps, np.tile([1.0, 0.0, 0.0], (n_views, 1))])
    axis = (np.arange(n) - (n - 1) / 2) * pixel
    columns = columns_in_circle(axis, axis, min(n * pixel / 2, n_bins / 2 - 1.5))
    views = np.pad(rng.standard_normal((2, n_views, n_bins)).astype(np.float32), ((0, 0), (0, 0), (PAD, PAD)))
    image = backproject(views, table, columns, (n, n), is_fan=False)
    expected = np.zeros_like(image)
    for index in range(expected.size):
        _pixel_element(index, expected, views, table, columns, False)
    assert image == pytest.approx(expected, abs=2e-5)
    assert np.abs(expected).max() > 1


def test_quarters_serve_evenly_spread_views_of_a_centred_square() -> None:
    angles = np.arange(12) * np.pi / 12
    middle = np.array([19.5 - 10.5 * (np.cos(a) + np.sin(a)) for a in angles])
    table = np.column_stack([middle, np.cos(angles), np.sin(angles)])
    square = np.ones((22, 22), dtype=bool)
    assert _partners(table, 40, square).shape == (12, 4)
    assert _partners(table[:11], 40, square).shape == (11, 1)
    assert _partners(table, 41, square).shape == (12, 1)
    assert _partners(table, 40, np.ones((22, 20), dtype=bool)).shape == (12, 1)


def test_columns_lie_within_the_circle() -> None:
    axis = np.arange(9) - 4.0
    columns = columns_in_circle(axis, axis, 3.0)
    counted = np.zeros((9, 9), dtype=bool)
    for row, (first, last) in enumerate(columns):
        counted[row, first:last] = True
    assert (counted == (np.hypot(axis[:, None], axis[None]) <= 3.0)).all()


def test_the_same_data_give_the_same_bits(rng: np.random.Generator) -> None:
    views = np.pad(rng.standard_normal((1, 30, 20)).astype(np.float32), ((0, 0), (0, 0), (PAD, PAD)))
    angles = np.arange(30) * 0.1
    table = np.column_stack(
        [np.full(30, 9.0), np.cos(angles) * 0.5, np.sin(angles) * 0.5, np.ones(30), angles * 0, angles * 0]
    )
    columns = np.array([[0, 8]] * 8)
    first, second = (backproject(views, table, columns, (8, 8), is_fan=False) for _ in range(2))
    assert (first == second).all()
