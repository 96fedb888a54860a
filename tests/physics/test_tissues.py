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
    ("breast", 60.0): 0.2006,
    ("blood", 60.0): 0.2057,
    ("lung", 60.0): 0.2053,
    ("brain", 60.0): 0.2058,
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


# NISTIR 5632, table 3: total mass attenuation of elements in cm2/g.
ELEMENTS = {
    ("H", 60.0): 0.3260,
    ("C", 60.0): 0.1753,
    ("O", 60.0): 0.1907,
    ("Al", 60.0): 0.2778,
    ("P", 60.0): 0.3494,
    ("Ca", 60.0): 0.6578,
    ("Fe", 60.0): 1.205,
    ("I", 60.0): 7.579,
    ("Pb", 100.0): 5.549,
}


@pytest.mark.parametrize(("symbol", "energy_kev"), ELEMENTS)
def test_elements_attenuate_as_published(symbol: str, energy_kev: float) -> None:
    got = element_mass_attenuation_cm2_per_g(symbol, energy_kev)
    assert got == pytest.approx(ELEMENTS[symbol, energy_kev], rel=1e-2)


@pytest.mark.parametrize(("symbol", "edge_kev"), [("I", 33.1694), ("Ba", 37.4406), ("Gd", 50.2391)])
def test_contrast_agents_have_their_k_edge_where_it_belongs(symbol: str, edge_kev: float) -> None:
    """Edges of NISTIR 5632, table 3."""
    below, above = (element_mass_attenuation_cm2_per_g(symbol, edge_kev + side) for side in (-0.02, 0.02))
    assert above / below > 4.5


def test_calcification_is_made_of_its_formula() -> None:
    weights = {"Ca": (5, 40.078), "P": (3, 30.974), "O": (13, 15.999), "H": (1, 1.008)}  # Ca5(PO4)3OH, in u
    total = sum(count * mass for count, mass in weights.values())
    for symbol, (count, mass) in weights.items():
        assert tissue("calcification").mass_fractions[symbol] == pytest.approx(count * mass / total, abs=1e-4)


def test_cold_water_diffuses_as_its_fit_says() -> None:
    """Holz, Heil and Sacco 2000: D = D0 (T / Ts - 1)^gamma."""
    expected = 1.635e-2 * (293.15 / 215.05 - 1) ** 2.063  # mm2/s
    assert tissue("water").property("apparent_diffusion").value == pytest.approx(expected, rel=2e-3)
