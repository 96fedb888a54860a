"""Breast tomosynthesis objects: valid, at their place, with their unit."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

from isocenter.core.errors import DataError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.provenance import Provenance
from isocenter.dicom.image_format import writer_for

DOWN = ((1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, -1.0))


def _image(rng: np.random.Generator) -> Image:
    values = rng.uniform(0.0, 0.09, (4, 6, 8))
    grid = Grid((4, 6, 8), (2.0, 0.5, 0.5), direction=DOWN)
    quantity = "breast tomosynthesis, linear attenuation"
    return Image(values, grid, quantity, "/mm", provenance=Provenance("tomosynthesis.sart"))


def test_it_is_valid_and_keeps_values_and_places(
    tmp_path: Path, rng: np.random.Generator, validator_errors: Callable[[Path], list[str]]
) -> None:
    image = _image(rng)
    assert writer_for(image) == "breast-tomosynthesis"
    (file,) = image.to_dicom(tmp_path, attributes={"FrameLaterality": "L"})
    assert validator_errors(file) == []
    dataset = pydicom.dcmread(file)
    shared = dataset.SharedFunctionalGroupsSequence[0]
    mapping = shared.RealWorldValueMappingSequence[0]
    assert mapping.MeasurementUnitsCodeSequence[0].CodeValue == "/mm"
    stored = dataset.pixel_array * mapping.RealWorldValueSlope + mapping.RealWorldValueIntercept
    assert stored == pytest.approx(image.values, abs=mapping.RealWorldValueSlope)
    assert (dataset.Modality, shared.FrameAnatomySequence[0].FrameLaterality) == ("MG", "L")
    heights = [g.PlanePositionSequence[0].ImagePositionPatient[2] for g in dataset.PerFrameFunctionalGroupsSequence]
    assert heights == [3, 1, -1, -3]
    assert shared.PixelValueTransformationSequence[0].RescaleSlope == 1


def test_a_single_plane_is_refused(tmp_path: Path) -> None:
    flat = Image(np.ones((4, 4)), Grid((4, 4), (1, 1)), "breast tomosynthesis", "1")
    with pytest.raises(DataError, match="stack of planes"):
        flat.to_dicom(tmp_path)
