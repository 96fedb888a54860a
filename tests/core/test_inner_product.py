"""Inner products are sums in double precision, whatever the size, precision and layout."""

import numpy as np
import pytest

from isocenter.core.inner_product import inner, norm


@pytest.mark.parametrize("n", [0, 1, 127, 128, 129, 100_003])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-7), (np.complex64, 1e-7), (np.complex128, 1e-14)])
def test_it_is_the_real_part_of_the_sum(n: int, dtype: type, tolerance: float, rng: np.random.Generator) -> None:
    x, y = (rng.standard_normal((2, n)).astype(np.float32) for _ in range(2))
    if np.dtype(dtype).kind == "c":
        x, y = x[0] + 1j * x[1], y[0] + 1j * y[1]
    x, y = x.astype(dtype), y.astype(dtype)
    expected = float(np.sum((x.astype(complex).conj() * y.astype(complex)).real))
    scale = float(np.sum(np.abs(x).astype(float) * np.abs(y).astype(float)))
    assert inner(x, y) == pytest.approx(expected, abs=tolerance * scale)
    assert norm(x) ** 2 == pytest.approx(np.sum(np.abs(x.astype(complex)) ** 2), rel=1e-7)


def test_layout_and_precision_may_differ(rng: np.random.Generator) -> None:
    x, y = rng.standard_normal((30, 40)), rng.standard_normal((40, 30)).astype(np.float32)
    assert inner(x.T, y) == pytest.approx(float(np.sum(x.T * y)))
    assert inner(x.T, x.T.copy()) == pytest.approx(float(np.sum(x * x)))
