"""Numbers of the heart against closed forms and the tables of the guidelines."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from isocenter.analysis.cardiac import diastole, strain, valves, ventricle
from isocenter.analysis.cardiac.diastole import Diastole
from isocenter.core.errors import DataError


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_biplane_volumes_are_those_of_the_table(shared_truth: Path) -> None:
    for case in json.loads((shared_truth / "cardiac" / "simpson_biplane.json").read_text()):
        volumes = [
            ventricle.biplane_volume_ml(case[f"{p}_diam_4ch_cm"], case[f"{p}_diam_2ch_cm"], case[f"{p}_length_cm"])
            for p in ("ed", "es")
        ]
        assert volumes == pytest.approx([case["EDV_ml"], case["ESV_ml"]], rel=2e-6)
        assert ventricle.ejection_fraction_percent(*volumes) == pytest.approx(case["EF_percent"], rel=2e-6)


def test_grades_of_filling_are_those_of_the_table(shared_truth: Path) -> None:
    for row in _rows(shared_truth / "cardiac" / "diastolic_2016.csv"):
        numbers = [float(row[name]) if row[name] else None for name in ("E_cm_s", "A_cm_s", "e_sept", "e_lat")]
        further = [float(row[name]) if row[name] else None for name in ("TR_m_s", "LAVI")]
        measured = Diastole(*numbers, *further)  # type: ignore[arg-type]
        assert diastole.filling(measured) == row["result"]
        assert measured.e_over_a == pytest.approx(float(row["E_over_A"]), abs=5e-5)
        assert measured.e_over_e_prime == pytest.approx(float(row["E_over_e_avg"]), abs=5e-5)


def test_strains_are_those_of_the_table(shared_truth: Path) -> None:
    for row in _rows(shared_truth / "cardiac" / "strain.csv"):
        first, last = float(row["L_ed_mm"]), float(row["L_es_mm"])
        assert strain.lagrangian_percent(last, first) == pytest.approx(float(row["lagrangian_percent"]), abs=5e-5)
        assert strain.natural_percent(last, first) == pytest.approx(float(row["natural_percent"]), abs=5e-5)


def test_disks_of_an_ellipsoid_come_near_it_as_they_grow() -> None:
    """The error of n disks through their middles is 1 / (2 n^2) of the ellipsoid."""
    for n in (10, 20):
        heights = (np.arange(n) + 0.5) / n
        diameters = 5 * np.sqrt(1 - (2 * heights - 1) ** 2)
        exact = np.pi / 6 * 9 * 5 * 5
        assert ventricle.single_plane_volume_ml(diameters, 9.0) / exact - 1 == pytest.approx(1 / (2 * n * n), rel=1e-9)


def test_a_drawn_half_ellipse_gives_its_volume() -> None:
    angle = np.linspace(0, np.pi, 401)
    border = np.stack([25 * np.cos(angle), 80 * np.sin(angle)], axis=1)  # mm: base along x, apex at y = 80
    turned = border @ np.array([[0.8, 0.6], [-0.6, 0.8]]) + [12.0, 40.0]
    diameters, length = ventricle.disks(turned)
    assert length == pytest.approx(8.0, rel=1e-4)
    volume = ventricle.single_plane_volume_ml(diameters, length)
    assert volume == pytest.approx(2 / 3 * np.pi * 2.5 * 2.5 * 8, rel=2e-3)


def test_mass_and_surface_are_those_of_the_formulas() -> None:
    assert ventricle.mass_g(1.0, 5.0, 1.0) == pytest.approx(0.8 * 1.04 * (343 - 125) + 0.6)
    assert ventricle.relative_wall_thickness(5.0, 1.0) == pytest.approx(0.4)
    assert ventricle.body_surface_m2(170, 70) == pytest.approx(1.81, abs=0.01)
    assert ventricle.area_length_volume_ml(20, 18, 5) == pytest.approx(0.8488 * 20 * 18 / 5, rel=1e-4)


def test_valves_follow_bernoulli_and_continuity() -> None:
    assert valves.gradient_mmhg(4.0) == 64.0
    assert valves.gradient_mmhg(4.0, 1.5) == pytest.approx(55.0)
    half_sine = 4 * np.sin(np.linspace(0, np.pi, 2001))
    assert valves.mean_gradient_mmhg(half_sine) == pytest.approx(32.0, rel=1e-3)
    assert valves.velocity_time_integral_cm(half_sine, 0.3 / 2000) == pytest.approx(100 * 4 * 2 / np.pi * 0.3, rel=1e-5)
    assert valves.stroke_volume_ml(2.0, 20.0) == pytest.approx(62.83, abs=0.01)
    assert valves.continuity_area_cm2(2.0, 20.0, 80.0) == pytest.approx(0.785, abs=1e-3)
    assert valves.half_time_area_cm2(220) == 1.0
    assert valves.right_ventricular_pressure_mmhg(3.0, 8.0) == 44.0


def test_a_wall_that_shortens_by_a_fifth_has_that_strain_everywhere() -> None:
    angle = np.linspace(0, np.pi, 61)
    wall = np.stack([30 * np.cos(angle), 80 * np.sin(angle)], axis=1)
    tracks = np.stack([wall * factor for factor in (1.0, 0.9, 0.8, 0.95)])
    assert strain.global_strain_percent(tracks) == pytest.approx([0, -10, -20, -5])
    views = {}
    for view in strain.VIEWS:
        segments = strain.segment_strains_percent(tracks, view)
        assert all(values == pytest.approx([0, -10, -20, -5]) for values in segments.values())
        views[view] = {name: float(values.min()) for name, values in segments.items()}
    assert strain.bulls_eye(views) == pytest.approx(np.full(17, -20.0))
    missing = strain.bulls_eye({"4 chamber": views["4 chamber"]})
    assert np.isnan(missing).sum() == 16 - 6
    assert {name for names in strain.VIEWS.values() for name in names} == set(strain.SEGMENTS[:-1])


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (Diastole(70, 60, 9, 12, 2.4, 30), "normal"),
        (Diastole(90, 60, 5, 6, 3.1, 40), "dysfunction"),
        (Diastole(90, 60, 5, 6, 2.4, 30), "indeterminate"),
        (Diastole(70, 60), "cannot be determined"),
    ],
)
def test_function_with_a_normal_ejection_fraction(measured: Diastole, expected: str) -> None:
    assert diastole.function(measured) == expected


def test_what_cannot_be_is_refused() -> None:
    for act in (
        lambda: ventricle.biplane_volume_ml(np.ones(20), np.ones(19), 8.0),
        lambda: ventricle.biplane_volume_ml(np.ones(20), np.ones(20), 0.0),
        lambda: ventricle.ejection_fraction_percent(80, 120),
        lambda: ventricle.disks(np.zeros((3, 2))),
        lambda: Diastole(70, 0),
        lambda: valves.gradient_mmhg(1.0, 2.0),
        lambda: strain.lagrangian_percent(1.0, 0.0),
        lambda: strain.segment_strains_percent(np.zeros((2, 20, 2)), "5 chamber"),
    ):
        with pytest.raises(DataError):
            act()
