"""What CT must measure to be believed: discs, noise and water against closed forms."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np

from isocenter.core.arrays import Array, FloatArray
from isocenter.core.gates import Gate
from isocenter.core.grid import Grid
from isocenter.functionals.constraints import NonNegativity
from isocenter.functionals.gaussian import GaussianLikelihood
from isocenter.functionals.total_variation import TotalVariation
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.fbp import fbp
from isocenter.modalities.ct.fdk import fdk
from isocenter.modalities.ct.geometry import default_grid, detector_views, forward_operator
from isocenter.modalities.ct.iterative import norm_bound_mm, solve_tv, tv_weight_mm
from isocenter.modalities.ct.noise import noise_image
from isocenter.modalities.ct.propagated_noise import fbp_variance
from isocenter.modalities.ct.reconstruction import reconstruct
from isocenter.modalities.ct.rings import without_rings
from isocenter.modalities.ct.simulation import example_acquisition, simulate
from isocenter.modalities.ct.water import hounsfield, water_per_mm
from isocenter.modalities.ct.wfbp import wfbp
from isocenter.operators.ramp_filter import ramp_filter
from isocenter.physics.bodies.disc import disc
from isocenter.physics.body import Body, Component
from isocenter.physics.shapes import Ellipsoid, EllipticCylinder
from isocenter.physics.tissues import tissue
from isocenter.solvers.cgls import cgls
from isocenter.solvers.pdhg import pdhg

_HALF_MM, _RADIUS_MM, _CENTER_MM = 100.0, 50.0, (15.0, -10.0)
# Counted inside this part of the disc's radius: the edge itself is blurred by a bin.
_INNER = 0.8
_KAK = "Kak and Slaney 1988, chapter 3; disc figures checked numerically"


def _parallel(n: int) -> Acquisition:
    n_views = int(1.4 * n)
    return Acquisition(np.arange(n_views) * np.pi / n_views, n, 2 * _HALF_MM / n, photons_per_bin=None)


def _fan(kind: str) -> Acquisition:
    n_views = 412 if kind == "short" else 720
    return Acquisition(
        np.radians(np.arange(n_views) * 0.5 + 33.0),
        512,
        0.82,
        geometry="fan",
        detector="curved" if kind == "curved" else "flat",
        source_isocenter_mm=500.0,
        source_detector_mm=1000.0,
        photons_per_bin=None,
    )


@cache
def _disc(kind: str, n: int) -> tuple[float, float]:
    """Return mean and standard deviation inside an off-centre disc whose truth is 1."""
    scan = _parallel(n) if kind == "parallel" else _fan(kind)
    measurement = simulate(disc(radius_mm=_RADIUS_MM, center_mm=_CENTER_MM), scan, np.random.default_rng(0))
    grid = Grid((n, n), (2 * _HALF_MM / n,) * 2)
    image = fbp(scan, grid, measurement.data).astype(float) / water_per_mm(scan.energy_kev)
    position = grid.positions_mm()
    inside = np.hypot(position[..., 0] - _CENTER_MM[0], position[..., 1] - _CENTER_MM[1]) < _INNER * _RADIUS_MM
    return float(image[inside].mean()), float(image[inside].std())


def _disc_mean(kind: str, n: int) -> float:
    return _disc(kind, n)[0]


def _disc_deviation(n: int) -> float:
    return _disc("parallel", n)[1]


def _improvement(n: int) -> float:
    return _disc_deviation(n) / _disc_deviation(2 * n)


def _cone(kind: str) -> Acquisition:
    """Return a cone scan: on a circle, short or shifted, of a C-arm, or on a helix of pitch 1."""
    n_views, turns = 240, 3 if kind in ("helix", "flying focus") else 1
    angles = np.arange(n_views * turns) * (2 * np.pi / n_views) + 0.3
    kind_of: dict[str, Any] = {}
    n_rows, row_height_mm = 8, 4.0
    if turns > 1:
        kind_of["source_z_mm"] = (angles - angles.mean()) / (2 * np.pi) * n_rows * row_height_mm / 2
        kind_of["detector"] = "curved"
    if kind == "flying focus":
        kind_of["focus_shift_mm"] = np.array([(-0.4, -3.0, -0.6), (0.4, 3.0, 0.6)])[np.arange(angles.size) % 2]
    if kind == "short":
        angles = angles[: round(n_views * 208 / 360)]
    if kind == "shifted":
        kind_of |= {"is_half_fan": True, "detector_offset_mm": 120.0}
    scan = Acquisition(
        angles,
        192,
        2.2,
        geometry="cone",
        source_isocenter_mm=500.0,
        source_detector_mm=1000.0,
        photons_per_bin=None,
        n_rows=n_rows,
        row_height_mm=row_height_mm,
        **kind_of,
    )
    if kind == "c-arm":
        return replace(scan, projection_matrices=detector_views(scan).projection_matrices())
    return scan


def _cone_disc_mean(kind: str) -> float:
    """Return the mean in the middle plane of an off-centre cylinder whose truth is 1."""
    scan = _cone(kind)
    body = disc(radius_mm=_RADIUS_MM, center_mm=_CENTER_MM, height_mm=1000.0)
    data = simulate(body, scan, np.random.default_rng(0)).data
    grid = Grid((1, 128, 128), (2.0, 1.3, 1.3))
    image = (wfbp if "source_z_mm" in _given(scan) else fdk)(scan, grid, data) / water_per_mm(scan.energy_kev)
    position = grid.positions_mm()
    inside = np.hypot(position[..., 0] - _CENTER_MM[0], position[..., 1] - _CENTER_MM[1]) < _INNER * _RADIUS_MM
    return float(image[inside].astype(float).mean())


def _given(scan: Acquisition) -> set[str]:
    return {name for name in ("source_z_mm", "focus_shift_mm") if getattr(scan, name) is not None}


def _helical_artefact_hu() -> float:
    """Return the RMS deviation from 0 HU inside an ellipsoid of water, on a helix of pitch 1."""
    scan, axes_mm = _cone("helix"), np.array([70.0, 55.0, 14.0])
    shape = Ellipsoid((0.0, 0.0, 0.0), (70.0, 55.0, 14.0))
    body = Body("ellipsoid", (Component("water", shape, tissue("water")),))
    data = simulate(body, scan, np.random.default_rng(0)).data
    grid = Grid((7, 96, 96), (3.0, 1.6, 1.6))
    image = hounsfield(wfbp(scan, grid, data), water_per_mm(scan.energy_kev))
    inside = np.linalg.norm(grid.positions_mm() / axes_mm, axis=-1) < 0.85
    return float(np.sqrt(np.mean(image[inside].astype(float) ** 2)))


def _ring_reduction() -> float:
    """Return by how much the correction lowers the rings of bins that are off by 1 % of a line integral at random."""
    scan = _parallel(128)
    body = disc(radius_mm=_RADIUS_MM, center_mm=_CENTER_MM)
    data = simulate(body, scan, np.random.default_rng(0)).data
    ringed = data + np.float32(0.01) * np.random.default_rng(1).standard_normal(128).astype(np.float32)
    grid = Grid((128, 128), (2 * _HALF_MM / 128,) * 2)
    position = grid.positions_mm()
    inside = np.hypot(position[..., 0] - _CENTER_MM[0], position[..., 1] - _CENTER_MM[1]) < _INNER * _RADIUS_MM
    clean = fbp(scan, grid, data)
    before, after = (float(np.std((fbp(scan, grid, d) - clean)[inside])) for d in (ringed, without_rings(ringed)))
    return before / after


def _noise_factor() -> float:
    """Return pixel variance over (pi^2/12) sigma^2 / (views bin^2) for white noise of variance 1."""
    n, n_views, width_mm = 256, 360, 0.75
    scan = Acquisition(np.arange(n_views) * np.pi / n_views, n, width_mm, photons_per_bin=None)
    noise = np.random.default_rng(5).standard_normal((n_views, n)).astype(np.float32)
    grid = Grid((256, 256), (0.53, 0.53))
    image = fbp(scan, grid, noise).astype(float)
    position = grid.positions_mm()
    inside = np.hypot(position[..., 0], position[..., 1]) < 0.6 * n * width_mm / 2
    return float(image[inside].var() / (np.pi**2 / 12 / (n_views * width_mm**2)))


def _nearest_noise_factor() -> float:
    """Return the same for samples taken at the bins, where nothing is interpolated."""
    width_mm = 0.75
    noise = np.random.default_rng(6).standard_normal((400, 1024))
    return float(ramp_filter(noise, width_mm)[:, 256:-256].var() * 12 * width_mm**2)


def _map_over_formula() -> float:
    """Return the propagated variance in the middle over (pi^2/12) sigma^2 / (views bin^2), for white noise."""
    n, n_views, width_mm = 128, 180, 0.75
    scan = Acquisition(np.arange(n_views) * np.pi / n_views, n, width_mm, photons_per_bin=None)
    grid = Grid((64, 64), (0.53, 0.53))
    variance = fbp_variance(scan, grid, np.ones(scan.data_shape))
    return float(variance.mean() / (np.pi**2 / 12 / (n_views * width_mm**2)))


def _map_over_scans(where: str) -> float:
    """Return the told noise over that of repeated scans, in the middle or at the rim of an oval of a curved fan."""
    scan = replace(example_acquisition(), angles_rad=np.arange(180) * (2 * np.pi / 180), n_bins=200, bin_width_mm=4.7)
    body = Body("oval", (Component("water", EllipticCylinder((0, 0, 0), (140, 90, 50)), tissue("water")),))
    grid = Grid((96, 96), (3.5, 3.5))
    rng = np.random.default_rng(21)
    repeats = [reconstruct(simulate(body, scan, rng), grid).values for _ in range(96)]
    told = noise_image(simulate(body, scan, rng), grid).values
    position = grid.positions_mm()
    radius = np.hypot(position[..., 0] / 140, position[..., 1] / 90)
    region = radius < 0.4 if where == "middle" else (radius > 0.7) & (radius < 0.95)
    measured = np.sqrt(np.var(np.asarray(repeats, dtype=float), axis=0, ddof=1)[region].mean())
    return float(np.sqrt((told[region].astype(float) ** 2).mean()) / measured)


def _water_hu(radius_part: tuple[float, float]) -> float:
    """Return the mean CT number of water in a ring of a noisy 200 mm phantom of the example scanner."""
    image, radius = _water()
    return float(image[(radius >= radius_part[0] * 100) & (radius < radius_part[1] * 100)].mean())


@cache
def _water() -> tuple[Array, FloatArray]:
    scan = replace(example_acquisition(), angles_rad=np.arange(360) * (2 * np.pi / 360))
    measurement = simulate(disc(radius_mm=100.0), scan, np.random.default_rng(3))
    grid = default_grid(scan)
    position = grid.positions_mm()
    return reconstruct(measurement, grid).values, np.hypot(position[..., 0], position[..., 1])


def _tv_excess() -> float:
    """Return how far a TV objective lies above that of a long run with other steps and another start."""
    scan = replace(_parallel(64), angles_rad=np.arange(40) * np.pi / 40)
    A = forward_operator(scan, Grid((64, 64), (2 * _HALF_MM / 64,) * 2))
    data = simulate(disc(radius_mm=_RADIUS_MM, center_mm=_CENTER_MM), scan, np.random.default_rng(0)).data.astype(float)
    data = data + 0.02 * np.random.default_rng(1).standard_normal(data.shape)
    weight = tv_weight_mm(A, 20.0, water_per_mm(scan.energy_kev))
    prior, bound = TotalVariation(weight, A.in_shape), norm_bound_mm(A)
    long = pdhg(
        GaussianLikelihood(A, data),
        [(prior.group, prior.gradient_operator)],
        np.zeros(A.in_shape),
        norms=(bound, prior.gradient_operator.norm_bound),
        constraint=NonNegativity(),
        n_iterations=6000,
        balance=bound,
    )
    return solve_tv(A, data, weight, n_iterations=1500).objectives[-1] / long.objectives[-1] - 1


def _cgls_excess() -> float:
    """Return how far the CGLS residual norm lies above that of the dense least-squares solution."""
    scan = replace(_parallel(32), angles_rad=np.arange(40) * np.pi / 40)
    A = forward_operator(scan, Grid((16, 16), (10.0, 10.0)))
    data = np.random.default_rng(2).standard_normal(A.out_shape)
    columns = np.stack([A(unit.reshape(A.in_shape)).ravel() for unit in np.eye(256)], axis=1)
    best = np.linalg.lstsq(columns, data.ravel(), rcond=None)[0]
    least = float(np.linalg.norm(columns @ best - data.ravel()))
    return cgls(A, data, n_iterations=200, tolerance=1e-8).objectives[-1] / least - 1


GATES: tuple[Gate, ...] = (
    *(
        Gate(f"disc-mean-{n}", f"mean of a disc, {n} bins", 1.0, 2e-4, "1", _KAK, partial(_disc_mean, "parallel", n))
        for n in (128, 256, 512)
    ),
    *(
        Gate(
            f"disc-deviation-{n}",
            f"standard deviation in a disc, {n} bins",
            figure,
            0.0,
            "1",
            _KAK,
            partial(_disc_deviation, n),
            rule="at_most",
        )
        for n, figure in ((128, 5.4e-4), (256, 3e-4), (512, 4e-5))
    ),
    *(
        Gate(
            f"disc-order-{n}",
            f"fall of a disc's deviation from {n} to {2 * n} bins",
            3.0,
            0.0,
            "1",
            _KAK,
            partial(_improvement, n),
            rule="at_least",
        )
        for n in (128, 256)
    ),
    *(
        Gate(
            f"disc-fan-{kind}",
            f"mean of a disc, fan with {name}",
            1.0,
            1e-3,
            "1",
            source,
            partial(_disc_mean, kind, 256),
        )
        for kind, name, source in (
            ("flat", "flat detector", "Kak and Slaney 1988, sec. 3.4.2"),
            ("curved", "curved detector", "Kak and Slaney 1988, sec. 3.4.1"),
            ("short", "short scan", "Parker, Med. Phys. 9 (1982) 254"),
        )
    ),
    *(
        Gate(
            f"disc-cone-{kind.replace(' ', '-')}",
            f"mean of a disc, {name}",
            1.0,
            1e-3,
            "1",
            source,
            partial(_cone_disc_mean, kind),
        )
        for kind, name, source in (
            ("circle", "middle plane of a cone", "Feldkamp, Davis and Kress, J. Opt. Soc. Am. A 1 (1984) 612"),
            ("short", "cone, short scan", "Parker, Med. Phys. 9 (1982) 254"),
            ("shifted", "cone, shifted detector", "G. Wang, Med. Phys. 29 (2002) 1634"),
            ("c-arm", "cone by projection matrices", "Wiesent et al., IEEE Trans. Med. Imaging 19 (2000) 391"),
            ("helix", "helix, pitch 1", "Stierstorfer et al., Phys. Med. Biol. 49 (2004) 2209"),
            ("flying focus", "helix, flying focal spot", "Stierstorfer et al., Phys. Med. Biol. 49 (2004) 2209"),
        )
    ),
    Gate(
        "helical-artefact",
        "RMS deviation in an ellipsoid of water, helix of pitch 1",
        10.0,
        0.0,
        "[hnsf'U]",
        "closed form of the ellipsoid",
        _helical_artefact_hu,
        rule="at_most",
    ),
    Gate(
        "ring-reduction",
        "fall of rings by their correction, bins off at random",
        3.0,
        0.0,
        "1",
        "Boin and Haibel, Opt. Express 14 (2006) 12071",
        _ring_reduction,
        rule="at_least",
    ),
    Gate(
        "noise-linear",
        "noise of FBP, linear interpolation, over (pi^2/12) s^2 / (views bin^2)",
        0.464,
        0.03 * 0.464,
        "1",
        "lag-1 correlation of the ramp kernel",
        _noise_factor,
    ),
    Gate(
        "noise-nearest",
        "noise of FBP at the bins, over (pi^2/12) s^2 / (views bin^2)",
        1.0,
        0.03,
        "1",
        "sum of squares of the ramp kernel",
        _nearest_noise_factor,
    ),
    Gate(
        "noise-map-formula",
        "noise map of white noise over (pi^2/12) s^2 / (views bin^2)",
        0.464,
        0.03 * 0.464,
        "1",
        "lag-1 correlation of the ramp kernel",
        _map_over_formula,
    ),
    *(
        Gate(
            f"noise-map-{where}",
            f"noise map of a fan over the noise of 96 scans, {where} of an oval",
            1.0,
            0.03,
            "1",
            "repeated scans; Wunderlich and Noo, Phys. Med. Biol. 53 (2008) 2471",
            partial(_map_over_scans, where),
        )
        for where in ("middle", "rim")
    ),
    Gate(
        "water-middle",
        "CT number of water, middle of a 200 mm phantom",
        0.0,
        4.0,
        "[hnsf'U]",
        "ACR CT accreditation",
        partial(_water_hu, (0.0, 0.3)),
    ),
    Gate(
        "water-edge",
        "CT number of water, near the edge of a 200 mm phantom",
        0.0,
        4.0,
        "[hnsf'U]",
        "ACR CT accreditation",
        partial(_water_hu, (0.6, 0.9)),
    ),
    Gate(
        "tv-objective",
        "TV objective of 1500 iterations over that of 6000 with other steps, less 1",
        0.0,
        1e-4,
        "1",
        "Sidky, Joergensen and Pan, Phys. Med. Biol. 57 (2012) 3065",
        _tv_excess,
    ),
    Gate(
        "cgls-objective",
        "residual norm of CGLS over that of the dense least-squares solution, less 1",
        0.0,
        1e-4,
        "1",
        "LAPACK least squares",
        _cgls_excess,
    ),
)
