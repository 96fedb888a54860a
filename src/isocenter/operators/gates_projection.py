"""What the projectors must measure: exact adjoints, and chord lengths of a square."""

from __future__ import annotations

from functools import partial

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.gates import Gate
from isocenter.core.grid import Grid
from isocenter.operators.detector_views import DetectorViews
from isocenter.operators.linear import LinearOperator
from isocenter.operators.projection import FanBeamProjector, ParallelBeamProjector, ViewProjector

_GRID = Grid((96, 80), (1.3, 1.0), center_mm=(3.0, -2.0, 0.0))
_VOLUME = Grid((16, 40, 48), (2.0, 1.5, 1.2), center_mm=(3.0, -2.0, 1.0))
_ANGLES = np.linspace(0.0, 2 * np.pi, 36, endpoint=False)


def _projector(kind: str) -> LinearOperator:
    if kind in ("cone", "tilted cone"):
        return ViewProjector(_VOLUME, _cone(0.3 if kind == "tilted cone" else 0.0, _ANGLES[::4]))
    if kind == "parallel":
        return ParallelBeamProjector(_GRID, _ANGLES, n_bins=120, bin_width_mm=1.2, detector_offset_mm=0.3)
    return FanBeamProjector(
        _GRID,
        _ANGLES,
        n_bins=120,
        bin_width_mm=2.4,
        source_isocenter_mm=300.0,
        source_detector_mm=600.0,
        is_curved=kind == "curved fan",
    )


def _cone(tilt_rad: float, angles_rad: FloatArray) -> DetectorViews:
    """Return a turn of a flat panel that leans by `tilt_rad`."""
    along = np.stack([-np.sin(angles_rad), np.cos(angles_rad), np.zeros_like(angles_rad)], axis=1)
    across = np.stack([along[:, 1], -along[:, 0], along[:, 2]], axis=1)
    up = np.cos(tilt_rad) * np.array([0.0, 0.0, 1.0]) - np.sin(tilt_rad) * along
    aim = np.cos(tilt_rad) * along + np.sin(tilt_rad) * np.array([0.0, 0.0, 1.0])
    return DetectorViews(-400.0 * aim, 300.0 * aim, 2.2 * across, 2.2 * up, 60, 100)


def mean_chord_error_in_a_block_mm(tilt_rad: float) -> float:
    """Return the mean absolute error of A(1) against the chords of cone-beam rays through a block of 1 mm voxels."""
    views = _cone(tilt_rad, np.linspace(0.0, 2 * np.pi, 24, endpoint=False) + 0.01)
    grid = Grid((64, 128, 128), (1.0, 1.0, 1.0))
    starts, ends = views.rays_mm(500.0)
    to_block = np.array([64.0, 64.0, 32.0])
    with np.errstate(divide="ignore"):
        low, high = (-to_block - starts) / (ends - starts), (to_block - starts) / (ends - starts)
    enter, leave = np.minimum(low, high).max(axis=-1), np.maximum(low, high).min(axis=-1)
    chord = np.maximum(leave - enter, 0.0) * np.linalg.norm(ends - starts, axis=-1)
    return float(np.abs(ViewProjector(grid, views)(np.ones(grid.shape)) - chord).mean())


def _dot_error(kind: str, dtype: str) -> float:
    return _projector(kind).check(np.random.default_rng(1), dtype=dtype)


def mean_chord_error_mm() -> float:
    """Return the mean absolute error of A(1) against the chord of every ray through a 256 mm square."""
    grid = Grid((256, 256), (1.0, 1.0))
    angles = np.linspace(0.0, np.pi, 180, endpoint=False) + 0.01
    positions = np.arange(360) - 179.5
    measured = ParallelBeamProjector(grid, angles, n_bins=360, bin_width_mm=1.0)(np.ones(grid.shape))
    return float(np.abs(measured - square_chord_mm(positions[None], angles[:, None], 128.0)).mean())


def square_chord_mm(position_mm: FloatArray, angle_rad: FloatArray, half_mm: float) -> FloatArray:
    """Return the length of the line x cos + y sin = position within the square of half width `half_mm`."""
    cosine, sine = np.abs(np.cos(angle_rad)), np.abs(np.sin(angle_rad))
    corner = half_mm * (cosine + sine)
    slope = np.maximum(cosine * sine, 1e-12)
    rising = np.clip((corner - np.abs(position_mm)) / slope, 0.0, None)
    chord: FloatArray = np.minimum(rising, 2 * half_mm / np.maximum(cosine, sine))
    return chord


GATES: tuple[Gate, ...] = (
    *(
        Gate(
            f"projector-adjoint-{kind.replace(' ', '-')}-{dtype}",
            f"adjoint of the {kind} projector, relative error in {dtype}",
            0.0,
            tolerance,
            "1",
            "dot test |<Ax,y> - <x,A'y>| / (|Ax| |y|)",
            partial(_dot_error, kind, dtype),
            rule="at_most",
        )
        for kind in ("parallel", "flat fan", "curved fan", "cone", "tilted cone")
        for dtype, tolerance in (("float64", 1e-12), ("float32", 1e-5))
    ),
    Gate(
        "projector-chord",
        "mean error of chord lengths through a 256 mm square",
        0.0,
        0.04,
        "mm",
        "closed form; parallelproj 1.10.2 gives 0.04 (PyTomography PR 238)",
        mean_chord_error_mm,
        rule="at_most",
    ),
    *(
        Gate(
            f"projector-chord-{name}",
            f"mean error of chord lengths through a block of 1 mm voxels, {name} trajectory",
            0.0,
            0.04,
            "mm",
            "closed form; parallelproj 1.10.2 gives 0.04 (PyTomography PR 238)",
            partial(mean_chord_error_in_a_block_mm, tilt_rad),
            rule="at_most",
        )
        for name, tilt_rad in (("circular", 0.0), ("tilted", 0.3))
    ),
)
