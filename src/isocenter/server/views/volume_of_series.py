"""A series of the archive as one volume: planes in order along their normal, decoded by all processors at once.

Source: DICOM PS3.3 sec. C.7.6.2 (Image Plane), C.11.1 (Modality LUT), C.7.6.16.2.11 (Real World Value Mapping).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isocenter.analysis.rendering.volume import Volume, stored_as_int16
from isocenter.archive.archive import Archive, Instance
from isocenter.core.arrays import Array
from isocenter.core.errors import GeometryError, NotFoundError, NotSupportedError, OptionError
from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.header import scan_header
from isocenter.dicom.lookup import MODALITY_LUT, modality_values, rescale_of
from isocenter.dicom.pixels import PIXEL_DESCRIPTION_TAGS, FrameReader
from isocenter.dicom.planes import PLANE_TAGS, Plane, planes_in
from isocenter.dicom.real_values import REAL_VALUE_TAGS, real_values_of
from isocenter.dicom.real_world_values import MAPPING_OBJECT_TAGS, mapped_images, with_mappings
from isocenter.dicom.rendering import Window, stated_window
from isocenter.dicom.stacking import Stack, stack

_TAGS = PLANE_TAGS | PIXEL_DESCRIPTION_TAGS | REAL_VALUE_TAGS | tags_of("WindowCenter", "WindowWidth", "VOILUTFunction")


@dataclass(frozen=True)
class SeriesVolume:
    """A volume, the window it is first shown with, and which of how many phases (times, echoes) it is."""

    volume: Volume
    window: Window
    modality: str
    n_phases: int


def read_volume(
    archive: Archive,
    instances: Sequence[Instance],
    phase: int,
    ask_for: Callable[[int], None],
    mapping_objects: Sequence[Instance] = (),
) -> SeriesVolume:
    """Return one phase of a series, counted from 0; `ask_for` is told how many bytes it will take.

    `mapping_objects` are the real world value mapping objects of the study.

    Raises
    ------
    GeometryError, DataError
        If the images are no volume: it names the images between which slices are missing, those of another orientation,
        spacing or size, and those that lie at the same place.
    NotFoundError, NotSupportedError
        If there are no images, or images in colour.
    """
    readers = _readers(archive, instances)
    found = [plane for path, reader in readers.items() for plane in planes_in(reader, path)]
    mappings = [
        scan_header(archive.original(each), MAPPING_OBJECT_TAGS, file=each.instance_uid) for each in mapping_objects
    ]
    stacked = stack(with_mappings(found, mapped_images(mappings)) if mappings else found)
    planes = _phase(stacked, phase)
    first = planes[0]
    if first.description.samples_per_pixel != 1 or first.description.photometric_interpretation.startswith("PALETTE"):
        raise NotSupportedError(
            "Colour images are no volume of values.",
            field="PhotometricInterpretation",
            found=first.description.photometric_interpretation,
            remedy="Look at the images themselves.",
        )
    shape = stacked.grid.shape_zyx
    scale = _one_scale(planes)
    ask_for(int(np.prod(shape)) * (2 if scale is not None else 4))
    volume = _volume(planes, readers, stacked, scale)
    middle = planes[len(planes) // 2]
    window = _window(middle) or Window(*volume.window, "LINEAR_EXACT")
    _ = volume.extremes
    return SeriesVolume(volume, window, first.header.text(tag_of("Modality")), len(stacked.planes) // shape[0])


def _readers(archive: Archive, instances: Sequence[Instance]) -> dict[Path, FrameReader]:
    """Return the images among instances; a series may hold documents, too."""
    readers = {}
    for instance in instances:
        header = scan_header(archive.original(instance), _TAGS, file=instance.instance_uid)
        if header.pixels is not None:
            readers[Path(instance.instance_uid)] = FrameReader(header, file=instance.instance_uid)
    if not readers:
        raise NotFoundError("There are no images in this series.", field="PixelData", found="absent")
    return readers


def _phase(stacked: Stack, phase: int) -> tuple[Plane, ...]:
    if stacked.axes == ("repeat",):
        per_place = len(stacked.planes) // stacked.grid.shape_zyx[0]
        same = [plane.file.name for plane in stacked.planes[:: stacked.grid.shape_zyx[0]]]
        raise GeometryError(
            "Several images lie at the same place, and nothing tells them apart.",
            field="ImagePositionPatient",
            found=f"{per_place} images at every place, the first: {', '.join(same[:4])}",
            expected="one image at every place, or a time, echo or b-value of each",
            remedy="Look at the images one by one; the series may hold two acquisitions.",
        )
    n_planes = stacked.grid.shape_zyx[0]
    n_phases = len(stacked.planes) // n_planes
    if not 0 <= phase < n_phases:
        raise OptionError("There is no such phase.", field="phase", found=phase, expected=f"0 to {n_phases - 1}")
    return stacked.planes[phase * n_planes : (phase + 1) * n_planes]


def _one_scale(planes: Sequence[Plane]) -> tuple[float, float] | None:
    """Return slope and intercept if all planes have the same and are small integers, else None."""
    small = all(not p.description.is_float and p.description.bits_allocated <= 16 for p in planes)
    if not small or any(MODALITY_LUT in plane.header for plane in planes):
        return None
    scales = {_scale(plane) for plane in planes}
    if any(real_values_of(plane).mapping is not None for plane in planes):
        return None
    return scales.pop() if len(scales) == 1 else None


def _scale(plane: Plane) -> tuple[float, float]:
    return real_values_of(plane)[:2]


def _window(plane: Plane) -> Window | None:
    """Return the window that the object states, for values as they are shown; it is stated for rescaled values."""
    stated = stated_window(plane.attributes, plane.frame)
    if stated is None or real_values_of(plane).mapping is not None:
        return None
    (slope, intercept), (shown, offset) = rescale_of(plane.attributes, plane.frame), _scale(plane)
    factor = shown / slope
    if factor == 1.0 and intercept == offset:
        return stated
    return Window((stated.center - intercept) * factor + offset, stated.width * abs(factor), stated.function)


def _volume(
    planes: Sequence[Plane], readers: dict[Path, FrameReader], stacked: Stack, scale: tuple[float, float] | None
) -> Volume:
    samples = np.empty(stacked.grid.shape_zyx, np.int16 if scale is not None else np.float32)
    lifted = set()

    def read(index: int) -> None:
        plane = planes[index]
        stored = readers[plane.file].stored(plane.frame)
        if scale is None:
            samples[index] = _values(plane, stored)
            return
        small = stored_as_int16(stored)
        if small is None:
            raise NotSupportedError(
                "The samples have more than 16 bits.", file=plane.file.name, field="BitsStored", found=str(stored.dtype)
            )
        samples[index] = small[0]
        lifted.add(small[1])

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for _ in pool.map(read, range(len(planes))):
            pass
    if scale is None:
        _fill(samples)
    slope, intercept = scale or (1.0, 0.0)
    quantity, unit = real_values_of(planes[0])[2:4]
    lift = lifted.pop() if len(lifted) == 1 else 0
    return Volume(samples, stacked.grid.as_volume(), slope, intercept + slope * lift, quantity, unit)


def _values(plane: Plane, stored: Array) -> Array:
    if MODALITY_LUT in plane.header:
        return modality_values(stored, plane.attributes, plane.frame)
    real = real_values_of(plane)
    if real.mapping is not None:
        return real.mapping.values(stored)
    return stored.astype(np.float64) * real.slope + real.intercept


def _fill(samples: Array) -> None:
    """Give samples that are no number the smallest value there is: they would spread to their neighbours."""
    is_number = np.isfinite(samples)
    if not is_number.all():
        samples[~is_number] = samples[is_number].min() if is_number.any() else 0.0
