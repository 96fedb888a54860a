"""Waveforms: the samples of every channel in the unit it was measured in, with filters and annotations.

Source: DICOM PS3.3 sec. C.10.9 (Waveform), C.10.10 (Waveform Annotation); ITU-T G.711 (companded audio).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import DataError
from isocenter.dicom.codes import Code, code_of
from isocenter.dicom.content_tree import Times, times
from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.header import Header

WAVEFORM_TAGS = tags_of("WaveformSequence", "WaveformAnnotationSequence", "AcquisitionDateTime")


@dataclass(frozen=True)
class Channel:
    """One channel: `values` (sample,) in `unit`, and what the recorder did to them; a gap is not a number."""

    label: str
    source: Code | None
    values: FloatArray
    unit: str
    sensitivity: float | None
    high_pass_hz: float | None
    low_pass_hz: float | None
    notch_hz: float | None


@dataclass(frozen=True)
class Recording:
    """Channels that were sampled together."""

    label: str
    rate_hz: float
    offset_s: float
    channels: tuple[Channel, ...]

    @property
    def duration_s(self) -> float:
        """Length of the recording."""
        return self.channels[0].values.size / self.rate_hz if self.channels else 0.0


@dataclass(frozen=True)
class Annotation:
    """What is said about channels (recording and channel, from 1; channel 0 means all), at which moments."""

    group: int
    name: Code | None
    number: str
    unit: Code | None
    words: str
    channels: tuple[tuple[int, int], ...]
    times: Times


def recordings(header: Header) -> tuple[Recording, ...]:
    """Return the multiplex groups of an object scanned for `WAVEFORM_TAGS`.

    Raises `DataError` if there are none, or one is damaged.
    """
    found = header.items(tag_of("WaveformSequence"))
    if not found:
        raise DataError("The object has no waveform.", field="WaveformSequence", found="absent")
    return tuple(_recording(item) for item in found)


def _recording(item: Header) -> Recording:
    rate = _number(item, "SamplingFrequency")
    if rate is None or not 0 < rate < 1e9:
        raise DataError(
            "A waveform has no sampling frequency.", field="SamplingFrequency", found=rate, expected="> 0 Hz"
        )
    samples = _samples(item)
    definitions = item.items(tag_of("ChannelDefinitionSequence"))
    if len(definitions) != samples.shape[1]:
        raise DataError(
            "The channels of a waveform are not all described.",
            field="ChannelDefinitionSequence",
            found=len(definitions),
            expected=samples.shape[1],
        )
    channels = tuple(
        _channel(definition, samples[:, index], item, rate) for index, definition in enumerate(definitions)
    )
    offset_ms = _number(item, "MultiplexGroupTimeOffset") or 0.0
    return Recording(item.text(tag_of("MultiplexGroupLabel")), rate, offset_ms / 1000.0, channels)


def _samples(item: Header) -> Array:
    """Return the stored samples (sample, channel)."""
    n_channels = item.integer(tag_of("NumberOfWaveformChannels"), 0) or 0
    n_samples = item.integer(tag_of("NumberOfWaveformSamples"), 0) or 0
    interpretation = item.text(tag_of("WaveformSampleInterpretation"))
    read = _SAMPLES.get(interpretation)
    data = item.raw(tag_of("WaveformData"))
    if read is None or data is None:
        raise DataError(
            "The samples of a waveform cannot be read.",
            field="WaveformSampleInterpretation, WaveformData",
            found=interpretation if data is not None else "no data",
            expected=", ".join(_SAMPLES),
        )
    samples = read(data, "<" if item.layout.is_little else ">")
    if samples.size < n_channels * n_samples or n_channels < 1:
        raise DataError(
            "A waveform is shorter than it says.",
            field="WaveformData",
            found=f"{samples.size} samples",
            expected=f"{n_samples} of {n_channels} channels",
        )
    return samples[: n_channels * n_samples].reshape(n_samples, n_channels)


def _channel(definition: Header, stored: Array, item: Header, rate_hz: float) -> Channel:
    """Return a channel in its unit: stored x sensitivity x correction + baseline (PS3.3 sec. C.10.9.1.4.2)."""
    sensitivity = _number(definition, "ChannelSensitivity")
    correction = _number(definition, "ChannelSensitivityCorrectionFactor") or 1.0
    baseline = _number(definition, "ChannelBaseline") or 0.0
    unit = code_of(definition, "ChannelSensitivityUnitsSequence")
    step = sensitivity * correction if sensitivity is not None else None
    values = stored.astype(np.float64) * (1.0 if step is None else step) + baseline
    padding = item.raw(tag_of("WaveformPaddingValue"))
    if padding:
        padded = _SAMPLES[item.text(tag_of("WaveformSampleInterpretation"))](
            padding, "<" if item.layout.is_little else ">"
        )
        values[stored == padded[0]] = np.nan
    source = code_of(definition, "ChannelSourceSequence")
    skew = _number(definition, "ChannelSampleSkew") or (_number(definition, "ChannelTimeSkew") or 0.0) * rate_hz
    return Channel(
        definition.text(tag_of("ChannelLabel")) or (source.words if source else ""),
        source,
        _moved(values, skew),
        unit.value if unit else "",
        step,
        _number(definition, "FilterLowFrequency") or None,
        _number(definition, "FilterHighFrequency") or None,
        _number(definition, "NotchFilterFrequency") or None,
    )


def _moved(values: FloatArray, skew: float) -> FloatArray:
    """Return values as if all channels were sampled at once: this one was `skew` samples late."""
    if skew == 0 or values.size < 2:
        return values
    at = np.arange(values.size, dtype=float)
    moved: FloatArray = np.interp(at, at + skew, values)
    return moved


def annotations_of(header: Header) -> tuple[Annotation, ...]:
    """Return what is said about the waveforms of an object scanned for `WAVEFORM_TAGS`."""
    return tuple(_annotation(item) for item in header.items(tag_of("WaveformAnnotationSequence")))


def _annotation(item: Header) -> Annotation:
    channels = tuple(int(number) for number in item.numbers(tag_of("ReferencedWaveformChannels")))
    concept = code_of(item, "ConceptCodeSequence")
    words = item.text(tag_of("UnformattedTextValue")) or (concept.words if concept else "")
    return Annotation(
        item.integer(tag_of("AnnotationGroupNumber"), 0) or 0,
        code_of(item, "ConceptNameCodeSequence"),
        item.text(tag_of("NumericValue")),
        code_of(item, "MeasurementUnitsCodeSequence"),
        words,
        tuple(zip(channels[::2], channels[1::2], strict=False)),
        times(item, offset_unit="ms"),
    )


def _number(item: Header, keyword: str) -> float | None:
    found = item.numbers(tag_of(keyword))
    return found[0] if found else None


def _plain(kind: str) -> Callable[[bytes, str], Array]:
    def read(data: bytes, order: str) -> Array:
        dtype = np.dtype(f"{order}{kind}")
        return np.frombuffer(data[: len(data) // dtype.itemsize * dtype.itemsize], dtype)

    return read


def _mu_law(data: bytes, _: str) -> Array:
    """Return 14 bit values of G.711 mu-law."""
    codes = ~np.frombuffer(data, np.uint8)
    exponent, mantissa = (codes >> 4 & 7).astype(np.int32), (codes & 15).astype(np.int32)
    size = ((mantissa << 1) + 33 << exponent) - 33
    return np.where(codes & 0x80, -size, size)


def _a_law(data: bytes, _: str) -> Array:
    """Return 13 bit values of G.711 A-law."""
    codes = np.frombuffer(data, np.uint8) ^ 0x55
    exponent, mantissa = (codes >> 4 & 7).astype(np.int32), (codes & 15).astype(np.int32)
    small = (mantissa << 1) + 1
    size = np.where(exponent == 0, small, (small + 32) << np.maximum(exponent - 1, 0))
    return np.where(codes & 0x80, size, -size)


_SAMPLES: Mapping[str, Callable[[bytes, str], Array]] = {
    "SB": _plain("i1"),
    "UB": _plain("u1"),
    "SS": _plain("i2"),
    "US": _plain("u2"),
    "SL": _plain("i4"),
    "UL": _plain("u4"),
    "SV": _plain("i8"),
    "UV": _plain("u8"),
    "MB": _mu_law,
    "AB": _a_law,
}
