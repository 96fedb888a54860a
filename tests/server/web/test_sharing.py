"""A link opens one study, view only, for a while, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.data import get_testdata_file
from starlette.testclient import TestClient

from isocenter.archive.query import Query
from isocenter.core.errors import ForbiddenError, NotFoundError, OptionError, UnauthenticatedError
from isocenter.server.department import Department
from isocenter.server.dicomweb import resources_offered
from isocenter.server.reconstruction.storing import store_file
from isocenter.server.web.app import create_app
from isocenter.trust.share_links import ShareLinks

PASSWORD = "correct horse battery"
GUARD = {"X-Isocenter": "1"}
ADA, RITA = ("ada", PASSWORD), ("rita", PASSWORD)


@pytest.fixture
def shared(department: Department) -> tuple[str, str]:
    """Store two studies and return their UIDs: the one that is shared, and the other."""
    uids = []
    for name in ("CT_small.dcm", "MR_small.dcm"):
        path = Path(str(get_testdata_file(name, download=False)))
        store_file(path, department.archive, "test")
        uids.append(str(pydicom.dcmread(path).StudyInstanceUID))
    return uids[0], uids[1]


def make(client: TestClient, study: str, **more: Any) -> dict[str, Any]:
    answer = client.post("/api/links", json={"study": study, "hours": 24, **more}, auth=ADA)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.fixture
def guest(client: TestClient, department: Department, shared: tuple[str, str]) -> TestClient:
    """Return a client that has come by a link."""
    token = make(client, shared[0])["token"]
    guest = TestClient(create_app(department), raise_server_exceptions=False)
    answer = guest.post("/api/shared", json={"token": token}, headers=GUARD)
    assert answer.json() == {
        "username": "link:1",
        "display_name": "link:1",
        "roles": [],
        "permissions": ["instances:read"],
        "study": shared[0],
    }
    return guest


def of_study(department: Department, study: str) -> list[str]:
    """Return a path for every way to look into a study."""
    one = department.archive.instances(study)[0]
    series = f"/dicom-web/studies/{study}/series/{one.series_uid}"
    instance = f"{series}/instances/{one.instance_uid}"
    return [
        f"/dicom-web/studies?StudyInstanceUID={study}",
        f"/dicom-web/series?StudyInstanceUID={study}",
        f"/dicom-web/instances?StudyInstanceUID={study}",
        f"/dicom-web/studies/{study}",
        f"/dicom-web/studies/{study}/metadata",
        f"/dicom-web/studies/{study}/series",
        f"/dicom-web/studies/{study}/instances",
        series,
        f"{series}/metadata",
        f"{series}/instances",
        instance,
        f"{instance}/metadata",
        f"{instance}/rendered",
        f"{instance}/frames/1",
        f"/wado?requestType=WADO&studyUID={study}&seriesUID={one.series_uid}&objectUID={one.instance_uid}",
    ]


def test_the_shared_study_is_seen_whole_and_every_other_refused(
    guest: TestClient, department: Department, shared: tuple[str, str]
) -> None:
    mine, other = shared
    for path in of_study(department, mine):
        assert guest.get(path).status_code == 200, path
    for path in of_study(department, other):
        answer = guest.get(path)
        assert answer.status_code == 403, path
        assert "MR" not in answer.text


def test_searches_over_the_archive_are_refused(guest: TestClient, shared: tuple[str, str]) -> None:
    mine, other = shared
    for path in ("studies", "series", "instances", "", f"studies?PatientID=4MR1&StudyInstanceUID={mine}\\{other}"):
        assert guest.get(f"/dicom-web/{path}").status_code == 403, path
    found = guest.get(f"/dicom-web/studies?StudyInstanceUID={mine}&includefield=NumberOfPatientRelatedStudies").json()
    assert [study["0020000D"]["Value"] for study in found] == [[mine]]
    assert "00201200" not in found[0]
    # Of two values the guard may look at one and the query at the other: the archive itself gives no more.
    both = guest.get(f"/dicom-web/studies?StudyInstanceUID={other}&StudyInstanceUID={mine}")
    assert other not in both.text


def test_nothing_is_stored_changed_or_listed_by_a_link(
    guest: TestClient, department: Department, shared: tuple[str, str]
) -> None:
    mine, _ = shared
    for method, path in (
        ("POST", "/dicom-web/studies"),
        ("POST", f"/dicom-web/studies/{mine}"),
        ("DELETE", f"/dicom-web/studies/{mine}"),
        ("POST", "/dicom-web/corrections"),
        ("GET", "/dicom-web/corrections"),
        ("POST", "/api/work-list"),
        ("GET", "/api/work-list/changes"),
        ("GET", "/api/work-list/views"),
        ("GET", f"/api/work-list/studies/{mine}"),
        ("GET", f"/api/work-list/studies/{mine}/priors"),
        ("PUT", f"/api/work-list/studies/{mine}/state"),
        ("POST", "/api/links"),
        ("GET", f"/api/links/studies/{mine}"),
        ("DELETE", "/api/links/1"),
        ("PUT", "/api/session/rules"),
        ("POST", "/api/raw"),
        ("POST", "/api/jobs"),
        ("GET", "/api/jobs/x"),
    ):
        answer = guest.request(method, path, headers=GUARD, content=b"{}" if method != "GET" else None)
        assert answer.status_code == 403, (method, path, answer.text)
    assert department.archive.n_instances == 2


def test_no_resource_of_dicomweb_answers_a_link_about_another_study(
    guest: TestClient, department: Department, shared: tuple[str, str]
) -> None:
    one = department.archive.instances(shared[1])[0]
    for path, methods, _ in resources_offered():
        address = (
            path.replace("{study}", one.study_uid)
            .replace("{series}", one.series_uid)
            .replace("{instance}", one.instance_uid)
            .replace("{frames}", "1")
        )
        for method in methods:
            answer = guest.request(method, "/dicom-web" + address, headers=GUARD)
            assert answer.status_code in (403, 404, 405), (method, address, answer.status_code)


def test_a_limited_archive_gives_no_more_than_its_study(department: Department, shared: tuple[str, str]) -> None:
    mine, other = shared
    archive = department.archive.limited_to(mine)
    assert [row["StudyInstanceUID"] for row in archive.find(Query("STUDY"))] == [mine]
    for filters in (
        {"StudyInstanceUID": other},
        {"PatientName": "*"},
        {"PatientID": "4MR1"},
        {"ModalitiesInStudy": "MR"},
    ):
        assert other not in {row["StudyInstanceUID"] for row in archive.find(Query("STUDY", filters))}
    for level in ("PATIENT", "SERIES", "IMAGE"):
        assert len(list(archive.find(Query(level)))) == 1  # type: ignore[arg-type]  # walked over levels
    one = department.archive.instances(other)[0]
    with pytest.raises(NotFoundError):
        archive.instances(other)
    assert archive.instance_at_once(other, one.series_uid, one.instance_uid) is None
    assert archive.instances_at_once(other, one.series_uid) is None
    with pytest.raises(ForbiddenError):
        archive.receive(origin="a link")
    assert len(department.archive.instances(other)) == 1  # the archive itself is as it was


def test_views_by_link_are_in_the_audit_trail(
    guest: TestClient, department: Department, shared: tuple[str, str]
) -> None:
    guest.get(f"/dicom-web/studies/{shared[0]}/metadata")
    entries = [(e.who, e.action, e.target) for e in department.audit.entries()]
    assert entries == [
        ("ada", "make link", f"{shared[0]} link:1"),
        ("link:1", "open link", shared[0]),
        ("link:1", "view by link", shared[0]),
    ]


def test_a_revoked_link_ends_at_once(guest: TestClient, client: TestClient, shared: tuple[str, str]) -> None:
    path = f"/dicom-web/studies/{shared[0]}/metadata"
    assert guest.get(path).status_code == 200
    assert client.delete("/api/links/1", auth=RITA).status_code == 403
    assert client.delete("/api/links/1", auth=ADA).status_code == 204
    assert guest.get(path).status_code == 401
    assert client.get(f"/api/links/studies/{shared[0]}", auth=ADA).json() == []


def test_a_link_with_a_password_opens_by_it_alone(client: TestClient, shared: tuple[str, str]) -> None:
    token = make(client, shared[0], password="a long password")["token"]

    def opened(**body: str) -> tuple[int, str]:
        answer = client.post("/api/shared", json={"token": token, **body}, headers=GUARD)
        return answer.status_code, answer.json().get("detail", "")

    assert opened() == (401, "This link needs its password.")
    for _ in range(5):
        assert opened(password="another password")[0] == 401
    assert opened(password="a long password") == (401, "Too many wrong passwords.")


def test_what_opens_nothing_says_no_more(client: TestClient, shared: tuple[str, str]) -> None:
    make(client, shared[0])
    for token in ("", "x", "A" * 43):
        answer = client.post("/api/shared", json={"token": token}, headers=GUARD)
        assert answer.status_code == 401
        assert shared[0] not in answer.text
    assert client.post("/api/shared", json={"token": "x"}).status_code == 403  # another site cannot start it


def test_links_are_made_by_who_may(client: TestClient, shared: tuple[str, str]) -> None:
    body = {"study": shared[0], "hours": 24}
    assert client.post("/api/links", json=body).status_code == 401
    assert client.post("/api/links", json=body, auth=RITA).status_code == 403
    for change in ({"study": "1.9"}, {"hours": 0}, {"hours": 24 * 91}, {"hours": "1"}, {"password": "short"}):
        assert client.post("/api/links", json=body | change, auth=ADA).status_code in (400, 404), change
    assert make(client, shared[0], password="a long password")["has_password"] is True


def test_a_link_expires(tmp_path: Any, counted: Callable[[], list[float]]) -> None:
    now = counted()
    links = ShareLinks(tmp_path / "links.sqlite", clock=lambda: now[0])
    link, token = links.make("1.2.3", "ada", lasts_s=3600.0)
    now[0] += 3599
    identity, left_s = links.open(token)
    assert (identity.study_uid, left_s) == ("1.2.3", 1.0)
    assert not identity.may("instances:write")
    assert links.of_study("1.2.3")[0].n_opened == 1
    now[0] += 1
    with pytest.raises(UnauthenticatedError):
        links.open(token)
    assert links.of_study("1.2.3") == []
    assert links.link(link.number).revoked_at is None
    with pytest.raises(OptionError):
        links.make("1.2.3", "ada", lasts_s=60.0)
    links.close()
    assert token.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


@pytest.fixture
def counted() -> Callable[[], list[float]]:
    """Return a function that makes a clock which stands still until a test moves it."""
    return lambda: [1_000_000.0]
