"""A person reads what has no picture: reports, electrocardiograms, plans."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from playwright.sync_api import expect
from pydicom.data import get_testdata_file
from tests.workstation.at_rest import steady

Keep = Callable[[Any, str], Path]


def shipped(name: str) -> Path:
    return Path(str(get_testdata_file(name, download=False)))


def opened(site: Any, reader: Any, path: Path) -> Any:
    """Store a file, open its page and return the frame in which it is shown."""
    site.store(path)
    found = pydicom.dcmread(path, stop_before_pixels=True)
    reader.open(f"/document/{found.StudyInstanceUID}/{found.SeriesInstanceUID}/{found.SOPInstanceUID}")
    return reader.page.frame_locator("iframe")


def test_a_report_is_read(site: Any, reader: Any, picture: Keep) -> None:
    frame = opened(site, reader, shipped("test-SR.dcm"))
    frame.get_by_role("heading", name="Diagnosis").wait_for()
    frame.get_by_text("was detected.").first.wait_for()
    picture(reader.page, "document-report")
    reader.page.get_by_role("button", name="All attributes").click()
    frame.get_by_text("Verifying Observer Sequence").first.wait_for()


def test_an_electrocardiogram_is_on_millimetre_paper(site: Any, reader: Any, picture: Keep) -> None:
    frame = opened(site, reader, shipped("waveform_ecg.dcm"))
    drawing = frame.locator("svg").first
    drawing.wait_for()
    box = steady(reader.page, drawing.bounding_box)
    width = drawing.get_attribute("width")
    assert box["width"] == pytest.approx(float(width.removesuffix("mm")) * 96 / 25.4, abs=3)  # a CSS inch is 96 px
    expect(drawing.locator("polyline")).to_have_count(13)
    picture(reader.page, "document-ecg")
    frame.get_by_role("link", name="Whole recording").click()
    frame.get_by_role("link", name="3 x 4 and rhythm").wait_for()
    expect(frame.locator("svg").first.locator("polyline")).to_have_count(12)


def test_a_link_leads_from_a_report_to_its_image(site: Any, reader: Any, shared_data: Path, picture: Keep) -> None:
    folder = shared_data / "demo" / "sts_002" / "CT"
    image = pydicom.dcmread(sorted((folder / "image").iterdir())[0])
    site.store(folder / "image", folder / "mask")
    report = pydicom.dcmread(shipped("reportsi.dcm"))
    report.StudyInstanceUID = image.StudyInstanceUID
    reference = pydicom.Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    item = pydicom.Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "IMAGE"
    item.ReferencedSOPSequence = [reference]
    report.ContentSequence.append(item)
    path = site.department.settings.data_dir / "report.dcm"
    report.save_as(path)
    frame = opened(site, reader, path)
    small = frame.locator("img.thumbnail")
    small.wait_for()
    assert small.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    picture(reader.page, "document-link")
    frame.get_by_role("link", name="CT Image").click()
    reader.page.wait_for_url("**/view/**")


def test_a_document_that_is_not_here_is_told(reader: Any) -> None:
    reader.open("/document/1.2.3/1.2.4/1.2.5")
    expect(reader.page.get_by_role("alert")).to_contain_text("Not found")
