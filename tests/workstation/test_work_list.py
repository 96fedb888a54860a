"""A person finds studies, reads them and lets the others see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from benchmarks.archive.index_scale import INSERT, rows
from playwright.sync_api import expect
from tests.workstation.at_rest import steady, until
from tests.workstation.dicom_studies import study_bytes, ward

Keep = Callable[[Any, str], Path]


@pytest.fixture
def worklist(site: Any, reader: Any) -> Any:
    """Return the page with the list of a small ward."""
    for file in ward():
        site.store_bytes(file)
    reader.open("/studies")
    expect(reader.page.get_by_role("status").first).to_have_text("24 studies, 24 images")
    return reader.page


def names(page: Any) -> list[str]:
    """Return the patients' names in the rows that are drawn, from the top."""
    listed: list[str] = page.locator(".study-row:not(.heading) .patientName").all_inner_texts()
    return listed


def test_one_box_finds_by_name_id_accession_and_description(worklist: Any, picture: Keep) -> None:
    worklist.keyboard.press("/")
    for typed, expected in (
        ("nguyen", 3),
        ("mai nguy", 3),
        ("p-003", 3),
        ("A1007", 1),
        ("brain", 8),
        ("muller brain", 1),
        ("nobody", 0),
    ):
        worklist.keyboard.press("ControlOrMeta+A")
        worklist.keyboard.type(typed)
        answered(worklist)
        expect(worklist.get_by_role("status").first).to_have_text(re.compile(f"^{expected} stud(y|ies),"))
    picture(worklist, "work-list-nothing")
    expect(worklist.get_by_role("heading", name="No study matches")).to_be_visible()
    worklist.get_by_role("button", name="Clear the search").click()
    expect(worklist.get_by_role("status").first).to_have_text("24 studies, 24 images")
    assert "nguyen" not in worklist.url


def answered(page: Any) -> None:
    """Wait until the list is that of what is searched for now."""
    expect(page.locator(".study-main")).to_have_attribute("aria-busy", "false")


def test_enter_takes_the_first_study_of_what_was_typed_and_not_of_the_list_before(worklist: Any) -> None:
    panel = worklist.get_by_role("complementary", name="Selected study")
    held: list[Any] = []
    worklist.route("**/api/work-list", lambda route: held.append(route))
    worklist.keyboard.press("/")
    worklist.keyboard.type("smith")
    worklist.keyboard.press("Enter")
    until(worklist, lambda: held and "smith" in str(held[-1].request.post_data), bool)
    expect(panel).to_contain_text("Select a study")
    held[-1].continue_()
    worklist.unroute("**/api/work-list")
    expect(panel.get_by_text("A1021")).to_be_visible()
    expect(worklist.locator(".study-table")).to_be_focused()


def test_filters_and_sorting(worklist: Any) -> None:
    worklist.get_by_label("Modality").fill("mr")
    expect(worklist.get_by_role("status").first).to_have_text("8 studies, 8 images")
    worklist.get_by_label("Date").select_option("between")
    worklist.get_by_label("From").fill("2026-01-12")
    answered(worklist)
    expect(worklist.get_by_role("status").first).to_have_text("5 studies, 5 images")
    worklist.get_by_role("button", name="Clear").click()
    worklist.get_by_role("columnheader", name="Patient").get_by_role("button").click()
    expect(worklist.locator(".study-row .patientName").nth(1)).to_have_text("Adler, Ruth")
    sorted_names = ["Adler, Ruth"] * 3 + ["Becker, Jan"]
    assert until(worklist, lambda: names(worklist)[:4], lambda found: found == sorted_names) == sorted_names
    worklist.get_by_role("columnheader", name="Patient").get_by_role("button").click()
    expect(worklist.locator(".study-row .patientName").nth(1)).to_have_text("Zorić, Ana")


def test_everything_by_keyboard(worklist: Any, site: Any, picture: Keep) -> None:
    page = worklist
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    picture(page, "work-list-keys")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.type("smith")
    expect(page.get_by_role("status").first).to_have_text("3 studies, 3 images")
    page.keyboard.press("Enter")  # into the list
    panel = page.get_by_role("complementary", name="Selected study")
    expect(panel.get_by_text("A1021")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(panel.get_by_text("A1013")).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator(".study-row[aria-selected=true] .state")).to_have_text("✓Read")
    page.keyboard.press("2")  # only unread
    expect(page.get_by_role("status").first).to_have_text("2 studies, 2 images")
    page.keyboard.press("1")
    expect(page.get_by_role("status").first).to_have_text("3 studies, 3 images")
    answered(page)
    page.locator(".study-table").focus()
    page.keyboard.press("Home")
    expect(panel.get_by_text("A1021")).to_be_visible()
    with page.expect_response("**/studies/*/state"):
        page.keyboard.press("Enter")
    page.wait_for_url("**/view/1.2.826.0.1.77.22/**")

    def actions() -> set[tuple[str, str]]:
        return {(entry.action, entry.target) for entry in site.department.audit.entries()}

    marks = {("mark read", "1.2.826.0.1.77.14"), ("mark reading", "1.2.826.0.1.77.22")}
    assert marks <= until(page, actions, lambda found: marks <= found)


def test_the_study_of_an_address_is_wholly_in_sight(worklist: Any, site: Any) -> None:
    """The last row that had to be scrolled to: the heading over the list takes no part of it."""
    worklist.goto(f"{site.address}/studies/1.2.826.0.1.77.3")
    row, table = worklist.locator(".study-row[aria-selected=true]"), worklist.locator(".study-table")
    row.wait_for()
    worklist.wait_for_function("() => document.querySelector('.study-table').scrollTop > 0")
    inner, outer = steady(worklist, lambda: (row.bounding_box(), table.bounding_box()))
    assert inner["y"] + inner["height"] <= outer["y"] + outer["height"] + 1


def test_others_see_who_is_reading(worklist: Any, site: Any, chromium: Any, picture: Keep) -> None:
    site.department.accounts.add("rita", "correct horse battery", display_name="Rita Roe", roles=("reader",))
    other = chromium.new_context(locale="en-US").new_page()
    other.goto(site.address)
    other.get_by_label("User name").fill("rita")
    other.get_by_label("Password").fill("correct horse battery")
    other.get_by_role("button", name="Sign in").click()
    other.locator(".study-row", has_text="A1020").dblclick()
    other.wait_for_url("**/view/**")
    row = worklist.locator(".study-row", has_text="A1020").locator(".state")
    expect(row).to_have_text("◐Rita Roe")
    picture(worklist, "work-list-reading")
    other.context.close()


def test_the_selected_study_shows_series_and_priors(worklist: Any, picture: Keep) -> None:
    worklist.locator(".study-row", has_text="A1018").click()
    panel = worklist.get_by_role("complementary", name="Selected study")
    expect(panel.get_by_role("heading", name="Nguyễn, Thị Mai")).to_be_visible()
    expect(panel.locator(".prior")).to_have_count(2)
    expect(panel.locator(".prior").first).to_contain_text("Jan 11, 2026")
    expect(panel.locator(".prior").first).to_contain_text("8 days before")
    image = panel.locator(".thumbnail img")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    picture(worklist, "work-list")


def test_views_are_kept_on_the_server(worklist: Any, site: Any) -> None:
    page = worklist
    page.get_by_label("Modality").fill("CT")
    page.get_by_role("button", name="Unread").click()
    page.get_by_role("button", name="Save view").click()
    page.get_by_label("Name of the view").fill("CT to read")
    page.get_by_label("For everybody at this site").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.reload()
    page.get_by_label("Saved views").select_option(label="CT to read (site)")
    expect(page.get_by_label("Modality")).to_have_value("CT")
    expect(page.get_by_role("status").first).to_have_text("16 studies, 16 images")
    assert [view.name for view in site.department.saved_views.seen_by("anybody")] == ["CT to read"]
    page.get_by_role("button", name="Delete the view CT to read").click()
    expect(page.get_by_label("Saved views")).to_have_count(0)


def test_what_arrives_is_shown(worklist: Any, site: Any) -> None:
    site.store_bytes(study_bytes("1.2.826.0.1.77.99", StudyDate="20270101", PatientName="Late^Arrival"))
    expect(worklist.locator(".study-row .patientName").nth(1)).to_have_text("Late, Arrival")


def test_many_files_are_sent_each_with_its_result(worklist: Any, tmp_path: Path, picture: Keep) -> None:
    files = []
    for number in range(30):
        path = tmp_path / f"image-{number:02d}.dcm"
        path.write_bytes(study_bytes("1.2.826.0.1.78.1", instance=number + 1, StudyDate="20260201"))
        files.append(path)
    broken = tmp_path / "letter.txt"
    broken.write_text("no image")
    worklist.get_by_label("DICOM files").set_input_files([str(path) for path in (*files, broken)])
    panel = worklist.get_by_role("region", name="Upload")
    expect(panel.get_by_role("status")).to_have_text("30 stored, 1 refused")
    expect(panel.locator("li").first).to_contain_text("letter.txt")
    picture(worklist, "work-list-upload")
    expect(worklist.locator(".study-row", has_text="Feb 1, 2026").locator(".nInstances")).to_have_text("30")


def test_a_hundred_thousand_studies_scroll(site: Any, reader: Any, picture: Keep) -> None:
    site.department.archive._index.change(lambda connection: connection.executemany(INSERT, rows(100_000)).rowcount)
    page = reader.page
    reader.open("/studies")
    expect(page.get_by_role("status").first).to_have_text("100,000 studies, 10,000,000 images")
    table = page.get_by_role("grid", name="Studies")
    assert page.locator(".study-row").count() < 80
    table.focus()
    page.keyboard.press("End")
    expect(page.locator("[aria-rowindex='100001'] .patientName")).to_have_text("Adams0000000, Test")
    expect(page.locator("[aria-rowindex='100001']")).to_have_attribute("aria-selected", "true")
    table.evaluate("table => { table.scrollTop = table.scrollHeight / 2 }")
    expect(page.locator("[aria-rowindex='50002'] .patientName")).to_be_visible()
    picture(page, "work-list-100000")


def test_the_list_says_when_the_server_is_gone(worklist: Any) -> None:
    worklist.context.set_offline(True)
    worklist.get_by_label("Find by name").fill("adler")
    expect(worklist.get_by_role("alert")).to_contain_text("The server cannot be reached")
    worklist.context.set_offline(False)
    worklist.get_by_role("button", name="Try again").click()
    expect(worklist.get_by_role("status").first).to_have_text("3 studies, 3 images")
    expect(worklist.get_by_role("alert")).to_have_count(0)
