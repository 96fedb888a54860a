"""The algebra of operators is the algebra of matrices."""

import numpy as np
import pytest

from isocenter.core.errors import OptionError, ShapeError
from isocenter.operators.linear import Dense, Diagonal, Identity, LinearOperator, block, stack


@pytest.fixture
def a(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((3, 4)) + 1j * rng.standard_normal((3, 4))


@pytest.fixture
def b(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((5, 3)) + 1j * rng.standard_normal((5, 3))


def matrix_of(operator: LinearOperator) -> np.ndarray:
    """Return the operator as a matrix, column by column."""
    n = int(np.prod(operator.in_shape))
    columns = [operator(unit.reshape(operator.in_shape)).ravel() for unit in np.eye(n, dtype=complex)]
    return np.stack(columns, axis=1)


def test_every_composed_operator_equals_its_matrix(a: np.ndarray, b: np.ndarray) -> None:
    A, B = Dense(a), Dense(b)
    cases = {
        "adjoint": (A.H, a.conj().T),
        "normal": (A.N, a.conj().T @ a),
        "composition": (B @ A, b @ a),
        "sum": (A + 2 * A, 3 * a),
        "difference": (A - 1j * A, (1 - 1j) * a),
        "negative": (-A, -a),
        "normal of a composition": ((B @ A).N, a.conj().T @ b.conj().T @ b @ a),
        "stack": (stack([A, 2j * A]), np.vstack([a, 2j * a])),
        "block": (block([[A, None], [B @ A, B]]), np.block([[a, np.zeros((3, 3))], [b @ a, b]])),
        "diagonal": (Diagonal(a[0]), np.diag(a[0])),
        "identity": (Identity((4,)), np.eye(4)),
        "adjoint of the adjoint": (A.H.H, a),
    }
    for name, (operator, expected) in cases.items():
        assert matrix_of(operator) == pytest.approx(expected, abs=1e-12), name


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.complex128, 1e-12), (np.complex64, 1e-5)])
def test_composed_operators_pass_the_dot_test(
    a: np.ndarray, b: np.ndarray, rng: np.random.Generator, dtype: type, tolerance: float
) -> None:
    A, B = Dense(a.astype(dtype)), Dense(b.astype(dtype))
    for operator in (A, A.H, B @ A, 2j * A, A + A, A.N, stack([A, A]), block([[A, None], [B @ A, B]])):
        assert operator.check(rng, dtype=dtype) <= tolerance


def test_single_precision_stays_single() -> None:
    weights = np.ones(3, dtype=np.float32)
    operator = 2.0 * Diagonal(weights) @ (Diagonal(weights) + Identity((3,)))
    assert operator(weights).dtype == np.float32
    assert operator.adjoint(weights).dtype == np.float32


def test_a_wrong_adjoint_does_not_pass(a: np.ndarray, rng: np.random.Generator) -> None:
    class Wrong(Dense):
        def _adjoint(self, y: np.ndarray) -> np.ndarray:
            return self.matrix.T @ y

    assert Wrong(a).check(rng, dtype=complex) > 1e-3


def test_the_norm_is_the_largest_singular_value(rng: np.random.Generator) -> None:
    matrix = rng.standard_normal((6, 4))
    assert Dense(matrix).norm(rng, n_iterations=100) == pytest.approx(np.linalg.norm(matrix, 2), rel=1e-6)


def test_a_linear_operator_is_its_own_derivative(a: np.ndarray) -> None:
    A = Dense(a)
    assert A.linearize(np.zeros(4)) is A


def test_shapes_that_do_not_fit_name_the_operator(a: np.ndarray, b: np.ndarray) -> None:
    A, B = Dense(a), Dense(b)
    with pytest.raises(ShapeError, match="Dense"):
        A(np.zeros(5))
    with pytest.raises(ShapeError, match="Dense"):
        A.adjoint(np.zeros(4))
    for combine in (lambda: A @ B, lambda: A + B, lambda: stack([A, B]), lambda: block([[A], [B]])):
        with pytest.raises(ShapeError):
            combine()
    with pytest.raises(OptionError):
        "two" * A
