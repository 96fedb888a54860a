"""The reconstruction page's requests, from upload to a series in the archive."""

import json
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from starlette.testclient import TestClient

from isocenter.formats import registry as formats
from isocenter.modalities import ct
from isocenter.physics.bodies import BODIES

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    angles = np.linspace(0, np.pi, 90, endpoint=False)
    acquisition = ct.Acquisition(angles, n_bins=96, bin_width_mm=4.5, photons_per_bin=1e5)
    path = tmp_path_factory.mktemp("raw") / "scan.h5"
    formats.write(ct.simulate(BODIES["thorax"](), acquisition, np.random.default_rng(0)), path)
    return path


def upload(client: TestClient, path: Path) -> dict[str, object]:
    answer = client.post(f"/api/raw?filename={path.name}", content=path.read_bytes())
    assert answer.status_code == 201, answer.text
    described: dict[str, object] = answer.json()
    return described


def run(client: TestClient, raw_id: object, method: str = "fbp", **parameters: object) -> dict[str, object]:
    """Start a job, follow its events to the end and return the last."""
    answer = client.post("/api/jobs", json={"raw_id": raw_id, "method": method, "parameters": parameters})
    assert answer.status_code == 202, answer.text
    text = client.get(f"/api/jobs/{answer.json()['job_id']}/events").text
    last: dict[str, object] = json.loads([line[6:] for line in text.splitlines() if line.startswith("data: ")][-1])
    return last


def test_a_raw_file_becomes_a_series_in_the_archive(ada: TestClient, scan: Path) -> None:
    raw = upload(ada, scan)
    assert raw["modality"] == "ct"
    assert raw["default_method"] == "fbp"
    assert {"fbp", "cgls"} <= {method["name"] for method in raw["methods"]}  # type: ignore[index, union-attr] # JSON
    job = run(ada, raw["raw_id"], window="hann")
    assert job["state"] == "done"
    result = job["result"]
    assert result["unit"] == "HU"  # type: ignore[index] # JSON
    assert result["provenance"]["parameters"]["window"] == "hann"  # type: ignore[index] # JSON
    picture = imagecodecs.png_decode(ada.get(f"/api/jobs/{job['job_id']}/preview.png?slice=0").content)
    assert picture.std() > 20
    stored = ada.post(f"/api/jobs/{job['job_id']}/store", json={"patient_id": "P1", "patient_name": "Test^Body"})
    assert stored.status_code == 201, stored.text
    found = ada.get("/dicom-web/studies?PatientID=P1").json()
    assert found[0]["0020000D"]["Value"] == [stored.json()["study_uid"]]


def test_what_is_no_scan_is_refused_and_not_kept(ada: TestClient, tmp_path: Path, scan: Path) -> None:
    broken = scan.read_bytes()[:1000]
    for name, content in (("x.h5", broken), ("x.h5", b"hello"), ("x.dcm", b"\0" * 200), ("x.h5", b"")):
        answer = ada.post(f"/api/raw?filename={name}", content=content)
        assert answer.status_code == 422, answer.text
        assert answer.json()["detail"]
    assert not list((tmp_path / "department/raw").iterdir())


@pytest.mark.parametrize(
    ("method", "parameters"),
    [("no-such", {}), ("fbp", {"window": "square"}), ("fbp", {"cutoff": 7}), ("fbp", {"x": 1})],
)
def test_wrong_methods_and_parameters_end_the_job_with_a_problem(
    ada: TestClient, scan: Path, method: str, parameters: dict[str, object]
) -> None:
    job = run(ada, upload(ada, scan)["raw_id"], method, **parameters)
    assert job["state"] == "failed"
    assert job["error"]["status"] == 400  # type: ignore[index] # JSON


def test_slices_and_windows_that_are_none_are_refused(ada: TestClient, scan: Path) -> None:
    job = run(ada, upload(ada, scan)["raw_id"])
    for query in ("slice=9", "slice=x", "low=5&high=5", "low=nan"):
        assert ada.get(f"/api/jobs/{job['job_id']}/preview.png?{query}").status_code == 400


def test_a_reader_may_not_reconstruct(client: TestClient, scan: Path) -> None:
    client.auth = ("rita", PASSWORD)
    assert client.post("/api/raw?filename=scan.h5", content=scan.read_bytes()).status_code == 403
