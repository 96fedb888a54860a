"""Captured clips as DICOM: ultrasound with calibrated regions, endoscopy and photography in visible light.

Source: DICOM PS3.3 sec. A.7 (US Multi-frame), A.32.1 and A.32.4 (VL Endoscopic, VL Photographic), A.32.5 and A.32.7
(Video Endoscopic, Video Photographic), C.8.5.5 (US Region Calibration), C.8.12.1 (VL Image).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import UID

from isocenter.core.clip import Clip
from isocenter.core.errors import OptionError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.patient import Patient, Study
from isocenter.core.provenance import Provenance
from isocenter.dicom.transcoding import transcode
from isocenter.dicom.writers import modules
from isocenter.dicom.writers.modules import SeriesContext, decimal, decimals

_FRAME_TIME = 0x00181063


@dataclass(frozen=True)
class Kind:
    """A kind of captured object: its name, modality, and classes of stills and of clips."""

    title: str
    modality: str
    still_uid: str
    clip_uid: str


KINDS: Mapping[str, Kind] = {
    "ultrasound": Kind("ultrasound", "US", "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.3.1"),
    "endoscopy": Kind("endoscopy", "ES", "1.2.840.10008.5.1.4.1.1.77.1.1", "1.2.840.10008.5.1.4.1.1.77.1.1.1"),
    "photography": Kind("photography", "XC", "1.2.840.10008.5.1.4.1.1.77.1.4", "1.2.840.10008.5.1.4.1.1.77.1.4.1"),
}
TRANSFER_SYNTAXES: Mapping[str, str] = {
    "jpeg": "1.2.840.10008.1.2.4.50",
    "jpeg-ls": "1.2.840.10008.1.2.4.80",
    "htj2k": "1.2.840.10008.1.2.4.201",
    "none": "1.2.840.10008.1.2.1",
}


def captured_file(
    clip: Clip,
    kind: str,
    context: SeriesContext,
    *,
    patient: Patient | None = None,
    study: Study | None = None,
    compression: str = "jpeg",
    quality: int = 90,
) -> bytes:
    """Return a DICOM file of a clip, or of a still if it has one picture.

    Parameters
    ----------
    kind
        A name in `KINDS`.
    compression, quality
        A name in `TRANSFER_SYNTAXES`; "jpeg" loses something, the less the higher the quality from 1 to 100.

    Raises
    ------
    OptionError
        If the kind or compression is not known.
    """
    for field, name, known in (("kind", kind, KINDS), ("compression", compression, TRANSFER_SYNTAXES)):
        if name not in known:
            raise OptionError(f"This {field} is not known.", field=field, found=name, expected=", ".join(known))
    if not 1 <= quality <= 100:
        raise OptionError("This quality is impossible.", field="quality", found=quality, expected="1 to 100")
    dataset = _dataset(clip, KINDS[kind], context, patient, study)
    if compression == "jpeg":
        _compress(dataset, clip, quality)
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue() if compression == "jpeg" else transcode(stream.getvalue(), TRANSFER_SYNTAXES[compression])


def _compress(dataset: Dataset, clip: Clip, quality: int) -> None:
    """Put JPEG with half the colours across in the place of samples (PS3.3 sec. C.8.12.1.1.3 allows no other)."""
    frames = [bytes(imagecodecs.jpeg8_encode(frame, level=quality, subsampling="422")) for frame in clip.frames]
    dataset.PhotometricInterpretation = "YBR_FULL_422"
    dataset.LossyImageCompression = "01"
    dataset.LossyImageCompressionRatio = decimal(round(clip.frames.nbytes / sum(map(len, frames)), 2))
    dataset.LossyImageCompressionMethod = "ISO_10918_1"
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = UID(TRANSFER_SYNTAXES["jpeg"])


def _dataset(clip: Clip, kind: Kind, context: SeriesContext, patient: Patient | None, study: Study | None) -> Dataset:
    is_still = len(clip.frames) == 1
    # The modules of patient, study and series are those of any image.
    stands_for = Image(
        np.zeros((1, 1)),
        Grid((1, 1), (1.0, 1.0)),
        f"captured {kind.title}",
        "1",
        acquired_at=clip.started_at,
        provenance=Provenance("captured", {}, clip.sources),
        patient=patient,
        study=study,
    )
    dataset = modules.new_object(kind.still_uid if is_still else kind.clip_uid, context)
    modules.add_patient_and_study(dataset, stands_for, context)
    modules.add_series(dataset, stands_for, context, kind.modality)
    for keyword in ("FrameOfReferenceUID", "PositionReferenceIndicator", "PatientPosition"):
        dataset.pop(keyword, None)  # a camera knows no place in the patient
    modules.add_equipment(dataset, stands_for.provenance)
    modules.add_image(dataset, stands_for, context, 1)
    dataset.PatientOrientation = ""
    dataset.ImageType = ["ORIGINAL", "PRIMARY"] + ([""] if kind.modality == "US" else [])
    if kind.modality == "US":
        dataset.Laterality, dataset.UltrasoundColorDataPresent = "", 1
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "", "0001"]
    else:
        dataset.AcquisitionContextSequence = Sequence([])
        dataset.AnatomicRegionSequence = modules.code("38266002", "SCT", "Entire body")
    dataset.BurnedInAnnotation = "YES"  # nobody has looked: a person says otherwise
    dataset.LossyImageCompression = "00"
    _add_pixels(dataset, clip)
    if not is_still:
        dataset.NumberOfFrames = len(clip.frames)
        dataset.FrameIncrementPointer = _FRAME_TIME
        dataset.FrameTime = decimal(1000.0 / clip.rate_hz)
        dataset.CineRate = max(1, round(clip.rate_hz))
    if clip.spacing_mm is not None:
        dataset.PixelSpacing = decimals(clip.spacing_mm)
        if kind.modality == "US":
            dataset.SequenceOfUltrasoundRegions = Sequence([_region(clip, clip.spacing_mm)])
    modules.add_attributes(dataset, context.attributes)
    return dataset


def _add_pixels(dataset: Dataset, clip: Clip) -> None:
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PlanarConfiguration = 3, "RGB", 0
    dataset.Rows, dataset.Columns = clip.frames.shape[1:3]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    data = np.ascontiguousarray(clip.frames).tobytes()
    dataset.add_new(0x7FE00010, "OB", data + b"\0" * (len(data) % 2))


def _region(clip: Clip, spacing_mm: tuple[float, float]) -> Dataset:
    """Return the calibration of the whole picture as tissue in two dimensions."""
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = 1, 1, 2
    item.RegionLocationMinX0, item.RegionLocationMinY0 = 0, 0
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = clip.frames.shape[2] - 1, clip.frames.shape[1] - 1
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = 3
    item.PhysicalDeltaX, item.PhysicalDeltaY = spacing_mm[1] / 10, spacing_mm[0] / 10
    return item
