"""A segmentation of a hundred organs on the CT of `phantom`: written by highdicom, binary or as label map."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from benchmarks.viewer import phantom

from isocenter.dicom.part10 import dataset_start, file_meta

N_ORGANS = 100
SERIES_UID = f"{phantom.STUDY_UID}.77"
CLASSES = {"BINARY": "1.2.840.10008.5.1.4.1.1.66.4", "LABELMAP": "1.2.840.10008.5.1.4.1.1.66.7"}


def label_map(n_slices: int) -> npt.NDArray[np.uint8]:
    """Return labels (slice, row, column): ellipsoids of very different size, the small ones in front.

    One of them lies in the middle of the middle slice, where a reader looks first.
    """
    rng = np.random.default_rng(11)
    labels = np.zeros((n_slices, phantom.SIZE_PX, phantom.SIZE_PX), np.uint8)
    halves = np.exp(rng.normal(np.log([0.07 * n_slices, 28, 28]), [0.6, 0.5, 0.5], (N_ORGANS, 3)))
    halves = np.clip(halves, [0.02 * n_slices, 6, 6], [0.35 * n_slices, 90, 90])
    halves = halves[np.argsort(-halves.prod(axis=1))]
    away, angle = 190 * np.sqrt(rng.uniform(size=N_ORGANS)), rng.uniform(0, 2 * np.pi, N_ORGANS)
    z = n_slices * rng.uniform(0.05, 0.95, N_ORGANS)
    middles = np.stack([z, 255.5 + away * np.sin(angle), 255.5 + away * np.cos(angle)], axis=1)
    middles[-1], halves[-1] = ((n_slices - 1) / 2, 255.5, 255.5), (0.1 * n_slices, 60, 60)
    for label, (middle, half) in enumerate(zip(middles, halves, strict=True), start=1):
        box = tuple(
            slice(max(0, int(m - h)), min(size, int(m + h) + 2))
            for m, h, size in zip(middle, half, labels.shape, strict=True)
        )
        away_2 = [((grid - m) / h) ** 2 for grid, m, h in zip(np.ogrid[box], middle, half, strict=True)]
        labels[box][away_2[0] + away_2[1] + away_2[2] <= 1] = label
    return labels


def segmentation(ct: list[tuple[str, bytes]], kind: str) -> tuple[str, bytes]:
    """Return UID and data set of the segmentation; `ct` is what `phantom.series` gave, `kind` BINARY or LABELMAP."""
    import highdicom as hd
    import pydicom
    from highdicom.sr.coding import CodedConcept

    sources = [
        pydicom.dcmread(io.BytesIO(file_meta(phantom.CT, uid, phantom.EXPLICIT) + content)) for uid, content in ct
    ]
    organ = CodedConcept("113343008", "SCT", "Organ")
    anatomy = CodedConcept("123037004", "SCT", "Anatomical Structure")
    segments = [
        hd.seg.SegmentDescription(
            segment_number=number,
            segment_label=f"Organ {number}",
            segmented_property_category=anatomy,
            segmented_property_type=organ,
            algorithm_type="MANUAL",
            display_color=hd.color.CIELabColor(60, 60 * np.cos(number), 60 * np.sin(number)),
        )
        for number in range(1, N_ORGANS + 1)
    ]
    uid = uid_of(kind)
    made = hd.seg.Segmentation(
        source_images=sources,
        pixel_array=label_map(len(ct)),
        segmentation_type=kind,
        segment_descriptions=segments,
        series_instance_uid=SERIES_UID,
        series_number=77,
        sop_instance_uid=uid,
        instance_number=1,
        manufacturer="Bench",
        manufacturer_model_name="Bench",
        software_versions="1",
        device_serial_number="1",
        series_description=f"{N_ORGANS} organs",
    )
    stream = io.BytesIO()
    made.save_as(stream)
    return uid, stream.getvalue()[dataset_start(stream.getbuffer()) :]


def uid_of(kind: str) -> str:
    """Return the UID of the segmentation of this kind."""
    return f"{SERIES_UID}.{list(CLASSES).index(kind) + 1}"
