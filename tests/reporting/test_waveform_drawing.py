"""Drawings on millimetre paper: time and voltage measured back from the picture."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError
from isocenter.dicom.waveforms import Channel, Recording
from isocenter.reporting.documents.waveform_drawing import LEADS, Scale, draw

RATE_HZ = 500.0
SVG = "{http://www.w3.org/2000/svg}"


def channel(label: str, values: FloatArray, unit: str = "uV") -> Channel:
    return Channel(label, None, values, unit, 1.0, 0.05, 150.0, 50.0)


def lines(svg: str) -> list[FloatArray]:
    """Return the points of every trace, x and y in mm."""
    found = ET.fromstring(svg).iter(f"{SVG}polyline")
    return [np.array([point.split(",") for point in each.get("points", "").split()], float) for each in found]


def test_the_paper_is_in_millimetres() -> None:
    root = ET.fromstring(draw(Recording("", RATE_HZ, 0.0, (channel("I", np.zeros(500)),))))
    width, height = root.get("width", ""), root.get("height", "")
    assert width.endswith("mm")
    assert root.get("viewBox") == f"0 0 {width[:-2]} {height[:-2]}"


@pytest.mark.parametrize(("speed", "gain"), [(25.0, 10.0), (50.0, 10.0), (25.0, 5.0), (25.0, 20.0)])
def test_a_spike_of_one_millivolt_is_as_tall_and_as_late_as_it_should_be(speed: float, gain: float) -> None:
    values = np.zeros(int(4 * RATE_HZ))
    values[int(1.5 * RATE_HZ)] = 1000.0  # one sample of 1 mV, 1.5 s after the start
    (trace,) = lines(draw(Recording("", RATE_HZ, 0.0, (channel("I", values),)), (), Scale(0.0, speed, gain)))
    peak = int(np.argmin(trace[:, 1]))
    assert trace[0, 1] - trace[peak, 1] == pytest.approx(gain, abs=0.02)
    assert trace[peak, 0] - trace[0, 0] == pytest.approx(1.5 * speed, abs=0.02)


def test_twelve_leads_follow_each_other_in_four_columns_over_a_rhythm_strip() -> None:
    seconds = np.arange(int(10 * RATE_HZ)) / RATE_HZ
    names = [name for row in LEADS for name in row]
    leads = tuple(channel(f"Lead {name}", 100.0 * (n + 1) + 0 * seconds) for n, name in enumerate(names))
    svg = draw(Recording("", RATE_HZ, 0.0, leads))
    traces = lines(svg)
    assert len(traces) == 13
    left = traces[0][0, 0]
    for n, trace in enumerate(traces[:12]):
        assert trace[0, 0] - left == pytest.approx(n % 4 * 2.5 * 25.0, abs=0.1)
        row_middle = 5 + 25 * (n // 4 + 0.5)
        assert row_middle - trace[0, 1] == pytest.approx(0.1 * (n + 1) * 10, abs=0.01)
    assert traces[12][-1, 0] - traces[12][0, 0] == pytest.approx(250.0, abs=0.1)
    assert len(lines(draw(Recording("", RATE_HZ, 0.0, leads), (), Scale(has_all_leads=True)))) == 12


def test_no_spike_is_lost_where_many_samples_share_a_place(rng: np.random.Generator) -> None:
    values = rng.standard_normal(200_000)
    values[123_457], values[77_777] = 50.0, -50.0
    (trace,) = lines(draw(Recording("", 20_000.0, 0.0, (channel("P", values, "mm[Hg]"),))))
    assert len(trace) < 20_000
    assert np.ptp(trace[:, 1]) == pytest.approx(100.0 * 0.2, abs=0.02)  # 5 mm[Hg]/mm: the largest round step that fits


def test_gaps_are_not_drawn() -> None:
    values = np.zeros(1000)
    values[400:600] = np.nan
    assert len(lines(draw(Recording("", RATE_HZ, 0.0, (channel("I", values),))))) == 2


def test_the_caption_says_speed_gain_and_filters() -> None:
    svg = draw(Recording("", RATE_HZ, 0.0, (channel("I", np.zeros(5000)),)))
    assert "25 mm/s, 10 mm/mV, 0.05 - 150 Hz, notch 50 Hz; 0 to 10 s of 10 s" in svg


def test_another_scale_is_refused() -> None:
    with pytest.raises(OptionError, match="not drawn at this scale"):
        Scale(0.0, 33.0)
