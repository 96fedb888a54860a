"""Live pictures of a running scan in a browser."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.workstation.at_rest import steady, until

from isocenter.cli import live
from isocenter.formats import ultrasound_hdf5
from isocenter.modalities import ultrasound as us


@pytest.fixture
def address(tmp_path: Path, rng: np.random.Generator) -> Iterator[str]:
    """Yield the page of a small scan that is played again and again."""
    scan = us.Acquisition(
        elements=us.linear_probe(32, 0.3),
        n_samples=500,
        n_frames=3,
        near_mm=4.0,
        far_mm=16.0,
        width_mm=9.0,
        pixel_mm=0.15,
    )
    measurement = us.Measurement(scan, rng.standard_normal(scan.data_shape).astype(np.float32))
    ultrasound_hdf5.write(measurement, tmp_path / "loop.h5")
    parser = argparse.ArgumentParser()
    live.COMMAND.configure(parser)
    options = parser.parse_args([str(tmp_path / "loop.h5"), "--port", "0", "--rate", "20"])
    with live._serving(measurement, options) as (page, _):
        yield page


def test_a_browser_shows_pictures_as_they_come(address: str, chromium: Any) -> None:
    page = chromium.new_page()
    page.goto(address)
    body = page.locator("body")

    def n_drawn() -> int:
        return int(body.get_attribute("data-drawn") or 0)

    assert until(page, n_drawn, lambda n: n >= 5) >= 5
    assert "pictures/s shown" in page.inner_text("#rate")
    assert page.locator("#picture").evaluate("canvas => [canvas.width, canvas.height]") == [60, 80]
    shown = page.locator("#picture").evaluate(
        "canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, 60, 80).data.filter((_, i) => i % 4 === 0))"
    )
    assert np.std(shown) > 5
    page.click("#freeze")
    drawn = steady(page, n_drawn, n_times=10)  # what was on its way may still come
    page.wait_for_timeout(500)
    assert n_drawn() == drawn
    page.close()
