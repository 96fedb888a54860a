"""Ultrasound images: one frame or a cine of 8 bit, with a calibrated region that says what a pixel is.

Echoes are grey; velocities have a palette, red towards the probe and blue away, so that what is stored stays a number.
The region's table turns stored values into decibels or cm/s.

Source: DICOM PS3.3 sec. A.6 and A.7 (US and US Multi-frame Image), C.8.5.5 (US Region Calibration), C.8.5.6 (US Image).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from isocenter.core.arrays import Array, FloatArray, require_finite
from isocenter.core.errors import DataError
from isocenter.core.image import Image
from isocenter.dicom.writers import modules
from isocenter.dicom.writers.modules import SeriesContext, decimal, decimals

US_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.6.1"
US_MULTI_FRAME_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.3.1"
FRAMES_A_SECOND = 25.0
"""How fast a cine is played whose own rate is not known."""
_FRAME_TIME = 0x00181063
_CENTIMETRES, _TISSUE, _COLOUR_FLOW, _TWO_DIMENSIONAL = 3, 1, 2, 1
_RANGES, _GRAYSCALE, _COLOUR_VELOCITY = 1, 1, 5


@dataclass(frozen=True)
class _Scale:
    """What a stored value is: its unit's number in table C.8.5.5.1.16, and the values of 0 and 255 in it."""

    unit: int
    lowest: float
    highest: float
    kind: int
    factor: float = 1.0

    def stored(self, values: Array) -> Array:
        span = max(self.highest - self.lowest, 1e-12)
        rounded: Array = np.rint(255 * (np.asarray(values, dtype=float) * self.factor - self.lowest) / span)
        return np.clip(rounded, 0, 255).astype(np.uint8)


def ultrasound_image(image: Image, context: SeriesContext) -> Iterator[Dataset]:
    """Yield one US Image, or one US Multi-frame Image of a cine or of the planes of a volume.

    A cine's rate comes from the parameter ``frame_hz`` of its provenance; without one it is played at 25 a second.
    Raises `DataError` if values are complex, NaN or infinite, or have more than one extra axis.
    """
    if np.iscomplexobj(image.values) or len(image.axes) > 1:
        raise DataError(
            "An ultrasound image has real values, and one axis of frames at most.",
            field="values, axes",
            found=f"{image.values.dtype}, {image.axes}",
            expected="real values and no axis but time",
            remedy="Write magnitudes, and one cine at a time.",
        )
    require_finite(image.values, "image to be written")
    frames = image.values.reshape(-1, *image.grid.shape[-2:])
    scale = _scale_of(image)
    is_single = len(frames) == 1
    dataset = modules.new_object(US_IMAGE_STORAGE if is_single else US_MULTI_FRAME_IMAGE_STORAGE, context)
    modules.add_patient_and_study(dataset, image, context)
    modules.add_series(dataset, image, context, "US")
    dataset.Laterality, dataset.PatientOrientation = "", ""
    modules.add_equipment(dataset, image.provenance)
    modules.add_image(dataset, image, context, 1)
    modules.add_provenance(dataset, image, context)
    origin = "ORIGINAL" if modules.is_original(image) else "DERIVED"
    dataset.ImageType = [origin, "PRIMARY", "", "0011" if scale.kind == _COLOUR_VELOCITY else "0001"]
    dataset.BurnedInAnnotation, dataset.LossyImageCompression = "NO", "00"
    if not is_single:
        _add_cine(dataset, image, len(frames))
    _add_pixels(dataset, scale.stored(frames), is_colour=scale.kind == _COLOUR_VELOCITY)
    dataset.SequenceOfUltrasoundRegions = Sequence([_region(image, scale)])
    dataset.PixelSpacing = decimals(image.grid.spacing_mm[-2:])
    modules.add_attributes(dataset, context.attributes)
    yield dataset


def _scale_of(image: Image) -> _Scale:
    """Return what stored values will mean: decibels, cm/s, or parts of a hundred of the largest."""
    values = image.values
    if image.unit == "dB":
        return _Scale(2, float(np.floor(values.min())), max(0.0, float(np.ceil(values.max()))), _GRAYSCALE)
    if image.unit in ("m/s", "cm/s"):
        factor = 100.0 if image.unit == "m/s" else 1.0
        most = max(float(np.abs(values).max()) * factor, 1e-3)
        # 255 steps of which 128 is none: as many either way.
        return _Scale(7, -most * 128 / 127, most, _COLOUR_VELOCITY, factor)
    top = max(float(values.max()), 1e-30)
    return _Scale(1, 0.0, 100.0, _GRAYSCALE, 100.0 / top)


def _add_cine(dataset: Dataset, image: Image, n_frames: int) -> None:
    """Say how frames follow each other in time (PS3.3 sec. C.7.6.5, C.7.6.6)."""
    known = float(image.provenance.parameters.get("frame_hz", 0.0)) if image.provenance else 0.0
    rate_hz = known if image.axes and known > 0 else FRAMES_A_SECOND
    dataset.NumberOfFrames = n_frames
    dataset.FrameIncrementPointer = _FRAME_TIME
    dataset.FrameTime = decimal(1000.0 / rate_hz)
    if known != rate_hz or rate_hz > 4 * FRAMES_A_SECOND:
        dataset.RecommendedDisplayFrameRate = round(FRAMES_A_SECOND)


def _add_pixels(dataset: Dataset, stored: Array, *, is_colour: bool) -> None:
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "PALETTE COLOR" if is_colour else "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape[-2:]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    if is_colour:
        for name, part in zip(("Red", "Green", "Blue"), (velocity_palette().astype(np.int64) * 257).T, strict=True):
            setattr(dataset, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
            setattr(dataset, f"{name}PaletteColorLookupTableData", part.astype("<u2").tobytes())
    else:
        dataset.PresentationLUTShape = "IDENTITY"
    data = np.ascontiguousarray(stored, dtype=np.uint8).tobytes()
    dataset.add_new(0x7FE00010, "OB", data + b"\0" * (len(data) % 2))


def velocity_palette() -> Array:
    """Return 256 colours (256, 3) from bright blue (away) by black (still) to bright red (towards the probe)."""
    towards: FloatArray = np.clip((np.arange(256) - 128) / 127, 0, 1)
    away: FloatArray = np.clip((128 - np.arange(256)) / 128, 0, 1)
    glow_towards, glow_away = np.clip(2 * towards - 1, 0, 1), np.clip(2 * away - 1, 0, 1)
    red = np.clip(2 * towards, 0, 1) + 0.2 * glow_away
    green = 0.85 * glow_towards + 0.75 * glow_away
    blue = np.clip(2 * away, 0, 1)
    colours: Array = np.rint(255 * np.stack([red, green, blue], axis=1)).clip(0, 255).astype(np.uint8)
    return colours


def _region(image: Image, scale: _Scale) -> Dataset:
    """Return the calibration of the whole picture: spacing, depth 0 at its top, and the meaning of values."""
    rows, columns = image.grid.shape[-2:]
    item = Dataset()
    is_flow = scale.kind == _COLOUR_VELOCITY
    item.RegionSpatialFormat, item.RegionDataType = _TWO_DIMENSIONAL, _COLOUR_FLOW if is_flow else _TISSUE
    item.RegionFlags = 2  # values here are protected from no scaling, and the region is transparent to none
    item.RegionLocationMinX0, item.RegionLocationMinY0 = 0, 0
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = columns - 1, rows - 1
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = _CENTIMETRES
    item.PhysicalDeltaX, item.PhysicalDeltaY = image.grid.spacing_mm[-1] / 10, image.grid.spacing_mm[-2] / 10
    item.PixelComponentOrganization = _RANGES
    item.PixelComponentRangeStart, item.PixelComponentRangeStop = 0, 255
    item.PixelComponentPhysicalUnits, item.PixelComponentDataType = scale.unit, scale.kind
    item.NumberOfTableBreakPoints = 2
    item.TableOfXBreakPoints = [0, 255]
    item.TableOfYBreakPoints = [scale.lowest, scale.highest]
    return item
