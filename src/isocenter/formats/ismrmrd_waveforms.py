"""The waveforms of ISMRMRD: ECG, pulse, respiration and others that were recorded beside the readouts.

Source: MRD documentation, "MR Waveform Data" (waveform_id); ismrmrd/waveform.h.
"""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np

from isocenter.core.errors import DataError, FileFormatError
from isocenter.modalities.mri.waveform import Waveform

_KINDS = ("ecg", "pulse", "respiratory", "other", "other")
_NAMES = ("ECG", "pulse", "respiration", "external 1", "external 2")
_HEADER = np.dtype(
    {
        "names": [
            "version",
            "flags",
            "measurement_uid",
            "scan_counter",
            "time_stamp",
            "number_of_samples",
            "channels",
            "sample_time_us",
            "waveform_id",
        ],
        "formats": ["<u2", "<u8", "<u4", "<u4", "<u4", "<u2", "<u2", "<f4", "<u2"],
        "offsets": [0, 8, 16, 20, 24, 28, 30, 32, 36],
        "itemsize": 40,
    }
)
_WAVEFORM_TYPE = np.dtype([("head", _HEADER), ("data", h5py.vlen_dtype(np.dtype(np.uint32)))])
_MOST_SAMPLES = 60_000  # of one record, whose count has 16 bits
TICK_S = 2.5e-3  # of the time stamps of Siemens scanners; other vendors' are not known


def read_waveforms(
    group: h5py.Group, kinds: tuple[tuple[str, str], ...], file: str, first_stamp: int | None
) -> tuple[Waveform, ...]:
    """Return every recorder's samples, its records joined in the order of their time.

    Parameters
    ----------
    kinds
        Name and type of every waveform in the header.
    first_stamp
        Time stamp of the first readout, where its ticks are known to be `TICK_S`: times count from it.

    Raises
    ------
    FileFormatError, DataError
        If the records are not ISMRMRD's, or contradict themselves.
    """
    if "waveforms" not in group:
        return ()
    dataset = group["waveforms"]
    names = dataset.dtype.names if isinstance(dataset, h5py.Dataset) else None
    if names is None or not {"head", "data"} <= set(names):
        raise FileFormatError(
            "The waveforms are not ISMRMRD's.",
            file=file,
            field="waveforms",
            found=str(names),
            expected="records with head and data",
        )
    records = dataset[()]
    found = []
    for number in sorted({int(record["head"]["waveform_id"]) for record in records}):
        mine = [record for record in records if int(record["head"]["waveform_id"]) == number]
        mine.sort(key=lambda record: int(record["head"]["time_stamp"]))
        found.append(_joined(number, mine, kinds, file, first_stamp))
    return tuple(found)


def _joined(
    number: int, records: list[Any], kinds: tuple[tuple[str, str], ...], file: str, first_stamp: int | None
) -> Waveform:
    head = records[0]["head"]
    parts = []
    for record in records:
        n_channels, n_samples = int(record["head"]["channels"]), int(record["head"]["number_of_samples"])
        values = np.asarray(record["data"])
        if values.size != n_channels * n_samples or n_channels != int(head["channels"]):
            raise DataError(
                "A waveform does not hold the samples its header says.",
                file=file,
                field=f"waveforms, waveform_id {number}",
                found=f"{values.size} numbers",
                expected=f"{int(head['channels'])} x {n_samples}",
            )
        parts.append(values.reshape(n_channels, n_samples))
    name, kind = _NAMES[number] if number < len(_NAMES) else f"waveform {number}", "other"
    if number < len(_KINDS):
        kind = _KINDS[number]
    named = [(said, of) for said, of in kinds if of == kind and said]
    if len(named) == 1:
        name = named[0][0]
    start = 0.0 if first_stamp is None else (int(head["time_stamp"]) - first_stamp) * TICK_S
    return Waveform(name, kind, np.concatenate(parts, axis=1), float(head["sample_time_us"]) * 1e-6, start)


def write_waveforms(group: h5py.Group, waveforms: tuple[Waveform, ...]) -> None:
    """Write waveforms in records of at most 60 000 samples; does nothing if there are none."""
    parts = [
        (waveform, first, waveform.samples[:, first : first + _MOST_SAMPLES])
        for waveform in waveforms
        for first in range(0, waveform.samples.shape[1], _MOST_SAMPLES)
    ]
    if not parts:
        return
    records = np.zeros(len(parts), dtype=_WAVEFORM_TYPE)
    for record, (waveform, first, samples) in zip(records, parts, strict=True):
        head = record["head"]
        head["version"] = 1
        head["waveform_id"] = _KINDS.index(waveform.kind if waveform.kind in _KINDS else "other")
        head["channels"], head["number_of_samples"] = samples.shape
        head["sample_time_us"] = waveform.sample_time_s * 1e6
        head["time_stamp"] = max(0, round((waveform.start_s + first * waveform.sample_time_s) / TICK_S))
        record["data"] = np.ascontiguousarray(samples, dtype=np.uint32).ravel()
    group.create_dataset("waveforms", data=records, maxshape=(None,))
