"""Scans of the reference library with more than image lines: calibration, contrasts, short echoes, waveforms."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import ismrmrd as peer
import numpy as np
import pytest

from isocenter.core.errors import DataError, IsocenterError, OptionError
from isocenter.formats import ismrmrd
from isocenter.modalities import mri
from isocenter.physics.bodies import BODIES

from .mrd_peer import Writer, header

N = 96
SCAN = mri.Acquisition(
    n_coils=6,
    encoded_shape=(1, N, N),
    encoded_fov_mm=(5.0, 240.0, 240.0),
    center_mm=(0.0, 0.0, 8.0),
    field_t=1.5,
    repetition_time_s=4.0,
    echo_time_s=0.09,
    sequence="spin echo",
    coils=mri.CoilArray(6, 240.0),
)
FIELDS = ((1, N, N), (5.0, 240.0, 240.0))


@pytest.fixture(scope="module")
def kspace() -> np.ndarray:
    return mri.simulate(BODIES["head"](), SCAN, np.random.default_rng(0)).data[:, 0]


def magnitude(kspace: np.ndarray) -> np.ndarray:
    axes = (-2, -1)
    images = np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(kspace, axes=axes), norm="ortho"), axes=axes)
    return np.sqrt((np.abs(images) ** 2).sum(axis=0))


def nrmse(found: np.ndarray, truth: np.ndarray) -> float:
    return float(np.linalg.norm(found - truth) / np.linalg.norm(truth))


def accelerated(
    path: Path, kspace: np.ndarray, *, separate: bool, embedded_too: bool = False, n_lines: int = 24
) -> None:
    """Write every other line, and calibration lines about the centre with another contrast of their own."""
    writer = Writer(path, header(*FIELDS, acceleration=2))
    for ky in range(N // 2 - n_lines // 2, N // 2 + n_lines // 2) if separate else ():
        if not (embedded_too and ky % 2 == 0):
            # Taken by another sequence: brighter. Were it mixed with the image, the image would show it.
            writer.add(3 * kspace[:, ky], flags=[peer.ACQ_IS_PARALLEL_CALIBRATION], kspace_encode_step_1=ky)
    for ky in range(0, N, 2):
        both = embedded_too and -n_lines // 2 <= ky - N // 2 < n_lines // 2
        flags = [peer.ACQ_IS_PARALLEL_CALIBRATION_AND_IMAGING] if both else []
        writer.add(kspace[:, ky] * (3 if embedded_too else 1), flags=flags, kspace_encode_step_1=ky)
    writer.close()


@pytest.mark.parametrize("embedded_too", [False, True], ids=["all apart", "every other shared with the image"])
@pytest.mark.parametrize("method", ["sense-cg", "grappa", "cs-wavelet"])
def test_calibration_lines_taken_apart_unfold_the_image(
    method: str, embedded_too: bool, kspace: np.ndarray, tmp_path: Path
) -> None:
    accelerated(tmp_path / "scan.h5", kspace, separate=True, embedded_too=embedded_too)
    scan = ismrmrd.read(tmp_path / "scan.h5")
    assert scan.calibration is not None
    assert scan.calibration.shape == (6, 1, 24, N)
    assert np.count_nonzero(scan.acquisition.mask) == N // 2
    found = mri.reconstruct(scan, method=method).values[0] / (3 if embedded_too else 1)
    assert nrmse(found, magnitude(kspace)) < 0.07
    folded = replace(scan, acquisition=replace(scan.acquisition, sampled=None))
    assert nrmse(mri.reconstruct(folded, method="rss").values[0], magnitude(kspace)) > 0.4


def test_missing_calibration_lines_are_said(kspace: np.ndarray, tmp_path: Path) -> None:
    accelerated(tmp_path / "scan.h5", kspace, separate=False)
    scan = ismrmrd.read(tmp_path / "scan.h5")
    assert scan.calibration is None
    for method in ("sense-cg", "cs-wavelet", "cs-tv"):
        with pytest.raises(DataError, match="Too few lines about the centre") as caught:
            mri.reconstruct(scan, method=method)
        assert caught.value.remedy
    with pytest.raises(DataError, match="Too few calibration lines"):
        mri.reconstruct(scan, method="grappa")
    with pytest.raises(OptionError, match="Lines are missing"):
        mri.reconstruct(scan, method="rss")


def test_calibration_lines_beside_the_centre_are_refused(kspace: np.ndarray, tmp_path: Path) -> None:
    writer = Writer(tmp_path / "scan.h5", header(*FIELDS, acceleration=2))
    for ky in range(8):
        writer.add(kspace[:, ky], flags=[peer.ACQ_IS_PARALLEL_CALIBRATION], kspace_encode_step_1=ky)
    for ky in range(0, N, 2):
        writer.add(kspace[:, ky], kspace_encode_step_1=ky)
    writer.close()
    with pytest.raises(DataError, match="do not surround the centre"):
        ismrmrd.read(tmp_path / "scan.h5")


def test_calibration_of_other_coils_is_refused(kspace: np.ndarray, tmp_path: Path) -> None:
    writer = Writer(tmp_path / "scan.h5", header(*FIELDS))
    writer.add(kspace[:4, 0], flags=[peer.ACQ_IS_PARALLEL_CALIBRATION], kspace_encode_step_1=N // 2)
    for ky in range(N):
        writer.add(kspace[:, ky], kspace_encode_step_1=ky)
    writer.close()
    with pytest.raises(DataError, match="calibration line does not fit") as caught:
        ismrmrd.read(tmp_path / "scan.h5")
    assert "4 coils" in str(caught.value)


def echoes(path: Path, kspace: np.ndarray, times: str = "<TE>2.0</TE><TE>4.5</TE><TE>7.0</TE>") -> None:
    sequence = f"<sequenceParameters><TR>20</TR>{times}</sequenceParameters>"
    writer = Writer(path, header(*FIELDS, sequence=sequence))
    for repetition in range(2):
        for ky in range(N):
            for echo in range(3):
                place = {"kspace_encode_step_1": ky, "contrast": echo, "repetition": repetition}
                writer.add(kspace[:, ky] * (0.5**echo + repetition), **place)
    writer.close()


def test_every_echo_is_an_image_of_its_own(kspace: np.ndarray, tmp_path: Path) -> None:
    echoes(tmp_path / "scan.h5", kspace)
    series = ismrmrd.read_series(tmp_path / "scan.h5")
    assert series.axis == "echo"
    assert series.echo_times_s == pytest.approx([0.002, 0.0045, 0.007])
    assert series.field_t == 3.0
    for echo, frame in enumerate(series.frames):
        assert frame.data[:, 0] == pytest.approx(kspace * 0.5**echo, abs=1e-5)
    first = ismrmrd.read(tmp_path / "scan.h5", contrast=1, repetition=1)
    assert first.available == {"contrast": 3, "repetition": 2, "phase": 1, "set": 1}
    assert first.acquisition.echo_time_s == pytest.approx(0.0045)
    assert first.data[:, 0] == pytest.approx(kspace * 1.5, abs=1e-5)
    assert [fact.value for fact in mri.describe(first) if fact.label == "In the file"] == ["3 contrasts, 2 repetitions"]
    in_time = ismrmrd.read_series(tmp_path / "scan.h5", "repetition")
    assert [float(np.abs(frame.data).max()) for frame in in_time.frames] == pytest.approx(
        [float(np.abs(kspace).max()) * factor for factor in (1, 2)], rel=1e-5
    )


def test_what_a_series_needs_and_nobody_says_is_asked_for(kspace: np.ndarray, tmp_path: Path) -> None:
    echoes(tmp_path / "scan.h5", kspace, times="<TE>2.0</TE>")
    series = ismrmrd.read_series(tmp_path / "scan.h5")
    assert series.echo_times_s == pytest.approx([0.002] * 3)
    echoes(tmp_path / "none.h5", kspace, times="")
    with pytest.raises(DataError, match="echo times are not known"):
        _ = ismrmrd.read_series(tmp_path / "none.h5").echo_times_s
    told = ismrmrd.read_series(tmp_path / "none.h5", echo_times_ms="1, 2,3", field_t=1.5)
    assert told.echo_times_s == pytest.approx([0.001, 0.002, 0.003])
    assert told.field_t == 1.5
    with pytest.raises(OptionError, match="not as many echo times"):
        ismrmrd.read_series(tmp_path / "none.h5", echo_times_ms="1,2")
    with pytest.raises(OptionError, match="no times"):
        ismrmrd.read_series(tmp_path / "none.h5", echo_times_ms="1,x,3")
    with pytest.raises(DataError, match="no such image") as caught:
        ismrmrd.read(tmp_path / "none.h5", contrast=7)
    assert "(2, 1, 0, 0)" in str(caught.value.expected)


def test_an_asymmetric_echo_is_completed(kspace: np.ndarray, tmp_path: Path) -> None:
    """An object of smooth phase: the side of k-space that was left out follows from the other."""
    first = N // 4
    writer = Writer(tmp_path / "scan.h5", header(*FIELDS))
    for ky in range(N):
        writer.add(kspace[:, ky, first:], center=N // 2 - first, kspace_encode_step_1=ky)
    writer.close()
    scan = ismrmrd.read(tmp_path / "scan.h5")
    assert scan.acquisition.taken_samples == (first, N)
    assert mri.default_method(scan) == "partial-fourier"
    completed = nrmse(mri.reconstruct(scan).values[0], magnitude(kspace))
    empty = nrmse(mri.reconstruct(scan, method="rss").values[0], magnitude(kspace))
    assert completed < 0.6 * empty
    assert completed < 0.04


def test_readouts_of_different_length_are_refused(kspace: np.ndarray, tmp_path: Path) -> None:
    writer = Writer(tmp_path / "scan.h5", header(*FIELDS))
    for ky in range(N):
        first = 10 if ky == 5 else 0
        writer.add(kspace[:, ky, first:], center=N // 2 - first, kspace_encode_step_1=ky)
    writer.close()
    with pytest.raises(DataError, match="differ in length"):
        ismrmrd.read(tmp_path / "scan.h5")


def test_waveforms_are_kept(kspace: np.ndarray, tmp_path: Path, rng: np.random.Generator) -> None:
    named = (
        "<waveformInformation><waveformName>ECG II</waveformName><waveformType>ecg</waveformType></waveformInformation>"
    )
    writer = Writer(tmp_path / "scan.h5", header(*FIELDS, waveforms=named, vendor="SIEMENS"))
    for ky in range(N):
        writer.add(kspace[:, ky], kspace_encode_step_1=ky)
    ecg, breath = rng.integers(0, 4096, (4, 60)), rng.integers(0, 4096, (1, 30))
    writer.add_waveform(ecg[:, 40:], kind=0, sample_time_us=2500.0, stamp=60)
    writer.add_waveform(breath, kind=2, sample_time_us=5000.0, stamp=20)
    writer.add_waveform(ecg[:, :40], kind=0, sample_time_us=2500.0, stamp=20)
    writer.close()
    found = ismrmrd.read(tmp_path / "scan.h5").waveforms
    assert [(each.name, each.kind) for each in found] == [("ECG II", "ecg"), ("respiration", "respiratory")]
    assert np.array_equal(found[0].samples, ecg)
    assert np.array_equal(found[1].samples, breath)
    assert (found[0].sample_time_s, found[0].duration_s) == pytest.approx((0.0025, 0.15))
    assert found[0].start_s == pytest.approx(20 * 0.0025)


def test_samples_of_siemens_scanners_are_conjugated(kspace: np.ndarray, tmp_path: Path) -> None:
    for vendor in ("Test", "SIEMENS"):
        writer = Writer(tmp_path / f"{vendor}.h5", header(*FIELDS, vendor=vendor))
        for ky in range(N):
            writer.add(kspace[:, ky], kspace_encode_step_1=ky)
        writer.close()
    assert np.array_equal(ismrmrd.read(tmp_path / "Test.h5").data[:, 0], kspace)
    assert np.array_equal(ismrmrd.read(tmp_path / "SIEMENS.h5").data[:, 0], kspace.conj())
    assert np.array_equal(ismrmrd.read(tmp_path / "SIEMENS.h5", kspace_sign="-").data[:, 0], kspace)
    with pytest.raises(OptionError, match="no such sign"):
        ismrmrd.read(tmp_path / "Test.h5", kspace_sign="0")


BAD = {
    "NaN": ("samples that are not numbers", "data of acquisition 3"),
    "noise of 4 coils": ("noise scan has another number of coils", "active_channels"),
    "coils change": ("number of coils changes", "active_channels"),
    "header of fewer lines": ("outside the encoded matrix", "idx"),
    "header of a larger image": ("larger than what was encoded", "recon_fov_mm"),
    "trajectory out of range": ("leaves the encoded k-space", "trajectory"),
    "trajectory NaN": ("not numbers", "trajectory"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_by_name(name: str, kspace: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "scan.h5"
    shape, recon, kind = (1, N, N), None, "cartesian"
    options: dict[str, Any] = {}
    if name == "header of fewer lines":
        shape = (1, N // 2, N)
    if name == "header of a larger image":
        recon = ((1, N, N), (5.0, 300.0, 240.0))
    if name.startswith("trajectory"):
        kind, options = "radial", {"trajectory_unit": "cycles/pixel"}
    writer = Writer(path, header(shape, FIELDS[1], recon=recon, trajectory=kind))
    if name == "noise of 4 coils":
        writer.add(np.ones((4, 50)), flags=[peer.ACQ_IS_NOISE_MEASUREMENT])
    for ky in range(N):
        samples = kspace[: 4 if name == "coils change" and ky == 7 else 6, ky].copy()
        if name == "NaN" and ky == 3:
            samples[2, 5] = np.nan
        points = None
        if kind == "radial":
            points = np.stack([np.linspace(-0.5, 0.5, N), np.zeros(N)], axis=1)
            if ky == 9:
                points[-1, 1] = np.nan if name == "trajectory NaN" else 0.7
        writer.add(samples, kspace_encode_step_1=ky, trajectory=points)
    writer.close()
    said, field = BAD[name]
    with pytest.raises(IsocenterError, match=said) as caught:
        ismrmrd.read(path, **options)
    assert field in str(caught.value.field)
