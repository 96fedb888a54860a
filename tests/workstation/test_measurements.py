"""What is measured on the page is in the archive as a structured report, and comes back exactly."""

from __future__ import annotations

import csv
import importlib.util
import io
import math
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect
from tests.workstation.at_rest import settle, until


def _beside(name: str) -> ModuleType:
    """Return the module of this name in this folder."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


phantom, by_hand = _beside("ct_phantom"), _beside("sr_by_hand")

STOW = re.compile(r"/dicom-web/studies/[\d.]+$")


@pytest.fixture
def ct(site: Any, reader: Any) -> Any:
    """Return the page of the reader with the CT phantom open."""
    for content in phantom.ct_files():
        site.store_bytes(content)
    reader.open(f"/view/{phantom.STUDY}/{phantom.SERIES}")
    wait_for_picture(reader.page)
    return reader.page


def wait_for_picture(page: Any) -> None:
    """Wait until the frame is on the screen and the tools work on it."""
    page.get_by_text("Image 2 of 3").wait_for()
    settle(page)


def draw(page: Any, key: str, *points: tuple[float, float]) -> None:
    """Choose a tool by its key and draw by its points, in fractions of the picture."""
    settle(page)
    box = page.locator(".canvas").first.bounding_box()
    page.keyboard.press(key)
    (first, *others) = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
    page.mouse.move(*first)
    page.mouse.down()
    page.mouse.move(*others[0], steps=4)
    page.mouse.up()
    for point in others[1:]:
        page.mouse.move(*point, steps=4)
        page.mouse.down()
        page.mouse.up()
    page.wait_for_timeout(300)


def wait_saved(page: Any) -> None:
    """Wait until the panel has the numbers of what is drawn, and says that everything is saved."""
    panel = page.locator('.measurement-panel[aria-busy="false"]')
    panel.locator('[data-testid=save-state][data-state="saved"]').wait_for()


def rows(page: Any) -> Any:
    """Return the lines of the panel."""
    return page.get_by_test_id("measurement")


def exported(page: Any) -> list[dict[str, str]]:
    """Return the table that the panel exports, once it has the numbers of what is drawn."""
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def reports(site: Any) -> list[bytes]:
    """Return the files of all structured reports of the study, in the order of their numbers."""
    archive = site.department.archive
    files = [bytes(archive.current(instance)) for instance in archive.instances(phantom.STUDY)]
    read = [(pydicom.dcmread(io.BytesIO(content)), content) for content in files]
    return [content for dataset, content in sorted(read, key=_number) if dataset.Modality == "SR"]


def _number(one: tuple[Any, bytes]) -> int:
    return int(one[0].InstanceNumber)


def dciodvfy_errors(path: Path) -> list[str]:
    """Return what dciodvfy calls an error; skips where it is not installed."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (package dicom3tools) is not installed")
    said = subprocess.run(
        ["dciodvfy", "-new", str(path)], capture_output=True, text=True, errors="replace", check=False
    )
    return [line for line in (said.stdout + said.stderr).splitlines() if line.startswith("Error")]


def points_of(line: dict[str, str]) -> list[list[float]]:
    """Return the points in the patient, mm."""
    return [[float(x) for x in point.split()] for point in line["points in the patient (x y z, mm)"].split("; ")]


def test_what_is_drawn_is_saved_by_itself_and_comes_back_exactly(
    site: Any, ct: Any, tmp_path: Path, picture: Callable[[Any, str], Path]
) -> None:
    draw(ct, "l", (0.35, 0.3), (0.6, 0.5))
    draw(ct, "e", (0.5, 0.5), (0.56, 0.58))
    draw(ct, "a", (0.3, 0.7), (0.4, 0.8), (0.5, 0.65))
    rows(ct).nth(2).wait_for()
    ct.get_by_label("Label of Length 1").fill('Läsion "1"')
    ct.get_by_label("Label of Length 1").press("Enter")
    wait_saved(ct)
    before = exported(ct)
    picture(ct, "measurements")

    length, angle = before[0], before[-1]
    assert [line["kind"] for line in before] == ["Length"] + ["EllipticalROI"] * 5 + ["Angle"]
    start, end = points_of(length)
    assert float(length["value"]) == pytest.approx(math.dist(start, end), abs=1e-3)
    assert start[2] == end[2] == phantom.SLICE_DISTANCE_MM * 2
    a, vertex, b = points_of(angle)
    assert float(angle["value"]) == pytest.approx(_angle_deg(a, vertex, b), abs=1e-2)
    mean = next(line for line in before if line["derivation"] == "Mean")
    assert (float(mean["value"]), mean["unit (UCUM)"]) == (phantom.SQUARE_HU, "[hnsf'U]")

    ct.reload()
    wait_for_picture(ct)
    rows(ct).nth(2).wait_for()
    picture(ct, "measurements-reloaded")
    assert exported(ct) == before
    expect(ct.get_by_label("Label of Length 1")).to_have_value('Läsion "1"')
    n_reports = len(reports(site))
    ct.wait_for_timeout(3000)
    assert len(reports(site)) == n_reports, "opening the study wrote a report"

    path = tmp_path / "report.dcm"
    path.write_bytes(reports(site)[-1])
    assert dciodvfy_errors(path) == []


def _angle_deg(a: list[float], vertex: list[float], b: list[float]) -> float:
    u, v = ([x - y for x, y in zip(end, vertex, strict=True)] for end in (a, b))
    cosine = sum(x * y for x, y in zip(u, v, strict=True)) / math.hypot(*u) / math.hypot(*v)
    return math.degrees(math.acos(cosine))


def test_highdicom_reads_what_the_page_saved(site: Any, ct: Any, tmp_path: Path) -> None:
    highdicom = pytest.importorskip("highdicom")
    draw(ct, "l", (0.35, 0.3), (0.6, 0.5))
    draw(ct, "e", (0.5, 0.5), (0.56, 0.58))
    rows(ct).nth(1).wait_for()
    wait_saved(ct)
    lines = exported(ct)
    path = tmp_path / "report.dcm"
    path.write_bytes(reports(site)[-1])

    content = highdicom.sr.srread(path).content
    (length,) = content.get_image_measurement_groups()
    (measured,) = length.get_measurements()
    assert length.tracking_identifier == "Length 1"
    assert length.tracking_uid == lines[0]["tracking UID"]
    assert measured.name.meaning == "Length"
    assert measured.value == pytest.approx(float(lines[0]["value"]))
    (ellipse,) = content.get_planar_roi_measurement_groups()
    assert ellipse.roi.graphic_type.value == "ELLIPSE"
    drawn = {tuple(float(x) for x in point.split()) for point in lines[1]["points (column row)"].split("; ")}
    assert {tuple(point) for point in ellipse.roi.value.tolist()} == drawn


def test_a_change_replaces_the_report_and_undo_takes_it_back(site: Any, ct: Any) -> None:
    draw(ct, "l", (0.35, 0.3), (0.6, 0.5))
    rows(ct).first.wait_for()
    wait_saved(ct)
    ct.get_by_role("button", name="Delete Length 1").click()
    rows(ct).first.wait_for(state="detached")
    wait_saved(ct)
    # A drawing that takes long is saved on its way as well.
    *_, first, second = (pydicom.dcmread(io.BytesIO(content)) for content in reports(site))
    assert first.SeriesInstanceUID == second.SeriesInstanceUID
    assert list(groups_of(reports(site)[-1])) == []
    replaced = second.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    assert replaced.ReferencedSOPInstanceUID == first.SOPInstanceUID
    ct.get_by_role("button", name="Undo").click()
    rows(ct).first.wait_for()
    wait_saved(ct)
    ct.reload()
    wait_for_picture(ct)
    rows(ct).first.wait_for()


def test_network_loss_loses_no_measurement(site: Any, ct: Any, picture: Callable[[Any, str], Path]) -> None:
    ct.route(STOW, lambda route: route.abort("internetdisconnected"))
    draw(ct, "l", (0.35, 0.3), (0.6, 0.5))
    ct.locator('[data-testid=save-state][data-state="failed"]').wait_for()
    picture(ct, "measurements-not-saved")
    draw(ct, "a", (0.3, 0.7), (0.4, 0.8), (0.5, 0.65))
    rows(ct).nth(1).wait_for()
    before = exported(ct)
    assert reports(site) == []
    ct.unroute(STOW)
    wait_saved(ct)
    ct.reload()
    wait_for_picture(ct)
    rows(ct).nth(1).wait_for()
    assert exported(ct) == before


def test_an_expired_sign_in_loses_no_measurement(site: Any, ct: Any) -> None:
    ct.context.clear_cookies()
    draw(ct, "l", (0.35, 0.3), (0.6, 0.5))
    ct.get_by_label("User name").fill(site.username)
    ct.get_by_label("Password").fill(site.password)
    ct.get_by_role("button", name="Sign in").click()
    rows(ct).first.wait_for()
    wait_saved(ct)
    assert list(groups_of(reports(site)[-1])) == ["Length 1"]


@pytest.fixture
def leaving(ct: Any) -> list[str]:
    """Return the kinds of dialogs that the page opened; all are accepted."""
    kinds: list[str] = []

    def accept(dialog: Any) -> None:
        kinds.append(dialog.type)
        dialog.accept()

    ct.on("dialog", accept)
    return kinds


def test_leaving_with_unsaved_measurements_is_asked_about(ct: Any, leaving: list[str]) -> None:
    ct.route(STOW, lambda route: route.abort("internetdisconnected"))
    draw(ct, "l", (0.35, 0.3), (0.6, 0.5))
    ct.locator('[data-testid=save-state][data-state="failed"]').wait_for()
    ct.reload()
    assert until(ct, lambda: list(leaving), bool) == ["beforeunload"]


def groups_of(content: bytes) -> dict[str, list[Any]]:
    """Return shapes and numbers of each measurement group, by tracking identifier, in the order of the report."""
    found: dict[str, list[Any]] = {}

    def walk(item: Any, said: list[Any] | None) -> None:
        if item.get("ConceptNameCodeSequence") and item.ConceptNameCodeSequence[0].CodeValue == "125007":
            name = next(one.TextValue for one in item.ContentSequence if one.ValueType == "TEXT")
            said = found.setdefault(name, [])
        if said is not None and item.ValueType == "SCOORD":
            reference = item.ContentSequence[0].ReferencedSOPSequence[0]
            said.append((item.GraphicType, list(item.GraphicData), reference.ReferencedSOPInstanceUID))
        if said is not None and item.ValueType == "NUM":
            measured = item.MeasuredValueSequence[0]
            unit = measured.MeasurementUnitsCodeSequence[0].CodeValue
            said.append((item.ConceptNameCodeSequence[0].CodeValue, float(measured.NumericValue), unit))
        for child in item.get("ContentSequence", ()):
            walk(child, said)

    walk(pydicom.dcmread(io.BytesIO(content)), None)
    return found


def test_every_kind_is_read_drawn_and_written_back_as_it_was(
    site: Any, reader: Any, tmp_path: Path, picture: Callable[[Any, str], Path]
) -> None:
    page = reader.page
    files = phantom.ct_files()
    source = pydicom.dcmread(io.BytesIO(files[1]))
    original = by_hand.report(
        source,
        by_hand.every_kind(source.SOPInstanceUID),
        manufacturer="Isocenter",
        model="isocenter viewer",
    )
    for content in (*files, original):
        site.store_bytes(content)
    reader.open(f"/view/{phantom.STUDY}/{phantom.SERIES}")
    wait_for_picture(page)
    rows(page).nth(9).wait_for()
    picture(page, "measurements-every-kind")
    page.get_by_label("Label of Arrow 1").fill("seen before")
    page.get_by_label("Label of Arrow 1").press("Enter")
    page.locator('[data-testid=save-state]:not([data-state="saved"])').wait_for()
    wait_saved(page)
    *_, written = sorted(reports(site), key=lambda content: pydicom.dcmread(io.BytesIO(content)).ContentDate)
    assert written != original
    assert groups_of(written) == groups_of(original)
    path = tmp_path / "written.dcm"
    path.write_bytes(written)
    assert dciodvfy_errors(path) == []


def test_reports_of_others_are_shown_and_left_alone(site: Any, reader: Any) -> None:
    page = reader.page
    files = phantom.ct_files()
    source = pydicom.dcmread(io.BytesIO(files[1]))
    space = by_hand.group(
        "In space",
        by_hand.shape_in_space("POLYGON", [[0, 0, 6], [9, 0, 6], [9, 9, 6], [0, 0, 6]], phantom.FRAME_OF_REFERENCE),
        by_hand.number(by_hand.AREA, 40.5, by_hand.MM2),
        template="1410",
    )
    volume = by_hand.group(
        "Volume", by_hand.number(("118565006", "SCT", "Volume"), 3.5, ("ml", "UCUM", "ml")), template="1411"
    )
    groups = [*by_hand.every_kind(source.SOPInstanceUID), space, volume]
    for content in (*files, by_hand.report(source, groups, manufacturer="Other", model="reader")):
        site.store_bytes(content)
    reader.open(f"/view/{phantom.STUDY}/{phantom.SERIES}")
    wait_for_picture(page)
    rows(page).nth(11).wait_for()
    expect(page.get_by_text("3.5 ml")).to_have_count(1)
    expect(page.get_by_role("button", name=re.compile("^Delete "))).to_have_count(0)
    draw(page, "l", (0.35, 0.3), (0.6, 0.5))
    rows(page).nth(12).wait_for()
    wait_saved(page)
    ours = [content for content in reports(site) if pydicom.dcmread(io.BytesIO(content)).Manufacturer == "Isocenter"]
    assert ours
    assert {tuple(groups_of(content)) for content in ours} == {("Length 2",)}


def test_a_report_made_by_highdicom_opens(site: Any, reader: Any) -> None:
    highdicom = pytest.importorskip("highdicom")
    sr, codes = highdicom.sr, pydicom.sr.codedict.codes
    files = phantom.ct_files()
    source = pydicom.dcmread(io.BytesIO(files[1]))
    circle = np.array([[64.5, 48.5], [74.5, 48.5]])
    image = sr.SourceImageForRegion(source.SOPClassUID, source.SOPInstanceUID)
    region = sr.ImageRegion(graphic_type="CIRCLE", graphic_data=circle, source_image=image)
    area = sr.Measurement(name=codes.SCT.Area, value=235.6, unit=codes.UCUM.SquareMillimeter)
    group = sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(highdicom.UID(), "Nodule"),
        referenced_region=region,
        finding_type=codes.SCT.Nodule,
        measurements=[area],
    )
    observer = sr.ObserverContext(codes.DCM.Person, sr.PersonObserverIdentifyingAttributes("Reader^Anna"))
    report = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_person_context=observer),
        procedure_reported=codes.SCT.ImagingProcedure,
        imaging_measurements=[group],
    )
    document = sr.Comprehensive3DSR(
        evidence=[source],
        content=report[0],
        series_instance_uid=highdicom.UID(),
        series_number=9,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="highdicom",
    )
    stream = io.BytesIO()
    document.save_as(stream)
    for content in (*files, stream.getvalue()):
        site.store_bytes(content)
    reader.open(f"/view/{phantom.STUDY}/{phantom.SERIES}")
    wait_for_picture(reader.page)
    rows(reader.page).first.wait_for()
    (line,) = exported(reader.page)
    assert (line["kind"], line["name"], line["finding"]) == ("EllipticalROI", "Nodule", "Nodule")
    assert (line["value"], line["unit (UCUM)"]) == ("235.6", "mm2")
    assert line["points (column row)"] == "64.5 58.5; 64.5 38.5; 54.5 48.5; 74.5 48.5"
    # Centres of pixels: column 64 lies 64 spacings from the first one.
    x, y, _ = points_of(line)[0]
    assert (x, y) == (-48 + 64 * phantom.COLUMN_SPACING_MM, -60 + 58 * phantom.ROW_SPACING_MM)


def test_reports_of_another_viewer_are_drawn(site: Any, reader: Any, shared_data: Path) -> None:
    folder = shared_data / "dicom" / "annotations"
    site.store(folder / "squares.dcm", folder / "tid1500-0")
    image = pydicom.dcmread(folder / "squares.dcm", stop_before_pixels=True)
    reader.open(f"/view/{image.StudyInstanceUID}/{image.SeriesInstanceUID}")
    rows(reader.page).first.wait_for()
    lines = exported(reader.page)
    kinds = {line["kind"] for line in lines}
    assert kinds == {"Angle", "Probe", "EllipticalROI", "Length", "PlanarFreehandROI", "RectangleROI"}
    assert {line["SOP instance UID"] for line in lines} == {image.SOPInstanceUID}
    angles = {line["name"]: float(line["value"]) for line in lines if line["kind"] == "Angle"}
    assert angles["9dcuwaxrb8i"] == 90


def test_a_frame_of_a_multiframe_image_is_measured_and_found_again(site: Any, reader: Any, shared_data: Path) -> None:
    path = shared_data / "dicom" / "modalities" / "eCT_Supplemental.dcm"
    image = pydicom.dcmread(path, stop_before_pixels=True)
    site.store(path)
    page = reader.page
    reader.open(f"/view/{image.StudyInstanceUID}/{image.SeriesInstanceUID}")
    page.get_by_text(re.compile("Image [12] of 2")).first.wait_for()
    settle(page)
    page.keyboard.press("End")
    page.get_by_text("Image 2 of 2").first.wait_for()
    draw(page, "l", (0.4, 0.4), (0.6, 0.5))
    rows(page).first.wait_for()
    wait_saved(page)
    before = exported(page)
    assert (before[0]["frame"], before[0]["unit (UCUM)"]) == ("2", "mm")
    page.reload()
    rows(page).first.wait_for()
    page.get_by_role("button", name="Show Length 1").first.click()
    page.get_by_text("Image 2 of 2").wait_for()
    assert exported(page) == before


def test_uptake_has_mean_maximum_and_peak(site: Any, reader: Any, picture: Callable[[Any, str], Path]) -> None:
    for content in phantom.pet_files():
        site.store_bytes(content)
    page = reader.page
    reader.open(f"/view/{phantom.STUDY}/{phantom.PET_SERIES}")
    page.get_by_text("Image 5 of 9").wait_for()
    settle(page)
    draw(page, "e", (0.5, 0.5), (0.62, 0.72))
    rows(page).first.wait_for()
    wait_saved(page)
    picture(page, "measurements-pet")

    def uptakes() -> dict[str, float]:
        return {line["derivation"]: float(line["value"]) for line in exported(page) if line["quantity"] == "SUVbw"}

    # The peak comes when the images beside this one have come.
    found = until(page, uptakes, lambda values: "Peak Value Within ROI" in values, pause_ms=500)
    # The hot cube is wider than the sphere of the peak, and smaller than the region.
    assert found["Maximum"] == pytest.approx(phantom.HOT_SUV, rel=1e-3)
    assert found["Peak Value Within ROI"] == pytest.approx(phantom.HOT_SUV, rel=1e-3)
    assert phantom.WARM_SUV < found["Mean"] < phantom.HOT_SUV
    assert found["Minimum"] == pytest.approx(phantom.WARM_SUV, rel=1e-3)
