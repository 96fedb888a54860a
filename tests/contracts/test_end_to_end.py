"""The chain in one piece: raw data, image, DICOM, archive, query, a person's screen.

Real scans of the shared reference data go through it where they are present, and a scan of our own body always does.
Independent peers judge each step where they are installed: dciodvfy the objects, storescu and findscu the node,
Chromium the viewer.
"""

import base64
import json
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest

from isocenter.server.web.reading_room import STATIC

PATIENT = ("E2E-1", "Chain^Whole")


def _run(*words: object) -> subprocess.CompletedProcess[str]:
    """Run a program and return what it said; a failure shows its output."""
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, errors="replace", timeout=300, check=False
    )
    assert done.returncode == 0, f"{words[0]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done


def _isocenter(*words: object) -> str:
    return _run(sys.executable, "-m", "isocenter.cli.main", *words).stdout


def _simulated_ct(folder: Path) -> list[object]:
    _isocenter("simulate", "ct", "-o", folder / "ct.h5", "-a", "n_bins=256")
    return [folder / "ct.h5"]


def _simulated_mri(folder: Path) -> list[object]:
    _isocenter("simulate", "mri", "-o", folder / "mri.h5")
    return [folder / "mri.h5"]


def _real_kspace(folder: Path, shared: Path) -> list[object]:
    shutil.copy(shared / "raw_mri/sigpy/cartesian_ksp.npy", folder / "kspace.npy")
    description = {"modality": "mri", "axes": ["coil", "y", "x"], "fov_mm": [230, 180]}
    (folder / "kspace.json").write_text(json.dumps(description))
    return [folder / "kspace.npy"]


def _real_ismrmrd(folder: Path, shared: Path) -> list[object]:
    shutil.copy(shared / "raw_mri/mrireco/acqDataBrainSim100.h5", folder / "brain.h5")
    return [folder / "brain.h5", "--option", "fov_mm=220"]


def _real_tooth(folder: Path, shared: Path) -> list[object]:
    shutil.copy(shared / "raw_ct/tooth.h5", folder / "tooth.h5")
    return [folder / "tooth.h5", "--option", "pixel_size_mm=0.01"]


REAL = {"multi-coil k-space": _real_kspace, "ISMRMRD": _real_ismrmrd, "synchrotron CT": _real_tooth}
SIMULATED = {"simulated CT": _simulated_ct, "simulated MRI": _simulated_mri}


@pytest.mark.parametrize("name", [*SIMULATED, *REAL])
def test_raw_data_reach_the_archive(name: str, tmp_path: Path, open_doors: Any, request: pytest.FixtureRequest) -> None:
    raw = REAL[name](tmp_path, request.getfixturevalue("shared_data")) if name in REAL else SIMULATED[name](tmp_path)
    images = tmp_path / "images"
    _isocenter("reconstruct", *raw, "-o", images, "-q", "--patient-id", PATIENT[0], "--patient-name", PATIENT[1])
    files = sorted(images.rglob("*.dcm"))
    assert files
    _require_valid(files)
    _store(files, open_doors)
    studies = _get(open_doors, f"/dicom-web/studies?PatientID={PATIENT[0]}")
    assert len(studies) == 1
    assert studies[0]["00201208"]["Value"] == [len(files)]
    _require_found(open_doors)
    _require_rendered(open_doors, studies[0]["0020000D"]["Value"][0])


def test_real_series_reach_the_archive(tmp_path: Path, open_doors: Any, shared_data: Path) -> None:
    from isocenter.dicom.series import read_image

    files = sorted((shared_data / "demo/liver_ct/image").glob("*.dcm"))[:12]
    image = read_image(files)
    assert image.unit == "[hnsf'U]"
    written = image.to_dicom(tmp_path / "again")
    _require_valid(list(written))
    _store([*files, *written], open_doors)
    found = _get(open_doors, "/dicom-web/series?Modality=CT")
    assert sorted(series["00201209"]["Value"][0] for series in found) == [12, 12]


@pytest.mark.browser
@pytest.mark.parametrize("name", ["simulated MRI", "multi-coil k-space"])
def test_a_person_sees_the_scan(
    name: str, tmp_path: Path, open_doors: Any, browser: Any, request: pytest.FixtureRequest
) -> None:
    """Sign in, find the study in the list, open it, see that the picture is not empty, scroll, read a value."""
    if not (STATIC / "index.html").is_file():
        pytest.skip("the viewer is not built (make viewer)")
    raw = REAL[name](tmp_path, request.getfixturevalue("shared_data")) if name in REAL else SIMULATED[name](tmp_path)
    images = tmp_path / "images"
    _isocenter("reconstruct", *raw, "-o", images, "-q", "--patient-id", PATIENT[0], "--patient-name", PATIENT[1])
    _store(sorted(images.rglob("*.dcm")), open_doors)

    browser.get(open_doors.address)
    fields = _until(lambda: browser.find_elements("css selector", "input"), 2)
    fields[0].send_keys(open_doors.username)
    fields[1].send_keys(open_doors.password)
    browser.find_element("css selector", "button[type=submit]").click()
    _until(lambda: [True] if "Chain, Whole" in browser.page_source else [], 1)

    study = _get(open_doors, "/dicom-web/series?Modality=MR")[0]
    uids = study["0020000D"]["Value"][0], study["0020000E"]["Value"][0]
    browser.get(f"{open_doors.address}/view/{uids[0]}/{uids[1]}")
    canvas = _until(lambda: browser.find_elements("css selector", "canvas.cornerstone-canvas"), 1)[0]
    # A picture is there before what is written over it.
    written = ["Chain, Whole"] if name in REAL else ["Chain, Whole", " of 3"]

    def said() -> list[str]:
        text = str(browser.find_element("css selector", "body").text)
        return [text] if all(words in text for words in written) else []

    text = _until(said, 1)[0]
    first = _until(lambda: _lively(canvas.screenshot_as_png), 1)[0]
    if name in REAL:
        return
    assert "Image 2 of 3" in text or "Image 1 of 3" in text
    browser.find_element("css selector", "body").send_keys("\ue015")  # arrow down: the next image
    _until(lambda: [True] if not np.array_equal(first, imagecodecs.png_decode(canvas.screenshot_as_png)) else [], 1)
    severe = [
        entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE" and "401" not in entry["message"]
    ]
    assert not severe


def _lively(png: bytes) -> list[np.ndarray]:
    """Return the picture if it shows more than a flat background."""
    picture = imagecodecs.png_decode(png)
    return [picture] if picture[..., :3].std() > 10 else []


def _until(look: Any, count: int, patience_s: float = 120.0) -> Any:
    """Return what `look` sees as soon as there are `count` of it."""
    deadline = time.monotonic() + patience_s
    while True:
        seen = look()
        if len(seen) >= count:
            return seen
        assert time.monotonic() < deadline, "the page did not show what it should"
        time.sleep(0.2)


def _require_valid(files: list[Path]) -> None:
    """Ask dciodvfy; its warnings are allowed, its errors are not."""
    if shutil.which("dciodvfy") is None:
        return
    for path in files[:3]:
        said = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, errors="replace", check=False)
        errors = [line for line in (said.stdout + said.stderr).splitlines() if line.startswith("Error")]
        assert not errors, f"{path.name}: {errors}"


def _store(files: list[Path], doors: Any) -> None:
    """Send by dcmtk's storescu where it is installed, by our own sender otherwise."""
    if shutil.which("storescu") is not None:
        _run("storescu", "-R", "-aec", "ISOCENTER", "127.0.0.1", doors.dicom_port, *files)
    else:
        _isocenter("send", f"ISOCENTER@127.0.0.1:{doors.dicom_port}", "-q", *files)


def _require_found(doors: Any) -> None:
    if shutil.which("findscu") is None:
        return
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"PatientID={PATIENT[0]}", "-k", "PatientName"]
    said = _run("findscu", "-S", "-aec", "ISOCENTER", *keys, "127.0.0.1", doors.dicom_port)
    assert PATIENT[1] in said.stdout + said.stderr


def _require_rendered(doors: Any, study_uid: str) -> None:
    picture = imagecodecs.png_decode(_fetch(doors, f"/dicom-web/studies/{study_uid}/rendered", "image/png"))
    assert picture.std() > 5


def _get(doors: Any, path: str) -> Any:
    return json.loads(_fetch(doors, path, "application/dicom+json"))


def _fetch(doors: Any, path: str, accept: str) -> bytes:
    secret = base64.b64encode(f"{doors.username}:{doors.password}".encode()).decode()
    request = urllib.request.Request(
        doors.address + path, headers={"Authorization": f"Basic {secret}", "Accept": accept}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        body: bytes = answer.read()
    return body
