"""What a person says of scans because their file does not: echo times and the strength of the field."""

from __future__ import annotations

from dataclasses import replace

from isocenter.core.errors import OptionError
from isocenter.modalities.mri.measurement import Measurement


def told(frames: list[Measurement], echo_times_ms: str, field_t: float, file: str) -> list[Measurement]:
    """Return scans with the echo times (``1.2,2.4``) and field strength that were said; raises `OptionError`."""
    times = numbers(echo_times_ms, "echo_times_ms")
    if times and len(times) != len(frames):
        raise OptionError(
            "There are not as many echo times as scans.",
            file=file,
            field="echo_times_ms",
            found=len(times),
            expected=len(frames),
        )
    found = []
    for index, frame in enumerate(frames):
        scan = frame.acquisition
        if times:
            scan = replace(scan, echo_time_s=times[index] / 1000)
        if field_t > 0:
            scan = replace(scan, field_t=field_t)
        found.append(replace(frame, acquisition=scan))
    return found


def numbers(text: str, name: str) -> list[float]:
    """Return the numbers in ``1.2,2.4``; raises `OptionError` if one is none, or not positive."""
    try:
        values = [float(part) for part in text.replace(";", ",").split(",") if part.strip()]
    except ValueError:
        values = [0.0]
    if any(not 0 < value < float("inf") for value in values):
        raise OptionError(
            "These are no times.", field=name, found=text[:60], expected="positive numbers such as 1.2,2.4,3.6"
        )
    return values
