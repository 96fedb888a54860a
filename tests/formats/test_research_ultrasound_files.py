"""UFF and zea files, written here from their published layouts: a point must come to lie where it was."""

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

import isocenter
from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import DataError, FileFormatError, NotSupportedError
from isocenter.formats import uff_hdf5, zea_hdf5
from isocenter.modalities import ultrasound as us

SPEED, RATE, CENTER = 1500.0, 20e6, 5e6
X_M = (np.arange(48) - 23.5) * 0.3e-3
POINT_M = np.array([2e-3, 0.0, 14e-3])
START_S = 1.5e-6
N = 500


def _echo(sent_s: float, *, shifted_hz: float = 0.0) -> Array:
    """Return the traces (element, sample) of the point if the wave meets it at `sent_s` after the trace's time 0."""
    arrival = sent_s + np.hypot(X_M - POINT_M[0], POINT_M[2]) / SPEED
    late = START_S + np.arange(N) / RATE - arrival[:, np.newaxis]
    envelope = np.exp(-((late / 2e-7) ** 2))
    if shifted_hz:
        return (envelope * np.exp(-2j * np.pi * shifted_hz * arrival[:, np.newaxis])).astype(np.complex64)
    return (envelope * np.cos(2 * np.pi * CENTER * late)).astype(np.float32)


def _waves() -> list[dict[str, float]]:
    """Return a plane, a diverging and a focused wave: kind, source (m) and when they pass the origin (s)."""
    return [
        {"kind": 0, "azimuth": 0.1, "distance": np.inf, "passed_s": 2e-7},
        {"kind": 1, "azimuth": 0.0, "distance": -12e-3, "passed_s": -3e-7},
        {"kind": 1, "azimuth": 0.08, "distance": 25e-3, "passed_s": 0.0},
    ]


def _source(wave: dict[str, float]) -> FloatArray:
    distance = wave["distance"] if np.isfinite(wave["distance"]) else 1.0
    return distance * np.array([np.sin(wave["azimuth"]), 0, np.cos(wave["azimuth"])])


def _met_s(wave: dict[str, float]) -> float:
    """Return when a wave meets the point."""
    if wave["kind"] == 0:
        return wave["passed_s"] + float(POINT_M @ [np.sin(wave["azimuth"]), 0, np.cos(wave["azimuth"])]) / SPEED
    source = _source(wave)
    way, whole = np.linalg.norm(POINT_M - source), np.linalg.norm(source)
    return wave["passed_s"] + float(way - whole if source[2] < 0 else whole - way) / SPEED


def _uff(path: Path, *, shifted_hz: float = 0.0, drop: str = "", kind: int | None = None, n_frames: int = 2) -> Path:
    traces = np.stack([_echo(_met_s(wave), shifted_hz=shifted_hz) for wave in _waves()])
    traces = np.repeat(traces[np.newaxis], n_frames, axis=0)
    with h5py.File(path, "w") as file:
        group = file.create_group("channel_data")
        group.attrs["class"] = np.bytes_("uff.channel_data")
        if shifted_hz:
            group["data/real"], group["data/imag"] = traces.real, traces.imag
        else:
            group["data"] = traces
        for name, value in {
            "sampling_frequency": RATE, "modulation_frequency": shifted_hz, "sound_speed": SPEED,
            "initial_time": START_S, "PRF": 50.0, "pulse/center_frequency": CENTER, "pulse/fractional_bandwidth": 70.0,
        }.items():  # fmt: skip
            group[name] = np.array([[value]])
        geometry = np.zeros((7, len(X_M)))
        geometry[0], geometry[5] = X_M, 0.25e-3
        group["probe/geometry"] = geometry
        for index, wave in enumerate(_waves(), 1):
            each = group.create_group(f"sequence/sequence_{index:04d}")
            each["wavefront"] = np.array([[wave["kind"] if kind is None else kind]])
            each["delay"] = np.array([[-wave["passed_s"]]])
            source = _source(wave)
            # USTB keeps distances positive: a source behind the probe has an azimuth beyond a right angle.
            azimuth = wave["azimuth"] if wave["kind"] == 0 else np.arctan2(source[0], source[2])
            for name, value in {"distance": abs(wave["distance"]), "azimuth": azimuth, "elevation": 0.0}.items():
                each[f"source/{name}"] = np.array([[value]])
        group["sequence"].attrs["size"] = np.array([1, 3])
        for name, kind_of in (("probe", "uff.probe"), ("pulse", "uff.pulse"), ("sequence", "uff.wave")):
            group[name].attrs["class"] = np.bytes_(kind_of)
        if drop:
            del group[drop]
    return path


def _zea(path: Path, *, shifted_hz: float = 0.0, drop: str = "", wait_s: float = 1e-3) -> Path:
    delays, initial, traces = [], [], []
    for wave in _waves():
        if wave["kind"] == 0:
            fired = X_M * np.sin(wave["azimuth"]) / SPEED
        else:
            source = _source(wave)
            ways = np.hypot(X_M - source[0], source[2]) / SPEED
            fired = ways if source[2] < 0 else -ways
        first = fired.min()
        delays.append(fired - first)
        # The first element fires at time 0: the origin's turn comes later.
        origin = (
            0.0 if wave["kind"] == 0 else (1 if _source(wave)[2] < 0 else -1) * np.linalg.norm(_source(wave)) / SPEED
        )
        traces.append(_echo(_met_s(wave) - wave["passed_s"] + origin - first, shifted_hz=shifted_hz))
        initial.append(START_S)
    raw = np.stack(traces).transpose(0, 2, 1)[np.newaxis]
    raw = np.stack([raw.real, raw.imag], axis=-1) if shifted_hz else raw[..., np.newaxis]
    places = np.zeros((len(X_M), 3), dtype=np.float32)
    places[:, 0] = X_M
    parts = {
        "data/raw_data": np.repeat(raw, 2, axis=0).astype(np.float32),
        "scan/sampling_frequency": np.float32(RATE),
        "scan/center_frequency": np.float32(CENTER),
        "scan/demodulation_frequency": np.float32(shifted_hz or CENTER),
        "scan/sound_speed": np.float32(SPEED),
        "scan/initial_times": np.array(initial),
        "scan/t0_delays": np.stack(delays),
        "scan/tx_apodizations": np.ones((3, len(X_M))),
        "scan/focus_distances": np.array([wave["distance"] for wave in _waves()]),
        "scan/transmit_origins": np.zeros((3, 3)),
        "scan/polar_angles": np.array([wave["azimuth"] for wave in _waves()]),
        "scan/azimuth_angles": np.zeros(3),
        "scan/time_to_next_transmit": np.array([[1e-3, 1e-3, 1e-3], [1e-3, wait_s, 1e-3]]),
        "probe/probe_geometry": places,
        "probe/element_width": np.float32(0.25e-3),
    }
    with h5py.File(path, "w") as file:
        for name, value in parts.items():
            if name != drop:
                file[name] = value
    return path


def _found_mm(measurement: us.Measurement, transmit: int) -> FloatArray:
    """Return where the point is seen by one transmit alone, x and z in the probe's frame."""
    scan = replace(
        measurement.acquisition,
        transmits=measurement.acquisition.transmits[transmit : transmit + 1],
        n_frames=1, near_mm=11.0, far_mm=17.0, width_mm=10.0, pixel_mm=0.1,
    )  # fmt: skip
    one = us.Measurement(scan, measurement.data[:1, transmit : transmit + 1])
    image = us.reconstruct(one, f_number=1.0)
    row, column = np.unravel_index(image.values.argmax(), image.grid.shape)
    return np.array([(column - (image.grid.shape[1] - 1) / 2) * 0.1, 11.0 + (row + 0.5) * 0.1])


@pytest.mark.parametrize("shifted_hz", [0.0, CENTER], ids=["RF", "IQ"])
@pytest.mark.parametrize("write", [_uff, _zea], ids=["UFF", "zea"])
def test_every_wave_sees_the_point_where_it_is(write, shifted_hz: float, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    measurement = isocenter.read(write(tmp_path / "a.hdf5", shifted_hz=shifted_hz))
    assert isinstance(measurement, us.Measurement)
    scan = measurement.acquisition
    assert (scan.n_frames, scan.n_samples, len(scan.elements), len(scan.transmits)) == (2, N, 48, 3)
    assert (scan.sampling_hz, scan.center_hz, scan.sound_speed_m_s) == (RATE, CENTER, SPEED)
    assert scan.demodulated_hz == shifted_hz
    assert scan.element_width_mm == pytest.approx(0.25)
    for transmit in range(3):
        assert _found_mm(measurement, transmit) == pytest.approx([2.0, 14.0], abs=0.11), transmit


def test_frames_a_second_come_from_the_file(tmp_path: Path) -> None:
    assert isocenter.read(_uff(tmp_path / "a.uff")).acquisition.frame_hz == 50.0
    scan = isocenter.read(_zea(tmp_path / "a.h5"))
    assert scan.acquisition.frame_hz == pytest.approx(1 / 3e-3)
    assert scan.frame_times_s == pytest.approx([0.0, 3e-3])
    with h5py.File(tmp_path / "a.h5", "r+") as file:  # newer files leave the last wait out
        waits = file["scan/time_to_next_transmit"][()].ravel()[:-1]
        del file["scan/time_to_next_transmit"]
        file["scan/time_to_next_transmit"] = waits
    assert isocenter.read(tmp_path / "a.h5").frame_times_s == pytest.approx([0.0, 3e-3])


def test_channels_that_are_other_elements_are_not_taken_for_their_own(tmp_path: Path) -> None:
    path = _zea(tmp_path / "a.h5")
    with h5py.File(path, "r+") as file:
        file["scan/rx_aperture_indices"] = np.tile(np.arange(48), (3, 1))
    assert len(zea_hdf5.read(path).acquisition.elements) == 48
    with h5py.File(path, "r+") as file:
        file["scan/rx_aperture_indices"][1] = np.arange(48)[::-1]
    with pytest.raises(NotSupportedError, match="rx_aperture_indices"):
        zea_hdf5.read(path)


def test_frames_out_of_order_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="order"):
        zea_hdf5.read(_zea(tmp_path / "a.h5", wait_s=-2e-3))


@pytest.mark.parametrize("drop", ["sampling_frequency", "probe/geometry", "probe", "sequence", "sound_speed", "pulse"])
def test_a_part_that_a_uff_file_lacks_is_named(tmp_path: Path, drop: str) -> None:
    with pytest.raises(FileFormatError, match=drop):
        uff_hdf5.read(_uff(tmp_path / "a.uff", drop=drop))


@pytest.mark.parametrize("drop", ["probe/probe_geometry", "scan/t0_delays", "scan/initial_times", "scan/polar_angles"])
def test_a_part_that_a_zea_file_lacks_is_named(tmp_path: Path, drop: str) -> None:
    with pytest.raises(FileFormatError, match=drop):
        zea_hdf5.read(_zea(tmp_path / "a.h5", drop=drop))


def test_a_wave_of_light_is_no_wave_of_a_probe(tmp_path: Path) -> None:
    with pytest.raises(NotSupportedError, match="wavefront"):
        uff_hdf5.read(_uff(tmp_path / "a.uff", kind=2))


def test_one_frame_may_have_no_axis(tmp_path: Path) -> None:
    path = _uff(tmp_path / "a.uff", n_frames=1)
    with h5py.File(path, "r+") as file:
        traces = file["channel_data/data"][0]
        del file["channel_data/data"]
        file["channel_data/data"] = traces
    assert isocenter.read(path).acquisition.n_frames == 1


def test_a_file_cut_short_says_so(tmp_path: Path) -> None:
    path = _zea(tmp_path / "a.h5")
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(FileFormatError):
        zea_hdf5.read(path)
