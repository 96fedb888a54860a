"""Real world value mappings: lines, tables and ranges, in the image or in an object beside it; made by highdicom."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import highdicom as hd
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, RealWorldValueMappingStorage

from isocenter.dicom.header import scan_header
from isocenter.dicom.pixels import FrameReader
from isocenter.dicom.planes import PLANE_TAGS, Plane, planes_in
from isocenter.dicom.real_values import REAL_VALUE_TAGS, real_values_of
from isocenter.dicom.real_world_values import (
    MAPPING_OBJECT,
    MAPPING_OBJECT_TAGS,
    line_of,
    mapped_images,
    mapping_of,
    with_mappings,
)

KPA = codes.UCUM.Kilopascal if hasattr(codes.UCUM, "Kilopascal") else hd.sr.CodedConcept("kPa", "UCUM", "kilopascal")


def stated(first: int, last: int, unit: Any = KPA, **how: Any) -> Dataset:
    """Return a mapping as highdicom writes it: by `slope` and `intercept`, or by `lut_data`."""
    return hd.pm.RealWorldValueMapping("MAP", "Stiffness", unit, (first, last), **how)


def written(found: Dataset) -> bytes:
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, found, enforce_file_format=True)
    return stream.getvalue()


def plane_with(*mappings: Dataset, is_signed: bool = False, beside: Dataset | None = None) -> Plane:
    """Return the plane of a small MR image that states mappings, with an object beside it."""
    found = Dataset()
    found.SOPClassUID, found.SOPInstanceUID, found.Modality = MRImageStorage, "1.2.3", "MR"
    found.Rows, found.Columns, found.SamplesPerPixel, found.PhotometricInterpretation = 1, 6, 1, "MONOCHROME2"
    found.BitsAllocated, found.BitsStored, found.HighBit, found.PixelRepresentation = 16, 12, 11, int(is_signed)
    found.RescaleSlope, found.RescaleIntercept, found.RescaleType = 3, 7, "US"
    found.PixelData = np.arange(6, dtype="<u2").tobytes()
    if mappings:
        found.RealWorldValueMappingSequence = Sequence(mappings)
    tags = PLANE_TAGS | REAL_VALUE_TAGS
    path = Path("1.2.3")
    from isocenter.dicom.pixels import PIXEL_DESCRIPTION_TAGS

    header = scan_header(written(found), tags | PIXEL_DESCRIPTION_TAGS)
    planes = planes_in(FrameReader(header, file="1.2.3"), path)
    if beside is not None:
        planes = with_mappings(planes, mapped_images([scan_header(written(beside), MAPPING_OBJECT_TAGS)]))
    return planes[0]


def mapping_object(*mappings: Dataset, frames: list[int] | None = None, image: str = "1.2.3") -> Dataset:
    """Return a Real World Value Mapping object about an image."""
    found, item, reference = Dataset(), Dataset(), Dataset()
    found.SOPClassUID, found.SOPInstanceUID, found.Modality = RealWorldValueMappingStorage, "1.2.9", "RWV"
    found.ContentDate, found.ContentTime = "20260101", "120000"
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = MRImageStorage, image
    if frames:
        reference.ReferencedFrameNumber = frames
    item.ReferencedImageSequence = Sequence([reference])
    item.RealWorldValueMappingSequence = Sequence(mappings)
    found.ReferencedImageRealWorldValueMappingSequence = Sequence([item])
    return found


SAMPLES = np.array([0, 9, 10, 11, 12, 13])


def test_the_sop_class_is_that_of_the_standard() -> None:
    assert RealWorldValueMappingStorage == MAPPING_OBJECT


def test_a_table_gives_each_sample_its_own_value() -> None:
    plane = plane_with(stated(10, 13, lut_data=[0.5, 2.5, 2.0, 40.0]))
    mapping = mapping_of(plane)
    assert mapping is not None
    assert (mapping.unit, mapping.quantity) == ("kPa", "Stiffness")
    assert line_of(plane, mapping) is None
    np.testing.assert_array_equal(mapping.values(SAMPLES), [np.nan, np.nan, 0.5, 2.5, 2.0, 40.0])


def test_ranges_are_mapped_piece_by_piece_and_nothing_outside_of_them() -> None:
    plane = plane_with(stated(0, 9, slope=0.5, intercept=1), stated(11, 12, slope=2, intercept=-10))
    mapping = mapping_of(plane)
    assert mapping is not None
    np.testing.assert_array_equal(mapping.values(SAMPLES), [1.0, 5.5, np.nan, 12.0, 14.0, np.nan])
    assert real_values_of(plane).mapping == mapping


def test_a_line_over_all_samples_is_told_as_a_line() -> None:
    found = real_values_of(plane_with(stated(0, 4095, slope=0.25, intercept=-2)))
    assert found == (0.25, -2.0, "Stiffness", "kPa", None)


def test_pieces_into_another_unit_are_left_out() -> None:
    other = stated(0, 9, unit=hd.sr.CodedConcept("m/s", "UCUM", "meter per second"), slope=1, intercept=0)
    mapping = mapping_of(plane_with(stated(10, 13, slope=1, intercept=0), other))
    assert mapping is not None
    np.testing.assert_array_equal(mapping.values(SAMPLES), [np.nan, np.nan, 10, 11, 12, 13])


@pytest.mark.parametrize(("first", "last"), [(-3, 5), (65533, 5)], ids=["signed", "written as unsigned"])
def test_bounds_of_signed_samples_may_lie_below_zero(first: int, last: int) -> None:
    item = stated(0, 5, slope=2, intercept=0)
    vr = "SS" if first < 0 else "US"
    item["RealWorldValueFirstValueMapped"] = pydicom.DataElement("RealWorldValueFirstValueMapped", vr, first)
    item["RealWorldValueLastValueMapped"] = pydicom.DataElement("RealWorldValueLastValueMapped", vr, last)
    mapping = mapping_of(plane_with(item, is_signed=True))
    assert mapping is not None
    np.testing.assert_array_equal(mapping.values(np.array([-4, -3, 5, 6])), [np.nan, -6, 10, np.nan])


def test_an_object_beside_the_image_maps_it_and_no_other() -> None:
    line = stated(0, 4095, slope=0.001, intercept=0)
    assert real_values_of(plane_with(beside=mapping_object(line))) == (0.001, 0.0, "Stiffness", "kPa", None)
    assert real_values_of(plane_with(beside=mapping_object(line, image="1.2.4"))).unit == "1"
    assert real_values_of(plane_with(beside=mapping_object(line, frames=[1]))).unit == "kPa"
    assert real_values_of(plane_with(beside=mapping_object(line, frames=[2]))).unit == "1"


def test_what_the_image_states_itself_comes_first() -> None:
    own, other = stated(0, 4095, slope=2, intercept=0), stated(0, 4095, slope=3, intercept=0)
    assert real_values_of(plane_with(own, beside=mapping_object(other))).slope == 2


@pytest.mark.filterwarnings("ignore:.*exceeds the size of 64 kByte.*")
def test_a_table_too_long_for_its_representation_is_read() -> None:
    """Explicit VRs count 64 kB at most: what is longer is written as UN (PS3.5 sec. 6.2.2)."""
    mapping = mapping_of(plane_with(stated(0, 9999, lut_data=np.sqrt(np.arange(10_000)).tolist())))
    assert mapping is not None
    np.testing.assert_array_equal(mapping.values(np.array([9801])), [99.0])
