"""Breast tomosynthesis images: one object, its planes described by functional groups.

Source: DICOM PS3.3 sec. A.55 (Breast Tomosynthesis Image), C.8.21 (X-Ray 3D), C.8.23 (Breast Tomosynthesis).
"""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from isocenter.core.errors import DataError
from isocenter.core.image import Image
from isocenter.dicom.writers import modules
from isocenter.dicom.writers.enhanced import multi_frame
from isocenter.dicom.writers.modules import SeriesContext, decimal

BREAST_TOMOSYNTHESIS_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.13.1.3"


def breast_tomosynthesis_image(image: Image, context: SeriesContext) -> Iterator[Dataset]:
    """Yield one Breast Tomosynthesis Image for presentation with all planes as frames.

    Which breast it is nobody tells an image: pass ``FrameLaterality`` ("L" or "R") among the attributes; without it the
    frames are of both ("B"). So with ``BreastImplantPresent``, which is written as "NO".
    Raises `DataError` if the image is no stack of planes.
    """
    if image.grid.ndim != 3 or image.axes:
        raise DataError(
            "Breast tomosynthesis is a stack of planes.",
            field="values",
            found=image.values.shape,
            expected="(z, y, x)",
            remedy="Write with sop_class='secondary-capture'.",
        )
    further = dict(context.attributes)
    laterality = str(further.pop("FrameLaterality", "B"))
    dataset = multi_frame(image, context, BREAST_TOMOSYNTHESIS_IMAGE_STORAGE, "MG")
    dataset.ImageType = ["DERIVED", "PRIMARY", "TOMOSYNTHESIS", "NONE"]
    dataset.ContentQualification = "RESEARCH"
    dataset.ViewCodeSequence = modules.code("399162004", "SCT", "cranio-caudal")
    dataset.ViewCodeSequence[0].ViewModifierCodeSequence = Sequence([])
    dataset.BreastImplantPresent = "NO"
    dataset.XRay3DReconstructionSequence = Sequence([_reconstruction(image)])
    shared = dataset.SharedFunctionalGroupsSequence[0]
    shared.FrameAnatomySequence = Sequence([_anatomy(laterality)])
    _keep_stored_values(shared)
    for groups in dataset.PerFrameFunctionalGroupsSequence:
        groups.XRay3DFrameTypeSequence = Sequence([_frame_type(dataset)])
    modules.add_attributes(dataset, further)
    yield dataset


def _keep_stored_values(shared: Dataset) -> None:
    """Write slope 1 and intercept 0, as this object demands; the real world value map has the unit.

    Source: PS3.3 sec. C.8.21.1 (rescale of X-Ray 3D images).
    """
    rescale, window = shared.PixelValueTransformationSequence[0], shared.FrameVOILUTSequence[0]
    slope, intercept = float(rescale.RescaleSlope), float(rescale.RescaleIntercept)
    window.WindowCenter = decimal((float(window.WindowCenter) - intercept) / slope)
    window.WindowWidth = decimal(max(float(window.WindowWidth) / slope, 1.0))
    if "VOILUTFunction" in window:
        del window.VOILUTFunction
    rescale.RescaleSlope, rescale.RescaleIntercept, rescale.RescaleType = decimal(1), decimal(0), "US"


def _reconstruction(image: Image) -> Dataset:
    """Return how the planes were made."""
    item = Dataset()
    method = image.provenance.method if image.provenance else ""
    item.ReconstructionDescription = method[:64]
    item.ApplicationName, item.ApplicationManufacturer = "isocenter", modules.MANUFACTURER
    item.ApplicationVersion = image.provenance.version if image.provenance else "unknown"
    item.AlgorithmType = "ITERATIVE" if "sart" in method else "FILTER_BACK_PROJ"
    item.AcquisitionIndex = 1
    return item


def _anatomy(laterality: str) -> Dataset:
    item = Dataset()
    item.AnatomicRegionSequence = modules.code("76752008", "SCT", "Breast")
    item.FrameLaterality = laterality
    return item


def _frame_type(dataset: Dataset) -> Dataset:
    item = Dataset()
    item.FrameType = list(dataset.ImageType)
    for keyword in ("PixelPresentation", "VolumetricProperties", "VolumeBasedCalculationTechnique"):
        setattr(item, keyword, getattr(dataset, keyword))
    item.ReconstructionIndex = 1
    return item
