"""The four-term model gives the values its authors printed."""

from itertools import pairwise

import pytest

from isocenter.core.errors import NotFoundError, OptionError
from isocenter.physics.dielectrics import conductivity_at, permittivity_at
from isocenter.physics.tables.dielectrics import COLE_COLE
from isocenter.physics.tissues import TISSUES, tissue

# Relative permittivity and conductivity in S/m, as the Italian National Research Council's calculator of the same model
# gives them (niremf.ifac.cnr.it/tissprop).
PRINTED = {
    ("muscle", 100e3): (8089.2, 0.36185),
    ("blood", 100e3): (5120.0, 0.70292),
    ("liver", 100e3): (7498.9, 0.084568),
    ("kidney", 100e3): (7651.6, 0.17134),
    ("adipose", 100e3): (92.885, 0.024414),
    ("grey matter", 100e3): (3221.8, 0.13366),
    ("white matter", 100e3): (2107.6, 0.081845),
    ("skin", 100e3): (15357.0, 0.065836),
    ("muscle", 900e6): (55.032, 0.94294),
    ("blood", 900e6): (61.361, 1.5379),
    ("adipose", 900e6): (5.4620, 0.051043),
    ("cortical bone", 900e6): (12.454, 0.14331),
    ("liver", 900e6): (46.833, 0.85497),
}


@pytest.mark.parametrize(("name", "frequency_hz"), PRINTED)
def test_tissue_carries_current_as_printed(name: str, frequency_hz: float) -> None:
    permittivity, conductivity = PRINTED[name, frequency_hz]
    assert permittivity_at(frequency_hz)(tissue(name)) == pytest.approx(permittivity, rel=2e-3)
    assert conductivity_at(frequency_hz)(tissue(name)) == pytest.approx(conductivity, rel=2e-3)


@pytest.mark.parametrize("name", COLE_COLE)
def test_conductivity_rises_and_permittivity_falls_with_frequency(name: str) -> None:
    """Every passive material does (Kramers and Kronig); a wrong decade in a row breaks it or is seen below."""
    frequencies = [10.0 ** (k / 2) for k in range(2, 22)]
    conductivities = [conductivity_at(f)(tissue(name)) for f in frequencies]
    permittivities = [permittivity_at(f)(tissue(name)) for f in frequencies]
    assert all(b >= a for a, b in pairwise(conductivities))
    assert all(b <= a for a, b in pairwise(permittivities))
    assert 1e-5 < conductivities[0] < 3


def test_every_row_belongs_to_a_tissue_and_others_are_refused() -> None:
    assert set(COLE_COLE) <= set(TISSUES)
    with pytest.raises(NotFoundError, match="titanium"):
        conductivity_at(1e5)(tissue("titanium"))
    for frequency_hz in (1.0, 1e12):
        with pytest.raises(OptionError, match="frequency"):
            permittivity_at(frequency_hz)(tissue("blood"))
