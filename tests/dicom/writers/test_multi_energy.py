"""Multi-energy CT objects: what each kind is called, and what the validator says."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

from isocenter.core.errors import UnitError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.provenance import Provenance
from isocenter.dicom.image_format import writer_for

PARAMETERS = {
    "energy_kev": 55.0,
    "decomposition": "image",
    "materials": "water I Gd",
    "thresholds_kev": "20 35 51 70",
    "kvp": 120.0,
    "mas": 200.0,
    "rotation_s": 0.5,
    "ctdi_vol_mgy": 11.5,
}
KINDS = [
    ("CT number, virtual monoenergetic", "[hnsf'U]", "VMI", "HU"),
    ("CT number, virtual non-contrast", "[hnsf'U]", "MAT_REMOVED", "HU"),
    ("concentration of I", "mg/mL", "MAT_SPECIFIC", "MGML"),
    ("effective atomic number", "1", "EFF_ATOMIC_NUM", "Z_EFF"),
    ("electron density", "10*23/mL", "ELECTRON_DENSITY", "ED"),
]


def _image(quantity: str, unit: str) -> Image:
    values = np.linspace(0, 20, 48).reshape(6, 8)
    return Image(values, Grid((6, 8), (1, 1)), quantity, unit, provenance=Provenance("test", PARAMETERS))


@pytest.mark.parametrize(("quantity", "unit", "kind", "rescale"), KINDS)
def test_each_kind_is_named_and_valid(
    quantity: str, unit: str, kind: str, rescale: str, tmp_path: Path, validator_errors: Callable[[Path], list[str]]
) -> None:
    image = _image(quantity, unit)
    assert writer_for(image) == "multi-energy-ct"
    (file,) = image.to_dicom(tmp_path)
    dataset = pydicom.dcmread(file)
    shared = dataset.SharedFunctionalGroupsSequence[0]
    assert dataset.ImageType[3] == kind
    assert dataset.MultienergyCTAcquisition == "YES"
    assert shared.PixelValueTransformationSequence[0].RescaleType == rescale
    assert shared.CTExposureSequence[0].CTDIvol == 11.5
    assert [float(d.NominalMaxEnergy) for d in dataset.MultienergyCTXRayDetectorSequence] == [35, 51, 70, 120]
    mapping = shared.RealWorldValueMappingSequence[0]
    assert mapping.MeasurementUnitsCodeSequence[0].CodeValue == unit
    stored = dataset.pixel_array * mapping.RealWorldValueSlope + mapping.RealWorldValueIntercept
    assert stored == pytest.approx(image.values, abs=mapping.RealWorldValueSlope)
    # Validators older than the multi-energy supplement know no rescale type but HU (PS3.3 sec. C.11.1.1.2 has them).
    errors = [line for line in validator_errors(file) if rescale == "HU" or f"value = <{rescale}>" not in line]
    assert errors == []


def test_the_energy_of_a_monoenergetic_image_is_told(tmp_path: Path) -> None:
    (file,) = _image("CT number, virtual monoenergetic", "[hnsf'U]").to_dicom(tmp_path)
    shared = pydicom.dcmread(file).SharedFunctionalGroupsSequence[0]
    assert shared.MultienergyCTCharacteristicsSequence[0].MonoenergeticEnergyEquivalent == 55.0
    assert shared.MultienergyCTProcessingSequence[0].DecompositionMethod == "IMAGE_BASED"


def test_other_images_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnitError, match="multi-energy"):
        _image("CT number", "[hnsf'U]").to_dicom(tmp_path, sop_class="multi-energy-ct")
