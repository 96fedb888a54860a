"""Harmonics, the speed of sound found from traces, and lines made into pictures."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.core.errors import DataError, OptionError
from isocenter.modalities import ultrasound as us
from isocenter.modalities.ultrasound.harmonic import filtered, inverted
from isocenter.modalities.ultrasound.scan_conversion import converted, m_mode
from isocenter.modalities.ultrasound.simulation import Reflectors, echoes
from isocenter.modalities.ultrasound.sound_speed import at_speed, estimated_sound_speed_m_s

SENT_HZ, SECOND = 2.5e6, 0.05
PAIRS = us.Acquisition(
    elements=us.linear_probe(32, 0.3),
    transmits=np.repeat(np.stack([us.plane_wave(a) for a in (-4.0, 4.0)]), 2, axis=0),
    center_hz=SENT_HZ,
    bandwidth=0.5,
    sampling_hz=25e6,
    n_samples=700,
    near_mm=8.0,
    far_mm=18.0,
    width_mm=9.0,
    pixel_mm=0.1,
    element_width_mm=0.0,
)


def _two_points(*, answers: float = 1.0) -> us.Measurement:
    """Return echoes of a point that answers as it is asked, and of a deeper one that makes a second harmonic, too.

    A pulse p gives p + SECOND p^2 there: upside down, the first part changes its sign and the second does not.
    """
    one = replace(PAIRS, transmits=PAIRS.transmits[::2])
    high = replace(one, center_hz=2 * SENT_HZ, bandwidth=0.25)
    places = np.array([[-2.0, 0.0, 11.0], [2.0, 0.0, 15.0]])
    linear = echoes(Reflectors(places, np.full(2, answers), np.zeros(2)), one)
    second = echoes(Reflectors(places[1:], np.array([SECOND]), np.zeros(1)), high)
    data = np.zeros(PAIRS.data_shape, dtype=np.float32)
    data[0, 0::2], data[0, 1::2] = second + linear, second - linear
    return us.Measurement(PAIRS, data)


def _levels(image: np.ndarray) -> tuple[float, float]:
    """Return the brightest around the first and around the second point, in dB."""
    return float(image[:50, :45].max()), float(image[50:, 45:].max())


def test_pulse_inversion_leaves_only_what_is_not_linear() -> None:
    measurement = _two_points()
    seen = us.reconstruct(measurement, dynamic_range_db=60.0, harmonic="inverted").values
    silent = us.reconstruct(_two_points(answers=0.0), dynamic_range_db=60.0, harmonic="inverted").values
    assert seen == pytest.approx(silent, abs=0.01)
    assert _levels(seen)[1] == 0.0
    summed = inverted(measurement)
    assert len(summed.acquisition.transmits) == 2
    assert summed.acquisition.center_hz == 2 * SENT_HZ


def test_a_filter_takes_the_harmonic_of_one_pulse() -> None:
    single = replace(PAIRS, transmits=PAIRS.transmits[::2])
    measurement = us.Measurement(single, _two_points().data[:, 0::2])
    plain = _levels(us.reconstruct(measurement, dynamic_range_db=120.0).values)
    seen = _levels(us.reconstruct(measurement, dynamic_range_db=120.0, harmonic="filtered").values)
    assert abs(plain[0] - plain[1]) < 6
    assert seen[1] == 0.0
    assert seen[0] < -15


def test_harmonics_need_pairs_and_real_traces() -> None:
    with pytest.raises(OptionError, match="twice"):
        inverted(us.Measurement(replace(PAIRS, transmits=PAIRS.transmits[:3]), _two_points().data[:, :3]))
    shifted = replace(PAIRS, demodulated_hz=SENT_HZ)
    with pytest.raises(OptionError, match="real"):
        filtered(us.Measurement(shifted, _two_points().data.astype(np.complex64)))


@pytest.mark.parametrize("truth_m_s", [1460.0, 1590.0])
def test_the_speed_of_sound_is_found_within_five_metres_a_second(truth_m_s: float) -> None:
    scan = us.Acquisition(
        elements=us.linear_probe(64, 0.3),
        transmits=np.stack([us.plane_wave(a) for a in (-12.0, 0.0, 12.0)]),
        n_samples=700, near_mm=8.0, far_mm=20.0, width_mm=14.0, pixel_mm=0.3, element_width_mm=0.0,
    )  # fmt: skip
    rng = np.random.default_rng(3)
    places = np.column_stack([rng.uniform(-9, 9, 1500), np.zeros(1500), rng.uniform(7, 20, 1500)])
    speckle = Reflectors(places, rng.choice([-1.0, 1.0], 1500), np.zeros(1500))
    traces = echoes(speckle, at_speed(scan, truth_m_s))[np.newaxis].astype(np.float32)
    assert estimated_sound_speed_m_s(us.Measurement(scan, traces)) == pytest.approx(truth_m_s, abs=5.0)


def test_noise_has_no_speed_of_sound(rng: np.random.Generator) -> None:
    scan = replace(PAIRS, pixel_mm=0.5)
    noise = rng.standard_normal(scan.data_shape).astype(np.float32)
    with pytest.raises(DataError, match="No speed"):
        estimated_sound_speed_m_s(us.Measurement(scan, noise))


ANGLES = np.linspace(-40.0, 40.0, 161)
SECTOR = us.Acquisition(near_mm=10.0, far_mm=60.0, width_mm=60.0, pixel_mm=0.5)


@pytest.mark.parametrize("radius_mm", [0.0, 45.0])
def test_a_plane_pattern_on_lines_is_plane_again(radius_mm: float) -> None:
    """What is z on every line is z in the picture; interpolation is exact to the curve between lines."""
    way = 0.25 * np.arange(320)
    deep = (radius_mm + way) * np.cos(np.radians(ANGLES))[:, np.newaxis] - radius_mm
    grid = us.default_grid(SECTOR)
    picture = converted(
        deep, SECTOR, grid, angles_deg=ANGLES, first_mm=0.0, step_mm=0.25, radius_mm=radius_mm, outside=-1.0
    )
    x = (np.arange(120) - 59.5) * 0.5
    z = 10.25 + 0.5 * np.arange(100)
    inside = np.abs(np.degrees(np.arctan2(x, z[:, np.newaxis] + radius_mm))) < 39.9
    inside &= np.hypot(x, z[:, np.newaxis] + radius_mm) - radius_mm < 79
    assert np.where(inside, picture - z[:, np.newaxis], 0) == pytest.approx(0, abs=2e-3)
    if radius_mm == 0:
        assert picture[0, 0] == -1.0  # beside the sector


def test_lines_that_do_not_fit_are_refused() -> None:
    grid = us.default_grid(SECTOR)
    with pytest.raises(DataError, match="angle each"):
        converted(np.zeros((3, 9)), SECTOR, grid, angles_deg=np.zeros(2), first_mm=0.0, step_mm=1.0)
    with pytest.raises(DataError, match="evenly"):
        converted(np.zeros((3, 9)), SECTOR, grid, angles_deg=np.array([0, 1, 3.0]), first_mm=0.0, step_mm=1.0)


def test_m_mode_is_one_column_over_time(rng: np.random.Generator) -> None:
    grid = us.default_grid(SECTOR)
    cine = rng.random((7, *grid.shape))
    assert (m_mode(cine, grid, column=12) == cine[:, :, 12].T).all()
    with pytest.raises(DataError, match="column"):
        m_mode(cine, grid, column=120)
