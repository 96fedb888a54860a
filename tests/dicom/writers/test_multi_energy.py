"""Multi-energy CT objects: what each kind is called, and what the validator says."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.sr.codedict import codes

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
    "aluminium_mm": 3.0,
    "tin_mm": 0.4,
    "mas": 200.0,
    "rotation_s": 0.5,
    "ctdi_vol_mgy": 11.5,
}
KNOWN_WRONG = ("/DecompositionMaterialSequence(0018,9381)>",)
KINDS = [
    ("CT number, virtual monoenergetic", "[hnsf'U]", "VMI", "HU"),
    ("CT number, virtual non-contrast", "[hnsf'U]", "MAT_REMOVED", "HU"),
    ("concentration of I", "mg/mL", "MAT_SPECIFIC", "MGML"),
    ("effective atomic number", "1", "EFF_ATOMIC_NUM", "Z_EFF"),
    ("electron density", "10*23/mL", "ELECTRON_DENSITY", "ED"),
    ("CT number, energy bin 2", "[hnsf'U]", "ENERGY_PROP_WT", "HU"),
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
    # The validator of 2022 knows no rescale type but HU (PS3.3 sec. C.11.1.1.2 has them), and allows one basis material
    # where the standard asks for two or more (sec. C.8.15.3.13).
    known_wrong = KNOWN_WRONG if rescale == "HU" else (*KNOWN_WRONG, f"value = <{rescale}>")
    assert [line for line in validator_errors(file) if not any(words in line for words in known_wrong)] == []


def test_the_energy_of_a_monoenergetic_image_is_told(tmp_path: Path) -> None:
    (file,) = _image("CT number, virtual monoenergetic", "[hnsf'U]").to_dicom(tmp_path)
    shared = pydicom.dcmread(file).SharedFunctionalGroupsSequence[0]
    assert shared.MultienergyCTCharacteristicsSequence[0].MonoenergeticEnergyEquivalent == 55.0
    assert shared.MultienergyCTProcessingSequence[0].DecompositionMethod == "IMAGE_BASED"
    (file,) = _image("CT number, virtual non-contrast", "[hnsf'U]").to_dicom(tmp_path / "without")
    shared = pydicom.dcmread(file).SharedFunctionalGroupsSequence[0]
    assert shared.MultienergyCTCharacteristicsSequence[0].MonoenergeticEnergyEquivalent == 55.0


def test_materials_are_coded_and_the_beam_is_described(tmp_path: Path) -> None:
    (file,) = _image("concentration of I", "mg/mL").to_dicom(tmp_path)
    shared = pydicom.dcmread(file).SharedFunctionalGroupsSequence[0]
    items = shared.MultienergyCTProcessingSequence[0].DecompositionMaterialSequence
    found = [(item.MaterialCodeSequence[0].CodeValue, item.MaterialCodeSequence[0].CodeMeaning) for item in items]
    known = (codes.cid300.Water, codes.cid300.Iodine, codes.cid300.Gadolinium)
    assert found == [(code.value, code.meaning) for code in known]
    details = shared.CTXRayDetailsSequence
    assert [item.ReferencedPathIndex for item in details] == [1, 2, 3, 4]
    assert {float(item.KVP) for item in details} == {120.0}
    assert list(details[0].FilterMaterial) == ["ALUMINUM", "TIN"]
    assert "EnergyWeightingFactor" not in details[0]


def test_an_image_of_one_bin_says_that_no_other_counts(tmp_path: Path) -> None:
    (file,) = _image("CT number, energy bin 2", "[hnsf'U]").to_dicom(tmp_path)
    details = pydicom.dcmread(file).SharedFunctionalGroupsSequence[0].CTXRayDetailsSequence
    assert [item.EnergyWeightingFactor for item in details] == [0.0, 1.0, 0.0, 0.0]


def test_other_images_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnitError, match="multi-energy"):
        _image("CT number", "[hnsf'U]").to_dicom(tmp_path, sop_class="multi-energy-ct")
