"""A CT series of which every slice says its number in pixels: a ring and sixteen squares that survive any window."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from isocenter.dicom.identifier import encode_identifier

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
SIZE_PX = 512
PATIENT_ID = "BENCH-CT"
STUDY_UID = "1.2.826.0.1.3680043.10.6.1"
SERIES_UID = "1.2.826.0.1.3680043.10.6.2"

RING_PX = (112, 128)
SQUARES_PX = (-90, -40, 40, 90)
HALF_SQUARE_PX = 15
AIR_HU, TISSUE_HU, BRIGHT_HU = -1000, 40, 1000
_INTERCEPT_HU = -1024


def series(n_slices: int) -> list[tuple[str, bytes]]:
    """Return UID and data set of every slice, from the head (number 0) to the feet, a millimetre apart."""
    noise_hu = np.random.default_rng(7).normal(0, 20, (16, SIZE_PX, SIZE_PX))
    made = []
    for number in range(n_slices):
        uid = f"{SERIES_UID}.{number + 1}"
        made.append((uid, _header(uid, number) + _pixels(slice_hu(number, noise_hu[number % 16]))))
    return made


def slice_hu(number: int, noise_hu: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the pixels (y, x) of a slice: a body of noise, and within it a ring around the bits of `number`."""
    y, x = np.indices((SIZE_PX, SIZE_PX)) - (SIZE_PX - 1) / 2
    image = np.where(np.hypot(x, y) < 240, TISSUE_HU + noise_hu, AIR_HU)
    square = np.maximum(np.abs(x), np.abs(y))
    image[square < RING_PX[1]] = BRIGHT_HU
    image[square < RING_PX[0]] = AIR_HU
    for index, bit in enumerate(bits(number)):
        row, column = divmod(index, len(SQUARES_PX))
        inside = np.maximum(np.abs(x - SQUARES_PX[column]), np.abs(y - SQUARES_PX[row])) < HALF_SQUARE_PX
        image[inside] = BRIGHT_HU if bit else AIR_HU
    return image


def bits(number: int) -> list[bool]:
    """Return ten bits of the number and six that check them, as `probe.js` reads them."""
    word = (number << 6) | ((37 * number + 11) % 64)
    return [bool(word >> shift & 1) for shift in range(15, -1, -1)]


def _header(uid: str, number: int) -> bytes:
    values: dict[str, object] = {
        "SOPClassUID": CT,
        "SOPInstanceUID": uid,
        "StudyInstanceUID": STUDY_UID,
        "SeriesInstanceUID": SERIES_UID,
        "FrameOfReferenceUID": f"{STUDY_UID}.1",
        "PatientID": PATIENT_ID,
        "PatientName": "Bench^Ct",
        "PatientBirthDate": "19700101",
        "PatientSex": "F",
        "StudyDate": "20250101",
        "StudyTime": "101500",
        "SeriesDate": "20250101",
        "SeriesTime": "101600",
        "AccessionNumber": "BENCH",
        "StudyID": "1",
        "StudyDescription": "Thorax and abdomen",
        "SeriesDescription": "axial 1 mm",
        "Modality": "CT",
        "Manufacturer": "Isocenter",
        "SeriesNumber": 1,
        "InstanceNumber": number + 1,
        "Rows": SIZE_PX,
        "Columns": SIZE_PX,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
        "RescaleIntercept": str(_INTERCEPT_HU),
        "RescaleSlope": "1",
        "WindowCenter": "40",
        "WindowWidth": "400",
        "ImagePositionPatient": f"-178.85\\-178.85\\{-number}",
        "ImageOrientationPatient": "1\\0\\0\\0\\1\\0",
        "PixelSpacing": "0.7\\0.7",
        "SliceThickness": "1",
    }
    return encode_identifier(values, EXPLICIT)


def _pixels(image_hu: npt.NDArray[np.float64]) -> bytes:
    stored = np.clip(np.rint(image_hu) - _INTERCEPT_HU, 0, 4095).astype("<u2").tobytes()
    return b"\xe0\x7f\x10\x00OW\x00\x00" + len(stored).to_bytes(4, "little") + stored
