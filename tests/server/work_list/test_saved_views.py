"""Searches that people keep, for themselves or for the site."""

from __future__ import annotations

from starlette.testclient import TestClient

from isocenter.server.department import Department

PASSWORD = "correct horse battery"
RITA, ADA = ("rita", PASSWORD), ("ada", PASSWORD)


def names(client: TestClient, who: tuple[str, str]) -> list[tuple[str, bool]]:
    return [(view["name"], view["is_site"]) for view in client.get("/api/work-list/views", auth=who).json()]


def test_views_belong_to_one_person_or_to_the_site(client: TestClient, department: Department) -> None:
    def save(who: tuple[str, str], **body: object) -> int:
        return client.post("/api/work-list/views", json=body, auth=who).status_code

    assert save(RITA, name="My CTs", search={"modalities": ["CT"]}) == 201
    assert save(RITA, name="My CTs", search={"modalities": ["CT"], "states": ["unread"]}) == 201
    assert save(RITA, name="Everybody's", search={}, is_site=True) == 403
    assert save(ADA, name="Today's MR", search={"modalities": ["MR"]}, is_site=True) == 201
    assert names(client, RITA) == [("Today's MR", True), ("My CTs", False)]
    assert names(client, ADA) == [("Today's MR", True)]
    kept = client.get("/api/work-list/views", auth=RITA).json()[1]
    assert kept["search"] == {"modalities": ["CT"], "states": ["unread"]}
    assert [(e.who, e.action) for e in department.audit.entries()] == [("ada", "save site view")]


def test_only_who_owns_a_view_deletes_it(client: TestClient) -> None:
    mine = client.post("/api/work-list/views", json={"name": "Mine", "search": {}}, auth=RITA).json()["number"]
    site = {"name": "Site", "search": {}, "is_site": True}
    ours = client.post("/api/work-list/views", json=site, auth=ADA).json()["number"]
    assert client.delete(f"/api/work-list/views/{mine}", auth=ADA).status_code == 404
    assert client.delete(f"/api/work-list/views/{ours}", auth=RITA).status_code == 403
    assert client.delete(f"/api/work-list/views/{mine}", auth=RITA).status_code == 204
    assert client.delete(f"/api/work-list/views/{ours}", auth=ADA).status_code == 204
    assert names(client, RITA) == []


def test_a_view_that_could_not_be_asked_for_is_refused(client: TestClient) -> None:
    for body in (
        {"name": "", "search": {}},
        {"name": "x" * 65, "search": {}},
        {"name": "Search", "search": {"sort": "colour"}},
        {"name": "Search", "search": 3},
        {"name": "Large", "search": {"more": "x" * 5000}},
    ):
        assert client.post("/api/work-list/views", json=body, auth=RITA).status_code == 400
