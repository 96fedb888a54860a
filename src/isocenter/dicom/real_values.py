"""From stored samples to numbers in the unit that people read: HU, SUV, Gy, or what a real world value mapping says.

Source: DICOM PS3.3 sec. C.11.1.1.2 (Rescale Type), C.7.6.16.2.11 (Real World Value Mapping), C.8.8.3 (RT Dose).
"""

from __future__ import annotations

from typing import NamedTuple

from isocenter.core.units import UNITS
from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.lookup import rescale_of
from isocenter.dicom.planes import Plane
from isocenter.dicom.real_world_values import RealWorldValues, line_of, mapping_of
from isocenter.dicom.series import meaning_of
from isocenter.dicom.uptake import UPTAKE_TAGS, uptake_factor

REAL_VALUE_TAGS = UPTAKE_TAGS | tags_of("DoseGridScaling", "DoseUnits", "RescaleType", "Modality")
_RESCALE_UNITS = {"MGML": "mg/mL", "PCT": "%"}


class RealValues(NamedTuple):
    """``value = stored * slope + intercept``, what it is, its UCUM unit; `mapping` where that is no line."""

    slope: float
    intercept: float
    quantity: str
    unit: str
    mapping: RealWorldValues | None = None


def real_values_of(plane: Plane) -> RealValues:
    """Return how the samples of a plane become values; a unit is never made up."""
    mapping = mapping_of(plane)
    quantity, unit = meaning_of(plane)
    if mapping is not None:
        line = line_of(plane, mapping)
        return RealValues(*(line or (1.0, 0.0)), quantity, unit, mapping if line is None else None)
    header = plane.header
    modality = header.text(tag_of("Modality"))
    scalings = header.numbers(tag_of("DoseGridScaling"))
    if modality == "RTDOSE" and scalings:
        return RealValues(scalings[0], 0.0, "dose", "Gy" if header.text(tag_of("DoseUnits")) == "GY" else "1")
    slope, intercept = rescale_of(plane.attributes, plane.frame)
    factor = uptake_factor(header) if modality == "PT" else None
    if factor is not None:
        return RealValues(slope * factor, intercept * factor, "standardized uptake value", "g/ml{SUVbw}")
    if unit == "1":
        stated = plane.attributes.texts(plane.frame, tag_of("PixelValueTransformationSequence"), tag_of("RescaleType"))
        named = (stated or header.texts(tag_of("RescaleType")) or ("",))[0]
        code = _RESCALE_UNITS.get(named, named)
        unit = code if code in UNITS else "1"
    return RealValues(slope, intercept, quantity, unit)
