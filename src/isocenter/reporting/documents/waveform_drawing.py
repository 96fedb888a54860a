"""Waveforms drawn on millimetre paper: time and voltage to scale, calibration pulse, annotations at their moments.

Source: AHA/ACCF/HRS Recommendations for the Standardization of the Electrocardiogram, Circulation 115 (2007) 1306
(25 mm/s, 10 mm/mV, 3 x 4 leads with rhythm strip).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError
from isocenter.dicom.waveforms import Annotation, Channel, Recording
from isocenter.reporting.documents.markup import Content, Markup, element

SPEEDS_MM_S, GAINS_MM_MV = (5.0, 10.0, 12.5, 25.0, 50.0, 100.0), (2.5, 5.0, 10.0, 20.0)
LEADS = (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"))
_RHYTHM = "II"
_VOLTS = {"V": 1000.0, "mV": 1.0, "uV": 1e-3, "µV": 1e-3, "nV": 1e-6}
_MARGIN_MM, _PULSE_MM, _ROW_MM, _TRACE_MM = 5.0, 12.0, 25.0, 20.0
_MAX_WIDTH_MM = 280.0
_POINTS_PER_MM = 8
_NICE = (1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Scale:
    """How a waveform is put on paper: from which second on and how much of it, speed and gain; None is what suits."""

    start_s: float = 0.0
    speed_mm_s: float | None = None
    gain_mm_mv: float = 10.0
    has_all_leads: bool = False

    def __post_init__(self) -> None:
        is_known = (
            self.speed_mm_s in (None, *SPEEDS_MM_S) and self.gain_mm_mv in GAINS_MM_MV and 0 <= self.start_s < 1e9
        )
        if not is_known:
            raise OptionError(
                "A waveform is not drawn at this scale.",
                field="start, speed, gain",
                found=(self.start_s, self.speed_mm_s, self.gain_mm_mv),
                expected=f"speed of {SPEEDS_MM_S} mm/s, gain of {GAINS_MM_MV} mm/mV",
            )


@dataclass(frozen=True)
class _Strip:
    """A piece of one channel at its place on the paper."""

    channel: Channel
    index: int
    x_mm: float
    y_mm: float
    start_s: float
    end_s: float
    mm_per_unit: float


def lead_of(channel: Channel) -> str:
    """Return the short name of an ECG lead: ``V1`` of ``Lead V1``, ``I`` of ``Lead I (Einthoven)``."""
    words = channel.label.replace("(", " ").replace(",", " ").split()
    if words and words[0].lower() in ("lead", "ableitung") and len(words) > 1:
        return words[1]
    return words[0] if len(words) == 1 else channel.label


def is_twelve_leads(recording: Recording) -> bool:
    """Return whether the twelve leads of a rest ECG are here, long enough for the usual sheet."""
    names = {lead_of(channel) for channel in recording.channels}
    return all(name in names for row in LEADS for name in row) and recording.duration_s >= 4.0


def speed_of(recording: Recording, scale: Scale) -> float:
    """Return the paper speed in mm/s: as asked for, 25 for hearts, else what brings the whole on one sheet."""
    if scale.speed_mm_s is not None:
        return scale.speed_mm_s
    if all(channel.unit in _VOLTS for channel in recording.channels):
        return 50.0 if recording.duration_s <= 2.0 else 25.0
    return next((s for s in reversed(SPEEDS_MM_S[:4]) if recording.duration_s * s <= _MAX_WIDTH_MM), SPEEDS_MM_S[0])


def shown_s(recording: Recording, scale: Scale) -> float:
    """Return how many seconds fit on a sheet."""
    return min(_MAX_WIDTH_MM / speed_of(recording, scale), recording.duration_s)


def draw(
    recording: Recording, annotations: Sequence[tuple[float, Annotation]] = (), scale: Scale | None = None
) -> Markup:
    """Return a recording as SVG whose unit is the millimetre; `annotations` come with their time in s."""
    scale = scale or Scale()
    speed = speed_of(recording, scale)
    strips = _sheet(recording, scale, speed)
    width = max(s.x_mm + (s.end_s - s.start_s) * speed for s in strips) + _MARGIN_MM
    height = max(s.y_mm for s in strips) + _ROW_MM / 2 + _MARGIN_MM
    caption = _caption(recording, strips, speed)
    parts: list[Content] = [element("title", caption), *_paper(width, height)]
    for y_mm, group in _rows(strips):
        parts.append(_pulse(group[0], y_mm))
    for strip in strips:
        parts += _trace(strip, recording, speed)
    parts += _marks(strips[-1], annotations, speed)
    parts.append(_words(_MARGIN_MM, height - 1.5, caption))
    return element(
        "svg", *parts, xmlns="http://www.w3.org/2000/svg", width=f"{width:g}mm", height=f"{height:g}mm",
        viewBox=f"0 0 {width:g} {height:g}", role="img", font_family="sans-serif",
    )  # fmt: skip


def _sheet(recording: Recording, scale: Scale, speed: float) -> list[_Strip]:
    left = _MARGIN_MM + _PULSE_MM
    if is_twelve_leads(recording) and not scale.has_all_leads:
        return _twelve(recording, scale, speed, left)
    end = min(scale.start_s + shown_s(recording, scale), recording.duration_s)
    strips = []
    for index, channel in enumerate(recording.channels):
        y = _MARGIN_MM + _ROW_MM * (index + 0.5)
        strips.append(_Strip(channel, index, left, y, scale.start_s, end, _mm_per_unit(channel, scale)))
    return strips


def _twelve(recording: Recording, scale: Scale, speed: float, left: float) -> list[_Strip]:
    """Return 3 rows of 4 leads that follow each other in time, and lead II over all of it."""
    known = {lead_of(channel): (index, channel) for index, channel in enumerate(recording.channels)}
    span = min(shown_s(recording, scale), max(recording.duration_s - scale.start_s, 1.0)) / 4
    strips = []
    for row, names in enumerate(LEADS):
        for column, name in enumerate(names):
            index, channel = known[name]
            start = scale.start_s + column * span
            x, y = left + column * span * speed, _MARGIN_MM + _ROW_MM * (row + 0.5)
            strips.append(_Strip(channel, index, x, y, start, start + span, _mm_per_unit(channel, scale)))
    index, channel = known[_RHYTHM]
    y = _MARGIN_MM + _ROW_MM * 3.5
    strips.append(
        _Strip(channel, index, left, y, scale.start_s, scale.start_s + 4 * span, _mm_per_unit(channel, scale))
    )
    return strips


def _mm_per_unit(channel: Channel, scale: Scale) -> float:
    """Return how tall one unit is: by the gain for voltages, else so that all of it fits, in round steps."""
    if channel.unit in _VOLTS:
        return _VOLTS[channel.unit] * scale.gain_mm_mv
    swing = float(np.nanmax(channel.values) - np.nanmin(channel.values)) if np.isfinite(channel.values).any() else 0.0
    if swing <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(_TRACE_MM / swing))
    return float(max((each * power for each in _NICE if each * power * swing <= _TRACE_MM), default=power))


def _middle(strip: _Strip) -> float:
    """Return the value on the middle line of a row: zero for voltages, else the middle of what was measured."""
    if strip.channel.unit in _VOLTS or not np.isfinite(strip.channel.values).any():
        return 0.0
    return float(np.nanmax(strip.channel.values) + np.nanmin(strip.channel.values)) / 2


def _trace(strip: _Strip, recording: Recording, speed: float) -> Iterable[Content]:
    first = round(strip.start_s * recording.rate_hz)
    last = min(round(strip.end_s * recording.rate_hz) + 1, strip.channel.values.size)
    samples = strip.channel.values[first:last]
    times_s = np.arange(first, first + samples.size) / recording.rate_hz - strip.start_s
    bucket = max(1, int(recording.rate_hz / speed / _POINTS_PER_MM * 2))
    at, values = _thinned(times_s, samples, bucket)
    x, y = strip.x_mm + at * speed, strip.y_mm - (values - _middle(strip)) * strip.mm_per_unit
    for run in _finite_runs(y):
        points = " ".join(f"{a:.2f},{b:.2f}" for a, b in zip(x[run], y[run], strict=True))
        yield element(
            "polyline", points=points, fill="none", stroke="#101418", stroke_width=0.25, stroke_linejoin="round"
        )
    yield element("path", d=f"M{strip.x_mm:g} {strip.y_mm - 8:g}v3", stroke="#101418", stroke_width=0.3)
    yield _words(strip.x_mm + 1, strip.y_mm - 8, lead_of(strip.channel), size=3.2, weight="600")
    if strip.channel.unit not in _VOLTS:
        unit = strip.channel.unit or "1"
        middle = f"{_middle(strip):.4g} {unit}, {1 / strip.mm_per_unit:.4g} {unit}/mm"
        yield _words(strip.x_mm + 1, strip.y_mm + 11, middle, size=2.4)


def _thinned(at: FloatArray, values: FloatArray, bucket: int) -> tuple[FloatArray, FloatArray]:
    """Return the samples, of many in one place the lowest and the highest, so that no spike is lost."""
    if bucket < 3 or values.size < 2 * bucket:
        return at, values
    n = values.size // bucket
    blocks = values[: n * bucket].reshape(n, bucket)
    has_value = np.isfinite(blocks).any(axis=1)
    low = np.where(has_value, np.argmin(np.where(np.isfinite(blocks), blocks, np.inf), axis=1), 0)
    high = np.where(has_value, np.argmax(np.where(np.isfinite(blocks), blocks, -np.inf), axis=1), 0)
    ends = np.stack([np.minimum(low, high), np.maximum(low, high)], axis=1) + np.arange(n)[:, None] * bucket
    kept = np.unique(np.concatenate([[0], ends.ravel(), np.arange(n * bucket, values.size), [values.size - 1]]))
    return at[kept], values[kept]


def _finite_runs(values: FloatArray) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.isfinite(values).astype(int), [0]])))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _pulse(strip: _Strip, y_mm: float) -> Markup | None:
    """Return the calibration pulse of a row: 1 mV for 5 mm; none for what is no voltage."""
    if strip.channel.unit not in _VOLTS:
        return None
    tall = strip.mm_per_unit / _VOLTS[strip.channel.unit]
    return element(
        "path",
        d=f"M{_MARGIN_MM + 2:g} {y_mm:g}h2v{-tall:g}h5v{tall:g}h2",
        fill="none",
        stroke="#101418",
        stroke_width=0.25,
    )


def _rows(strips: Sequence[_Strip]) -> list[tuple[float, list[_Strip]]]:
    rows: dict[float, list[_Strip]] = {}
    for strip in strips:
        rows.setdefault(strip.y_mm, []).append(strip)
    return list(rows.items())


def _paper(width: float, height: float) -> Iterable[Markup]:
    """Yield the paper: thin lines every mm, thick ones every 5 mm."""
    fine = "".join(f"M{x} 0V{height:g}" for x in range(int(width) + 1) if x % 5)
    fine += "".join(f"M0 {y}H{width:g}" for y in range(int(height) + 1) if y % 5)
    thick = "".join(f"M{x} 0V{height:g}" for x in range(0, int(width) + 1, 5))
    thick += "".join(f"M0 {y}H{width:g}" for y in range(0, int(height) + 1, 5))
    yield element("rect", width=f"{width:g}", height=f"{height:g}", fill="#fffafa")
    yield element("path", d=fine, stroke="#f6d5d5", stroke_width=0.1)
    yield element("path", d=thick, stroke="#eba9a9", stroke_width=0.16)


def _marks(strip: _Strip, annotations: Sequence[tuple[float, Annotation]], speed: float) -> Iterable[Content]:
    """Yield a tick under the last row for everything that is said about a moment; pointed at, it says what."""
    for time_s, annotation in annotations:
        if not strip.start_s <= time_s <= strip.end_s or annotation.name is None:
            continue
        x, y = strip.x_mm + (time_s - strip.start_s) * speed, strip.y_mm + 9
        words = element("title", f"{annotation.name.words}, {time_s:.4g} s")
        yield element("path", words, d=f"M{x:.2f} {y:g}v-3", stroke="#0b6b78", stroke_width=0.4)


def _caption(recording: Recording, strips: Sequence[_Strip], speed: float) -> str:
    volts = next((s for s in strips if s.channel.unit in _VOLTS), None)
    gain = f", {volts.mm_per_unit / _VOLTS[volts.channel.unit]:g} mm/mV" if volts else ""
    end = max(s.end_s for s in strips)
    shown = f"{strips[0].start_s:.4g} to {end:.4g} s of {recording.duration_s:.4g} s"
    return f"{speed:g} mm/s{gain}, {filters_of(recording)}; {shown}"


def filters_of(recording: Recording) -> str:
    """Return the pass band and the notch that the recorder states, ranges where channels differ."""

    def band(values: Iterable[float | None]) -> str:
        found = sorted({value for value in values if value is not None})
        return "" if not found else f"{found[0]:g}" if len(found) == 1 else f"{found[0]:g}-{found[-1]:g}"

    low = band(channel.high_pass_hz for channel in recording.channels)
    high = band(channel.low_pass_hz for channel in recording.channels)
    notch = band(channel.notch_hz for channel in recording.channels)
    parts = [f"{low or '?'} - {high or '?'} Hz"] if low or high else []
    return ", ".join([*parts, *([f"notch {notch} Hz"] if notch else [])]) or "no filter stated"


def _words(x: float, y: float, words: str, *, size: float = 2.6, weight: str | None = None) -> Markup:
    return element("text", words, x=f"{x:.2f}", y=f"{y:.2f}", font_size=size, font_weight=weight, fill="#101418")
