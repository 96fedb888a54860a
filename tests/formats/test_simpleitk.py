"""SimpleITK out and in: the same point of the patient has the same value."""

import math

import numpy as np
import pytest
import SimpleITK

from isocenter.core.errors import MissingExtraError, ShapeError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.formats.simpleitk import export, from_simpleitk

TURN = math.radians(20.0)
OBLIQUE = (
    (math.cos(TURN), -math.sin(TURN), 0.0),
    (math.sin(TURN), math.cos(TURN), 0.0),
    (0.0, 0.0, -1.0),
)
GRID = Grid((4, 5, 6), (2.5, 0.9, 0.8), (11.0, -22.0, 33.0), OBLIQUE, frame_of_reference_uid="1.2.3")


def test_every_index_lies_at_the_same_point(rng: np.random.Generator) -> None:
    image = Image(rng.standard_normal(GRID.shape), GRID, "value", "1")
    made = export(image)
    for index in ((0, 0, 0), (5, 4, 3), (2, 1, 3)):
        assert made.TransformIndexToPhysicalPoint(index) == pytest.approx((GRID.affine @ [*index, 1])[:3], abs=1e-12)
        assert made[index] == image.values[index[::-1]]


def test_round_trip_keeps_everything(rng: np.random.Generator) -> None:
    image = Image(rng.standard_normal((2, 3, *GRID.shape)), GRID, "T2", "ms", ("time", "echo"))
    read = from_simpleitk(export(image))
    assert np.array_equal(read.values, image.values)
    assert read.grid.affine == pytest.approx(GRID.affine, abs=1e-12)
    assert (read.quantity, read.unit, read.axes) == ("T2", "ms", ("time", "echo"))
    assert read.grid.frame_of_reference_uid == "1.2.3"


def test_a_plane_keeps_its_place_and_stays_a_plane(rng: np.random.Generator) -> None:
    plane = GRID.plane(2)
    read = from_simpleitk(export(Image(rng.standard_normal(plane.shape), plane, "value", "1")))
    assert read.grid.shape == (5, 6)
    assert read.grid.affine == pytest.approx(plane.affine, abs=1e-12)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.complex64, np.bool_])
def test_values_of_every_type_come_back(dtype: type) -> None:
    values = (np.arange(120).reshape(GRID.shape) % 2).astype(dtype)
    assert np.array_equal(from_simpleitk(export(Image(values, GRID, "value", "1"))).values, values)


def test_a_plane_of_others_is_understood() -> None:
    source = SimpleITK.GetImageFromArray(np.arange(6.0).reshape(2, 3))
    source.SetSpacing((2.0, 3.0))
    source.SetOrigin((5.0, 7.0))
    read = from_simpleitk(source, quantity="dose", unit="mGy")
    assert (read.grid.shape, read.grid.spacing_mm) == ((2, 3), (3.0, 2.0))
    assert (read.grid.affine @ [2, 1, 0, 1])[:3] == pytest.approx((9.0, 10.0, 0.0))
    assert (read.quantity, read.unit) == ("dose", "mGy")


def test_four_dimensions_are_refused() -> None:
    with pytest.raises(ShapeError):
        from_simpleitk(SimpleITK.Image([2, 2, 2, 2], SimpleITK.sitkFloat32))


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "SimpleITK", None)
    with pytest.raises(MissingExtraError, match=r"isocenter\[itk\]"):
        export(Image(np.zeros(GRID.shape), GRID, "value", "1"))
