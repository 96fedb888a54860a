"""UCUM units as images carry them, with the meaning shown to people and the way people write them.

Source: The Unified Code for Units of Measure, 2.1; DICOM PS3.16 CID 7181 to 7183 and 82 (units of measurement).
"""

from __future__ import annotations

from dataclasses import dataclass

from isocenter.core.errors import UnitError


@dataclass(frozen=True)
class Unit:
    """A UCUM code, its meaning in words and its symbol on a screen."""

    code: str
    meaning: str
    symbol: str


_UNITS = (
    Unit("1", "no units", ""),
    Unit("%", "percent", "%"),
    Unit("[ppm]", "parts per million", "ppm"),
    Unit("/mm", "per millimeter", "1/mm"),
    Unit("/cm", "per centimeter", "1/cm"),
    Unit("[hnsf'U]", "Hounsfield unit", "HU"),
    Unit("mm", "millimeter", "mm"),
    Unit("um", "micrometer", "µm"),
    Unit("s", "second", "s"),
    Unit("ms", "millisecond", "ms"),
    Unit("/s", "per second", "1/s"),
    Unit("mm2/s", "square millimeter per second", "mm²/s"),
    Unit("um2/s", "square micrometer per second", "µm²/s"),
    Unit("Hz", "hertz", "Hz"),
    Unit("keV", "kilo electron volt", "keV"),
    Unit("kV", "kilovolt", "kV"),
    Unit("g/cm3", "gram per cubic centimeter", "g/cm³"),
    Unit("kg/m3", "kilogram per cubic meter", "kg/m³"),
    Unit("10*23/mL", "electrons times 10 to the 23rd per milliliter", "10²³/mL"),
    Unit("mg/mL", "milligram per milliliter", "mg/mL"),
    Unit("Bq/mL", "becquerel per milliliter", "Bq/mL"),
    Unit("{counts}", "counts", "counts"),
    Unit("{counts}/s", "counts per second", "counts/s"),
    Unit("g/ml{SUVbw}", "standardized uptake value body weight", "SUVbw"),
    Unit("kPa", "kilopascal", "kPa"),
    Unit("m/s", "meter per second", "m/s"),
    Unit("cm/s", "centimeter per second", "cm/s"),
    Unit("dB", "decibel", "dB"),
    Unit("dB/(cm.MHz)", "decibel per centimeter and megahertz", "dB/(cm·MHz)"),
    Unit("S/m", "siemens per meter", "S/m"),
    Unit("T", "tesla", "T"),
    Unit("rad", "radian", "rad"),
    Unit("deg", "degree of plane angle", "°"),
    Unit("Cel", "degree Celsius", "°C"),
    Unit("K", "kelvin", "K"),
    Unit("Gy", "gray", "Gy"),
    Unit("mGy", "milligray", "mGy"),
    Unit("mSv", "millisievert", "mSv"),
)
UNITS: dict[str, Unit] = {unit.code: unit for unit in _UNITS}


def unit_of(code: str) -> Unit:
    """Return the unit of a UCUM `code`; raises `UnitError` for one that is not in the table."""
    try:
        return UNITS[code]
    except KeyError:
        raise UnitError(
            "This unit is not known.", field="unit", found=code, expected="a UCUM code such as " + ", ".join(UNITS)
        ) from None


def symbol_of(code: str) -> str:
    """Return how people write a unit; a code that is not in the table stays as it is."""
    return UNITS[code].symbol if code in UNITS else code
