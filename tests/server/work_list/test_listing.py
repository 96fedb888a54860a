"""What the work list finds, in which order, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from isocenter.server.department import Department


def found(client: TestClient, **search: Any) -> list[str]:
    """Return the last digit of the UID of every study found."""
    answer = client.post("/api/work-list", json=search)
    assert answer.status_code == 200, answer.text
    return [row["uid"].rsplit(".", 1)[1] for row in answer.json()["rows"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "43125"),  # the newest first; one without a date is the oldest
        ("nguyen", "12"),
        ("NGUYỄN mai", "12"),
        ("mai, nguyen", "12"),
        ("muller", "3"),
        ("Müller", "3"),
        ("smith", "45"),
        ("smith jo", "45"),
        ("smith john", "4"),
        ("P-001", "12"),
        ("p_", "4"),
        ("a10", "31"),
        ("b200", "4"),
        ("thorax nguyen 2", ""),
        ("thorax", "12"),
        ("50%", "4"),
        ("schädel", "3"),
        ("1.2.5", "5"),
        ("ithers", ""),
        ("'; DROP TABLE study; --", ""),
    ],
)
def test_words_are_looked_for_in_name_id_accession_and_description(
    ada: TestClient, studies: None, text: str, expected: str
) -> None:
    assert "".join(found(ada, text=text)) == expected


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ({"first_date": "20260106"}, "43"),
        ({"last_date": "20260105"}, "12"),
        ({"first_date": "20260105", "last_date": "20260106"}, "31"),
        ({"modalities": ["MR", "US"]}, "35"),
        ({"modalities": ["C"]}, ""),
        ({"sort": "patientName", "is_descending": False}, "31245"),
        ({"sort": "accessionNumber", "is_descending": False}, "21345"),
        ({"sort": "patientId", "is_descending": False}, "51234"),
        ({"sort": "modalities", "is_descending": False}, "12435"),
        ({"limit": 2}, "43"),
        ({"limit": 2, "offset": 2}, "12"),
        ({"limit": 2, "offset": 4}, "5"),
        ({"text": "smith", "modalities": ["CT"], "first_date": "20260101"}, "4"),
    ],
)
def test_filters_orders_and_pages(ada: TestClient, studies: None, search: dict[str, Any], expected: str) -> None:
    assert "".join(found(ada, **search)) == expected


def test_the_first_page_says_how_many_there_are(ada: TestClient, studies: None) -> None:
    answer = ada.post("/api/work-list", json={"text": "nguyen", "limit": 1}).json()
    assert answer["counts"] == {"unread": 2}
    assert answer["n_instances"] == 2
    row = answer["rows"][0]
    assert (row["patient_name"], row["date"], row["state"]) == ("Nguyễn^Thị Mai", "20260105", "unread")


def test_what_arrives_later_does_not_shift_the_pages(ada: TestClient, studies: None, put: Callable[..., None]) -> None:
    up_to = ada.post("/api/work-list", json={"limit": 2}).json()["up_to"]
    put(StudyInstanceUID="1.2.9", SeriesInstanceUID="1.2.9.1", SOPInstanceUID="1.2.9.1.1", StudyDate="20270101")
    assert found(ada, limit=2, offset=2, up_to=up_to) == ["1", "2"]
    assert found(ada, limit=2) == ["9", "4"]
    assert ada.get(f"/api/work-list/changes?up_to={up_to}").json()["n_new"] == 1


def test_priors_are_the_other_studies_of_the_patient(ada: TestClient, studies: None, put: Callable[..., None]) -> None:
    put(
        StudyInstanceUID="1.2.8",
        SeriesInstanceUID="1.2.8.1",
        SOPInstanceUID="1.2.8.1.1",
        PatientID="P-001",
        IssuerOfPatientID="another hospital",
    )

    def priors(uid: str) -> list[str]:
        return [row["uid"] for row in ada.get(f"/api/work-list/studies/{uid}/priors").json()["rows"]]

    assert priors("1.2.1") == ["1.2.2"]
    assert priors("1.2.8") == []
    assert priors("1.2.5") == []  # without an ID nobody knows who it is
    assert ada.get("/api/work-list/studies/1.2.5").json()["patient_name"] == "Smithers^Jo"
    assert ada.get("/api/work-list/studies/1.2.77").status_code == 404


@pytest.mark.parametrize(
    "search",
    [
        {"sort": "study.id; --"},
        {"limit": 501},
        {"limit": -1},
        {"offset": -1},
        {"offset": True},
        {"first_date": "2026"},
        {"states": ["seen"]},
        {"modalities": "CT"},
        {"text": 3},
        {"text": "x" * 200},
        {"up_to": "1"},
    ],
)
def test_a_search_that_makes_no_sense_is_refused(ada: TestClient, search: dict[str, Any]) -> None:
    assert ada.post("/api/work-list", json=search).status_code == 400


def test_searching_is_noted_without_what_was_searched(ada: TestClient, studies: None, department: Department) -> None:
    for text in ("smith", "smit", "nguyen"):
        found(ada, text=text)
    entries = [(e.who, e.action, e.target) for e in department.audit.entries()]
    assert entries == [("ada", "search", "work list")]
