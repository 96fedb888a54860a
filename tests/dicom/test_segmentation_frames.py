"""The places of a segmentation's frames are those that its functional groups state, in every form of the bytes."""

from __future__ import annotations

import io

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    SegmentationStorage,
)

from isocenter.core.errors import DataError
from isocenter.dicom.json_model import read_json
from isocenter.dicom.segmentation_frames import PER_FRAME, read_segmentation


def item(**values: object) -> Sequence:
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return Sequence([made])


def open_lengths(dataset: Dataset) -> None:
    """Write all sequences and items with delimiters instead of lengths."""
    dataset.is_undefined_length_sequence_item = True
    for element in dataset:
        if element.VR == "SQ":
            element.is_undefined_length = True
            for each in element.value:
                open_lengths(each)


def segmentation(syntax: str = ExplicitVRLittleEndian, *, is_open: bool = False) -> bytes:
    """Return the file of two segments on three images; the last frame says nothing of its own."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = SegmentationStorage, "1.2.3"
    dataset.BitsAllocated, dataset.PixelRepresentation = 1, 0
    dataset.StudyInstanceUID, dataset.Rows, dataset.Columns, dataset.NumberOfFrames = "1.2", 8, 8, 5
    dataset.SharedFunctionalGroupsSequence = item(PixelMeasuresSequence=item(PixelSpacing=[0.5, 0.25]))
    groups = []
    for segment, z in ((1, 0), (1, 2.5), (2, 0), (2, 2.5), (0, 0)):
        group = Dataset()
        if segment:
            source = item(
                ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2",
                ReferencedSOPInstanceUID=f"1.2.9.{z:.0f}",
                PurposeOfReferenceCodeSequence=item(CodeValue="121322"),
            )
            if z:
                source[0].ReferencedFrameNumber = 7
            group.DerivationImageSequence = item(SourceImageSequence=source)
            group.FrameContentSequence = item(DimensionIndexValues=[segment, 1])
            group.PlanePositionSequence = item(ImagePositionPatient=[-1.5, 2, z])
            group.SegmentIdentificationSequence = item(ReferencedSegmentNumber=segment)
        groups.append(group)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(groups)
    if is_open:
        open_lengths(dataset)
    dataset.PixelData = np.zeros(40, np.uint8).tobytes()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_each_frame_has_its_segment_plane_and_source(syntax: str, is_open: bool) -> None:
    file = segmentation(syntax, is_open=is_open)
    attributes, places = read_segmentation(file)
    assert places.segments == [1, 1, 2, 2, 0]
    assert places.planes == [{"position": [-1.5, 2.0, 0.0]}, {"position": [-1.5, 2.0, 2.5]}]
    assert places.plane_of == [0, 1, 0, 1, -1]
    assert places.sources == [("1.2.9.0", 1), ("1.2.9.2", 7)]
    assert places.sources_of == [[0], [1], [0], [1], []]
    whole = read_json(file)
    del whole[f"{PER_FRAME:08X}"]
    whole.pop("7FE00010", None)
    assert attributes == whole


def test_an_object_without_groups_has_no_places() -> None:
    dataset = pydicom.dcmread(io.BytesIO(segmentation()))
    del dataset.PerFrameFunctionalGroupsSequence
    stream = io.BytesIO()
    dataset.save_as(stream)
    attributes, places = read_segmentation(stream.getvalue())
    assert places.segments == []
    assert attributes["00280008"]["Value"] == [5]


def test_a_file_that_is_cut_off_inside_its_groups_is_refused() -> None:
    file = segmentation()
    with pytest.raises(DataError):
        read_segmentation(file[: file.index(b"1.2.9.2") + 3])
