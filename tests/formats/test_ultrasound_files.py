"""Channel data from files: what other programs wrote, and our own."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from scipy.io import loadmat, savemat

import isocenter
from isocenter.core.errors import DataError, FileFormatError, IsocenterWarning, NotSupportedError
from isocenter.core.grid import Grid
from isocenter.formats import must_mat, picmus_hdf5, ultrasound_hdf5
from isocenter.modalities import ultrasound as us

PARAM = {"fs": 20e6, "fc": 5e6, "pitch": 3e-4, "c": 1500.0, "bandwidth": 60, "t0": 2e-6}


@pytest.fixture(scope="module")
def disk(shared_data: Path) -> us.Measurement:
    """Return plane waves on a turning disk, as PyMUST's authors recorded them."""
    path = shared_data / "raw_us" / "PWI_disk.mat"
    assert must_mat.sniff(path)
    measurement = isocenter.read(path)
    assert isinstance(measurement, us.Measurement)
    return measurement


def _disk_grid(disk: us.Measurement) -> Grid:
    return us.default_grid(replace(disk.acquisition, near_mm=10.0, far_mm=35.0, width_mm=25.0, pixel_mm=0.1))


def test_a_turning_disk_is_seen_as_its_authors_saw_it(disk: us.Measurement, shared_data: Path) -> None:
    image = us.reconstruct(replace_frames(disk, 1), _disk_grid(disk), dynamic_range_db=40.0)
    theirs = loadmat(shared_data / "raw_us" / "bmode_PWI_disk.mat")["I"][:250, :250, 0].astype(float)
    inside = np.hypot(*np.mgrid[-125:125, -125:125]) < 100
    assert np.corrcoef(image.values[inside], theirs[inside])[0, 1] > 0.6
    assert image.values[inside].mean() - image.values[:20].mean() > 15


def replace_frames(measurement: us.Measurement, n: int) -> us.Measurement:
    """Return the first frames."""
    return replace(measurement, acquisition=replace(measurement.acquisition, n_frames=n), data=measurement.data[:n])


def test_its_velocity_grows_with_the_distance_from_the_axis(disk: us.Measurement) -> None:
    grid = _disk_grid(disk)
    velocity = us.reconstruct(disk, grid, method="colour-doppler", clutter="none").values
    x, z = (np.arange(250) - 124.5) * 0.1, 10 + (np.arange(250) + 0.5) * 0.1
    inside = np.hypot(x[np.newaxis], z[:, np.newaxis] - 22.5) < 8
    across = np.broadcast_to(x, inside.shape)[inside]
    slope, start = np.polyfit(across, velocity[inside], 1)
    left = velocity[inside] - slope * across - start
    assert 1 - left.var() / velocity[inside].var() > 0.99
    assert slope < 0  # its left side comes closer


def _written(path: Path, traces: Any = None, **changes: Any) -> Path:
    values = {name: value for name, value in (PARAM | changes).items() if value is not None}
    data = np.zeros((400, 16, 2), dtype=np.int16) if traces is None else traces
    savemat(path, {"RF": data, "param": values})
    return path


def test_a_scan_is_read_with_its_units(tmp_path: Path) -> None:
    scan = must_mat.read(_written(tmp_path / "a.mat", PRF=1000.0, width=2.5e-4)).acquisition
    assert (scan.center_hz, scan.sampling_hz, scan.sound_speed_m_s) == (5e6, 20e6, 1500.0)
    assert (scan.bandwidth, scan.start_s, scan.frame_hz) == (0.6, 2e-6, 1000.0)
    assert scan.element_width_mm == pytest.approx(0.25)
    assert np.diff(scan.elements[:, 0]) == pytest.approx(0.3)
    assert (scan.n_frames, scan.n_samples) == (2, 400)


def test_delays_tell_the_wave(tmp_path: Path) -> None:
    x = us.linear_probe(16, 0.3)[:, 0] * 1e-3
    plane = must_mat.read(_written(tmp_path / "p.mat", TXdelay=(x - x[0]) * np.sin(0.2) / 1500)).acquisition
    assert plane.transmits[0, 3] == pytest.approx(np.sin(0.2))
    round_delays = np.hypot(x - 1e-3, 6e-3) / 1500
    diverging = must_mat.read(
        _written(tmp_path / "d.mat", TXdelay=round_delays - round_delays.min())
    ).acquisition.transmits[0]
    assert diverging[:3] == pytest.approx([1.0, 0.0, -6.0], abs=1e-3)
    # It passes every element when that fires.
    fired = diverging[7] + np.hypot(x * 1e3 - diverging[0], diverging[2]) / 1.5e6
    assert fired == pytest.approx(round_delays - round_delays.min(), abs=1e-10)
    with pytest.raises(NotSupportedError, match="TXdelay"):
        must_mat.read(_written(tmp_path / "x.mat", TXdelay=np.abs(np.sin(np.arange(16))) * 1e-6))


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"fs": None}, "param.fs"), ({"pitch": None}, "param.pitch"), ({"fc": "five"}, "param.fc")],
)
def test_a_missing_parameter_is_named(tmp_path: Path, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(FileFormatError, match=field):
        must_mat.read(_written(tmp_path / "a.mat", **changes))


def test_a_file_cut_short_says_so(tmp_path: Path) -> None:
    path = _written(tmp_path / "a.mat", np.random.default_rng(0).integers(0, 99, (400, 16, 2)))
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(FileFormatError, match="cannot be read"):
        must_mat.read(path)


def _picmus(path: Path, *, modulated_hz: float, drop: str = "") -> Path:
    parts = {
        "angles": np.radians([-5.0, 5.0]),
        "initial_time": 1e-6,
        "modulation_frequency": modulated_hz,
        "probe_geometry": np.stack([us.linear_probe(8, 0.3)[:, 0] * 1e-3, np.zeros(8), np.zeros(8)]),
        "sampling_frequency": 20.832e6,
        "sound_speed": 1540.0,
        "data/real": np.sin(np.arange(4800.0)).reshape(2, 8, 300),
        "data/imag": np.zeros((2, 8, 300)),
    }
    with h5py.File(path, "w") as file:
        for name, value in parts.items():
            if name != drop:
                file[f"US/US_DATASET0000/{name}"] = value
    return path


@pytest.mark.parametrize("modulated_hz", [0.0, 5.208e6])
def test_plane_waves_of_the_challenge_are_read(tmp_path: Path, modulated_hz: float) -> None:
    path = _picmus(tmp_path / "a.hdf5", modulated_hz=modulated_hz)
    scan = isocenter.read(path)
    assert isinstance(scan, us.Measurement)
    assert np.iscomplexobj(scan.data) == bool(modulated_hz)
    assert scan.acquisition.transmits[:, 3] == pytest.approx(np.sin(np.radians([-5, 5])))


@pytest.mark.parametrize("drop", ["probe_geometry", "sampling_frequency"])
def test_a_part_that_is_missing_is_named(tmp_path: Path, drop: str) -> None:
    with pytest.raises(FileFormatError, match=drop):
        picmus_hdf5.read(_picmus(tmp_path / "a.hdf5", modulated_hz=0.0, drop=drop))


@pytest.mark.parametrize("is_complex", [False, True])
def test_our_own_file_keeps_everything(tmp_path: Path, is_complex: bool, rng: np.random.Generator) -> None:
    scan = replace(us.example_acquisition(), demodulated_hz=3.5e6 if is_complex else 0.0, n_samples=64)
    data = rng.standard_normal(scan.data_shape).astype(np.float32)
    measurement = us.Measurement(scan, data + 1j * data if is_complex else data)
    path = tmp_path / "a.h5"
    ultrasound_hdf5.write(measurement, path)
    assert ultrasound_hdf5.sniff(path)
    again = isocenter.read(path)
    assert (again.data == measurement.data).all()
    for name in ("elements", "transmits", "direction", "origin_mm"):
        assert (getattr(again.acquisition, name) == getattr(scan, name)).all()
    assert again.acquisition.demodulated_hz == scan.demodulated_hz


def _timed(path: Path, times_s: list[float], **changes: Any) -> Path:
    scan = replace(us.example_acquisition(), n_samples=16, n_frames=len(times_s), **({"frame_hz": 0.0} | changes))
    ultrasound_hdf5.write(us.Measurement(scan, np.random.default_rng(0).random(scan.data_shape)), path)
    with h5py.File(path, "r+") as file:
        file["frame_times_s"] = times_s
    return path


def test_the_times_of_frames_tell_their_rate(tmp_path: Path) -> None:
    again = isocenter.read(_timed(tmp_path / "a.h5", [3.0, 3.01, 3.02, 3.03]))
    assert again.acquisition.frame_hz == pytest.approx(100.0)
    ultrasound_hdf5.write(again, tmp_path / "b.h5")
    assert isocenter.read(tmp_path / "b.h5").frame_times_s == pytest.approx([3.0, 3.01, 3.02, 3.03])


@pytest.mark.parametrize(
    ("times_s", "found"), [([0.0, 0.02, 0.01, 0.03], "frame 3 at 0.01 s after frame 2"), ([0.0, 0.01, 0.01], "frame 3")]
)
def test_frames_out_of_order_are_refused(tmp_path: Path, times_s: list[float], found: str) -> None:
    with pytest.raises(DataError, match=r"order(.|\n)*" + found) as refused:
        isocenter.read(_timed(tmp_path / "a.h5", times_s))
    assert "a.h5" in str(refused.value)


def test_frames_at_another_rate_than_the_scan_says_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="another rate"):
        isocenter.read(_timed(tmp_path / "a.h5", [0.0, 0.01, 0.02], frame_hz=50.0))


def test_missing_frames_are_told_and_doppler_refuses_them(tmp_path: Path) -> None:
    path = _timed(tmp_path / "a.h5", [0.0, 0.01, 0.02, 0.05, 0.06])
    with pytest.warns(IsocenterWarning, match="after frame 3"):
        scan = isocenter.read(path)
    assert scan.gaps == (2,)
    with pytest.raises(DataError, match="after frame 3"):
        us.reconstruct(scan, method="colour-doppler")


def test_frames_that_the_file_does_not_hold_are_refused(tmp_path: Path) -> None:
    scan = replace(us.example_acquisition(), n_samples=16)
    path = tmp_path / "a.h5"
    ultrasound_hdf5.write(us.Measurement(scan, np.random.default_rng(0).random(scan.data_shape)), path)
    with h5py.File(path, "r+") as file:
        file["acquisition"].attrs["n_frames"] = 3
    with pytest.raises((DataError, ValueError), match="frame"):
        ultrasound_hdf5.read(path)
