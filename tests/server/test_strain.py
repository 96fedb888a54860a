"""Strain in a loop of the archive: measured as the command does, told as it comes, refused where it cannot be."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from tests.server.conftest import PASSWORD

from isocenter.analysis.cardiac.moving_wall import SPACING_MM, MovingWall, moving_wall
from isocenter.analysis.cardiac.strain import VIEWS
from isocenter.core.clip import Clip
from isocenter.core.errors import DataError
from isocenter.dicom.writers.captured import captured_file
from isocenter.dicom.writers.modules import SeriesContext
from isocenter.server.department import Department
from isocenter.server.strain import following

STUDY, SERIES, INSTANCE = "1.2.3", "1.2.3.4", "1.2.3.5"
PATH = f"/api/strain/studies/{STUDY}/series/{SERIES}/instances/"
PEAKS = (-22.0, -20.0, -24.0, -18.0, -24.0, 0.0)
N_FRAMES = 16


@pytest.fixture(scope="module")
def wall() -> MovingWall:
    return moving_wall(PEAKS, np.random.default_rng(11), n_frames=N_FRAMES)


def _kept(department: Department, wall: MovingWall, *, n_frames: int = N_FRAMES, is_calibrated: bool = True) -> str:
    """Keep a loop in the archive and return where its strain is asked for."""
    pictures = np.repeat(wall.frames[:n_frames].astype(np.uint8)[..., None], 3, axis=-1)
    clip = Clip(pictures, 20.0, spacing_mm=(SPACING_MM, SPACING_MM) if is_calibrated else None)
    content = captured_file(clip, "ultrasound", SeriesContext(datetime(2026, 1, 2), STUDY, SERIES, "1.2", "loop", 1))
    incoming = department.archive.receive(origin="test")
    incoming.write(content)
    return PATH + incoming.commit().instance_uid


def _asked(wall: MovingWall, **changes: Any) -> dict[str, Any]:
    return {"points": wall.drawn_px().tolist(), "view": "4 chamber"} | changes


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_strain_of_a_kept_loop_comes_with_progress(ada: TestClient, department: Department, wall: MovingWall) -> None:
    answer = ada.post(_kept(department, wall), json=_asked(wall))
    assert answer.status_code == 200
    *progress, last = _lines(answer.text)
    done = [line["done"] for line in progress]
    assert done == sorted(done)
    assert {line["message"] for line in progress} == {"reading", "tracking"}
    strain = last["strain"]
    assert strain["global"]["peak"] == pytest.approx(np.mean(PEAKS), abs=1.5)
    assert (strain["first"], strain["n_frames"], strain["end_systole"], strain["frame_ms"]) == (1, N_FRAMES, 7, 50)
    assert [one["name"] for one in strain["segments"]] == list(VIEWS["4 chamber"])
    assert [one["strain"]["peak"] for one in strain["segments"]] == pytest.approx(PEAKS, abs=3.0)
    assert len(strain["segments"][0]["strain"]["percent"]) == N_FRAMES
    tracks = np.array(strain["tracks_px"])
    assert tracks.shape == (N_FRAMES, 61, 2)
    assert tracks[0, [0, -1]] == pytest.approx(wall.middle_px[0, [0, -1]], abs=2.0)


def test_a_part_of_the_loop_is_a_beat(ada: TestClient, department: Department, wall: MovingWall) -> None:
    asked = _asked(wall, first=3, last=12, frame=7, is_whole_beat=False)
    strain = _lines(ada.post(_kept(department, wall), json=asked).text)[-1]["strain"]
    assert (strain["first"], strain["n_frames"], strain["drift_mm"]) == (3, 10, None)


def test_what_cannot_be_followed_is_refused_by_name(ada: TestClient, department: Department, wall: MovingWall) -> None:
    loop = _kept(department, wall)
    for changes, status, word in (
        ({"points": [[1, 2], [3, 4]]}, 400, "points"),
        ({"points": [[1, 2]] * 201}, 400, "points"),
        ({"points": [[1, 2], [3, 4], ["a", 1]]}, 400, "pair of numbers"),
        ({"points": "all"}, 400, "points"),
        ({"view": "5 chamber"}, 400, "view"),
        ({"first": 0}, 400, "frame"),
        ({"first": 3, "last": 99}, 400, "not of the loop"),
        ({"frame": 9, "last": 5}, 400, "not of the loop"),
        ({"is_whole_beat": "yes"}, 400, "true nor false"),
        ({"last": 3}, 422, "needs a loop"),
        ({"points": [[1, 2], [3, 4], [9999, 5]]}, 422, "No region of tissue"),
    ):
        answer = ada.post(loop, json=_asked(wall, **changes))
        assert (answer.status_code, word in answer.text) == (status, True), answer.text
    assert "one frame" in ada.post(_kept(department, wall, n_frames=1), json=_asked(wall)).text
    flat = ada.post(_kept(department, wall, is_calibrated=False), json=_asked(wall))
    assert (flat.status_code, "0 regions" in flat.text) == (422, True)


def test_a_loop_that_is_too_long_is_refused(
    ada: TestClient, department: Department, wall: MovingWall, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = _kept(department, wall)
    monkeypatch.setattr(following, "MOST_PIXELS", 8 * wall.frames[0].size)
    answer = ada.post(loop, json=_asked(wall))
    assert (answer.status_code, "at most 8" in answer.text) == (413, True)


def test_what_goes_wrong_on_the_way_is_the_last_line(
    ada: TestClient, department: Department, wall: MovingWall, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = _kept(department, wall)
    for error, status in ((DataError("The wall is lost."), 422), (RuntimeError("inside"), 500)):

        def fail(*_: Any, error: Exception = error, **__: Any) -> None:
            raise error

        monkeypatch.setattr(following, "wall_strain", fail)
        answer = ada.post(loop, json=_asked(wall))
        problem = _lines(answer.text)[-1]["problem"]
        assert problem["status"] == status
        assert "inside" not in answer.text


def test_who_may_not_see_the_study_gets_the_answer_of_every_study(
    client: TestClient, department: Department, wall: MovingWall
) -> None:
    loop = _kept(department, wall)
    frames = loop.replace("/api/strain", "/dicom-web") + "/frames/1"
    asked = client.post(loop, json=_asked(wall))
    assert (asked.status_code, asked.json()) == (401, client.get(frames).json())
    client.auth = ("rita", PASSWORD)
    gone = (text.replace(STUDY + "/", "1.2.99/", 1) for text in (loop, frames))
    asked, looked = client.post(next(gone), json=_asked(wall)), client.get(next(gone))
    assert (asked.status_code, asked.json()["title"]) == (404, looked.json()["title"])
    assert client.post(loop, json=_asked(wall, last=3)).status_code == 422
