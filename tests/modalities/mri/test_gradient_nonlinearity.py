"""Harmonics of gradient coils as polynomials, and a distorted phantom put right."""

import numpy as np
import pytest

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError, ShapeError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.modalities.mri.gradient_nonlinearity import GradientCoils, corrected

COILS = GradientCoils(
    250.0,
    x={(3, 1): (-0.12, 0.0), (5, 1): (0.04, 0.0)},
    y={(3, 1): (0.0, -0.12), (5, 1): (0.0, 0.04)},
    z={(3, 0): (-0.10, 0.0), (5, 0): (0.02, 0.0)},
)


def test_harmonics_are_their_polynomials(rng: np.random.Generator) -> None:
    points = rng.uniform(-200, 200, (50, 3))
    x, y, z = points.T / 250
    squares = x**2 + y**2
    cases = {
        (1, 0): (z, 0 * z),
        (1, 1): (x, y),
        (3, 0): (z**3 - 1.5 * z * squares, 0 * z),
        # Schmidt: sqrt(2 * 2! / 4!) = sqrt(1 / 6) times 1.5 (5 z^2 - r^2) rho.
        (3, 1): (6**-0.5 * 1.5 * x * (4 * z**2 - squares), 6**-0.5 * 1.5 * y * (4 * z**2 - squares)),
        (2, 2): (0.75**0.5 * (x**2 - y**2), 0.75**0.5 * 2 * x * y),
    }
    for key, (cosine, sine) in cases.items():
        coils = GradientCoils(250.0, x={key: (1.0, 0.0)}, y={key: (0.0, 1.0)}, z={})
        found = coils.displacement_mm(points)
        assert found[:, 0] == pytest.approx(250 * cosine)
        assert found[:, 1] == pytest.approx(250 * sine, abs=1e-9)
        assert np.all(found[:, 2] == 0)


def test_every_harmonic_solves_laplaces_equation(rng: np.random.Generator) -> None:
    points, step = rng.uniform(-150, 150, (20, 3)), 1.0
    around = np.concatenate([np.eye(3), -np.eye(3)]) * step
    values = COILS.displacement_mm(points[:, None] + around)
    laplacian = (values.sum(axis=1) - 6 * COILS.displacement_mm(points)) / step**2
    assert np.abs(laplacian).max() < 1e-6


def blobs(points: FloatArray) -> FloatArray:
    """Return Gaussian balls on a lattice, brighter to the left, at points (..., 3)."""
    total = np.zeros(points.shape[:-1])
    for center in np.stack(np.meshgrid(*[[-90.0, 0.0, 90.0]] * 3), axis=-1).reshape(-1, 3):
        total += (1 + center[0] / 300) * np.exp(-np.sum((points - center) ** 2, axis=-1) / (2 * 18.0**2))
    return total


def distorted(grid: Grid) -> FloatArray:
    """Return the image: what appears at a place is where the displacement leads to it, its volume changed."""
    seen = grid.positions_mm()
    true = seen.copy()
    for _ in range(25):
        true = seen - COILS.displacement_mm(true)
    assert np.abs(true + COILS.displacement_mm(true) - seen).max() < 1e-6
    return blobs(true) / COILS.jacobian(true)


def test_a_distorted_phantom_is_put_right() -> None:
    grid = Grid((34, 36, 38), (8.5, 8.0, 7.5))
    image = Image(distorted(grid), grid, quantity="MR signal magnitude", unit="1")
    truth = blobs(grid.positions_mm())
    assert np.linalg.norm(image.values - truth) > 0.1 * np.linalg.norm(truth)
    found = corrected(image, COILS).values
    assert np.linalg.norm(found - truth) < 0.02 * np.linalg.norm(truth)
    assert found.sum() == pytest.approx(image.values.sum(), rel=0.01)
    planar = corrected(image, COILS, is_planar=True).values
    assert np.linalg.norm(found - truth) < np.linalg.norm(planar - truth) < np.linalg.norm(image.values - truth)


def test_an_oblique_volume_is_corrected_in_the_scanners_axes() -> None:
    cosine, sine = np.cos(0.4), np.sin(0.4)
    grid = Grid((32, 38, 38), (8.0, 7.5, 7.5), (10.0, -5.0, 8.0), ((cosine, 0, sine), (0, 1, 0), (-sine, 0, cosine)))
    image = Image(distorted(grid), grid, quantity="MR signal magnitude", unit="1")
    truth = blobs(grid.positions_mm())
    inner = (slice(6, -6),) * 3
    found = corrected(image, COILS).values
    assert np.linalg.norm((found - truth)[inner]) < 0.02 * np.linalg.norm(truth[inner])


def test_what_is_no_coil_or_no_volume_is_refused() -> None:
    with pytest.raises(OptionError, match="no such harmonic"):
        GradientCoils(250.0, x={(2, 3): (1.0, 0.0)}, y={}, z={})
    with pytest.raises(OptionError, match="radius"):
        GradientCoils(0.0, x={}, y={}, z={})
    flat = Grid((20, 20), (5.0, 5.0))
    with pytest.raises(ShapeError, match="volume"):
        corrected(Image(np.zeros((20, 20)), flat, quantity="q", unit="1"), COILS)
