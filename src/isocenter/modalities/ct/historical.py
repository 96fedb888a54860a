"""The first scanners' geometries, sorted into the parallel rays that they measured.

Translate-rotate (first and second generation): one or a few pencil beams sweep across, then the gantry turns. Every
beam of a narrow fan gives parallel views of its own angle.
Fourth generation: the tube turns within a fixed ring of detectors. Every detector sees a fan of its own.

Source: Kalender, Computed Tomography, 3rd ed. 2011, sec. 2.2; Kak and Slaney 1988, sec. 3.4.3 (rebinning).
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import map_coordinates

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import GeometryError, ShapeError
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.measurement import Measurement


def translate_rotate(
    line_integrals: FloatArray,
    *,
    gantry_rad: FloatArray,
    beams_rad: FloatArray,
    step_mm: float,
    source_sweep_mm: float = 0.0,
    energy_kev: float = 73.0,
) -> Measurement:
    """Return the parallel scan that a translate-rotate scanner made.

    Parameters
    ----------
    line_integrals
        Shape (gantry, beam, sweep).
    gantry_rad, beams_rad
        Angles of the gantry and, from its central ray, of every beam, shapes (gantry,) and (beam,); one beam of angle 0
        is the first generation. A beam of angle g runs along the direction of a view at gantry - g.
    step_mm
        Distance of the places of a sweep; the middle one has the central ray through the isocenter.
    source_sweep_mm
        Distance of the line on which the source sweeps from the isocenter.

    Raises
    ------
    ShapeError
        If the data do not have one entry per gantry angle, beam and place.
    """
    n_gantry, n_beams = np.size(gantry_rad), np.size(beams_rad)
    if line_integrals.ndim != 3 or line_integrals.shape[:2] != (n_gantry, n_beams):
        raise ShapeError(
            "The data are not one sweep per beam and angle of the gantry.",
            field="line_integrals",
            found=line_integrals.shape,
            expected=f"({n_gantry}, {n_beams}, sweep)",
        )
    n = line_integrals.shape[2]
    places = (np.arange(n) - (n - 1) / 2) * step_mm
    angles = (np.asarray(gantry_rad)[:, None] - np.asarray(beams_rad)[None, :]).ravel()
    views = np.empty((n_gantry, n_beams, n), dtype=np.float32)
    for beam, angle in enumerate(np.asarray(beams_rad, dtype=float)):
        # The source at (place, -sweep) and the direction (sin g, cos g): how far the ray passes the isocenter.
        across = places * np.cos(angle) + source_sweep_mm * np.sin(angle)
        for index in range(n_gantry):
            views[index, beam] = np.interp(places, across, line_integrals[index, beam], left=0.0, right=0.0)
    scan = Acquisition(angles, n, step_mm, photons_per_bin=None, energy_kev=energy_kev)
    return Measurement(scan, views.reshape(-1, n))


def fixed_ring(
    line_integrals: FloatArray,
    *,
    source_rad: FloatArray,
    detector_rad: FloatArray,
    source_radius_mm: float,
    ring_radius_mm: float,
    n_bins: int,
    fov_mm: float,
    energy_kev: float = 70.0,
) -> Measurement:
    """Return the parallel scan, over half a turn, that a fourth-generation scanner made.

    Parameters
    ----------
    line_integrals
        Shape (source, detector); what the fan does not reach may hold anything finite.
    source_rad, detector_rad
        Evenly spaced over the whole turn from their first value: where source and detectors stand,
        at ``radius (sin, -cos)``, as the source of any fan here.
    source_radius_mm, ring_radius_mm
        Distances from the isocenter.
    n_bins, fov_mm
        Bins of the parallel scan and the width that they cover.

    Raises
    ------
    ShapeError, GeometryError
        If the data do not fit, or the field of view does not fit within the source's circle.
    """
    if line_integrals.shape != (np.size(source_rad), np.size(detector_rad)):
        raise ShapeError(
            "The data are not one value per source and detector.",
            field="line_integrals",
            found=line_integrals.shape,
            expected=(np.size(source_rad), np.size(detector_rad)),
        )
    if not fov_mm / 2 < min(source_radius_mm, ring_radius_mm):
        raise GeometryError(
            "The field of view reaches the source.",
            field="fov_mm",
            found=fov_mm,
            expected=f"less than {2 * min(source_radius_mm, ring_radius_mm):g} mm",
        )
    width_mm = fov_mm / n_bins
    n_views = np.size(source_rad) // 2
    angles = np.arange(n_views) * np.pi / n_views
    across = (np.arange(n_bins) - (n_bins - 1) / 2) * width_mm
    # A ray of direction d(angle) at distance s leaves the source at angle + asin(s / R) and meets the ring
    # at angle + pi - asin(s / ring).
    source = angles[:, None] + np.arcsin(across / source_radius_mm)[None, :]
    detector = angles[:, None] + np.pi - np.arcsin(across / ring_radius_mm)[None, :]
    at = [
        np.mod(where - float(np.ravel(of)[0]), 2 * np.pi) / (2 * np.pi) * np.size(of)
        for where, of in ((source, source_rad), (detector, detector_rad))
    ]
    views = map_coordinates(np.asarray(line_integrals, dtype=np.float64), at, order=3, mode="grid-wrap")
    scan = Acquisition(angles, n_bins, width_mm, photons_per_bin=None, energy_kev=energy_kev)
    return Measurement(scan, views.astype(np.float32))
