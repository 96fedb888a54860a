"""Videos: pictures in time, parts of them, and files that end early."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from isocenter.core.errors import FileFormatError, IsocenterWarning, NotFoundError, OptionError, TooLargeError
from isocenter.formats.video import live_video, read_clip

av = pytest.importorskip("av", reason="the extra 'video' is not installed")


def written(path: Path, n_frames: int = 50, *, rate: int = 25, size: tuple[int, int] = (64, 48)) -> Path:
    """Write a video whose pictures grow brighter from the left, one step each frame."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.bit_rate = 4_000_000
        for index in range(n_frames):
            picture = np.full((size[1], size[0], 3), 40, dtype=np.uint8)
            picture[:, : size[0] // 2] = 40 + 4 * (index % 50)
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def test_pictures_come_in_order_at_their_rate(tmp_path: Path) -> None:
    clip = read_clip(written(tmp_path / "a.mp4"))
    assert clip.frames.shape == (50, 48, 64, 3)
    assert clip.rate_hz == pytest.approx(25.0)
    brightness = clip.frames[:, 10:38, 4:28].mean(axis=(1, 2, 3))
    assert brightness == pytest.approx(40 + 4 * np.arange(50), abs=4)
    assert not clip.is_cut_short
    assert clip.sources[0].name == "a.mp4"


def test_a_part_is_taken(tmp_path: Path) -> None:
    clip = read_clip(written(tmp_path / "a.mp4"), start_s=0.4, length_s=0.6)
    assert len(clip.frames) == 15
    assert clip.frames[0, 10:38, 4:28].mean() == pytest.approx(40 + 4 * 10, abs=5)


def test_halves_in_time_are_made_whole(tmp_path: Path) -> None:
    whole, woven = (read_clip(written(tmp_path / "a.mp4", 12), deinterlace=d).frames for d in (False, True))
    assert woven.shape == whole.shape
    assert np.abs(woven[2:-2].astype(int) - whole[2:-2].astype(int)).mean() < 4


def test_a_video_that_ends_early_gives_what_it_had_and_says_so(tmp_path: Path) -> None:
    path = written(tmp_path / "a.avi", 100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.warns(IsocenterWarning, match="ends early"):
        clip = read_clip(path, length_s=4.0)
    assert 3 <= len(clip.frames) < 80
    assert clip.is_cut_short


@pytest.mark.parametrize("content", [b"", b"hello", bytes(5000), b"\x00\x00\x00\x18ftypmp42" + bytes(200)])
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"a\.mp4"):
        read_clip(path)


def test_impossible_parts_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp4", 10)
    with pytest.raises(NotFoundError):
        read_clip(tmp_path / "none.mp4")
    with pytest.raises(OptionError, match="part"):
        read_clip(path, length_s=0.0)
    with pytest.raises(FileFormatError, match="no picture"):
        read_clip(path, start_s=5.0)
    with pytest.raises(TooLargeError, match="shorter"):
        read_clip(path, max_bytes=20_000)
    with pytest.raises(FileFormatError) as refused:
        read_clip("rtsp://nurse:secret@127.0.0.1:9/stream", length_s=1.0)
    assert "secret" not in str(refused.value)


def test_a_file_is_shown_again_and_again(tmp_path: Path) -> None:
    with live_video(written(tmp_path / "a.mp4", 6, rate=100)) as video:
        pictures = np.stack(list(islice(video.pictures, 15)))
    assert (video.rate_hz, video.is_live) == (100.0, False)
    brightness = pictures[:, 10:38, 4:28].mean(axis=(1, 2, 3))
    assert brightness == pytest.approx(40 + 4 * (np.arange(15) % 6), abs=4)


def test_a_stream_of_the_network_ends_when_it_ends(tmp_path: Path) -> None:
    written(tmp_path / "a.ts", 20)
    served = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path)))
    threading.Thread(target=served.serve_forever, daemon=True).start()
    try:
        with live_video(f"http://127.0.0.1:{served.server_port}/a.ts") as video:
            assert video.is_live
            assert len(list(video.pictures)) == 20
    finally:
        served.shutdown()
        served.server_close()


def test_a_source_that_is_not_there_cannot_be_shown(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError), live_video("/dev/video97"):
        pass
    (tmp_path / "a.mp4").write_bytes(bytes(500))
    with pytest.raises(FileFormatError, match=r"a\.mp4"), live_video(tmp_path / "a.mp4"):
        pass
