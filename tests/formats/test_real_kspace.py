"""Real k-space becomes images that lie in the patient as the vendor's do, in DICOM without errors."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
from scipy.ndimage import gaussian_filter, zoom

from isocenter.cli.main import main
from isocenter.formats import described_array, ismrmrd, twix
from isocenter.modalities import mri

from .mrd_peer import Writer, header

KINDS = {"mr": "1.2.840.10008.5.1.4.1.1.4", "enhanced-mr": "1.2.840.10008.5.1.4.1.1.4.1"}


def dciodvfy_errors(path: Path) -> list[str]:
    """Return what dciodvfy calls an error; skips where it is not installed."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (package dicom3tools) is not installed")
    said = subprocess.run(
        ["dciodvfy", "-new", str(path)], capture_output=True, text=True, errors="replace", check=False
    )
    return [line for line in (said.stdout + said.stderr).splitlines() if line.startswith("Error")]


def plane_of(dataset: pydicom.Dataset) -> np.ndarray:
    """Return a transverse image 1 mm a pixel, columns towards the left and rows towards the back; refuses any other."""
    assert np.asarray(dataset.ImageOrientationPatient, dtype=float) == pytest.approx([1, 0, 0, 0, 1, 0], abs=0.05)
    return zoom(dataset.pixel_array.astype(float), [float(d) for d in dataset.PixelSpacing], order=1)


def likeness(image: np.ndarray, other: np.ndarray) -> float:
    """Return the largest correlation of the edges of two images over all shifts, whatever their brightness."""
    size = [512, 512]
    flat = []
    for each in (image, other):
        even = each / (gaussian_filter(each, 15) + 0.1 * each.mean())
        even = gaussian_filter(even, 1) - gaussian_filter(even, 8)
        whole = np.zeros(size)
        whole[: each.shape[0], : each.shape[1]] = even - even.mean()
        flat.append(whole)
    spectrum = np.fft.fft2(flat[0]).conj() * np.fft.fft2(flat[1])
    return float(np.fft.ifft2(spectrum).real.max() / (np.linalg.norm(flat[0]) * np.linalg.norm(flat[1])))


def vendor_slices(shared_data: Path) -> list[pydicom.Dataset]:
    """Return a Siemens scanner's images of the ACR phantom from feet to head."""
    found = [pydicom.dcmread(path) for path in (shared_data / "mr_qa/acr_siemens2").glob("*.dcm")]
    return sorted(found, key=lambda dataset: float(dataset.ImagePositionPatient[2]))


def require_as_the_vendor_shows(file: Path, shared_data: Path) -> None:
    found, slices = pydicom.dcmread(file), vendor_slices(shared_data)
    plane = plane_of(found)
    first = likeness(plane, plane_of(slices[0]))
    assert first > 0.5
    # Left is left and front is front: mirrored or turned, it is another object.
    for other in (plane[:, ::-1], plane[::-1], plane[::-1, ::-1], plane.T, plane.T[::-1, ::-1]):
        assert likeness(other, plane_of(slices[0])) < first - 0.1
    # Head is head: the ring and the holes are at the end towards the feet, where the raw data say they were scanned.
    alike = [likeness(plane, plane_of(each)) for each in slices]
    assert int(np.argmax(alike)) == 0
    here, there = float(found.ImagePositionPatient[2]), float(slices[0].ImagePositionPatient[2])
    assert abs(here - there) < abs(here - float(slices[-1].ImagePositionPatient[2]))


def test_siemens_raw_data_lie_as_the_scanner_shows_them(shared_data: Path, tmp_path: Path) -> None:
    raw = shared_data / "raw_mri/twix_gre/gre.dat"
    assert main(["reconstruct", str(raw), "-o", str(tmp_path), "-q"]) == 0
    require_as_the_vendor_shows(tmp_path / "MR00001.dcm", shared_data)
    dataset = pydicom.dcmread(tmp_path / "MR00001.dcm")
    assert (dataset.EchoTime, dataset.RepetitionTime, dataset.FlipAngle) == pytest.approx((3.0, 10.0, 15.0))
    assert (dataset.MagneticFieldStrength, dataset.SliceThickness) == pytest.approx((2.89362, 4.0))
    assert dataset.MRAcquisitionType == "2D"


def test_siemens_data_through_ismrmrd_lie_the_same(shared_data: Path, tmp_path: Path) -> None:
    """As the converter writes them: the samples as they are, the directions of the quaternion, the vendor's name."""
    twixtools = pytest.importorskip("twixtools")
    blocks = twixtools.read_twix(str(shared_data / "raw_mri/twix_gre/gre.dat"), verbose=False)[0]["mdb"]
    recon = ((1, 160, 160), (4.0, 200.0, 200.0))
    writer = Writer(tmp_path / "gre.h5", header((1, 160, 320), (4.0, 200.0, 400.0), recon=recon, vendor="SIEMENS"))
    for block in blocks:
        place = block.mdh.SliceData
        phase, read, normal = twix.rotation(np.array(place.Quaternion[:], dtype=float)).T
        position = (place.SlicePos.Sag, place.SlicePos.Cor, place.SlicePos.Tra)
        line = int(block.mdh.Counter.Lin)
        writer.add(block.data, directions=(read, phase, normal), position=position, kspace_encode_step_1=line)
    writer.close()
    assert main(["reconstruct", str(tmp_path / "gre.h5"), "-o", str(tmp_path / "out"), "-q"]) == 0
    require_as_the_vendor_shows(tmp_path / "out/MR00001.dcm", shared_data)
    ours = mri.reconstruct(twix.read(shared_data / "raw_mri/twix_gre/gre.dat"))
    theirs = mri.reconstruct(ismrmrd.read(tmp_path / "gre.h5"))
    assert theirs.values == pytest.approx(ours.values, rel=1e-4, abs=1e-9)
    assert theirs.grid.affine == pytest.approx(ours.grid.affine, abs=1e-3)


def sigpy_scan(shared_data: Path, folder: Path) -> Path:
    """Return the 8-coil head of the SigPy tutorial beside a description of a transverse slice."""
    np.save(folder / "head.npy", np.load(shared_data / "raw_mri/sigpy/cartesian_ksp.npy"))
    described = {"modality": "mri", "axes": ["coil", "y", "x"], "fov_mm": [230.0, 180.0], "slice_thickness_mm": 5.0}
    (folder / "head.json").write_text(json.dumps(described))
    return folder / "head.npy"


def test_the_head_of_eight_coils_is_unfolded_to_what_all_of_k_space_shows(shared_data: Path, tmp_path: Path) -> None:
    scan = described_array.read(sigpy_scan(shared_data, tmp_path))
    kspace = scan.data
    images = np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(kspace, axes=(2, 3))), axes=(2, 3)) * (230 * 180) ** 0.5
    truth = np.sqrt((np.abs(images) ** 2).sum(axis=0))
    assert mri.reconstruct(scan, method="rss").values == pytest.approx(truth, rel=1e-3, abs=1e-4 * float(truth.max()))
    combined = mri.reconstruct(scan, method="sense-cg", n_iterations=20).values
    head = truth > 0.3 * truth.max()
    assert np.corrcoef(combined[head], truth[head])[0, 1] > 0.99
    # Grey matter's folds are not symmetric: a mirrored head is another one.
    assert np.corrcoef(combined[..., ::-1][head], truth[head])[0, 1] < 0.9


def test_a_simulated_brain_lies_as_its_header_says(shared_data: Path) -> None:
    """Its header says: read to the left, phase to the back; so its rows and columns are those of the transform."""
    scan = ismrmrd.read(shared_data / "raw_mri/mrireco/acqDataBrainSim100.h5", fov_mm=220.0)
    image = mri.reconstruct(scan)
    assert np.asarray(image.grid.direction) == pytest.approx(np.eye(3))
    kspace = scan.data[0, 0]
    truth = np.abs(np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(kspace))))
    assert np.corrcoef(image.values.ravel(), truth.ravel())[0, 1] > 0.9999
    assert np.corrcoef(image.values[0, :, ::-1].ravel(), truth.ravel())[0, 1] < 0.99


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["twix", "spiral", "brain", "head"])
def test_dicom_of_real_data_has_no_errors(name: str, kind: str, shared_data: Path, tmp_path: Path) -> None:
    raw = shared_data / "raw_mri"
    words = {
        "twix": [str(raw / "twix_gre/gre.dat")],
        "spiral": [str(raw / "spiral/signals_spiralout_clean_slc30.h5")],
        "brain": [str(raw / "mrireco/acqDataBrainSim100.h5"), "--option", "fov_mm=220"],
        "head": [str(sigpy_scan(shared_data, tmp_path))],
    }[name]
    folder = tmp_path / "out"
    told = ["--patient-id", "P1", "--patient-name", "Test^Person", "--sop-class", kind, "-q"]
    assert main(["reconstruct", *words, "-o", str(folder), *told]) == 0
    (file,) = folder.glob("*.dcm")
    assert pydicom.dcmread(file).SOPClassUID == KINDS[kind]
    assert dciodvfy_errors(file) == []
