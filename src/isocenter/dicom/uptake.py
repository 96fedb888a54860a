"""Standardised uptake by body weight from the header of a PET object.

SUVbw = activity concentration (Bq/mL) x body weight (g) / administered activity at the time that the image is
decay-corrected to (Bq), for tissue of 1 g/mL.

Source: QIBA SUV vendor-neutral pseudo-code (2012); DICOM PS3.3 sec. C.8.9.1 (PET Series), C.8.9.2 (PET Isotope).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.header import Header

UPTAKE_TAGS = tags_of(
    "Units",
    "SUVType",
    "CorrectedImage",
    "DecayCorrection",
    "PatientWeight",
    "RadiopharmaceuticalInformationSequence",
    "SeriesDate",
    "SeriesTime",
    "AcquisitionDate",
    "AcquisitionTime",
)


def uptake_factor(header: Header) -> float | None:
    """Return what one value in the object's unit is in SUVbw (g/mL), None where the header does not tell."""
    units = header.text(tag_of("Units"))
    if units == "GML":
        return 1.0 if header.text(tag_of("SUVType")) in ("", "BW") else None
    corrections = header.texts(tag_of("CorrectedImage"))
    weights_kg = header.numbers(tag_of("PatientWeight"))
    drugs = header.items(tag_of("RadiopharmaceuticalInformationSequence"))
    doses_bq = drugs[0].numbers(tag_of("RadionuclideTotalDose")) if drugs else ()
    if units != "BQML" or not {"ATTN", "DECY"} <= set(corrections):
        return None
    if not weights_kg or weights_kg[0] <= 0 or not doses_bq or doses_bq[0] <= 0:
        return None
    corrected_to = header.text(tag_of("DecayCorrection"))
    if corrected_to == "ADMIN":
        return weights_kg[0] * 1000 / doses_bq[0]
    half_lives_s = drugs[0].numbers(tag_of("RadionuclideHalfLife"))
    waited_s = _waited_s(header, drugs[0])
    if corrected_to != "START" or not half_lives_s or half_lives_s[0] <= 0 or waited_s is None:
        return None
    return float(weights_kg[0] * 1000 / (doses_bq[0] * 2 ** (-waited_s / half_lives_s[0])))


def _waited_s(header: Header, drug: Header) -> float | None:
    """Return the time from injection to the start of the scan.

    A series time later than an acquisition was set anew by processing: the start is then not known from one image.
    """
    scanned = _moment(header.text(tag_of("SeriesDate")) + header.text(tag_of("SeriesTime")))
    acquired = _moment(header.text(tag_of("AcquisitionDate")) + header.text(tag_of("AcquisitionTime")))
    if scanned is None or (acquired is not None and scanned > acquired):
        return None
    injected = _moment(drug.text(tag_of("RadiopharmaceuticalStartDateTime")))
    if injected is None:
        time = drug.text(tag_of("RadiopharmaceuticalStartTime"))
        injected = _moment(header.text(tag_of("SeriesDate")) + time) if time else None
        # Only a time is stated: given before midnight, scanned after it.
        if injected is not None and injected > scanned:
            injected -= timedelta(days=1)
    if injected is None or injected > scanned:
        return None
    return (scanned - injected).total_seconds()


def _moment(text: str) -> datetime | None:
    """Return ``YYYYMMDDHHMMSS.FFFFFF`` as a moment; without date or hour there is none. Time zones play no role."""
    digits, _, fraction = text.partition(".")
    digits = digits[:14]
    if len(digits) < 10 or not digits.isdigit():
        return None
    micro = int((fraction[:6] if fraction[:6].isdigit() else "0").ljust(6, "0"))
    try:
        return datetime.strptime(digits.ljust(14, "0"), "%Y%m%d%H%M%S").replace(microsecond=micro)
    except ValueError:
        return None
