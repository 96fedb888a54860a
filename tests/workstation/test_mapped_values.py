"""Values that another object maps, by tables and over ranges, under the cursor."""

from __future__ import annotations

import re
from typing import Any

import highdicom as hd
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, RealWorldValueMappingStorage
from tests.workstation.test_reading_tools import fresh, opened, served_value
from tests.workstation.test_viewports import Phantom, written

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


@pytest.mark.filterwarnings("ignore:.*exceeds the size of 64 kByte.*")
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
        said = cell.value(0.5, 0.5, "kPa")
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
