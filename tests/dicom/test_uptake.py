"""Standardised uptake from the header: by closed form after whole half-lives, and none where something is missing."""

from __future__ import annotations

import io

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from isocenter.dicom.header import scan_header
from isocenter.dicom.uptake import UPTAKE_TAGS, uptake_factor


def factor(injected: str = "101000", **changes: object) -> float | None:
    """Return the factor of a scan at noon of 70 kg with 350 MBq and a half-life of 55 minutes."""
    found, drug = Dataset(), Dataset()
    found.SOPClassUID, found.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.128", "1.2.3"
    found.Units, found.DecayCorrection, found.CorrectedImage, found.PatientWeight = (
        "BQML",
        "START",
        ["ATTN", "DECY"],
        70,
    )
    found.SeriesDate, found.SeriesTime = "20260101", "120000"
    found.AcquisitionDate, found.AcquisitionTime = "20260101", "120000"
    drug.RadionuclideTotalDose, drug.RadionuclideHalfLife, drug.RadiopharmaceuticalStartTime = 350e6, 3300, injected
    found.RadiopharmaceuticalInformationSequence = Sequence([drug])
    for keyword, value in changes.items():
        setattr(found, keyword, value)
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, found, enforce_file_format=True)
    return uptake_factor(scan_header(stream.getvalue(), UPTAKE_TAGS))


def test_after_two_half_lives_a_quarter_is_left() -> None:
    assert factor("101000") == pytest.approx(70_000 / (350e6 / 4))


def test_an_injection_before_midnight_belongs_to_the_day_before() -> None:
    assert factor("233000", SeriesTime="005200", AcquisitionTime="005200") == pytest.approx(
        70_000 / (350e6 * 2 ** (-4920 / 3300))
    )


def test_corrected_to_the_injection_nothing_decays() -> None:
    assert factor(DecayCorrection="ADMIN") == pytest.approx(70_000 / 350e6)


@pytest.mark.parametrize(
    "lack",
    [{"PatientWeight": None}, {"CorrectedImage": ["DECY"]}, {"Units": "CNTS"}, {"SeriesTime": "130000"}],
    ids=["weight", "attenuation", "units", "start of the scan"],
)
def test_without_what_it_needs_there_is_no_uptake(lack: dict[str, object]) -> None:
    assert factor(**lack) is None  # type: ignore[arg-type]
