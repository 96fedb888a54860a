"""Real DICOM files that come with pydicom, fit for a first look.

pydicom ships them under the MIT licence; they hold no real patient's name.
"""

from __future__ import annotations

from pathlib import Path

from pydicom.data import get_testdata_file

_NAMES = (
    "CT_small.dcm",
    "MR_small.dcm",
    "JPEG2000.dcm",
    "examples_jpeg2k.dcm",
    "examples_overlay.dcm",
    "examples_palette.dcm",
    "examples_rgb_color.dcm",
    "examples_ybr_color.dcm",
    "liver_1frame.dcm",
    "rtplan.dcm",
    "waveform_ecg.dcm",
)


def example_files() -> tuple[Path, ...]:
    """Return the files that this installation of pydicom holds, without fetching any."""
    found = (get_testdata_file(name, download=False) for name in _NAMES)
    return tuple(Path(str(path)) for path in found if path is not None)
