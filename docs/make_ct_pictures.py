"""Draw the pictures of the pages on CT corrections, photon-counting CT and tomosynthesis, from the code they show."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.modalities import ct, photon_counting_ct, tomosynthesis
from isocenter.modalities.ct.corrections.beam_hardening import bone_corrected, water_corrected
from isocenter.modalities.ct.corrections.gates import pelvis
from isocenter.modalities.ct.corrections.metal import reduce_metal
from isocenter.modalities.ct.polychromatic import Beam, simulate_polychromatic
from isocenter.physics.bodies import BODIES
from isocenter.physics.xrays.tube import Tube

IMAGES = Path(__file__).parent / "images" / "ct"


def main() -> None:
    """Draw every picture."""
    mpl.use("Agg")
    IMAGES.mkdir(parents=True, exist_ok=True)
    draw_spectra()
    draw_corrections()
    draw_materials()
    draw_planes()


def draw_spectra() -> None:
    """Draw spectra of four voltages, and the heel effect."""
    figure, (spectra, heel) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    for kvp in (80, 100, 120, 140):
        beam = Tube(kvp, 10.0, (("aluminium", 6.0),)).spectrum()
        layer = beam.half_value_layers_mm()[0]
        spectra.plot(beam.energies_kev, beam.photons, label=f"{kvp} kV, {layer:.1f} mm Al")
    spectra.set_xlabel("photon energy, keV")
    spectra.set_ylabel("photons per mm², mAs and keV at 1 m")
    spectra.legend(title="tube, half-value layer")
    angles = np.linspace(-5, 5, 21)
    for anode in (8.0, 12.0, 16.0):
        heel.plot(angles, Tube(100.0, anode).heel(angles), label=f"{anode:g}°")
    heel.set_xlabel("angle from the central ray towards the cathode, °")
    heel.set_ylabel("air kerma over the central ray's")
    heel.legend(title="anode")
    figure.savefig(IMAGES / "spectra.png", dpi=80)
    plt.close(figure)


def draw_corrections() -> None:
    """Draw a pelvis with steel stems before and after the corrections."""
    beam, scan, grid = Beam(Tube(120.0), mas=200.0), ct.example_acquisition(), Grid((256, 256), (1.3, 1.3))
    bones = simulate_polychromatic(pelvis("cortical bone"), scan, beam, np.random.default_rng(1))
    stems = simulate_polychromatic(pelvis("iron"), scan, beam, np.random.default_rng(1))
    images = {
        "bones, as measured": ct.reconstruct(bones, grid, window="hann"),
        "corrected for water": ct.reconstruct(water_corrected(bones, beam), grid, window="hann"),
        "corrected for bone": ct.reconstruct(bone_corrected(bones, beam), grid, window="hann"),
        "steel stems": ct.reconstruct(water_corrected(stems, beam), grid, window="hann"),
    }
    for way in ("interpolation", "normalised"):
        reduced = reduce_metal(water_corrected(stems, beam), way=way, threshold_hu=3000.0, grid=grid, window="hann")
        images[f"steel, {way}"] = reduced.image
    _panels(images, IMAGES / "corrections.png", (2, 3), -200, 300)


def draw_materials() -> None:
    """Draw what photon-counting CT says of a phantom."""
    scan = photon_counting_ct.example_acquisition()
    measurement = photon_counting_ct.simulate(BODIES["multi-energy"](), scan, np.random.default_rng(1))
    kinds = (
        ("monoenergetic", {"energy_kev": 50.0}, -200, 400, "50 keV, HU"),
        ("monoenergetic", {"energy_kev": 140.0}, -200, 400, "140 keV, HU"),
        ("non-contrast", {}, -200, 400, "virtual non-contrast, HU"),
        ("contrast", {}, 0, 16, "iodine, 0 to 16 mg/mL"),
        ("k-edge", {}, 0, 10, "gadolinium, 0 to 10 mg/mL"),
        ("effective-z", {}, 5, 15, "effective Z, 5 to 15"),
    )
    figure, panels = plt.subplots(2, 3, figsize=(9, 6.4), layout="constrained")
    for panel, (method, parameters, low, high, title) in zip(panels.ravel(), kinds, strict=True):
        image = photon_counting_ct.reconstruct(measurement, method=method, **parameters)
        _panel(panel, image.values, title, low, high)
    figure.savefig(IMAGES / "photon-counting.png", dpi=80)
    plt.close(figure)


def draw_planes() -> None:
    """Draw planes of a breast, by three methods."""
    measurement = tomosynthesis.simulate(
        BODIES["breast"](), tomosynthesis.example_acquisition(), np.random.default_rng(1)
    )
    figure, panels = plt.subplots(3, 3, figsize=(9, 7.6), layout="constrained")
    methods: tuple[tuple[str, dict[str, float]], ...] = (
        ("shift-and-add", {}),
        ("fbp", {"slice_mm": 4.0}),
        ("sart", {"n_iterations": 3}),
    )
    for row, (method, parameters) in zip(panels, methods, strict=True):
        image = tomosynthesis.reconstruct(measurement, method=method, **parameters)
        heights = image.grid.positions_mm()[:, 0, 0, 2]
        for panel, height in zip(row, (14.0, 2.0, -12.0), strict=True):
            plane = image.values[int(np.argmin(np.abs(heights - height)))]
            low, high = np.percentile(plane, [30, 99.8])
            _panel(panel, plane, f"{method}, {height:+.0f} mm", float(low), float(high))
    figure.savefig(IMAGES / "tomosynthesis.png", dpi=80)
    plt.close(figure)


def _panels(images: dict[str, Image], path: Path, shape: tuple[int, int], low: float, high: float) -> None:
    figure, panels = plt.subplots(*shape, figsize=(3 * shape[1], 2.6 * shape[0]), layout="constrained")
    for panel, (title, image) in zip(panels.ravel(), images.items(), strict=True):
        _panel(panel, image.values[40:-40], title, low, high)
    figure.savefig(path, dpi=80)
    plt.close(figure)


def _panel(panel: plt.Axes, values: np.ndarray, title: str, low: float, high: float) -> None:
    panel.imshow(values, cmap="gray", vmin=low, vmax=high)
    panel.set_title(title, fontsize=10)
    panel.axis("off")


if __name__ == "__main__":
    main()
