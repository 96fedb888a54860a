"""The first scanners see a disc where it is, as dense as it is."""

import numpy as np
import pytest

from isocenter.core.errors import GeometryError, ShapeError
from isocenter.core.grid import Grid
from isocenter.modalities import ct
from isocenter.modalities.ct.historical import fixed_ring, translate_rotate
from isocenter.physics.bodies.disc import disc
from isocenter.physics.properties import attenuation_at

BODY = disc(radius_mm=40.0, center_mm=(15.0, -10.0), height_mm=100.0)
GRID = Grid((100, 100), (1.5, 1.5))


def _integrals(starts: np.ndarray, ends: np.ndarray, energy_kev: float) -> np.ndarray:
    three = [np.concatenate([points, np.zeros((*points.shape[:-1], 1))], axis=-1) for points in (starts, ends)]
    return BODY.line_integrals(*three, attenuation_at(energy_kev))


def _mean_hu(measurement: ct.Measurement) -> float:
    image = ct.reconstruct(measurement, GRID)
    position = GRID.positions_mm()
    inside = np.hypot(position[..., 0] - 15.0, position[..., 1] + 10.0) < 30.0
    return float(image.values[inside].mean())


@pytest.mark.parametrize("n_beams", [1, 3])
def test_translate_rotate_scanners(n_beams: int) -> None:
    beams = np.radians(np.arange(n_beams) - (n_beams - 1) / 2)
    gantry = np.radians(np.arange(0, 180, n_beams, dtype=float))
    places = (np.arange(160) - 79.5) * 1.0
    a = gantry[:, None, None]
    d, u = np.stack([-np.sin(a), np.cos(a)], -1), np.stack([np.cos(a), np.sin(a)], -1)
    starts = places[None, None, :, None] * u - 300.0 * d
    aims = np.cos(beams)[None, :, None, None] * d + np.sin(beams)[None, :, None, None] * u
    starts, aims = np.broadcast_arrays(starts, aims)
    data = _integrals(starts, starts + 800.0 * aims, 73.0)
    measurement = translate_rotate(data, gantry_rad=gantry, beams_rad=beams, step_mm=1.0, source_sweep_mm=300.0)
    assert _mean_hu(measurement) == pytest.approx(0.0, abs=1.0)
    with pytest.raises(ShapeError):
        translate_rotate(data[0], gantry_rad=gantry, beams_rad=beams, step_mm=1.0)


def test_a_tube_within_a_ring_of_detectors() -> None:
    source, ring = np.arange(360) * (2 * np.pi / 360), np.arange(720) * (2 * np.pi / 720) + 0.2
    start = 500.0 * np.stack([np.sin(source), -np.cos(source)], -1)[:, None]
    end = 700.0 * np.stack([np.sin(ring), -np.cos(ring)], -1)[None, :]
    data = _integrals(*np.broadcast_arrays(start, end), 70.0)
    geometry = {
        "source_rad": source,
        "detector_rad": ring,
        "source_radius_mm": 500.0,
        "ring_radius_mm": 700.0,
        "n_bins": 160,
    }
    measurement = fixed_ring(data, fov_mm=160.0, **geometry)
    # Detectors are 6 mm apart: 2.5 mm at the isocenter, interpolated.
    assert _mean_hu(measurement) == pytest.approx(0.0, abs=3.0)
    with pytest.raises(GeometryError, match="reaches the source"):
        fixed_ring(data, fov_mm=1200.0, **geometry)
