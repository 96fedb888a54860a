"""Draw the picture of the page on ultrasound, from the code it shows."""

from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np

from isocenter.modalities import ultrasound as us
from isocenter.modalities.ultrasound.gates import picmus
from isocenter.modalities.ultrasound.simulation import Reflectors, echoes

mpl.use("Agg")
import matplotlib.pyplot as plt

IMAGES = Path(__file__).parent / "images" / "ultrasound"
METHODS = {"das": "delay and sum", "coherence-factor": "coherence factor", "dmas": "delay, multiply and sum"}


def hole() -> us.Measurement:
    """Return eleven plane waves on tissue with a hole and four bright points."""
    scan = replace(picmus(11), far_mm=29.0, near_mm=13.0, width_mm=20.0, n_samples=1000, pixel_mm=0.08)
    rng = np.random.default_rng(5)
    places = np.column_stack([rng.uniform(-11, 11, 20_000), np.zeros(20_000), rng.uniform(12, 30, 20_000)])
    strengths = rng.choice([-1.0, 1.0], 20_000) * (np.hypot(places[:, 0] + 3, places[:, 2] - 21) > 4)
    points = np.array([[5.0, 0, z] for z in (16.0, 20.0, 24.0, 28.0)])
    everything = Reflectors(
        np.vstack([places, points]), np.append(strengths, np.full(4, 25.0)), np.zeros(len(places) + 4)
    )
    traces = echoes(everything, scan)[np.newaxis].astype(np.float32)
    return us.Measurement(scan, traces)


def disk() -> us.Measurement:
    """Return frames of a disk of tissue that turns 40 times a second about its middle."""
    scan = replace(
        picmus(1), n_frames=8, frame_hz=6e3, near_mm=13.0, far_mm=29.0, width_mm=20.0, n_samples=1000, pixel_mm=0.08
    )
    rng = np.random.default_rng(6)
    radius, angle = 7 * np.sqrt(rng.random(6000)), rng.uniform(0, 2 * np.pi, 6000)
    frames = []
    for index in range(scan.n_frames):
        turned = angle + 40.0 * index / scan.frame_hz
        places = np.column_stack([radius * np.cos(turned), np.zeros(6000), 21 + radius * np.sin(turned)])
        frames.append(echoes(Reflectors(places, np.where(angle % 0.1 < 0.05, 1.0, -1.0), np.zeros(6000)), scan))
    return us.Measurement(scan, np.stack(frames).astype(np.float32))


def main() -> None:
    """Draw and save."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    figure, axes = plt.subplots(1, 4, figsize=(16, 3.9), layout="constrained")
    extent = (-10, 10, 29, 13)
    measurement = hole()
    for axis, (method, title) in zip(axes, METHODS.items(), strict=False):
        axis.imshow(us.reconstruct(measurement, method=method).values, cmap="gray", vmin=-55, vmax=0, extent=extent)
        axis.set_title(title)
    turning = disk()
    velocity = us.reconstruct(turning, method="colour-doppler", clutter="none", smoothing=5).values
    shown = np.where(us.reconstruct(turning).values[0] > -35, velocity, np.nan)
    picture = axes[3].imshow(shown, cmap="RdBu_r", vmin=-0.3, vmax=0.3, extent=extent)
    axes[3].set_title("velocity towards the probe, m/s")
    figure.colorbar(picture, ax=axes[3], shrink=0.8)
    for axis in axes:
        axis.set_xlabel("mm")
    figure.savefig(IMAGES / "pictures.png", dpi=70)


if __name__ == "__main__":
    main()
