"""Takes hold what came between their ends; their page answers to who knows its address."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from isocenter.core.clip import Clip
from isocenter.core.errors import ConflictError
from isocenter.server.capture.app import capture_app, jpeg_of
from isocenter.server.capture.take import Take
from isocenter.server.live.stream import Stream

PICTURE = np.full((8, 10, 3), 90, np.uint8)


def test_only_what_comes_between_start_and_stop_is_held() -> None:
    take = Take(25.0, is_live=False)
    take.hear(PICTURE)
    take.start()
    for value in (1, 2, 3):
        take.hear(np.full_like(PICTURE, value))
    clip = take.stop()
    take.hear(PICTURE)
    assert clip.frames[:, 0, 0, 0].tolist() == [1, 2, 3]
    assert (clip.rate_hz, take.n_pictures, take.is_recording) == (25.0, 0, False)


def test_a_take_that_does_not_fit_keeps_its_beginning() -> None:
    take = Take(25.0, is_live=True, max_bytes=2 * PICTURE.nbytes)
    take.start()
    for _ in range(3):
        take.hear(PICTURE)
    assert take.is_full
    assert len(take.stop().frames) == 2


def test_ends_without_a_beginning_or_pictures_are_refused() -> None:
    take = Take(25.0, is_live=True)
    with pytest.raises(ConflictError, match="No take"):
        take.stop()
    take.start()
    with pytest.raises(ConflictError, match="already"):
        take.start()
    with pytest.raises(ConflictError, match="No picture"):
        take.stop(wait_s=0.01)
    assert not take.is_recording


def _page(keep: Any) -> tuple[TestClient, str, Take]:
    take = Take(25.0, is_live=False)
    stream = Stream(iter([PICTURE]), jpeg_of)
    app, path = capture_app(stream, take, {"title": "a"}, keep, threading.Event())
    return TestClient(app, base_url="http://127.0.0.1"), path, take


def test_the_page_is_only_for_who_knows_its_address_and_asks_this_machine() -> None:
    client, path, _ = _page(lambda taken: "a.dcm")
    assert client.get(path).status_code == 200
    assert client.get("/about").status_code == 404
    assert client.get("/guess/about").status_code == 404
    assert client.get(path, headers={"host": "evil.example"}).status_code == 400
    assert client.get(path + "record").status_code == 405


def test_a_take_that_cannot_be_written_says_why() -> None:
    def keep(taken: Callable[[], Clip]) -> str:
        taken()
        raise OSError(28, "No space left on device")

    client, path, take = _page(keep)
    assert client.post(path + "stop").json()["message"] == "No take goes on."
    assert client.post(path + "record").status_code == 200
    take.hear(PICTURE)
    answer = client.post(path + "stop")
    assert (answer.status_code, answer.json()["message"]) == (500, "No space left on device")
