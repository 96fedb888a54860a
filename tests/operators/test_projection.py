"""Projectors: exact adjoints, known chords, and the directions that the docstrings promise."""

import numpy as np
import pytest

from isocenter.core.errors import GeometryError, ShapeError
from isocenter.core.grid import Grid
from isocenter.operators import gates_projection
from isocenter.operators.projection import FanBeamProjector, ParallelBeamProjector, RayProjector

GRID = Grid(shape=(96, 64), spacing_mm=(1.0, 1.5))
ANGLES = np.linspace(0, np.pi, 12, endpoint=False)


@pytest.mark.parametrize("gate", gates_projection.GATES, ids=lambda gate: gate.name)
def test_gate(gate) -> None:
    result = gate.run()
    assert result.passed, f"{result.got} against {gate.expected} +- {gate.tolerance}"


def test_a_volume_is_projected_slice_by_slice(rng: np.random.Generator) -> None:
    volume = Grid((3, 20, 24), (2.0, 1.0, 1.0))
    A = ParallelBeamProjector(volume, ANGLES, n_bins=30, bin_width_mm=1.0)
    x = rng.standard_normal(volume.shape)
    plane = ParallelBeamProjector(volume.plane(1), ANGLES, n_bins=30, bin_width_mm=1.0)
    assert A.out_shape == (3, 12, 30)
    assert A(x)[1] == pytest.approx(plane(x[1]), abs=1e-12)
    assert A.check(rng) < 1e-12


def test_ray_through_a_disc_measures_its_diameter() -> None:
    row, column = np.indices(GRID.shape)
    radius_mm = np.hypot((row - 47.5) * 1.0, (column - 31.5) * 1.5)
    disc = np.where(radius_mm <= 30, 0.02, 0.0)  # 1/mm, water at 60 keV
    central_ray = ParallelBeamProjector(GRID, ANGLES, n_bins=1, bin_width_mm=1.0)(disc)
    assert central_ray == pytest.approx(0.02 * 60, abs=0.02 * 1.5)  # one pixel of edge


def test_bins_ascend_to_the_left_of_the_patient_at_angle_zero() -> None:
    image = np.zeros((41, 41))
    image[20, 30] = 1.0  # 10 mm along +x
    A = ParallelBeamProjector(Grid((41, 41), (1.0, 1.0)), np.array([0.0, np.pi / 2]), n_bins=61, bin_width_mm=1.0)
    assert A(image).argmax(axis=1).tolist() == [40, 30]


def test_the_fan_magnifies_by_its_distances() -> None:
    image = np.zeros((81, 81))
    image[40, 60] = 1.0  # 20 mm along +x, in the plane of the isocenter
    A = FanBeamProjector(
        Grid((81, 81), (1.0, 1.0)),
        np.array([0.0]),
        n_bins=101,
        bin_width_mm=1.0,
        source_isocenter_mm=300.0,
        source_detector_mm=600.0,
    )
    assert A(image)[0].argmax() == 50 + 40


def test_the_tube_starts_in_front_of_the_patient() -> None:
    near_front, near_back = np.zeros((81, 81)), np.zeros((81, 81))
    near_front[10, 50], near_back[70, 50] = 1.0, 1.0
    A = FanBeamProjector(
        Grid((81, 81), (1.0, 1.0)),
        np.array([0.0]),
        n_bins=401,
        bin_width_mm=0.2,
        source_isocenter_mm=150.0,
        source_detector_mm=300.0,
    )
    assert A(near_front)[0].argmax() > A(near_back)[0].argmax()  # what is nearer to the tube is magnified more


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ShapeError, match="angles"):
        ParallelBeamProjector(GRID, np.zeros((2, 2)), n_bins=3, bin_width_mm=1.0)
    with pytest.raises(ShapeError, match="Rays"):
        RayProjector(GRID, np.zeros((2, 3, 2)), np.zeros((2, 4, 2)))
    A = ParallelBeamProjector(GRID, ANGLES, n_bins=3, bin_width_mm=1.0)
    with pytest.raises(ShapeError, match="ParallelBeamProjector"):
        A(np.zeros((64, 96)))


def test_a_source_within_the_image_is_refused() -> None:
    with pytest.raises(GeometryError, match="source"):
        FanBeamProjector(GRID, ANGLES, n_bins=3, bin_width_mm=1.0, source_isocenter_mm=40.0, source_detector_mm=80.0)
