"""Sound on a grid: gates, and what is refused."""

import numpy as np
import pytest

from isocenter.core.errors import GeometryError, OptionError
from isocenter.core.gates import Gate
from isocenter.operators.gates_waves import GATES
from isocenter.operators.wave_propagation import Medium, WavePropagation


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_gate(gate: Gate) -> None:
    result = gate.run()
    assert result.passed, f"{result.got} against {gate.expected} +- {gate.tolerance}"


def test_the_layer_soaks_up_what_leaves() -> None:
    x = (np.arange(200) - 100) * 0.1
    start = np.exp(-(x**2) / 2 / 0.8**2)
    *_, last = WavePropagation((200,), 0.1, Medium(1500.0)).run(900, initial=start)
    assert np.abs(last.pressure).max() < 1e-3


def test_single_precision_stays_near() -> None:
    x = (np.arange(200) - 100) * 0.1
    start = np.exp(-(x**2) / 2 / 0.8**2)
    ends = []
    for kind in (np.float32, np.float64):
        *_, last = WavePropagation((200,), 0.1, Medium(1500.0), dtype=kind).run(200, initial=start)
        ends.append(last.pressure)
    assert ends[0].dtype == np.float32
    assert ends[0] == pytest.approx(ends[1], abs=1e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Medium(-1.0),
        lambda: Medium(1500.0, 0.0),
        lambda: Medium(1500.0, 1000.0, -0.5),
        lambda: Medium(1500.0, 1000.0, 0.5, 1.0),
        lambda: WavePropagation((200,), 0.1, Medium(1500.0), step_s=1e-6),
    ],
)
def test_impossible_media_and_steps_are_refused(make: object) -> None:
    with pytest.raises(OptionError):
        make()  # type: ignore[operator]


def test_a_grid_within_its_layers_is_refused() -> None:
    with pytest.raises(GeometryError, match="too small"):
        WavePropagation((30, 200), 0.1, Medium(1500.0))
