"""Reports, waveforms, plans and dose grids on the reading page, beside the pictures."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.uid import ComprehensiveSRStorage, ExplicitVRLittleEndian, ParametricMapStorage, RTDoseStorage
from tests.workstation.at_rest import settle, text_of

Keep = Callable[[Any, str], Path]
SPACE = "1.2.826.0.1.4711.9"
STUDY, IMAGES, REPORTS, DOSE = "1.2.826.0.1.5.1", "1.2.826.0.1.5.1.1", "1.2.826.0.1.5.1.2", "1.2.826.0.1.5.1.3"


def file_of(dataset: Dataset) -> bytes:
    stream = io.BytesIO()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def ct_slice(number: int) -> Dataset:
    """Return one image of seven; each holds its own number everywhere."""
    found = pydicom.dcmread(str(get_testdata_file("CT_small.dcm", download=False)))
    found.StudyInstanceUID, found.SeriesInstanceUID = STUDY, IMAGES
    found.SOPInstanceUID = f"{IMAGES}.{number}"
    found.SeriesNumber, found.InstanceNumber = 1, number
    found.FrameOfReferenceUID = SPACE
    found.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    found.ImagePositionPatient = [0, 0, 5 * number]
    found.PixelData = np.full((found.Rows, found.Columns), number + 1024, "<i2").tobytes()
    found.RescaleSlope, found.RescaleIntercept = 1, -1024
    return found


def report(number: int, title: str, referenced: int) -> bytes:
    """Return a report that names an image, and another report if it is the second one."""
    found = Dataset()
    found.SOPClassUID, found.SOPInstanceUID = ComprehensiveSRStorage, f"{REPORTS}.{number}"
    found.StudyInstanceUID, found.SeriesInstanceUID = STUDY, REPORTS
    found.PatientName, found.PatientID, found.StudyDate, found.StudyTime = "CompressedSamples^CT1", "1CT1", "", ""
    found.Modality, found.SeriesNumber, found.InstanceNumber = "SR", 2, number
    found.ContentDate, found.ContentTime = f"2026010{number}", "101010"
    found.CompletionFlag, found.VerificationFlag = "COMPLETE", "UNVERIFIED"
    found.ValueType, found.ContinuityOfContent = "CONTAINER", "SEPARATE"
    found.ConceptNameCodeSequence = [code("121070", title)]
    image = Dataset()
    image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = ct_slice(1).SOPClassUID, f"{IMAGES}.{referenced}"
    item = Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "IMAGE"
    item.ReferencedSOPSequence = [image]
    found.ContentSequence = [item]
    return file_of(found)


def code(value: str, meaning: str) -> Dataset:
    found = Dataset()
    found.CodeValue, found.CodingSchemeDesignator, found.CodeMeaning = value, "DCM", meaning
    return found


@pytest.fixture
def study(site: Any, reader: Any) -> Any:
    """Return the reading page of a study of seven images and two reports."""
    for number in range(1, 8):
        site.store_bytes(file_of(ct_slice(number)))
    site.store_bytes(report(1, "First impression", 2))
    site.store_bytes(report(2, "Second opinion", 6))
    reader.open(f"/view/{STUDY}")
    reader.page.get_by_text("Image 4 of 7").wait_for()
    return reader.page


def test_a_report_opens_in_its_cell_and_leads_to_its_image(study: Any, picture: Keep) -> None:
    page = study
    page.locator(".rail-card").nth(1).click()
    frame = page.frame_locator("iframe")
    frame.get_by_role("heading", name="Second opinion").wait_for()  # the newest one
    page.get_by_label("Objects of this series").select_option(index=1)
    frame.get_by_role("heading", name="First impression").wait_for()
    frame.get_by_role("link", name="CT Image").click()
    page.get_by_text("Image 6 of 7").wait_for()  # image 2 of the feet, counted from the head
    frame.get_by_role("heading", name="First impression").wait_for()  # still there, beside it
    expect(page.locator(".viewport-cell")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"^[^?]*$"))
    picture(page, "cell-report-and-image")
    page.get_by_label("Objects of this series").select_option(index=0)
    frame.get_by_role("heading", name="Second opinion").wait_for()
    frame.get_by_role("link", name="CT Image").click()
    page.get_by_text("Image 2 of 7").wait_for()
    expect(page.locator(".viewport-cell")).to_have_count(2)


def test_keys_work_while_a_report_has_the_focus(study: Any) -> None:
    page = study
    page.locator(".rail-card").nth(1).click()
    page.frame_locator("iframe").get_by_role("heading", name="Second opinion").click()
    page.keyboard.press("[")
    page.get_by_text("Image 4 of 7").wait_for()


def test_an_address_names_an_image(study: Any, site: Any) -> None:
    study.goto(f"{site.address}/view/{STUDY}/{IMAGES}?instance={IMAGES}.7&frame=1")
    study.get_by_text("Image 1 of 7").wait_for()


def test_the_study_list_opens_an_electrocardiogram_on_the_reading_page(site: Any, reader: Any, picture: Keep) -> None:
    path = Path(str(get_testdata_file("waveform_ecg.dcm", download=False)))
    site.store(path)
    page = reader.page
    reader.open(f"/studies/{pydicom.dcmread(path).StudyInstanceUID}")
    page.locator(".series-card").first.click()
    page.wait_for_url("**/view/**")
    drawing = page.frame_locator(".viewport-cell iframe").locator("svg").first
    drawing.wait_for()
    expect(drawing.locator("polyline")).to_have_count(13)
    picture(page, "cell-ecg")


def dose_grid() -> bytes:
    """Return a dose grid of five planes, 4 mm apart: the plane of number n holds n + column / 100 Gy."""
    found = Dataset()
    found.SOPClassUID, found.SOPInstanceUID = RTDoseStorage, f"{DOSE}.1"
    found.StudyInstanceUID, found.SeriesInstanceUID = STUDY, DOSE
    found.PatientName, found.PatientID, found.StudyDate, found.StudyTime = "Dose^Grid", "D", "20260101", "101010"
    found.Modality, found.SeriesNumber, found.InstanceNumber = "RTDOSE", 3, 1
    found.FrameOfReferenceUID = SPACE
    found.ImageOrientationPatient, found.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, 10]
    found.PixelSpacing, found.Rows, found.Columns, found.NumberOfFrames = [2, 2], 30, 40, 5
    found.GridFrameOffsetVector = [0, 4, 8, 12, 16]
    found.SamplesPerPixel, found.PhotometricInterpretation = 1, "MONOCHROME2"
    found.BitsAllocated, found.BitsStored, found.HighBit, found.PixelRepresentation = 32, 32, 31, 0
    found.DoseUnits, found.DoseType, found.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    found.DoseGridScaling = "0.0001"
    plane, column = np.meshgrid(np.arange(1, 6), np.arange(40), indexing="ij")
    values = np.repeat((plane * 10000 + column * 100)[:, None, :], 30, axis=1)
    found.PixelData = values.astype("<u4").tobytes()
    return file_of(found)


def value_in_the_middle(page: Any, pattern: str) -> str:
    settle(page)
    box = page.locator(".canvas").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    return text_of(page, page.locator(".bottom-right > :last-child").first, pattern)


def test_dose_is_in_gray_and_every_plane_in_its_place(site: Any, reader: Any, picture: Keep) -> None:
    site.store_bytes(dose_grid())
    page = reader.page
    reader.open(f"/view/{STUDY}/{DOSE}")
    page.get_by_text("Image 1 of 5").wait_for()
    pattern = r"\((\d+), \d+\)\s+([\d.]+) (\S+)"
    column, value, unit = re.match(pattern, value_in_the_middle(page, pattern)).groups()  # type: ignore[union-attr]
    assert (float(value), unit) == (pytest.approx(1 + int(column) / 100), "Gy")
    page.keyboard.press("End")
    page.get_by_text("Image 5 of 5").wait_for()
    page.get_by_text(re.compile(r"26\.?0? mm")).first.wait_for()  # 10 mm and four planes of 4 mm
    page.keyboard.press("C")
    page.get_by_text("coronal").first.wait_for()
    settle(page)
    picture(page, "dose-coronal")
    pattern = r"\((\d+), \d+, (\d+)\)\s+([\d.]+) Gy"
    found = re.match(pattern, value_in_the_middle(page, pattern))
    assert found
    assert float(found[3]) == pytest.approx(int(found[2]) + int(found[1]) / 100)


def test_a_parametric_map_shows_its_values_in_their_unit(site: Any, reader: Any, picture: Keep) -> None:
    series = f"{STUDY}.4"
    found = Dataset()
    found.SOPClassUID, found.SOPInstanceUID = ParametricMapStorage, f"{series}.1"
    found.StudyInstanceUID, found.SeriesInstanceUID = STUDY, series
    found.PatientName, found.PatientID, found.StudyDate, found.StudyTime = "Map^ADC", "M", "20260101", "101010"
    found.Modality, found.SeriesNumber, found.InstanceNumber, found.NumberOfFrames = "MR", 4, 1, 2
    found.Rows, found.Columns = 20, 30
    found.SamplesPerPixel, found.PhotometricInterpretation, found.BitsAllocated = 1, "MONOCHROME2", 32
    mapping, unit = Dataset(), Dataset()
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "mm2/s", "UCUM", "mm2/s"
    mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = 1.0, 0.0
    mapping.MeasurementUnitsCodeSequence = [unit]
    shared = Dataset()
    shared.RealWorldValueMappingSequence = [mapping]
    found.SharedFunctionalGroupsSequence = [shared]
    found.FloatPixelData = (np.arange(2 * 20 * 30, dtype="<f4") * 1e-6).tobytes()
    site.store_bytes(file_of(found))
    page = reader.page
    reader.open(f"/view/{STUDY}/{series}")
    page.get_by_text("Image 1 of 2").wait_for()
    pattern = r"\((\d+), (\d+)\)\s+(\S+) mm²/s"
    said = value_in_the_middle(page, pattern)
    picture(page, "parametric-map")
    column, row, value = re.match(pattern, said).groups()  # type: ignore[union-attr]
    assert float(value) == pytest.approx((int(row) * 30 + int(column)) * 1e-6, rel=1e-3)
