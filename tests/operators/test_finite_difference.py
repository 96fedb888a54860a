"""The gradient is the difference to the next sample."""

import numpy as np
import pytest

from isocenter.operators.finite_difference import GradientOperator


def test_a_ramp_has_a_constant_gradient_and_none_at_the_end() -> None:
    y, x = np.indices((4, 5), dtype=float)
    gradient = GradientOperator((4, 5), (2.0, 0.5))(3 * y + 7 * x)
    assert gradient[0, :-1] == pytest.approx(1.5)
    assert gradient[1, :, :-1] == pytest.approx(14)
    assert gradient[0, -1] == pytest.approx(0)
    assert gradient[1, :, -1] == pytest.approx(0)


@pytest.mark.parametrize("shape", [(9,), (6, 7), (4, 5, 6)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5), (np.complex128, 1e-12)])
def test_the_adjoint_is_exact_and_the_norm_is_bounded(
    shape: tuple[int, ...], dtype: type, tolerance: float, rng: np.random.Generator
) -> None:
    D = GradientOperator(shape)
    assert D.check(rng, dtype=dtype) <= tolerance
    assert 0.7 * D.norm_bound < D.norm(rng, n_iterations=200) <= D.norm_bound
