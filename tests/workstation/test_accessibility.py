"""Every page is checked by axe-core, dark and light; languages and display check are looked at as well.

Source: WCAG 2.2 levels A and AA, as axe-core tests them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from playwright.sync_api import expect
from pydicom.data import get_testdata_file
from tests.workstation import ct_phantom as phantom
from tests.workstation.at_rest import settle, steady, until
from tests.workstation.dicom_studies import ward

Keep = Callable[[Any, str], Path]
AXE = Path(__file__).parents[2] / "viewer" / "node_modules" / "axe-core" / "axe.min.js"
STUDY = "1.2.826.0.1.77.3"
ECG = Path(str(get_testdata_file("waveform_ecg.dcm", download=False)))
LANGUAGES = ("en", "de", "vi")


@pytest.fixture
def worklist(site: Any, reader: Any) -> Any:
    """Return the page with the list of a small ward."""
    for file in ward():
        site.store_bytes(file)
    reader.open(f"/studies/{STUDY}")
    expect(reader.page.get_by_role("status").first).to_have_text("24 studies, 24 images")
    return reader.page


def violations(page: Any) -> list[str]:
    """Return what axe-core finds that is serious or critical: rule, element, and what it says."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed (cd viewer && npm ci)")
    # What fades in has other contrasts on its way.
    settle(page)
    page.wait_for_function(
        "document.getAnimations().every((one) => one.effect.getComputedTiming().iterations === Infinity"
        " || one.playState !== 'running')"
    )
    # The page's policy lets no script in by an address; the debugger is not bound by it.
    page.evaluate(AXE.read_text())
    found = page.evaluate("""() => axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    })""")
    return [
        f"{each['id']}: {node['html'][:160]} | {node['failureSummary'][:240]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


def in_theme(page: Any, theme: str) -> None:
    """Choose dark or light."""
    page.evaluate(f"localStorage.setItem('isocenter-theme', '{theme}')")
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_page_of_somebody_signed_in(worklist: Any, site: Any, picture: Keep, theme: str) -> None:
    page = worklist
    in_theme(page, theme)
    expect(page.locator(".thumbnail img")).to_be_visible()
    expect(page.locator(".study-row[aria-selected=true]")).to_be_in_viewport()
    found = {"work list": violations(page)}
    picture(page, f"accessible-work-list-{theme}")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    found["keys"] = violations(page)
    page.keyboard.press("Escape")
    for opens, name in (("Save view", "Save view"), ("Share", "Share this study"), ("Settings", "Settings")):
        page.get_by_role("button", name=opens).click()
        dialog = page.get_by_role("dialog", name=name)
        expect(dialog).to_be_visible()
        if name == "Settings":
            expect(dialog.get_by_label("Sign out after so many minutes")).to_have_value("15")
        steady(page, dialog.inner_html, pause_ms=200)
        found[name] = violations(page)
        page.get_by_role("button", name="Close").click()
        expect(dialog).to_have_count(0)
    page.get_by_label("Find by name").fill("nobody at all")
    expect(page.get_by_role("heading", name="No study matches")).to_be_visible()
    found["nothing found"] = violations(page)
    for path, landmark in (("/reconstruct", "Drop a raw file or a folder"), ("/studies/1/2", "There is no such page")):
        page.goto(site.address + path)
        expect(page.get_by_text(landmark)).to_be_visible()
        found[path] = violations(page)
        picture(page, f"accessible{path.replace('/', '-')}-{theme}")
    page.goto(site.address + "/studies")
    expect(page.get_by_role("grid")).to_be_visible()
    site.department.sessions.end_all_of(site.username)
    expect(page.get_by_role("dialog", name="Sign in")).to_be_visible()
    found["signing in again"] = violations(page)
    assert {where: what for where, what in found.items() if what} == {}


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_page_without_an_account(site: Any, chromium: Any, picture: Keep, theme: str) -> None:
    context = chromium.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    found = {}
    for path, role, name in (
        ("/", "button", "Sign in"),
        (f"/shared#{'a' * 43}", "button", "Open the study"),
        ("/shared", "alert", None),
        ("/display-check", "img", None),
    ):
        page.goto(site.address + path)
        in_theme(page, theme)
        expect(page.get_by_role(role, name=name) if name else page.get_by_role(role)).to_be_visible()
        found[path] = violations(page)
        picture(page, f"accessible{path.split('#')[0].replace('/', '-')}-{theme}")
        page.goto("about:blank")
    context.close()
    assert {where: what for where, what in found.items() if what} == {}


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_reading_page(site: Any, reader: Any, picture: Keep, theme: str) -> None:
    for content in phantom.ct_files(3):
        site.store_bytes(content)
    site.store(ECG)
    page = reader.page
    page.goto(f"{site.address}/view/{phantom.STUDY}/{phantom.SERIES}")
    page.get_by_text("Image 2 of 3").wait_for()
    in_theme(page, theme)
    settle(page)
    picture(page, f"accessible-viewer-{theme}")
    found = {"image": violations(page)}
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    found["help"] = violations(page)
    page.keyboard.press("Escape")
    for key, name in (("G", "grid picker"), ("m", "how it was made")):
        before = page.locator("body").inner_html()
        page.keyboard.press(key)
        assert until(page, page.locator("body").inner_html, lambda now, before=before: now != before) != before
        steady(page, page.locator("body").inner_html)
        found[name] = violations(page)
        page.keyboard.press("Escape" if key == "G" else key)
    page.keyboard.press("M")
    page.get_by_text("sagittal").first.wait_for()
    settle(page)
    found["planes"] = violations(page)
    page.goto(f"{site.address}/view/{pydicom.dcmread(ECG).StudyInstanceUID}")
    page.locator(".cell-document iframe").wait_for()
    found["document in a cell"] = violations(page)
    # A document is a page of its own: within a frame it would not be looked at.
    page.goto(page.locator(".cell-document iframe").evaluate("frame => frame.src"))
    found["document"] = violations(page)
    page.goto(f"{site.address}/server-view/{phantom.STUDY}/{phantom.SERIES}")
    page.locator(".server-view img").wait_for()
    in_theme(page, theme)
    found["drawn by the server"] = violations(page)
    picture(page, f"accessible-server-view-{theme}")
    assert {where: what for where, what in found.items() if what} == {}


def test_the_checker_finds_what_is_wrong(worklist: Any) -> None:
    worklist.evaluate("""() => {
        const button = document.createElement("button");
        button.style.cssText = "color: #888; background: #999";
        document.querySelector(".study-counts").append(button, document.createElement("input"));
    }""")
    rules = {each.split(":")[0] for each in violations(worklist)}
    assert {"button-name", "label"} <= rules


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_speak_the_chosen_language(worklist: Any, site: Any, picture: Keep, language: str) -> None:
    page = worklist
    page.get_by_label("Language").select_option(language)
    expect(page.locator("html")).to_have_attribute("lang", language)
    words = {
        "en": ("24 studies, 24 images", "Jan 3, 2026", "Open study", "Sign out", "Drop a raw file or a folder"),
        "de": ("24 Studien, 24 Bilder", "03.01.2026", "Studie öffnen", "Abmelden", "Rohdatei oder Ordner hier"),
        "vi": ("24 ca chụp, 24 ảnh", "3 thg 1, 2026", "Mở ca chụp", "Đăng xuất", "Thả tệp hoặc thư mục dữ liệu thô"),
    }[language]
    expect(page.get_by_role("status").first).to_have_text(words[0])
    expect(page.get_by_role("complementary")).to_contain_text(words[1])
    expect(page.get_by_role("link", name=words[2])).to_be_visible()
    expect(page.get_by_role("button", name=words[3])).to_be_visible()
    picture(page, f"language-{language}")
    page.goto(site.address + "/reconstruct")
    expect(page.get_by_text(words[4])).to_be_visible()  # kept for the next page
    # Nothing is cut off in the longest language.
    page.goto(site.address + "/studies")
    expect(page.get_by_role("grid")).to_be_visible()
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_display_check_shows_exact_greys(reader: Any, picture: Keep) -> None:
    page = reader.page
    page.get_by_role("link", name="Display check").click()
    canvas = page.get_by_role("img")
    expect(canvas).to_be_visible()
    picture(page, "display-check")
    read = """canvas => {
        const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const found = new Set();
        for (let i = 0; i < data.length; i += 4) {
            if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return "coloured";
            found.add(data[i]);
        }
        return [...found].sort((a, b) => a - b);
    }"""
    every_grey = list(range(256))
    assert until(page, lambda: canvas.evaluate(read), lambda found: found == every_grey) == every_grey
    settle(page)
    box = canvas.bounding_box()
    size = canvas.evaluate("canvas => [canvas.width, canvas.height]")
    assert size == [round(box["width"]), round(box["height"])]  # a pixel of the picture is one of the screen
    page.get_by_role("button", name="Measure with a photometer").click()
    for _ in range(17):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("status")).to_have_text("Level 18 of 18: grey 255 of 255")
    middle = "canvas => canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[0]"
    assert until(page, lambda: canvas.evaluate(middle), lambda grey: grey == 255) == 255
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("document.fullscreenElement?.tagName === 'CANVAS'")
