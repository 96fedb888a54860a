"""A volume of ultrasound, or a volume that moves, as one Enhanced US Volume whose voxels have a place and a size.

The object knows two frames of reference: that of the volume, in which every plane has its place, and that of the
patient, where the place of the probe is written as estimated.

Source: DICOM PS3.3 sec. A.59 (Enhanced US Volume), C.8.24 (its modules and functional groups), C.7.6.16, C.7.6.17.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from isocenter.core.arrays import require_finite
from isocenter.core.errors import DataError
from isocenter.core.image import Image
from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.uids import new_uid
from isocenter.dicom.writers import modules
from isocenter.dicom.writers.modules import SeriesContext, decimals
from isocenter.dicom.writers.quantise import Quantised

ENHANCED_US_VOLUME_STORAGE = "1.2.840.10008.5.1.4.1.1.6.2"
_BYTE = 255


def ultrasound_volume(image: Image, context: SeriesContext) -> Iterator[Dataset]:
    """Yield one Enhanced US Volume of a volume (z, y, x), or of volumes over time.

    Echoes are written in 8 bit over their range, with the real world values that they stand for. Raises `DataError`
    for a plane, for velocities (which this object keeps beside tissue, not alone), and for what are no real numbers.
    """
    if image.grid.ndim != 3 or np.iscomplexobj(image.values) or not set(image.axes) <= {"time"} or image.unit == "m/s":
        raise DataError(
            "An Enhanced US Volume holds echoes of a volume, over time or not.",
            field="grid, axes, unit",
            found=f"{image.grid.ndim} axes of space, {image.axes}, {image.values.dtype}, {image.unit}",
            expected="3 axes of space, real values in dB or without unit, and no axis but time",
            remedy="Write planes and velocities with sop_class='ultrasound'.",
        )
    require_finite(image.values, "image to be written")
    quantised = _bytes_of(image)
    dataset = modules.new_object(ENHANCED_US_VOLUME_STORAGE, context)
    modules.add_patient_and_study(dataset, image, context)
    modules.add_series(dataset, image, context, "US")
    modules.add_equipment(dataset, image.provenance)
    dataset.DeviceSerialNumber = "none"  # software has none, but the Enhanced General Equipment module asks for one
    modules.add_image(dataset, image, context, 1)
    modules.add_provenance(dataset, image, context)
    for keyword in ("AcquisitionDate", "AcquisitionTime", "DerivationDescription"):
        dataset.pop(keyword, None)
    _add_image(dataset, image, context)
    _add_frames(dataset, image, quantised)
    _add_pixels(dataset, quantised)
    modules.add_attributes(dataset, context.attributes)
    yield dataset


def _bytes_of(image: Image) -> Quantised:
    """Return values as bytes, and how to get them back."""
    lowest, highest = float(image.values.min()), float(image.values.max())
    slope = max(highest - lowest, 1e-6) / _BYTE
    stored = np.rint((image.values - lowest) / slope).clip(0, _BYTE).astype(np.uint8)
    return Quantised(stored, slope, lowest)


def _add_image(dataset: Dataset, image: Image, context: SeriesContext) -> None:
    """Add the modules Enhanced US Series, US Frame of Reference, Synchronization and Enhanced US Image."""
    acquired = image.acquired_at or context.written_at
    dataset.AcquisitionDateTime, dataset.AcquisitionDuration = f"{acquired:%Y%m%d%H%M%S.%f}", 0.0
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    dataset.PatientOrientation = ""
    dataset.UltrasoundAcquisitionGeometry = "UNKNOWN"  # the defined term, APEX, is for lines that meet in a point
    dataset.VolumeFrameOfReferenceUID = new_uid()
    dataset.PatientFrameOfReferenceSource = "ESTIMATED"
    dataset.VolumeToTransducerRelationship = "FIXED"
    dataset.VolumeToTransducerMappingMatrix = [float(value) for value in np.eye(4).ravel()]
    dataset.SynchronizationFrameOfReferenceUID = new_uid()
    dataset.SynchronizationTrigger, dataset.AcquisitionTimeSynchronized = "NO TRIGGER", "N"
    dataset.AcquisitionContextSequence = Sequence([])
    dataset.PositionMeasuringDeviceUsed = "RIGID"
    dataset.RescaleIntercept, dataset.RescaleSlope = 0, 1
    dataset.AnatomicRegionSequence = modules.code("38266002", "SCT", "Entire body")
    dataset.ViewCodeSequence = modules.code(*_view_of(image))
    dataset.TransducerScanPatternCodeSequence = modules.code("125242", "DCM", "Volume scan pattern")
    geometry = modules.code("125252", "DCM", "Linear ultrasound transducer geometry")
    dataset.TransducerGeometryCodeSequence = geometry
    dataset.TransducerBeamSteeringCodeSequence = modules.code("125259", "DCM", "Phased beam steering")
    dataset.TransducerApplicationCodeSequence = modules.code("125261", "DCM", "External Transducer")
    # Who beamforms traces does not know what was sent in; the standard has no way to say so.
    dataset.MechanicalIndex = dataset.BoneThermalIndex = dataset.CranialThermalIndex = 0.0
    dataset.SoftTissueThermalIndex = 0.0
    dataset.ImageComments = "Mechanical and thermal indices are not known and written as 0."
    depth_mm = image.grid.shape_zyx[1] * image.grid.spacing_zyx_mm[1]
    dataset.DepthsOfFocus, dataset.DepthOfScanField = [depth_mm], round(depth_mm)
    dataset.PresentationLUTShape, dataset.BurnedInAnnotation, dataset.LossyImageCompression = "IDENTITY", "NO", "00"


def _view_of(image: Image) -> tuple[str, str, str]:
    """Return the code of the view whose normal is nearest to that of the planes."""
    views = (
        ("30730003", "SCT", "Sagittal"),
        ("81654009", "SCT", "Coronal"),
        ("62824007", "SCT", "Transverse"),
    )
    return views[int(np.abs(np.asarray(image.grid.direction)[:, 2]).argmax())]


def _add_frames(dataset: Dataset, image: Image, quantised: Quantised) -> None:
    """Add frames, volume after volume, each plane with its place in the volume and in the patient."""
    grid, n_slices = image.grid, image.grid.shape_zyx[0]
    n_volumes = len(quantised.stored) if image.axes else 1
    axes = np.asarray(grid.direction)
    spacing_z = grid.spacing_zyx_mm[0]
    shared = Dataset()
    shared.PixelMeasuresSequence = _one(
        PixelSpacing=decimals(grid.spacing_mm[-2:]), SliceThickness=spacing_z, SpacingBetweenSlices=spacing_z
    )
    shared.PlaneOrientationVolumeSequence = _one(ImageOrientationVolume=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
    shared.PlaneOrientationSequence = _one(ImageOrientationPatient=decimals([*axes[:, 0], *axes[:, 1]]))
    shared.RealWorldValueMappingSequence = modules.real_world_value(image, quantised)
    shared.FrameVOILUTSequence = _one(WindowCenter="127.5", WindowWidth="255", VOILUTFunction="LINEAR_EXACT")
    shared.ImageDataTypeSequence = _one(DataType="TISSUE_INTENSITY", AliasedDataType="NO")
    shared.USImageDescriptionSequence = _one(
        FrameType=list(dataset.ImageType), VolumetricProperties="VOLUME", VolumeBasedCalculationTechnique="NONE"
    )
    rate_hz = float(image.provenance.parameters.get("frame_hz", 0.0)) if image.provenance else 0.0
    frames = []
    for volume in range(n_volumes):
        for index in range(n_slices):
            frame = Dataset()
            frame.PlanePositionVolumeSequence = _one(ImagePositionVolume=[0.0, 0.0, index * spacing_z])
            position = grid.affine @ [0, 0, index, 1]
            frame.PlanePositionSequence = _one(ImagePositionPatient=decimals(position[:3]))
            values = [volume + 1, index + 1] if image.axes else [index + 1]
            frame.FrameContentSequence = _one(StackID="1", InStackPositionNumber=index + 1, DimensionIndexValues=values)
            content = frame.FrameContentSequence[0]
            content.FrameReferenceDateTime = content.FrameAcquisitionDateTime = dataset.AcquisitionDateTime
            content.FrameAcquisitionDuration = 1e3 / rate_hz if rate_hz > 0 else 0.0
            if image.axes:
                offset_s = volume / rate_hz if rate_hz > 0 else float(volume)
                frame.TemporalPositionSequence = _one(TemporalPositionTimeOffset=offset_s)
            frames.append(frame)
    dataset.NumberOfFrames = len(frames)
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    organization = new_uid()
    dataset.DimensionOrganizationSequence = _one(DimensionOrganizationUID=organization)
    dataset.DimensionOrganizationType = "3D_TEMPORAL" if image.axes else "3D"
    pointers = [("ImagePositionVolume", "PlanePositionVolumeSequence")]
    if image.axes:
        pointers.insert(0, ("TemporalPositionTimeOffset", "TemporalPositionSequence"))
    dataset.DimensionIndexSequence = Sequence(
        _one(
            DimensionIndexPointer=tag_of(pointer),
            FunctionalGroupPointer=tag_of(group),
            DimensionOrganizationUID=organization,
        )[0]
        for pointer, group in pointers
    )


def _add_pixels(dataset: Dataset, quantised: Quantised) -> None:
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = quantised.stored.shape[-2:]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    data = np.ascontiguousarray(quantised.stored).tobytes()
    dataset.add_new(0x7FE00010, "OB", data + b"\0" * (len(data) % 2))


def _one(**values: object) -> Sequence:
    """Return a sequence of one item with these attributes."""
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return Sequence([item])
