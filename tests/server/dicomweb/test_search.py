"""QIDO-RS finds what is there, in DICOM JSON that others read."""

from collections.abc import Callable

import pytest
from pydicom.dataset import Dataset
from starlette.testclient import TestClient

from isocenter.server.dicomweb import search


def test_a_study_is_answered_with_the_attributes_of_the_standard(web: TestClient) -> None:
    (answer,) = web.get("studies", params={"PatientID": "1CT1"}).json()
    study = Dataset.from_json(answer)
    # PS3.18 table 10.6.3-3
    required = {"StudyDate", "StudyTime", "AccessionNumber", "InstanceAvailability", "ModalitiesInStudy"}
    required |= {"ReferringPhysicianName", "PatientName", "PatientID", "PatientBirthDate", "PatientSex"}
    required |= {"StudyInstanceUID", "StudyID", "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances"}
    assert required <= set(study.dir())
    assert study.PatientName == "CompressedSamples^CT1"
    assert (study.StudyDate, study.ModalitiesInStudy, study.NumberOfStudyRelatedInstances) == ("20040119", "CT", 1)
    assert study.RetrieveURL == f"http://testserver/dicom-web/studies/{study.StudyInstanceUID}"


def test_series_and_instances_are_found_at_every_level(web: TestClient, resource: Callable[[str], str]) -> None:
    study, series, instance = resource("MR_small.dcm").split("/")[1::2]
    for path in ("series", f"studies/{study}/series"):
        (answer,) = web.get(path, params={"SeriesInstanceUID": series}).json()
        assert Dataset.from_json(answer).Modality == "MR"
    for path in ("instances", f"studies/{study}/instances", f"studies/{study}/series/{series}/instances"):
        (answer,) = web.get(path, params={"00080018": instance}).json()
        found = Dataset.from_json(answer)
        assert (found.Rows, found.Columns, found.BitsAllocated) == (64, 64, 16)
        assert found.RetrieveURL.endswith(resource("MR_small.dcm"))


@pytest.mark.parametrize(
    ("parameters", "n_found"),
    [
        ({}, 6),
        ({"PatientName": "compressed*"}, 3),
        ({"PatientName": "ct1 comp", "fuzzymatching": "true"}, 1),
        ({"StudyDate": "20040101-20041231", "ModalitiesInStudy": "CT"}, 1),
        ({"limit": "2"}, 2),
        ({"limit": "4", "offset": "4"}, 2),
        ({"includefield": "all"}, 6),
    ],
)
def test_studies_are_filtered_and_paged(web: TestClient, parameters: dict[str, str], n_found: int) -> None:
    assert len(web.get("studies", params=parameters).json()) == n_found


def test_attributes_of_an_instance_can_be_asked_for(web: TestClient) -> None:
    asked = {"Modality": "MR", "includefield": "ImagePositionPatient,00180081"}
    (answer,) = web.get("instances", params=asked).json()
    found = Dataset.from_json(answer)
    assert len(found.ImagePositionPatient) == 3
    assert found.EchoTime == 240


def test_the_requested_procedure_is_found_and_nested(
    empty: TestClient, ship: Callable[[str], object], file_with: Callable[..., bytes]
) -> None:
    request = Dataset()
    request.ScheduledProcedureStepID, request.RequestedProcedureID = "SPS1", "RP1"
    data = file_with(
        ship("CT_small.dcm"), RequestAttributesSequence=[request], SOPInstanceUID="1.2.3", SeriesInstanceUID="1.2"
    )
    assert empty.post("studies", content=data, headers={"Content-Type": "application/dicom"}).status_code == 200
    for name in ("RequestAttributesSequence.ScheduledProcedureStepID", "00400275.00400009"):
        (answer,) = empty.get("series", params={name: "SPS1"}).json()
        assert Dataset.from_json(answer).RequestAttributesSequence[0].RequestedProcedureID == "RP1"
    assert empty.get("series", params={"ScheduledProcedureStepID": "SPS1"}).status_code == 204


def test_nothing_found_is_no_content(web: TestClient) -> None:
    answer = web.get("studies", params={"PatientID": "nobody"})
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    "query",
    [
        "PixelData=1",
        "Nonsense=1",
        "limit=-1",
        "StudyDate=today",
        "00100020.x=1",
        "StudyInstanceUID=a",
        "Modality=CT",
        "fuzzymatching=yes",
        "includefield=Nonsense",
        "SliceThickness=thick",
        "PatientID.StudyID=1",
        "00020010=1",
        "RequestAttributesSequence=1",
        "InstanceAvailability=ONLINE",
        "RetrieveURL=x",
        "PatientComments=" + "a" * 300,
    ],
)
def test_a_malformed_search_is_a_bad_request(web: TestClient, query: str) -> None:
    answer = web.get(f"studies?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_json_and_xml_are_offered(web: TestClient) -> None:
    assert (
        web.get("studies", headers={"Accept": "application/dicom+json"}).headers["content-type"]
        == "application/dicom+json"
    )
    assert web.get("studies", headers={"Accept": "text/html"}).status_code == 406


def test_nobody_searches_without_a_right(web: TestClient) -> None:
    web.auth = None
    assert web.get("studies").status_code == 401


@pytest.mark.parametrize(
    ("path", "parameters", "n_found"),
    [
        ("instances", {"SliceThickness": "5"}, 1),
        ("instances", {"00180050": "5.0\\7"}, 1),
        ("studies", {"ManufacturerModelName": "RHAP*"}, 1),
        ("studies", {"ManufacturerModelName": "rhap*"}, 0),
        ("series", {"Manufacturer": "GE*", "AcquisitionDate": "19970430-19970731"}, 1),
        ("series", {"AcquisitionDate": "20040101-", "AcquisitionTime": "-10"}, 0),
        ("series", {"FrameOfReferenceUID": "1.3.6.1.4.1.5962.1.4.1.1.20040119072730.12322,1.2"}, 1),
        ("studies", {"OtherPatientNames": '""'}, 6),
        ("studies", {"PatientComments": "*"}, 6),
        ("instances", {"ConceptNameCodeSequence.CodeValue": "1"}, 0),
        ("series", {"BeamSequence.BeamName": "Field*"}, 1),
        ("series", {"300A00B0.300A00C2": "Field 1"}, 1),
        ("instances", {"BeamSequence.ControlPointSequence.ControlPointIndex": "1"}, 1),
    ],
)
def test_attributes_that_are_not_indexed_are_matched_too(
    web: TestClient, path: str, parameters: dict[str, str], n_found: int
) -> None:
    answer = web.get(path, params=parameters)
    assert answer.status_code == (200 if n_found else 204)
    assert len(answer.json() if n_found else []) == n_found
    assert "Warning" not in answer.headers


def test_who_searches_among_too_many_is_warned(web: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MAX_EXAMINED", 2)
    answer = web.get("instances", params={"SliceThickness": "99"})
    assert (answer.status_code, answer.headers["Warning"][:3]) == (204, "299")
    assert "only the first" in answer.headers["Warning"]


def test_a_page_says_that_more_can_be_asked_for(web: TestClient) -> None:
    for parameters in ({"limit": "4"}, {"limit": "2", "offset": "3"}, {"limit": "1", "PatientComments": '""'}):
        warning = web.get("studies", params=parameters).headers["Warning"]
        assert warning == '299 testserver "There are additional results that can be requested"'
    for parameters in ({"limit": "6"}, {"limit": "2", "offset": "4"}, {"offset": "9"}):
        assert "Warning" not in web.get("studies", params=parameters).headers


@pytest.mark.parametrize("path", ["studies", "series", "instances"])
def test_any_attribute_can_be_asked_for_at_every_level(web: TestClient, path: str) -> None:
    asked = [("PatientID", "1CT1"), ("includefield", "ManufacturerModelName,00180050")]
    asked += [("includefield", "OtherPatientIDsSequence"), ("includefield", "NumberOfPatientRelatedStudies")]
    (answer,) = web.get(path, params=asked).json()
    found = Dataset.from_json(answer)
    assert (found.ManufacturerModelName, found.SliceThickness) == ("RHAPSODE", 5)
    assert len(found.OtherPatientIDsSequence) == 2
    assert found.NumberOfPatientRelatedStudies == 1


def test_all_attributes_of_a_level_can_be_asked_for(web: TestClient) -> None:
    found = {
        path: Dataset.from_json(web.get(path, params={"PatientID": "1CT1", "includefield": "all"}).json()[0])
        for path in ("studies", "series", "instances")
    }
    assert "PatientWeight" in found["studies"]
    assert "ManufacturerModelName" not in found["studies"]
    assert "ManufacturerModelName" in found["series"]
    assert "ImagePositionPatient" not in found["series"]
    assert "ImagePositionPatient" in found["instances"]
    assert "PixelData" not in found["instances"]


def test_xml_says_what_json_says(web: TestClient) -> None:
    answer = web.get("studies?PatientID=1CT1&accept=application/dicom%2Bxml")
    assert answer.headers["content-type"].startswith('multipart/related; type="application/dicom+xml"')
    assert b'keyword="StudyInstanceUID"' in answer.content
