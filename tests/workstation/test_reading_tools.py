"""Tools of a reader on known phantoms: windows, letters, lines, film, turned planes, solids, series over each other."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import SpatialRegistrationStorage, generate_uid
from tests.workstation.at_rest import settle, steady, until
from tests.workstation.test_viewports import STRAIGHT, Cell, Phantom, pet_file, written

from isocenter.server.web.reading_room import STATIC

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (STATIC / "index.html").is_file(), reason="the viewer is not built (make viewer)"),
]


def fresh() -> Phantom:
    """Return the phantom in a study of its own."""
    study = generate_uid()[:54]
    return replace(STRAIGHT, study_uid=study, series_uid=f"{study}.1", space_uid=f"{study}.9")


def opened(site: Any, reader: Any, phantom: Phantom) -> tuple[Any, Cell]:
    """Store a phantom, open it, and return the page and its first cell."""
    for file in phantom.files():
        site.store_bytes(file)
    reader.open(f"/view/{phantom.study_uid}/{phantom.series_uid}")
    cell = Cell(reader.page)
    cell.wait_for("Image 6 of 12")
    return reader.page, cell


def letters(page: Any) -> dict[str, str]:
    """Return the orientation letters at the four edges of the first cell."""
    cell = page.locator(".viewport-cell").first
    edges = ("left", "right", "top", "bottom")
    return {edge: cell.locator(f".orientation.{edge}").inner_text() for edge in edges}


def expect_letters(page: Any, left: str, top: str) -> None:
    """Expect letters at the left and the top edge."""
    cell = page.locator(".viewport-cell").first
    expect(cell.locator(".orientation.left")).to_have_text(left)
    expect(cell.locator(".orientation.top")).to_have_text(top)


def test_a_window_is_taken_from_a_region_and_from_the_picture(one_site: Any, same_reader: Any) -> None:
    page, cell = opened(one_site, same_reader, fresh())
    corners = [cell.place_and_value(*place)[1] for place in [(0.45, 0.4), (0.55, 0.6)]]
    page.keyboard.press("W")
    cell.drag((0.45, 0.4), (0.55, 0.6))
    found = re.search(r"W (\d+)\s+L (\d+)", until(page, cell.text, lambda text: "W 24000" not in text))
    assert found
    row = STRAIGHT.n_columns
    assert float(found[1]) == pytest.approx(corners[1] - corners[0], abs=2.5 * row)
    assert float(found[2]) == pytest.approx(sum(corners) / 2, abs=2 * row)
    page.keyboard.press("0")
    cell.wait_for("W 24000")


def test_a_picture_follows_the_hand_that_moves_it(one_site: Any, same_reader: Any) -> None:
    page, cell = opened(one_site, same_reader, fresh())
    held = cell.place_and_value(0.5, 0.5)
    page.keyboard.press("p")
    cell.drag((0.5, 0.5), (0.56, 0.42))
    moved = until(
        page,
        lambda: cell.place_and_value(0.56, 0.42),
        lambda now: max(abs(a - b) for a, b in zip(held[0], now[0], strict=True)) <= 1,
    )
    assert max(abs(a - b) for a, b in zip(held[0], moved[0], strict=True)) <= 1
    assert cell.place_and_value(0.5, 0.5)[0] != held[0]
    page.keyboard.press("0")
    assert until(page, lambda: cell.place_and_value(0.5, 0.5), lambda now: now == held) == held


def test_letters_follow_the_picture_as_it_is_turned(one_site: Any, same_reader: Any) -> None:
    page, _ = opened(one_site, same_reader, fresh())
    expect_letters(page, "R", "A")
    page.keyboard.press("r")  # clockwise: what was left comes to the top
    expect_letters(page, "P", "R")
    page.keyboard.press("h")
    expect_letters(page, "A", "R")
    page.keyboard.press("R")
    page.keyboard.press("v")
    page.keyboard.press("0")
    expect_letters(page, "R", "A")
    whole = {"left": "R", "right": "L", "top": "A", "bottom": "P"}
    assert until(page, lambda: letters(page), lambda found: found == whole) == whole


def test_a_line_shows_where_the_other_picture_lies(one_site: Any, same_reader: Any) -> None:
    page, cell = opened(one_site, same_reader, fresh())
    for key in ("G", "1", "2"):
        page.keyboard.press(key)
    page.locator(".rail-card").first.drag_to(page.locator(".viewport-cell").nth(1))
    other = Cell(page, 2)
    other.wait_for("Image 6 of 12")
    page.keyboard.press("C")
    other.wait_for("coronal")
    page.keyboard.press("Shift+ArrowLeft")
    line = page.locator(".viewport-cell").nth(1).locator(".reference-line line")

    other.wait_for_volume()

    def heights_px() -> tuple[float, float]:
        settle(page)
        return float(line.get_attribute("y1")), float(line.get_attribute("y2"))

    first, second = steady(page, heights_px)
    assert second == pytest.approx(first, abs=0.5), "an axial image crosses a coronal one level"
    page.keyboard.press("PageUp")
    cell.wait_for("Image 1 of 12")
    expected = pytest.approx(5 * 2.5 / other.mm_per_px(), rel=0.02)
    rise_px = until(page, lambda: first - heights_px()[0], lambda found: found == expected)
    assert rise_px == expected, "five images towards the head"


def test_a_film_plays_and_tells_its_rate(one_site: Any, same_reader: Any) -> None:
    page, _ = opened(one_site, same_reader, fresh())
    page.locator(".frame-bar input[type=number]").fill("5")
    page.locator(".frame-bar input[type=number]").press("Tab")
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".frame-rate")).to_have_text(re.compile(r"\d+\.\d frames/s"))

    def rate_per_s() -> float:
        return float(page.locator(".frame-rate").inner_text().split()[0])

    # What is measured, and not faster than asked for: a picture that was late makes the next one seem early, once.
    page.wait_for_timeout(2000)
    rate = until(page, rate_per_s, lambda found: 0.3 <= found <= 5.5)
    assert 0.3 <= rate <= 5.5
    page.get_by_role("button", name="Pause").click()


def assert_values(cell: Cell, phantom: Phantom) -> None:
    """Assert that what is written at some places of a plane is what the phantom holds there."""
    for x, y in [(0.47, 0.47), (0.5, 0.5), (0.53, 0.54)]:
        (column, row, image), value = cell.place_and_value(x, y)
        assert value == phantom.value(column, row, phantom.n_images - image)


def test_a_plane_is_turned_by_keys_and_by_hand(one_site: Any, same_reader: Any) -> None:
    phantom = fresh()
    page, cell = opened(one_site, same_reader, phantom)
    page.keyboard.press("A")
    cell.wait_for("axial")
    cell.wait_for_volume()
    for key in (")", ")", ":", ":"):
        page.keyboard.press(key)
    cell.wait_for("oblique axial")
    assert_values(cell, phantom)
    images = {cell.place_and_value(x, 0.5)[0][2] for x in (0.3, 0.5, 0.7)}
    assert len(images) > 1, "a turned plane crosses images"
    page.keyboard.press("0")
    page.wait_for_function("() => !document.querySelector('.overlays').textContent.includes('oblique')")
    # By hand: the handle of the line of another plane.
    page.keyboard.press("M")
    for number, plane in enumerate(("axial", "coronal", "sagittal"), 1):
        Cell(page, number).wait_for(plane)
        Cell(page, number).wait_for_volume()
    page.keyboard.press("x")
    first = Cell(page, 1)
    page.mouse.move(*first.at(0.7, 0.5))
    page.mouse.move(*first.at(0.72, 0.5))
    handles = page.locator(".viewport-cell").first.locator("svg.svg-layer circle")
    handles.first.wait_for()
    boxes = steady(page, lambda: [handle.bounding_box() for handle in handles.all()])
    middle = first.at(0.5, 0.5)
    handle = max(boxes, key=lambda box: box["x"])
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + (x - middle[0]) * 0.2, steps=4)
    page.mouse.move(x, y + (x - middle[0]) * 0.4, steps=4)
    page.mouse.up()
    page.locator(".viewport-cell").filter(has_text="oblique").first.wait_for()


def test_a_solid_is_shown_by_the_table_that_is_chosen(one_site: Any, same_reader: Any) -> None:
    same_reader.page.set_viewport_size({"width": 1000, "height": 640})  # few pixels: no graphics card draws them
    page, cell = opened(one_site, same_reader, fresh())
    page.keyboard.press("V")
    choice = page.get_by_label("Colours and opacities")
    choice.wait_for()
    first = cell.brightness()
    assert first.std() > 1, "the solid is not drawn"
    choice.select_option("CT-Lung" if choice.input_value() != "CT-Lung" else "CT-MIP")

    def change() -> float:
        return float(np.abs(cell.brightness() - first).mean())

    assert until(page, change, lambda found: found > 1) > 1
    page.set_viewport_size({"width": 1280, "height": 800})


# --- series over each other ----------------------------------------------------------------------

TURN_DEG, SHIFT_MM = 30.0, np.array([12.0, -7.0, 5.0])


def registered() -> tuple[Phantom, list[bytes], bytes]:
    """Return a phantom, the same one as another machine saw it (in another space, values one higher), and the way back.

    The way leads from the second space to the first: a turn about z, then a shift.
    """
    phantom = fresh()
    cosine, sine = np.cos(np.radians(TURN_DEG)), np.sin(np.radians(TURN_DEG))
    way = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    row, column = (way.T @ np.array(axis) for axis in (phantom.row, phantom.column))
    series, space = f"{phantom.study_uid}.2", f"{phantom.study_uid}.8"
    files = []
    for image in range(phantom.n_images):
        found = pydicom.dcmread(io.BytesIO(phantom.file(image)))
        found.SeriesInstanceUID, found.SOPInstanceUID = series, f"{series}.{image + 1}"
        found.FrameOfReferenceUID, found.SeriesNumber, found.SeriesDescription = space, 2, "Elsewhere"
        found.Modality = "MR"
        found.ImageOrientationPatient = [round(float(x), 9) for x in (*row, *column)]
        start = way.T @ (phantom.point_mm(0, 0, image) - SHIFT_MM)
        found.ImagePositionPatient = [round(float(x), 6) for x in start]
        found.RescaleIntercept = 1
        files.append(written(found))
    registration = Dataset()
    registration.SOPClassUID, registration.SOPInstanceUID = SpatialRegistrationStorage, f"{phantom.study_uid}.3.1"
    registration.StudyInstanceUID, registration.SeriesInstanceUID = phantom.study_uid, f"{phantom.study_uid}.3"
    registration.PatientName, registration.PatientID, registration.Modality = "Phantom^Ramp", "RAMP", "REG"
    registration.SeriesNumber, registration.InstanceNumber = 3, 1
    registration.FrameOfReferenceUID = phantom.space_uid
    matrix = Dataset()
    matrix.FrameOfReferenceTransformationMatrixType = "RIGID"
    rows = np.vstack([np.column_stack([way, SHIFT_MM]), [0, 0, 0, 1]])
    matrix.FrameOfReferenceTransformationMatrix = [round(float(x), 9) for x in rows.ravel()]
    step, item = Dataset(), Dataset()
    step.MatrixSequence = Sequence([matrix])
    item.FrameOfReferenceUID = space
    item.MatrixRegistrationSequence = Sequence([step])
    registration.RegistrationSequence = Sequence([item])
    return phantom, files, written(registration)


def test_registered_series_lie_over_each_other_voxel_on_voxel(one_site: Any, same_reader: Any, picture: Any) -> None:
    phantom, moving, registration = registered()
    for file in moving:
        one_site.store_bytes(file)
    page, cell = opened(one_site, same_reader, phantom)
    page.keyboard.press("A")
    cell.wait_for("axial")
    cell.wait_for_volume()
    page.keyboard.press("F")
    cell.wait_for("no spatial registration in their studies leads from one to the other")
    page.keyboard.press("F")

    one_site.store_bytes(registration)
    page.reload()
    cell.wait_for("Image 6 of 12")
    page.keyboard.press("A")
    cell.wait_for("axial")
    cell.wait_for_volume()
    page.keyboard.press("F")
    opacity = page.get_by_label("Opacity of the series over it")
    opacity.wait_for()
    for x, y in [(0.47, 0.42), (0.5, 0.5), (0.53, 0.6)]:
        pattern = r"\(.*\)\s+(\d+) HU\s+\+ (\d+)$"
        found = re.match(pattern, cell.value(x, y, pattern))
        assert found, cell.value(x, y)
        # Where a place lies between two voxels, turning may round to the other one.
        columns, rows, value = phantom.n_columns, phantom.n_rows, int(found[2]) - 1
        apart = [
            abs(a - b)
            for a, b in zip(divided(int(found[1]), columns, rows), divided(value, columns, rows), strict=True)
        ]
        assert max(apart) <= 1
        assert sum(apart) <= 1
    picture(page, "registered")
    coloured = until(page, lambda: colour_of(cell), lambda found: found > 20)
    assert coloured > 20
    opacity.fill("0.1")
    expect(opacity).to_have_attribute("aria-valuetext", "10 %")
    thinner = until(page, lambda: colour_of(cell), lambda found: found < coloured / 2)
    assert thinner < coloured / 2, "what lies over it is thinner"
    opacity.fill("0.6")
    page.get_by_label("Colours of the series over it").select_option("Grayscale")
    assert until(page, lambda: colour_of(cell), lambda found: found < 3) < 3

    # The server knows the same way.
    same_reader.open(f"/server-view/{phantom.study_uid}/{phantom.series_uid}")
    page.locator(".server-view img").wait_for()
    with page.expect_response(re.compile(r"overlay=.+")) as answer:
        page.get_by_label("Fusion").select_option(index=1)
    assert answer.value.status == 200


def divided(value: int, columns: int, rows: int) -> tuple[int, int, int]:
    """Return column, row and image of a value."""
    return value % columns, value // columns % rows, value // columns // rows


def colour_of(cell: Cell) -> float:
    """Return how colourful the middle of a cell is, from 0 to 255."""
    shot = cell.shot().astype(float)
    height, width = shot.shape[:2]
    middle = shot[height // 3 : 2 * height // 3, 2 * width // 5 : 3 * width // 5]
    return float((middle.max(axis=-1) - middle.min(axis=-1)).mean())


# --- values in their unit ------------------------------------------------------------------------


def test_stiffness_is_in_kilopascal_here_and_from_the_server(one_site: Any, same_reader: Any) -> None:
    phantom = fresh()
    for image in range(phantom.n_images):
        mapping, unit = Dataset(), Dataset()
        unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "kPa", "UCUM", "kilopascal"
        mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = 0.001, 0.0
        mapping.RealWorldValueFirstValueMapped, mapping.RealWorldValueLastValueMapped = 0, 32767
        mapping.LUTExplanation, mapping.LUTLabel = "Stiffness", "STIFF"
        mapping.MeasurementUnitsCodeSequence = Sequence([unit])
        one_site.store_bytes(
            phantom.file(image, Modality="MR", RealWorldValueMappingSequence=Sequence([mapping]), RescaleType="US")
        )
    same_reader.open(f"/view/{phantom.study_uid}/{phantom.series_uid}")
    page = same_reader.page
    cell = Cell(page)
    cell.wait_for("Image 6 of 12")
    found = re.match(r"\((\d+), (\d+)\)\s+([\d.]+) kPa", cell.value(0.5, 0.5, "kPa"))
    assert found
    assert float(found[3]) == pytest.approx(phantom.value(int(found[1]), int(found[2]), 6) / 1000, rel=1e-3)
    presets = page.get_by_label("Window preset")
    presets.select_option(presets.locator("option", has_text="Stiffness").get_attribute("value"))
    cell.wait_for(r"W 8000\s+L 4000")
    assert "kPa" in served_value(same_reader, phantom)


def test_uptake_is_the_same_from_the_server(one_site: Any, same_reader: Any) -> None:
    phantom = fresh()
    for image in range(6):
        found = pydicom.dcmread(io.BytesIO(pet_file(image, 5000)))
        found.StudyInstanceUID, found.SeriesInstanceUID = phantom.study_uid, phantom.series_uid
        found.SOPInstanceUID = f"{phantom.series_uid}.{image + 1}"
        one_site.store_bytes(written(found))
    assert served_value(same_reader, phantom) == "2 SUVbw"


def served_value(reader: Any, phantom: Phantom) -> str:
    """Return what the server's picture says of the value in its middle."""
    page = reader.page
    reader.open(f"/server-view/{phantom.study_uid}/{phantom.series_uid}")
    view = page.locator(".server-view")
    view.locator("img").wait_for()
    settle(page)
    box = view.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] / 2 + 1, box["y"] + box["height"] / 2)
    last = view.locator(".bottom-right > :last-child")
    expect(view).to_have_attribute("aria-busy", "false")
    expect(last).to_have_text(re.compile(r"\d"))
    return str(last.inner_text())


def test_a_pdf_and_every_report_open_as_pages(one_site: Any, same_reader: Any, shared_data: Any) -> None:
    page = same_reader.page
    root = shared_data / "dicom"
    reports = [*root.glob("seg_sr_rt/**/*sr*.dcm"), root / "modalities/sample-pdf.dcm"]
    n_opened = 0
    for path in reports:
        header = pydicom.dcmread(path, stop_before_pixels=True)
        if header.Modality not in ("SR", "OT", "DOC"):
            continue
        one_site.store(path)
        same_reader.open(f"/document/{header.StudyInstanceUID}/{header.SeriesInstanceUID}/{header.SOPInstanceUID}")
        if "PDF" in str(header.SOPClassUID.name):
            frame = page.locator("iframe, object, embed").first
            frame.wait_for()
            address = frame.get_attribute("src") or frame.get_attribute("data")
            kind = page.evaluate("a => fetch(a).then(r => r.headers.get('content-type'))", address)
            assert "pdf" in kind or "html" in kind
        else:
            page.frame_locator("iframe").get_by_role("heading").first.wait_for()
        assert page.get_by_role("alert").count() == 0
        n_opened += 1
    assert n_opened >= 2
