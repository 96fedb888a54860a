"""What is true of every modality: whoever knows one knows them all."""

from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from isocenter.core import plugins
from isocenter.core.errors import OptionError
from isocenter.core.image import Image
from isocenter.modalities.registry import Modality, modalities, modality_of
from isocenter.physics.bodies import BODIES

NAMES = plugins.names(plugins.MODALITIES)
pytestmark = [
    pytest.mark.parametrize("name", NAMES),
    pytest.mark.filterwarnings("ignore:The modality .* cannot be loaded"),
]


def _modality(name: str) -> Modality:
    if find_spec(entry_points(group=plugins.MODALITIES)[name].value) is None:
        pytest.skip(f"{name} is registered, but its package is not in this checkout")
    return modalities()[name]


@cache
def _measurement(name: str) -> Any:
    modality = _modality(name)
    return modality.simulate(BODIES[modality.EXAMPLE_BODY](), modality.example_acquisition(), np.random.default_rng(7))


def test_it_has_the_shared_names(name: str) -> None:
    modality = _modality(name)
    assert name == modality.NAME
    assert modality.TITLE
    for shared in (*Modality.__annotations__, *(member for member in vars(Modality) if not member.startswith("_"))):
        assert hasattr(modality, shared), shared


def test_the_same_state_of_chance_gives_the_same_data(name: str) -> None:
    modality = _modality(name)
    body, scan = BODIES[modality.EXAMPLE_BODY](), modality.example_acquisition()
    first, second, other = (modality.simulate(body, scan, np.random.default_rng(seed)).data for seed in (7, 7, 8))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_a_scan_becomes_an_image(name: str) -> None:
    modality, measurement = _modality(name), _measurement(name)
    assert modality_of(measurement) is modality
    image = modality.reconstruct(measurement, method=modality.default_method(measurement))
    assert isinstance(image, Image)
    assert np.isfinite(image.values).all()
    assert np.ptp(np.abs(image.values)) > 0
    assert image.provenance is not None
    assert image.grid.shape == modality.default_grid(measurement.acquisition).shape


def test_the_image_is_the_same_every_time(name: str) -> None:
    modality, measurement = _modality(name), _measurement(name)
    first, second = (modality.reconstruct(measurement).values for _ in range(2))
    assert np.array_equal(first, second)


def test_the_forward_operator_has_an_exact_adjoint(name: str, rng: np.random.Generator) -> None:
    modality, measurement = _modality(name), _measurement(name)
    grid = modality.default_grid(measurement.acquisition)
    A = modality.forward_operator(measurement.acquisition, grid)
    assert A.out_shape == measurement.data.shape
    kind = np.complex128 if np.iscomplexobj(measurement.data) else np.float64
    # A non-uniform Fourier transform is exact to its own accuracy only.
    assert A.check(rng, dtype=kind, n_trials=1) <= (1e-6 if kind is np.complex128 else 1e-12)


def test_its_gates_are_well_formed(name: str) -> None:
    gates = _modality(name).GATES
    assert gates
    assert len({gate.name for gate in gates}) == len(gates)
    for gate in gates:
        assert gate.source
        assert gate.quantity
        assert gate.tolerance >= 0


def test_its_methods_have_sound_tables(name: str) -> None:
    modality = _modality(name)
    assert modality.default_method(_measurement(name)) in modality.METHODS
    for key, method in modality.METHODS.items():
        assert method.name == key
        assert method.summary
        assert method.source
        assert set(method.resolve({})) == {parameter.name for parameter in method.parameters}
        with pytest.raises(OptionError):
            method.resolve({"no_such_parameter": 1})


def test_its_facts_are_words(name: str) -> None:
    facts = _modality(name).describe(_measurement(name))
    assert facts
    assert all(fact.label and isinstance(fact.value, str) for fact in facts)


def test_wrong_data_never_become_a_measurement(name: str) -> None:
    measurement = _measurement(name)
    with pytest.raises(ValueError):
        replace(measurement, data=measurement.data[..., :-1])
