"""NIfTI-MRS written by nibabel, as the standard says: signals, axes, place and what was measured."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isocenter.cli.main import main
from isocenter.core.errors import DataError, FileFormatError, NotFoundError
from isocenter.formats import nifti_mrs, registry
from isocenter.modalities.mri.spectroscopic_measurement import SpectroscopicMeasurement

nibabel = pytest.importorskip("nibabel")
AFFINE = np.array([[0, -20.0, 0, 5], [25.0, 0, 0, -30], [0, 0, 30.0, 12], [0, 0, 0, 1]])  # RAS
SAID = {
    "SpectrometerFrequency": [127.7],
    "ResonantNucleus": ["1H"],
    "EchoTime": 0.03,
    "RepetitionTime": 2.0,
    "dim_5": "DIM_COIL",
    "dim_6": "DIM_DYN",
    "PatientID": "P7",
    "PatientName": "Test^Person",
    "PatientSex": "F",
}


def write(path: Path, values: np.ndarray, said: dict[str, Any] | None, *, kind: Any = nibabel.Nifti2Image) -> Path:
    image = kind(values, AFFINE)
    image.header.set_zooms([25.0, 20.0, 30.0, 5e-4, *[1.0] * (values.ndim - 4)])
    image.header.set_xyzt_units("mm", "sec")
    image.header["intent_name"] = b"mrs_v0_9"
    if said is not None:
        image.header.extensions.append(nibabel.nifti1.Nifti1Extension(44, json.dumps(said).encode()))
    nibabel.save(image, path)
    return path


def signals(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_signals_find_their_axes_and_place(kind: Any, ending: str, rng: np.random.Generator, tmp_path: Path) -> None:
    values = signals(rng, 2, 3, 4, 64, 5, 6)
    path = write(tmp_path / f"press{ending}", values, SAID, kind=kind)
    assert registry.sniff(path) == "nifti_mrs"
    scan = registry.read(path)
    assert isinstance(scan, SpectroscopicMeasurement)
    assert scan.axes == ("coil", "dynamic")
    assert scan.data.shape == (5, 6, 4, 3, 2, 64)
    assert scan.data[4, 1, 2, 0, 1, 33] == values[1, 0, 2, 33, 4, 1]
    assert (scan.dwell_s, scan.frequency_hz, scan.nucleus) == pytest.approx((5e-4, 127.7e6, "1H"))
    assert (scan.echo_time_s, scan.repetition_time_s) == (0.03, 2.0)
    # The voxel of index (1, 2, 3) in the patient: RAS by the affine, LPS here.
    ras = AFFINE @ [1, 2, 3, 1]
    assert scan.grid.affine @ [1, 2, 3, 1] == pytest.approx(ras * [-1, -1, 1, 1], abs=1e-4)
    assert scan.patient is not None
    assert scan.patient.patient_id == "P7"


def test_a_single_voxel_is_described_but_makes_no_image(
    rng: np.random.Generator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "svs.nii.gz", signals(rng, 1, 1, 1, 128), SAID)
    assert nifti_mrs.read(path).axes == ()
    assert main(["info", str(path)]) == 0
    said = capsys.readouterr().out
    assert "Frequency: 127.7 MHz" in said
    assert "Echo time: 30 ms" in said
    assert main(["reconstruct", str(path), "-o", str(tmp_path / "out"), "-q"]) != 0
    assert "Traceback" not in capsys.readouterr().err


def test_what_is_missing_or_wrong_is_named(rng: np.random.Generator, tmp_path: Path) -> None:
    values = signals(rng, 1, 1, 1, 16, 2)
    with pytest.raises(FileFormatError, match="no header extension"):
        nifti_mrs.read(write(tmp_path / "none.nii", values, None))
    for field in ("SpectrometerFrequency", "ResonantNucleus"):
        with pytest.raises(DataError, match="lacks what the standard requires") as caught:
            nifti_mrs.read(write(tmp_path / "less.nii", values, {k: v for k, v in SAID.items() if k != field}))
        assert caught.value.field == field
    with pytest.raises(DataError, match="standard does not know") as caught:
        nifti_mrs.read(write(tmp_path / "dim.nii", values, SAID | {"dim_5": "DIM_MOOD"}))
    assert caught.value.field == "dim_5"
    values[0, 0, 0, 3] = np.nan
    with pytest.raises(DataError, match="not numbers") as caught:
        nifti_mrs.read(write(tmp_path / "nan.nii", values, SAID))
    assert caught.value.file == "nan.nii"
    with pytest.raises(DataError, match="complex"):
        nifti_mrs.read(write(tmp_path / "real.nii", values.real * 0, SAID))
    whole = (write(tmp_path / "whole.nii.gz", signals(rng, 1, 1, 1, 4096), SAID)).read_bytes()
    (tmp_path / "cut.nii.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileFormatError, match="cannot be read"):
        nifti_mrs.read(tmp_path / "cut.nii.gz")


def test_images_are_none_of_it(tmp_path: Path) -> None:
    nibabel.save(nibabel.Nifti1Image(np.zeros((2, 2, 2), dtype=np.float32), np.eye(4)), tmp_path / "image.nii")
    assert not nifti_mrs.sniff(tmp_path / "image.nii")
    (tmp_path / "text.nii").write_text("no NIfTI")
    assert not nifti_mrs.sniff(tmp_path / "text.nii")
    with pytest.raises(NotFoundError):
        registry.read(tmp_path / "nothing.nii")
