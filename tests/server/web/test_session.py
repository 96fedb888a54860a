"""Who may come in, and what everybody else is told."""

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from isocenter.server.department import Department
from isocenter.server.web.app import create_app

PASSWORD = "correct horse battery"


def sign_in(client: TestClient, name: str = "ada", password: str = PASSWORD) -> int:
    form = {"username": name, "password": password}
    return client.post("/api/session", json=form, headers={"X-Isocenter": "1"}).status_code


def test_signing_in_sets_a_cookie_that_scripts_and_other_sites_cannot_use(client: TestClient) -> None:
    answer = client.post("/api/session", json={"username": "ada", "password": PASSWORD})
    told = answer.json()
    assert (told["username"], told["display_name"], told["roles"]) == ("ada", "ada", ["administrator"])
    assert {"instances:read", "accounts:manage"} <= set(told["permissions"])
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/api/session").json()["username"] == "ada"


def test_signing_out_ends_the_session(client: TestClient) -> None:
    sign_in(client)
    kept = dict(client.cookies)
    assert client.delete("/api/session", headers={"X-Isocenter": "1"}).status_code == 204
    client.cookies.update(kept)
    assert client.get("/api/session").status_code == 401


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong password"), ("nobody", PASSWORD), ("", "")])
def test_wrong_names_and_passwords_are_refused_alike(client: TestClient, name: str, password: str) -> None:
    answer = client.post("/api/session", json={"username": name, "password": password})
    assert answer.status_code == 401
    assert answer.json()["detail"] == "The user name or the password is wrong."


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"username": 3, "password": "x"}', b"x" * 10_000])
def test_a_malformed_form_is_a_problem_not_a_crash(client: TestClient, body: bytes) -> None:
    answer = client.post("/api/session", content=body)
    assert answer.status_code in (400, 413)
    assert answer.headers["content-type"] == "application/problem+json"


def test_another_site_cannot_use_the_cookie(client: TestClient) -> None:
    sign_in(client)
    assert client.post("/api/jobs", json={}).status_code == 403
    assert client.post("/api/jobs", json={}, headers={"X-Isocenter": "1"}).status_code == 400


@pytest.mark.parametrize("path", ["/api/session", "/api/about", "/dicom-web/studies", "/api/jobs/x"])
def test_nothing_is_shown_to_who_has_not_signed_in(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 401


def test_a_browser_is_not_asked_for_a_password_by_its_own_window(client: TestClient) -> None:
    assert "www-authenticate" in client.get("/dicom-web/studies").headers
    assert "www-authenticate" not in client.get("/dicom-web/studies", headers={"Sec-Fetch-Mode": "cors"}).headers


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Bearer abc", "Basic YWRh", "Basic " + "A" * 5000])
def test_a_malformed_authorization_is_refused(client: TestClient, header: str) -> None:
    assert client.get("/dicom-web/studies", headers={"Authorization": header}).status_code == 401


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for answer in (client.get("/"), client.get("/api/session"), client.get("/no/such/page")):
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe-eval'" not in answer.headers["content-security-policy"].replace("wasm-unsafe-eval'", "")
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_fault_of_the_server_says_nothing_of_its_inside(department: Department) -> None:
    app = create_app(department)

    async def fail(_: object) -> None:
        raise RuntimeError("the name of a patient")

    app.router.routes.insert(0, Route("/fail", fail))
    answer = TestClient(app, raise_server_exceptions=False).get("/fail")
    assert answer.status_code == 500
    assert "patient" not in answer.text
    assert "incident" in answer.json()["detail"]


def test_sign_ins_and_refusals_are_in_the_audit_trail(client: TestClient, department: Department) -> None:
    sign_in(client)
    sign_in(client, password="wrong password")
    entries = [(e.who, e.action, e.outcome) for e in department.audit.entries()]
    assert entries == [("ada", "sign-in", "success"), ("ada", "sign-in", "refused")]
    assert department.audit.verify() == 2


def test_a_session_ends_without_activity_and_pages_that_ask_by_themselves_are_none(
    client: TestClient, department: Department
) -> None:
    now = [0.0]
    department.sessions._clock = lambda: now[0]
    sign_in(client)
    background = {"X-Isocenter-Background": "1"}
    assert client.get("/api/session/time").json() == {"idle_s": 900.0, "left_s": 900.0}
    now[0] = 800.0
    assert client.get("/api/work-list/changes", headers=background).status_code == 200
    assert client.get("/api/session/time", headers=background).json()["left_s"] == 100.0
    assert client.post("/api/session/activity", headers={"X-Isocenter": "1"}).json()["left_s"] == 900.0
    now[0] = 1600.0
    assert client.get("/api/session", headers=background).status_code == 200
    now[0] = 1701.0
    assert client.get("/api/session", headers=background).status_code == 401


def test_administrators_set_the_time_and_it_is_kept(client: TestClient, department: Department) -> None:
    def put(who: str, minutes: object) -> int:
        body = {"idle_minutes": minutes}
        return client.put("/api/session/rules", json=body, auth=(who, PASSWORD)).status_code

    assert put("rita", 5) == 403
    for minutes in (0, 481, "5", 5.5, True):
        assert put("ada", minutes) == 400
    assert put("ada", 5) == 200
    assert department.sessions.idle_s == 300.0
    assert department.session_rules.idle_s == 300.0
    assert [(e.action, e.target) for e in department.audit.entries()] == [("set idle time", "5 min")]


def test_signing_out_lets_the_browser_forget_images(client: TestClient) -> None:
    sign_in(client)
    answer = client.delete("/api/session", headers={"X-Isocenter": "1"})
    assert answer.headers["clear-site-data"] == '"cache"'
