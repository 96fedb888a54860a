"""CT corrections asked for on the command line: made, told in the DICOM files, and explained when they cannot be."""

from pathlib import Path

import numpy as np
import pydicom
import pytest

from isocenter.cli.main import main
from isocenter.formats import registry as formats
from isocenter.modalities import ct
from isocenter.physics.bodies.disc import disc

SCAN = ct.Acquisition(
    np.arange(90) * np.pi / 45,
    64,
    6.0,
    geometry="fan",
    detector="curved",
    source_isocenter_mm=500.0,
    source_detector_mm=1000.0,
    photons_per_bin=1e5,
)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    path = tmp_path / "scan.h5"
    formats.write(ct.simulate(disc(radius_mm=50.0), SCAN, np.random.default_rng(0)), path)
    return path


def test_corrections_are_made_and_told(raw: Path, tmp_path: Path) -> None:
    asked = ["-p", "hardening=water", "-p", "kvp=120", "-p", "rings=yes", "-p", "scatter=water"]
    assert main(["reconstruct", str(raw), "-q", "-o", str(tmp_path / "images"), *asked]) == 0
    (file,) = (tmp_path / "images").glob("*.dcm")
    dataset = pydicom.dcmread(file)
    assert dataset.KVP == 120
    for words in ("hardening=water", "rings=True", "scatter=water", "filter_al_mm=6.0"):
        assert words in dataset.DerivationDescription
    found = dataset.pixel_array * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
    measurement = formats.read(raw)
    image = ct.reconstruct(measurement, hardening="water", kvp=120.0, rings=True, scatter="water")
    assert found == pytest.approx(image.values.reshape(found.shape), abs=1.0)


def test_the_noise_map_is_a_series_of_its_own_that_is_no_original(raw: Path, tmp_path: Path) -> None:
    assert main(["reconstruct", str(raw), "-q", "-o", str(tmp_path / "noise"), "--method", "noise"]) == 0
    (file,) = (tmp_path / "noise").glob("*.dcm")
    dataset = pydicom.dcmread(file)
    assert list(dataset.ImageType[:2]) == ["DERIVED", "SECONDARY"]
    assert dataset.SeriesDescription == "Noise"


def test_what_a_correction_lacks_is_said(raw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconstruct", str(raw), "-q", "-p", "hardening=bone"]) != 0
    said = capsys.readouterr().err
    assert "tube's voltage" in said
    assert "Give kvp" in said


def test_the_options_and_corrections_of_a_file_are_listed(raw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(raw)]) == 0
    said = capsys.readouterr().out
    assert said.count("hardening = none") == 1
    assert "(none, water, bone)" in said
    assert "metal_hu = 2500.0 HU" in said
