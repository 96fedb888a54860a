"""Tomosynthesis: methods, their parameters, and units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.methods import Method, Parameter, choose
from isocenter.core.progress import OnProgress
from isocenter.core.provenance import ParameterValue, Provenance
from isocenter.modalities.tomosynthesis import limited_angle
from isocenter.modalities.tomosynthesis.geometry import default_grid
from isocenter.modalities.tomosynthesis.measurement import Measurement
from isocenter.operators.ramp_filter import WINDOWS

TITLE = "Tomosynthesis"
SHIFT_AND_ADD = "shift-and-add"

METHODS: Mapping[str, Method] = {
    SHIFT_AND_ADD: Method(
        SHIFT_AND_ADD,
        "The mean of the shots, shifted: what focal-plane tomography puts on film, for every plane at once.",
        "Grant, IEEE Trans. Biomed. Eng. 19 (1972) 20",
        limited_angle.shift_and_add,
    ),
    "fbp": Method(
        "fbp",
        "Filtered back-projection: sharp planes; for ways along a line.",
        "Mertelmeier et al., Proc. SPIE 6142 (2006) 61420F",
        limited_angle.fbp,
        (
            Parameter("window", "hamming", "window over the ramp filter", choices=tuple(WINDOWS)),
            Parameter("cutoff", 1.0, "cut-off as part of the Nyquist frequency", minimum=0.05, maximum=1.0),
            Parameter(
                "slice_mm",
                0.0,
                "thickness of planes that frequencies are narrowed to; 0 does not narrow",
                unit="mm",
                minimum=0.0,
                maximum=100.0,
            ),
        ),
    ),
    "sart": Method(
        "sart",
        "Simultaneous algebraic reconstruction, one shot at a time, not below zero; for any way.",
        "Andersen and Kak, Ultrason. Imaging 6 (1984) 81",
        limited_angle.sart,
        (
            Parameter("n_iterations", 5, "passes over all shots", minimum=1, maximum=200),
            Parameter("relaxation", 0.5, "part of each correction that is taken", minimum=0.01, maximum=1.9),
        ),
    ),
    "sart-tv": Method(
        "sart-tv",
        "SART with total variation in between: quiet planes that keep their edges; for low dose.",
        "Sidky, Kao and Pan, J. X-Ray Sci. Technol. 14 (2006) 119",
        limited_angle.sart_tv,
        (
            Parameter("n_iterations", 10, "passes over all shots", minimum=1, maximum=200),
            Parameter("relaxation", 0.5, "part of each correction that is taken", minimum=0.01, maximum=1.9),
            Parameter(
                "strength_per_mm",
                5e-4,
                "steps between pixels that a pass takes for noise",
                unit="/mm",
                minimum=0.0,
                maximum=0.1,
            ),
        ),
    ),
}


def default_method(measurement: Measurement) -> str:
    """Return "fbp" for ways along a line, else "sart"."""
    return "fbp" if measurement.acquisition.path in ("linear", "arc") else "sart"


def reconstruct(
    measurement: Measurement,
    grid: Grid | None = None,
    *,
    method: str = "fbp",
    on_progress: OnProgress | None = None,
    **parameters: ParameterValue,
) -> Image:
    """Return planes on `grid`, by one of `METHODS`.

    Shift-and-add gives mean line integrals; the others linear attenuation, as far as the angles tell it.

    Raises
    ------
    OptionError
        If there is no such method or a parameter is wrong.
    GeometryError
        If the grid is no stack of planes over the detector, or the way does not fit the method.
    """
    acquisition = measurement.acquisition
    chosen = choose(METHODS, method, TITLE)
    settings = chosen.resolve(parameters)
    place = default_grid(acquisition) if grid is None else grid
    data = np.asarray(measurement.line_integrals(), dtype=np.float32)
    is_sum = method == SHIFT_AND_ADD
    # Compressed from head to foot lies a breast; a DICOM writer finds its object by this word.
    kind = "breast tomosynthesis" if acquisition.view == "cranio-caudal" else "tomosynthesis"
    told = {**settings, "path": acquisition.path, "sweep_deg": acquisition.sweep_deg, "n_shots": acquisition.n_shots}
    return Image(
        chosen.run(acquisition, place, data, on_progress=on_progress, **settings),
        place,
        quantity=f"{kind}, mean line integral" if is_sum else f"{kind}, linear attenuation",
        unit="1" if is_sum else "/mm",
        acquired_at=measurement.acquired_at,
        provenance=Provenance(f"tomosynthesis.{method}", told, measurement.sources),
        patient=measurement.patient,
        study=measurement.study,
    )
