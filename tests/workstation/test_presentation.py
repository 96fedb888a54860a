"""Presentation states and key images: read from others, made on the page, valid, and shown again as they were."""

from __future__ import annotations

import importlib.util
import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    ExplicitVRLittleEndian,
    GrayscaleSoftcopyPresentationStateStorage,
    KeyObjectSelectionDocumentStorage,
    generate_uid,
)
from tests.workstation.at_rest import settle, steady


def _beside(name: str) -> ModuleType:
    """Return the module of this name in this folder."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


phantom = _beside("ct_phantom")


@pytest.fixture
def source(site: Any) -> pydicom.Dataset:
    """Return the middle slice of the CT phantom, which the archive has."""
    files = phantom.ct_files()
    for content in files:
        site.store_bytes(content)
    return pydicom.dcmread(io.BytesIO(files[1]))


def show(reader: Any) -> Any:
    """Return the page with the phantom open and nothing written over it."""
    reader.open(f"/view/{phantom.STUDY}/{phantom.SERIES}")
    reader.page.get_by_text("Image 2 of 3").wait_for()
    settle(reader.page)
    reader.page.keyboard.press("o")
    return reader.page


def shades(page: Any) -> np.ndarray:
    """Return what the picture shows as gray values, once it no longer changes."""
    settle(page)
    png = steady(page, page.locator(".canvas").first.screenshot)
    return np.asarray(imagecodecs.png_decode(png))[..., :3].mean(axis=-1)


def press_state(page: Any, is_shown: bool) -> None:
    """Press the only state, and wait until it is shown, or no more."""
    state = page.get_by_test_id("presentation-state")
    state.click()
    expect(page.get_by_test_id("state-overlay")).to_have_count(int(is_shown))


def corner_means(image: np.ndarray) -> dict[str, float]:
    """Return the mean shade where the mark would be in each corner of the whole image, fitted and upright."""
    height, width = image.shape
    picture_mm = (phantom.COLUMNS * phantom.COLUMN_SPACING_MM, phantom.ROWS * phantom.ROW_SPACING_MM)
    px_per_mm = min(height / picture_mm[1], width / picture_mm[0])
    (half_x, half_y) = (picture_mm[0] / 2 * px_per_mm, picture_mm[1] / 2 * px_per_mm)
    across, down = 13.5 * px_per_mm, 15 * px_per_mm
    found = {}
    for name, (sx, sy) in {"left": (-1, -1), "right": (1, -1), "lower left": (-1, 1), "lower right": (1, 1)}.items():
        x, y = width / 2 + sx * (half_x - across), height / 2 + sy * (half_y - down)
        found[name] = float(image[int(y) - 4 : int(y) + 5, int(x) - 4 : int(x) + 5].mean())
    return found


def brightest(means: dict[str, float]) -> str:
    """Return which corner has the mark."""
    return max(means, key=lambda corner: means[corner])


def stored(site: Any, modality: str) -> list[bytes]:
    """Return the files of this modality."""
    archive = site.department.archive
    files = [bytes(archive.current(instance)) for instance in archive.instances(phantom.STUDY)]
    return [content for content in files if pydicom.dcmread(io.BytesIO(content)).Modality == modality]


def dciodvfy_errors(content: bytes, path: Path) -> list[str]:
    """Return what dciodvfy calls an error; skips where it is not installed."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (package dicom3tools) is not installed")
    path.write_bytes(content)
    command = ["dciodvfy", "-new", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    return [line for line in (said.stdout + said.stderr).splitlines() if line.startswith("Error")]


def state_of(source: pydicom.Dataset, **changes: Any) -> bytes:
    """Return a grayscale presentation state about the source, made with pydicom alone."""
    dataset = Dataset()
    for keyword in ("StudyDate", "StudyTime", "AccessionNumber", "StudyID", "PatientName", "PatientID"):
        setattr(dataset, keyword, source[keyword].value)
    dataset.PatientBirthDate, dataset.PatientSex, dataset.ReferringPhysicianName = "19700102", "O", ""
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = source.StudyInstanceUID, generate_uid()
    dataset.SOPClassUID, dataset.SOPInstanceUID = GrayscaleSoftcopyPresentationStateStorage, generate_uid()
    dataset.Modality, dataset.SeriesNumber, dataset.InstanceNumber, dataset.Manufacturer = "PR", 50, 1, "Other"
    dataset.ContentLabel, dataset.ContentDescription, dataset.ContentCreatorName = "TURNED", "Turned", "Reader^Anna"
    dataset.PresentationCreationDate, dataset.PresentationCreationTime = "20260103", "101112"
    series, image = Dataset(), Dataset()
    image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = source.SOPClassUID, source.SOPInstanceUID
    series.SeriesInstanceUID, series.ReferencedImageSequence = source.SeriesInstanceUID, Sequence([image])
    dataset.ReferencedSeriesSequence = Sequence([series])
    area = Dataset()
    area.DisplayedAreaTopLeftHandCorner, area.DisplayedAreaBottomRightHandCorner = [1, 1], [128, 96]
    area.PresentationSizeMode, area.PresentationPixelSpacing = "SCALE TO FIT", source.PixelSpacing
    dataset.DisplayedAreaSelectionSequence = Sequence([area])
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = -1000, 1, "HU"
    voi = Dataset()
    voi.WindowCenter, voi.WindowWidth = 100, 20
    dataset.SoftcopyVOILUTSequence = Sequence([voi])
    dataset.PresentationLUTShape = "IDENTITY"
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("rotation", "flip", "corner"),
    [(0, "N", "left"), (180, "N", "lower right"), (0, "Y", "right"), (180, "Y", "lower left")],
)
def test_a_state_turns_and_windows_the_picture(
    site: Any, source: pydicom.Dataset, reader: Any, rotation: int, flip: str, corner: str
) -> None:
    site.store_bytes(state_of(source, ImageRotation=rotation, ImageHorizontalFlip=flip))
    page = show(reader)
    press_state(page, True)
    means = corner_means(shades(page))
    assert brightest(means) == corner
    # The window is 20 HU about 100: the mark is white, all else black.
    assert means[corner] > 250
    assert sorted(means.values())[2] < 5
    press_state(page, False)
    means = corner_means(shades(page))
    assert brightest(means) == "left"
    assert sorted(means.values())[2] > 100 or means["right"] > 50


def test_a_quarter_turn_is_clockwise(site: Any, source: pydicom.Dataset, reader: Any) -> None:
    site.store_bytes(state_of(source, ImageRotation=90, ImageHorizontalFlip="N"))
    page = show(reader)
    press_state(page, True)
    rows, columns = np.nonzero(shades(page) > 200)
    height, width = shades(page).shape
    assert rows.mean() < height / 2
    assert columns.mean() > width / 2


def test_shutter_and_annotations_lie_where_the_state_says(
    site: Any, source: pydicom.Dataset, reader: Any, picture: Callable[[Any, str], Path]
) -> None:
    graphic, text, layer, annotation = Dataset(), Dataset(), Dataset(), Dataset()
    graphic.GraphicAnnotationUnits, graphic.GraphicDimensions, graphic.NumberOfGraphicPoints = "PIXEL", 2, 2
    graphic.GraphicData, graphic.GraphicType, graphic.GraphicFilled = [64, 48, 74, 48], "CIRCLE", "N"
    text.UnformattedTextValue = "Nodule"
    text.AnchorPointAnnotationUnits, text.AnchorPoint, text.AnchorPointVisibility = "PIXEL", [80, 40], "N"
    layer.GraphicLayer, layer.GraphicLayerOrder = "A", 1
    annotation.GraphicLayer = "A"
    annotation.GraphicObjectSequence, annotation.TextObjectSequence = Sequence([graphic]), Sequence([text])
    voi = Dataset()
    voi.WindowCenter, voi.WindowWidth = 0, 400
    content = state_of(
        source,
        ShutterShape="CIRCULAR",
        CenterOfCircularShutter=[48, 64],
        RadiusOfCircularShutter=30,
        ShutterPresentationValue=0,
        GraphicLayerSequence=Sequence([layer]),
        GraphicAnnotationSequence=Sequence([annotation]),
        SoftcopyVOILUTSequence=Sequence([voi]),
    )
    site.store_bytes(content)
    page = show(reader)
    press_state(page, True)
    image = shades(page)
    picture(page, "presentation-state")
    # Behind the shutter it is black up to the edge, in front of it the phantom's square.
    assert max(corner_means(image).values()) < 2
    height, width = image.shape
    middle = image[height // 2 - 3 : height // 2 + 4, width // 2 - 3 : width // 2 + 4]
    assert middle.mean() == pytest.approx((60 + 200) / 400 * 255, abs=3)
    overlay = page.get_by_test_id("state-overlay")
    expect(overlay.locator("text")).to_have_text("Nodule")
    page.keyboard.press("ArrowDown")
    expect(overlay.locator("*")).to_have_count(0)  # the state is about another image


def test_a_saved_view_is_valid_and_comes_back(
    site: Any, source: pydicom.Dataset, reader: Any, tmp_path: Path, picture: Callable[[Any, str], Path]
) -> None:
    page = show(reader)
    for key in ("r", "h", "+", "i", "3"):
        page.keyboard.press(key)
    page.get_by_text("Presentation states").click()
    page.get_by_label("Name of the view").fill("Leber, gedreht")
    before = shades(page)
    page.get_by_role("button", name="Save this view").click()
    page.get_by_test_id("presentation-state").wait_for()
    (written,) = stored(site, "PR")
    dataset = pydicom.dcmread(io.BytesIO(written))
    assert (dataset.ImageRotation, dataset.ImageHorizontalFlip) == (90, "Y")
    assert dciodvfy_errors(written, tmp_path / "state.dcm") == []

    page = show(reader)
    press_state(page, True)
    after = shades(page)
    picture(page, "presentation-state-reloaded")
    assert np.abs(after - before).mean() < 2


def test_key_images_are_marked_stored_and_found_again(
    site: Any, source: pydicom.Dataset, reader: Any, tmp_path: Path, picture: Callable[[Any, str], Path]
) -> None:
    page = show(reader)
    page.keyboard.press("k")
    page.get_by_text("1 marked, not stored").wait_for()
    page.keyboard.press("o")
    page.keyboard.press("ArrowDown")
    page.get_by_text("Image 3 of 3").wait_for()
    page.keyboard.press("o")
    page.keyboard.press("k")
    page.get_by_text("2 marked, not stored").wait_for()
    page.get_by_label("Title").select_option(label="For Teaching")
    page.get_by_label("Description").fill("Das Quadrat")
    page.get_by_role("button", name="Store").click()
    page.get_by_test_id("key-image-note").wait_for()
    picture(page, "key-images")
    (written,) = stored(site, "KO")
    dataset = pydicom.dcmread(io.BytesIO(written))
    assert dataset.SOPClassUID == KeyObjectSelectionDocumentStorage
    assert dataset.ConceptNameCodeSequence[0].CodeValue == "113004"
    meant = [item.ReferencedSOPSequence[0] for item in dataset.ContentSequence if item.ValueType == "IMAGE"]
    assert source.SOPInstanceUID in {one.ReferencedSOPInstanceUID for one in meant}
    assert len(meant) == 2
    assert dciodvfy_errors(written, tmp_path / "key.dcm") == []

    page = show(reader)
    note = page.get_by_test_id("key-image-note")
    note.wait_for()
    expect(note).to_contain_text("Das Quadrat")
    page.keyboard.press("o")
    page.keyboard.press("Home")
    page.get_by_text("Image 1 of 3").wait_for()
    note.get_by_role("button").first.click()
    page.get_by_text("Image 2 of 3").wait_for()
