"""CT from a body to a picture and DICOM: scan a thorax, reconstruct it, write it.

Run: python examples/ct.py [folder]
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from isocenter.core.patient import Patient
from isocenter.modalities import ct
from isocenter.physics.bodies import BODIES


def main(folder: Path) -> None:
    """Scan, reconstruct, draw and write."""
    folder.mkdir(parents=True, exist_ok=True)
    acquisition = ct.example_acquisition()
    measurement = ct.simulate(BODIES["thorax"](), acquisition, np.random.default_rng(1))
    for fact in ct.describe(measurement):
        print(f"{fact.label}: {fact.value} {fact.unit}")

    image = ct.reconstruct(measurement, method="fbp", window="hann")
    print(image)
    image.show(folder / "ct.png")
    files = replace(image, patient=Patient("DEMO", "Body^Virtual")).to_dicom(folder / "dicom")
    print(f"{folder / 'ct.png'} and {len(files)} DICOM file(s) in {folder / 'dicom'}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "ct-example"))
