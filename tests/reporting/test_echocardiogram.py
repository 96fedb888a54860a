"""Echocardiograms: what follows from what was measured, and a report in which every number is found again."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import datetime
from io import BytesIO
from math import pi
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.sr.codedict import codes
from pydicom.uid import ComprehensiveSRStorage

from isocenter.analysis.cardiac.echocardiogram import Echocardiogram, read_values
from isocenter.analysis.cardiac.strain import SEGMENTS
from isocenter.cli.main import main
from isocenter.core.errors import DataError, FileFormatError
from isocenter.reporting.documents.document import document_page
from isocenter.reporting.documents.page import Context
from isocenter.reporting.documents.words import say_in
from isocenter.reporting.echocardiogram import CORE, SEGMENT_CODES, echo_report

IMAGE = Path(str(get_testdata_file("examples_ybr_color.dcm")))
STRAINS = {name: -12.0 - index * 0.5 for index, name in enumerate(SEGMENTS)}
VALUES = {
    "height_cm": 178, "weight_kg": 76, "ventricle_diastolic_ml": 120, "ventricle_systolic_ml": 48, "septum_cm": 1.0,
    "ventricle_cm": 4.8, "posterior_wall_cm": 0.9, "atrium_systolic_ml": 76, "e_cm_s": 80, "a_cm_s": 100,
    "septal_cm_s": 5, "lateral_cm_s": 7, "regurgitation_m_s": 3.0, "aortic_m_s": 4.2, "tract_cm": 2.0,
    "tract_integral_cm": 22, "aortic_integral_cm": 95, "half_time_ms": 220, "strain_percent": STRAINS,
}  # fmt: skip


def test_what_follows_is_what_the_guidelines_say() -> None:
    found = dict(read_values(VALUES).derived())
    surface = 0.007184 * 178**0.725 * 76**0.425
    assert found["ejection_percent"] == pytest.approx(60)
    assert found["mass_g"] == pytest.approx(0.8 * 1.04 * (6.7**3 - 4.8**3) + 0.6)
    assert found["mass_g_m2"] == pytest.approx(found["mass_g"] / surface)
    assert found["atrium_ml_m2"] == pytest.approx(76 / surface)
    assert found["e_over_a"] == pytest.approx(0.8)
    assert found["e_over_e_prime"] == pytest.approx(80 / 6)
    assert found["aortic_mmhg"] == pytest.approx(4 * 4.2**2)
    assert found["aortic_cm2"] == pytest.approx(pi * 22 / 95)
    assert found["mitral_cm2"] == pytest.approx(1.0)
    assert found["strain_percent"] == pytest.approx(sum(STRAINS.values()) / 17)
    # Two of three signs: a fast regurgitation and a large atrium, but E/e' below 14.
    assert read_values(VALUES).filling == "elevated LAP, grade II"


def test_what_is_not_known_is_left_out() -> None:
    few = {"basal anterior": -20.0}
    echo = Echocardiogram(e_cm_s=80, strain_percent=few)
    assert dict(echo.derived()) == {}
    assert echo.filling is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"e_cm": 3}, "e_cm"),
        ({"e_cm_s": -3}, "e_cm_s"),
        ({"e_cm_s": "fast"}, "e_cm_s"),
        ({"strain_percent": {"left": -3}}, "strain_percent"),
        ({"strain_percent": {"apex": float("nan")}}, "strain_percent, apex"),
        ({"ventricle_diastolic_ml": 40, "ventricle_systolic_ml": 50}, "end_systolic_ml"),
    ],
)
def test_impossible_values_are_refused(values: dict[str, object], field: str) -> None:
    with pytest.raises(DataError) as raised:
        dict(read_values(values).derived())
    assert raised.value.as_dict()["field"] == field


def test_every_number_is_in_the_report_under_its_code() -> None:
    report = pydicom.dcmread(BytesIO(_report()))
    image = pydicom.dcmread(IMAGE)
    assert (report.PatientID, report.StudyInstanceUID) == (image.PatientID, image.StudyInstanceUID)
    core, others = (item for item in report.ContentSequence if item.ValueType == "CONTAINER")
    numbers = {
        item.ConceptNameCodeSequence[0].CodeValue: item.MeasuredValueSequence[0] for item in core.ContentSequence
    }
    assert float(numbers["79991-6"].NumericValue) == pytest.approx(60)
    assert float(numbers["79963-5"].NumericValue) == pytest.approx(70.56)
    assert numbers["79963-5"].MeasurementUnitsCodeSequence[0].CodeValue == "mm[Hg]"
    sites = [
        modifier.ConceptCodeSequence[0].CodeValue
        for item in others.ContentSequence
        for modifier in item.ContentSequence
        if modifier.ConceptNameCodeSequence[0].CodeValue == "363698007"
    ]
    assert {code.value for code in SEGMENT_CODES.values()} < set(sites)


def test_codes_are_those_of_the_standard() -> None:
    core = {code.value: code for code in (getattr(codes.cid12300, name) for name in codes.cid12300.dir())}
    for entry in CORE.values():
        assert entry.concept.value in core, entry
        assert core[entry.concept.value].scheme_designator == entry.concept.scheme
    sites = {getattr(codes.cid12305, name).value for name in codes.cid12305.dir()}
    assert {code.value for code in SEGMENT_CODES.values()} <= sites


def test_the_page_of_the_report_shows_the_numbers_and_the_bulls_eye() -> None:
    page = str(document_page(_report(), Context(say_in("en"), base="/api/documents/x")))
    assert "Left ventricular ejection fraction biplane (MOD)" in page
    titles = re.findall(r"<title>((?:basal|mid|apical|apex)[^<]*)</title>", page)
    assert titles == [f"{name}: {STRAINS[name]:.1f} %" for name in SEGMENTS]


def test_a_report_without_strains_has_no_bulls_eye() -> None:
    file = echo_report(IMAGE.read_bytes(), Echocardiogram(e_cm_s=80, a_cm_s=60), written_at=datetime(2026, 1, 2))
    page = str(document_page(file, Context(say_in("en"), base="/api/documents/x")))
    assert "<svg" not in page
    assert "Mitral Valve E to A Ratio" in page


def test_the_command_writes_the_report_and_says_what_follows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = tmp_path / "values.json"
    values.write_text(json.dumps(VALUES))
    report = tmp_path / "out" / "report.dcm"
    assert main(["echo", str(values), "--of", str(IMAGE), "-o", str(report), "--observer", "Kim^Ana"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"ejection fraction biplane \(MOD\) +60 %", said)
    assert "elevated LAP, grade II" in said
    assert pydicom.dcmread(report).SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.75"


def test_broken_input_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values = tmp_path / "values.json"
    values.write_text("{e: 3}")
    assert main(["echo", str(values), "--of", str(IMAGE), "-o", str(tmp_path / "r.dcm")]) == 65
    assert "values.json" in capsys.readouterr().err
    assert main(["echo", str(tmp_path / "none.json"), "--of", str(IMAGE), "-o", str(tmp_path / "r.dcm")]) == 66
    with pytest.raises(FileFormatError, match="image of the study"):
        echo_report(b"no DICOM", Echocardiogram(), written_at=datetime(2026, 1, 2))


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not installed")
def test_dciodvfy_finds_no_error(tmp_path: Path) -> None:
    # It does not know this SR class; its modules and value types are those of a Comprehensive SR.
    report = pydicom.dcmread(BytesIO(_report()))
    report.SOPClassUID = report.file_meta.MediaStorageSOPClassUID = ComprehensiveSRStorage
    report.PatientName = "Echo^Anna"
    report.save_as(tmp_path / "report.dcm")
    done = subprocess.run(["dciodvfy", "-new", tmp_path / "report.dcm"], capture_output=True, text=True)
    assert "Error" not in done.stdout + done.stderr, done.stderr
    assert "ComprehensiveSR" in done.stdout + done.stderr


def _report() -> bytes:
    return echo_report(
        IMAGE.read_bytes(), read_values(VALUES), written_at=datetime(2026, 1, 2, 3, 4, 5), observer="Kim^Ana"
    )
