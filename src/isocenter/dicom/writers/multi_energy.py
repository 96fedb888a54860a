"""Enhanced CT images of multi-energy scans: monoenergetic images, material maps, densities and atomic numbers.

Source: DICOM PS3.3 sec. C.8.15.2 and C.8.15.3 (Enhanced CT Image, Multi-energy CT), C.11.1.1.2 (Rescale Type),
C.8.16.1 (image type).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from isocenter.core.errors import UnitError
from isocenter.core.image import Image
from isocenter.core.provenance import ParameterValue
from isocenter.dicom.writers import modules
from isocenter.dicom.writers.enhanced import CT_FRAME, enhanced_ct
from isocenter.dicom.writers.modules import SeriesContext, decimal


class Kind(NamedTuple):
    """How one kind of multi-energy image is named: unit, start of the quantity, image type, rescale type."""

    unit: str
    quantity: str
    image_type: str
    rescale_type: str


KINDS = (
    Kind("[hnsf'U]", "CT number, virtual non-contrast", "MAT_REMOVED", "HU"),
    Kind("[hnsf'U]", "CT number, virtual monoenergetic", "VMI", "HU"),
    Kind("[hnsf'U]", "CT number, energy bin", "ENERGY_PROP_WT", "HU"),
    Kind("mg/mL", "concentration", "MAT_SPECIFIC", "MGML"),
    Kind("1", "effective atomic number", "EFF_ATOMIC_NUM", "Z_EFF"),
    Kind("10*23/mL", "electron density", "ELECTRON_DENSITY", "ED"),
)


def multi_energy_ct_image(image: Image, context: SeriesContext) -> Iterator[Dataset]:
    """Yield one Enhanced CT Image with the attributes of its multi-energy scan, as far as provenance knows them.

    Raises `UnitError` if the image is none of `KINDS`.
    """
    kind = kind_of(image)
    dataset = enhanced_ct(image, context)
    dataset.ImageType = ["DERIVED", "PRIMARY", "VOLUME", kind.image_type]
    dataset.MultienergyCTAcquisition = "YES"
    shared = dataset.SharedFunctionalGroupsSequence[0]
    shared[CT_FRAME][0].FrameType = list(dataset.ImageType)
    shared.PixelValueTransformationSequence[0].RescaleType = kind.rescale_type
    known = image.provenance.parameters if image.provenance else {}
    characteristics = Dataset()
    if kind.image_type == "VMI" and "energy_kev" in known:
        characteristics.MonoenergeticEnergyEquivalent = float(known["energy_kev"])
    if len(characteristics):
        shared.MultienergyCTCharacteristicsSequence = Sequence([characteristics])
    shared.MultienergyCTProcessingSequence = Sequence([_processing(known, image)])
    _add_exposure(shared, known)
    _add_paths(dataset, known, context)
    modules.add_attributes(dataset, context.attributes)
    yield dataset


def kind_of(image: Image) -> Kind:
    """Return which kind of multi-energy image this is; raises `UnitError` that lists the known ones."""
    for kind in KINDS:
        if image.unit == kind.unit and image.quantity.startswith(kind.quantity):
            return kind
    raise UnitError(
        "This is no image of a multi-energy scan.",
        field="quantity, unit",
        found=f"{image.quantity} [{image.unit}]",
        expected="; ".join(f"{kind.quantity} [{kind.unit}]" for kind in KINDS),
        remedy="Write with sop_class='ct', 'enhanced-ct' or 'secondary-capture'.",
    )


def _processing(known: Mapping[str, ParameterValue], image: Image) -> Dataset:
    """Return how the materials were told apart."""
    item = Dataset()
    is_by_ray = known.get("decomposition", "projection") == "projection"
    item.DecompositionMethod = "PROJECTION_BASED" if is_by_ray else "IMAGE_BASED"
    item.DecompositionDescription = f"{image.quantity}; told apart: {known.get('materials', 'not known')}"
    return item


def _add_paths(dataset: Dataset, known: Mapping[str, ParameterValue], context: SeriesContext) -> None:
    """Add one source, and for every energy bin a detector and the path from the source to it."""
    moment = dataset.get("AcquisitionDateTime") or f"{context.written_at:%Y%m%d%H%M%S.%f}"
    source = Dataset()
    source.XRaySourceIndex, source.XRaySourceID = 1, "1"
    source.MultienergySourceTechnique = "CONSTANT_SOURCE"
    source.SourceStartDateTime, source.SourceEndDateTime = moment, moment
    dataset.MultienergyCTXRaySourceSequence = Sequence([source])
    edges = [float(edge) for edge in str(known.get("thresholds_kev", "")).split()]
    ends = [*edges[1:], float(known.get("kvp", 0.0))] if edges else []
    detectors, paths = [], []
    for number, (low, high) in enumerate(zip(edges, ends, strict=True) if edges else [(0.0, 0.0)], 1):
        detector, path = Dataset(), Dataset()
        detector.XRayDetectorIndex, detector.XRayDetectorID = number, str(number)
        detector.MultienergyDetectorType = "PHOTON_COUNTING"
        detector.NominalMinEnergy, detector.NominalMaxEnergy = decimal(low), decimal(high)
        path.MultienergyCTPathIndex = number
        path.ReferencedXRaySourceIndex, path.ReferencedXRayDetectorIndex = 1, number
        detectors.append(detector)
        paths.append(path)
    dataset.MultienergyCTXRayDetectorSequence = Sequence(detectors)
    dataset.MultienergyCTPathSequence = Sequence(paths)


def _add_exposure(shared: Dataset, known: Mapping[str, ParameterValue]) -> None:
    """Add tube load and CTDIvol, where they are known."""
    if not {"ctdi_vol_mgy", "mas", "rotation_s"} <= set(known):
        return
    exposure = Dataset()
    exposure.ReferencedXRaySourceIndex = 1
    exposure.ExposureTimeInms = 1000 * float(known["rotation_s"])
    exposure.XRayTubeCurrentInmA = float(known["mas"]) / float(known["rotation_s"])
    exposure.ExposureInmAs = float(known["mas"])
    exposure.ExposureModulationType = "NONE"
    exposure.CTDIvol = float(known["ctdi_vol_mgy"])
    exposure.CTDIPhantomTypeCodeSequence = modules.code("113691", "DCM", "IEC Body Dosimetry Phantom")
    shared.CTExposureSequence = Sequence([exposure])
