"""Ultrasound: pictures and motion from the traces of a probe's channels.

image   b (z, x) or (y, z, x)                 echo, dB below the brightest; or velocity, m/s
data    s (frame, transmit, channel, sample)  what the elements heard, real (RF) or shifted down (IQ)
model   s = A b + noise,  A = a pulse at the time of flight to each reflector and back
"""

from isocenter.modalities.ultrasound.acquisition import Acquisition
from isocenter.modalities.ultrasound.description import describe
from isocenter.modalities.ultrasound.gates import GATES
from isocenter.modalities.ultrasound.geometry import default_grid, forward_operator
from isocenter.modalities.ultrasound.measurement import Measurement
from isocenter.modalities.ultrasound.probe import curved_probe, linear_probe, matrix_probe, row_column_probe
from isocenter.modalities.ultrasound.reconstruction import METHODS, TITLE, default_method, reconstruct
from isocenter.modalities.ultrasound.simulation import EXAMPLE_BODY, example_acquisition, simulate
from isocenter.modalities.ultrasound.transmits import diverging_wave, focused_wave, plane_wave, single_element

NAME = "ultrasound"

__all__ = [
    "EXAMPLE_BODY",
    "GATES",
    "METHODS",
    "NAME",
    "TITLE",
    "Acquisition",
    "Measurement",
    "curved_probe",
    "default_grid",
    "default_method",
    "describe",
    "diverging_wave",
    "example_acquisition",
    "focused_wave",
    "forward_operator",
    "linear_probe",
    "matrix_probe",
    "plane_wave",
    "reconstruct",
    "row_column_probe",
    "simulate",
    "single_element",
]
