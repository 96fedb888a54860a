"""Photon-counting CT from a body to materials: scan a phantom, tell iodine from gadolinium, write DICOM.

Run: python examples/photon_counting_ct.py [folder]
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from isocenter.core.patient import Patient
from isocenter.modalities import photon_counting_ct
from isocenter.physics.bodies import BODIES


def main(folder: Path) -> None:
    """Scan, decompose, draw and write."""
    folder.mkdir(parents=True, exist_ok=True)
    acquisition = photon_counting_ct.example_acquisition()
    measurement = photon_counting_ct.simulate(BODIES["multi-energy"](), acquisition, np.random.default_rng(1))
    for fact in photon_counting_ct.describe(measurement):
        print(f"{fact.label}: {fact.value} {fact.unit}")

    for method in ("monoenergetic", "contrast", "k-edge", "electron-density"):
        image = photon_counting_ct.reconstruct(measurement, method=method)
        print(image)
        image.show(folder / f"{method}.png")
        named = replace(image, patient=Patient("DEMO", "Phantom^Multi-energy"))
        (file,) = named.to_dicom(folder / method, series_description=image.quantity)
        print(f"{folder / method}.png and {file}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "photon-counting-ct-example"))
