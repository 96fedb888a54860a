"""What the projectors must measure: exact adjoints, and chord lengths of a square."""

from __future__ import annotations

from functools import partial

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.gates import Gate
from isocenter.core.grid import Grid
from isocenter.operators.projection import FanBeamProjector, ParallelBeamProjector, RayProjector

_GRID = Grid((96, 80), (1.3, 1.0), center_mm=(3.0, -2.0, 0.0))
_ANGLES = np.linspace(0.0, 2 * np.pi, 36, endpoint=False)


def _projector(kind: str) -> RayProjector:
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
        for kind in ("parallel", "flat fan", "curved fan")
        for dtype, tolerance in (("float64", 1e-12), ("float32", 1e-5))
    ),
    Gate(
        "projector-chord",
        "mean error of chord lengths through a 256 mm square",
        0.0,
        0.05,
        "mm",
        "closed form; parallelproj 1.10.2 gives 0.04 (PyTomography PR 238)",
        mean_chord_error_mm,
        rule="at_most",
    ),
)
