"""A wall of speckle whose shortening is known: what tracking and strain must reproduce.

Scatterers fill the wall and move with it; each frame is what a beam of Gaussian width makes of where they then are:
their echoes add up with their phases, and the envelope is shown in decibels. Nothing is warped or interpolated from
frame to frame, so speckle changes as it does in tissue that deforms.

Source: Wagner et al., IEEE Trans. Sonics Ultrason. 30 (1983) 156 (fully developed speckle: many scatterers in each
cell of resolution).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from isocenter.analysis.cardiac.strain import VIEWS
from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError

# A short-axis radius and a long axis of the wall's middle at rest, how thick it is, and what lies around it, in mm.
HALF_MM, LENGTH_MM, WALL_MM, MARGIN_MM = 24.0, 72.0, 10.0, 9.0
SPACING_MM = 0.4
# Scatterers in a square millimetre: some ten in each cell of the beam, along and across.
_DENSITY, _AXIAL_MM, _LATERAL_MM, _WAVELENGTH_MM = 8.0, 0.45, 0.8, 0.6
_N_FINE = 1201
# How much weaker than the wall noise is, and the range that is shown, in decibels.
_NOISE_DB, _RANGE_DB = -26.0, 60.0
# The part of a beat after which the wall is shortest.
SYSTOLE = 0.4


@dataclass(frozen=True, eq=False)
class MovingWall:
    """Shades (frame, row, column), and the middle of the wall in each frame (frame, point, 2), columns and rows."""

    frames: FloatArray
    middle_px: FloatArray

    def drawn_px(self, n_points: int = 9) -> FloatArray:
        """Return points (point, 2) that somebody could draw along the wall in the first frame."""
        at = np.linspace(0, self.middle_px.shape[1] - 1, n_points).round().astype(int)
        drawn: FloatArray = self.middle_px[0, at]
        return drawn


def moving_wall(
    peak_percent: Sequence[float],
    rng: np.random.Generator,
    *,
    n_frames: int = 16,
    lost: Sequence[int] = (),
    noise_db: float = _NOISE_DB,
) -> MovingWall:
    """Return one beat of an apical view, whose wall shortens and comes back.

    Parameters
    ----------
    peak_percent
        Strain of the six parts of the wall at end-systole, from one base over the apex to the other.
    lost
        Parts, counted from 0, where only noise is seen.

    Raises
    ------
    OptionError
        If there are not six strains, a part that shortens to nothing, or fewer than two frames.
    """
    n_parts = len(next(iter(VIEWS.values())))
    peak = np.asarray(peak_percent, dtype=float)
    if peak.shape != (n_parts,) or not (peak > -100).all() or n_frames < 2:
        raise OptionError(
            "This wall cannot be.", field="peak_percent, n_frames", found=(peak.shape, n_frames),
            expected=f"{n_parts} strains above -100 %, at least 2 frames",
        )  # fmt: skip
    angle = np.linspace(0, np.pi, 20 * _N_FINE)
    curve = np.stack([-HALF_MM * np.cos(angle), -LENGTH_MM * np.sin(angle)], axis=1)
    way = np.concatenate([[0.0], np.linalg.norm(np.diff(curve, axis=0), axis=1).cumsum()])
    at_rest = np.linspace(0, way[-1], _N_FINE)
    middle = np.stack([np.interp(at_rest, way, curve[:, axis]) for axis in (0, 1)], axis=1)
    part_of = np.minimum((n_parts * (np.arange(_N_FINE - 1) + 0.5) / (_N_FINE - 1)).astype(int), n_parts - 1)

    n_scatterers = int(_DENSITY * way[-1] * WALL_MM)
    along = rng.uniform(0, way[-1], n_scatterers)
    across = rng.uniform(-WALL_MM / 2, WALL_MM / 2, n_scatterers)
    strength = rng.standard_normal(n_scatterers)
    place = np.minimum((n_parts * along / way[-1]).astype(int), n_parts - 1)
    strength[np.isin(place, list(lost))] = 0.0

    shift = np.array([HALF_MM, LENGTH_MM]) + WALL_MM / 2 + MARGIN_MM
    size_mm = np.array([2 * HALF_MM + WALL_MM, LENGTH_MM + WALL_MM / 2]) + 2 * MARGIN_MM
    shape = (int(size_mm[1] / SPACING_MM), int(size_mm[0] / SPACING_MM))
    lines, echoes = [], []
    for moment in np.linspace(0, 1, n_frames):
        now = peak / 100 * shortened(moment)
        line = _strained(middle, 1 + now[part_of]) + shift
        slope = np.gradient(line, axis=0)
        normal = np.stack([-slope[:, 1], slope[:, 0]], axis=1) / np.linalg.norm(slope, axis=1, keepdims=True)
        # The wall keeps its area: it becomes thicker as it shortens.
        offset = (across / (1 + now.mean()))[:, np.newaxis]
        scatterers = _at(along, at_rest, line) + offset * _at(along, at_rest, normal)
        lines.append(line / SPACING_MM)
        echoes.append(_echo(scatterers, strength, shape))
    level = float(np.sqrt(np.mean([np.mean(np.abs(echo) ** 2) for echo in echoes])))
    noise = level * 10 ** (noise_db / 20)
    shades = [_shades(echo + _noise(rng, shape, noise), level) for echo in echoes]
    return MovingWall(np.stack(shades), np.stack(lines))


def shortened(moment: float) -> float:
    """Return how much of its peak strain the wall has at a moment of the beat, which goes from 0 to 1."""
    part = moment / SYSTOLE if moment < SYSTOLE else (1 - moment) / (1 - SYSTOLE)
    return float(np.sin(np.pi / 2 * part) ** 2)


def _strained(middle: FloatArray, stretch: FloatArray) -> FloatArray:
    """Return the line whose pieces keep their directions and change their lengths; the apex stays where it is."""
    steps = np.diff(middle, axis=0) * stretch[:, np.newaxis]
    line = np.concatenate([np.zeros((1, 2)), steps.cumsum(axis=0)])
    apex = len(middle) // 2
    moved: FloatArray = line - line[apex] + middle[apex]
    return moved


def _at(along: FloatArray, at_rest: FloatArray, values: FloatArray) -> FloatArray:
    return np.stack([np.interp(along, at_rest, values[:, axis]) for axis in (0, 1)], axis=1)


def _echo(places_mm: FloatArray, strength: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Return the sum of the scatterers' echoes with their phases, of a beam from above."""
    echo = strength * np.exp(-4j * np.pi * places_mm[:, 1] / _WAVELENGTH_MM)
    # A scatterer falls between four pixels; the beam is so wide that only their sum is seen.
    at = places_mm[:, ::-1] / SPACING_MM
    low = np.floor(at).astype(int)
    part = at - low
    total = np.zeros(shape[0] * shape[1], dtype=complex)
    for down in (0, 1):
        for right in (0, 1):
            weighted = echo * np.abs(1 - down - part[:, 0]) * np.abs(1 - right - part[:, 1])
            pixel = (low[:, 0] + down) * shape[1] + low[:, 1] + right
            total.real += np.bincount(pixel, weighted.real, total.size)
            total.imag += np.bincount(pixel, weighted.imag, total.size)
    return _beam(total.reshape(shape))


def _beam(field: FloatArray) -> FloatArray:
    width = (_AXIAL_MM / SPACING_MM, _LATERAL_MM / SPACING_MM)
    seen: FloatArray = gaussian_filter(field, width)
    return seen


def _noise(rng: np.random.Generator, shape: tuple[int, int], level: float) -> FloatArray:
    field = _beam(rng.standard_normal(shape) + 1j * rng.standard_normal(shape))
    scaled: FloatArray = field * (level / np.sqrt(np.mean(np.abs(field) ** 2)))
    return scaled


def _shades(echo: FloatArray, level: float) -> FloatArray:
    decibels = 20 * np.log10(np.abs(echo) / level + 1e-6)
    shades: FloatArray = np.clip(255 * (1 + (decibels - 15) / _RANGE_DB), 0, 255).astype(np.float32)
    return shades
