"""Hanging protocols that people keep, for themselves or for the site, and what they chose last."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from isocenter.server.department import Department

PASSWORD = "correct horse battery"
RITA, ADA, THEO = ("rita", PASSWORD), ("ada", PASSWORD), ("theo", PASSWORD)
PROTOCOLS, CHOICES = "/api/hanging/protocols", "/api/hanging/choices"


def protocol(name: str, **changes: Any) -> dict[str, Any]:
    """Return a protocol of one empty cell."""
    stage = {"name": "One", "rows": 1, "columns": 1, "cells": [None], "links": {}}
    return {"version": 1, "name": name, "when": [], "stages": [stage], **changes}


def add(client: TestClient, who: tuple[str, str], content: Any, **more: Any) -> Any:
    return client.post(PROTOCOLS, json={"protocol": content, **more}, auth=who)


def names(client: TestClient, who: tuple[str, str]) -> list[tuple[str, bool]]:
    return [(one["protocol"]["name"], one["is_site"]) for one in client.get(PROTOCOLS, auth=who).json()]


def test_protocols_belong_to_one_person_or_to_the_site(client: TestClient, department: Department) -> None:
    assert add(client, RITA, protocol("My chest")).status_code == 201
    assert add(client, RITA, protocol("Everybody's"), is_site=True).status_code == 403
    assert add(client, ADA, protocol("Our chest"), is_site=True).status_code == 201
    assert names(client, RITA) == [("My chest", False), ("Our chest", True)]
    assert names(client, ADA) == [("Our chest", True)]
    assert client.get(PROTOCOLS, auth=RITA).json()[0]["protocol"] == protocol("My chest")
    assert [(e.who, e.action, e.target) for e in department.audit.entries()] == [
        ("ada", "save site hanging protocol", "protocol 2")
    ]


def test_only_who_owns_a_protocol_changes_shares_and_deletes_it(client: TestClient, department: Department) -> None:
    mine = add(client, RITA, protocol("Mine")).json()["number"]
    ours = add(client, ADA, protocol("Ours"), is_site=True).json()["number"]

    def put(who: tuple[str, str], number: int, **body: Any) -> int:
        return client.put(f"{PROTOCOLS}/{number}", json={"protocol": protocol("New"), **body}, auth=who).status_code

    assert put(ADA, mine) == 404
    assert put(RITA, ours) == 403
    assert put(RITA, ours, is_site=True) == 403
    assert put(RITA, mine, is_site=True) == 403
    assert put(RITA, 77) == 404
    assert put(RITA, mine) == 200
    assert names(client, RITA) == [("New", False), ("Ours", True)]
    assert client.delete(f"{PROTOCOLS}/{mine}", auth=ADA).status_code == 404
    assert client.delete(f"{PROTOCOLS}/{ours}", auth=RITA).status_code == 403
    assert client.delete(f"{PROTOCOLS}/{mine}", auth=RITA).status_code == 204
    own = add(client, ADA, protocol("Ada's")).json()["number"]
    assert put(ADA, own, is_site=True) == 200  # shared with all
    assert names(client, RITA) == [("New", True), ("Ours", True)]
    assert client.delete(f"{PROTOCOLS}/{ours}", auth=ADA).status_code == 204
    assert [(e.who, e.action) for e in department.audit.entries()] == [
        ("ada", "save site hanging protocol"),
        ("ada", "change site hanging protocol"),
        ("ada", "delete site hanging protocol"),
    ]


def test_a_name_is_taken_once_by_each_owner(client: TestClient) -> None:
    assert add(client, RITA, protocol("Chest")).status_code == 201
    again = add(client, RITA, protocol("Chest"))
    assert again.status_code == 409
    assert "another name" in again.json()["remedy"]
    assert add(client, ADA, protocol("Chest")).status_code == 201
    head = add(client, RITA, protocol("Head")).json()["number"]
    taken = client.put(f"{PROTOCOLS}/{head}", json={"protocol": protocol("Chest")}, auth=RITA)
    assert taken.status_code == 409
    assert names(client, RITA) == [("Chest", False), ("Head", False)]


@pytest.mark.parametrize(
    "content",
    [
        3,
        {},
        protocol(""),
        protocol("x" * 65),
        protocol("two\nlines"),
        protocol("Later", version=2),
        protocol("When", when="always"),
        protocol("None", stages=[]),
        protocol("Many", stages=protocol("x")["stages"] * 33),
        protocol("Grid", stages=[{"rows": 1, "columns": 2, "cells": [None]}]),
        protocol("Grid", stages=[{"rows": 9, "columns": 1, "cells": [None] * 9}]),
        protocol("Grid", stages=["one"]),
        protocol("Large", more="x" * 33000),
    ],
)
def test_what_is_no_protocol_is_refused(client: TestClient, content: Any) -> None:
    assert add(client, RITA, content).status_code == 400
    assert names(client, RITA) == []


def test_a_choice_is_remembered_for_each_person_and_kind_of_study(client: TestClient) -> None:
    def choose(who: tuple[str, str], kind: str, protocol: str) -> int:
        return client.put(CHOICES, json={"kind": kind, "protocol": protocol}, auth=who).status_code

    assert choose(RITA, "CT CHEST", "built-in/ct") == 204
    assert choose(RITA, "CT CHEST", "kept/3") == 204
    assert choose(RITA, "MG BREAST", "kept/4") == 204
    assert choose(ADA, "CT CHEST", "kept/5") == 204
    assert client.get(CHOICES, auth=RITA).json() == {"CT CHEST": "kept/3", "MG BREAST": "kept/4"}
    assert choose(RITA, "CT CHEST", "") == 204
    assert client.get(CHOICES, auth=RITA).json() == {"MG BREAST": "kept/4"}
    assert choose(RITA, "", "kept/3") == 400
    assert choose(RITA, "x" * 201, "kept/3") == 400


def test_nothing_of_it_is_for_strangers_and_none_is_kept_by_a_cache(client: TestClient) -> None:
    for path in (PROTOCOLS, CHOICES):
        assert client.get(path).status_code == 401
        assert client.get(path, auth=RITA).headers["cache-control"] == "no-store"
    assert client.post(PROTOCOLS, json={"protocol": protocol("Mine")}).status_code == 401
    assert client.put(CHOICES, json={"kind": "CT", "protocol": ""}).status_code == 401
