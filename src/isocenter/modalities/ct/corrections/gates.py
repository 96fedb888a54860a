"""What the corrections of CT must measure to be believed: water, bone, scatter and metal."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial

import numpy as np

from isocenter.core.arrays import Array, FloatArray
from isocenter.core.gates import Gate
from isocenter.core.grid import Grid
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.corrections.beam_hardening import bone_corrected, water_corrected
from isocenter.modalities.ct.corrections.metal import reduce_metal
from isocenter.modalities.ct.corrections.scatter import ScatterKernel, scatter_corrected
from isocenter.modalities.ct.measurement import Measurement
from isocenter.modalities.ct.polychromatic import Beam, simulate_polychromatic
from isocenter.modalities.ct.reconstruction import reconstruct
from isocenter.modalities.ct.scattered import scatter_of
from isocenter.modalities.ct.simulation import example_acquisition
from isocenter.modalities.ct.water import hounsfield, water_per_mm
from isocenter.physics.body import Body, Component
from isocenter.physics.properties import attenuation_at
from isocenter.physics.shapes import EllipticCylinder
from isocenter.physics.tissues import tissue
from isocenter.physics.xrays.ct_dose import estimate_dose
from isocenter.physics.xrays.tube import Tube

_GRID = Grid((256, 256), (1.3, 1.3))
_ACR = "ACR CT accreditation; Herman, Phys. Med. Biol. 24 (1979) 81"


def _scan() -> Acquisition:
    return replace(
        example_acquisition(),
        angles_rad=np.arange(360) * (2 * np.pi / 360),
        n_bins=400,
        bin_width_mm=1.85,
        slice_spacing_mm=5.0,
    )


def _cylinder(
    name: str, x_mm: float, radius_mm: float, of: str, inside: str | None = None, y_mm: float = 0.0
) -> Component:
    half_mm = 150.0 if inside is None else 149.0
    return Component(name, EllipticCylinder((x_mm, y_mm, 0.0), (radius_mm, radius_mm, half_mm)), tissue(of), inside)


def _rods(of: str, x_mm: float, radius_mm: float) -> Body:
    """Return water of 220 mm with two rods."""
    rods = [_cylinder(f"{of} {side}", side * x_mm, radius_mm, of, "water") for side in (-1, 1)]
    return Body(f"{of} rods", (_cylinder("water", 0.0, 110.0, "water"), *rods))


def pelvis(of: str) -> Body:
    """Return an oval of soft tissue with two hips, each with a rod of some material in it."""
    oval = Component("oval", EllipticCylinder((0, 0, 0), (150, 100, 150)), tissue("water"))
    hips = [_cylinder(f"hip {side}", side * 75.0, 24.0, "cortical bone", "oval") for side in (-1, 1)]
    spine = _cylinder("sacrum", 0.0, 18.0, "spongy bone", "oval", y_mm=60.0)
    stems = [
        Component(f"stem {side}", EllipticCylinder((side * 75.0, 0, 0), (9, 9, 148)), tissue(of), f"hip {side}")
        for side in (-1, 1)
    ]
    return Body("pelvis", (oval, *hips, spine, *stems))


def _radius() -> FloatArray:
    position = _GRID.positions_mm()
    radius: FloatArray = np.hypot(position[..., 0], position[..., 1])
    return radius


@cache
def _water(kvp: float) -> Array:
    """Return the corrected image of a noisy 240 mm water phantom."""
    beam, scan = Beam(Tube(kvp)), _scan()
    body = Body("water", (_cylinder("water", 0.0, 120.0, "water"),))
    measurement = simulate_polychromatic(body, scan, beam, np.random.default_rng(11))
    return reconstruct(water_corrected(measurement, beam), _GRID).values


def water_hu(kvp: float) -> float:
    """Return the mean CT number in the middle of a water phantom."""
    return float(_water(kvp)[_radius() < 30].mean())


def uniformity_hu(kvp: float) -> float:
    """Return the largest difference of four outer regions of the phantom from its middle."""
    image, position = _water(kvp), _GRID.positions_mm()
    middle = water_hu(kvp)
    outer = []
    for x, y in ((95, 0), (-95, 0), (0, 95), (0, -95)):
        outer.append(float(image[np.hypot(position[..., 0] - x, position[..., 1] - y) < 12].mean()) - middle)
    return max(outer, key=abs)


@cache
def _bones() -> tuple[float, float]:
    """Return the CT number of water between two rods of bone, corrected for both, and the rods' over the true one."""
    beam, scan = Beam(Tube(120.0)), _scan()
    measurement = simulate_polychromatic(_rods("cortical bone", 60.0, 18.0), scan, beam, None)
    image = reconstruct(bone_corrected(measurement, beam), _GRID).values
    position = _GRID.positions_mm()
    between = (np.abs(position[..., 0]) < 30) & (np.abs(position[..., 1]) < 6)
    rods = np.hypot(np.abs(position[..., 0]) - 60.0, position[..., 1]) < 12
    energy = beam.reference_kev(scan)
    true = hounsfield(np.array(attenuation_at(energy)(tissue("cortical bone"))), water_per_mm(energy))
    return float(image[between].mean()), float(image[rods].mean() / true)


@cache
def _scatter() -> tuple[float, float]:
    """Return the residual of the estimate, and the middle of the corrected image, of a body it was not fitted to."""
    beam, scan = Beam(Tube(120.0)), _scan()
    energy = beam.reference_kev(scan)
    transmissions, known = [], []
    for radius in (80.0, 120.0, 150.0):
        water = Body("water", (_cylinder("water", 0.0, radius, "water"),))
        clean = simulate_polychromatic(water, scan, beam, None)
        transmissions.append(_transmission(clean)[:1])
        known.append(scatter_of(water, scan, energy)[:1])
    kernel = ScatterKernel.fitted(np.concatenate(transmissions), np.concatenate(known), scan.bin_width_mm)
    body = Body(
        "oval",
        (
            Component("oval", EllipticCylinder((0, 0, 0), (150, 110, 150)), tissue("water")),
            _cylinder("spine", 0.0, 18.0, "spongy bone", "oval", y_mm=60.0),
        ),
    )
    scatter = scatter_of(body, scan, energy)
    measurement = simulate_polychromatic(body, scan, beam, None, scatter=scatter)
    corrected = scatter_corrected(measurement, kernel)
    removed = _transmission(measurement) - _transmission(corrected)
    residual = float(np.sqrt(np.mean((removed - scatter) ** 2) / np.mean(scatter**2)))
    image = reconstruct(water_corrected(corrected, beam), _GRID).values
    return residual, float(image[_radius() < 25].mean())


def _transmission(measurement: Measurement) -> FloatArray:
    photons = measurement.acquisition.photons_per_bin or 1.0
    return np.asarray(measurement.data, dtype=float) / photons


@cache
def metal_factor(way: str) -> float:
    """Return the error of a pelvis with steel stems, outside the metal, over that after its reduction."""
    beam, scan = Beam(Tube(120.0)), _scan()
    rng = np.random.default_rng(5)
    with_metal, without = (
        water_corrected(simulate_polychromatic(pelvis(of), scan, beam, rng if of == "iron" else None), beam)
        for of in ("iron", "cortical bone")
    )
    truth = reconstruct(without, _GRID, window="hann").values
    before = reconstruct(with_metal, _GRID, window="hann").values
    after = reduce_metal(with_metal, way=way, grid=_GRID, threshold_hu=3000.0, window="hann").image.values  # type: ignore[arg-type]
    position = _GRID.positions_mm()
    away = np.hypot(np.abs(position[..., 0]) - 75.0, position[..., 1]) > 28
    inside = np.hypot(position[..., 0] / 145, position[..., 1] / 95) < 1
    where = away & inside

    def error(image: Array) -> float:
        return float(np.sqrt(np.mean((image - truth)[where] ** 2)))

    return error(before) / error(after)


def _dlp_over_formula() -> float:
    """Return DLP over its definition: (1/3 centre + 2/3 periphery) / pitch times length."""
    dose = estimate_dose(Tube(120.0), 150.0, scan_length_mm=300.0, pitch=1.5)
    return dose.dlp_mgy_cm / (dose.ctdi_w_mgy / 1.5 * 30.0)


def _head_ctdi() -> float:
    return estimate_dose(Tube(120.0, 8.0, (("aluminium", 6.0),)), 100.0, phantom="head").ctdi_w_mgy


GATES: tuple[Gate, ...] = (
    *(
        Gate(
            f"hardening-water-{kvp}",
            f"CT number of water after beam hardening correction, {kvp} kV",
            0.0,
            4.0,
            "[hnsf'U]",
            _ACR,
            partial(water_hu, float(kvp)),
        )
        for kvp in (80, 100, 120, 140)
    ),
    *(
        Gate(
            f"hardening-uniformity-{kvp}",
            f"edge less middle of a 240 mm water phantom, {kvp} kV",
            0.0,
            4.0,
            "[hnsf'U]",
            _ACR,
            partial(uniformity_hu, float(kvp)),
        )
        for kvp in (80, 100, 120, 140)
    ),
    Gate(
        "hardening-bone",
        "water between two bones after correction (-39 HU without)",
        0.0,
        2.0,
        "[hnsf'U]",
        "Joseph and Spital, J. Comput. Assist. Tomogr. 2 (1978) 100",
        lambda: _bones()[0],
    ),
    Gate(
        "hardening-bone-itself",
        "CT number of the bones over that of their attenuation at one energy",
        1.0,
        0.01,
        "1",
        "NIST XCOM by xraylib",
        lambda: _bones()[1],
    ),
    Gate(
        "scatter-residual",
        "scatter left over after correction, over scatter (RMS)",
        0.2,
        0.0,
        "1",
        "single scatter sum of Klein-Nishina and Rayleigh; Love and Kruger, Med. Phys. 14 (1987) 178",
        lambda: _scatter()[0],
        rule="at_most",
    ),
    Gate(
        "scatter-water",
        "CT number in the middle of a 300 mm oval after scatter correction (-58 HU without)",
        0.0,
        10.0,
        "[hnsf'U]",
        "Ohnesorge et al., Eur. Radiol. 9 (1999) 563",
        lambda: _scatter()[1],
    ),
    Gate(
        "metal-interpolation",
        "artefact of steel hips over that after interpolation",
        1.3,
        0.0,
        "1",
        "Kalender et al., Radiology 164 (1987) 576",
        partial(metal_factor, "interpolation"),
        rule="at_least",
    ),
    Gate(
        "metal-normalised",
        "artefact of steel hips over that after normalised reduction",
        4.0,
        0.0,
        "1",
        "Meyer et al., Med. Phys. 37 (2010) 5482",
        partial(metal_factor, "normalised"),
        rule="at_least",
    ),
    Gate(
        "dose-dlp",
        "DLP over its definition from CTDIw, pitch and length",
        1.0,
        1e-12,
        "1",
        "IEC 60601-2-44",
        _dlp_over_formula,
    ),
    Gate(
        "dose-head",
        "CTDIw of the head phantom, 120 kV, 6 mm Al, 100 mAs",
        18.5,
        3.5,
        "mGy",
        "range of scanners in the ImPACT tables, 15 to 22 mGy",
        _head_ctdi,
    ),
)
