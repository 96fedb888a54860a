"""Unread, reading, read: who says so, who sees it."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from isocenter.server.department import Department

PASSWORD = "correct horse battery"


def put(client: TestClient, uid: str, state: str, who: str = "rita") -> dict[str, Any]:
    answer = client.put(f"/api/work-list/studies/{uid}/state", json={"state": state}, auth=(who, PASSWORD))
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def states(client: TestClient) -> dict[str, str]:
    return {row["uid"]: row["state"] for row in client.post("/api/work-list", json={}).json()["rows"]}


def test_opening_marks_as_reading_and_others_see_who(ada: TestClient, studies: None) -> None:
    sequence = ada.post("/api/work-list", json={}).json()["sequence"]
    put(ada, "1.2.1", "reading", "rita")
    told = ada.get(f"/api/work-list/changes?after={sequence}").json()
    assert [(mark["uid"], mark["state"], mark["reader"]) for mark in told["marks"]] == [("1.2.1", "reading", "rita")]
    assert ada.get(f"/api/work-list/changes?after={told['sequence']}").json()["marks"] == []
    assert put(ada, "1.2.1", "reading", "ada")["reader"] == "rita"  # who came first keeps it
    assert states(ada)["1.2.1"] == "reading"


def test_what_is_read_stays_read_when_it_is_opened_again(ada: TestClient, studies: None) -> None:
    put(ada, "1.2.1", "read", "rita")
    assert put(ada, "1.2.1", "reading", "ada") | {"marked_at": ""} == {
        "uid": "1.2.1",
        "state": "read",
        "reader": "rita",
        "reader_name": "rita",
        "marked_at": "",
        "n_marked": 1,
    }
    put(ada, "1.2.1", "unread", "ada")
    assert states(ada)["1.2.1"] == "unread"
    assert put(ada, "1.2.1", "reading", "ada")["reader"] == "ada"


def test_states_can_be_searched_and_are_counted(ada: TestClient, studies: None) -> None:
    put(ada, "1.2.1", "read")
    put(ada, "1.2.2", "reading")
    put(ada, "1.2.3", "reading")
    put(ada, "1.2.3", "unread")
    answer = ada.post("/api/work-list", json={"states": ["unread"], "sort": "patientName"}).json()
    assert {row["uid"] for row in answer["rows"]} == {"1.2.3", "1.2.4", "1.2.5"}
    assert answer["counts"] == {"read": 1, "reading": 1, "unread": 3}
    assert answer["n_instances"] == 3
    order = ada.post("/api/work-list", json={"sort": "state", "is_descending": False}).json()["rows"]
    assert [row["state"] for row in order] == ["read", "reading", "unread", "unread", "unread"]


def test_marks_are_for_people_who_read_and_are_audited(
    client: TestClient, studies: None, department: Department
) -> None:
    path = "/api/work-list/studies/1.2.1/state"
    assert client.put(path, json={"state": "read"}).status_code == 401
    assert client.put(path, json={"state": "read"}, auth=("theo", PASSWORD)).status_code == 403
    assert client.put(path, json={"state": "seen"}, auth=("rita", PASSWORD)).status_code == 400
    missing = client.put("/api/work-list/studies/1.9/state", json={"state": "read"}, auth=("rita", PASSWORD))
    assert missing.status_code == 404
    put(client, "1.2.1", "reading")
    put(client, "1.2.1", "reading")
    put(client, "1.2.1", "read")
    entries = [(e.who, e.action, e.target) for e in department.audit.entries()]
    assert entries == [("rita", "mark reading", "1.2.1"), ("rita", "mark read", "1.2.1")]


def test_nothing_of_the_list_is_for_strangers(client: TestClient) -> None:
    assert client.post("/api/work-list", json={}).status_code == 401
    for path in ("changes", "views", "studies/1.2.1", "studies/1.2.1/priors"):
        assert client.get(f"/api/work-list/{path}").status_code == 401


def test_lists_are_kept_by_no_cache(ada: TestClient, studies: None) -> None:
    for answer in (ada.post("/api/work-list", json={}), ada.get("/api/work-list/studies/1.2.1/priors")):
        assert answer.headers["cache-control"] == "no-store"
