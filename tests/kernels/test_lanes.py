"""Eight numbers at a time reckon as eight numbers one by one."""

import numpy as np
import pytest

from isocenter.kernels.compile import scalar
from isocenter.kernels.lanes import (
    LANES,
    aligned_zeros,
    at_least,
    at_most,
    counting,
    fixed,
    fraction,
    interpolated,
    load,
    spread,
    store,
    tent,
)


@scalar
def _reckon(out, a, b):  # type: ignore[no-untyped-def]
    x, y = load(a, 1), load(b, 2)
    store(out, 0, x + y * x - spread(a[0]))
    store(out, LANES, x * counting(a[0]))
    store(out, 2 * LANES, tent(x, b[0]))
    store(out, 3 * LANES, x / y)
    store(out, 4 * LANES, at_most(at_least(x, b[0]), a[0]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lanes_reckon_as_numbers(dtype: type, rng: np.random.Generator) -> None:
    a, b, out = (rng.standard_normal(n).astype(dtype) for n in (12, 12, 40))
    a[0], b[0] = 0.5, -0.5
    _reckon(out, a, b)
    x, y = a[1:9], b[2:10]
    expected = [x + y * x - a[0], x * np.arange(8), np.maximum(0, 1 - abs(x - b[0])), x / y, np.clip(x, -0.5, 0.5)]
    assert out == pytest.approx(np.concatenate(expected), rel=1e-6, abs=1e-6)


@scalar
def _read(out, a, positions):  # type: ignore[no-untyped-def]
    store(out, 0, interpolated(a, load(positions, 0)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lanes_read_between_samples(dtype: type, rng: np.random.Generator) -> None:
    a, out = rng.standard_normal(20).astype(dtype), np.zeros(LANES, dtype)
    positions = np.array([0.0, 0.25, 18.999, 7.0, 6.5, 12.125, 3.0, 1.75], dtype)
    _read(out, a, positions)
    assert out == pytest.approx(np.interp(positions, np.arange(20), a), abs=1e-5)


@pytest.mark.parametrize("number", [0.0, 3.25, 700.999, -2.75, -1e-9])
def test_fixed_numbers_keep_floor_and_fraction(number: float) -> None:
    assert fixed(number) >> 32 == np.floor(number + 2.0**-33)
    assert fraction(fixed(number)) == pytest.approx((number + 2.0**-33) % 1.0, abs=2.0**-23)


def test_a_long_walk_in_fixed_steps_ends_where_it_should() -> None:
    assert (fixed(1.5) + 4096 * fixed(1 / 3)) / 2**32 == pytest.approx(1.5 + 4096 / 3, abs=1e-6)


def test_aligned_zeros_begin_with_a_cache_line() -> None:
    for shape in ((3,), (5, 7), (2, 3, 16)):
        zeros = aligned_zeros(shape)
        assert zeros.shape == shape
        assert zeros.ctypes.data % 64 == 0
        assert not zeros.any()
