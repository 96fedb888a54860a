"""Where a plane lies, for objects that say it in their own way."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from isocenter.core.errors import DataError
from isocenter.dicom.planes import planes_of
from isocenter.dicom.series import read_image


def write(file: Path, frames: np.ndarray, **attributes: Any) -> Path:
    """Write 16 bit frames with attributes by keyword."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.SeriesInstanceUID = "1.2", "1.3", "1.4"
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = frames.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    dataset.add_new(0x7FE00010, "OW", frames.astype("<u2").tobytes())
    dataset.save_as(file, enforce_file_format=True)
    return file


def item(**attributes: Any) -> Dataset:
    """Return one sequence item."""
    made = Dataset()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


FRAMES = np.arange(3 * 4 * 5).reshape(3, 4, 5)


def test_a_nuclear_tomogram_goes_on_from_its_first_slice(tmp_path: Path) -> None:
    detector = item(ImagePositionPatient=[1, 2, 30], ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    file = write(
        tmp_path / "spect.dcm", FRAMES, Modality="NM", ImageType=["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"],
        PixelSpacing=[4.0, 4.5], SpacingBetweenSlices=-4.0, DetectorInformationSequence=[detector],
    )  # fmt: skip
    assert [plane.position_mm[2] for plane in planes_of(file) if plane.position_mm is not None] == [30, 26, 22]
    image = read_image(file)
    assert image.grid.affine[:3, 3] == pytest.approx([1, 2, 22])
    assert image.grid.spacing_mm == pytest.approx((4.0, 4.0, 4.5))
    assert np.array_equal(image.values, FRAMES[::-1])


def test_one_calibrated_ultrasound_region_gives_the_spacing(tmp_path: Path) -> None:
    region = item(PhysicalUnitsXDirection=3, PhysicalUnitsYDirection=3, PhysicalDeltaX=0.02, PhysicalDeltaY=0.03)
    file = write(tmp_path / "us.dcm", FRAMES, Modality="US", SequenceOfUltrasoundRegions=[region])
    image = read_image(file)
    assert image.grid.spacing_mm == pytest.approx((0.3, 0.2))  # cm to mm
    assert image.axes == ("frame",)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("ImageOrientationPatient", [1, 0, 0, 1, 0, 0]),
        ("ImageOrientationPatient", [0, 0, 0, 0, 0, 0]),
        ("ImageOrientationPatient", [1, 0, 0]),
        ("ImagePositionPatient", [1, 2]),
        ("PixelSpacing", [0, 1]),
        ("PixelSpacing", [-1, -1]),
    ],
)
def test_impossible_geometry_is_refused(tmp_path: Path, keyword: str, value: list[float]) -> None:
    attributes: dict[str, Any] = {
        "ImagePositionPatient": [0, 0, 0], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "PixelSpacing": [1, 1],
    }  # fmt: skip
    with pytest.raises(DataError, match=r"odd\.dcm.*" + keyword):
        list(planes_of(write(tmp_path / "odd.dcm", FRAMES[:1], **attributes | {keyword: value})))
