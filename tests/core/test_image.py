"""Images hold values, unit and place together."""

from pathlib import Path

import numpy as np
import pytest

from isocenter.core.errors import NotFoundError, ShapeError, UnitError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.plugins import IMAGE_FORMATS, load
from isocenter.core.provenance import Provenance, Source

GRID = Grid((2, 3, 4), (2.0, 1.0, 1.0))


def test_values_that_do_not_fit_the_grid_are_refused() -> None:
    with pytest.raises(ShapeError, match="grid"):
        Image(np.zeros((2, 4, 3)), GRID, "CT number", "[hnsf'U]")
    with pytest.raises(ShapeError):
        Image(np.zeros((5, 2, 3, 4)), GRID, "CT number", "[hnsf'U]")
    assert Image(np.zeros((5, 2, 3, 4)), GRID, "CT number", "[hnsf'U]", axes=("time",)).axes == ("time",)


def test_a_unit_nobody_knows_is_refused() -> None:
    with pytest.raises(UnitError, match="not known"):
        Image(np.zeros(GRID.shape), GRID, "CT number", "HU")


def test_the_window_holds_nearly_all_values_and_is_never_empty() -> None:
    ramp = Image(np.arange(24.0).reshape(GRID.shape), GRID, "signal", "1")
    low, high = ramp.window()
    assert 0 <= low < 1
    assert 22 < high <= 23
    low, high = ramp.with_values(np.zeros(GRID.shape)).window()
    assert high > low


def test_provenance_is_one_readable_sentence(tmp_path: Path) -> None:
    path = tmp_path / "scan.h5"
    path.write_bytes(b"abc")
    source = Source.of_file(path)
    # SHA-256 of "abc": FIPS 180-4, example 1.
    assert source.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    sentence = Provenance("fbp", {"window": "hann"}, (source,), version="1.0").sentence()
    assert sentence == "fbp(window=hann) by isocenter 1.0 from scan.h5 (sha256 ba7816bf8f01)"


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    image = Image(np.random.default_rng(0).random(GRID.shape), GRID, "CT number", "[hnsf'U]")
    image.show(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_an_unknown_image_format_is_named_with_the_known_ones() -> None:
    with pytest.raises(NotFoundError, match="dicom"):
        load(IMAGE_FORMATS, "jpeg")
