"""Draw the pictures of the documentation anew, from the code they show."""

from __future__ import annotations

from pathlib import Path

import make_body_pictures
import make_ct_pictures
import make_gallery_pictures
import make_mri_pictures
import make_ultrasound_pictures
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

import isocenter
from isocenter.modalities import ct, mri
from isocenter.physics.bodies import BODIES
from isocenter.physics.properties import attenuation_at

IMAGES = Path(__file__).parent / "images"


def main() -> None:
    """Draw every picture."""
    mpl.use("Agg")
    make_body_pictures.main()
    make_ct_pictures.main()
    make_gallery_pictures.main()
    make_mri_pictures.main()
    make_ultrasound_pictures.main()
    draw_chain()


def draw_chain() -> None:
    """Draw one CT and one MRI scan from raw signal to image."""
    rng = np.random.default_rng(0)
    rows = []
    for modality, body in ((ct, BODIES["thorax"](lesions=True)), (mri, BODIES["head"]())):
        measurement = modality.simulate(body, modality.example_acquisition(), rng)
        rows.append((measurement, isocenter.reconstruct(measurement)))
    figure, panels = plt.subplots(2, 3, figsize=(11, 7), layout="constrained")
    scan, image = rows[0]
    truth = BODIES["thorax"](lesions=True).slice_at(0.0).voxelise(image.grid.plane(0), attenuation_at(60.0))
    _panel(panels[0, 0], truth, "body: tissue at a known place", 0, 0.03)
    _panel(panels[0, 1], scan.line_integrals(), "signal: CT sinogram (view, bin)", None, None, aspect="auto")
    _panel(panels[0, 2], image.values.reshape(image.grid.shape_zyx[1:]), f"image: {image.quantity}, HU", -200, 300)
    scan, image = rows[1]
    plane = BODIES["head"]().slice_at(float(image.grid.plane(1).center_mm[2]))
    signal = plane.voxelise(image.grid.plane(1), mri.simulation.signal_of(scan.acquisition)).real
    _panel(panels[1, 0], signal, "body: T2-weighted signal", 0, 0.6)
    _panel(panels[1, 1], np.log10(np.abs(scan.data[0, 1]) + 1e-4), "signal: k-space of one of 8 coils", None, None)
    _panel(panels[1, 2], image.values[1], f"image: {image.quantity}", 0, float(image.window()[1]))
    figure.savefig(IMAGES / "chain.png", dpi=80)
    plt.close(figure)


def _panel(
    panel: plt.Axes, values: np.ndarray, title: str, low: float | None, high: float | None, aspect: str = "equal"
) -> None:
    panel.imshow(values, cmap="gray", vmin=low, vmax=high, aspect=aspect)
    panel.set_title(title, fontsize=10)
    panel.set_xticks([])
    panel.set_yticks([])


if __name__ == "__main__":
    main()
