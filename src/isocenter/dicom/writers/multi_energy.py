"""Enhanced CT images of multi-energy scans: monoenergetic images, material maps, densities and atomic numbers.

Source: DICOM PS3.3 sec. C.8.15.2 and C.8.15.3 (Enhanced CT Image; C.8.15.3.13 Multi-energy CT Processing), C.11.1.1.2
(Rescale Type), C.8.16.1 (image type).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from isocenter.core.errors import UnitError
from isocenter.core.image import Image
from isocenter.core.provenance import ParameterValue
from isocenter.dicom.writers import modules
from isocenter.dicom.writers.enhanced import CT_FRAME, enhanced_ct
from isocenter.dicom.writers.modules import SeriesContext, decimal

# Source: PS3.16 CID 300 (Multi-energy Relevant Material), by the names that decomposition gives its materials.
MATERIALS: Mapping[str, tuple[str, str]] = {
    "water": ("11713004", "Water"),
    "I": ("44588005", "Iodine"),
    "Gd": ("58281002", "Gadolinium"),
    "Ba": ("39290007", "Barium"),
}
# Source: PS3.3 sec. C.8.15.3.9 (CT X-Ray Details Macro), defined terms of Filter Material; by provenance's parameters.
_FILTERS: Mapping[str, str] = {"aluminium_mm": "ALUMINUM", "tin_mm": "TIN"}


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
    # A virtual non-contrast image says at which energy it was made, too (C.8.15.3.12).
    if kind.image_type in ("VMI", "MAT_REMOVED") and "energy_kev" in known:
        characteristics.MonoenergeticEnergyEquivalent = float(known["energy_kev"])
    if len(characteristics):
        shared.MultienergyCTCharacteristicsSequence = Sequence([characteristics])
    shared.MultienergyCTProcessingSequence = Sequence([_processing(known, image)])
    _add_exposure(shared, known)
    _add_x_ray_details(shared, known, image, kind)
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
    materials = [MATERIALS[name] for name in str(known.get("materials", "")).split() if name in MATERIALS]
    if materials:
        item.DecompositionMaterialSequence = Sequence(_material(*names) for names in materials)
    return item


def _material(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.MaterialCodeSequence = modules.code(value, "SCT", meaning)
    return item


def _edges_kev(known: Mapping[str, ParameterValue]) -> list[tuple[float, float]]:
    """Return from where to where each energy bin reaches; one of nothing if nobody knows."""
    edges = [float(edge) for edge in str(known.get("thresholds_kev", "")).split()]
    return list(pairwise([*edges, float(known.get("kvp", 0.0))])) if edges else [(0.0, 0.0)]


def _add_x_ray_details(shared: Dataset, known: Mapping[str, ParameterValue], image: Image, kind: Kind) -> None:
    """Add voltage and filters of every path; of an image of one bin, that this alone counts.

    Source: PS3.3 sec. C.8.15.3.9.
    """
    if "kvp" not in known:
        return
    filters = [name for parameter, name in _FILTERS.items() if float(known.get(parameter, 0.0)) > 0]
    items = []
    for number in range(1, len(_edges_kev(known)) + 1):
        item = Dataset()
        item.KVP = decimal(float(known["kvp"]))
        item.FocalSpots = decimal(float(known.get("focal_spot_mm", 0.0)))  # 0: the scan's model is a point
        if any(parameter in known for parameter in _FILTERS):
            item.FilterType = "FLAT" if filters else "NONE"
            item.FilterMaterial = filters or None
        if kind.image_type == "ENERGY_PROP_WT":
            item.EnergyWeightingFactor = float(image.quantity.endswith(f" {number}"))
        item.ReferencedPathIndex = number
        items.append(item)
    shared.CTXRayDetailsSequence = Sequence(items)


def _add_paths(dataset: Dataset, known: Mapping[str, ParameterValue], context: SeriesContext) -> None:
    """Add one source, and for every energy bin a detector and the path from the source to it."""
    moment = dataset.get("AcquisitionDateTime") or f"{context.written_at:%Y%m%d%H%M%S.%f}"
    source = Dataset()
    source.XRaySourceIndex, source.XRaySourceID = 1, "1"
    source.MultienergySourceTechnique = "CONSTANT_SOURCE"
    source.SourceStartDateTime, source.SourceEndDateTime = moment, moment
    dataset.MultienergyCTXRaySourceSequence = Sequence([source])
    detectors, paths = [], []
    for number, (low, high) in enumerate(_edges_kev(known), 1):
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
