"""Captured objects: valid, in the pictures' colours, and as large as they were measured."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest

from isocenter.core.clip import Clip
from isocenter.core.errors import OptionError
from isocenter.core.patient import Patient, Study
from isocenter.dicom.transcoding import transcode
from isocenter.dicom.writers.captured import KINDS, TRANSFER_SYNTAXES, captured_file
from isocenter.dicom.writers.modules import SeriesContext

CONTEXT = SeriesContext(datetime(2026, 1, 2, 3, 4), "1.2.3", "1.2.3.4", "1.2.3.5", "loop", 1)
PATIENT, STUDY = Patient("P-1", "Doe^Jane"), Study("1.2.3", "ACC-1", "Echo", started_at=datetime(2026, 1, 2))


def _clip(n_frames: int) -> Clip:
    row, column = np.mgrid[:40, :56]
    frames = np.stack(
        [np.stack([row * 5, column * 4, (row + column + 20 * k) % 200], axis=-1) for k in range(n_frames)]
    )
    return Clip(frames.astype(np.uint8), 20.0, (0.2, 0.3), datetime(2026, 1, 2, 3, 3))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_frames", [1, 4])
@pytest.mark.parametrize("compression", ["jpeg", "none"])
def test_it_is_valid(
    kind: str, n_frames: int, compression: str, tmp_path: Path, validator_errors: Callable[[Path], list[str]]
) -> None:
    file = tmp_path / "a.dcm"
    file.write_bytes(
        captured_file(_clip(n_frames), kind, CONTEXT, patient=PATIENT, study=STUDY, compression=compression)
    )
    assert validator_errors(file) == []
    dataset = pydicom.dcmread(file)
    assert (dataset.Modality, dataset.PatientID, dataset.AccessionNumber) == (KINDS[kind].modality, "P-1", "ACC-1")
    assert dataset.BurnedInAnnotation == "YES"
    if n_frames > 1:
        assert (dataset.NumberOfFrames, float(dataset.FrameTime)) == (4, 50.0)


@pytest.mark.parametrize("compression", TRANSFER_SYNTAXES)
def test_pictures_come_back(compression: str) -> None:
    clip = _clip(3)
    file = captured_file(clip, "ultrasound", CONTEXT, compression=compression, quality=95)
    native = pydicom.dcmread(pydicom.filebase.DicomBytesIO(transcode(file, TRANSFER_SYNTAXES["none"])))
    frames = native.pixel_array
    most = 24 if compression == "jpeg" else 0
    assert np.abs(frames.astype(int) - clip.frames.astype(int)).max() <= most
    dataset = pydicom.dcmread(pydicom.filebase.DicomBytesIO(file))
    assert dataset.LossyImageCompression == ("01" if compression == "jpeg" else "00")


def test_an_ultrasound_region_has_the_measured_size() -> None:
    dataset = pydicom.dcmread(pydicom.filebase.DicomBytesIO(captured_file(_clip(2), "ultrasound", CONTEXT)))
    (region,) = dataset.SequenceOfUltrasoundRegions
    assert (region.PhysicalDeltaX, region.PhysicalDeltaY) == pytest.approx((0.03, 0.02))
    assert (region.RegionLocationMaxX1, region.RegionLocationMaxY1) == (55, 39)


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(OptionError, match="kind"):
        captured_file(_clip(1), "dowsing", CONTEXT)
    with pytest.raises(OptionError, match="compression"):
        captured_file(_clip(1), "ultrasound", CONTEXT, compression="zip")
