"""Dates, times and names the way people read them.

Source: DICOM PS3.5 sec. 6.2 (DA, DT, PN, TM), 6.2.1 (person name components).
"""

from __future__ import annotations

import re

_DATE = re.compile(r"(\d{4})[.-]?(\d{2})[.-]?(\d{2})")
_TIME = re.compile(r"(\d{2}):?(\d{2})?:?(\d{2})?(\.\d+)?")
_DATE_TIME = re.compile(r"(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\.\d+)?([+-]\d{4})?")


def date_text(value: str) -> str:
    """Return a date as 2026-11-21; what is no date comes back as it is."""
    found = _DATE.fullmatch(value.strip())
    return "-".join(found.groups()) if found else value


def time_text(value: str) -> str:
    """Return a time as 12:34:56.7; what is no time comes back as it is."""
    found = _TIME.fullmatch(value.strip())
    if not found:
        return value
    hours, minutes, seconds, fraction = found.groups()
    return ":".join(part for part in (hours, minutes or "00", seconds) if part) + (fraction or "")


def date_time_text(value: str) -> str:
    """Return a date and time as 2026-11-21 12:34:56 +01:00, as far as it is stated."""
    found = _DATE_TIME.fullmatch(value.strip())
    if not found:
        return value
    year, month, day, hours, minutes, seconds, fraction, zone = found.groups()
    days = "-".join(part for part in (year, month, day) if part)
    clock = ":".join(part for part in (hours, minutes, seconds) if part) + (fraction or "")
    return " ".join(part for part in (days, clock, f"{zone[:3]}:{zone[3:]}" if zone else "") if part)


def name_text(value: str) -> str:
    """Return a person's name: family, given middle, suffix (prefix); other scripts after it in brackets."""
    groups = [_group(part) for part in value.split("=")]
    shown = [group for group in groups if group]
    return shown[0] + "".join(f" [{other}]" for other in shown[1:]) if shown else ""


def _group(value: str) -> str:
    family, given, middle, prefix, suffix = [*(part.strip() for part in value.split("^")), *[""] * 5][:5]
    first = " ".join(part for part in (given, middle) if part)
    name = ", ".join(part for part in (family, first, suffix) if part)
    return f"{name} ({prefix})" if prefix and name else name or prefix
