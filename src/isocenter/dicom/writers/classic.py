"""CT and MR images, one object per slice.

Source: DICOM PS3.3 sec. A.3 and C.8.2 (CT Image), A.4 and C.8.3 (MR Image), C.7.6.2 (Image Plane).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydicom.dataset import Dataset
from pydicom.valuerep import DSfloat

from isocenter.core.image import Image
from isocenter.core.viewing import as_viewed
from isocenter.dicom.writers import modules
from isocenter.dicom.writers.modules import SeriesContext, decimal, decimals
from isocenter.dicom.writers.quantise import Quantised, quantise, window_of

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
MR_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.4"
_KERNEL_PARAMETERS = ("kernel", "filter", "window")


def ct_images(image: Image, context: SeriesContext) -> Iterator[Dataset]:
    """Yield one CT Image per slice; extra axes follow each other as acquisitions."""
    for dataset, quantised in _slices(image, context, CT_IMAGE_STORAGE, "CT"):
        is_hounsfield = image.unit == "[hnsf'U]"
        # What is told of CT numbers, such as their noise, is no CT image as it came from the scanner.
        is_original = is_hounsfield and image.quantity == "CT number" and modules.is_original(image)
        dataset.ImageType = [*_image_type(is_original), _plane_name(image)]
        dataset.RescaleType = "HU" if is_hounsfield else "US"
        dataset.KVP = _kvp(image)
        if not context.series_description and image.quantity != "CT number":
            dataset.SeriesDescription = image.quantity.capitalize()[:64]
        kernel = _kernel(image)
        if kernel:
            dataset.ConvolutionKernel = kernel
        _finish(dataset, quantised, context)
        yield dataset


def mr_images(image: Image, context: SeriesContext) -> Iterator[Dataset]:
    """Yield one MR Image per slice; a time axis becomes temporal positions, an echo axis echo numbers.

    Planes are turned as radiologists look at them. What an image does not know about the scan (sequence, times) is
    written empty (type 2) or as research mode.
    """
    for dataset, quantised in _slices(as_viewed(image), context, MR_IMAGE_STORAGE, "MR"):
        dataset.ImageType = [*_image_type(modules.is_original(image)), "OTHER"]
        dataset.ScanningSequence, dataset.SequenceVariant = "RM", "NONE"
        dataset.ScanOptions = ""
        dataset.MRAcquisitionType = "3D" if image.grid.ndim == 3 else "2D"
        dataset.EchoTime, dataset.EchoTrainLength = None, None
        dataset.RepetitionTime = None
        dataset.RescaleType = "US"
        _finish(dataset, quantised, context)
        yield dataset


def _slices(
    image: Image, context: SeriesContext, sop_class_uid: str, modality: str
) -> Iterator[tuple[Dataset, Quantised]]:
    quantised = quantise(image.values, image.unit)
    window = window_of(image.values, image.unit)
    affine, direction = image.grid.affine, np.asarray(image.grid.direction)
    n_extra = image.values.shape[: len(image.axes)]
    volumes = quantised.stored.reshape(-1, *image.grid.shape_zyx)
    for volume_index, volume in enumerate(volumes):
        for slice_index, plane in enumerate(volume):
            number = volume_index * len(volume) + slice_index + 1
            dataset = modules.new_object(sop_class_uid, context)
            modules.add_patient_and_study(dataset, image, context)
            modules.add_series(dataset, image, context, modality)
            modules.add_equipment(dataset, image.provenance)
            modules.add_image(dataset, image, context, number)
            modules.add_provenance(dataset, image, context)
            _add_extra_axes(dataset, image.axes, np.unravel_index(volume_index, n_extra) if n_extra else (), n_extra)
            dataset.Laterality = ""
            dataset.ImagePositionPatient = decimals((affine @ [0, 0, slice_index, 1])[:3])
            dataset.ImageOrientationPatient = decimals([*direction[:, 0], *direction[:, 1]])
            dataset.PixelSpacing = decimals(image.grid.spacing_mm[-2:])
            dataset.SliceThickness = decimal(image.grid.spacing_zyx_mm[0])
            modules.add_window(dataset, window)
            dataset.RealWorldValueMappingSequence = modules.real_world_value(image, quantised)
            modules.add_pixels(dataset, plane)
            yield dataset, quantised


def _finish(dataset: Dataset, quantised: Quantised, context: SeriesContext) -> None:
    dataset.RescaleIntercept, dataset.RescaleSlope = decimal(quantised.intercept), decimal(quantised.slope)
    modules.add_attributes(dataset, context.attributes)


def _add_extra_axes(
    dataset: Dataset, axes: tuple[str, ...], indices: tuple[np.intp, ...], sizes: tuple[int, ...]
) -> None:
    """Say where on the extra axes a slice lies, so that a reader can tell repeated positions apart."""
    acquisition = 1
    for name, index, size in zip(axes, indices, sizes, strict=True):
        if name == "time" and dataset.Modality == "MR":
            dataset.TemporalPositionIdentifier = int(index) + 1
            dataset.NumberOfTemporalPositions = size
        elif name == "echo" and dataset.Modality == "MR":
            dataset.EchoNumbers = int(index) + 1
        else:
            acquisition = (acquisition - 1) * size + int(index) + 1
    dataset.AcquisitionNumber = acquisition


def _image_type(is_original: bool) -> list[str]:
    return ["ORIGINAL", "PRIMARY"] if is_original else ["DERIVED", "SECONDARY"]


def _plane_name(image: Image) -> str:
    """Return AXIAL where the slices lie across the patient (within 45 degrees), else OTHER."""
    normal = np.abs(np.asarray(image.grid.direction)[:, 2])
    return "AXIAL" if int(normal.argmax()) == 2 else "OTHER"


def _kvp(image: Image) -> DSfloat | None:
    """Return the tube voltage, where a correction or the scan knew it."""
    known = image.provenance.parameters.get("kvp") if image.provenance else None
    return decimal(float(known)) if isinstance(known, (int, float)) and known > 0 else None


def _kernel(image: Image) -> str:
    if image.provenance is None:
        return ""
    found = (image.provenance.parameters.get(name) for name in _KERNEL_PARAMETERS)
    return next((value.upper()[:16] for value in found if isinstance(value, str)), "")
