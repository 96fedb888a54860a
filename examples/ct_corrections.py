"""CT with a real tube: what beam hardening and metal do to an image, and what the corrections make of it.

Run: python examples/ct_corrections.py [folder]
"""

import sys
from pathlib import Path

import numpy as np

from isocenter.core.grid import Grid
from isocenter.modalities import ct
from isocenter.modalities.ct.corrections.beam_hardening import bone_corrected, water_corrected
from isocenter.modalities.ct.corrections.gates import pelvis
from isocenter.modalities.ct.corrections.metal import reduce_metal
from isocenter.modalities.ct.polychromatic import Beam, simulate_polychromatic
from isocenter.physics.xrays.tube import Tube


def main(folder: Path) -> None:
    """Scan a pelvis with steel stems, correct, draw."""
    folder.mkdir(parents=True, exist_ok=True)
    beam, scan, grid = Beam(Tube(120.0), mas=200.0), ct.example_acquisition(), Grid((256, 256), (1.3, 1.3))
    raw = simulate_polychromatic(pelvis("iron"), scan, beam, np.random.default_rng(1))
    dose = beam.dose(scan)
    print(f"{dose.kvp:g} kV, {dose.mas:g} mAs: CTDIvol {dose.ctdi_vol_mgy:.3g} mGy, DLP {dose.dlp_mgy_cm:.3g} mGy cm")

    for name, measurement in (
        ("uncorrected", raw),
        ("water", water_corrected(raw, beam)),
        ("bone", bone_corrected(raw, beam)),
    ):
        ct.reconstruct(measurement, grid, method="fbp", window="hann").show(folder / f"{name}.png")
    for way in ("interpolation", "normalised"):
        reduced = reduce_metal(water_corrected(raw, beam), way=way, threshold_hu=3000.0, grid=grid, window="hann")
        reduced.image.show(folder / f"metal-{way}.png")
    print(f"pictures in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "ct-corrections-example"))
