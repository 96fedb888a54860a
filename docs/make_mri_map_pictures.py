"""Draw the pictures of the pages on MRI: what missing lines and ghosts do, and the maps of a series of scans."""

from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np

from isocenter.core.image import Image
from isocenter.modalities import mri
from isocenter.modalities.mri import epi
from isocenter.modalities.mri.water_fat import GYROMAGNETIC_HZ_PER_T, fat_signal
from isocenter.physics.bodies import BODIES

mpl.use("Agg")
import matplotlib.pyplot as plt

IMAGES = Path(__file__).parent / "images" / "mri"
N = 128
HEAD = mri.Acquisition(
    n_coils=8,
    encoded_shape=(1, N, N),
    encoded_fov_mm=(5.0, 240.0, 240.0),
    center_mm=(0.0, 0.0, 8.0),
    field_t=1.5,
    repetition_time_s=4.0,
    echo_time_s=0.09,
    sequence="spin echo",
    coils=mri.CoilArray(8, 240.0),
    noise_std=0.002,
)


def unfolded() -> list[tuple[str, np.ndarray]]:
    """Return a head of every third line: folded, and unfolded by calibration lines; and the ghost of an EPI scan."""
    full = mri.simulate(BODIES["head"](), HEAD, np.random.default_rng(1))
    third = np.zeros((1, N), dtype=bool)
    third[:, 1::3] = True
    block = full.data[:, :, N // 2 - 12 : N // 2 + 12]
    scan = replace(full, data=full.data * third[:, :, None], calibration=block)
    folded = mri.reconstruct(scan, method="rss").values[0]
    scan = replace(scan, acquisition=replace(full.acquisition, sampled=third))
    is_odd = np.arange(N) % 2
    ghosted = epi.without_ghost(full.data, epi.GhostPhase(-0.6, -0.02), is_odd)
    navigators = [epi.without_ghost(full.data[:, 0, N // 2 : N // 2 + 1], epi.GhostPhase(-0.6, -0.02), np.ones(1))]
    even = full.data[:, 0, N // 2]
    phase = epi.ghost_phase(even, navigators[0][:, 0], even)
    mended = epi.without_ghost(ghosted, phase, is_odd)
    return [
        ("every third line", folded),
        ("sense-cg", mri.reconstruct(scan, method="sense-cg").values[0]),
        ("grappa", mri.reconstruct(scan, method="grappa").values[0]),
        ("echo-planar, ghost", mri.reconstruct(replace(full, data=ghosted), method="rss").values[0]),
        ("ghost taken out", mri.reconstruct(replace(full, data=mended), method="rss").values[0]),
    ]


def series_of(frames: np.ndarray, times_s: np.ndarray | None, counter: str, *, is_3d: bool = False) -> mri.Series:
    """Return scans by six coils of complex images (frame, z, y, x), 2 mm a pixel."""
    shape, axes = frames.shape[1:], (-3, -2, -1) if is_3d else (-2, -1)
    fov = (2.0 * shape[0], 2.0 * shape[1], 2.0 * shape[2])
    positions = [2.0 * (np.arange(n) - n // 2) for n in shape[1:]]
    y, x = np.meshgrid(*positions, indexing="ij")
    maps = mri.CoilArray(6, fov[1]).sensitivities(x, y)[:, None]
    made = []
    for index, frame in enumerate(frames):
        echo_s = None if times_s is None else float(times_s[index])
        scan = mri.Acquisition(6, shape, fov, is_3d=is_3d, field_t=3.0, echo_time_s=echo_s)
        shifted = np.fft.ifftshift(maps * frame, axes=axes)
        kspace = np.fft.fftshift(np.fft.fftn(shifted, axes=axes, norm="ortho"), axes=axes)
        made.append(mri.Measurement(scan, kspace.astype(np.complex64)))
    return mri.Series(tuple(made), counter)


def liver() -> tuple[mri.Series, np.ndarray]:
    """Return six echoes of a body with a fatty liver, fat around it and iron in one part, and where its middle is."""
    y, x = np.indices((N, N)) - N // 2
    body, wall = (x / 54) ** 2 + (y / 40) ** 2, (x / 47) ** 2 + (y / 33) ** 2
    is_liver = ((x + 16) / 24) ** 2 + ((y + 4) / 20) ** 2 < 1
    is_spleen = ((x - 28) / 10) ** 2 + ((y - 6) / 9) ** 2 < 1
    is_spine = ((x - 2) / 9) ** 2 + ((y - 20) / 8) ** 2 < 1
    fraction = np.where(wall > 1, 0.95, 0.03)
    fraction = np.where(is_liver, 0.22, np.where(is_spine, 0.45, fraction))
    density = np.where(body < 1, np.where(is_liver | is_spleen, 0.8, 1.0) * np.where(wall < 1, 0.75, 1.0), 0.0)
    r2star = np.where(is_liver, 45.0, np.where(is_spleen, 130.0, 25.0))
    field_hz = 60 * (x / 54) ** 2 - 40 * (y / 40) + 25 * (x / 54)
    times = 1.1e-3 + 0.95e-3 * np.arange(6)
    signal = (1 - fraction) + fraction * fat_signal(times, 3.0)[:, None, None]
    decay = np.exp(np.multiply.outer(times, 2j * np.pi * field_hz - r2star))
    rng = np.random.default_rng(2)
    noise = rng.standard_normal((6, N, N)) + 1j * rng.standard_normal((6, N, N))
    return series_of((density * signal * decay + 0.004 * noise)[:, None], times, "contrast"), body < 1


def brain() -> mri.Series:
    """Return four echoes of a ball with two veins and a bleeding, whose fields are those of spheres and a cylinder."""
    n = 56
    z, y, x = np.indices((n, n, n)) - n // 2

    def sphere(cz: int, cy: int, cx: int, radius: float, chi_ppm: float) -> np.ndarray:
        dz, dy, dx = z - cz, y - cy, x - cx
        distance = np.maximum(np.sqrt(dz**2 + dy**2 + dx**2), 1e-9)
        outside = chi_ppm / 3 * (radius / distance) ** 3 * (3 * (dz / distance) ** 2 - 1)
        return np.where(distance < radius, 0.0, outside)

    field = sphere(0, -6, -8, 4.0, 0.35) + sphere(0, 4, 9, 3.0, -0.25) + sphere(0, 10, -6, 2.5, 0.5) + 0.01 * y / n
    ball = np.sqrt(z**2 + y**2 + x**2) < 24
    times = 3e-3 + 4e-3 * np.arange(4)
    frames = ball * np.exp(2j * np.pi * np.multiply.outer(times, field * 1e-6 * GYROMAGNETIC_HZ_PER_T * 3.0))
    return series_of(frames, times, "contrast", is_3d=True)


def pipe() -> mri.Series:
    """Return a reference and one encoding of an ascending and a descending vessel in a body at rest."""
    y, x = np.indices((N, N)) - N // 2
    velocity = np.zeros((N, N))
    for cy, cx, radius, peak in ((-8, -6, 11, 85.0), (16, 10, 8, -60.0)):
        part = 1 - ((y - cy) ** 2 + (x - cx) ** 2) / radius**2
        velocity += np.where(part > 0, peak * part, 0)
    body = ((x / 54) ** 2 + (y / 40) ** 2 < 1) * np.where(velocity != 0, 1.0, 0.6) * np.exp(0.4j)
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((2, N, N)) + 1j * rng.standard_normal((2, N, N))
    frames = np.stack([body, body * np.exp(1j * np.pi * velocity / 100)]) + 0.01 * noise
    return series_of(frames[:, None], None, "set")


def draw(panels: list[tuple[str, np.ndarray, str, tuple[float, float] | None]], name: str, n_columns: int) -> None:
    """Draw panels (title, picture, colours, window) into one file."""
    n_rows = -(-len(panels) // n_columns)
    figure, axes = plt.subplots(n_rows, n_columns, figsize=(3.2 * n_columns, 3.3 * n_rows), layout="constrained")
    for axis, (title, picture, colours, window) in zip(axes.ravel(), panels, strict=False):
        low, high = window or (0.0, float(np.percentile(picture, 99.7)))
        shown = axis.imshow(picture, cmap=colours, vmin=low, vmax=high)
        axis.set_title(title)
        axis.set_axis_off()
        if window:
            figure.colorbar(shown, ax=axis, shrink=0.75)
    for axis in axes.ravel()[len(panels) :]:
        axis.set_visible(False)
    figure.savefig(IMAGES / name, dpi=80)
    plt.close(figure)


def main() -> None:
    """Draw and save."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    draw([(title, picture, "gray", None) for title, picture in unfolded()], "raw-data.png", 5)
    series, body = liver()
    dixon = mri.reconstruct_series(series, "water-fat")
    qsm = mri.reconstruct_series(brain(), "susceptibility", n_iterations=80)
    flow = mri.reconstruct_series(pipe(), "flow", venc_cm_s=100)

    def plane(image: Image) -> np.ndarray:
        return image.values[image.values.shape[0] // 2]

    def inside(values: np.ndarray) -> np.ndarray:
        return np.where(body, values, np.nan)

    panels: list[tuple[str, np.ndarray, str, tuple[float, float] | None]] = [
        ("water", plane(dixon["water"]), "gray", None),
        ("fat", plane(dixon["fat"]), "gray", None),
        ("fat fraction, %", inside(plane(dixon["fat-fraction"])), "magma", (0, 100)),
        ("field, Hz", inside(plane(dixon["field"])), "coolwarm", (-100, 100)),
        ("R2*, 1/s", inside(plane(dixon["r2star"])), "viridis", (0, 150)),
        ("local field, ppm", plane(qsm["local-field"]), "gray", (-0.1, 0.1)),
        ("susceptibility, ppm", plane(qsm["susceptibility"]), "gray", (-0.2, 0.3)),
        ("magnitude", plane(flow["magnitude"]), "gray", None),
        ("velocity, cm/s", plane(flow["velocity"]), "coolwarm", (-100, 100)),
    ]
    draw(panels, "maps.png", 5)


if __name__ == "__main__":
    main()
