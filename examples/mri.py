"""MRI from a body to DICOM: scan a head, write and read its raw data, reconstruct, draw, store.

Run: ``python examples/mri.py [folder]``; takes a few seconds.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import isocenter
from isocenter.formats import ismrmrd
from isocenter.modalities import mri
from isocenter.physics.bodies import BODIES


def main(folder: Path) -> None:
    """Make raw data, a picture and DICOM files in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    scan = mri.example_acquisition()
    measurement = mri.simulate(BODIES["head"](lesions=True), scan, np.random.default_rng(0))
    print(f"{scan.n_coils} coils, 1 of {scan.acceleration:.2g} lines of k-space")

    raw = folder / "head.h5"
    ismrmrd.write(measurement, raw)
    image = isocenter.reconstruct(isocenter.read(raw))
    print(image)
    print(image.provenance.sentence() if image.provenance else "")

    image.show(folder / "head.png")
    files = image.to_dicom(folder / "dicom", series_description="Virtual T2 of the head")
    print(f"{raw.name}, head.png and {len(files)} DICOM files are in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "mri-example"))
