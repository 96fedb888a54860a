"""Layers: a border, plates that let everything through, and energy that is kept."""

import numpy as np
import pytest

from isocenter.core.errors import GeometryError
from isocenter.physics.layers import Layer, responses

WATER, BONE = Layer(1480.0, 998.0), Layer(3500.0, 1900.0)


def test_one_border_throws_back_by_impedances() -> None:
    back, passed = responses((WATER, BONE), np.array([1e6]))
    expected = (BONE.impedance - WATER.impedance) / (BONE.impedance + WATER.impedance)
    assert back == pytest.approx(expected)
    assert passed == pytest.approx(1 + expected)


def test_a_quarter_wave_of_the_geometric_mean_lets_everything_through() -> None:
    frequency, density = 5e6, 1200.0
    speed = np.sqrt(WATER.impedance * BONE.impedance) / density
    matching = Layer(speed, density, speed / frequency / 4 * 1e3)
    back, _ = responses((WATER, matching, BONE), np.array([frequency, 2 * frequency]))
    assert abs(back[0]) < 1e-12
    # At half a wave the layer is not there.
    assert back[1] == pytest.approx(responses((WATER, BONE), np.array([1.0]))[0][0])


def test_energy_is_kept() -> None:
    layers = (WATER, Layer(1450.0, 950.0, 3.0), Layer(2900.0, 1800.0, 0.7), Layer(1560.0, 1050.0))
    back, passed = responses(layers, np.linspace(1e5, 1e7, 500))
    kept = np.abs(back) ** 2 + np.abs(passed) ** 2 * layers[0].impedance / layers[-1].impedance
    assert kept == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    "layers", [(WATER,), (WATER, Layer(1500.0, 0.0)), (WATER, Layer(1500.0, 1000.0), BONE)], ids=str
)
def test_what_are_no_layers_is_refused(layers: tuple[Layer, ...]) -> None:
    with pytest.raises(GeometryError):
        responses(layers, np.array([1e6]))
