"""X-ray CT: attenuation from photon counts.

image   mu (y, x) or (z, y, x)                 linear attenuation, 1/mm
data    n  (view, bin) or (slice, view, bin)   detected photons
model   n ~ Poisson(n0 exp(-A mu)),  A = line integrals
"""

from isocenter.modalities.ct.acquisition import PATIENT_POSITIONS, Acquisition
from isocenter.modalities.ct.chain import METHODS, reconstruct
from isocenter.modalities.ct.corrections.gates import GATES as _CORRECTION_GATES
from isocenter.modalities.ct.description import describe
from isocenter.modalities.ct.gates import GATES as _SCAN_GATES
from isocenter.modalities.ct.geometry import default_grid, forward_operator
from isocenter.modalities.ct.measurement import Measurement
from isocenter.modalities.ct.reconstruction import TITLE, default_method
from isocenter.modalities.ct.simulation import EXAMPLE_BODY, example_acquisition, simulate
from isocenter.modalities.ct.water import hounsfield, water_per_mm

NAME = "ct"
GATES = (*_SCAN_GATES, *_CORRECTION_GATES)

__all__ = [
    "EXAMPLE_BODY",
    "GATES",
    "METHODS",
    "NAME",
    "PATIENT_POSITIONS",
    "TITLE",
    "Acquisition",
    "Measurement",
    "default_grid",
    "default_method",
    "describe",
    "example_acquisition",
    "forward_operator",
    "hounsfield",
    "reconstruct",
    "simulate",
    "water_per_mm",
]
