"""Clips: cut, blacked out, measured."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.core.clip import Clip
from isocenter.core.errors import GeometryError, OptionError


def _clip() -> Clip:
    frames = np.arange(3 * 20 * 30 * 3, dtype=np.uint32).reshape(3, 20, 30, 3) % 251 + 1
    return Clip(frames.astype(np.uint8), 25.0)


def test_a_box_is_kept_and_others_are_black() -> None:
    clip = _clip()
    kept = clip.cropped((5, 2, 10, 8)).frames
    assert (kept == clip.frames[:, 2:10, 5:15]).all()
    masked = clip.masked([(0, 0, 30, 4), (20, 10, 10, 10)]).frames
    assert not masked[:, :4].any()
    assert not masked[:, 10:, 20:].any()
    assert (masked[:, 4:10] == clip.frames[:, 4:10]).all()
    assert clip.frames.min() > 0


@pytest.mark.parametrize("box", [(-1, 0, 5, 5), (28, 0, 5, 5), (0, 0, 0, 5), (0, 18, 5, 5)])
def test_a_box_outside_is_refused(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(GeometryError, match="outside"):
        _clip().cropped(box)
    with pytest.raises(GeometryError, match="outside"):
        _clip().masked([box])


def test_a_scale_gives_the_spacing() -> None:
    assert _clip().calibrated((2, 3), (5, 7), 10.0).spacing_mm == pytest.approx((2.0, 2.0))
    with pytest.raises(OptionError, match="scale"):
        _clip().calibrated((2, 3), (2, 3), 10.0)


def test_one_picture_is_taken() -> None:
    assert (_clip().still(1).frames[0] == _clip().frames[1]).all()
    with pytest.raises(OptionError, match="no such picture"):
        _clip().still(3)


def test_what_is_no_clip_is_refused() -> None:
    clip = _clip()
    for change in ({"frames": clip.frames[:0]}, {"frames": clip.frames.astype(float)}, {"rate_hz": 0.0}):
        with pytest.raises(OptionError):
            replace(clip, **change)  # type: ignore[arg-type]
