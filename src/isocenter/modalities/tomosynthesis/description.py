"""What a tomosynthesis scan is, in lines for people."""

from __future__ import annotations

from isocenter.core.methods import Fact
from isocenter.modalities.tomosynthesis.measurement import Measurement


def describe(measurement: Measurement) -> tuple[Fact, ...]:
    """Return the way of the focal spot, the detector and the planes."""
    scan = measurement.acquisition
    photons = f"{scan.photons_per_pixel:.4g}" if scan.photons_per_pixel else "line integrals"
    return (
        Fact("Way of the focal spot", f"{scan.path}, {scan.n_shots} shots over {scan.sweep_deg:g}", "°"),
        Fact("View", scan.view),
        Fact("Source to detector", f"{scan.source_detector_mm:g}", "mm"),
        Fact("Pivot above the detector", f"{scan.pivot_mm:g}", "mm"),
        Fact("Detector", f"{scan.n_rows} x {scan.n_columns} of {scan.pixel_mm:g}", "mm"),
        Fact("Planes", f"{scan.n_planes}, {scan.plane_spacing_mm:g} mm apart, from {scan.lowest_plane_mm:g}", "mm"),
        Fact("Beam energy", f"{scan.energy_kev:g}", "keV"),
        Fact("Photons per pixel and shot through air", photons),
    )
