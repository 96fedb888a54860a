"""ISMRMRD: what is written is read again, by us and by the reference library, and what is wrong is named."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import h5py
import ismrmrd as peer
import numpy as np
import pytest

from isocenter.core.errors import DataError, FileFormatError, IsocenterError, OptionError
from isocenter.core.patient import Patient
from isocenter.formats import ismrmrd
from isocenter.modalities.mri import Acquisition, Measurement, default_grid, reconstruct
from isocenter.modalities.mri.trajectories import radial
from isocenter.modalities.mri.trajectories import spiral as spiral_path
from isocenter.modalities.mri.waveform import Waveform

OBLIQUE = ((0.0, 0.8, 0.6), (1.0, 0.0, 0.0), (0.0, 0.6, -0.8))


def measurement(rng: np.random.Generator, **changes: Any) -> Measurement:
    sampled = np.ones((1, 12), dtype=bool)
    sampled[0, [1, 10]] = False
    settings: dict[str, Any] = {
        "n_coils": 3,
        "encoded_shape": (2, 12, 16),
        "encoded_fov_mm": (14.0, 180.0, 400.0),
        "recon_shape": (2, 12, 8),
        "recon_fov_mm": (14.0, 180.0, 200.0),
        "sampled": sampled,
        "center_mm": (10.0, -20.0, 30.0),
        "read_dir": OBLIQUE[0],
        "phase_dir": OBLIQUE[1],
        "slice_dir": OBLIQUE[2],
        "slice_thickness_mm": 5.0,
        "field_t": 3.0,
        "repetition_time_s": 0.5,
        "echo_time_s": 0.01,
        "flip_angle_rad": 0.5,
    }
    acquisition = Acquisition(**(settings | changes))
    data = rng.standard_normal(acquisition.data_shape) + 1j * rng.standard_normal(acquisition.data_shape)
    data = (data if acquisition.trajectory is not None else data * acquisition.mask[:, :, None]).astype(np.complex64)
    noise = (rng.standard_normal((3, 40)) + 1j * rng.standard_normal((3, 40))).astype(np.complex64)
    return Measurement(acquisition, data, noise=noise, patient=Patient("ID<1>", "Test^Person", date(1980, 2, 3), "F"))


@pytest.fixture
def scan(rng: np.random.Generator, tmp_path: Path) -> tuple[Measurement, Path]:
    made = measurement(rng)
    ismrmrd.write(made, tmp_path / "scan.h5")
    return made, tmp_path / "scan.h5"


def require_same(read: Measurement, made: Measurement) -> None:
    assert np.array_equal(read.data, made.data)
    assert np.array_equal(read.acquisition.mask, made.acquisition.mask)
    assert default_grid(read.acquisition).affine == pytest.approx(default_grid(made.acquisition).affine, abs=1e-4)
    assert read.noise is not None
    assert np.array_equal(read.noise, made.noise)
    assert read.patient == made.patient
    for name in ("field_t", "repetition_time_s", "echo_time_s", "flip_angle_rad", "slice_thickness_mm"):
        assert getattr(read.acquisition, name) == pytest.approx(getattr(made.acquisition, name), rel=1e-5), name


def test_slices_come_back_as_they_were(scan: tuple[Measurement, Path]) -> None:
    made, path = scan
    assert ismrmrd.sniff(path)
    require_same(ismrmrd.read(path), made)
    assert ismrmrd.read(path).sources[0].name == "scan.h5"


@pytest.mark.parametrize("kind", ["slices", "stack", "3d"])
def test_trajectories_come_back_as_they_were(kind: str, rng: np.random.Generator, tmp_path: Path) -> None:
    path = spiral_path(3, 40, 12)
    changes: dict[str, Any] = {"trajectory": path, "sampled": None, "sample_times_s": np.arange(40) * 4e-6}
    changes |= {"encoded_shape": (4, 12, 12), "recon_shape": None, "recon_fov_mm": None}
    if kind != "slices":
        changes |= {"is_3d": True, "slice_thickness_mm": None}
    if kind == "3d":
        changes["trajectory"] = np.concatenate(
            [np.linspace(-1.9, 1.9, 40)[None, :, None] + 0 * path[..., :1], path], axis=-1
        )
        changes["sample_times_s"] = None
    made = measurement(rng, **changes)
    ismrmrd.write(made, tmp_path / "scan.h5")
    read = ismrmrd.read(tmp_path / "scan.h5")
    assert np.array_equal(read.data, made.data)
    assert read.acquisition.trajectory == pytest.approx(made.acquisition.trajectory, abs=1e-5)
    assert read.acquisition.is_3d == made.acquisition.is_3d
    assert default_grid(read.acquisition).affine == pytest.approx(default_grid(made.acquisition).affine, abs=1e-4)
    if kind != "3d":
        assert read.acquisition.sample_times_s == pytest.approx(made.acquisition.sample_times_s, abs=1e-9)


@pytest.mark.parametrize(("unit", "factor"), [("cycles/fov", 12.0), ("1/m", 12 / 0.18), ("rad/m", 24 * np.pi / 0.18)])
def test_the_unit_of_a_trajectory_is_told_from_what_it_fills(
    unit: str, factor: float, rng: np.random.Generator, tmp_path: Path
) -> None:
    changes = {"encoded_shape": (1, 12, 12), "encoded_fov_mm": (7.0, 180.0, 180.0), "recon_shape": None}
    made = measurement(rng, trajectory=radial(5, 24, 12), sampled=None, recon_fov_mm=None, **changes)
    path = tmp_path / "scan.h5"
    ismrmrd.write(made, path)

    def rescale(records: np.ndarray, xml: str) -> tuple[np.ndarray, str]:
        for record in records[1:]:
            record["traj"] = record["traj"] * factor
        return records, xml

    rewrite(path, rescale)
    for options in ({}, {"trajectory_unit": unit}):
        assert ismrmrd.read(path, **options).acquisition.trajectory == pytest.approx(
            made.acquisition.trajectory, abs=1e-4
        )
    with pytest.raises(OptionError, match="no such unit"):
        ismrmrd.read(path, trajectory_unit="miles")
    with pytest.raises(DataError, match=r"leaves the encoded k-space"):
        ismrmrd.read(path, trajectory_unit="cycles/pixel")
    rewrite(path, lambda records, xml: (rescale(records, xml)[0], xml))
    if unit == "rad/m":
        with pytest.raises(DataError, match="unit of the trajectory is not clear"):
            ismrmrd.read(path)


def test_volumes_come_back_as_they_were(rng: np.random.Generator, tmp_path: Path) -> None:
    sampled = rng.uniform(size=(6, 12)) < 0.6
    shape = {"encoded_shape": (6, 12, 16), "recon_shape": (6, 12, 8), "slice_thickness_mm": None}
    made = measurement(rng, is_3d=True, sampled=sampled, **shape)
    ismrmrd.write(made, tmp_path / "scan.h5")
    read = ismrmrd.read(tmp_path / "scan.h5")
    assert np.array_equal(read.data, made.data)
    assert np.array_equal(read.acquisition.mask, sampled)
    assert default_grid(read.acquisition).affine == pytest.approx(default_grid(made.acquisition).affine, abs=1e-4)


@pytest.mark.parametrize("is_3d", [False, True])
def test_calibration_short_echoes_and_waveforms_come_back_as_they_were(
    is_3d: bool, rng: np.random.Generator, tmp_path: Path
) -> None:
    shape = {"encoded_shape": (6, 12, 16), "recon_shape": (6, 12, 8), "slice_thickness_mm": None, "is_3d": is_3d}
    lines = np.zeros((6 if is_3d else 1, 12), dtype=bool)
    lines[:, ::2] = True
    made = measurement(rng, sampled=lines, taken_samples=(4, 16), **shape)
    data = made.data * made.acquisition.sample_mask
    calibration = rng.standard_normal((3, 4 if is_3d else 6, 5, 16)) + 0j
    calibration[..., :4] = 0
    ecg = Waveform("ECG", "ecg", rng.integers(0, 4096, (2, 70_000)), 2.5e-3)
    made = replace(made, data=data, calibration=calibration.astype(np.complex64), waveforms=(ecg,))
    ismrmrd.write(made, tmp_path / "scan.h5")
    read = ismrmrd.read(tmp_path / "scan.h5")
    assert np.array_equal(read.data, made.data)
    assert np.array_equal(read.acquisition.mask, lines)
    assert read.acquisition.taken_samples == (4, 16)
    assert read.calibration is not None
    assert np.array_equal(read.calibration, made.calibration)
    assert np.array_equal(read.waveforms[0].samples, ecg.samples)
    assert read.waveforms[0].sample_time_s == pytest.approx(2.5e-3)
    dataset = peer.Dataset(str(tmp_path / "scan.h5"), "dataset", create_if_needed=False)
    assert dataset.number_of_waveforms() == 2
    assert np.array_equal(dataset.read_waveform(0).data, ecg.samples[:, :60_000])


def test_slices_taken_in_any_order_lie_in_the_order_of_their_places(
    scan: tuple[Measurement, Path], rng: np.random.Generator, tmp_path: Path
) -> None:
    shape = {"encoded_shape": (5, 12, 16), "recon_shape": (5, 12, 8)}
    made = measurement(rng, encoded_fov_mm=(35.0, 180.0, 400.0), recon_fov_mm=(35.0, 180.0, 200.0), **shape)
    ismrmrd.write(made, tmp_path / "scan.h5")
    taken_at = np.array([0, 3, 1, 4, 2])  # interleaved: the slice at place 1 was taken fourth

    def interleave(records: np.ndarray, xml: str) -> tuple[np.ndarray, str]:
        records["head"]["idx"]["slice"] = taken_at[records["head"]["idx"]["slice"]]
        return records, xml

    rewrite(tmp_path / "scan.h5", interleave)
    require_same(ismrmrd.read(tmp_path / "scan.h5"), made)

    def move_one(records: np.ndarray, xml: str) -> tuple[np.ndarray, str]:
        at = records["head"]["idx"]["slice"] == 0
        records["head"]["position"][at] -= 3 * np.array(OBLIQUE[2])
        return records, xml

    rewrite(tmp_path / "scan.h5", move_one)
    with pytest.raises(DataError, match="equal distances"):
        ismrmrd.read(tmp_path / "scan.h5")


def test_the_reference_library_reads_ours(scan: tuple[Measurement, Path]) -> None:
    made, path = scan
    dataset = peer.Dataset(str(path), "dataset", create_if_needed=False)
    header = peer.xsd.CreateFromDocument(dataset.read_xml_header())
    assert header.encoding[0].encodedSpace.matrixSize.x == 16
    assert header.subjectInformation.patientID == "ID<1>"
    assert dataset.number_of_acquisitions() == 1 + 2 * 10
    noise, first = dataset.read_acquisition(0), dataset.read_acquisition(1)
    assert noise.is_flag_set(peer.ACQ_IS_NOISE_MEASUREMENT)
    assert np.array_equal(first.data, made.data[:, 0, 0])
    assert list(first.read_dir) == pytest.approx(OBLIQUE[0])


def test_we_read_the_reference_library_with_averages_and_reversed_lines(
    rng: np.random.Generator, tmp_path: Path
) -> None:
    path = tmp_path / "peer.h5"
    lines = (rng.standard_normal((8, 2, 10)) + 1j * rng.standard_normal((8, 2, 10))).astype(np.complex64)
    dataset = peer.Dataset(str(path), "dataset", create_if_needed=True)
    header = (
        '<ismrmrdHeader xmlns="http://www.ismrm.org/ISMRMRD"><experimentalConditions><H1resonanceFrequency_Hz>1'
        "</H1resonanceFrequency_Hz></experimentalConditions><encoding><encodedSpace><matrixSize><x>10</x><y>8</y><z>1</z>"
        "</matrixSize><fieldOfView_mm><x>200</x><y>160</y><z>5</z></fieldOfView_mm></encodedSpace><reconSpace><matrixSize>"
        "<x>10</x><y>8</y><z>1</z></matrixSize><fieldOfView_mm><x>200</x><y>160</y><z>5</z></fieldOfView_mm></reconSpace>"
        "<encodingLimits/><trajectory>cartesian</trajectory></encoding></ismrmrdHeader>"
    )
    dataset.write_xml_header(header.encode())
    for average in range(2):
        for ky in range(8):
            samples = lines[ky] * (1.5 if average else 0.5)
            is_reversed = ky % 2 == 1
            padded = np.pad(samples[:, ::-1] if is_reversed else samples, ((0, 0), (3, 2)))
            acquisition = peer.Acquisition.from_array(padded)
            acquisition.idx.kspace_encode_step_1 = ky
            acquisition.idx.average = average
            acquisition.discard_pre, acquisition.discard_post = 3, 2
            acquisition.center_sample = 3 + (4 if is_reversed else 5)
            if is_reversed:
                acquisition.set_flag(peer.ACQ_IS_REVERSE)
            acquisition.read_dir[0] = acquisition.phase_dir[1] = acquisition.slice_dir[2] = 1.0
            dataset.append_acquisition(acquisition)
    dataset.close()
    read = ismrmrd.read(path)
    assert read.data[:, 0] == pytest.approx(np.moveaxis(lines, 0, 1), abs=1e-6)


def rewrite(path: Path, change: Any) -> None:
    """Change the records or the header of a file."""
    with h5py.File(path, "r+") as file:
        records, xml = file["dataset/data"][()], file["dataset/xml"][0].decode()
        records, xml = change(records, xml)
        del file["dataset/data"], file["dataset/xml"]
        file["dataset"].create_dataset("data", data=records, dtype=ismrmrd.ACQUISITION_TYPE)
        file["dataset"].create_dataset("xml", data=np.array([xml], dtype=object), dtype=h5py.string_dtype())


def drop_lines(records: np.ndarray, xml: str) -> tuple[np.ndarray, str]:
    start, end = xml.index("<parallelImaging>"), xml.index("</parallelImaging>") + len("</parallelImaging>")
    return records, xml[:start] + xml[end:]


def drop_a_slice_line(records: np.ndarray, xml: str) -> tuple[np.ndarray, str]:
    return records[:-1], xml


def out_of_matrix(records: np.ndarray, xml: str) -> tuple[np.ndarray, str]:
    records["head"]["idx"]["kspace_encode_step_1"][3] = 99
    return records, xml


def wrong_count(records: np.ndarray, xml: str) -> tuple[np.ndarray, str]:
    records["head"]["number_of_samples"][3] = 7
    return records, xml


def spiral(records: np.ndarray, xml: str) -> tuple[np.ndarray, str]:
    return records, xml.replace("<trajectory>cartesian", "<trajectory>spiral")


def other_noise(records: np.ndarray, xml: str) -> tuple[np.ndarray, str]:
    records["head"]["active_channels"][0] = 2
    records["head"]["number_of_samples"][0] = 60
    return records, xml


def entity(records: np.ndarray, xml: str) -> tuple[np.ndarray, str]:
    return records, '<!DOCTYPE x [<!ENTITY a "b">]>' + xml


def no_xml(records: np.ndarray, xml: str) -> tuple[np.ndarray, str]:
    return records, xml[:200]


def no_matrix(records: np.ndarray, xml: str) -> tuple[np.ndarray, str]:
    return records, xml.replace("<x>16</x>", "<x>many</x>")


@pytest.mark.parametrize(
    ("change", "kind", "match"),
    [
        (drop_lines, DataError, "missing"),
        (drop_a_slice_line, DataError, "sampled alike"),
        (out_of_matrix, DataError, "outside the encoded matrix"),
        (wrong_count, DataError, "does not hold the samples"),
        (spiral, DataError, "has no trajectory"),
        (other_noise, DataError, "noise scan has another number of coils"),
        (entity, FileFormatError, "not acceptable"),
        (no_xml, FileFormatError, "no XML"),
        (no_matrix, DataError, "matrix size"),
    ],
)
def test_what_is_wrong_is_named(scan: tuple[Measurement, Path], change: Any, kind: type, match: str) -> None:
    _, path = scan
    rewrite(path, change)
    with pytest.raises(kind, match=match) as caught:
        ismrmrd.read(path)
    assert isinstance(caught.value, IsocenterError)
    assert caught.value.field


def test_missing_lines_are_taken_when_that_is_said(scan: tuple[Measurement, Path]) -> None:
    made, path = scan
    rewrite(path, drop_lines)
    assert np.array_equal(ismrmrd.read(path, allow_missing_lines=True).acquisition.mask, made.acquisition.mask)


def test_truncated_files_and_files_of_images_are_refused(scan: tuple[Measurement, Path], tmp_path: Path) -> None:
    _, path = scan
    (tmp_path / "cut.h5").write_bytes(path.read_bytes()[:2000])
    with pytest.raises(FileFormatError, match="cannot be read"):
        ismrmrd.read(tmp_path / "cut.h5")
    with h5py.File(tmp_path / "images.h5", "w") as file:
        file.create_group("images")
    with pytest.raises(FileFormatError, match="images, not raw data"):
        ismrmrd.read(tmp_path / "images.h5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file.create_dataset("dataset/xml", data="x")
        file.create_dataset("dataset/data", data=np.zeros(3))
    with pytest.raises(IsocenterError):
        ismrmrd.read(tmp_path / "other.h5")


def test_a_field_of_view_that_is_not_stated_is_asked_for(shared_data: Path) -> None:
    path = shared_data / "raw_mri/mrireco/acqDataBrainSim100.h5"
    with pytest.raises(DataError, match="field of view"):
        ismrmrd.read(path)
    assert ismrmrd.read(path, fov_mm=220.0).data.shape == (1, 1, 256, 256)


def test_a_real_spiral_gives_the_image_its_authors_made(shared_data: Path) -> None:
    folder = shared_data / "raw_mri/spiral"
    scan = ismrmrd.read(folder / "signals_spiralout_clean_slc30.h5")
    assert scan.acquisition.trajectory is not None
    assert scan.acquisition.trajectory.shape == (15, 4940, 2)
    found = reconstruct(scan, method="rss").values[0]
    with h5py.File(folder / "reco_spiralout_clean_slc30.h5") as file:
        theirs = file["images/image_1/data"][0, 0, 0]

    def likeness(image: np.ndarray) -> float:
        return float(np.corrcoef(image.ravel(), theirs.ravel())[0, 1])

    assert likeness(found) > 0.99
    # The head is not symmetric: mirrored or turned it is another one.
    for other in (found[:, ::-1], found[::-1], found.T, found[::-1, ::-1]):
        assert likeness(other) < 0.85
    with pytest.raises(FileFormatError, match="images"):
        ismrmrd.read(folder / "reco_spiralout_clean_slc30.h5")


def test_a_half_known_geometry_is_transverse(scan: tuple[Measurement, Path]) -> None:
    def no_directions(records: np.ndarray, xml: str) -> tuple[np.ndarray, str]:
        for name in ("read_dir", "phase_dir", "slice_dir"):
            records["head"][name] = 0
        return records, xml

    made, path = scan
    rewrite(path, no_directions)
    assert np.abs(ismrmrd.read(path).acquisition.slice_dir) == pytest.approx((0.0, 0.0, 1.0))
    assert replace(made.acquisition).slice_dir == OBLIQUE[2]
