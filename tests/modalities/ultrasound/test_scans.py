"""Ultrasound scans: probes, waves, places in the patient, methods, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.core.errors import DataError, GeometryError, IsocenterWarning, OptionError, ShapeError
from isocenter.modalities import ultrasound as us
from isocenter.modalities.ultrasound.aperture import directivity, fitting_f_number
from isocenter.modalities.ultrasound.demodulation import demodulated
from isocenter.modalities.ultrasound.envelope import decibels, depth_gain, despeckled, persisted
from isocenter.modalities.ultrasound.simulation import Reflectors, echoes

SMALL = us.Acquisition(
    elements=us.linear_probe(32, 0.3),
    center_hz=5e6,
    bandwidth=0.6,
    sampling_hz=20e6,
    n_samples=900,
    near_mm=6.0,
    far_mm=30.0,
    width_mm=10.0,
    pixel_mm=0.1,
    element_width_mm=0.0,
)
POINT = np.array([[1.5, 0.0, 18.0]])


def _scan_of_point(acquisition: us.Acquisition, place: np.ndarray = POINT) -> us.Measurement:
    one = Reflectors(place, np.ones(len(place)), np.zeros(len(place)))
    traces = echoes(one, replace(acquisition, demodulated_hz=0.0))
    return us.Measurement(acquisition, np.broadcast_to(traces, acquisition.data_shape).astype(np.float32))


def _brightest_mm(image: object, acquisition: us.Acquisition) -> np.ndarray:
    grid, values = image.grid, image.values  # type: ignore[attr-defined]
    index = np.unravel_index(values.argmax(), values.shape)
    place = grid.positions_mm()[index]
    return (place - acquisition.origin_mm) @ acquisition.direction  # type: ignore[no-any-return]


WAVES = {
    "plane": [us.plane_wave(0.0)],
    "tilted": [us.plane_wave(12.0, time_s=3e-6)],
    "diverging": [us.diverging_wave((0.0, 0.0, -8.0), sound_speed_m_s=1540, time_s=1e-6)],
    "focused": [us.focused_wave((1.5, 0, 18.0), aperture_mm=8.0, sound_speed_m_s=1540, time_s=2e-6)],
    "focused before": [us.focused_wave((1.5, 0, 10.0), aperture_mm=6.0, sound_speed_m_s=1540, time_s=2e-6)],
    "elements": [us.single_element(e) for e in us.linear_probe(32, 0.3)[::4]],
}


@pytest.mark.parametrize("wave", WAVES)
def test_a_point_is_seen_where_it_is(wave: str) -> None:
    scan = replace(SMALL, transmits=np.stack(WAVES[wave]))
    image = us.reconstruct(_scan_of_point(scan))
    assert _brightest_mm(image, scan) == pytest.approx(POINT[0], abs=0.21)


@pytest.mark.parametrize("method", ["das", "coherence-factor", "dmas", "capon", "fourier"])
def test_every_method_sees_the_point_there(method: str) -> None:
    scan = replace(SMALL, pixel_mm=0.2, transmits=np.stack([us.plane_wave(a) for a in (-6.0, 0.0, 6.0)]))
    image = us.reconstruct(_scan_of_point(scan), method=method)
    assert _brightest_mm(image, scan) == pytest.approx(POINT[0], abs=0.25)
    assert image.unit == "dB"
    assert image.values.max() == 0.0


@pytest.mark.parametrize("angle", [-8.0, 0.0, 8.0])
def test_migration_of_one_wave_sees_points_within_half_a_wavelength(angle: float) -> None:
    scan = replace(SMALL, transmits=us.plane_wave(angle, time_s=2e-6)[np.newaxis], pixel_mm=0.05, start_s=1e-6)
    image = us.reconstruct(_scan_of_point(scan), method="fourier")
    miss = _brightest_mm(image, scan) - POINT[0]
    assert np.abs(miss).max() <= scan.wavelength_mm / 2


def test_migration_wants_plane_waves_of_a_linear_probe() -> None:
    for change in (
        {"elements": us.curved_probe(32, 0.3, 40.0)},
        {"transmits": us.diverging_wave((0, 0, -8.0), sound_speed_m_s=1540)[np.newaxis]},
    ):
        with pytest.raises(OptionError, match="linear probe"):
            us.reconstruct(_scan_of_point(replace(SMALL, **change)), method="fourier")  # type: ignore[arg-type]


def test_complex_traces_give_the_picture_of_real_ones() -> None:
    real = _scan_of_point(SMALL)
    shifted, frequency = demodulated(SMALL, real.data)
    complex_scan = replace(SMALL, demodulated_hz=frequency)
    first = us.reconstruct(real).values
    second = us.reconstruct(us.Measurement(complex_scan, shifted)).values
    assert first == pytest.approx(second, abs=1e-3)


@pytest.mark.parametrize("rate_hz", [20e6, 6.667e6])
def test_an_echo_becomes_its_amplitude_and_phase(rate_hz: float) -> None:
    """Also where sampling has folded the band down."""
    scan = replace(SMALL, sampling_hz=rate_hz, bandwidth=0.2, n_samples=600, start_s=7e-6)
    times = 7e-6 + np.arange(600) / rate_hz
    middle = times[300]
    trace = 0.7 * np.exp(-(((times - middle) / 3e-6) ** 2)) * np.cos(2 * np.pi * 5e6 * times + 0.4)
    got = demodulated(scan, np.broadcast_to(trace, (1, 1, 32, 600)))[0][0, 0, 0, 300]
    assert got == pytest.approx(0.7 * np.exp(0.4j), abs=2e-3)


def test_a_rate_at_which_the_band_folds_onto_itself_is_refused(rng: np.random.Generator) -> None:
    scan = replace(SMALL, sampling_hz=10e6, bandwidth=0.9)
    with pytest.raises(DataError, match="lie upon each other") as refused:
        us.reconstruct(us.Measurement(scan, rng.standard_normal(scan.data_shape)))
    assert "sampling_hz" in str(refused.value)


def test_a_curved_probe_sees_a_point_off_its_axis() -> None:
    scan = replace(
        SMALL,
        elements=us.curved_probe(48, 0.5, 40.0),
        transmits=us.diverging_wave((0.0, 0.0, -40.0), sound_speed_m_s=1540)[np.newaxis],
        width_mm=30.0,
        pixel_mm=0.2,
    )
    place = np.array([[9.0, 0.0, 20.0]])
    assert _brightest_mm(us.reconstruct(_scan_of_point(scan, place)), scan) == pytest.approx(place[0], abs=0.3)


@pytest.mark.parametrize("kind", ["matrix", "row-column"])
def test_a_volume_has_its_point_in_all_three_directions(kind: str) -> None:
    elements = us.matrix_probe((12, 12), (0.4, 0.4)) if kind == "matrix" else us.row_column_probe(24, 0.4)
    tilts = [us.plane_wave(a, elevation_deg=b) for a, b in ((0, 0), (8, 0), (-8, 0), (0, 8), (0, -8))]
    scan = replace(
        SMALL,
        elements=elements,
        transmits=np.stack(tilts),
        near_mm=10.0,
        far_mm=16.0,
        width_mm=4.0,
        height_mm=4.0,
        pixel_mm=0.25,
        center_hz=3e6,
        sampling_hz=12e6,
        n_samples=400,
    )
    place = np.array([[0.6, -0.8, 13.0]])
    if kind == "row-column":
        # A line hears a point over its length at the distance of its nearest part.
        traces = np.zeros(scan.data_shape)
        times = np.arange(scan.n_samples) / scan.sampling_hz
        for t, wave in enumerate(tilts):
            for e, element in enumerate(elements):
                across = place[0, :2] - element[:2]
                distance = np.hypot(across[0] if element[7] else across[1], place[0, 2])
                arrival = (place[0] @ wave[3:6] + distance) / 1.54e6
                late = times - arrival
                traces[0, t, e] = np.exp(-((late / 2.5e-7) ** 2)) * np.cos(2 * np.pi * 3e6 * late)
        measurement = us.Measurement(scan, traces.astype(np.float32))
    else:
        measurement = _scan_of_point(scan, place)
    image = us.reconstruct(measurement)
    assert image.values.ndim == 3
    assert _brightest_mm(image, scan) == pytest.approx(place[0], abs=0.3)


def test_the_picture_lies_where_the_probe_is() -> None:
    """Across the belly from the front: the picture's left is the patient's right, its rows go to the back."""
    scan = replace(SMALL, origin_mm=np.array([10.0, -100.0, 30.0]))
    grid = us.default_grid(scan)
    first, last = grid.positions_mm()[0, 0], grid.positions_mm()[-1, -1]
    assert first == pytest.approx([10 - 5 + 0.05, -100 + 6 + 0.05, 30], abs=1e-9)
    assert last == pytest.approx([10 + 5 - 0.05, -100 + 30 - 0.05, 30], abs=1e-9)


def test_several_frames_become_a_cine_and_doppler_one_picture(rng: np.random.Generator) -> None:
    scan = replace(SMALL, n_frames=6, frame_hz=4e3, pixel_mm=0.5)
    traces = rng.standard_normal(scan.data_shape).astype(np.float32)
    measurement = us.Measurement(scan, traces)
    cine, colour = us.reconstruct(measurement), us.reconstruct(measurement, method="colour-doppler")
    assert cine.axes == ("time",)
    assert cine.values.shape == (6, *cine.grid.shape)
    assert (colour.unit, colour.values.shape) == ("m/s", colour.grid.shape)


def test_doppler_of_one_frame_is_refused() -> None:
    with pytest.raises(OptionError, match="several frames"):
        us.reconstruct(_scan_of_point(SMALL), method="colour-doppler")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"elements": np.zeros((0, 9))}, "elements"),
        ({"elements": np.zeros((4, 3))}, "elements"),
        ({"transmits": np.full((1, 10), np.nan)}, "transmits"),
        ({"sampling_hz": 2e6}, "sampling_hz"),
        ({"sampling_hz": 0.0}, "sampling_hz"),
        ({"sound_speed_m_s": 1.54}, "sound_speed_m_s"),
        ({"far_mm": 2.0}, "far_mm"),
        ({"frame_hz": -1.0}, "frame_hz"),
    ],
)
def test_what_contradicts_itself_is_refused(change: dict[str, object], field: str) -> None:
    with pytest.raises((GeometryError, DataError), match=field):
        replace(SMALL, **change)  # type: ignore[arg-type]


def test_wrong_data_are_refused(rng: np.random.Generator) -> None:
    data = rng.standard_normal(SMALL.data_shape).astype(np.float32)
    with pytest.raises(ShapeError):
        us.Measurement(SMALL, data[:, :, :-1])
    with pytest.raises(DataError, match="demodulated"):
        us.Measurement(SMALL, data.astype(np.complex64))
    broken = data.copy()
    broken[0, 0, 3, 5] = np.nan
    with pytest.raises(DataError, match="not numbers"):
        us.Measurement(SMALL, broken)


def test_clipped_traces_are_warned_of(rng: np.random.Generator) -> None:
    smooth = np.sin(np.linspace(0, 60, SMALL.n_samples)) * np.ones(SMALL.data_shape)
    us.Measurement(SMALL, smooth.astype(np.float32))
    with pytest.warns(IsocenterWarning, match="clipped"):
        us.Measurement(SMALL, np.clip(smooth, -0.5, 0.5).astype(np.float32))


@pytest.mark.parametrize(
    "wave",
    [
        lambda: us.diverging_wave((0, 0, 3.0), sound_speed_m_s=1540),
        lambda: us.focused_wave((0, 0, -3.0), aperture_mm=5, sound_speed_m_s=1540),
        lambda: us.linear_probe(0, 0.3),
        lambda: us.curved_probe(8, 0.3, -1.0),
    ],
)
def test_impossible_probes_and_waves_are_refused(wave: object) -> None:
    with pytest.raises(GeometryError):
        wave()  # type: ignore[operator]


def test_an_aperture_ends_where_elements_hear_little() -> None:
    f_number = fitting_f_number(0.27, 0.2957)
    edge = np.arctan(1 / (2 * f_number))
    assert float(directivity(edge, 0.27 / 0.2957)) == pytest.approx(0.71, abs=1e-6)
    assert fitting_f_number(1.0, 0.3) > f_number


def test_gain_undoes_loss_both_ways() -> None:
    assert depth_gain(np.array([0.0, 40.0]), attenuation_db_cm_mhz=0.5, center_hz=5e6) == pytest.approx([1, 10.0])


def test_decibels_are_of_the_brightest_and_end_at_the_range() -> None:
    shown = decibels(np.array([1.0, 0.1, 1e-6, 0.0]), dynamic_range_db=60)
    assert shown == pytest.approx([0, -20, -60, -60])
    assert (decibels(np.zeros(3), dynamic_range_db=40) == -40).all()


def test_persistence_averages_over_time() -> None:
    frames = np.array([0.0, 1.0, 1.0])[:, np.newaxis, np.newaxis] * np.ones((2, 2))
    assert persisted(frames, persistence=0.5)[:, 0, 0] == pytest.approx([0, 0.5, 0.75])


def test_speckle_is_calmed_and_an_edge_stays(rng: np.random.Generator) -> None:
    truth = np.where(np.arange(80) < 40, 1.0, 4.0) * np.ones((60, 80))
    envelope = truth * rng.rayleigh(0.8, truth.shape)
    calm = despeckled(envelope.astype(np.float32), n_iterations=30)
    for side in (slice(4, 34), slice(46, 76)):
        assert calm[:, side].std() / calm[:, side].mean() < 0.4 * envelope[:, side].std() / envelope[:, side].mean()
    assert calm[:, 44:48].mean() / calm[:, 32:36].mean() > 3.0
    assert calm.mean() == pytest.approx(envelope.mean(), rel=1e-3)
