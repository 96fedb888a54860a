"""Colour pictures as secondary capture: accepted by the validator and read back exactly."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from isocenter.core.errors import ShapeError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.patient import Patient
from isocenter.dicom.pixels import FrameReader
from isocenter.dicom.writers.modules import SeriesContext
from isocenter.dicom.writers.secondary_capture import true_color

CONTEXT = SeriesContext(datetime(2026, 1, 2), "1.2.3", "1.2.4", "1.2.5", "pictures", 1)
IMAGE = Image(np.zeros((2, 2)), Grid((2, 2), (1, 1)), "value", "1", patient=Patient("P1"))


@pytest.mark.parametrize("n_frames", [1, 3])
def test_colour_frames_come_back_and_are_valid(
    n_frames: int, tmp_path: Path, rng: np.random.Generator, validator_errors: Callable[[Path], list[str]]
) -> None:
    frames = rng.integers(0, 256, (n_frames, 5, 7, 3)).astype(np.uint8)
    file = tmp_path / "colour.dcm"
    true_color(frames, IMAGE, CONTEXT).save_as(file, enforce_file_format=True)
    with FrameReader.open(file) as reader:
        assert np.array_equal(np.stack([reader.frame(i) for i in range(reader.n_frames)]), frames)
    assert validator_errors(file) == []


def test_frames_of_another_shape_are_refused() -> None:
    with pytest.raises(ShapeError):
        true_color(np.zeros((2, 3, 4), np.uint8), IMAGE, CONTEXT)
