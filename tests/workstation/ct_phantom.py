"""A small CT series with known values and oblong pixels, and a PET series with known uptake, to measure on."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, PositronEmissionTomographyImageStorage, generate_uid

STUDY, SERIES, FRAME_OF_REFERENCE = "1.2.826.0.1.4711.1", "1.2.826.0.1.4711.1.1", "1.2.826.0.1.4711.9"
ROWS, COLUMNS = 96, 128
ROW_SPACING_MM, COLUMN_SPACING_MM, SLICE_DISTANCE_MM = 1.25, 0.75, 3.0
BACKGROUND_HU, SQUARE_HU, MARK_HU = -100, 60, 150

PET_SERIES = f"{STUDY}.2"
HOT_SUV, WARM_SUV = 5.0, 1.0
WEIGHT_KG, DOSE_BQ = 70, 350e6


def instance_uid(slice_number: int) -> str:
    """Return the UID of a slice, counted from 1."""
    return f"{SERIES}.{slice_number}"


def ct_files(n_slices: int = 3, *, study: str = STUDY) -> list[bytes]:
    """Return one file for each slice: a square in the middle, and a mark in the upper left corner."""
    return [_file(_slice(number, study)) for number in range(1, n_slices + 1)]


def pet_files(n_slices: int = 9) -> list[bytes]:
    """Return slices with a cube of 20 mm of `HOT_SUV` in the middle of `WARM_SUV`; no decay until the scan."""
    return [_file(_pet_slice(number, n_slices)) for number in range(1, n_slices + 1)]


def _pet_slice(number: int, n_slices: int) -> Dataset:
    dataset = _slice(number, STUDY)
    dataset.SOPClassUID = PositronEmissionTomographyImageStorage
    dataset.SOPInstanceUID, dataset.SeriesInstanceUID = f"{PET_SERIES}.{number}", PET_SERIES
    dataset.Modality, dataset.SeriesNumber, dataset.SeriesDescription = "PT", 3, "Cube"
    dataset.SeriesDate, dataset.SeriesTime = "20260102", "110000"
    dataset.AcquisitionDate, dataset.AcquisitionTime = "20260102", "110000"
    dataset.PatientWeight, dataset.Units, dataset.DecayCorrection = WEIGHT_KG, "BQML", "START"
    dataset.CorrectedImage, dataset.SeriesType = ["ATTN", "DECY"], ["STATIC", "IMAGE"]
    dataset.FrameReferenceTime, dataset.ActualFrameDuration = 0, 60000
    tracer = Dataset()
    tracer.RadionuclideTotalDose, tracer.RadionuclideHalfLife = DOSE_BQ, 6586.2
    tracer.RadiopharmaceuticalStartTime = "110000"
    tracer.RadiopharmaceuticalStartDateTime = "20260102110000"
    dataset.RadiopharmaceuticalInformationSequence = Sequence([tracer])
    dataset.Rows = dataset.Columns = 33
    dataset.PixelSpacing, dataset.SliceThickness = [4, 4], 4
    dataset.ImagePositionPatient = [-64, -64, 4 * number]
    bq_ml_of_one_suv = DOSE_BQ / (WEIGHT_KG * 1000)
    dataset.RescaleIntercept, dataset.RescaleSlope = 0, bq_ml_of_one_suv / 1000
    del dataset.RescaleType
    dataset.PixelRepresentation = 0
    dataset.WindowCenter, dataset.WindowWidth = 2.5 * bq_ml_of_one_suv, 5 * bq_ml_of_one_suv
    values = np.full((33, 33), WARM_SUV * 1000)
    if abs(number - (n_slices + 1) / 2) <= 2:
        values[14:19, 14:19] = HOT_SUV * 1000
    dataset.PixelData = values.astype("<u2").tobytes()
    return dataset


def _slice(number: int, study: str) -> Dataset:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, instance_uid(number)
    dataset.StudyDate, dataset.StudyTime, dataset.AccessionNumber, dataset.StudyID = "20260102", "101112", "A1", "1"
    dataset.ContentDate, dataset.ContentTime = "20260102", "101113"
    dataset.Modality, dataset.Manufacturer, dataset.ReferringPhysicianName = "CT", "Phantoms", ""
    dataset.SeriesDescription = "Square"
    dataset.PatientName, dataset.PatientID = "Phantom^Square", "P4711"
    dataset.PatientBirthDate, dataset.PatientSex = "19700102", "O"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, SERIES
    dataset.SeriesNumber, dataset.InstanceNumber, dataset.AcquisitionNumber = 2, number, 1
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.FrameOfReferenceUID, dataset.PositionReferenceIndicator = FRAME_OF_REFERENCE, ""
    dataset.PatientPosition, dataset.KVP, dataset.SliceThickness = "HFS", 120, SLICE_DISTANCE_MM
    dataset.ImagePositionPatient = [-48, -60, SLICE_DISTANCE_MM * number]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing = [ROW_SPACING_MM, COLUMN_SPACING_MM]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = ROWS, COLUMNS
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 1
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = -1000, 1, "HU"
    dataset.WindowCenter, dataset.WindowWidth = 0, 400
    values = np.full((ROWS, COLUMNS), BACKGROUND_HU, dtype=np.int16)
    values[24:72, 32:96] = SQUARE_HU
    values[6:18, 8:28] = MARK_HU
    dataset.PixelData = (values + 1000).astype("<i2").tobytes()
    return dataset


def _file(dataset: Dataset) -> bytes:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.ImplementationClassUID = generate_uid(entropy_srcs=["ct phantom"])
    stream = BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()
