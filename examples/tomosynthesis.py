"""Tomosynthesis from a body to planes: shoot at a breast from 15 places, find the specks, write DICOM.

Run: python examples/tomosynthesis.py [folder]
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from isocenter.core.patient import Patient
from isocenter.modalities import tomosynthesis
from isocenter.physics.bodies import BODIES


def main(folder: Path) -> None:
    """Shoot, reconstruct, draw and write."""
    folder.mkdir(parents=True, exist_ok=True)
    acquisition = tomosynthesis.example_acquisition()
    measurement = tomosynthesis.simulate(BODIES["breast"](), acquisition, np.random.default_rng(1))
    for fact in tomosynthesis.describe(measurement):
        print(f"{fact.label}: {fact.value} {fact.unit}")

    image = tomosynthesis.reconstruct(measurement, method="fbp", slice_mm=4.0)
    print(image)
    image.show(folder / "tomosynthesis.png")
    named = replace(image, patient=Patient("DEMO", "Breast^Virtual"))
    (file,) = named.to_dicom(folder / "dicom", attributes={"FrameLaterality": "L"})
    print(f"{folder / 'tomosynthesis.png'} and {file}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "tomosynthesis-example"))
