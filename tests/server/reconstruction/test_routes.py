"""The reconstruction page's requests, from upload to a series in the archive."""

import json
from pathlib import Path

import h5py
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


def run(
    client: TestClient,
    raw_id: object,
    method: str = "fbp",
    options: dict[str, object] | None = None,
    **parameters: object,
) -> dict[str, object]:
    """Start a job, follow its events to the end and return the last."""
    request = {"raw_id": raw_id, "method": method, "parameters": parameters, "options": options or {}}
    answer = client.post("/api/jobs", json=request)
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


def test_a_circle_of_a_result_is_measured_in_the_patient(ada: TestClient, scan: Path) -> None:
    job = run(ada, upload(ada, scan)["raw_id"])
    image = ct.reconstruct(formats.read(scan), method="fbp")
    at = {"x_mm": 30.0, "y_mm": -20.0, "radius_mm": 15.0}
    got = ada.get(f"/api/jobs/{job['job_id']}/circle", params=at).json()["values"]
    position = image.grid.positions_mm()
    inside = image.values[np.hypot(position[..., 0] - 30, position[..., 1] + 20) <= 15].astype(float)
    assert got["n"] == inside.size
    assert (got["mean"], got["deviation"]) == pytest.approx((inside.mean(), inside.std(ddof=1)), rel=1e-6)
    outside = ada.get(f"/api/jobs/{job['job_id']}/circle", params={**at, "x_mm": 5000}).json()
    assert outside == {"values": None}
    for query in ("radius_mm=0", "x_mm=nan", "slice=4"):
        assert ada.get(f"/api/jobs/{job['job_id']}/circle?{query}").status_code == 400
    assert np.array(job["result"]["affine_mm"]) == pytest.approx(image.grid.affine)  # type: ignore[index] # JSON


def test_one_result_less_another_is_a_picture_where_both_are_alike(ada: TestClient, scan: Path) -> None:
    raw = upload(ada, scan)["raw_id"]
    sharp, smooth, near = (run(ada, raw, **options) for options in ({}, {"window": "hann"}, {"fov_mm": 100}))  # type: ignore[arg-type] # JSON
    address = f"/api/jobs/{smooth['job_id']}/preview.png?low=-500&high=500"
    answer = ada.get(f"{address}&minus={sharp['job_id']}")
    measurement = formats.read(scan)
    expected = ct.reconstruct(measurement, window="hann").values - ct.reconstruct(measurement).values
    shown = np.clip((expected.astype(float) + 500) * 0.255, 0, 255).round()
    assert imagecodecs.png_decode(answer.content).astype(float) == pytest.approx(shown, abs=1)
    same = imagecodecs.png_decode(ada.get(f"{address}&minus={smooth['job_id']}").content)
    assert same.min() == same.max()
    assert ada.get(f"{address}&minus={near['job_id']}").status_code == 400
    assert ada.get(f"{address}&minus={'0' * 32}").status_code == 404


def test_what_a_file_does_not_say_is_asked_for_and_given(ada: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "exchange.h5"
    with h5py.File(path, "w") as file:
        file["exchange/data"] = np.full((60, 2, 40), 500.0, dtype=np.float32)
        file["exchange/data_white"] = np.full((1, 2, 40), 1000.0, dtype=np.float32)
        file["exchange/data_dark"] = np.zeros((1, 2, 40), dtype=np.float32)
        file["exchange/theta"] = np.arange(60) * 3.0
    raw = upload(ada, path)
    known = {option["name"]: option for option in raw["options"]}  # type: ignore[attr-defined, union-attr] # JSON
    assert known["rotation_center"]["default"] is None
    assert known["pixel_size_mm"]["kind"] == "number"
    assert "detector pixel" in known["pixel_size_mm"]["help"]
    job = run(ada, raw["raw_id"], options={"pixel_size_mm": "0.02", "rotation_center": 19.5})
    assert job["result"]["spacing_mm"][1] == pytest.approx(0.02, rel=0.05)  # type: ignore[index] # JSON
    for options in ({"pixel_size_mm": "wide"}, {"nothing": 1}):
        request = {"raw_id": raw["raw_id"], "method": "fbp", "options": options}
        assert ada.post("/api/jobs", json=request).status_code == 400
