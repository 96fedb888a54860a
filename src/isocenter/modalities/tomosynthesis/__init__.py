"""Tomosynthesis and focal-plane tomography: planes from shots over a limited angle.

image   mu (z, y, x)             linear attenuation, 1/mm; the first plane is the farthest from the detector
data    n  (shot, row, column)   detected photons
model   n ~ Poisson(n0 exp(-A mu)),  A = line integrals from the focal spots to the pixels
"""

from isocenter.modalities.tomosynthesis.acquisition import PATHS, VIEWS, Acquisition
from isocenter.modalities.tomosynthesis.description import describe
from isocenter.modalities.tomosynthesis.gates import GATES
from isocenter.modalities.tomosynthesis.geometry import default_grid, forward_operator
from isocenter.modalities.tomosynthesis.measurement import Measurement
from isocenter.modalities.tomosynthesis.reconstruction import METHODS, TITLE, default_method, reconstruct
from isocenter.modalities.tomosynthesis.simulation import EXAMPLE_BODY, example_acquisition, simulate

NAME = "tomosynthesis"

__all__ = [
    "EXAMPLE_BODY",
    "GATES",
    "METHODS",
    "NAME",
    "PATHS",
    "TITLE",
    "VIEWS",
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
