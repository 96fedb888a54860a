"""MRI: transverse magnetisation from k-space.

image   m (z, y, x)           complex signal; shown as its magnitude
data    s (coil, z, y, x)     k-space of every coil
model   s = M F S m + noise,  S coil sensitivities, F Fourier transform, M the lines taken, noise complex normal
"""

from isocenter.core.viewing import as_viewed
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.coil_maps import estimate_coil_maps
from isocenter.modalities.mri.coils import CoilArray
from isocenter.modalities.mri.description import describe
from isocenter.modalities.mri.dicom_attributes import dicom_attributes
from isocenter.modalities.mri.gates import GATES
from isocenter.modalities.mri.geometry import default_grid, forward_operator
from isocenter.modalities.mri.imperfections import Imperfections
from isocenter.modalities.mri.measurement import Measurement
from isocenter.modalities.mri.motion import Motion
from isocenter.modalities.mri.prewhitening import prewhiten
from isocenter.modalities.mri.protocols import PROTOCOLS
from isocenter.modalities.mri.reconstruction import METHODS, TITLE, default_method, reconstruct
from isocenter.modalities.mri.series import Series
from isocenter.modalities.mri.series_methods import SERIES_METHODS, reconstruct_series
from isocenter.modalities.mri.simulation import EXAMPLE_BODY, example_acquisition, simulate, simulate_series

NAME = "mri"

__all__ = [
    "EXAMPLE_BODY",
    "GATES",
    "METHODS",
    "NAME",
    "PROTOCOLS",
    "SERIES_METHODS",
    "TITLE",
    "Acquisition",
    "CoilArray",
    "Imperfections",
    "Measurement",
    "Motion",
    "Series",
    "as_viewed",
    "default_grid",
    "default_method",
    "describe",
    "dicom_attributes",
    "estimate_coil_maps",
    "example_acquisition",
    "forward_operator",
    "prewhiten",
    "reconstruct",
    "reconstruct_series",
    "simulate",
    "simulate_series",
]
