"""Eight numbers at a time reckon as eight numbers one by one."""

import numpy as np
import pytest

from isocenter.kernels import lanes
from isocenter.kernels.compile import scalar
from isocenter.kernels.lanes import LANES, below, counting, lane, larger, load, pick, smaller, spread, store, tent


@scalar
def _reckon(out, a, b):  # type: ignore[no-untyped-def]
    x, y = load(a, 1), load(b, 2)
    store(out, 0, x + y * x - spread(a[0]))
    store(out, LANES, larger(x, y))
    store(out, 2 * LANES, smaller(x, y) * counting(a[0]))
    store(out, 3 * LANES, tent(x, b[0]))
    out[4 * LANES] = lane(x, 7)


@scalar
def _picked(out, samples, positions):  # type: ignore[no-untyped-def]
    store(out, 0, pick(load(samples, 0), below(load(positions, 0)), np.int32(3)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lanes_reckon_as_numbers(dtype: type, rng: np.random.Generator) -> None:
    a, b, out = (rng.standard_normal(n).astype(dtype) for n in (12, 12, 40))
    _reckon(out, a, b)
    x, y = a[1:9], b[2:10]
    expected = [x + y * x - a[0], np.maximum(x, y), np.minimum(x, y) * np.arange(8), np.maximum(0, 1 - abs(x - b[0]))]
    assert out[:32] == pytest.approx(np.concatenate(expected), rel=1e-6, abs=1e-6)
    assert out[32] == x[7]


@pytest.mark.skipif(not lanes.CAN_PICK, reason="this processor cannot permute eight lanes at once")
def test_lanes_are_picked_by_number(rng: np.random.Generator) -> None:
    samples, out = rng.standard_normal(8).astype(np.float32), np.zeros(8, dtype=np.float32)
    positions = np.array([3.2, 3.9, 10.0, 5.5, 4.0, 9.9, 3.0, 6.1], dtype=np.float32)
    _picked(out, samples, positions)
    assert (out == samples[positions.astype(int) - 3]).all()
