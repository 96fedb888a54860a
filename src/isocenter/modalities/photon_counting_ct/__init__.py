"""Photon-counting CT: materials from counts in energy bins.

image   c (material, y, x)       water as a fraction, contrast agents in mg/mL; what is shown is made of them
data    n (energy, view, bin)    photons counted in each energy bin
model   n_b ~ Poisson(sum over E of w_b(E) exp(-sum over m of mu_m(E) A c_m)),  A = line integrals
"""

from isocenter.modalities.photon_counting_ct.acquisition import Acquisition
from isocenter.modalities.photon_counting_ct.description import describe
from isocenter.modalities.photon_counting_ct.gates import GATES
from isocenter.modalities.photon_counting_ct.geometry import default_grid, forward_operator
from isocenter.modalities.photon_counting_ct.measurement import Measurement
from isocenter.modalities.photon_counting_ct.reconstruction import METHODS, TITLE, default_method, reconstruct
from isocenter.modalities.photon_counting_ct.simulation import EXAMPLE_BODY, example_acquisition, simulate

NAME = "photon_counting_ct"

__all__ = [
    "EXAMPLE_BODY",
    "GATES",
    "METHODS",
    "NAME",
    "TITLE",
    "Acquisition",
    "Measurement",
    "default_grid",
    "default_method",
    "describe",
    "example_acquisition",
    "forward_operator",
    "reconstruct",
    "simulate",
]
