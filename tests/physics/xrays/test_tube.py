"""Tube spectra against the radiation qualities of IEC 61267 and against another model."""

import numpy as np
import pytest
from scipy.optimize import brentq

from isocenter.core.errors import DataError, OptionError
from isocenter.physics.xrays.spectrum import Spectrum, compton_recoil_fraction
from isocenter.physics.xrays.tube import Tube

# IEC 61267:2005, tables 2 and 4: kV, first half-value layer of RQR (mm Al), its homogeneity, filter and layer of RQA.
QUALITIES = [
    (40, 1.42, 0.81, 4, 2.2),
    (50, 1.78, 0.76, 10, 3.8),
    (60, 2.19, 0.74, 16, 5.4),
    (70, 2.58, 0.71, 21, 6.8),
    (80, 3.01, 0.69, 26, 8.2),
    (90, 3.48, 0.68, 30, 9.2),
    (100, 3.97, 0.68, 34, 10.1),
    (120, 5.00, 0.68, 40, 11.6),
    (150, 6.57, 0.72, 49, 13.3),
]


def _tube(kvp: float, aluminium_mm: float) -> Tube:
    return Tube(kvp, 12.0, (("aluminium", aluminium_mm),))


@pytest.mark.parametrize(("kvp", "layer_mm", "homogeneity", "added_mm", "added_layer_mm"), QUALITIES)
def test_a_beam_of_standard_quality_has_the_standard_hardness(
    kvp: float, layer_mm: float, homogeneity: float, added_mm: float, added_layer_mm: float
) -> None:
    """Filters are chosen for the first layer, as the standard says; the second and the hardened beam must follow."""
    filter_mm = brentq(lambda t: _tube(kvp, t).spectrum().half_value_layers_mm()[0] - layer_mm, 0.5, 9.0)
    beam = _tube(kvp, filter_mm).spectrum()
    first, second = beam.half_value_layers_mm()
    assert first / second == pytest.approx(homogeneity, abs=0.02)
    assert beam.filtered("aluminium", added_mm).half_value_layers_mm()[0] == pytest.approx(added_layer_mm, rel=0.035)


# Half-value layer (mm Al), mean energy (keV) and air kerma (uGy per mAs at 1 m) of SpekPy 2.5.4 (casim), 12 degrees,
# 2.5 mm Al: Poludniowski et al., Med. Phys. 48 (2021) 3630.
@pytest.mark.parametrize(
    ("kvp", "layer_mm", "mean_kev", "kerma"),
    [(60, 2.082, 35.95, 48.9), (80, 2.734, 42.90, 81.98), (100, 3.458, 49.14, 118.9), (120, 4.219, 54.44, 158.7)],
)
def test_another_model_says_about_the_same(kvp: float, layer_mm: float, mean_kev: float, kerma: float) -> None:
    beam = _tube(kvp, 2.5).spectrum()
    assert beam.half_value_layers_mm()[0] == pytest.approx(layer_mm, rel=0.065)
    assert beam.mean_energy_kev == pytest.approx(mean_kev, rel=0.025)
    assert beam.air_kerma_mgy_per_mas() * 1000 == pytest.approx(kerma, rel=0.06)


def test_the_heel_effect_is_that_of_another_model() -> None:
    """SpekPy 2.5.4, 120 kV, 12 degrees, at equal distance from the spot."""
    expected = np.array([140.5, 158.7, 169.5]) / 158.7
    assert _tube(120, 2.5).heel(np.array([-4.0, 0.0, 4.0])) == pytest.approx(expected, rel=0.08)


def test_lines_stand_only_above_the_edge() -> None:
    def peak(kvp: float) -> float:
        beam = _tube(kvp, 2.5).spectrum()
        at = int(np.argmin(np.abs(beam.energies_kev - 59.5)))
        return float(beam.photons[at] / beam.photons[at - 4])

    assert peak(69) < 1
    assert peak(120) > 2


def test_half_value_layer_of_one_energy_is_ln2_over_attenuation() -> None:
    beam = Spectrum(np.array([59.5, 60.0]), np.array([0.0, 1.0]))
    first, second = beam.half_value_layers_mm()
    assert first == pytest.approx(np.log(2) / (0.2778 * 2.699 / 10), rel=0.01)  # NISTIR 5632: 0.2778 cm2/g
    assert second == pytest.approx(first, rel=1e-6)


def test_photons_fall_with_the_square_of_the_distance() -> None:
    assert _tube(100, 3).spectrum(2000.0).total == pytest.approx(_tube(100, 3).spectrum(1000.0).total / 4)


def test_recoil_share_is_that_of_klein_and_nishina() -> None:
    """Mean recoil energy at 100 keV is 13.8 keV (Attix 1986, appendix D.1), and vanishes at low energy."""
    assert compton_recoil_fraction(np.array([100.0]))[0] == pytest.approx(0.138, abs=0.001)
    assert compton_recoil_fraction(np.array([0.1]))[0] < 1e-3


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kvp": 200.0}, "30 to 150"),
        ({"anode_angle_deg": 1.0}, "5 to 25"),
        ({"filters": (("aluminium", -1.0),)}, "0 mm or more"),
        ({"filters": (("aluminium", float("nan")),)}, "0 mm or more"),
    ],
)
def test_an_impossible_tube_is_refused(given: dict[str, object], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        Tube(**given)  # type: ignore[arg-type]


def test_a_filter_that_stops_everything_is_refused() -> None:
    with pytest.raises(OptionError, match="lets nothing through"):
        Tube(40.0, 12.0, (("lead", 20.0),)).spectrum()


def test_a_spectrum_is_made_of_numbers_that_rise() -> None:
    with pytest.raises(DataError, match="must rise"):
        Spectrum(np.array([50.0, 40.0]), np.ones(2))
    with pytest.raises(DataError, match="not numbers"):
        Spectrum(np.array([50.0, 60.0]), np.array([1.0, np.nan]))
    with pytest.raises(DataError, match="photons"):
        Spectrum(np.array([50.0, 60.0]), np.array([-1.0, 2.0]))
