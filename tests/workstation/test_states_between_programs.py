"""Presentation states and key images go from one program to another: dcmtk, highdicom and the reading page."""

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
from pydicom.sr.codedict import codes
from tests.workstation.at_rest import settle, steady, until

hd = pytest.importorskip("highdicom")


def _beside(name: str) -> ModuleType:
    """Return the module of this name in this folder."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


phantom, validators = _beside("ct_phantom"), _beside("validators")
Keep = Callable[[Any, str], Path]
EQUIPMENT = {
    "manufacturer": "Others",
    "manufacturer_model_name": "Their software",
    "software_versions": "1",
    "device_serial_number": "7",
}


@pytest.fixture(scope="module")
def source(one_site: Any, tmp_path_factory: pytest.TempPathFactory) -> pydicom.Dataset:
    """Return the middle slice of the CT phantom, with an overlay of its own; the archive has the series."""
    files = phantom.ct_files()
    middle = pydicom.dcmread(io.BytesIO(files[1]))
    marked = np.zeros((phantom.ROWS, phantom.COLUMNS), np.uint8)
    marked[80:84, 10:50] = 1
    middle.add_new(0x60000010, "US", phantom.ROWS)
    middle.add_new(0x60000011, "US", phantom.COLUMNS)
    middle.add_new(0x60000040, "CS", "G")
    middle.add_new(0x60000050, "SS", [1, 1])
    middle.add_new(0x60000100, "US", 1)
    middle.add_new(0x60000102, "US", 0)
    middle.add_new(0x60003000, "OW", np.packbits(marked.ravel(), bitorder="little").tobytes())
    path = tmp_path_factory.mktemp("source") / "middle.dcm"
    middle.save_as(path)
    for content in (files[0], path.read_bytes(), files[2]):
        one_site.store_bytes(content)
    return pydicom.dcmread(path)


def stored_bytes(dataset: pydicom.Dataset) -> bytes:
    stream = io.BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


def show(reader: Any) -> Any:
    """Return the page with the phantom open and nothing written over it."""
    page = reader.page
    reader.open(f"/view/{phantom.STUDY}/{phantom.SERIES}")
    page.get_by_text("Image 2 of 3").wait_for()
    page.locator(".canvas canvas").first.wait_for()
    settle(page)
    page.keyboard.press("o")
    return page


def press(page: Any, name: str) -> Any:
    """Show the state of this name; return what it writes over the image."""
    page.get_by_test_id("presentation-state").filter(has_text=name).click()
    overlay = page.get_by_test_id("state-overlay")
    overlay.wait_for()
    return overlay


def shades(page: Any) -> np.ndarray:
    """Return the picture as gray values, once it no longer changes."""
    settle(page)
    png = steady(page, page.locator(".canvas").first.screenshot)
    return np.asarray(imagecodecs.png_decode(png))[..., :3].mean(axis=-1)


def states(site: Any, modality: str = "PR") -> list[tuple[pydicom.Dataset, bytes]]:
    """Return our objects of this modality, oldest first."""
    archive = site.department.archive
    files = [bytes(archive.current(instance)) for instance in archive.instances(phantom.STUDY)]
    read = [(pydicom.dcmread(io.BytesIO(content)), content) for content in files]
    ours = [one for one in read if one[0].Modality == modality and one[0].Manufacturer == "Isocenter"]
    return sorted(ours, key=lambda one: str(one[0].InstanceCreationDate) + str(one[0].InstanceCreationTime))


def of_highdicom(source: pydicom.Dataset) -> bytes:
    """Return a state with graphics in pixels and in shares of the display, a text, and a sigmoid window."""
    circle = hd.pr.GraphicObject(
        graphic_type="CIRCLE", graphic_data=np.array([[64.0, 48.0], [84.0, 48.0]]), units="PIXEL", is_filled=False
    )
    line = hd.pr.GraphicObject(
        graphic_type="POLYLINE", graphic_data=np.array([[0.1, 0.1], [0.9, 0.1]]), units="DISPLAY"
    )
    text = hd.pr.TextObject(text_value="Square", units="DISPLAY", bounding_box=(0.4, 0.05, 0.6, 0.1))
    layer = hd.pr.GraphicLayer(layer_name="MARKS", order=1, description="Marks")
    window = hd.pr.SoftcopyVOILUTTransformation(window_center=60, window_width=200, voi_lut_function="SIGMOID")
    return stored_bytes(
        hd.pr.GrayscaleSoftcopyPresentationState(
            referenced_images=[source],
            series_instance_uid=f"{phantom.STUDY}.81",
            series_number=81,
            sop_instance_uid=f"{phantom.STUDY}.81.1",
            instance_number=1,
            content_label="HIGHDICOM",
            content_description="By highdicom",
            graphic_layers=[layer],
            graphic_annotations=[
                hd.pr.GraphicAnnotation(
                    referenced_images=[source], graphic_layer=layer, graphic_objects=[circle, line], text_objects=[text]
                )
            ],
            voi_lut_transformations=[window],
            presentation_lut_transformation=hd.PresentationLUTTransformation(presentation_lut_shape="INVERSE"),
            **EQUIPMENT,
        )
    )


def test_a_state_of_highdicom_is_shown_and_saved_again(
    one_site: Any, same_reader: Any, source: pydicom.Dataset, tmp_path: Path, picture: Keep
) -> None:
    one_site.store_bytes(of_highdicom(source))
    page = show(same_reader)
    overlay = press(page, "By highdicom")
    image = shades(page)
    picture(page, "state-by-highdicom")
    # The square has the value in the middle of the window: half the shade, and by the sigmoid exactly so.
    height, width = image.shape
    middle = image[height // 2 - 3 : height // 2 + 4, width // 2 - 3 : width // 2 + 4]
    assert middle.mean() == pytest.approx(127.5, abs=4)
    # Inverted: what lies far below the window is bright.
    background = 255 * (1 - 1 / (1 + np.exp(-4 * (phantom.BACKGROUND_HU - 60) / 200)))
    assert np.median(image[int(height * 0.9), int(width * 0.4) : int(width * 0.6)]) == pytest.approx(background, abs=6)
    expect(overlay.locator("text")).to_have_text("Square")
    line = overlay.locator("path").nth(1).bounding_box()
    canvas = page.locator(".canvas").first.bounding_box()
    shown_px = min(canvas["width"] / 96, canvas["height"] / 120) * 96
    assert line["width"] == pytest.approx(0.8 * shown_px, abs=4)

    page.get_by_label("Name of the view").fill("Once more")
    page.get_by_role("button", name="Save this view").click()
    page.get_by_test_id("presentation-state").filter(has_text="Once more").wait_for()
    written, content = states(one_site)[-1]
    path = tmp_path / "state.dcm"
    path.write_bytes(content)
    assert validators.complaints(path) == []
    assert validators.state_complaints(path) == []
    assert written.SoftcopyVOILUTSequence[0].VOILUTFunction == "SIGMOID"
    assert written.PresentationLUTShape == "INVERSE"
    units = {
        each.GraphicAnnotationUnits
        for annotation in written.GraphicAnnotationSequence
        for each in annotation.get("GraphicObjectSequence", ())
    }
    assert units == {"PIXEL", "DISPLAY"}
    page = show(same_reader)
    press(page, "Once more")
    assert np.abs(shades(page) - image).mean() < 2


def test_a_state_of_dcmtk_is_shown_with_the_overlay_of_its_image(
    one_site: Any, same_reader: Any, source: pydicom.Dataset, tmp_path: Path, picture: Keep
) -> None:
    if shutil.which("dcmpsmk") is None:
        pytest.skip("dcmpsmk (Debian: dcmtk) is not installed")
    source.save_as(tmp_path / "image.dcm")
    command = ["dcmpsmk", "+Vl", "+oc", tmp_path / "image.dcm", tmp_path / "state.dcm"]
    subprocess.run(command, check=True, capture_output=True)
    made = pydicom.dcmread(tmp_path / "state.dcm")
    made.ContentDescription = "By dcmtk"
    made.ImageRotation, made.ImageHorizontalFlip = 0, "Y"
    one_site.store_bytes(stored_bytes(made))
    page = show(same_reader)
    overlay = press(page, "By dcmtk")
    bar = overlay.locator("[data-overlay]")
    bar.wait_for(state="attached")
    settle(page)
    picture(page, "state-by-dcmtk")
    # 40 of 128 columns and 4 of 96 rows, lower left in the image, so lower right when it is flipped.
    canvas, box = page.locator(".canvas").first.bounding_box(), bar.bounding_box()
    px_per_mm = min(canvas["width"] / 96, canvas["height"] / 120)
    assert box["width"] == pytest.approx(40 * phantom.COLUMN_SPACING_MM * px_per_mm, abs=1)
    assert box["height"] == pytest.approx(4 * phantom.ROW_SPACING_MM * px_per_mm, abs=1)
    middle = canvas["x"] + canvas["width"] / 2
    assert box["x"] + box["width"] == pytest.approx(middle + (64 - 10) * phantom.COLUMN_SPACING_MM * px_per_mm, abs=1.5)


@pytest.mark.parametrize(
    ("key", "shape", "start", "end", "inside"),
    [
        ("q", "RECTANGULAR", (0.45, 0.45), (0.55, 0.6), (0.5, 0.53)),
        ("e", "POLYGONAL", (0.5, 0.3), (0.56, 0.4), (0.5, 0.34)),
    ],
)
def test_a_region_that_was_drawn_becomes_a_shutter(
    one_site: Any,
    same_reader: Any,
    source: pydicom.Dataset,
    tmp_path: Path,
    picture: Keep,
    key: str,
    shape: str,
    start: tuple[float, float],
    end: tuple[float, float],
    inside: tuple[float, float],
) -> None:
    page = show(same_reader)
    page.keyboard.press(key)
    settle(page)
    canvas = page.locator(".canvas").first.bounding_box()
    page.mouse.move(canvas["x"] + canvas["width"] * start[0], canvas["y"] + canvas["height"] * start[1])
    page.mouse.down()
    page.mouse.move(canvas["x"] + canvas["width"] * end[0], canvas["y"] + canvas["height"] * end[1], steps=6)
    page.mouse.up()
    name = {"q": "Rectangle 1", "e": "Ellipse 1"}[key]
    page.get_by_test_id("measurement").filter(has=page.get_by_placeholder(name)).wait_for()
    choice = page.get_by_label("Shutter around")
    if not choice.is_visible():
        page.get_by_text("Presentation states").click()
    choice.select_option(label=name)
    page.get_by_label("Name of the view").fill(f"Through {shape}")
    page.get_by_role("button", name="Save this view").click()
    page.get_by_test_id("presentation-state").filter(has_text=f"Through {shape}").wait_for()
    written, content = states(one_site)[-1]
    assert written.ShutterShape == shape
    path = tmp_path / "state.dcm"
    path.write_bytes(content)
    assert validators.complaints(path) == []
    assert validators.state_complaints(path) == []
    page = show(same_reader)
    press(page, f"Through {shape}")
    image = shades(page)
    picture(page, f"state-{shape.lower()}")
    height, width = image.shape
    assert image[height // 2, int(width * 0.4)] == 0
    assert image[int(height * inside[1]), int(width * inside[0])] > 50


def test_a_view_of_a_colour_image_is_saved_as_a_colour_state(
    one_site: Any, same_reader: Any, tmp_path: Path, picture: Keep
) -> None:
    image = pydicom.dcmread(io.BytesIO(phantom.ct_files()[0]))
    for keyword in ("RescaleIntercept", "RescaleSlope", "RescaleType", "WindowCenter", "WindowWidth"):
        delattr(image, keyword)
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    image.SeriesInstanceUID, image.Modality, image.SeriesNumber = f"{phantom.STUDY}.83", "OT", 83
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"{phantom.STUDY}.83.1"
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PlanarConfiguration = 3, "RGB", 0
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 8, 8, 7, 0
    pixels = np.zeros((phantom.ROWS, phantom.COLUMNS, 3), np.uint8)
    pixels[:, :64] = (200, 30, 30)
    image.PixelData = pixels.tobytes()
    one_site.store_bytes(stored_bytes(image))
    page = same_reader.page
    address = f"/view/{phantom.STUDY}/{phantom.STUDY}.83"
    same_reader.open(address)
    page.get_by_text("Image 1 of 1").wait_for()
    settle(page)
    page.keyboard.press("o")
    as_stored = shades(page)
    page.keyboard.press("h")
    turned = until(page, lambda: shades(page), lambda now: np.abs(now - as_stored).mean() > 5)
    assert np.abs(turned - as_stored).mean() > 5
    name = page.get_by_label("Name of the view")
    if not name.is_visible():
        page.get_by_text("Presentation states").click()
    name.fill("Red on the right")
    page.get_by_role("button", name="Save this view").click()
    page.get_by_test_id("presentation-state").filter(has_text="Red on the right").wait_for()
    written, content = states(one_site)[-1]
    assert written.SOPClassUID == "1.2.840.10008.5.1.4.1.1.11.2"
    assert written.ImageHorizontalFlip == "Y"
    assert written.ICCProfile[36:40] == b"acsp"
    path = tmp_path / "colour.dcm"
    path.write_bytes(content)
    assert validators.complaints(path) == []
    same_reader.open(address)
    page.get_by_text("Image 1 of 1").wait_for()
    settle(page)
    page.keyboard.press("o")
    page.get_by_test_id("presentation-state").filter(has_text="Red on the right").click()
    page.get_by_test_id("state-overlay").wait_for()
    picture(page, "state-colour")
    assert np.abs(shades(page) - turned).mean() < 2


def test_key_images_of_highdicom_are_found_and_shown(one_site: Any, same_reader: Any, source: pydicom.Dataset) -> None:
    content = hd.ko.KeyObjectSelection(
        document_title=codes.DCM.ForTeaching,
        referenced_objects=[source],
        description="The square",
    )
    document = hd.ko.KeyObjectSelectionDocument(
        evidence=[source],
        content=content,
        series_instance_uid=f"{phantom.STUDY}.82",
        series_number=82,
        sop_instance_uid=f"{phantom.STUDY}.82.1",
        instance_number=1,
        manufacturer="Others",
    )
    one_site.store_bytes(stored_bytes(document))
    page = show(same_reader)
    note = page.get_by_test_id("key-image-note").filter(has_text="The square")
    note.wait_for()
    expect(note).to_contain_text("For Teaching")
    page.keyboard.press("o")
    page.keyboard.press("Home")
    page.get_by_text("Image 1 of 3").wait_for()
    note.get_by_role("button").first.click()
    page.get_by_text("Image 2 of 3").wait_for()
