"""Waveforms in their units, against values worked out by hand and against pydicom."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence

from isocenter.core.errors import DataError
from isocenter.dicom.header import scan_header
from isocenter.dicom.waveforms import WAVEFORM_TAGS, Recording, annotations_of, recordings


def unit_of(value: str) -> Sequence:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "UCUM", value
    return Sequence([item])


def recording_of(data: bytes, kind: str, bits: int, n_channels: int, n_samples: int, **channel: Any) -> Recording:
    group = Dataset()
    group.NumberOfWaveformChannels, group.NumberOfWaveformSamples, group.SamplingFrequency = n_channels, n_samples, 100
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = bits, kind
    definitions = []
    for _ in range(n_channels):
        definition = Dataset()
        definition.ChannelSensitivityUnitsSequence = unit_of("mV")
        for keyword, value in channel.items():
            setattr(definition, keyword, value)
        definitions.append(definition)
    group.ChannelDefinitionSequence = Sequence(definitions)
    group.add_new("WaveformData", "OW" if bits == 16 else "OB", data)
    dataset = Dataset()
    dataset.WaveformSequence = Sequence([group])
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.9.1.1", "1.2"
    stream = BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return recordings(scan_header(stream.getvalue(), WAVEFORM_TAGS))[0]


def test_samples_times_sensitivity_and_correction_plus_baseline() -> None:
    stored = np.array([[0, 100], [1, -100], [-2, 32767]], "<i2")
    how = {"ChannelSensitivity": "0.005", "ChannelSensitivityCorrectionFactor": "2", "ChannelBaseline": "-1.5"}
    found = recording_of(stored.tobytes(), "SS", 16, 2, 3, **how)
    np.testing.assert_allclose(found.channels[0].values, [-1.5, -1.49, -1.52])
    np.testing.assert_allclose(found.channels[1].values, [-0.5, -2.5, 326.17])
    assert (found.channels[0].unit, found.duration_s) == ("mV", 0.03)


def test_a_skewed_channel_is_put_where_it_was_measured() -> None:
    ramp = np.arange(10, dtype="<i2")
    found = recording_of(ramp.tobytes(), "SS", 16, 1, 10, ChannelSampleSkew="0.5")
    np.testing.assert_allclose(found.channels[0].values[1:], np.arange(1, 10) - 0.5)


@pytest.mark.parametrize(
    ("kind", "codes", "expected"),
    # Source: ITU-T G.711 tables 1a, 1b, 2a, 2b: decoder output of the first, the middle and the last character.
    [("MB", [0x80, 0xFF, 0x7F, 0x00], [8031, 0, 0, -8031]), ("AB", [0xAA, 0xD5, 0x55, 0x2A], [4032, 1, -1, -4032])],
)
def test_companded_sound_is_expanded(kind: str, codes: list[int], expected: list[int]) -> None:
    found = recording_of(bytes(codes), kind, 8, 1, 4)
    np.testing.assert_array_equal(found.channels[0].values, expected)


def test_a_real_electrocardiogram_equals_what_pydicom_reads() -> None:
    path = Path(str(get_testdata_file("waveform_ecg.dcm")))
    expected, header = pydicom.dcmread(path), scan_header(path.read_bytes(), WAVEFORM_TAGS)
    for index, found in enumerate(recordings(header)):
        np.testing.assert_allclose(np.stack([c.values for c in found.channels], 1), expected.waveform_array(index))
        assert {channel.unit for channel in found.channels} == {"uV"}
    lead_one = recordings(header)[0].channels[0]
    assert (lead_one.high_pass_hz, lead_one.low_pass_hz, lead_one.notch_hz) == (0.05, 300.0, None)
    said = annotations_of(header)
    assert len(said) == len(expected.WaveformAnnotationSequence)
    assert [each.number for each in said if each.name and each.name.meaning == "QT Interval"] == ["368"]


def test_too_few_samples_are_told() -> None:
    with pytest.raises(DataError, match="shorter than it says"):
        recording_of(b"\0\0\0\0", "SS", 16, 1, 10)
