"""The transform at scattered points: its definition, its Toeplitz normal operator, density and field-map correction."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import j1

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import DataError, OptionError, ShapeError
from isocenter.operators.density_compensation import iterative_weights, radial_weights, voronoi_weights
from isocenter.operators.fourier import FourierOperator
from isocenter.operators.non_cartesian import NonCartesianFourierOperator
from isocenter.operators.off_resonance import OffResonanceOperator
from isocenter.operators.sensitivity import SensitivityOperator

N = 32


def spokes(n_spokes: int = 51, n_samples: int = 64, n: int = N) -> FloatArray:
    angle = np.arange(n_spokes) * np.pi / n_spokes
    along = (np.arange(n_samples) - n_samples // 2) * n / n_samples
    return np.stack(np.broadcast_arrays(np.sin(angle)[:, None] * along, np.cos(angle)[:, None] * along), axis=-1)


def grid_points(n: int = N) -> FloatArray:
    index = np.arange(n) - n // 2
    return np.stack(np.meshgrid(index, index, indexing="ij"), axis=-1).astype(float)


def random(shape: tuple[int, ...], rng: np.random.Generator) -> ComplexArray:
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


def test_on_a_cartesian_grid_it_is_the_fast_transform(rng: np.random.Generator) -> None:
    A = NonCartesianFourierOperator(grid_points(), (3, N, N), tolerance=1e-9)
    x = random((3, N, N), rng)
    assert A(x) == pytest.approx(FourierOperator((3, N, N), (-2, -1))(x), abs=1e-7)
    assert A.normal(x) == pytest.approx(x, abs=1e-7)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.complex128, 1e-12), (np.complex64, 1e-5)])
def test_the_adjoint_is_exact_and_precision_is_kept(dtype: type, tolerance: float, rng: np.random.Generator) -> None:
    A = NonCartesianFourierOperator(
        spokes(), (2, N, N), weights=radial_weights(spokes()), tolerance=1e-4, is_toeplitz=False
    )
    assert A.check(rng, dtype=dtype) <= tolerance
    assert A(np.ones(A.in_shape, dtype=dtype)).dtype == dtype


@pytest.mark.parametrize("shape", [(2, N, N), (2, N, 20), (10, 12, 9)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.complex128, 1e-9), (np.complex64, 1e-5)])
def test_the_toeplitz_normal_operator_is_adjoint_after_forward(
    shape: tuple[int, ...], dtype: type, tolerance: float, rng: np.random.Generator
) -> None:
    n_axes = 3 if shape[0] == 10 else 2
    trajectory = rng.uniform(-0.5, 0.5, (400, n_axes)) * np.array(shape[-n_axes:])
    A = NonCartesianFourierOperator(trajectory, shape, weights=rng.uniform(0, 2, 400), tolerance=1e-10)
    x = random(shape, rng).astype(dtype)
    direct = A.adjoint(A(x))
    assert A.normal(x).dtype == dtype
    assert np.linalg.norm(A.normal(x) - direct) <= tolerance * np.linalg.norm(direct)


@pytest.mark.parametrize("shape", [(2, 1, N, N), (3, 2, 20, 15), (2, 1, N, 14)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.complex128, 1e-9), (np.complex64, 1e-5)])
def test_coils_and_scattered_samples_together_are_one_after_the_other(
    shape: tuple[int, ...], dtype: type, tolerance: float, rng: np.random.Generator
) -> None:
    trajectory = rng.uniform(-0.5, 0.5, (400, 2)) * np.array(shape[-2:])
    A = NonCartesianFourierOperator(trajectory, shape, weights=rng.uniform(0, 2, 400), tolerance=1e-10)
    S = SensitivityOperator(random(shape, rng).astype(dtype))
    x = random(shape[1:], rng).astype(dtype)
    expected = S.adjoint(A.adjoint(A(S(x))))
    found = (A @ S).normal(x)
    assert found.dtype == dtype
    assert np.linalg.norm(found - expected) <= tolerance * np.linalg.norm(expected)


def test_partitions_of_a_stack_are_transformed_too(rng: np.random.Generator) -> None:
    trajectory, shape = rng.uniform(-8, 8, (90, 2)), (3, 4, 16, 16)
    stack = NonCartesianFourierOperator(trajectory, shape, tolerance=1e-10, cartesian_axes=(-3,))
    plane = NonCartesianFourierOperator(trajectory, shape, tolerance=1e-10) @ FourierOperator(shape, (-3,))
    S = SensitivityOperator(random(shape, rng))
    x, y = random(shape, rng), random(stack.out_shape, rng)
    assert stack(x) == pytest.approx(plane(x))
    assert stack.adjoint(y) == pytest.approx(plane.adjoint(y))
    assert stack.normal(x) == pytest.approx(plane.normal(x))
    assert (stack @ S).normal(x[0]) == pytest.approx(S.adjoint(plane.adjoint(plane(S(x[0])))), abs=1e-7)


def gaussian_integral(trajectory: FloatArray) -> float:
    """Return the weighted sum over a Gaussian as part of its integral."""
    k2 = np.sum(trajectory**2, axis=-1)
    return float((radial_weights(trajectory) * np.exp(-k2 / 8)).sum() / (8 * np.pi) ** (trajectory.shape[-1] / 2))


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.25])
def test_weighted_sums_over_spokes_are_integrals(shift: float) -> None:
    trajectory = spokes()
    unit = trajectory[:, -1:] / np.linalg.norm(trajectory[:, -1:], axis=-1, keepdims=True)
    radius = np.linalg.norm(trajectory, axis=-1)
    weights = radial_weights(trajectory)
    assert weights[radius > 1] == pytest.approx(radius[radius > 1] * 0.5 * np.pi / 51)
    assert gaussian_integral(trajectory + shift * unit) == pytest.approx(1.0, abs=1e-3)
    assert gaussian_integral(np.arange(32)[:, None] * 0.5 * np.concatenate([unit, -unit])) == pytest.approx(1, abs=1e-3)


def test_an_asymmetric_echo_counts_twice_where_both_sides_were_taken() -> None:
    assert gaussian_integral(spokes(102)[:, 24:] * [1, 1]) == pytest.approx(1.0, abs=2e-3)


def test_half_spokes_in_three_dimensions_integrate_over_a_ball() -> None:
    direction = np.random.default_rng(1).standard_normal((40, 1, 3))
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    assert gaussian_integral(direction * (np.arange(24) * 0.5)[:, None]) == pytest.approx(1.0, abs=1e-3)


def test_iterative_weights_of_a_grid_are_one() -> None:
    weights = iterative_weights(grid_points(), (N, N))
    inside = np.hypot(*np.moveaxis(grid_points(), -1, 0)) < 8
    assert weights[inside] == pytest.approx(1.0, rel=0.02)


def test_cells_of_spokes_agree_with_the_ramp() -> None:
    trajectory = spokes(80)
    radius = np.linalg.norm(trajectory, axis=-1)
    middle = (radius > 2) & (radius < 13)
    assert voronoi_weights(trajectory)[middle] == pytest.approx(radial_weights(trajectory)[middle], rel=0.02)


def test_cells_share_what_samples_at_one_place_stand_for() -> None:
    twice = np.concatenate([grid_points(8), grid_points(8)[:1]])
    weights = voronoi_weights(twice)
    assert weights.sum() == pytest.approx(64.0, rel=1e-6)
    assert weights[0] == pytest.approx(0.5, rel=1e-6)
    assert weights[3] == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize(
    ("weigh", "tolerance"),
    [(radial_weights, 0.01), (lambda k: iterative_weights(k, (64, 64)), 0.01), (voronoi_weights, 0.02)],
)
def test_a_disc_comes_back_from_its_closed_form_on_spokes(
    weigh: Callable[[FloatArray], FloatArray], tolerance: float
) -> None:
    n, trajectory = 64, spokes(160, 128, 64)
    k = np.linalg.norm(trajectory, axis=-1)
    radius = 0.25  # fields of view
    kspace = np.where(k > 0, radius * j1(2 * np.pi * radius * np.maximum(k, 1e-9)) / np.maximum(k, 1e-9), 0)
    kspace[k == 0] = np.pi * radius**2
    A = NonCartesianFourierOperator(trajectory, (n, n), weights=weigh(trajectory))
    image = A.adjoint(A.weighted(kspace.astype(complex) * n))  # unitary scale: sqrt(n * n) times the integral
    y, x = (np.indices((n, n)) - n // 2) / n
    assert image[np.hypot(y, x) < 0.15].mean() == pytest.approx(1.0, abs=tolerance)
    assert np.abs(image[(np.hypot(y, x) > 0.32) & (np.hypot(y, x) < 0.48)]).mean() < 0.025


def test_precession_is_the_sum_that_defines_it(rng: np.random.Generator) -> None:
    trajectory = spokes(9, 40)
    times_s = np.broadcast_to(np.linspace(2e-3, 18e-3, 40), (9, 40))
    y, x = (np.indices((N, N)) - N // 2) / N
    field_hz = 150 * np.cos(3 * x) * np.exp(-3 * y**2) - 60
    A = OffResonanceOperator(
        NonCartesianFourierOperator(trajectory, (2, N, N), tolerance=1e-8), field_hz, times_s, tolerance=1e-5
    )
    image = random((2, N, N), rng)
    positions = grid_points()
    phases = np.exp(-2j * np.pi * (np.tensordot(trajectory, positions, axes=(-1, -1)) / N))
    phases *= np.exp(-2j * np.pi * times_s[..., None, None] * field_hz)
    expected = np.einsum("stij,cij->cst", phases, image) / N
    assert np.linalg.norm(A(image) - expected) <= 2e-5 * np.linalg.norm(expected)
    assert 2 <= A.n_segments <= 16


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.complex128, 1e-12), (np.complex64, 1e-5)])
def test_precession_has_an_exact_adjoint(dtype: type, tolerance: float, rng: np.random.Generator) -> None:
    times_s = np.broadcast_to(np.linspace(2e-3, 18e-3, 64), (51, 64))
    F = NonCartesianFourierOperator(spokes(), (2, N, N))
    assert OffResonanceOperator(F, 60 * rng.standard_normal((N, N)), times_s).check(rng, dtype=dtype) <= tolerance


def test_a_field_of_one_frequency_needs_one_segment(rng: np.random.Generator) -> None:
    F = NonCartesianFourierOperator(spokes(5), (N, N), tolerance=1e-9)
    times_s = np.broadcast_to(np.linspace(0, 0.01, 64), (5, 64))
    A = OffResonanceOperator(F, np.full((N, N), 70.0), times_s)
    x = random((N, N), rng)
    assert A.n_segments == 1
    assert A(x) == pytest.approx(F(x) * np.exp(-2j * np.pi * 70.0 * times_s), abs=1e-6)


def test_what_does_not_fit_is_refused_by_name() -> None:
    F = NonCartesianFourierOperator(spokes(), (N, N))
    with pytest.raises(DataError, match="leaves the k-space"):
        NonCartesianFourierOperator(2 * spokes(), (N, N))
    with pytest.raises(DataError, match="not numbers"):
        NonCartesianFourierOperator(spokes() * np.nan, (N, N))
    with pytest.raises(ShapeError, match="does not fit the image"):
        NonCartesianFourierOperator(spokes()[..., :1], (N, N))
    with pytest.raises(ShapeError, match="density weights"):
        NonCartesianFourierOperator(spokes(), (N, N), weights=np.ones(3))
    with pytest.raises(DataError, match="negative"):
        NonCartesianFourierOperator(spokes(), (N, N), weights=-np.ones((51, 64)))
    with pytest.raises(OptionError, match="too fast"):
        OffResonanceOperator(F, np.linspace(-5e4, 5e4, N * N).reshape(N, N), np.full((51, 64), 1.0) * np.arange(64))
    with pytest.raises(DataError, match="not evenly spaced"):
        radial_weights(np.sign(spokes()) * spokes() ** 2 / N)
    with pytest.raises(ShapeError, match="two axes"):
        voronoi_weights(np.zeros((5, 3)))
    with pytest.raises(DataError, match="Too few places"):
        voronoi_weights(np.zeros((5, 2)))
