"""Enhanced CT and MR images: one object, its frames described by functional groups and dimensions.

An image does not know the pulse sequence or the tube that made it. These objects are therefore written as derived
volumes (ImageType DERIVED), for which the standard does not ask for the acquisition's attributes.
Source: DICOM PS3.3 sec. A.36.2 (Enhanced MR), A.38.1 (Enhanced CT), C.7.6.16 and C.7.6.17.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from isocenter.core.errors import UnitError
from isocenter.core.image import Image
from isocenter.core.viewing import as_viewed
from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.uids import new_uid, uid_from
from isocenter.dicom.writers import modules
from isocenter.dicom.writers.modules import SeriesContext, decimal, decimals
from isocenter.dicom.writers.quantise import Quantised, quantise, window_of

ENHANCED_MR_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.4.1"
ENHANCED_CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2.1"
CT_FRAME = "CTImageFrameTypeSequence"


@dataclass(frozen=True)
class _Frame:
    """One frame: its index on each extra axis, and its slice."""

    extra: tuple[int, ...]
    slice_index: int


def enhanced_mr_image(image: Image, context: SeriesContext) -> Iterator[Dataset]:
    """Yield one Enhanced MR Image with all slices of all extra axes as frames, turned as radiologists look at them."""
    dataset = multi_frame(as_viewed(image), context, ENHANCED_MR_IMAGE_STORAGE, "MR")
    dataset.ImageType = ["DERIVED", "PRIMARY", "VOLUME", "NONE"]
    dataset.ComplexImageComponent, dataset.AcquisitionContrast = "MAGNITUDE", "UNKNOWN"
    dataset.ContentQualification = "RESEARCH"
    dataset.ApplicableSafetyStandardAgency = "IEC"  # validators ask for it; no operating mode is claimed
    shared = dataset.SharedFunctionalGroupsSequence[0]
    shared.MRImageFrameTypeSequence = _frame_type(dataset, ("ComplexImageComponent", "AcquisitionContrast"))
    modules.add_attributes(dataset, context.attributes)
    yield dataset


def enhanced_ct_image(image: Image, context: SeriesContext) -> Iterator[Dataset]:
    """Yield one Enhanced CT Image with all slices as frames.

    Raises `UnitError` if the values are not CT numbers: this object knows no other unit.
    """
    if image.unit != "[hnsf'U]":
        raise UnitError(
            "An Enhanced CT Image holds CT numbers.",
            field="unit",
            found=image.unit,
            expected="[hnsf'U]",
            remedy="Convert to Hounsfield units, or write with sop_class='ct' or 'secondary-capture'.",
        )
    dataset = enhanced_ct(image, context)
    modules.add_attributes(dataset, context.attributes)
    yield dataset


def enhanced_ct(image: Image, context: SeriesContext) -> Dataset:
    """Return an Enhanced CT Image whose rescale type is HU, before the caller's own attributes."""
    dataset = multi_frame(image, context, ENHANCED_CT_IMAGE_STORAGE, "CT")
    dataset.ImageType = ["DERIVED", "PRIMARY", "VOLUME", "NONE"]
    dataset.ContentQualification = "RESEARCH"
    shared = dataset.SharedFunctionalGroupsSequence[0]
    shared.CTImageFrameTypeSequence = _frame_type(dataset, ())
    shared.PixelValueTransformationSequence[0].RescaleType = "HU"
    shared.IrradiationEventIdentificationSequence = _one(IrradiationEventUID=_irradiation_event(image))
    return dataset


def multi_frame(image: Image, context: SeriesContext, sop_class_uid: str, modality: str) -> Dataset:
    """Return what all enhanced multi-frame objects share, frames, dimensions and pixels among it."""
    quantised = quantise(image.values, image.unit)
    dataset = modules.new_object(sop_class_uid, context)
    modules.add_patient_and_study(dataset, image, context)
    modules.add_series(dataset, image, context, modality)
    modules.add_equipment(dataset, image.provenance)
    dataset.DeviceSerialNumber = "none"  # software has none, but the Enhanced General Equipment module asks for one
    modules.add_image(dataset, image, context, 1)
    modules.add_provenance(dataset, image, context)
    for keyword in ("AcquisitionDate", "AcquisitionTime", "DerivationDescription"):
        dataset.pop(keyword, None)  # not part of these objects; the contributing equipment says how it was made
    if image.acquired_at is not None:
        dataset.AcquisitionDateTime = f"{image.acquired_at:%Y%m%d%H%M%S.%f}"
    dataset.AcquisitionContextSequence = Sequence([])
    dataset.PixelPresentation, dataset.VolumetricProperties = "MONOCHROME", "VOLUME"
    dataset.VolumeBasedCalculationTechnique = "NONE"
    dataset.PresentationLUTShape = "IDENTITY"
    dataset.BurnedInAnnotation = "NO"
    dataset.LossyImageCompression = "00"
    frames = [
        _Frame(tuple(int(i) for i in extra), z)
        for extra in np.ndindex(image.values.shape[: len(image.axes)])
        for z in range(image.grid.shape_zyx[0])
    ]
    dataset.NumberOfFrames = len(frames)
    dataset.SharedFunctionalGroupsSequence = Sequence([_shared(image, quantised)])
    dataset.PerFrameFunctionalGroupsSequence = Sequence([_per_frame(image, frame) for frame in frames])
    _add_dimensions(dataset, image)
    modules.add_pixels(dataset, quantised.stored.reshape(-1, *image.grid.shape_zyx[1:]))
    return dataset


def _shared(image: Image, quantised: Quantised) -> Dataset:
    groups = Dataset()
    groups.PixelMeasuresSequence = _one(
        PixelSpacing=decimals(image.grid.spacing_mm[-2:]),
        SliceThickness=decimal(image.grid.spacing_zyx_mm[0]),
        SpacingBetweenSlices=decimal(image.grid.spacing_zyx_mm[0]),
    )
    axes = np.asarray(image.grid.direction)
    groups.PlaneOrientationSequence = _one(ImageOrientationPatient=decimals([*axes[:, 0], *axes[:, 1]]))
    center, width = window_of(image.values, image.unit)
    groups.FrameVOILUTSequence = _one(WindowCenter=decimal(center), WindowWidth=decimal(width))
    if width < 1:
        groups.FrameVOILUTSequence[0].VOILUTFunction = "LINEAR_EXACT"
    groups.PixelValueTransformationSequence = _one(
        RescaleIntercept=decimal(quantised.intercept), RescaleSlope=decimal(quantised.slope), RescaleType="US"
    )
    groups.RealWorldValueMappingSequence = modules.real_world_value(image, quantised)
    region = _one(AnatomicRegionSequence=modules.code("38266002", "SCT", "Entire body"), FrameLaterality="U")
    groups.FrameAnatomySequence = region
    return groups


def _per_frame(image: Image, frame: _Frame) -> Dataset:
    groups = Dataset()
    position = image.grid.affine @ [0, 0, frame.slice_index, 1]
    groups.PlanePositionSequence = _one(ImagePositionPatient=decimals(position[:3]))
    groups.FrameContentSequence = _one(
        StackID="1",
        InStackPositionNumber=frame.slice_index + 1,
        DimensionIndexValues=[*(index + 1 for index in frame.extra), 1, frame.slice_index + 1],
    )
    content = groups.FrameContentSequence[0]
    for name, index in zip(image.axes, frame.extra, strict=True):
        if name == "time":
            content.TemporalPositionIndex = index + 1
    if set(image.axes) - {"time"}:
        others = [(i, n) for i, n, a in zip(frame.extra, image.values.shape, image.axes, strict=False) if a != "time"]
        indices, sizes = zip(*others, strict=True)
        content.FrameAcquisitionNumber = int(np.ravel_multi_index(indices, sizes)) + 1
    return groups


def _add_dimensions(dataset: Dataset, image: Image) -> None:
    """Add the Multi-frame Dimension module: the extra axes, the stack, and the place in the stack."""
    organization = new_uid()
    dataset.DimensionOrganizationSequence = _one(DimensionOrganizationUID=organization)
    pointers = [
        *("TemporalPositionIndex" if name == "time" else "FrameAcquisitionNumber" for name in image.axes),
        "StackID",
        "InStackPositionNumber",
    ]
    dataset.DimensionIndexSequence = Sequence(
        _one(
            DimensionIndexPointer=tag_of(pointer),
            FunctionalGroupPointer=tag_of("FrameContentSequence"),
            DimensionOrganizationUID=organization,
        )[0]
        for pointer in pointers
    )


def _irradiation_event(image: Image) -> str:
    """Return the UID of the exposure: the same for all images made from the same raw data, as nobody states one."""
    sources = image.provenance.sources if image.provenance else ()
    return uid_from("irradiation event " + " ".join(source.sha256 for source in sources)) if sources else new_uid()


def _frame_type(dataset: Dataset, keywords: tuple[str, ...]) -> Sequence:
    """Return the frame type group: the same for all frames as for the object."""
    shared = ("PixelPresentation", "VolumetricProperties", "VolumeBasedCalculationTechnique", *keywords)
    return _one(FrameType=list(dataset.ImageType), **{keyword: getattr(dataset, keyword) for keyword in shared})


def _one(**values: object) -> Sequence:
    """Return a sequence of one item with these attributes."""
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return Sequence([item])
