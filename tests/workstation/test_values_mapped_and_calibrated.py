"""Values that another object, a table or a calibrated region gives a meaning, under the cursor."""

from __future__ import annotations

import re
from typing import Any

import highdicom as hd
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    CTImageStorage,
    RealWorldValueMappingStorage,
    UltrasoundImageStorage,
    generate_uid,
)
from tests.workstation.test_reading_tools import fresh, opened, served_value
from tests.workstation.test_viewports import Cell, Phantom, written

from isocenter.server.web.reading_room import STATIC

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (STATIC / "index.html").is_file(), reason="the viewer is not built (make viewer)"),
]


def mapping_object(phantom: Phantom, *mappings: Dataset) -> bytes:
    """Return a Real World Value Mapping object about all images of a phantom."""
    found, item = Dataset(), Dataset()
    series = f"{phantom.study_uid}.7"
    found.SOPClassUID, found.SOPInstanceUID, found.Modality = RealWorldValueMappingStorage, f"{series}.1", "RWV"
    found.StudyInstanceUID, found.SeriesInstanceUID = phantom.study_uid, series
    found.PatientName, found.PatientID, found.StudyDate, found.StudyTime = "Phantom^Ramp", "RAMP", "20260101", "120000"
    found.SeriesNumber, found.InstanceNumber = 7, 1
    found.ContentDate, found.ContentTime, found.ContentLabel = "20260101", "130000", "STIFFNESS"
    images = []
    for image in range(phantom.n_images):
        reference = Dataset()
        reference.ReferencedSOPClassUID = CTImageStorage
        reference.ReferencedSOPInstanceUID = f"{phantom.series_uid}.{image + 1}"
        images.append(reference)
    item.ReferencedImageSequence = Sequence(images)
    item.RealWorldValueMappingSequence = Sequence(mappings)
    found.ReferencedImageRealWorldValueMappingSequence = Sequence([item])
    return written(found)


def stiffness(first: int, last: int, **how: Any) -> Dataset:
    """Return a mapping into kPa, as highdicom writes it."""
    return hd.pm.RealWorldValueMapping(
        "STIFF", "Stiffness", hd.sr.CodedConcept("kPa", "UCUM", "kilopascal"), (first, last), **how
    )


def test_an_object_beside_the_images_gives_their_values_a_unit(one_site: Any, same_reader: Any) -> None:
    """Lower values by a table, higher ones by a line; what lies above is mapped by nothing."""
    phantom = fresh()
    limit = phantom.value(0, 0, 7)
    table = np.sqrt(np.arange(limit)) / 10
    top = phantom.value(0, 0, 9) - 1
    pieces = [stiffness(0, limit - 1, lut_data=table.tolist()), stiffness(limit, top, slope=0.001, intercept=2)]
    one_site.store_bytes(mapping_object(phantom, *pieces))
    page, cell = opened(one_site, same_reader, phantom)

    def expected(value: int) -> float:
        return float(table[value]) if value < limit else value * 0.001 + 2

    for key, index in (("Home", 12), ("", 8), ("", 6)):
        if key:
            page.keyboard.press(key)
            cell.wait_for("Image 1 of 12")
        else:
            page.get_by_role("slider").first.fill(str(12 - index))
        image = index - 1
        cell.wait_for(f"Image {12 - image} of 12")
        said = cell.value(0.5, 0.5)
        column, row, value = re.match(r"\((\d+), (\d+)\)\s+(\S+) kPa", said).groups()  # type: ignore[union-attr]
        stored = phantom.value(int(column), int(row), image)
        if stored > top:
            assert value == "–", "nothing maps it: no number is made up"
        else:
            assert float(value) == pytest.approx(expected(stored), rel=1e-3)
    told = served_value(same_reader, phantom)
    assert told.endswith("kPa")
    # Between the two middle images, each mapped for itself.
    middle = phantom.value(25, 20, 5)
    assert expected(middle) * 0.8 < float(told.split()[0]) < expected(phantom.value(25, 20, 6)) * 1.2


REGION = {"x0": 60, "y0": 40, "x1": 239, "y1": 179}
ACROSS_CM, DOWN_CM = 0.02, 0.03


def echo(study: str) -> bytes:
    """Return an ultrasound picture of 300 by 200 pixels with one calibrated region."""
    found, region = Dataset(), Dataset()
    found.SOPClassUID, found.SOPInstanceUID, found.Modality = UltrasoundImageStorage, f"{study}.1.1", "US"
    found.StudyInstanceUID, found.SeriesInstanceUID = study, f"{study}.1"
    found.PatientName, found.PatientID, found.StudyDate, found.StudyTime = "Echo^Scale", "ECHO", "20260101", "120000"
    found.SeriesNumber, found.InstanceNumber = 1, 1
    found.Rows, found.Columns, found.SamplesPerPixel, found.PhotometricInterpretation = 200, 300, 1, "MONOCHROME2"
    found.BitsAllocated = found.BitsStored = 8
    found.HighBit, found.PixelRepresentation = 7, 0
    column, row = np.meshgrid(np.arange(300), np.arange(200))
    found.PixelData = ((column + row) % 256).astype(np.uint8).tobytes()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = REGION["x0"], REGION["y0"]
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = REGION["x1"], REGION["y1"]
    region.ReferencePixelX0, region.ReferencePixelY0 = 90, 0
    region.ReferencePixelPhysicalValueX, region.ReferencePixelPhysicalValueY = 0.0, 1.5
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX, region.PhysicalDeltaY = ACROSS_CM, DOWN_CM
    found.SequenceOfUltrasoundRegions = Sequence([region])
    return written(found)


def test_a_calibrated_region_tells_place_and_length(one_site: Any, same_reader: Any) -> None:
    study = generate_uid()[:54]
    one_site.store_bytes(echo(study))
    same_reader.open(f"/view/{study}/{study}.1")
    page = same_reader.page
    cell = Cell(page)
    cell.wait_for("Echo")

    def pixel(x: float, y: float) -> tuple[int, int, str]:
        said = cell.value(x, y)
        column, row, value, place = re.match(r"\((\d+), (\d+)\)\s+(\d+)\s*(.*)", said).groups()  # type: ignore[union-attr]
        assert int(value) == (int(column) + int(row)) % 256
        return int(column), int(row), place

    page.mouse.move(*cell.at(0.5, 0.51))
    for x, y in [(0.5, 0.5), (0.4, 0.6), (0.6, 0.35)]:
        column, row, place = pixel(x, y)
        across, down = re.match(r"(-?[\d.]+) cm\s+(-?[\d.]+) cm", place).groups()  # type: ignore[union-attr]
        assert float(across) == pytest.approx((column - REGION["x0"] - 90) * ACROSS_CM, abs=0.006)
        assert float(down) == pytest.approx(1.5 + (row - REGION["y0"]) * DOWN_CM, abs=0.006)
    column, row, place = pixel(0.5, 0.05)
    assert row < REGION["y0"]
    assert place == "", "outside of the region nothing is calibrated"

    start, end = (0.42, 0.4), (0.6, 0.62)
    (c0, r0, _), (c1, r1, _) = pixel(*start), pixel(*end)
    page.keyboard.press("l")
    cell.drag(start, end)
    page.get_by_test_id("measurement").wait_for()
    found = page.get_by_test_id("measurement").locator("[title^='Length: ']").get_attribute("title")
    number, unit = found.split(": ")[1].split()[:2]
    length_mm = float(number) * {"mm": 1, "cm": 10}[unit]
    expected_mm = 10 * float(np.hypot((c1 - c0) * ACROSS_CM, (r1 - r0) * DOWN_CM))
    assert length_mm == pytest.approx(expected_mm, abs=10 * DOWN_CM * 1.5), "one pixel at each end"
