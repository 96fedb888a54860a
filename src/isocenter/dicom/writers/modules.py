"""The modules that every image object shares: patient, study, series, equipment, frame of reference, pixels.

Source: DICOM PS3.3 sec. C.7.1 to C.7.6, C.12.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian
from pydicom.valuerep import DSfloat

from isocenter.core.arrays import Array
from isocenter.core.image import Image
from isocenter.core.provenance import Provenance
from isocenter.dicom.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, new_uid
from isocenter.dicom.writers.quantise import Quantised

MANUFACTURER = "Isocenter"
RAW_DATA = "raw data"


@dataclass(frozen=True)
class SeriesContext:
    """What all objects of one written series share."""

    written_at: datetime
    study_uid: str
    series_uid: str
    frame_of_reference_uid: str
    series_description: str
    series_number: int
    study_id: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)

    def sop_instance_uid(self) -> str:
        """Return a new UID for one object of the series."""
        return new_uid()


def decimal(value: float) -> DSfloat:
    """Return a decimal string value of at most 16 characters."""
    return DSfloat(float(value), auto_format=True)


def decimals(values: Any) -> list[DSfloat]:
    """Return several decimal string values."""
    return [decimal(value) for value in values]


def new_object(sop_class_uid: str, context: SeriesContext) -> Dataset:
    """Return a data set with its file meta information and the SOP Common module."""
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = sop_class_uid
    dataset.SOPInstanceUID = context.sop_instance_uid()
    dataset.InstanceCreationDate, dataset.InstanceCreationTime = _date_time(context.written_at)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(sop_class_uid)
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    dataset.file_meta = meta
    return dataset


def add_patient_and_study(dataset: Dataset, image: Image, context: SeriesContext) -> None:
    """Add the Patient and General Study modules; what is unknown stays empty (type 2)."""
    patient, study = image.patient, image.study
    dataset.PatientName = patient.name if patient else ""
    dataset.PatientID = patient.patient_id if patient else ""
    dataset.PatientBirthDate = f"{patient.birth_date:%Y%m%d}" if patient and patient.birth_date else ""
    dataset.PatientSex = patient.sex if patient else ""
    dataset.StudyInstanceUID = context.study_uid
    dataset.StudyDate, dataset.StudyTime = _study_start(image, context)
    dataset.ReferringPhysicianName = study.referring_physician if study else ""
    dataset.StudyID = context.study_id
    dataset.AccessionNumber = study.accession_number if study else ""
    if study and study.description:
        dataset.StudyDescription = study.description[:64]


def _study_start(image: Image, context: SeriesContext) -> tuple[str, str]:
    """Return when the study began; empty for an existing study that does not say, as its series must agree."""
    started_at = image.study.started_at if image.study else None
    if started_at is None and image.study is not None and image.study.study_uid is not None:
        return "", ""
    return _date_time(started_at or image.acquired_at or context.written_at)


def add_series(dataset: Dataset, image: Image, context: SeriesContext, modality: str) -> None:
    """Add the General Series and Frame of Reference modules."""
    dataset.Modality = modality
    dataset.SeriesInstanceUID = context.series_uid
    dataset.SeriesNumber = context.series_number
    dataset.SeriesDate, dataset.SeriesTime = _date_time(image.acquired_at or context.written_at)
    if context.series_description:
        dataset.SeriesDescription = context.series_description[:64]
    dataset.FrameOfReferenceUID = context.frame_of_reference_uid
    dataset.PositionReferenceIndicator = ""
    dataset.PatientPosition = ""


def add_equipment(dataset: Dataset, provenance: Provenance | None) -> None:
    """Add the General Equipment module: the software that made the image."""
    dataset.Manufacturer = MANUFACTURER
    dataset.ManufacturerModelName = "isocenter"
    dataset.SoftwareVersions = _versions(provenance)


def _versions(provenance: Provenance | None) -> str:
    known = provenance or Provenance(method="")
    return f"{known.software} {known.version}"[:64]


def add_provenance(dataset: Dataset, image: Image, context: SeriesContext) -> None:
    """Say how the image came to be: a description, and the processing equipment that contributed.

    Source: PS3.3 sec. C.7.6.1 (Derivation Description), C.12.1 (Contributing Equipment Sequence).
    """
    provenance = image.provenance
    if provenance is None:
        return
    item = Dataset()
    item.PurposeOfReferenceCodeSequence = code("109102", "DCM", "Processing Equipment")
    item.Manufacturer = MANUFACTURER
    item.ManufacturerModelName = provenance.software[:64]
    item.SoftwareVersions = _versions(provenance)
    item.ContributionDateTime = f"{context.written_at:%Y%m%d%H%M%S}"
    item.ContributionDescription = describe(provenance, 1024)
    dataset.ContributingEquipmentSequence = Sequence([item])
    dataset.DerivationDescription = describe(provenance, 1024)


def describe(provenance: Provenance, limit: int) -> str:
    """Return method, parameters, software and sources with their whole SHA-256, in at most `limit` characters."""
    settings = ", ".join(f"{name}={value}" for name, value in provenance.parameters.items())
    sources = "; ".join(f"{source.role} {source.name} sha256:{source.sha256}" for source in provenance.sources)
    text = f"{provenance.method}({settings}) by {provenance.software} {provenance.version}"
    if sources:
        text = f"{text} from {sources}"
    return text.replace("\\", "/")[:limit]


def is_original(image: Image) -> bool:
    """Return whether the pixels were made from raw data alone (PS3.3 sec. C.7.6.1.1.2: ORIGINAL)."""
    provenance = image.provenance
    return provenance is not None and all(source.role == RAW_DATA for source in provenance.sources)


def add_image(dataset: Dataset, image: Image, context: SeriesContext, number: int) -> None:
    """Add number, dates and acquisition time of the General Image module."""
    dataset.InstanceNumber = number
    dataset.ContentDate, dataset.ContentTime = _date_time(context.written_at)
    if image.acquired_at is not None:
        dataset.AcquisitionDate, dataset.AcquisitionTime = _date_time(image.acquired_at)


def add_pixels(dataset: Dataset, stored: Array) -> None:
    """Add the Image Pixel module of unsigned 16 bit monochrome samples."""
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape[-2:]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 0
    data = np.ascontiguousarray(stored, dtype="<u2").tobytes()
    dataset.add_new(0x7FE00010, "OW", data)


def add_window(dataset: Dataset, window: tuple[float, float]) -> None:
    """Add window centre and width (PS3.3 sec. C.11.2.1.2)."""
    dataset.WindowCenter, dataset.WindowWidth = decimal(window[0]), decimal(window[1])
    if window[1] < 1:
        dataset.VOILUTFunction = "LINEAR_EXACT"  # LINEAR takes one from the width, PS3.3 sec. C.11.2.1.2.1


def real_world_value(image: Image, quantised: Quantised) -> Sequence:
    """Return the mapping from stored values to the image's unit (PS3.3 sec. C.7.6.16.2.11)."""
    item = Dataset()
    item.RealWorldValueIntercept, item.RealWorldValueSlope = quantised.intercept, quantised.slope
    for tag, value in ((0x00409216, quantised.stored.min()), (0x00409211, quantised.stored.max())):
        item.add_new(tag, "US", int(value))
    item.LUTExplanation = image.quantity[:64]
    item.LUTLabel = image.unit_symbol().symbol[:16] or "value"
    item.MeasurementUnitsCodeSequence = code(image.unit, "UCUM", image.unit_symbol().meaning)
    return Sequence([item])


def code(value: str, scheme: str, meaning: str) -> Sequence:
    """Return a code sequence of one item (PS3.3 sec. 8.8)."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Sequence([item])


def request_attributes(step_id: str, procedure_id: str) -> Sequence:
    """Return the Request Attributes Sequence of one scheduled step (PS3.3 sec. 10.6)."""
    item = Dataset()
    if procedure_id:
        item.RequestedProcedureID = procedure_id
    if step_id:
        item.ScheduledProcedureStepID = step_id
    return Sequence([item])


def add_attributes(dataset: Dataset, attributes: dict[str, Any]) -> None:
    """Add further attributes by keyword, for example the echo time of the scan."""
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)


def _date_time(moment: datetime) -> tuple[str, str]:
    return f"{moment:%Y%m%d}", f"{moment:%H%M%S.%f}"
