"""Segmentations of the CT phantom as other software makes them: written by highdicom, binary and as label map."""

from __future__ import annotations

import io

import highdicom as hd
import numpy as np
import pydicom
from highdicom.seg import SegmentAlgorithmTypeValues, Segmentation, SegmentationTypeValues, SegmentDescription
from highdicom.sr.coding import CodedConcept

LIVER = CodedConcept("10200004", "SCT", "Liver")
LESION = CodedConcept("52988006", "SCT", "Lesion")
ANATOMY = CodedConcept("123037004", "SCT", "Anatomical Structure")
ABNORMAL = CodedConcept("49755003", "SCT", "Morphologically Altered Structure")


def segmentation(ct_files: list[bytes], masks: np.ndarray, kind: str, uid: str) -> bytes:
    """Return the file of a segmentation; `masks` is (image, row, column, segment), liver and lesion."""
    sources = [pydicom.dcmread(io.BytesIO(content)) for content in ct_files]
    segments = [
        SegmentDescription(
            segment_number=number,
            segment_label=label,
            segmented_property_category=category,
            segmented_property_type=kind_of,
            algorithm_type=SegmentAlgorithmTypeValues.MANUAL,
            display_color=hd.color.CIELabColor.from_string(colour),
        )
        for number, (label, category, kind_of, colour) in enumerate(
            (("Liver", ANATOMY, LIVER, "royalblue"), ("Lesion", ABNORMAL, LESION, "yellow")), start=1
        )
    ]
    pixels = masks if kind == "BINARY" else (masks * np.array([1, 2])).max(axis=-1).astype(np.uint8)
    made = Segmentation(
        source_images=sources,
        pixel_array=pixels.astype(np.uint8),
        segmentation_type=SegmentationTypeValues[kind],
        segment_descriptions=segments,
        series_instance_uid=f"{uid}.1",
        series_number=40,
        sop_instance_uid=f"{uid}.1.1",
        instance_number=1,
        manufacturer="Others",
        manufacturer_model_name="Their software",
        software_versions="1",
        device_serial_number="7",
        series_description=f"Theirs {kind}",
    )
    stream = io.BytesIO()
    made.save_as(stream)
    return stream.getvalue()
