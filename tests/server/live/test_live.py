"""Live pictures: from frames of channel data to pixels in a browser."""

import argparse
import io
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

import isocenter
from isocenter.cli import live
from isocenter.core.errors import DataError, OptionError, ProtocolError, ShapeError
from isocenter.formats import ultrasound_hdf5
from isocenter.modalities import ultrasound as us
from isocenter.modalities.ultrasound.live import LivePicture
from isocenter.server.live.sources import Frame, SocketSource, replayed
from isocenter.server.live.stream import Stream

SCAN = us.Acquisition(
    elements=us.linear_probe(32, 0.3),
    transmits=np.stack([us.plane_wave(a) for a in (-5.0, 5.0)]),
    n_samples=500,
    n_frames=3,
    frame_hz=100.0,
    near_mm=4.0,
    far_mm=16.0,
    width_mm=9.0,
    pixel_mm=0.15,
)


def _measurement(rng: np.random.Generator) -> us.Measurement:
    return us.Measurement(SCAN, rng.standard_normal(SCAN.data_shape).astype(np.float32))


def test_a_live_picture_is_the_picture_of_delay_and_sum(rng: np.random.Generator) -> None:
    measurement = _measurement(rng)
    one = us.Measurement(replace(SCAN, n_frames=1), measurement.data[:1])
    expected = us.reconstruct(one, f_number=1.5).values
    picture = LivePicture(SCAN, f_number=1.5)(measurement.data[0])
    assert picture / 255 * 60 - 60 == pytest.approx(expected, abs=0.3)


def test_white_follows_the_brightest_and_fades_slowly(rng: np.random.Generator) -> None:
    live_picture = LivePicture(SCAN)
    frame = _measurement(rng).data[0]
    first, weaker = live_picture(frame), live_picture(frame * 0.1)
    assert first.max() == 255
    assert weaker.max() == pytest.approx(255 * (1 - 20 * np.log10(9.7) / 60), abs=2)
    for _ in range(100):
        weaker = live_picture(frame * 0.1)
    assert weaker.max() == 255


def test_frames_of_another_scan_are_refused(rng: np.random.Generator) -> None:
    with pytest.raises(ShapeError):
        LivePicture(SCAN)(np.zeros((2, 31, 500), dtype=np.float32))
    with pytest.raises(OptionError, match="plane"):
        LivePicture(SCAN, us.default_grid(replace(SCAN, height_mm=1.0)))


def test_frames_come_over_a_socket_and_one_cut_short_is_let_go(rng: np.random.Generator) -> None:
    source = SocketSource((2, 4, 10), "int16")
    frames = rng.integers(-999, 999, (3, 2, 4, 10)).astype("<i2")
    parts = (frames[0].tobytes() + frames[1].tobytes()[:50], frames[2].tobytes() + b"cut")
    got = _sent(source, *parts, until=lambda: source.n_cut_short == 2)
    assert [(g.traces == f).all() for g, f in zip(got, (frames[0], frames[2]), strict=True)] == [True, True]
    assert got[0].time_s is None


def _sent(source: SocketSource, *parts: bytes, until: Callable[[], bool]) -> list[Frame]:
    """Return the frames that a source yields of connections that send `parts`, taken until it is so."""
    got: list[Frame] = []
    reader = threading.Thread(target=lambda: got.extend(source.frames()))
    reader.start()
    for part in parts:
        with socket.create_connection(("127.0.0.1", source.port)) as scanner:
            scanner.sendall(part)
    deadline = time.monotonic() + 60
    while not until() and time.monotonic() < deadline:
        time.sleep(0.01)
    source.close()
    reader.join(60)
    return got


def test_stamped_frames_out_of_order_are_left_out_and_told() -> None:
    def stamped(number: int, time_ns: int) -> bytes:
        return struct.pack("<QQ", number, time_ns) + np.full((1, 2, 4), number, dtype="<i2").tobytes()

    source = SocketSource((1, 2, 4), "int16", is_stamped=True)
    assert source.losses() is None
    first = b"".join(stamped(n, 40_000_000 * n) for n in (1, 2, 5, 4, 5, 6)) + stamped(7, 0)
    # A program that begins anew may count anew; of this one the last frame is cut short.
    second = stamped(1, 400_000_000) + stamped(2, 440_000_000)[:20]
    got = _sent(source, first, second, until=lambda: source.n_cut_short > 0)
    assert [int(frame.traces[0, 0, 0]) for frame in got] == [1, 2, 5, 6, 1]
    assert [frame.time_s for frame in got] == pytest.approx([0.04, 0.08, 0.2, 0.24, 0.4])
    told = source.losses()
    assert (
        told == "Frames: 3 came out of order and were left out, 2 had not come when later ones did, 1 were cut short."
    )


def test_channel_data_come_from_this_machine_only() -> None:
    with pytest.raises(ProtocolError, match="this machine"):
        SocketSource((1, 1, 1), "int16", host="0.0.0.0")


def test_a_failure_ends_the_stream_and_is_told() -> None:
    def frames() -> Iterator[Any]:
        yield Frame(np.zeros((2, 2), dtype=np.uint8))
        raise OSError("the cable fell out")

    stream = Stream(frames(), lambda frame: frame)
    stream.start()
    assert stream.newest(0, wait_s=60.0) is not None
    deadline = time.monotonic() + 60
    while not stream.is_over and time.monotonic() < deadline:
        time.sleep(0.01)
    assert isinstance(stream.failure, OSError)
    assert stream.newest(1, wait_s=0.1) is None


def test_a_replay_keeps_its_rate() -> None:
    began, source = time.monotonic(), replayed(np.zeros((2, 1, 1, 1)), frame_hz=50.0)
    for _ in range(6):
        next(source)
    assert time.monotonic() - began >= 0.099


def test_what_was_recorded_can_be_read(tmp_path: Path, rng: np.random.Generator) -> None:
    frames = _measurement(rng).data
    with ultrasound_hdf5.Recorder(SCAN, tmp_path / "a.h5") as recorder:
        for frame in frames:
            recorder.add(frame)
    again = isocenter.read(tmp_path / "a.h5")
    assert (again.data == frames).all()
    assert again.acquisition.n_frames == 3
    assert again.frame_times_s is None


def test_a_recording_keeps_the_times_and_refuses_one_that_goes_back(tmp_path: Path, rng: np.random.Generator) -> None:
    frames = _measurement(rng).data
    with ultrasound_hdf5.Recorder(SCAN, tmp_path / "a.h5") as recorder:
        for index, frame in enumerate(frames):
            recorder.add(frame, 7.0 + index / 40)
        for late_s in (7.05, None):
            with pytest.raises(DataError, match=r"a\.h5"):
                recorder.add(frames[0], late_s)
    again = isocenter.read(tmp_path / "a.h5")
    assert again.frame_times_s == pytest.approx([7.0, 7.025, 7.05])
    assert again.acquisition.frame_hz == pytest.approx(40.0)
    assert (again.data == frames).all()


def _options(path: Path, **changes: Any) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    live.COMMAND.configure(parser)
    options = parser.parse_args([str(path), "--port", "0", "--rate", "20"])
    for name, value in changes.items():
        setattr(options, name, value)
    return options


@pytest.fixture
def served(tmp_path: Path, rng: np.random.Generator) -> Iterator[tuple[str, Path]]:
    measurement = _measurement(rng)
    path = tmp_path / "loop.h5"
    ultrasound_hdf5.write(measurement, path)
    with live._serving(measurement, _options(path, record=tmp_path / "kept.h5")) as (address, _):
        yield address, tmp_path


def test_pictures_come_over_the_web_and_frames_are_kept(served: tuple[str, Path]) -> None:
    address, folder = served
    with httpx.stream("GET", address + "pictures", timeout=30) as answer:
        stream, content = io.BytesIO(), b""
        for chunk in answer.iter_bytes():
            stream.write(chunk)
            content = stream.getvalue()
            if len(content) > 3 * (16 + 80 * 60):
                break
    columns, rows, number, _ = struct.unpack("<IIIf", content[:16])
    assert (columns, rows) == (60, 80)
    second = struct.unpack("<IIIf", content[16 + 4800 : 32 + 4800])
    assert second[2] > number
    deadline = time.monotonic() + 60
    while (folder / "kept.h5").stat().st_size <= 500_000 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (folder / "kept.h5").stat().st_size > 500_000
    about = httpx.get(address + "about").json()
    assert about["title"] == "loop.h5"
    assert about["failure"] is None
    assert about["losses"] is None
    assert httpx.get(address, headers={"Host": "evil.example"}).status_code == 400
    assert "default-src 'none'" in httpx.get(address).headers["content-security-policy"]
