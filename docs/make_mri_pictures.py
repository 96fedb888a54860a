"""Draw the pictures of the pages on MRI simulation and corrections, from the code they show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.kernels import fourier
from isocenter.modalities import mri
from isocenter.modalities.mri import (
    cine,
    flow_4d,
    gates_distortion,
    gradient_nonlinearity,
    opposed_epi,
    self_navigation,
    sequences,
    trajectories,
)
from isocenter.modalities.mri.geometry import closed_form_maps, encoded_grid, forward_operator
from isocenter.modalities.mri.imperfections import Imperfections
from isocenter.modalities.mri.motion import Motion
from isocenter.modalities.mri.protocols import PROTOCOLS
from isocenter.physics.bodies import BODIES
from isocenter.physics.planar_shapes import Ellipse
from isocenter.solvers.cg import cg

IMAGES = Path(__file__).parent / "images" / "mri"


def main() -> None:
    """Draw every picture."""
    mpl.use("Agg")
    IMAGES.mkdir(parents=True, exist_ok=True)
    draw_protocols()
    draw_fingerprints()
    draw_imperfections()
    draw_opposed_pair()
    draw_gradients()
    draw_breathing()
    draw_cine()
    draw_flow()


def draw_protocols() -> None:
    """Draw one image of every protocol of the head."""
    figure, panels = plt.subplots(2, 6, figsize=(13, 4.8), layout="constrained")
    for panel, (name, protocol) in zip(panels.ravel(), PROTOCOLS.items(), strict=True):
        scans = protocol.make()
        chosen = scans[len(scans) // 2]
        image = mri.reconstruct(mri.simulate(BODIES["head"](), chosen, np.random.default_rng(0)))
        _show(panel, image.values[image.values.shape[0] // 2], name)
    _save(figure, "protocols")


def draw_fingerprints() -> None:
    """Draw the flip angles of fingerprinting, and what four tissues answer."""
    n_shots = 400
    flips = sequences.fingerprinting.varied_flips_rad(n_shots)
    train = sequences.Fingerprinting(flips, np.full(n_shots, 0.012))
    figure, (angles, signals) = plt.subplots(2, 1, figsize=(8, 4.2), sharex=True, layout="constrained")
    angles.plot(np.degrees(flips), color="k")
    angles.set_ylabel("flip angle, °")
    for name, t1_s, t2_s in (
        ("white matter", 0.8, 0.07),
        ("grey matter", 1.3, 0.1),
        ("liquor", 4.1, 2.2),
        ("fat", 0.37, 0.07),
    ):
        signals.plot(train.fingerprint(t1_s, t2_s, 0.003).real, label=f"{name}: {t1_s:g} s, {t2_s:g} s")
    signals.set_xlabel("shot")
    signals.set_ylabel("signal")
    signals.legend(fontsize=8, ncols=2)
    _save(figure, "fingerprints")


def draw_imperfections() -> None:
    """Draw what motion, a late gradient, the field and T2* do to one slice of the head."""
    body, rng = BODIES["head"](), np.random.default_rng(0)
    (plain,) = PROTOCOLS["spin-echo"].make()
    plain = replace(plain, repetition_time_s=4.0, echo_time_s=0.09)
    motion = Motion(np.array([0.4, 0.7]), np.array([[0, 0, 0.1], [0, 0, -0.06]]), np.array([[6.0, 2, 0], [-4, 0, 0]]))
    planar = replace(plain, dwell_s=5e-6, echo_time_s=0.08, protocol=sequences.EchoPlanar(0.7e-3))
    field = Imperfections(field_hz=60.0, field_gradient_hz_per_mm=(0.0, 0.9, 0.0))
    train = replace(plain, repetition_time_s=4.0, echo_time_s=0.02)
    scans = {
        "at rest": plain,
        "moved twice": replace(plain, imperfections=Imperfections(motion=motion)),
        "EPI, gradient 1 µs late": replace(planar, protocol=sequences.EchoPlanar(0.7e-3, read_delay_s=1e-6)),
        "EPI, 60 Hz and 0.9 Hz/mm": replace(planar, imperfections=field),
        "64 echoes, effective 20 ms": replace(train, protocol=sequences.TurboSpinEcho(64, 0.01)),
    }
    figure, panels = plt.subplots(1, 5, figsize=(13, 3), layout="constrained")
    for panel, (title, scan) in zip(panels, scans.items(), strict=True):
        _show(panel, mri.reconstruct(mri.simulate(body, scan, rng), method="rss").values[0], title)
    _save(figure, "imperfections")


def draw_opposed_pair() -> None:
    """Draw two opposed scans, the displacement they give and the image of both."""
    body, true, found = gates_distortion._estimated()
    kspace = [gates_distortion._scanned(sign) for sign in (1, -1)]
    images = [np.abs(fourier.ifft(one, (-2, -1))) for one in kspace]
    field = opposed_epi.field_hz(found, gates_distortion._SPACING_S)
    both = np.abs(opposed_epi.reconstructed_pair(*kspace, field, gates_distortion._SPACING_S))
    figure, panels = plt.subplots(1, 6, figsize=(14, 2.7), layout="constrained")
    titles = ("lines rising", "lines falling", "both together", "the object")
    for panel, values, title in zip(panels, (*images, both, body), titles, strict=False):
        _show(panel, values, title, 0, 1.4)
    for panel, values, title in zip(panels[4:], (found, true), ("displacement found, px", "true"), strict=True):
        shown = panel.imshow(np.where(body > 0.5, values, np.nan), cmap="RdBu", vmin=-2.8, vmax=2.8)
        panel.set_title(title, fontsize=9)
        panel.set_axis_off()
    figure.colorbar(shown, ax=panels[5], shrink=0.8)
    _save(figure, "opposed-epi")


def draw_gradients() -> None:
    """Draw a lattice of balls as it appears, and put right."""
    coils = gradient_nonlinearity.GradientCoils(
        250.0, x={(3, 1): (-0.2, 0.0)}, y={(3, 1): (0.0, -0.2)}, z={(3, 0): (-0.15, 0.0)}
    )
    grid = Grid((11, 160, 160), (4.0, 2.5, 2.5))
    seen = grid.positions_mm()
    true = seen.copy()
    for _ in range(25):
        true = seen - coils.displacement_mm(true)

    def balls(points: np.ndarray) -> np.ndarray:
        u = (points[..., :2] + 20) % 40 - 20
        inside = np.abs(points[..., :2]).max(axis=-1) < 180
        return np.exp(-(u**2).sum(axis=-1) / (2 * 7.0**2)) * inside

    image = Image(balls(true) / coils.jacobian(true), grid, quantity="MR signal magnitude", unit="1")
    panels_of = {
        "as it appears": image.values[5],
        "put right": gradient_nonlinearity.corrected(image, coils).values[5],
        "the phantom": balls(seen)[5],
    }
    figure, panels = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
    for panel, (title, values) in zip(panels, panels_of.items(), strict=True):
        _show(panel, values, title, 0, 1)
    _save(figure, "gradients")


def draw_breathing() -> None:
    """Draw a breathing thorax: its signal, all spokes, gated spokes."""
    n, n_shots, interval_s = 128, 900, 0.03
    times_s = np.arange(n_shots) * interval_s
    height_mm = 15 * np.sin(np.pi * times_s / 4.2) ** 4
    shifts = np.zeros((n_shots, 3))
    shifts[:, 1] = height_mm
    scan = mri.Acquisition(
        8,
        (1, n, n),
        (5.0, 460.0, 460.0),
        trajectory=trajectories.radial(n_shots, 2 * n, n, is_golden=True),
        field_t=1.5,
        repetition_time_s=0.03,
        echo_time_s=0.002,
        flip_angle_rad=np.deg2rad(20),
        sequence="gradient echo",
        noise_std=0.001,
        coils=mri.CoilArray(8, 460.0),
        imperfections=Imperfections(motion=Motion(times_s / times_s[-1] * 0.999, np.zeros((n_shots, 3)), shifts)),
    )
    measurement = mri.simulate(BODIES["abdomen"](), scan, np.random.default_rng(0))
    signal = self_navigation.breathing(measurement, interval_s)
    gate = self_navigation.soft_gate(signal, position=self_navigation.resting_position(signal), width=0.35)
    density = trajectories.density_weights(scan.trajectory, (n, n))
    figure, panels = plt.subplots(1, 3, figsize=(12, 3.6), width_ratios=(1.5, 1, 1), layout="constrained")
    sign = np.sign(np.corrcoef(signal, height_mm)[0, 1])
    panels[0].plot(times_s, sign * signal, label="from the spokes")
    panels[0].plot(times_s, (height_mm - height_mm.mean()) / height_mm.std(), "--", label="true")
    panels[0].set_xlabel("time, s")
    panels[0].legend(fontsize=8)
    for panel, weights, title in (
        (panels[1], density, "all spokes"),
        (panels[2], self_navigation.gated_weights(density, gate), "gated"),
    ):
        A = forward_operator(scan, encoded_grid(scan), closed_form_maps(scan), weights=weights)
        data = measurement.data * np.sqrt(weights)
        _show(panel, np.abs(cg(A.N, A.adjoint(data), n_iterations=12, tolerance=1e-6).x)[0], title)
    _save(figure, "breathing")


def draw_cine() -> None:
    """Draw a beating disc over time: lines sorted by heartbeats, and by the clock."""
    n, fov_mm, n_phases = 96, 160.0, 24
    beats_s = 0.3 + np.concatenate([[0.0], np.cumsum(0.9 + 0.15 * np.random.default_rng(2).uniform(-1, 1, 40))])
    n_lines = n * 40
    rows = np.arange(n_lines) // 320 * 8 + np.arange(n_lines) % 8
    times = 0.5 + 0.006 * np.arange(n_lines)
    phases = cine.cardiac_phases(times, beats_s)
    kx = (np.arange(n) - n // 2) / fov_mm
    lines = np.empty((n_lines, 1, n), dtype=complex)
    for index, (row, phase) in enumerate(zip(rows, phases, strict=True)):
        k = np.column_stack([kx, np.full(n, (row - n // 2) / fov_mm)])
        inner = float(24 - 9 * np.sin(np.pi * phase) ** 2)
        wall = Ellipse((0.0, 0.0), (40.0, 40.0)).fourier(k) - 0.6 * Ellipse((0.0, 0.0), (inner, inner)).fourier(k)
        lines[index, 0] = wall * n / fov_mm**2
    figure, panels = plt.subplots(1, 4, figsize=(12, 3.2), layout="constrained")
    for place, (given, title) in enumerate(((phases, "by heartbeats"), ((times / 0.9) % 1, "by the clock"))):
        kspace, _ = cine.sorted_lines(lines, rows, given, n, n_phases)
        images = np.abs(fourier.ifft(kspace, (-2, -1)))[:, 0]
        _show(panels[2 * place], images[n_phases // 2], f"{title}: mid-beat", 0, 1.1)
        panels[2 * place + 1].imshow(images[:, :, n // 2].T, cmap="gray", aspect="auto", vmin=0, vmax=1.1)
        panels[2 * place + 1].set_title(f"{title}: middle column", fontsize=9)
        panels[2 * place + 1].set_xlabel("phase of the beat")
        panels[2 * place + 1].set_yticks([])
    _save(figure, "cine")


def draw_flow() -> None:
    """Draw streamlines of a swirl in a pipe, and the flow through its sections."""
    grid = Grid((50, 40, 40), (2.0, 1.5, 1.5))
    x, y, _ = np.moveaxis(grid.positions_mm(), -1, 0)
    radius = np.hypot(x, y)
    axial = np.where(radius < 20, 0.6 * (1 - (radius / 20) ** 2), 0.0)
    turning = np.where(radius < 20, 0.025 * (1 - (radius / 20) ** 2), 0.0)
    field = flow_4d.VelocityField(np.stack([-turning * y, turning * x, axial]), grid)
    seeds = np.array([[r * np.cos(a), r * np.sin(a), -45.0] for r in (5, 10, 15) for a in np.arange(8) * np.pi / 4])
    paths = field.streamlines_mm(seeds, step_mm=0.5, n_steps=260)
    figure = plt.figure(figsize=(9, 4), layout="constrained")
    space = figure.add_subplot(1, 2, 1, projection="3d")
    for path in paths:
        space.plot(*path.T, color=plt.colormaps["viridis"](np.hypot(*path[0, :2]) / 16), linewidth=1)
    space.set_box_aspect((1, 1, 2))
    space.set_title("streamlines, mm", fontsize=9)
    sections = figure.add_subplot(1, 2, 2)
    heights = np.linspace(-40, 40, 17)
    for tilt in (0.0, 0.3):
        planes = [flow_4d.Plane((0.0, 0.0, float(z)), (np.sin(tilt), 0.0, np.cos(tilt)), 26.0) for z in heights]
        label = f"tilted by {np.degrees(tilt):.0f}°"
        sections.plot(heights, [field.flow_ml_s(plane) for plane in planes], label=label)
    sections.axhline(np.pi * 20**2 * 0.3, linestyle="--", color="k", label="closed form")
    sections.set_ylim(0, 450)
    sections.set_xlabel("height, mm")
    sections.set_ylabel("flow, ml/s")
    sections.legend(fontsize=8)
    _save(figure, "flow-4d")


def _show(panel: plt.Axes, values: np.ndarray, title: str, low: float | None = None, high: float | None = None) -> None:
    panel.imshow(values, cmap="gray", vmin=low, vmax=high)
    panel.set_title(title, fontsize=9)
    panel.set_axis_off()


def _save(figure: plt.Figure, name: str) -> None:
    figure.savefig(IMAGES / f"{name}.png", dpi=80)
    plt.close(figure)


if __name__ == "__main__":
    main()
