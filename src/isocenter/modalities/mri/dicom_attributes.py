"""What a scan says of its contrast, in the words of DICOM's MR Image."""

from __future__ import annotations

from isocenter.modalities.mri.acquisition import Acquisition

_SEQUENCES = {"spin echo": "SE", "gradient echo": "GR"}


def dicom_attributes(acquisition: Acquisition) -> dict[str, float | str]:
    """Return attributes by keyword, in DICOM's units; what the scan does not say is left out.

    Source: DICOM PS3.3 sec. C.8.3.1 (MR Image Module).
    """
    found: dict[str, float | str | None] = {
        "MRAcquisitionType": "3D" if acquisition.is_3d else "2D",
        "ScanningSequence": _SEQUENCES.get(acquisition.sequence or ""),
        "EchoTime": _rounded(acquisition.echo_time_s, 1e3),
        "RepetitionTime": _rounded(acquisition.repetition_time_s, 1e3),
        "FlipAngle": _rounded(acquisition.flip_angle_rad, 57.29577951308232),
        "MagneticFieldStrength": _rounded(acquisition.field_t, 1.0),
        "SliceThickness": _rounded(acquisition.slice_thickness_mm, 1.0),
    }
    return {keyword: value for keyword, value in found.items() if value is not None}


def _rounded(value: float | None, factor: float) -> float | None:
    return None if value is None else float(f"{value * factor:.6g}")
