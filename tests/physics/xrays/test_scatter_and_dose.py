"""Scatter, grids, focal spots and dose against closed forms and published tables."""

import numpy as np
import pytest
import xraylib

from isocenter.core.errors import OptionError
from isocenter.physics.bodies import BODIES
from isocenter.physics.tissues import tissue
from isocenter.physics.xrays import ct_dose
from isocenter.physics.xrays.anti_scatter_grid import AntiScatterGrid
from isocenter.physics.xrays.focal_spot import FocalSpot
from isocenter.physics.xrays.scatter import ScatterPoints, differential_cm2_per_g_sr, single_scatter
from isocenter.physics.xrays.transmission import tissue_lengths_mm, transmitted
from isocenter.physics.xrays.tube import Tube


def test_scatter_over_all_directions_is_the_cross_section() -> None:
    cosines = (np.arange(4000) + 0.5) / 2000 - 1
    water = tissue("water")
    total = differential_cm2_per_g_sr(water, 60.0, cosines).mean() * 4 * np.pi
    expected = sum(
        part
        * (
            xraylib.CS_Compt(xraylib.SymbolToAtomicNumber(s), 60.0)
            + xraylib.CS_Rayl(xraylib.SymbolToAtomicNumber(s), 60.0)
        )
        for s, part in water.mass_fractions.items()
    )
    assert total == pytest.approx(expected, rel=0.01)


def test_one_gram_of_thin_water_scatters_by_its_closed_form() -> None:
    """Without attenuation: fluence at the grain times cross-section over the square of the way out."""
    nothing = BODIES["disc"](radius_mm=1e-3, center_mm=(5000.0, 0.0))
    grain = ScatterPoints(np.array([[0.0, 0.0, 0.0]]), np.array([1.0]))
    detector = np.array([[0.0, 400.0, 0.0], [300.0, 0.0, 0.0]])
    normals = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    got = single_scatter(nothing, grain, np.array([0.0, -600.0, 0.0]), detector, normals, 60.0)
    per_sr = differential_cm2_per_g_sr(tissue("water"), 60.0, np.array([1.0, 0.0])) * 100
    assert got[0] == pytest.approx(per_sr[0] / 600**2 / 400**2 * 1000**2)
    assert got[1] == pytest.approx(per_sr[1] / 600**2 / 300**2 * (600**2 + 300**2))


def test_lengths_and_transmission_of_a_cylinder() -> None:
    body = BODIES["disc"](radius_mm=50.0)
    starts, ends = np.array([[-200.0, 30.0, 0.0]]), np.array([[200.0, 30.0, 0.0]])
    tissues, lengths = tissue_lengths_mm(body, starts, ends)
    assert [t.name for t in tissues] == ["water"]
    assert lengths[0, 0] == pytest.approx(80.0)
    out = transmitted(np.array([[2.0, 3.0]]), np.array([[0.02, 0.01]]), lengths)
    assert out[0, 0] == pytest.approx(2 * np.exp(-1.6) + 3 * np.exp(-0.8))


def test_a_grid_without_filling_lets_through_the_open_part() -> None:
    grid = AntiScatterGrid(ratio=10.0, strip_mm=0.05, gap_mm=0.20, filling="air")
    assert grid.transmission(40.0) == pytest.approx(0.8, abs=0.005)
    # Beyond atan(1 / ratio) no straight way misses the lead.
    assert grid.transmission(40.0, np.arctan(1 / 10) * 3) < 1e-2
    assert grid.selectivity(60.0) > 5


def test_penumbra_is_that_of_similar_triangles() -> None:
    spot = FocalSpot(1.0)
    assert spot.blur_mm(500.0, 1000.0) == pytest.approx(0.5)
    assert spot.modulation(np.array([0.0, 2.0]), 500.0, 1000.0) == pytest.approx([1.0, 0.0], abs=1e-12)
    assert spot.offsets_mm(4) == pytest.approx([-0.375, -0.125, 0.125, 0.375])
    with pytest.raises(OptionError):
        FocalSpot(-1.0)


def test_dose_indices_follow_their_definitions() -> None:
    assert ct_dose.ctdi_weighted(9.0, 12.0) == pytest.approx(11.0)
    assert ct_dose.ctdi_volume(11.0, 1.375) == pytest.approx(8.0)
    assert ct_dose.dose_length_product(8.0, 250.0) == pytest.approx(200.0)
    with pytest.raises(OptionError):
        ct_dose.ctdi_volume(1.0, 0.0)


def test_head_phantom_gets_what_scanners_give_it() -> None:
    """120 kV: CTDIw of the head phantom is 15 to 22 mGy per 100 mAs (ImPACT CT scanner tables; Shope 1981: 17)."""
    dose = ct_dose.estimate_dose(Tube(120.0, 8.0, (("aluminium", 6.0),)), 100.0, phantom="head")
    assert 15 < dose.ctdi_w_mgy < 22
    body = ct_dose.estimate_dose(Tube(120.0, 8.0, (("aluminium", 6.0),)), 100.0, phantom="body", pitch=0.5)
    assert body.ctdi_w_mgy < dose.ctdi_w_mgy
    assert body.ctdi_vol_mgy == pytest.approx(2 * body.ctdi_w_mgy)
    assert dose.dlp_mgy_cm == pytest.approx(dose.ctdi_vol_mgy * 10)


def test_what_is_no_scan_gives_no_dose() -> None:
    with pytest.raises(OptionError, match="phantom"):
        ct_dose.ctdi_per_kerma(Tube().spectrum(), "leg", 570.0, np.random.default_rng(0), 10)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="current"):
        ct_dose.estimate_dose(Tube(), 0.0)
