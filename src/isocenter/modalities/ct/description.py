"""What a CT scan is, in lines for people."""

from __future__ import annotations

import numpy as np

from isocenter.core.methods import Fact
from isocenter.modalities.ct.measurement import Measurement


def describe(measurement: Measurement) -> tuple[Fact, ...]:
    """Return geometry, size and beam of a scan."""
    scan = measurement.acquisition
    detector = f", {scan.detector} detector" if scan.geometry != "parallel" else ""
    turn = np.degrees(np.ptp(scan.angles_rad))
    facts = [
        Fact("Geometry", f"{scan.geometry} beam{detector}"),
        Fact("Slices", str(scan.n_slices)),
        Fact("Views", f"{scan.n_views} over {turn:.1f}", "°"),
        Fact("Detector bins", f"{scan.n_bins} of {scan.bin_width_mm:.4g}", "mm"),
        Fact("Field of view", f"{2 * scan.fov_radius_mm:.4g}", "mm"),
        Fact("Beam energy", f"{scan.energy_kev:.4g}", "keV"),
    ]
    if scan.geometry == "cone":
        facts[1] = Fact("Detector rows", f"{scan.n_rows} of {scan.row_height_mm:.4g}", "mm")
    if scan.is_helical and scan.source_z_mm is not None:
        facts.append(Fact("Helix", f"{np.ptp(scan.source_z_mm):.4g}", "mm"))
    if scan.focus_shift_mm is not None:
        facts.append(Fact("Flying focal spot", f"{len(np.unique(np.round(scan.focus_shift_mm, 4), axis=0))} positions"))
    if scan.projection_matrices is not None:
        facts.append(Fact("Trajectory", "projection matrices"))
    if scan.geometry != "parallel":
        facts.append(Fact("Source to isocenter", f"{scan.source_isocenter_mm:.4g}", "mm"))
        facts.append(Fact("Source to detector", f"{scan.source_detector_mm:.4g}", "mm"))
    if scan.detector_offset_mm:
        facts.append(Fact("Detector offset", f"{scan.detector_offset_mm:.4g}", "mm"))
    if scan.photons_per_bin is None:
        facts.append(Fact("Data", "line integrals"))
    else:
        facts.append(Fact("Photons per bin through air", f"{scan.photons_per_bin:.4g}"))
    return tuple(facts)
