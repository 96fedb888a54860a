"""A person without WebGL reads a volume that the server draws."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect
from tests.workstation.at_rest import settle, steady, until

Keep = Callable[[Any, str], Path]


def uids_of(folder: Path) -> tuple[str, str]:
    """Return study and series of the files in a folder."""
    found = pydicom.dcmread(sorted(folder.iterdir())[0], stop_before_pixels=True)
    return found.StudyInstanceUID, found.SeriesInstanceUID


def shown(reader: Any) -> Any:
    """Wait for the picture and return its element."""
    image = reader.page.locator(".server-view img")
    image.wait_for(timeout=60_000)  # the kernels may have to be compiled first
    return image


def grey(reader: Any) -> np.ndarray[Any, Any]:
    """Return the picture area as brightness, once it no longer changes."""
    settle(reader.page)
    content = steady(reader.page, reader.page.locator(".server-view").screenshot, n_times=2)
    return np.asarray(imagecodecs.png_decode(content))[..., :3].mean(axis=-1)


def change(reader: Any, act: Callable[[], Any]) -> None:
    """Do something and wait until the picture that it asks for is shown."""
    settle(reader.page)
    before = shown(reader).get_attribute("src")
    act()
    expect(shown(reader)).not_to_have_attribute("src", before)
    settle(reader.page)


@pytest.fixture
def liver(site: Any, reader: Any, shared_data: Path) -> tuple[str, str]:
    folder = shared_data / "demo" / "liver_ct" / "image"
    site.store(folder)
    study, series = uids_of(folder)
    reader.open(f"/server-view/{study}/{series}")
    shown(reader)
    return study, series


def test_planes_and_slabs_of_a_real_computed_tomography(liver: Any, reader: Any, picture: Keep) -> None:
    settle(reader.page)
    picture(reader.page, "server-view-axial")
    axial = grey(reader)
    assert axial.std() > 20  # a body in the dark, not an empty picture
    change(reader, lambda: reader.page.locator(".server-view").press("ArrowDown"))
    expect(reader.page.locator(".server-view .bottom-left")).to_contain_text("axial")
    assert not np.array_equal(axial, grey(reader))
    change(reader, lambda: reader.page.get_by_role("button", name="Coronal").click())
    change(reader, lambda: reader.page.get_by_label("Slab").select_option("10000"))
    picture(reader.page, "server-view-coronal-mip")


def test_a_picture_fits_a_smaller_window_and_is_asked_for_no_more(liver: Any, reader: Any) -> None:
    page = reader.page
    settle(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/plane?" in request.url else None)
    page.set_viewport_size({"width": 1280, "height": 640})
    view = page.locator(".server-view")
    box = until(page, view.bounding_box, lambda now: now["y"] + now["height"] <= 641)
    assert box["y"] + box["height"] <= 641, "the picture holds its place open"
    settle(page)
    n_asked = steady(page, lambda: len(asked), n_times=10)
    assert n_asked <= 3, "sizes that the window had on its way, and no picture asks for another"


def test_a_body_turns_with_the_hand(liver: Any, reader: Any, picture: Keep) -> None:
    change(reader, lambda: reader.page.get_by_role("button", name="Volume").click())
    front = grey(reader)
    box = reader.page.locator(".server-view").bounding_box()

    def drag() -> None:
        reader.page.mouse.move(box["x"] + 600, box["y"] + 300)
        reader.page.mouse.down()
        reader.page.mouse.move(box["x"] + 450, box["y"] + 340, steps=6)
        reader.page.mouse.up()

    change(reader, drag)
    picture(reader.page, "server-view-volume")
    assert np.abs(front - grey(reader)).mean() > 2


def test_the_value_under_the_pointer_has_its_unit(liver: Any, site: Any, reader: Any) -> None:
    settle(reader.page)
    box = reader.page.locator(".server-view").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    reader.page.mouse.move(x, y)
    reader.page.mouse.move(x + 1, y)
    expect(reader.page.locator(".server-view")).to_have_attribute("aria-busy", "false")
    told = reader.page.locator(".server-view .bottom-right > :last-child")
    expect(told).to_have_text(re.compile(r"HU$"))
    value, unit = told.inner_text().split()
    assert unit == "HU"
    assert -200 < float(value) < 400  # the middle of an abdomen


def test_function_over_anatomy(site: Any, reader: Any, shared_data: Path, picture: Keep) -> None:
    """Both series are brought into one study and one frame of reference, as a hybrid scanner writes them."""
    root = shared_data / "demo" / "sts_002"
    study, series = uids_of(root / "CT" / "image")
    for kind in ("CT", "PET"):
        for path in sorted((root / kind / "image").iterdir()):
            dataset = pydicom.dcmread(path)
            dataset.StudyInstanceUID, dataset.FrameOfReferenceUID = study, "1.2.3.4"
            stream = BytesIO()
            dataset.save_as(stream)
            site.store_bytes(stream.getvalue())
    reader.open(f"/server-view/{study}/{series}")
    shown(reader)
    choice = reader.page.get_by_label("Fusion")
    change(reader, lambda: choice.select_option(index=1))
    picture(reader.page, "server-view-fusion")
    content = imagecodecs.png_decode(reader.page.locator(".server-view").screenshot())[..., :3].astype(int)
    assert (content.max(axis=-1) - content.min(axis=-1) > 60).mean() > 0.001  # there is colour


def test_a_series_that_is_no_volume_says_why(site: Any, reader: Any, shared_data: Path) -> None:
    folder = shared_data / "demo" / "liver_ct" / "image"
    files = sorted(folder.iterdir())
    site.store(*files[:10], *files[14:])
    study, series = uids_of(folder)
    reader.open(f"/server-view/{study}/{series}")
    notice = reader.page.get_by_role("alert")
    expect(notice).to_contain_text("4 slices missing")


@pytest.fixture
def plain(chromium: Any, site: Any) -> Iterator[Any]:
    """Yield a signed-in page of a browser that has no WebGL."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="de-DE")
    page = context.new_page()
    page.add_init_script(
        "const real = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        " return kind.startsWith('webgl') ? null : real.call(this, kind, ...rest); };"
    )
    page.goto(site.address)
    page.get_by_label("Benutzername").fill(site.username)
    page.get_by_label("Kennwort").fill(site.password)
    page.get_by_role("button", name="Anmelden").click()
    page.get_by_role("button", name="Abmelden").wait_for()
    yield page
    context.close()


def test_without_webgl_the_viewer_lets_the_server_draw(plain: Any, site: Any, shared_data: Path, picture: Keep) -> None:
    folder = shared_data / "demo" / "liver_ct" / "image"
    site.store(folder)
    plain.goto(f"{site.address}/view/{uids_of(folder)[0]}")
    plain.locator(".server-view img").wait_for(timeout=60_000)
    expect(plain.get_by_role("note")).to_contain_text("WebGL")
    plain.get_by_role("button", name="Koronar").wait_for()
    picture(plain, "server-view-without-webgl")
