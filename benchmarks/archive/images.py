"""What is sent: CT slices with a header like a scanner's and a large multi-frame, all of noise."""

from __future__ import annotations

import numpy as np

from isocenter.dicom.identifier import encode_identifier

CT, MULTI_FRAME = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.7.3"
EXPLICIT = "1.2.840.10008.1.2.1"
SLICES_PER_SERIES = 75


def slices(n_slices: int, first: int) -> list[tuple[str, bytes]]:
    """Return UID and data set of CT slices of 0.53 MB; every 75 are a series, every 150 a study of one patient."""
    noise = np.random.default_rng(first).integers(0, 4000, (16, 512 * 512), dtype=np.uint16)
    made = []
    for number in range(first, first + n_slices):
        study, series = number // (2 * SLICES_PER_SERIES), number // SLICES_PER_SERIES
        uid = f"1.2.826.0.1.3680043.10.1.{1_000_000 + number}"
        made.append((uid, _header(uid, study, series, number) + _pixels(noise[number % 16].tobytes())))
    return made


def small(number: int) -> tuple[str, bytes]:
    """Return UID and data set of an instance of 2 kB in a study of its own."""
    uid = f"1.2.826.0.1.3680043.10.5.{1_000_000 + number}"
    return uid, _header(uid, 100_000 + number, 100_000 + number, 1) + _pixels(bytes(512))


def multi_frame(number: int, n_frames: int) -> tuple[str, bytes]:
    """Return UID and data set of one object of `n_frames` frames of 0.52 MB."""
    uid = f"1.2.826.0.1.3680043.10.2.{1_000_000 + number}"
    frame = np.random.default_rng(number).integers(0, 4000, 512 * 512, dtype=np.uint16).tobytes()
    header = _header(uid, 900_000 + number, 900_000 + number, 1, class_uid=MULTI_FRAME, n_frames=n_frames)
    return uid, header + _pixels(frame * n_frames)


def study_uid(study: int) -> str:
    """Return the Study Instance UID of a study."""
    return f"1.2.826.0.1.3680043.10.3.{1_000_000 + study}"


def series_uid(series: int) -> str:
    """Return the Series Instance UID of a series."""
    return f"1.2.826.0.1.3680043.10.4.{1_000_000 + series}"


def _header(uid: str, study: int, series: int, number: int, *, class_uid: str = CT, n_frames: int = 0) -> bytes:
    values: dict[str, object] = {
        "SOPClassUID": class_uid,
        "SOPInstanceUID": uid,
        "StudyInstanceUID": study_uid(study),
        "SeriesInstanceUID": series_uid(series),
        "PatientID": f"P{study:06d}",
        "PatientName": f"Doe{study:06d}^Jane",
        "PatientBirthDate": "19700101",
        "PatientSex": "F",
        "StudyDate": f"2024{study % 12 + 1:02d}{study % 28 + 1:02d}",
        "StudyTime": "101500",
        "SeriesDate": "20240101",
        "SeriesTime": "101600",
        "ContentDate": "20240101",
        "ContentTime": "101700",
        "AccessionNumber": f"A{study:06d}",
        "StudyID": str(study),
        "StudyDescription": "Abdomen",
        "SeriesDescription": "axial",
        "Modality": "CT" if class_uid == CT else "OT",
        "SeriesNumber": series,
        "InstanceNumber": number,
        "Rows": 512,
        "Columns": 512,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
        "RescaleIntercept": "-1024",
        "RescaleSlope": "1",
        "WindowCenter": "40",
        "WindowWidth": "400",
        "ImagePositionPatient": f"-250\\-250\\{number}",
        "ImageOrientationPatient": "1\\0\\0\\0\\1\\0",
        "PixelSpacing": "0.7\\0.7",
        "SliceThickness": "1",
        **dict.fromkeys(_MORE.split(), "1"),
    }
    if n_frames:
        values["NumberOfFrames"] = n_frames
    return encode_identifier(values, EXPLICIT)


_MORE = (
    "KVP DataCollectionDiameter ReconstructionDiameter DistanceSourceToDetector DistanceSourceToPatient "
    "GantryDetectorTilt "
    "TableHeight ExposureTime XRayTubeCurrent Exposure GeneratorPower FocalSpots SpiralPitchFactor AcquisitionNumber "
    "SliceLocation ImagesInAcquisition PatientWeight PatientSize SoftwareVersions DeviceSerialNumber StationName "
    "InstitutionName Manufacturer ManufacturerModelName ProtocolName BodyPartExamined ConvolutionKernel FilterType "
    "RotationDirection PatientAge AdditionalPatientHistory ImageComments RequestedProcedureDescription "
    "PerformedProcedureStepDescription PerformedProcedureStepID OperatorsName PerformingPhysicianName "
    "ReferringPhysicianName PhysiciansOfRecord NameOfPhysiciansReadingStudy InstitutionalDepartmentName "
    "InstitutionAddress AcquisitionDuration SingleCollimationWidth TotalCollimationWidth TableSpeed "
    "TableFeedPerRotation EstimatedDoseSaving CTDIvol"
)


def _pixels(content: bytes) -> bytes:
    return b"\xe0\x7f\x10\x00OW\x00\x00" + len(content).to_bytes(4, "little") + content
