"""Pictures on the reading page: grids, tools, planes, solids, fusion, and values that are known beforehand."""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, JPEG2000Lossless, PositronEmissionTomographyImageStorage
from tests.workstation.at_rest import settle, steady, text_of, until

from isocenter.server.web.reading_room import STATIC

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (STATIC / "index.html").is_file(), reason="the viewer is not built (make viewer)"),
]

DOUBLE_CLICK_MS = 600  # presses that follow each other faster are one double click
Keep = Callable[[Any, str], Path]


@dataclass(frozen=True)
class Phantom:
    """A series whose every value tells its place: column + columns x (row + rows x image)."""

    n_columns: int = 50
    n_rows: int = 40
    n_images: int = 12
    spacing_mm: tuple[float, float] = (1.2, 0.6)  # between rows, between columns
    step_mm: float = 2.5
    row: tuple[float, float, float] = (1.0, 0.0, 0.0)
    column: tuple[float, float, float] = (0.0, 1.0, 0.0)
    description: str = "Ramp"
    study_uid: str = "1.2.826.0.1.3680043.8.498.1"
    series_uid: str = "1.2.826.0.1.3680043.8.498.1.1"
    space_uid: str = "1.2.826.0.1.3680043.8.498.9"

    @property
    def normal(self) -> np.ndarray:
        """Return the direction from image to image."""
        return np.cross(self.row, self.column)

    def value(self, column: int, row: int, image: int) -> int:
        """Return what is stored at a place; images count from 0 along the normal."""
        return column + self.n_columns * (row + self.n_rows * image)

    def point_mm(self, column: float, row: float, image: float) -> np.ndarray:
        """Return where in the patient a place lies."""
        between_rows, between_columns = self.spacing_mm
        return (
            np.array([-12.0, 7.0, 30.0])
            + column * between_columns * np.array(self.row)
            + row * between_rows * np.array(self.column)
            + image * self.step_mm * self.normal
        )

    def files(self, images: Sequence[int] | None = None) -> list[bytes]:
        """Return the DICOM files of some images, or of all."""
        return [self.file(image) for image in (range(self.n_images) if images is None else images)]

    def file(self, image: int, **changes: Any) -> bytes:
        """Return one image as a CT object, with some attributes changed."""
        dataset = Dataset()
        dataset.SOPClassUID = CTImageStorage
        dataset.SOPInstanceUID = f"{self.series_uid}.{image + 1}"
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = self.study_uid, self.series_uid
        dataset.FrameOfReferenceUID = self.space_uid
        dataset.PatientName, dataset.PatientID = "Phantom^Ramp", "RAMP"
        dataset.StudyDate, dataset.StudyTime, dataset.Modality = "20260101", "120000", "CT"
        dataset.SeriesDescription, dataset.SeriesNumber = self.description, int(self.series_uid.split(".")[-1])
        dataset.InstanceNumber = image + 1
        dataset.ImagePositionPatient = [round(float(x), 6) for x in self.point_mm(0, 0, image)]
        dataset.ImageOrientationPatient = [round(float(x), 9) for x in (*self.row, *self.column)]
        dataset.PixelSpacing = list(self.spacing_mm)
        dataset.SliceThickness = self.step_mm
        dataset.Rows, dataset.Columns = self.n_rows, self.n_columns
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated = dataset.BitsStored = 16
        dataset.HighBit, dataset.PixelRepresentation = 15, 1
        dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
        dataset.WindowCenter, dataset.WindowWidth = 12000, 24000
        column, row = np.meshgrid(np.arange(self.n_columns), np.arange(self.n_rows))
        dataset.PixelData = self.value(column, row, image).astype("<i2").tobytes()  # type: ignore[arg-type, attr-defined]
        for keyword, value in changes.items():
            setattr(dataset, keyword, value)
        return written(dataset)


def written(dataset: Dataset) -> bytes:
    """Return the bytes of a DICOM file."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


STRAIGHT = Phantom()
_C, _S = np.cos(np.radians(25)), np.sin(np.radians(25))
OBLIQUE = Phantom(row=(float(_C), float(_S), 0.0), column=(0.0, 0.0, -1.0), description="Oblique ramp")


@dataclass
class Cell:
    """A cell of the grid, as a person sees it."""

    page: Any
    number: int = 1

    @property
    def _cell(self) -> Any:
        return self.page.locator(".viewport-cell").nth(self.number - 1)

    @property
    def box(self) -> dict[str, float]:
        """Return the picture's place on the page, once it keeps it."""
        settle(self.page)
        return dict(self._cell.locator(".canvas").bounding_box())

    def text(self, pattern: str = "") -> str:
        """Return all that is written over the picture, once it has what is looked for."""
        return text_of(self.page, self._cell.locator(".overlays"), pattern)

    def wait_for(self, pattern: str) -> None:
        """Wait until something is written over the picture or stands in its place."""
        self._cell.get_by_text(re.compile(pattern)).first.wait_for()

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the place on the page of a share of the picture's width and height."""
        box = self.box
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def value(self, x: float, y: float, pattern: str = r"\S") -> str:
        """Return what is written for the pixel at a share of the picture's width and height."""
        self.page.mouse.move(*self.at(x, y))
        return text_of(self.page, self._cell.locator(".bottom-right > :last-child"), pattern)

    def place_and_value(self, x: float, y: float) -> tuple[tuple[int, ...], float]:
        """Return column, row, and image if it is a volume, and the value there."""
        pattern = r"\(([\d, ]+)\)\s+(-?[\d.]+)"
        found = re.match(pattern, self.value(x, y, pattern))
        assert found, f"no pixel at {x}, {y}"
        return tuple(int(part) for part in found[1].split(",")), float(found[2])

    def wait_for_volume(self) -> None:
        """Wait until the picture is that of a volume: what is pointed at lies in one of its images."""
        self.value(0.5, 0.5, r"\(\d+, \d+, \d+\)")

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag with the first button."""
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        first, *others = [self.at(*place) for place in (start, middle, end)]
        self.page.mouse.move(*first)
        self.page.mouse.down()
        for place in others:
            self.page.mouse.move(*place)
        self.page.mouse.up()
        self.page.wait_for_timeout(DOUBLE_CLICK_MS)

    def measurements(self, pattern: str = "") -> str:
        """Return the text of all measurements drawn on the picture, once they have what is looked for and rest."""
        settle(self.page)

        def read() -> str:
            return " ".join(self._cell.locator("svg.svg-layer text").all_text_contents())

        until(self.page, read, lambda text: re.search(pattern, text))
        return str(steady(self.page, read))

    def shot(self) -> np.ndarray:
        """Return the picture without its writing, as it is on the screen, once it no longer changes."""
        overlays = self.page.locator(".overlays")
        overlays.first.wait_for()
        self.page.keyboard.press("o")
        expect(overlays).to_have_count(0)
        settle(self.page)
        content = steady(self.page, lambda: self._cell.locator(".canvas").screenshot(), n_times=2)
        self.page.keyboard.press("o")
        overlays.first.wait_for()
        return np.asarray(imagecodecs.png_decode(content)[..., :3])

    def brightness(self) -> np.ndarray:
        """Return the picture without its writing, as brightness."""
        return np.asarray(self.shot().mean(axis=-1))

    def mm_per_px(self) -> float:
        """Return what the scale bar says of one pixel of the screen."""
        settle(self.page)
        bar = self._cell.locator(".scale-bar")
        length, unit = re.match(r"([\d.]+) (cm|mm)", bar.inner_text()).groups()  # type: ignore[union-attr]
        width_px = bar.locator("div").evaluate("bar => bar.getBoundingClientRect().width")
        return float(length) * (10 if unit == "cm" else 1) / float(width_px)

    def middle_brightness(self) -> float:
        """Return the mean brightness of a patch in the middle."""
        shot = self.brightness()
        row, column = shot.shape[0] // 2, shot.shape[1] // 2
        return float(shot[row - 6 : row + 6, column - 6 : column + 6].mean())


def opened(site: Any, reader: Any, *files: bytes, study_uid: str | None = None) -> Cell:
    """Store files, open their study and return the first cell."""
    for file in files:
        site.store_bytes(file)
    if study_uid is None:
        found = reader.page.evaluate(
            "() => fetch('/dicom-web/studies', {headers: {Accept: 'application/dicom+json'}}).then(a => a.json())"
        )
        study_uid = found[0]["0020000D"]["Value"][0]
    reader.open(f"/view/{study_uid}")
    return Cell(reader.page)


# --- values and lengths that are known -----------------------------------------------------------


@pytest.mark.parametrize("phantom", [STRAIGHT, OBLIQUE], ids=["axial", "oblique"])
def test_a_stack_shows_the_value_and_the_length_that_are_there(site: Any, reader: Any, phantom: Phantom) -> None:
    cell = opened(site, reader, *phantom.files())
    cell.wait_for("Image 6 of 12")
    for x, y in [(0.45, 0.4), (0.5, 0.5), (0.55, 0.62)]:
        (column, row), value = cell.place_and_value(x, y)
        shown = phantom.n_images - 6  # from the end of the normal backwards
        assert value == phantom.value(column, row, shown)
    (column, row), _ = cell.place_and_value(0.5, 0.5)
    assert abs(column - (phantom.n_columns - 1) / 2) <= 1
    assert abs(row - (phantom.n_rows - 1) / 2) <= 1

    start, end = (0.42, 0.4), (0.56, 0.65)
    (c0, r0), (c1, r1) = cell.place_and_value(*start)[0], cell.place_and_value(*end)[0]
    expected_mm = np.linalg.norm(phantom.point_mm(c1, r1, 0) - phantom.point_mm(c0, r0, 0))
    reader.page.keyboard.press("l")
    cell.drag(start, end)
    found = re.search(r"([\d.]+) mm", cell.measurements(r"[\d.]+ mm"))
    assert found
    assert float(found[1]) == pytest.approx(expected_mm, abs=1.2)  # one pixel


@pytest.mark.parametrize("phantom", [STRAIGHT, OBLIQUE], ids=["axial", "oblique"])
def test_a_plane_through_a_volume_shows_the_value_and_the_length_that_are_there(
    site: Any, reader: Any, picture: Keep, phantom: Phantom
) -> None:
    cell = opened(site, reader, *phantom.files())
    cell.wait_for("Image 6 of 12")
    key = "C" if phantom is STRAIGHT else "A"  # across the planes of the images
    reader.page.keyboard.press(key)
    cell.wait_for(r"coronal|axial")
    cell.wait_for_volume()
    picture(reader.page, f"plane-{phantom.description.split()[0].lower()}")
    points = [(0.45, 0.45), (0.5, 0.5), (0.54, 0.58)]
    for x, y in points:
        (column, row, image), value = cell.place_and_value(x, y)
        assert value == phantom.value(column, row, phantom.n_images - image)
    places = [cell.place_and_value(*point)[0] for point in points]
    assert len({image for _, _, image in places}) > 1, "the plane must cross the images"

    start, end = points[0], points[2]
    (c0, r0, i0), (c1, r1, i1) = places[0], places[2]
    expected_mm = np.linalg.norm(
        phantom.point_mm(c1, r1, phantom.n_images - i1) - phantom.point_mm(c0, r0, phantom.n_images - i0)
    )
    reader.page.keyboard.press("l")
    cell.drag(start, end)
    found = re.search(r"([\d.]+) mm", cell.measurements(r"[\d.]+ mm"))
    assert found
    assert float(found[1]) == pytest.approx(expected_mm, abs=2.5)  # one voxel


def test_lengths_agree_with_the_scale_to_a_tenth_of_a_millimetre(site: Any, reader: Any) -> None:
    """The scale bar is geometry of the header and the screen; the tool's length must be the same."""
    cell = opened(site, reader, *STRAIGHT.files())
    cell.wait_for("Image 6 of 12")
    page = reader.page
    for n_lines, key in enumerate(("", "C"), 1):
        if key:
            page.keyboard.press(key)
            cell.wait_for("coronal")
            cell.wait_for_volume()
        mm_per_px = cell.mm_per_px()
        page.keyboard.press("l")
        start, end = cell.at(0.44, 0.47), cell.at(0.56, 0.53)
        cell.drag((0.44, 0.47), (0.56, 0.53))
        page.get_by_test_id("measurement").nth(n_lines - 1).wait_for()
        found = re.findall(r"([\d.]+) mm", cell.measurements(r"[\d.]+ mm"))
        expected_mm = float(np.hypot(end[0] - start[0], end[1] - start[1])) * mm_per_px
        assert float(found[-1]) == pytest.approx(expected_mm, abs=0.1)


def test_slabs_show_the_largest_the_smallest_and_the_mean_value(site: Any, reader: Any) -> None:
    cell = opened(site, reader, *STRAIGHT.files())
    cell.wait_for("Image 6 of 12")
    page = reader.page
    page.keyboard.press("A")
    cell.wait_for("axial")
    cell.wait_for_volume()
    (column, row, image), thin = cell.place_and_value(0.5, 0.5)
    assert thin == STRAIGHT.value(column, row, STRAIGHT.n_images - image)
    per_image = STRAIGHT.n_columns * STRAIGHT.n_rows
    # 5 mm to each side are two images of 2.5 mm. The window shows 0 to 24000 as black to white.
    for slab, expected in [
        ("MIP", thin + 2 * per_image),
        ("MinIP", thin - 2 * per_image),
        ("Average", thin),
    ]:
        page.keyboard.press("P")
        cell.wait_for(f"{slab} 10 mm")
        assert cell.place_and_value(0.5, 0.5)[1] == pytest.approx(expected, abs=1)
        assert cell.middle_brightness() == pytest.approx(expected / 24000 * 255, abs=6)
    page.keyboard.press(">")
    cell.wait_for("Average 15 mm")


def pet_file(image: int, activity_bq_per_ml: float) -> bytes:
    """Return a PET image of one activity; after one half-life 175 MBq are left in 70 kg."""
    dataset = pydicom.dcmread(io.BytesIO(STRAIGHT.file(image)))
    dataset.SOPClassUID, dataset.Modality = PositronEmissionTomographyImageStorage, "PT"
    dataset.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.1.2"
    dataset.SOPInstanceUID = f"{dataset.SeriesInstanceUID}.{image + 1}"
    dataset.SeriesDescription, dataset.SeriesNumber = "Uptake", 2
    dataset.Units, dataset.DecayCorrection, dataset.CorrectedImage = "BQML", "START", ["ATTN", "DECY"]
    dataset.PatientWeight, dataset.SeriesDate, dataset.SeriesTime = 70, "20260101", "120000"
    dataset.AcquisitionDate, dataset.AcquisitionTime = "20260101", "120000"
    drug = Dataset()
    drug.RadiopharmaceuticalStartTime, drug.RadionuclideTotalDose, drug.RadionuclideHalfLife = "101012", 350e6, 6588
    dataset.RadiopharmaceuticalInformationSequence = [drug]
    dataset.RescaleSlope = activity_bq_per_ml / 1000
    dataset.WindowCenter, dataset.WindowWidth = 5000, 10000
    dataset.PixelData = np.full((dataset.Rows, dataset.Columns), 1000, "<i2").tobytes()
    return written(dataset)


def test_uptake_is_shown_from_the_header_in_stack_and_plane(site: Any, reader: Any) -> None:
    cell = opened(site, reader, *[pet_file(image, 5000) for image in range(6)])
    cell.wait_for("Image 3 of 6")
    assert "2 g/mL (SUV) 5000 Bq/mL" in cell.value(0.5, 0.5)
    reader.page.keyboard.press("A")
    cell.wait_for_volume()
    assert "2 g/mL (SUV)" in cell.value(0.5, 0.5)


def test_a_real_pet_header_gives_its_uptake(site: Any, reader: Any, shared_data: Path) -> None:
    path = shared_data / "dicom/modalities/GH184.dcm"
    dataset = pydicom.dcmread(path, stop_before_pixels=True)
    drug = dataset.RadiopharmaceuticalInformationSequence[0]
    waited_s = (11 * 3600 + 36) - (9 * 3600 + 32 * 60)  # 09:32:00 to 11:00:36
    left_bq = float(drug.RadionuclideTotalDose) * 2 ** (-waited_s / float(drug.RadionuclideHalfLife))
    cell = opened(site, reader, path.read_bytes())
    cell.wait_for("Image 1 of 1")
    found = re.search(r"([\d.]+) g/mL \(SUV\)\s+([\d.]+) Bq/mL", cell.value(0.5, 0.5))
    assert found
    suv, activity = float(found[1]), float(found[2])
    assert activity > 0
    assert suv == pytest.approx(activity * float(dataset.PatientWeight) * 1000 / left_bq, rel=2e-3)


def test_fractions_survive_where_the_extremes_are_whole_numbers(site: Any, reader: Any) -> None:
    """A slope of 0.01 over 0 to 20000 gives 0 to 200: the values between must not be cut to whole numbers."""
    files = [STRAIGHT.file(image, RescaleSlope="0.01", WindowCenter=100, WindowWidth=200) for image in range(4)]
    for image in range(4):
        dataset = pydicom.dcmread(io.BytesIO(files[image]))
        pixels = np.frombuffer(dataset.PixelData, "<i2").copy()
        pixels[0], pixels[-1] = 0, 20000
        dataset.PixelData = pixels.tobytes()
        files[image] = written(dataset)
    cell = opened(site, reader, *files)
    cell.wait_for("Image 2 of 4")
    (column, row), value = cell.place_and_value(0.5, 0.5)
    assert value == pytest.approx(STRAIGHT.value(column, row, 2) / 100, rel=1e-3)
    reader.page.keyboard.press("A")
    cell.wait_for_volume()
    (column, row, image), value = cell.place_and_value(0.5, 0.5)
    assert value == pytest.approx(STRAIGHT.value(column, row, 4 - image) / 100, rel=1e-3)


# --- the grid ------------------------------------------------------------------------------------

SECOND = Phantom(series_uid=STRAIGHT.series_uid[:-1] + "3", description="Second ramp", step_mm=5.0, n_images=6)
ELSEWHERE = Phantom(
    series_uid=STRAIGHT.series_uid[:-1] + "4", description="Other space", space_uid=STRAIGHT.space_uid + ".1"
)


def test_a_grid_is_chosen_by_keys_and_filled_by_key_and_by_dragging(site: Any, reader: Any, picture: Keep) -> None:
    cell = opened(site, reader, *STRAIGHT.files(), *SECOND.files(), *ELSEWHERE.files(), study_uid=STRAIGHT.study_uid)
    page = reader.page
    cell.wait_for("Image 6 of 12")
    for key in ("G", "1", "2"):
        page.keyboard.press(key)
    expect(page.locator(".viewport-cell")).to_have_count(2)
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".viewport-cell[aria-current]")).to_have_attribute("aria-label", "Cell 2: empty")
    page.get_by_role("link", name="Second ramp").focus()
    page.keyboard.press("Enter")
    Cell(page, 2).wait_for("Image 3 of 6")
    expect(page).to_have_url(re.compile(f"{re.escape(SECOND.series_uid)}$"))
    page.get_by_role("link", name="Other space").drag_to(page.locator(".viewport-cell").first)
    cell.wait_for("Other space")

    page.locator("body").click(position={"x": 640, "y": 20})
    for key in ("G", "2", "3"):
        page.keyboard.press(key)
    expect(page.locator(".viewport-cell")).to_have_count(6)
    page.keyboard.press("B")
    Cell(page, 3).wait_for("Image 6 of 12")
    picture(page, "grid-2x3")
    page.locator(".viewport-cell").nth(1).dblclick()
    expect(page.locator(".viewport-cell:visible")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".viewport-cell:visible")).to_have_count(6)


def test_cells_scroll_together_by_place_and_else_by_distance(site: Any, reader: Any, picture: Keep) -> None:
    cell = opened(site, reader, *STRAIGHT.files(), *SECOND.files(), *ELSEWHERE.files(), study_uid=STRAIGHT.study_uid)
    page = reader.page
    cell.wait_for("Image 6 of 12")
    for key in ("G", "1", "3", "B"):
        page.keyboard.press(key)
    Cell(page, 2).wait_for("Image 3 of 6")
    Cell(page, 3).wait_for("Image 6 of 12")
    page.keyboard.press("L")
    page.keyboard.press("Home")
    cell.wait_for("Image 1 of 12")
    # The first image lies at 57.5 mm; of 30, 35, ..., 55 mm the highest is nearest.
    assert "axial 57.5 mm" in cell.text()
    Cell(page, 2).wait_for("Image 1 of 6")
    Cell(page, 3).wait_for("Image 1 of 12")
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    cell.wait_for("axial 47.5 mm")
    Cell(page, 2).wait_for("axial (45|50).0 mm")
    Cell(page, 3).wait_for("Image 5 of 12")
    picture(page, "linked")


def test_window_and_size_are_shared_when_wanted(site: Any, reader: Any) -> None:
    cell = opened(site, reader, *STRAIGHT.files(), *SECOND.files(), study_uid=STRAIGHT.study_uid)
    page = reader.page
    cell.wait_for("Image 6 of 12")
    for key in ("G", "1", "2", "B"):
        page.keyboard.press(key)
    other = Cell(page, 2)
    other.wait_for("Image 3 of 6")
    page.keyboard.press("2")  # a preset: only this cell
    cell.wait_for("W 400  L 50|W 400 L 50")
    assert "24000" in other.text("W ")
    page.keyboard.press("Y")
    page.keyboard.press("3")
    cell.wait_for("W 1500")
    other.wait_for("W 1500")
    before = other.place_and_value(0.3, 0.5)[0]
    page.keyboard.press("Z")
    page.keyboard.press("+")
    page.keyboard.press("+")
    # Larger: nearer to the middle.
    after = until(page, lambda: other.place_and_value(0.3, 0.5)[0], lambda found: found[0] > before[0])
    assert after[0] > before[0]


# --- tools ---------------------------------------------------------------------------------------


def test_every_measuring_tool_draws_what_it_is_named_for(site: Any, reader: Any, picture: Keep) -> None:
    reader.page.set_viewport_size({"width": 1600, "height": 800})  # what is measured lies beside each other
    cell = opened(site, reader, *STRAIGHT.files())
    cell.wait_for("Image 6 of 12")
    page = reader.page
    names = page.evaluate("() => [...document.querySelectorAll('.toolbar fieldset button[title]')].map(b => b.title)")
    assert any(name.startswith("Length") for name in names)

    def drawn(expected: str, key: str, *points: tuple[float, float]) -> str:
        page.keyboard.press(key)
        before = cell.measurements()
        cell.drag(points[0], points[1])
        for point in points[2:]:
            page.mouse.move(*cell.at(*point))
            page.mouse.down()
            page.mouse.up()
            page.wait_for_timeout(DOUBLE_CLICK_MS)
        return cell.measurements(f"^{re.escape(before)}.*{expected}").removeprefix(before)

    for expected, key, *points in (
        (r"L: [\d.]+ mm", "b", (0.35, 0.3), (0.45, 0.3)),
        (r"\d+ °|[\d.]+ ?°", "a", (0.35, 0.45), (0.45, 0.45), (0.45, 0.35)),
        ("mm²", "e", (0.55, 0.35), (0.62, 0.42)),
        ("HU", "q", (0.42, 0.55), (0.48, 0.62)),
    ):
        assert re.search(expected, drawn(expected, key, *points))
    page.keyboard.press("f")
    corners = [(0.37, 0.68), (0.44, 0.68), (0.44, 0.78), (0.37, 0.78), (0.37, 0.68)]
    box, mm_per_px = cell.box, cell.mm_per_px()
    page.mouse.move(*cell.at(*corners[0]))
    page.mouse.down()
    for start, end in pairwise(corners):
        for t in np.linspace(0, 1, 12):
            x, y = start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.mouse.up()
    page.wait_for_timeout(DOUBLE_CLICK_MS)
    areas_mm2 = re.findall(r"Area: ([\d.]+) mm²", cell.measurements(r"(?:Area: [\d.]+ mm².*){3}"))
    assert len(areas_mm2) == 3
    expected_mm2 = 0.07 * box["width"] * 0.1 * box["height"] * mm_per_px**2
    assert float(areas_mm2[-1]) == pytest.approx(expected_mm2, rel=0.03)
    page.keyboard.press("c")
    cell.drag((0.36, 0.85), (0.46, 0.85))
    cell.drag((0.36, 0.95), (0.46, 0.9))
    page.keyboard.press(".")
    page.mouse.click(*cell.at(0.62, 0.85))
    page.wait_for_timeout(DOUBLE_CLICK_MS)
    (column, row), value = cell.place_and_value(0.62, 0.85)
    told = rf"\({column}, {row}, 5\)\s*{value:.0f} HU"
    assert re.search(told, cell.measurements(told))
    page.keyboard.press("n")
    cell.drag((0.62, 0.2), (0.56, 0.14))
    page.get_by_label("Text of the arrow").last.fill("Look here")
    page.keyboard.press("Enter")
    page.wait_for_timeout(DOUBLE_CLICK_MS)
    assert "Look here" in cell.measurements("Look here")
    picture(page, "measurements")
    # The chosen one goes with a key.
    texts = cell.measurements()
    page.keyboard.press("w")
    page.mouse.click(*cell.at(0.36 + 0.05, 0.85))
    for _ in range(20):  # a press takes effect when it can no longer become a double click
        page.wait_for_timeout(200)
        page.keyboard.press("Delete")
        if len(cell.measurements()) < len(texts):
            break
    assert len(cell.measurements()) < len(texts)


def test_views_turn_flip_invert_and_come_back(site: Any, reader: Any) -> None:
    cell = opened(site, reader, *STRAIGHT.files())
    cell.wait_for("Image 6 of 12")
    page = reader.page
    place = (0.45, 0.4)
    (column, row), _ = cell.place_and_value(*place)

    def comes_to(is_right: Callable[[tuple[int, ...]], bool]) -> bool:
        return is_right(until(page, lambda: cell.place_and_value(*place)[0], is_right))

    page.keyboard.press("h")
    assert comes_to(lambda found: abs(found[0] - (STRAIGHT.n_columns - 1 - column)) <= 1)
    page.keyboard.press("v")
    assert comes_to(lambda found: abs(found[1] - (STRAIGHT.n_rows - 1 - row)) <= 1)
    bright = cell.middle_brightness()
    page.keyboard.press("i")
    assert until(page, cell.middle_brightness, lambda now: abs(bright + now - 255) <= 6) + bright == pytest.approx(
        255, abs=6
    )
    page.keyboard.press("0")
    assert comes_to(lambda found: found == (column, row))


# --- planes, solids, fusion of real studies ------------------------------------------------------


def test_three_planes_and_a_solid_of_a_real_scan(site: Any, reader: Any, picture: Keep, shared_data: Path) -> None:
    page = reader.page
    page.set_viewport_size({"width": 860, "height": 540})  # few pixels: no graphics card draws the solid
    site.store(shared_data / "demo/liver_ct/image")
    cell = opened(site, reader)
    cell.wait_for("Image 21 of 41")
    page.keyboard.press("M")
    for number, plane in enumerate(("axial", "coronal", "sagittal"), start=1):
        Cell(page, number).wait_for(plane)
    Cell(page, 4).wait_for("CT")
    page.keyboard.press("x")
    settle(page)
    spreads = until(page, lambda: spread_of_cells(page), lambda found: min(found) > 20, pause_ms=500)
    picture(page, "multiplanar")
    assert min(spreads) > 20, f"a cell is empty: {spreads}"
    # Crosshairs: a click in the axial plane moves the other two.
    settle(page)
    others = [Cell(page, number) for number in (2, 3)]
    before = [steady(page, other.text) for other in others]
    page.mouse.click(*cell.at(0.4, 0.4))
    for other, text in zip(others, before, strict=True):
        assert until(page, other.text, lambda now, text=text: now != text) != text
    page.keyboard.press("P")
    cell.wait_for("MIP 10 mm")


def spread_of_cells(page: Any) -> list[float]:
    """Return how much brightness varies over the pictures of the cells, without the edges where words stand."""
    shot = imagecodecs.png_decode(page.screenshot())[..., :3].mean(axis=-1)
    spreads = []
    for number in range(1, page.locator(".viewport-cell").count() + 1):
        box = Cell(page, number).box
        x, y, width, height = (int(box[key]) for key in ("x", "y", "width", "height"))
        middle = shot[y + height // 4 : y + 3 * height // 4, x + width // 4 : x + 3 * width // 4]
        spreads.append(float(middle.std()))
    return spreads


def test_pet_lies_over_ct_in_colour(site: Any, reader: Any, picture: Keep, shared_data: Path) -> None:
    for modality in ("CT", "PET"):
        site.store(shared_data / "demo/sts_002" / modality / "image")
    cell = opened(site, reader)
    page = reader.page
    page.locator(".viewport-cell").nth(3).wait_for()  # a PET/CT study hangs in four cells by itself
    for key in ("G", "1", "1"):
        page.keyboard.press(key)
    page.get_by_role("link", name=re.compile("CT 48")).click()
    cell.wait_for("Image 24 of 48")
    page.keyboard.press("A")
    cell.wait_for("axial")
    cell.wait_for_volume()
    page.keyboard.press("F")
    page.get_by_label("Opacity of the series over it").wait_for()

    def colour() -> float:
        shot = cell.shot().astype(float)
        return float((shot.max(axis=-1) - shot.min(axis=-1)).max())

    found = until(page, colour, lambda most: most > 100)
    picture(page, "fusion")
    assert found > 100, "no colour lies over the scan"


# --- what goes wrong -----------------------------------------------------------------------------


def test_a_gap_is_no_volume_and_the_reason_is_said(site: Any, reader: Any, picture: Keep) -> None:
    cell = opened(site, reader, *STRAIGHT.files([0, 1, 2, 3, 6, 7, 8]))
    cell.wait_for("Image 4 of 7")
    reader.page.keyboard.press("C")
    cell.wait_for("the step is 7.5 mm, elsewhere 2.5 mm")
    picture(reader.page, "no-volume")
    reader.page.keyboard.press("S")
    cell.wait_for("Image 4 of 7")


def test_images_of_mixed_geometry_are_read_one_after_the_other(site: Any, reader: Any) -> None:
    files = [*STRAIGHT.files([0, 1, 2]), OBLIQUE.file(3), OBLIQUE.file(4, PixelSpacing=[0.3, 0.3])]
    cell = opened(site, reader, *files)
    cell.wait_for("Image 3 of 5")
    page = reader.page
    page.keyboard.press("Home")
    for number in range(1, 6):
        cell.wait_for(f"Image {number} of 5")
        phantom = STRAIGHT if number <= 3 else OBLIQUE
        (column, row), value = cell.place_and_value(0.5, 0.5)
        assert value == phantom.value(column, row, number - 1)
        page.keyboard.press("ArrowDown")
    page.keyboard.press("A")
    cell.wait_for("Image 4 is turned by")


def test_a_corrupt_image_says_so_and_the_others_are_read(site: Any, reader: Any, picture: Keep) -> None:
    files = STRAIGHT.files()
    broken = pydicom.dcmread(io.BytesIO(files[5]))
    broken.file_meta.TransferSyntaxUID = JPEG2000Lossless
    broken.PixelData = pydicom.encaps.encapsulate([b"\xff\x4f\xff\x51 this is no code stream " * 20])
    broken["PixelData"].is_undefined_length = True
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, broken)
    cell = opened(site, reader, *files[:5], stream.getvalue(), *files[6:])
    page = reader.page
    cell.wait_for("Image 6 of 12")
    page.keyboard.press("ArrowDown")
    page.locator(".picture-notice.covering").wait_for()
    picture(page, "corrupt")
    page.keyboard.press("ArrowDown")
    cell.wait_for("Image 8 of 12")
    page.locator(".picture-notice.covering").wait_for(state="detached")
    (column, row), value = cell.place_and_value(0.5, 0.5)
    assert value == STRAIGHT.value(column, row, STRAIGHT.n_images - 8)
    page.keyboard.press("C")
    page.locator(".picture-notice.covering").wait_for()


def test_a_lost_network_is_said_and_waited_for(site: Any, reader: Any, picture: Keep) -> None:
    page = reader.page
    lost = {"is": True}
    page.route("**/frames/**", lambda route: route.abort("internetdisconnected") if lost["is"] else route.continue_())
    cell = opened(site, reader, *STRAIGHT.files())
    cell.wait_for("The network does not answer. Trying again in [124] s.")
    picture(page, "network-lost")
    lost["is"] = False
    cell.wait_for("Image 6 of 12")
    page.locator(".network-notice").wait_for(state="detached")
    (column, row), value = cell.place_and_value(0.5, 0.5)
    assert value == STRAIGHT.value(column, row, STRAIGHT.n_images - 6)


@pytest.mark.parametrize(
    "name",
    ["US-PAL-8-10x-echo", "color-pl.dcm", "NM-MONO2-16-13x-heart", "emri_small.dcm", "GH195.dcm"],
)
def test_colour_palette_and_multi_frame_objects_are_shown(
    site: Any, reader: Any, picture: Keep, shared_data: Path, name: str
) -> None:
    cell = opened(site, reader, (shared_data / "dicom/modalities" / name).read_bytes())
    cell.wait_for(r"Image \d+ of \d+")
    settle(reader.page)
    picture(reader.page, f"object-{name.split('.')[0]}")
    assert cell.brightness().std() > 10
