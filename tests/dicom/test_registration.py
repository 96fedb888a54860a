"""Places of one frame of reference are found in another one by registration objects."""

from __future__ import annotations

import io

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from isocenter.core.errors import DataError, GeometryError
from isocenter.core.grid import Grid
from isocenter.dicom.header import Header, scan_header
from isocenter.dicom.registration import REGISTRATION_TAGS, SPATIAL_REGISTRATION, moved, way_between, ways_of

QUARTER = np.array([[0.0, -1, 0, 10], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
UP = np.array([[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 5], [0, 0, 0, 1]])


def registration(end: str, start: str, *matrices: np.ndarray) -> Header:
    found, item, step = Dataset(), Dataset(), Dataset()
    found.SOPClassUID, found.SOPInstanceUID, found.FrameOfReferenceUID = SPATIAL_REGISTRATION, "1.2", end
    steps = []
    for matrix in matrices:
        one = Dataset()
        one.FrameOfReferenceTransformationMatrix = [float(x) for x in matrix.ravel()]
        steps.append(one)
    step.MatrixSequence = Sequence(steps)
    item.FrameOfReferenceUID, item.MatrixRegistrationSequence = start, Sequence([step])
    found.RegistrationSequence = Sequence([item])
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, found, enforce_file_format=True)
    return scan_header(stream.getvalue(), REGISTRATION_TAGS)


def test_matrices_lead_there_in_their_order_and_back() -> None:
    ways = ways_of(registration("1.1", "1.2", UP, QUARTER))
    there, back = way_between(ways, "1.2", "1.1"), way_between(ways, "1.1", "1.2")
    assert there is not None
    assert back is not None
    assert there @ [1, 0, 0, 1] == pytest.approx([10, 1, 5, 1])
    assert back @ there == pytest.approx(np.eye(4))


def test_spaces_registered_to_a_third_one_find_each_other() -> None:
    ways = [*ways_of(registration("1.1", "1.2", UP)), *ways_of(registration("1.1", "1.3", QUARTER))]
    found = way_between(ways, "1.2", "1.3")
    assert found is not None
    assert found @ [10, 2, 0, 1] == pytest.approx([2, 0, 5, 1])
    assert way_between(ways, "1.2", "1.4") is None


def test_a_grid_keeps_its_spacing_and_knows_its_new_space() -> None:
    grid = moved(Grid((4, 5, 6), (2.0, 1.0, 0.5), (1.0, 2.0, 3.0)), QUARTER, "1.1")
    assert grid.spacing_mm == pytest.approx((2.0, 1.0, 0.5))
    assert grid.center_mm == pytest.approx((8.0, 1.0, 3.0))
    assert grid.frame_of_reference_uid == "1.1"


def test_what_shears_or_leads_nowhere_is_refused() -> None:
    sheared = np.eye(4)
    sheared[0, 1] = 0.2
    with pytest.raises(GeometryError):
        moved(Grid((4, 5, 6), (1.0, 1.0, 1.0)), sheared, "1.1")
    with pytest.raises(DataError, match="leads nowhere"):
        ways_of(registration("1.1", "1.2", np.zeros((4, 4))))
