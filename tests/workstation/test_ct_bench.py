"""The CT bench: change kernel, slices and region, reconstruct again, and compare side by side, as a person does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest

from isocenter.formats import registry as formats
from isocenter.modalities import ct
from isocenter.physics.bodies import BODIES

pytest.importorskip("playwright")
from playwright.sync_api import expect
from tests.workstation.test_accessibility import violations

pytestmark = pytest.mark.browser
Keep = Callable[[Any, str], Path]
SCAN = ct.Acquisition(
    np.arange(180) * (np.pi / 90),
    n_bins=200,
    bin_width_mm=4.7,
    geometry="fan",
    detector="curved",
    source_isocenter_mm=570.0,
    source_detector_mm=1040.0,
    photons_per_bin=3e4,
    n_slices=6,
    slice_spacing_mm=2.0,
)
RADIUS = 1 / 12  # of the field: the bench's circle


@pytest.fixture(scope="module")
def measurement() -> ct.Measurement:
    return ct.simulate(BODIES["thorax"](), SCAN, np.random.default_rng(4))


@pytest.fixture
def bench(reader: Any, measurement: ct.Measurement, tmp_path: Path) -> Any:
    """Return the page with the scan sent to it."""
    path = tmp_path / "thorax.h5"
    formats.write(measurement, path)
    page = reader.page
    reader.open("/reconstruct")
    page.get_by_label("Raw file").set_input_files(path)
    expect(page.get_by_role("heading", name="Raw data")).to_be_visible()
    return page


def test_a_folder_of_views_is_sent_whole(reader: Any, tmp_path: Path, picture: Keep) -> None:
    folder = tmp_path / "tooth views"
    folder.mkdir()
    for index in range(60):
        view = np.full((12, 40), 9000 + index, np.uint16)
        (folder / f"view{index}.tif").write_bytes(imagecodecs.tiff_encode(view))
    (folder / ".hidden").write_text("of the system")
    geometry = {
        "geometry": "cone", "angle_range_deg": 360, "bin_width_mm": 4.0, "row_height_mm": 4.0,
        "source_isocenter_mm": 400.0, "source_detector_mm": 800.0, "photons_per_bin": 10000,
    }  # fmt: skip
    (folder / "geometry.json").write_text(json.dumps(geometry))
    page = reader.page
    reader.open("/reconstruct")
    expect(page.get_by_role("button", name="Choose a folder")).to_be_visible()
    picture(page, "drop-zone")
    page.get_by_label("Folder of views").set_input_files(folder)
    expect(page.get_by_role("heading", name="Raw data")).to_be_visible()
    expect(page.get_by_text("tooth views")).to_be_visible()
    _start(page, 1)
    picture(page, "folder-of-views")


def _start(page: Any, number: int) -> None:
    """Reconstruct, and wait until that take is shown."""
    page.get_by_role("button", name="Reconstruct", exact=True).click()
    expect(page.locator(".bench-pane select").last).to_contain_text(f"{number} · ")
    expect(page.get_by_role("status").filter(has_text="Done")).to_be_visible()


def _circles(page: Any, count: int) -> list[tuple[float, float]]:
    """Return mean and deviation in the circle of every pane, when they are those of where the circle is now."""
    expect(page.locator(".bench-pane")).to_have_count(count)
    texts = page.locator('.bench-pane strong[aria-busy="false"]')
    expect(texts).to_have_count(count)
    found = []
    for text in texts.all_text_contents():
        mean, deviation = re.search(r"circle: (-?[\d.,]+) ± ([\d.,]+) HU", text).groups()  # type: ignore[union-attr] # fails
        found.append((float(mean.replace(",", "")), float(deviation.replace(",", ""))))
    return found


def _expected(image: Any, index: int, middle_mm: np.ndarray, radius_mm: float) -> tuple[float, float]:
    plane = image.values[index]
    away = np.linalg.norm(image.grid.positions_mm()[index][..., :2] - middle_mm[:2], axis=-1)
    values = plane[away <= radius_mm].astype(float)
    return float(values.mean()), float(values.std(ddof=1))


def test_kernel_and_slices_are_changed_and_compared(bench: Any, measurement: ct.Measurement, picture: Keep) -> None:
    page = bench
    _start(page, 1)
    sharp = ct.reconstruct(measurement)
    middle, radius = np.zeros(3), 200 * sharp.grid.spacing_mm[-1] * RADIUS
    assert _circles(page, 1)[0] == pytest.approx(_expected(sharp, 2, middle, radius), rel=0.01)
    page.get_by_label(re.compile("^window")).select_option("hann")
    page.get_by_text("Region and slices").click()
    page.get_by_label(re.compile("^slice thickness mm")).fill("4")
    _start(page, 2)
    soft = ct.reconstruct(measurement, window="hann", slice_thickness_mm=4.0)
    left, right = _circles(page, 2)
    assert left == pytest.approx(_expected(sharp, 2, middle, radius), rel=0.01)
    # The thick slice beside the third thin one (at -1 mm) is the middle one (0 mm).
    assert right == pytest.approx(_expected(soft, 1, middle, radius), rel=0.01)
    assert right[1] < left[1]
    expect(page.get_by_label("Shown on the right")).to_contain_text("2 · fbp · window hann · slice thickness 4")
    expect(page.get_by_role("img", name="Slice 2 of 3")).to_be_visible()
    page.get_by_label(re.compile("^Slice 3 of 6")).press("End")
    expect(page.get_by_role("img", name="Slice 3 of 3")).to_be_visible()
    picture(page, "ct-bench-compare")
    page.get_by_role("button", name="Only this one").click()
    expect(page.locator(".bench-pane")).to_have_count(1)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".bench-pane")).to_have_count(2)


def test_a_region_is_drawn_and_reconstructed_and_a_click_measures(
    bench: Any, measurement: ct.Measurement, picture: Keep
) -> None:
    page = bench
    _start(page, 1)
    _circles(page, 1)  # the picture's place is settled
    page.locator(".bench-picture").scroll_into_view_if_needed()
    box = page.locator(".bench-picture").bounding_box()
    at = lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])  # noqa: E731
    page.mouse.move(*at(0.5, 0.4))
    page.mouse.down()
    page.mouse.move(*at(0.7, 0.6), steps=4)
    picture(page, "ct-bench-region")
    page.mouse.up()
    whole = ct.reconstruct(measurement)
    spacing = whole.grid.spacing_mm[-1]
    page.get_by_text("Region and slices").click()
    fov = float(page.get_by_label(re.compile("^fov mm")).input_value())
    assert fov == pytest.approx(0.2 * 200 * spacing, abs=spacing)
    x_mm, y_mm = (float(page.get_by_label(re.compile(f"^center {axis} mm")).input_value()) for axis in "xy")
    assert (x_mm, y_mm) == pytest.approx((0.1 * 200 * spacing, 0.0), abs=spacing)
    _start(page, 2)
    _circles(page, 2)  # both pictures have their places
    # The same place in both: the click goes to the region's middle, in the picture of the whole.
    left = page.locator(".bench-picture").first
    size = left.bounding_box()
    left.click(position={"x": 0.6 * size["width"], "y": 0.5 * size["height"]})
    page.get_by_label(re.compile("^Radius of the circle")).evaluate(
        """(input, value) => {
            Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, value);
            input.dispatchEvent(new Event("input", {bubbles: true}));
        }""",
        "12",
    )
    expect(page.get_by_text("Radius of the circle, 12 mm")).to_be_visible()
    region = ct.reconstruct(measurement, fov_mm=fov, center_x_mm=x_mm, center_y_mm=y_mm)
    middle = np.array([0.1 * 200 * spacing, 0.0])
    expected = [_expected(image, 2, middle, 12.0)[0] for image in (whole, region)]
    got = [mean for mean, _ in _circles(page, 2)]
    assert got == pytest.approx(expected, abs=8.0)
    picture(page, "ct-bench-region-beside")


def test_corrections_noise_and_differences_are_asked_for_on_the_page(bench: Any, picture: Keep) -> None:
    page = bench
    _start(page, 1)
    page.get_by_text("Corrections").click()
    page.get_by_label(re.compile("^hardening")).select_option("water")
    page.get_by_role("button", name="Reconstruct", exact=True).click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("tube's voltage")
    expect(alert).to_contain_text("filter_al_mm")
    expect(page.locator(".bench-pane")).to_have_count(1)  # what was there stays
    page.get_by_label(re.compile("^kvp")).fill("120")
    page.get_by_label(re.compile("^rings")).check()
    _start(page, 2)
    expect(page.get_by_label("Shown on the right")).to_contain_text("rings · hardening water · kvp 120")
    page.get_by_label("Difference from the left").check()
    # Where one is subtracted from the other, the window lies around nothing.
    expect(page.get_by_text(re.compile(r"^Black at -\d"))).to_have_count(2)
    picture(page, "ct-bench-difference")
    page.get_by_label("Reconstruction method").select_option("noise")
    _start(page, 3)
    expect(page.get_by_label("Shown on the right")).to_contain_text("3 · noise")
    # Noise is another quantity: nothing is subtracted, and it has a window of its own.
    expect(page.get_by_label("Difference from the left")).to_have_count(0)
    expect(page.get_by_text(re.compile("^White at"))).to_have_count(2)
    picture(page, "ct-bench-noise")


def test_one_of_two_is_stored_and_lies_in_the_viewer_where_it_was(
    bench: Any, site: Any, measurement: ct.Measurement, picture: Keep
) -> None:
    page = bench
    _start(page, 1)
    page.get_by_text("Region and slices").click()
    page.get_by_label(re.compile("^slice thickness mm")).fill("4")
    _start(page, 2)
    form = page.locator(".store-form").last
    form.get_by_label("Patient ID").fill("BENCH")
    form.get_by_label("Patient name").fill("Bench^Test")
    form.get_by_role("button", name="Store").click()
    expect(page.get_by_text("3 instances in the archive.")).to_be_visible()
    page.get_by_role("link", name="Open in the viewer").click()
    expect(page.locator("canvas").first).to_be_visible()
    expect(page.get_by_text("Bench, Test").first).to_be_visible()
    image = ct.reconstruct(measurement, slice_thickness_mm=4.0)
    (study,) = page.request.get(site.address + "/dicom-web/studies?PatientID=BENCH").json()
    uid = study["0020000D"]["Value"][0]
    metadata = page.request.get(f"{site.address}/dicom-web/studies/{uid}/metadata").json()
    first = min(metadata, key=lambda one: one["00200032"]["Value"][2])
    assert first["00200032"]["Value"] == pytest.approx(list((image.grid.affine @ [0, 0, 0, 1])[:3]), abs=1e-3)
    assert first["00180050"]["Value"] == [pytest.approx(4.0)]
    assert first["00280030"]["Value"] == pytest.approx(list(image.grid.spacing_mm[-2:]), rel=1e-4)
    picture(page, "ct-bench-in-the-viewer")


def test_a_real_tooth_gets_the_size_of_its_pixels_on_the_page_and_keeps_it_in_the_viewer(
    reader: Any, shared_data: Path, picture: Keep
) -> None:
    page = reader.page
    reader.open("/reconstruct")
    page.get_by_label("Raw file").set_input_files(shared_data / "raw_ct" / "tooth.h5")
    page.get_by_text("What the file does not say").click()
    page.get_by_label(re.compile("^pixel size mm")).fill("0.01")
    page.get_by_label(re.compile("^window")).select_option("hann")
    _start(page, 1)
    image = ct.reconstruct(formats.read(shared_data / "raw_ct" / "tooth.h5", pixel_size_mm=0.01), window="hann")
    expect(page.get_by_text(re.compile(r"640 × 640 × 2 voxels of 0\.0092\d* × 0\.0092\d* × 0\.01 mm"))).to_be_visible()
    picture(page, "ct-bench-tooth")
    form = page.locator(".store-form")
    form.get_by_label("Patient ID").fill("TOOTH")
    form.get_by_role("button", name="Store").click()
    page.get_by_role("link", name="Open in the viewer").click()
    expect(page.locator("canvas").first).to_be_visible()
    (study,) = page.request.get(reader.address + "/dicom-web/studies?PatientID=TOOTH").json()
    metadata = page.request.get(f"{reader.address}/dicom-web/studies/{study['0020000D']['Value'][0]}/metadata").json()
    spacings = [one["00280030"]["Value"][0] for one in metadata]
    assert spacings == pytest.approx([image.grid.spacing_mm[-1]] * 2, rel=1e-5)
    # The field is 5.9 mm wide: the scale bar of the viewer is in millimetres.
    expect(page.get_by_text(re.compile(r"^\d+(\.\d+)? mm$")).first).to_be_visible()
    picture(page, "ct-bench-tooth-in-the-viewer")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_bench_is_accessible(bench: Any, theme: str, picture: Keep) -> None:
    page = bench
    page.evaluate("theme => document.documentElement.setAttribute('data-theme', theme)", theme)
    _start(page, 1)
    for group in ("Region and slices", "Scale", "Corrections"):
        page.get_by_text(group, exact=True).click()
    page.get_by_label(re.compile("^window")).select_option("cosine")
    _start(page, 2)
    _circles(page, 2)
    picture(page, f"ct-bench-{theme}")
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    picture(page, f"ct-bench-narrow-{theme}")
    assert page.locator("main").evaluate("main => main.scrollWidth <= main.clientWidth")
