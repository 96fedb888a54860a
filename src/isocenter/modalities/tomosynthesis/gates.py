"""What tomosynthesis must measure to be believed: copies off the plane, sharpness in it, and thickness of planes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from math import radians, tan

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.gates import Gate
from isocenter.core.grid import Grid
from isocenter.modalities.tomosynthesis.acquisition import Acquisition
from isocenter.modalities.tomosynthesis.geometry import default_grid, forward_operator, heights_of
from isocenter.modalities.tomosynthesis.limited_angle import fbp, sart, sart_tv, shift_and_add
from isocenter.modalities.tomosynthesis.simulation import exact_line_integrals
from isocenter.physics.body import Body, Component
from isocenter.physics.properties import attenuation_at
from isocenter.physics.shapes import Box, Ellipsoid, EllipticCylinder
from isocenter.physics.tissues import tissue

_SPOT = 1.2  # pixels
_GRANT = "similar triangles; Grant, IEEE Trans. Biomed. Eng. 19 (1972) 20"
_SCAN = Acquisition(
    path="linear",
    sweep_deg=60.0,
    n_shots=7,
    source_detector_mm=1000.0,
    pivot_mm=100.0,
    n_rows=41,
    n_columns=321,
    pixel_mm=0.5,
    n_planes=3,
    plane_spacing_mm=40.0,
    lowest_plane_mm=60.0,
    origin_mm=100.0,
    photons_per_pixel=0.0,
)


def _point(acquisition: Acquisition, height_mm: float) -> FloatArray:
    """Return shots (shot, row, column) of a point over the middle of the detector, as a small Gaussian of sum 1.

    Its shadow lies where the line through source and point meets the detector.
    """
    rows, columns = np.mgrid[: acquisition.n_rows, : acquisition.n_columns]
    shots = []
    for u, v, height in acquisition.sources_mm:
        grown = height / (height - height_mm)
        column = u * (1 - grown) / acquisition.pixel_mm + (acquisition.n_columns - 1) / 2
        row = v * (1 - grown) / acquisition.pixel_mm + (acquisition.n_rows - 1) / 2
        spot = np.exp(-((columns - column) ** 2 + (rows - row) ** 2) / (2 * _SPOT**2))
        shots.append(spot / spot.sum())
    return np.stack(shots)


@cache
def _copies(path: str) -> tuple[FloatArray, FloatArray]:
    """Return sums around the places where copies of a point 40 mm off a plane must lie, and misses of their centres."""
    scan = replace(_SCAN, path=path, n_rows=321 if path != "linear" else 41)
    plane = 60.0
    point = 100.0
    # Pixels as large as the detector's, seen in the plane: then every copy keeps its sum.
    pitch = scan.pixel_mm * (1 - plane / scan.source_detector_mm)
    grid = replace(default_grid(scan), spacing_mm=(scan.plane_spacing_mm, pitch, pitch))
    image = shift_and_add(scan, grid, _point(scan, point))[-1]
    weights, misses = [], []
    # s_i dz / (h - z), with z the height of the point and dz its distance from the plane.
    for u, v, height in scan.sources_mm:
        shift = -(point - plane) / (height - point)
        column = u * shift / pitch + (scan.n_columns - 1) / 2
        row = v * shift / pitch + (scan.n_rows - 1) / 2
        j, i = round(column), round(row)
        part = image[i - 6 : i + 7, j - 6 : j + 7]
        rows, columns = np.mgrid[i - 6 : i + 7, j - 6 : j + 7]
        weights.append(part.sum())
        misses.append(np.hypot((part * columns).sum() / part.sum() - column, (part * rows).sum() / part.sum() - row))
    return np.array(weights), np.array(misses)


def _copy_weight(path: str) -> float:
    """Return the weight of a copy times the number of shots, the one farthest from 1."""
    weights = _copies(path)[0] * _SCAN.n_shots
    return float(weights[np.abs(weights - 1).argmax()])


def _copy_miss_mm(path: str) -> float:
    return float(_copies(path)[1].max() * _SCAN.pixel_mm)


def _in_plane_width() -> float:
    """Return the width of a Gaussian on the detector, seen in its plane, over that divided by the magnification."""
    scan, height = replace(_SCAN, n_rows=9), 100.0
    sigma = 3.0
    u = (np.arange(scan.n_columns) - (scan.n_columns - 1) / 2) * scan.pixel_mm
    data = np.zeros(scan.data_shape)
    for shot, (source, _, spot) in enumerate(scan.sources_mm):
        middle = source * (1 - spot / (spot - height))
        data[shot] = np.exp(-((u - middle) ** 2) / (2 * sigma**2))
    grid = replace(default_grid(scan), shape=(1, 9, 641), spacing_mm=(1.0, 0.25, 0.25), center_mm=(0.0, 0.0, 0.0))
    line = shift_and_add(scan, grid, data)[0, 4]
    half = line.size // 2
    edge = float(np.interp(-0.5 * line[half], -line[half:], (np.arange(line.size - half)) * 0.25))
    expected = 2 * np.sqrt(2 * np.log(2)) * sigma * (1 - height / scan.source_detector_mm)
    return 2 * edge / float(expected)


def _thickness() -> float:
    """Return the thickness of a plane over d / (2 tan(angle / 2)), from where a strip fades to half.

    A strip of width d keeps its full value in its middle until its copies spread wider than d; at twice that distance
    half of the copies have left it.
    """
    strip_mm, pivot = 6.0, 100.0
    scan = replace(_SCAN, n_shots=201, n_rows=3, pixel_mm=0.25, n_columns=641, sweep_deg=30.0)
    u = (np.arange(scan.n_columns) - (scan.n_columns - 1) / 2) * scan.pixel_mm
    data = np.zeros(scan.data_shape)
    for shot, (source, _, spot) in enumerate(scan.sources_mm):
        # The strip in the plane of the pivot, as its edges throw shadows; pixels average over their width.
        grown = spot / (spot - pivot)
        edges = [source + (side * strip_mm / 2 - source) * grown for side in (-1, 1)]
        low, high = np.maximum(u - scan.pixel_mm / 2, edges[0]), np.minimum(u + scan.pixel_mm / 2, edges[1])
        data[shot] = np.clip(high - low, 0, None) / scan.pixel_mm
    distances = np.arange(0.0, 40.0, 0.5)
    base = default_grid(scan)
    values = []
    for distance in distances:
        center = tuple(float(c) for c in scan.in_patient_mm(np.array([0.0, 0.0, pivot + distance])))
        grid = Grid((1, 3, 3), (1.0, 0.25, 0.25), center_mm=center, direction=base.direction)  # type: ignore[arg-type]
        values.append(shift_and_add(scan, grid, data)[0, 1, 1])
    at_half = float(np.interp(-0.5, -np.array(values), distances))
    # Copies of a point at distance t from the plane spread over 2 t tan(angle / 2) as seen in the pivot's plane.
    return at_half / 2 / (strip_mm / (2 * tan(radians(scan.sweep_deg / 2))))


@cache
def _slab() -> Body:
    """Return a lying slab of water with a ball of bone in it."""
    water = Component("water", Box((0, 0, 0), (60, 25, 60)), tissue("water"))
    ball = Component("ball", Ellipsoid((0, 5, 0), (6, 6, 6)), tissue("cortical bone"), "water")
    return Body("slab", (water, ball))


_LIMITED = Acquisition(
    sweep_deg=40.0,
    n_shots=21,
    pivot_mm=80.0,
    source_detector_mm=900.0,
    n_rows=120,
    n_columns=150,
    pixel_mm=1.2,
    n_planes=25,
    plane_spacing_mm=2.5,
    lowest_plane_mm=50.0,
    origin_mm=80.0,
    photons_per_pixel=0.0,
)


def _ball_height(method: str) -> float:
    """Return the height at which a ball of bone, 75 mm over the detector, is brightest against its surroundings."""
    data = exact_line_integrals(_slab(), _LIMITED).astype(np.float32)
    grid = default_grid(_LIMITED)
    image = (fbp if method == "fbp" else sart)(_LIMITED, grid, data)
    middle = (grid.shape[1] // 2, grid.shape[2] // 2)
    ball = image[:, middle[0] - 1 : middle[0] + 2, middle[1] - 1 : middle[1] + 2].mean(axis=(1, 2))
    ring = image[:, middle[0] - 1 : middle[0] + 2, middle[1] + 18 : middle[1] + 24].mean(axis=(1, 2))
    contrast = np.clip(ball - ring, 0, None) ** 4
    return float((contrast * heights_of(_LIMITED, grid)).sum() / contrast.sum())


def _sart_residual() -> float:
    """Return what SART leaves unexplained of exact data, over the data."""
    body = Body("rod", (Component("rod", EllipticCylinder((0, 0, 0), (30, 20, 30)), tissue("water")),))
    data = exact_line_integrals(body, _LIMITED).astype(np.float32)
    grid = default_grid(_LIMITED)
    image = sart(_LIMITED, grid, data, n_iterations=4)
    left = forward_operator(_LIMITED, grid)(image) - data
    return float(np.linalg.norm(left) / np.linalg.norm(data))


@cache
def _variation() -> tuple[float, float]:
    """Return noise of SART over that of SART-TV at low dose, and the ball's contrast over SART's without noise."""
    scan = replace(_LIMITED, n_rows=60, n_columns=80, n_planes=9, plane_spacing_mm=5.0, lowest_plane_mm=55.0)
    grid = default_grid(scan)
    exact = exact_line_integrals(_slab(), scan).astype(np.float32)
    photons = 3e3
    counts = np.random.default_rng(7).poisson(photons * np.exp(-exact.astype(float)))
    noisy = np.log(photons / np.maximum(counts, 0.5)).astype(np.float32)
    plane = int(np.argmin(np.abs(heights_of(scan, grid) - 75.0)))
    images = (
        sart(scan, grid, exact, n_iterations=5)[plane],
        sart(scan, grid, noisy, n_iterations=5)[plane],
        sart_tv(scan, grid, noisy, n_iterations=5)[plane],
    )
    i, j = images[0].shape[0] // 2, images[0].shape[1] // 2
    balls = [float(image[i - 1 : i + 2, j - 1 : j + 2].mean()) for image in images]
    water = [image[i - 6 : i + 7, j + 12 : j + 22] for image in images]
    contrasts = [ball - float(part.mean()) for ball, part in zip(balls, water, strict=True)]
    return float(water[1].std() / water[2].std()), contrasts[2] / contrasts[0]


def _chord() -> float:
    """Return the operator's line integral of a slab of ones over the slab's thickness along the ray."""
    grid = default_grid(_LIMITED)
    data = forward_operator(_LIMITED, grid)(np.full(grid.shape, float(attenuation_at(60.0)(tissue("water")))))
    thickness = grid.shape[0] * grid.spacing_mm[0]
    middle = data[0, _LIMITED.n_rows // 2, _LIMITED.n_columns // 2]
    source = _LIMITED.sources_mm[0]
    u, v = (0.5 * _LIMITED.pixel_mm,) * 2
    slant = np.sqrt((source[0] - u) ** 2 + (source[1] - v) ** 2 + source[2] ** 2) / source[2]
    return float(middle / (thickness * slant * attenuation_at(60.0)(tissue("water"))))


GATES: tuple[Gate, ...] = (
    *(
        Gate(
            f"copies-weight-{path}",
            f"weight of copies off the plane times the number of shots, {path}",
            1.0,
            1e-5,
            "1",
            _GRANT,
            partial(_copy_weight, path),
        )
        for path in ("linear", "circular", "hypocycloidal")
    ),
    *(
        Gate(
            f"copies-place-{path}",
            f"copies off the plane against s dz / (h - z), {path}",
            0.0,
            0.05,
            "mm",
            _GRANT,
            partial(_copy_miss_mm, path),
        )
        for path in ("linear", "circular", "hypocycloidal")
    ),
    Gate(
        "in-plane-width",
        "width of a point in its plane over that on the detector / magnification",
        1.0,
        0.03,
        "1",
        _GRANT,
        _in_plane_width,
    ),
    Gate(
        "thickness",
        "thickness of a plane over d / (2 tan(angle / 2))",
        1.0,
        0.05,
        "1",
        "Littleton 1976; similar triangles",
        _thickness,
    ),
    Gate("chord", "line integral of a slab over its length", 1.0, 1e-6, "1", "length of the ray", _chord),
    *(
        Gate(
            f"ball-{method}",
            f"height of a ball of bone, {method}",
            75.0,
            1.25,
            "mm",
            "the body; half a plane",
            partial(_ball_height, method),
        )
        for method in ("fbp", "sart")
    ),
    Gate(
        "sart-residual",
        "what SART leaves unexplained of exact data (4 passes)",
        0.04,
        0.0,
        "1",
        "Andersen and Kak 1984",
        _sart_residual,
        rule="at_most",
    ),
    Gate(
        "sart-tv-noise",
        "noise of SART over that of SART-TV, 3000 photons",
        3.0,
        0.0,
        "1",
        "Sidky, Kao and Pan, J. X-Ray Sci. Technol. 14 (2006) 119",
        lambda: _variation()[0],
        rule="at_least",
    ),
    Gate(
        "sart-tv-contrast",
        "contrast of a ball of bone, SART-TV with noise over SART without",
        0.95,
        0.0,
        "1",
        "SART of exact data",
        lambda: _variation()[1],
        rule="at_least",
    ),
)
