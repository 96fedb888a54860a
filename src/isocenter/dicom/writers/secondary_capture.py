"""Secondary capture: pictures of anything, 16 bit grey with their place and unit, or 8 bit colour.

Source: DICOM PS3.3 sec. A.8.4 (Multi-frame Grayscale Word), A.8.5 (Multi-frame True Color), C.8.6.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from isocenter.core.arrays import Array, require_shape
from isocenter.core.image import Image
from isocenter.dicom.writers import modules
from isocenter.dicom.writers.modules import SeriesContext, decimal, decimals
from isocenter.dicom.writers.quantise import quantise, window_of

GRAYSCALE_WORD_STORAGE = "1.2.840.10008.5.1.4.1.1.7.3"
TRUE_COLOR_STORAGE = "1.2.840.10008.5.1.4.1.1.7.4"
_FRAME_VECTOR = 0x00182002  # Frame Label Vector


def grayscale_word(image: Image, context: SeriesContext) -> Iterator[Dataset]:
    """Yield one Multi-frame Grayscale Word object; all slices of all extra axes are frames in order.

    Slice positions go along as functional groups, so a reader that knows them keeps the geometry.
    """
    quantised = quantise(image.values, image.unit)
    dataset = _common(image, context, GRAYSCALE_WORD_STORAGE)
    stored = quantised.stored.reshape(-1, *image.grid.shape_zyx[1:])
    dataset.NumberOfFrames = len(stored)
    dataset.RescaleIntercept, dataset.RescaleSlope = decimal(quantised.intercept), decimal(quantised.slope)
    dataset.RescaleType = "US"
    dataset.PresentationLUTShape = "IDENTITY"
    modules.add_window(dataset, window_of(image.values, image.unit))
    dataset.RealWorldValueMappingSequence = modules.real_world_value(image, quantised)
    _add_frames(dataset, len(stored))
    _add_places(dataset, image)
    modules.add_pixels(dataset, stored)
    modules.add_attributes(dataset, context.attributes)
    yield dataset


def true_color(frames: Array, image: Image, context: SeriesContext) -> Dataset:
    """Return one Multi-frame True Color object of 8 bit `frames` (frame, row, column, 3).

    `image` says whose and of which study the pictures are.
    Raises `ShapeError` if the frames have another shape.
    """
    require_shape(frames, (*frames.shape[:3], 3), "colour frames (frame, row, column, 3)")
    dataset = _common(image, context, TRUE_COLOR_STORAGE)
    dataset.NumberOfFrames = len(frames)
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PlanarConfiguration = 3, "RGB", 0
    dataset.Rows, dataset.Columns = frames.shape[1:3]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    _add_frames(dataset, len(frames))
    data = np.ascontiguousarray(frames, dtype=np.uint8).tobytes()
    dataset.add_new(0x7FE00010, "OB", data + b"\0" * (len(data) % 2))
    return dataset


def _common(image: Image, context: SeriesContext, sop_class_uid: str) -> Dataset:
    dataset = modules.new_object(sop_class_uid, context)
    modules.add_patient_and_study(dataset, image, context)
    modules.add_series(dataset, image, context, "OT")
    dataset.Laterality, dataset.PatientOrientation = "", ""
    modules.add_equipment(dataset, image.provenance)
    modules.add_image(dataset, image, context, 1)
    modules.add_provenance(dataset, image, context)
    dataset.ConversionType = "WSD"
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.BurnedInAnnotation = "NO"
    return dataset


def _add_frames(dataset: Dataset, n_frames: int) -> None:
    """Name the attribute by which frames follow each other, needed for more than one (PS3.3 sec. C.8.6.3)."""
    if n_frames > 1:
        dataset.FrameIncrementPointer = _FRAME_VECTOR
        dataset.FrameLabelVector = [f"frame {number}" for number in range(1, n_frames + 1)]


def _add_places(dataset: Dataset, image: Image) -> None:
    """Add where each frame lies, as functional groups, and the spacing (PS3.3 sec. A.8.4.4)."""
    axes = np.asarray(image.grid.direction)
    shared, measures, orientation = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = decimals(image.grid.spacing_mm[-2:])
    measures.SliceThickness = decimal(image.grid.spacing_zyx_mm[0])
    orientation.ImageOrientationPatient = decimals([*axes[:, 0], *axes[:, 1]])
    shared.PixelMeasuresSequence = Sequence([measures])
    shared.PlaneOrientationSequence = Sequence([orientation])
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    n_slices = image.grid.shape_zyx[0]
    dataset.PerFrameFunctionalGroupsSequence = Sequence(
        _placed_frame(image, index % n_slices, index // n_slices) for index in range(dataset.NumberOfFrames)
    )
    dataset.PixelSpacing = decimals(image.grid.spacing_mm[-2:])


def _placed_frame(image: Image, slice_index: int, repeat: int) -> Dataset:
    groups, position, content = Dataset(), Dataset(), Dataset()
    position.ImagePositionPatient = decimals((image.grid.affine @ [0, 0, slice_index, 1])[:3])
    content.FrameAcquisitionNumber = repeat + 1
    groups.PlanePositionSequence = Sequence([position])
    groups.FrameContentSequence = Sequence([content])
    return groups
