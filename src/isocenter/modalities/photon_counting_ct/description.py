"""What a photon-counting CT scan is, in lines for people."""

from __future__ import annotations

from itertools import pairwise

from isocenter.core.methods import Fact
from isocenter.modalities.photon_counting_ct.measurement import Measurement


def describe(measurement: Measurement) -> tuple[Fact, ...]:
    """Return geometry, tube, energy bins and dose of a scan."""
    scan, dose = measurement.acquisition, measurement.acquisition.dose
    edges = [f"{edge:g}" for edge in scan.edges_kev]
    bins = ", ".join(f"{low} to {high}" for low, high in pairwise(edges))
    return (
        Fact("Geometry", "fan beam, curved detector"),
        Fact("Views", str(scan.n_views)),
        Fact("Detector bins", f"{scan.n_bins} of {scan.bin_width_mm:.4g}", "mm"),
        Fact("Field of view", f"{2 * scan.fov_radius_mm:.4g}", "mm"),
        Fact("Tube", f"{scan.kvp:g} kV, {scan.mas:g} mAs in {scan.rotation_s:g}", "s"),
        Fact("Energy bins", bins, "keV"),
        Fact("Told apart", ", ".join(scan.materials)),
        Fact("Counts", f"{float(measurement.data.sum()):.4g}"),
        Fact("Kerma at the isocenter", f"{dose.kerma_isocenter_mgy:.3g}", "mGy"),
        Fact("CTDIvol (estimate)", f"{dose.ctdi_vol_mgy:.3g}", "mGy"),
        Fact("DLP (estimate)", f"{dose.dlp_mgy_cm:.3g}", "mGy cm"),
    )
