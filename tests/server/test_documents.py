"""Readable pages over the web: who may see them, how safe they are, in which forms they come."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from starlette.testclient import TestClient

from isocenter.server.department import Department
from isocenter.server.reconstruction.storing import store_file

FILES = ("reportsi.dcm", "test-SR.dcm", "waveform_ecg.dcm", "rtplan.dcm")


def shipped(name: str) -> Path:
    return Path(str(get_testdata_file(name, download=False)))


def instance_path(dataset: Dataset) -> str:
    return f"/studies/{dataset.StudyInstanceUID}/series/{dataset.SeriesInstanceUID}/instances/{dataset.SOPInstanceUID}"


@pytest.fixture
def places(department: Department) -> dict[str, str]:
    found = {}
    for name in FILES:
        store_file(shipped(name), department.archive, "test")
        found[name] = instance_path(pydicom.dcmread(shipped(name), stop_before_pixels=True))
    return found


def encapsulated(department: Department, **values: Any) -> str:
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.104.1", "1.2.3.4"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.Modality = "1.2.3", "1.2.3.1", "DOC"
    dataset.PatientID, dataset.PatientName = "P1", "A^B"
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    stream = BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    incoming = department.archive.receive(origin="test")
    incoming.write(stream.getvalue())
    incoming.commit()
    return instance_path(dataset)


def test_a_page_needs_somebody_who_may_read(client: TestClient, places: dict[str, str]) -> None:
    assert client.get("/api/documents" + places["reportsi.dcm"]).status_code == 401
    client.auth = ("rita", "correct horse battery")
    assert client.get("/api/documents" + places["reportsi.dcm"]).status_code == 200


def test_a_page_runs_nothing_and_is_framed_by_the_viewer_alone(ada: TestClient, places: dict[str, str]) -> None:
    answer = ada.get("/api/documents" + places["reportsi.dcm"])
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


def test_looking_is_noted_once(ada: TestClient, department: Department, places: dict[str, str]) -> None:
    for _ in range(3):
        ada.get("/api/documents" + places["waveform_ecg.dcm"])
        ada.get("/api/documents" + places["waveform_ecg.dcm"] + "/recordings/1")
    study = places["waveform_ecg.dcm"].split("/")[2]
    views = [entry for entry in department.audit.entries() if (entry.action, entry.target) == ("view", study)]
    assert len(views) == 1


@pytest.mark.parametrize("name", FILES)
def test_what_was_answered_before_is_not_answered_again(ada: TestClient, places: dict[str, str], name: str) -> None:
    first = ada.get("/api/documents" + places[name])
    again = ada.get("/api/documents" + places[name], headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_the_language_is_the_one_asked_for(ada: TestClient, places: dict[str, str]) -> None:
    address = "/api/documents" + places["reportsi.dcm"]
    assert 'lang="de"' in ada.get(address, headers={"Accept-Language": "de-AT, en;q=0.5"}).text
    assert "Bệnh nhân" in ada.get(address + "?language=vi", headers={"Accept-Language": "de"}).text


def test_rendered_resources_are_readable(ada: TestClient, places: dict[str, str]) -> None:
    page = ada.get("/dicom-web" + places["test-SR.dcm"] + "/rendered", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    drawing = ada.get("/dicom-web" + places["waveform_ecg.dcm"] + "/rendered", headers={"Accept": "image/svg+xml"})
    assert drawing.headers["content-type"] == "image/svg+xml"
    assert ET.fromstring(drawing.content).tag == "{http://www.w3.org/2000/svg}svg"
    refused = ada.get("/dicom-web" + places["test-SR.dcm"] + "/rendered", headers={"Accept": "image/png"})
    assert refused.status_code == 406
    assert ada.get("/dicom-web" + places["test-SR.dcm"] + "/thumbnail").status_code == 404


def test_any_object_has_a_page_of_its_attributes(ada: TestClient, places: dict[str, str]) -> None:
    assert "Beam Sequence" in ada.get("/api/documents" + places["rtplan.dcm"]).text
    assert "Content Sequence" in ada.get("/api/documents" + places["test-SR.dcm"] + "?form=attributes").text
    assert ada.get("/api/documents" + places["rtplan.dcm"] + "?form=other").status_code == 400


def test_a_pdf_is_shown_in_place_and_other_files_are_kept(ada: TestClient, department: Department) -> None:
    content = b"%PDF-1.7\nhello"
    pdf = {
        "MIMETypeOfEncapsulatedDocument": "application/pdf",
        "EncapsulatedDocument": content + b"\0" * (len(content) % 2),
    }
    place = encapsulated(department, DocumentTitle="Consent", EncapsulatedDocumentLength=len(content), **pdf)
    assert "Consent" in ada.get("/api/documents" + place).text
    answer = ada.get("/api/documents" + place + "/file")
    assert (answer.content, answer.headers["content-type"]) == (content, "application/pdf")
    assert answer.headers["content-disposition"].startswith("inline")

    stl = {"MIMETypeOfEncapsulatedDocument": "model/stl", "EncapsulatedDocument": b"solid x\n"}
    place = encapsulated(department, SOPClassUID="1.2.840.10008.5.1.4.1.1.104.3", SOPInstanceUID="1.2.3.5", **stl)
    answer = ada.get("/api/documents" + place + "/file")
    assert answer.headers["content-disposition"] == 'attachment; filename="1.2.3.5.stl"'


def test_a_clinical_document_is_read_and_never_trusted(ada: TestClient, department: Department) -> None:
    cda = (
        b'<ClinicalDocument xmlns="urn:hl7-org:v3"><component><section><title>Befund</title><text><paragraph>Leber '
        b'<content styleCode="Bold">normal</content></paragraph><script>alert(1)</script><table><tr><td onclick="x">A'
        b"</td></tr></table></text></section></component></ClinicalDocument> "
    )
    kind = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.104.2", "MIMETypeOfEncapsulatedDocument": "text/XML"}
    page = ada.get("/api/documents" + encapsulated(department, EncapsulatedDocument=cda, **kind)).text
    assert "<h2>Befund</h2>" in page
    assert "<p>Leber <strong>normal</strong></p>" in page
    assert "<td>A</td>" in page
    assert "<script" not in page
    assert "onclick" not in page
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><ClinicalDocument>&a;</ClinicalDocument>'
    place = encapsulated(
        department, SOPInstanceUID="1.2.3.6", EncapsulatedDocument=bomb + b" " * (len(bomb) % 2), **kind
    )
    assert "cannot be read" in ada.get("/api/documents" + place).text


def test_a_recording_that_is_not_there_is_told(ada: TestClient, places: dict[str, str]) -> None:
    assert ada.get("/api/documents" + places["waveform_ecg.dcm"] + "/recordings/3").status_code == 404
    assert ada.get("/api/documents" + places["waveform_ecg.dcm"] + "?speed=7").status_code == 400
