"""Segments and their measurements go to dcmqi and come from dcmqi: SEG, label map and TID 1500, in both directions."""

from __future__ import annotations

import importlib.util
import io
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pydicom
import pytest
from tests.workstation.at_rest import settle, steady, text_of, until

pytest.importorskip("dcmqi", reason="dcmqi has no wheel for this machine")
sitk = pytest.importorskip("SimpleITK")


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
N_SLICES = 5
VOXEL_ML = phantom.ROW_SPACING_MM * phantom.COLUMN_SPACING_MM * phantom.SLICE_DISTANCE_MM / 1000
SQUARE_PIXELS = 48 * 64 * N_SLICES
LIVER = {"CodeValue": "10200004", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Liver"}
ANATOMY = {"CodeValue": "123037004", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Anatomical Structure"}
VOLUME = {"CodeValue": "118565006", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Volume"}
MILLILITRE = {"CodeValue": "ml", "CodingSchemeDesignator": "UCUM", "CodeMeaning": "milliliter"}
FORMS = ("BINARY", "LABELMAP")


def dcmqi(program: str, *options: str | Path) -> None:
    """Run a program of dcmqi; what it says is shown when it fails."""
    path = Path(importlib.util.find_spec("dcmqi").origin).parent / "bin" / program  # type: ignore[union-attr,arg-type]
    said = subprocess.run([path, *options], capture_output=True, text=True, errors="replace", check=False)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.fixture(scope="module")
def folder(one_site: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the CT phantom, which the archive has, too."""
    made = tmp_path_factory.mktemp("dcmqi")
    (made / "ct").mkdir()
    for number, content in enumerate(phantom.ct_files(N_SLICES), start=1):
        (made / "ct" / f"{number}.dcm").write_bytes(content)
        one_site.store_bytes(content)
    return made


def opened(reader: Any) -> tuple[Any, Any]:
    """Return the page with the phantom on it, and its panel of segments."""
    page = reader.page
    reader.open(f"/view/{phantom.STUDY}/{phantom.SERIES}")
    page.get_by_text(f"Image 3 of {N_SLICES}").wait_for()
    page.get_by_role("button", name="Show segments").click()
    settle(page)
    return page, page.get_by_role("complementary", name="Segments")


def current(site: Any, modality: str) -> list[tuple[Any, bytes]]:
    """Return data sets and files of a modality, in the order of their numbers."""
    archive = site.department.archive
    files = [bytes(archive.current(instance)) for instance in archive.instances(phantom.STUDY)]
    read = [(pydicom.dcmread(io.BytesIO(content)), content) for content in files]
    return sorted((one for one in read if one[0].Modality == modality), key=lambda one: int(one[0].InstanceNumber))


def stored(page: Any, site: Any, modality: str, n_objects: int) -> tuple[Any, bytes]:
    """Return the newest object of a modality once there are so many."""
    for _ in range(300):
        found = current(site, modality)
        if len(found) >= n_objects:
            return found[-1]
        page.wait_for_timeout(200)
    raise AssertionError(f"there are {len(found)} objects {modality}, not {n_objects}")


def test_dcmqi_reads_what_the_page_segments_and_measures(
    one_site: Any, same_reader: Any, folder: Path, picture: Keep
) -> None:
    page, panel = opened(same_reader)
    page.keyboard.press("y")
    for name, value in (("From value", "50"), ("To value", "70")):
        panel.get_by_role("spinbutton", name=name).fill(value)
        panel.get_by_role("spinbutton", name=name).press("Enter")
    panel.get_by_test_id("segment-volume").first.wait_for()
    settle(page)
    box = page.locator(".canvas").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_text(f"{SQUARE_PIXELS * VOXEL_ML:.1f} mL").wait_for()
    for n_reports, form in enumerate(FORMS, start=1):
        panel.get_by_label("Saved as").select_option(form)
        panel.get_by_role("button", name="Measure").click()
        segmentation, content = stored(page, one_site, "SEG", n_reports)
        assert segmentation.SegmentationType == form
        path, out = folder / f"ours-{form}.dcm", folder / f"out-{form}"
        path.write_bytes(content)
        out.mkdir()
        dcmqi("segimage2itkimage", "--inputDICOM", path, "--outputDirectory", out, "--mergeSegments")
        (image,) = out.glob("*.nrrd")
        labels = sitk.GetArrayFromImage(sitk.ReadImage(str(image)))
        assert labels.astype(bool).sum() == SQUARE_PIXELS
        assert labels[:, 24:72, 32:96].all()
        told = json.loads(next(out.glob("*.json")).read_text())
        assert "Lesion" in json.dumps(told)

        report, content = stored(page, one_site, "SR", n_reports)
        path = folder / f"ours-{form}-sr.dcm"
        path.write_bytes(content)
        if form == "BINARY":  # dciodvfy of 2022 takes a label map for no segmentation
            assert validators.complaints(path) == []
            assert validators.template_complaints(path) == []
        dcmqi("tid1500reader", "--inputDICOM", path, "--outputMetadata", folder / f"ours-{form}.json")
        (group,) = json.loads((folder / f"ours-{form}.json").read_text())["Measurements"]
        assert group["ReferencedSegment"] == 1
        assert group["segmentationSOPInstanceUID"] == segmentation.SOPInstanceUID
        assert group["SourceSeriesForImageSegmentation"] == phantom.SERIES
        assert group["Finding"]["CodeMeaning"] == "Lesion"
        values = {
            (item["quantity"]["CodeMeaning"], item.get("derivationModifier", {}).get("CodeMeaning", "")): item
            for item in group["measurementItems"]
        }
        assert float(values["Volume", ""]["value"]) == pytest.approx(SQUARE_PIXELS * VOXEL_ML)
        assert values["Volume", ""]["units"]["CodeValue"] == "ml"
        assert float(values["Attenuation Coefficient", "Mean"]["value"]) == phantom.SQUARE_HU
        assert float(values["Attenuation Coefficient", "Standard Deviation"]["value"]) == 0
    picture(page, "segment-measured")
    assert report.PredecessorDocumentsSequence
    text = steady(page, page.get_by_test_id("measurement").inner_text)
    page, _ = opened(same_reader)
    page.get_by_test_id("measurement").wait_for()
    again = page.get_by_test_id("measurement").inner_text
    assert until(page, again, lambda now: now == text) == text
    # All images have as much of it: the first one is shown.
    page.keyboard.press("End")
    page.get_by_text(f"Image {N_SLICES} of {N_SLICES}").wait_for()
    page.get_by_test_id("measurement").get_by_role("button", name=re.compile("^Show ")).first.click()
    page.get_by_text(f"Image 1 of {N_SLICES}").wait_for()


@pytest.mark.parametrize("form", FORMS)
def test_segments_and_measurements_of_dcmqi_are_shown(
    one_site: Any, same_reader: Any, folder: Path, picture: Keep, form: str
) -> None:
    labels = np.zeros((N_SLICES, phantom.ROWS, phantom.COLUMNS), np.uint8)
    labels[3:5, 30:60, 40:80] = 1
    image = sitk.GetImageFromArray(labels)
    image.SetSpacing((phantom.COLUMN_SPACING_MM, phantom.ROW_SPACING_MM, phantom.SLICE_DISTANCE_MM))
    image.SetOrigin((-48, -60, phantom.SLICE_DISTANCE_MM))
    sitk.WriteImage(image, str(folder / f"theirs-{form}.nrrd"))
    words = {
        "ContentCreatorName": "Reader1",
        "SeriesDescription": f"By dcmqi, {form}",
        "SeriesNumber": "300",
        "InstanceNumber": "1",
        "segmentAttributes": [
            [
                {
                    "labelID": 1,
                    "SegmentDescription": "Liver",
                    "SegmentLabel": f"Liver {form}",
                    "SegmentAlgorithmType": "AUTOMATIC",
                    "SegmentAlgorithmName": "By rule",
                    "SegmentedPropertyCategoryCodeSequence": ANATOMY,
                    "SegmentedPropertyTypeCodeSequence": LIVER,
                    "recommendedDisplayRGBValue": [30, 60, 250],
                }
            ]
        ],
        "ContentLabel": "SEGMENTATION",
        "ContentDescription": f"By dcmqi, {form}",
    }
    (folder / "seg.json").write_text(json.dumps(words))
    segmentation = folder / f"theirs-{form}.dcm"
    dcmqi(
        "itkimage2segimage",
        *("--inputImageList", folder / f"theirs-{form}.nrrd", "--inputDICOMDirectory", folder / "ct"),
        *("--inputMetadata", folder / "seg.json", "--outputDICOM", segmentation),
        *("--segmentationType", form.lower()),
    )
    n_pixels, uid = int(labels.sum()), pydicom.dcmread(segmentation, stop_before_pixels=True).SOPInstanceUID
    measured = {
        "SeriesDescription": "Measurements",
        "SeriesNumber": "301",
        "InstanceNumber": "1",
        "compositeContext": [segmentation.name],
        "imageLibrary": [f"{number}.dcm" for number in range(1, N_SLICES + 1)],
        "observerContext": {"ObserverType": "PERSON", "PersonObserverName": "Reader1"},
        "VerificationFlag": "UNVERIFIED",
        "CompletionFlag": "COMPLETE",
        "activitySession": "1",
        "timePoint": "1",
        "Measurements": [
            {
                "TrackingIdentifier": f"Liver of {form}",
                "ReferencedSegment": 1,
                "SourceSeriesForImageSegmentation": phantom.SERIES,
                "segmentationSOPInstanceUID": uid,
                "Finding": LIVER,
                "measurementItems": [{"value": f"{n_pixels * VOXEL_ML:.6g}", "quantity": VOLUME, "units": MILLILITRE}],
            }
        ],
    }
    (folder / "sr.json").write_text(json.dumps(measured))
    dcmqi(
        "tid1500writer",
        *("--inputImageLibraryDirectory", folder / "ct", "--inputCompositeContextDirectory", folder),
        *("--inputMetadata", folder / "sr.json", "--outputDICOM", folder / f"theirs-{form}-sr.dcm"),
    )
    one_site.store(segmentation, folder / f"theirs-{form}-sr.dcm")
    page, panel = opened(same_reader)
    shown = panel.get_by_test_id("segmentation").filter(has_text=f"Liver {form}")
    shown.get_by_text(f"{n_pixels * VOXEL_ML:.2f} mL").wait_for()
    row = page.get_by_test_id("measurement").filter(has=page.get_by_placeholder(f"Liver of {form}"))
    row.wait_for()
    told = rf"{n_pixels * VOXEL_ML:.2f}\d* mL"
    assert re.search(told, text_of(page, row, told))
    # Images are read from the head to the feet: the two that it marks come first.
    page.keyboard.press("End")
    page.get_by_text(f"Image {N_SLICES} of {N_SLICES}").wait_for()
    row.get_by_role("button", name=f"Show Liver of {form}").click()
    page.get_by_text(f"Image 1 of {N_SLICES}").wait_for()
    picture(page, f"segment-by-dcmqi-{form.lower()}")
