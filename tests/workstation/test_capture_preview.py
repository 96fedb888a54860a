"""A video source looked at in a browser, and taken from there."""

import argparse
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import numpy as np
import pydicom
import pytest

from isocenter.cli import capture
from isocenter.cli.main import main

av = pytest.importorskip("av", reason="the extra 'video' is not installed")
COLUMNS, ROWS, SPEED = 320, 240, 4


def _written(path: Path) -> Path:
    """Write two seconds of a bright bar that moves to the right over blue, with a name in the corner."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = COLUMNS, ROWS, "yuv420p", 8_000_000
        for index in range(50):
            picture = np.full((ROWS, COLUMNS, 3), (30, 40, 120), np.uint8)
            picture[60:200, 40 + SPEED * index : 60 + SPEED * index] = (240, 220, 90)
            picture[8:28:4, 10:90] = 255
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def _options(tmp_path: Path, *more: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    capture.COMMAND.configure(parser)
    words = [str(_written(tmp_path / "loop.mp4")), "-o", str(tmp_path / "take.dcm"), "--preview", "--no-browser"]
    return parser.parse_args([*words, *more])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[capture.Desk]:
    """Yield a preview with a box to keep, a mask, a scale and a patient."""
    options = _options(
        tmp_path, "--crop", "20,40,280,180", "--mask", "0,0,100,34", "--mask", "200,180,40,30",
        "--scale", "30,210,130,210,50", "--patient-id", "P-7", "--patient-name", "Doe^Jane",
    )  # fmt: skip
    with capture.previewing(capture._examination(options), options) as opened:
        yield opened


def test_a_take_is_looked_at_recorded_and_written(desk: capture.Desk, chromium: Any, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    page = chromium.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(desk.address)
    expect(page.locator("body")).to_have_attribute("data-drawn", re.compile(r"^([6-9]|\d\d+)$"))
    expect(page.locator("#patient")).to_have_text("Doe^Jane P-7")
    read = "([id, x, y]) => Array.from(document.getElementById(id).getContext('2d').getImageData(x, y, 1, 1).data)"
    assert page.evaluate(read, ["picture", 5, 120])[:3] == pytest.approx([30, 40, 120], abs=25)
    assert page.evaluate(read, ["marks", 50, 15]) == [0, 0, 0, 255]  # the mask hides the name
    assert 0 < page.evaluate(read, ["marks", 5, 120])[3] < 255  # what is cut away is dim
    assert page.evaluate(read, ["marks", 160, 100])[3] == 0
    assert page.evaluate(read, ["marks", 80, 210])[3] == 255  # the scale
    page.click("#record")
    expect(page.locator("#state")).to_have_text(re.compile(r"recording: [1-9]\d+ pictures"))
    page.screenshot(path=str(tmp_path / "recording.png"))
    page.click("#stop")
    expect(page.locator("#takes li")).to_have_count(1)
    page.click("#one")
    expect(page.locator("#takes li")).to_have_count(2)
    page.screenshot(path=str(tmp_path / "written.png"))
    clip, still = (Path(text) for text in page.locator("#takes li").all_inner_texts())
    assert (clip.name, still.name) == ("take.dcm", "take-2.dcm")
    page.click("#done")
    expect(page.locator("#state")).to_contain_text("Done")
    assert desk.is_done.wait(timeout=60)
    page.close()
    assert errors == []

    dataset = pydicom.dcmread(clip)
    assert (dataset.PatientID, dataset.Columns, dataset.Rows) == ("P-7", 280, 180)
    assert [float(each) for each in dataset.PixelSpacing] == pytest.approx([0.5, 0.5])
    assert float(dataset.FrameTime) == pytest.approx(40.0)
    frames = pydicom.pixels.pixel_array(dataset).astype(int)
    assert len(frames) >= 10
    assert frames[:, 142:165, 182:216].max() < 40  # the second mask, of the whole picture
    # No picture is missing: the bar moves by its speed, or goes back to where the file begins.
    places = np.array([np.nonzero(frame[60, :, 0] > 150)[0].mean() for frame in frames])
    steps = np.diff(places)
    assert np.all((abs(steps - SPEED) < 1.5) | (abs(steps + 49 * SPEED) < 1.5))
    other = pydicom.dcmread(still)
    assert (other.StudyInstanceUID, other.get("NumberOfFrames")) == (dataset.StudyInstanceUID, None)
    if shutil.which("dciodvfy") is not None:
        for file in (clip, still):
            said = subprocess.run(["dciodvfy", "-new", str(file)], capture_output=True, text=True, check=False)
            assert [line for line in (said.stdout + said.stderr).splitlines() if line.startswith("Error")] == []


def test_the_command_films_by_its_page_and_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: Queue[str] = Queue()
    monkeypatch.setattr("webbrowser.open", opened.put)
    words = ["capture", str(_written(tmp_path / "loop.mp4")), "-o", str(tmp_path / "take.dcm"), "--preview"]
    with ThreadPoolExecutor(1) as pool:
        code = pool.submit(main, words)
        address = opened.get(timeout=120)
        for what in ("record", "stop", "done"):
            assert httpx.post(address + what, timeout=120).status_code == 200
            while what == "record" and httpx.get(address + "about", timeout=120).json()["pictures"] < 2:
                time.sleep(0.05)
        assert code.result(timeout=120) == 0
    assert "take.dcm" in capsys.readouterr().out
    assert pydicom.dcmread(tmp_path / "take.dcm").NumberOfFrames >= 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--length", "3"], "Leave out --length"),
        (["--still", "2"], "Leave out --still"),
        (["--crop", "0,0,4000,20"], "outside of the picture"),
        (["--scale", "5,5,5,5,10"], "A scale has a length"),
    ],
)
def test_what_could_not_be_written_is_said_before_anybody_films(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = ["capture", str(_written(tmp_path / "loop.mp4")), "-o", str(tmp_path / "a.dcm")]
    assert main([*source, "--preview", "--no-browser", *words]) != 0
    assert said in capsys.readouterr().err
