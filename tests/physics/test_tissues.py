"""Tissues carry published numbers, each with unit and source."""

import pytest

from isocenter.core.errors import NotFoundError, OptionError
from isocenter.core.units import UNITS
from isocenter.physics.attenuation import element_mass_attenuation_cm2_per_g
from isocenter.physics.properties import attenuation_at
from isocenter.physics.tissues import TISSUES, tissue

# NISTIR 5632 (Hubbell and Seltzer), tables 3 and 4: total mass attenuation in cm2/g.
NIST = {
    ("water", 30.0): 0.3756,
    ("water", 60.0): 0.2059,
    ("water", 100.0): 0.1707,
    ("water", 150.0): 0.1505,
    ("cortical bone", 30.0): 1.331,
    ("cortical bone", 60.0): 0.3148,
    ("cortical bone", 100.0): 0.1855,
    ("adipose", 60.0): 0.1974,
    ("muscle", 60.0): 0.2048,
    ("air", 60.0): 0.1875,
    ("PMMA", 60.0): 0.1924,
}


@pytest.mark.parametrize(("name", "energy_kev"), NIST)
def test_attenuation_is_the_published_one(name: str, energy_kev: float) -> None:
    material = tissue(name)
    per_mm = attenuation_at(energy_kev)(material)
    assert per_mm * 10 / material.density_g_per_cm3 == pytest.approx(NIST[name, energy_kev], rel=2e-3)


def test_iodine_has_its_k_edge() -> None:
    below, above = (element_mass_attenuation_cm2_per_g("I", energy) for energy in (33.1, 33.3))
    assert above / below > 5


def test_energies_without_data_are_refused() -> None:
    with pytest.raises(OptionError, match="energy"):
        attenuation_at(0.1)(tissue("water"))


@pytest.mark.parametrize("name", TISSUES)
def test_every_tissue_is_complete_and_says_its_sources(name: str) -> None:
    found = tissue(name)
    assert sum(found.mass_fractions.values()) == pytest.approx(1.0)
    assert found.density_g_per_cm3 > 0
    assert found.composition_source
    for value in found.properties.values():
        assert value.unit in UNITS
        assert value.uncertainty > 0
        assert value.source


def test_an_unknown_tissue_or_property_is_answered_with_the_known_ones() -> None:
    with pytest.raises(NotFoundError, match="cortical bone"):
        tissue("ectoplasm")
    with pytest.raises(NotFoundError, match="t1_3t"):
        tissue("liver").property("colour")
