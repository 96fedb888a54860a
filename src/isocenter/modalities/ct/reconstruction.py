"""From CT data to an image: the methods, their parameters, and Hounsfield units."""

from __future__ import annotations

from collections.abc import Mapping

from isocenter.core.errors import GeometryError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.methods import Method, Parameter, choose
from isocenter.core.progress import OnProgress
from isocenter.core.provenance import ParameterValue, Provenance
from isocenter.modalities.ct import iterative
from isocenter.modalities.ct.fbp import fbp
from isocenter.modalities.ct.geometry import default_grid, require_grid
from isocenter.modalities.ct.measurement import Measurement
from isocenter.modalities.ct.views import view_weights_rad
from isocenter.modalities.ct.water import hounsfield, water_per_mm
from isocenter.operators.ramp_filter import WINDOWS

TITLE = "X-ray CT"

_SCALE = (
    Parameter("scale", "hu", "CT numbers in HU, or linear attenuation in 1/mm", choices=("hu", "attenuation")),
    Parameter(
        "mu_water_per_mm",
        0.0,
        "linear attenuation of water; 0 takes the published value at the beam's energy",
        unit="/mm",
        minimum=0.0,
        maximum=1.0,
    ),
)

METHODS: Mapping[str, Method] = {
    "fbp": Method(
        "fbp",
        "Filtered back-projection: fast and linear; needs views all around.",
        "Kak and Slaney 1988, chapter 3",
        fbp,
        (
            Parameter("window", "ram-lak", "window over the ramp filter", choices=tuple(WINDOWS)),
            Parameter("cutoff", 1.0, "cut-off as part of the Nyquist frequency", minimum=0.05, maximum=1.0),
            *_SCALE,
        ),
    ),
    "cgls": Method(
        "cgls",
        "Conjugate gradients on least squares: few iterations, few views; noise grows when it runs long.",
        "Hestenes and Stiefel, J. Res. Natl. Bur. Stand. 49 (1952) 409",
        iterative.cgls,
        (Parameter("n_iterations", 30, "iterations at most", minimum=1, maximum=5000), *_SCALE),
    ),
    "sirt": Method(
        "sirt",
        "Simultaneous iterative reconstruction: slow, robust, not below zero.",
        "Gregor and Benson, IEEE Trans. Med. Imaging 27 (2008) 918",
        iterative.sirt,
        (Parameter("n_iterations", 100, "iterations", minimum=1, maximum=5000), *_SCALE),
    ),
    "pdhg-tv": Method(
        "pdhg-tv",
        "Total variation: keeps edges and removes noise; for few views or low dose.",
        "Sidky, Joergensen and Pan, Phys. Med. Biol. 57 (2012) 3065",
        iterative.pdhg_tv,
        (
            Parameter("n_iterations", 200, "iterations", minimum=1, maximum=20000),
            Parameter(
                "strength_hu",
                10.0,
                "steps between pixels that are smoothed",
                unit="[hnsf'U]",
                minimum=0.0,
                maximum=1000.0,
            ),
            *_SCALE,
        ),
    ),
}


def default_method(measurement: Measurement) -> str:
    """Return "fbp" where the views go around far enough, else "cgls"."""
    try:
        view_weights_rad(measurement.acquisition)
    except GeometryError:
        return "cgls"
    return "fbp"


def reconstruct(
    measurement: Measurement,
    grid: Grid | None = None,
    *,
    method: str = "fbp",
    on_progress: OnProgress | None = None,
    **parameters: ParameterValue,
) -> Image:
    """Return CT numbers (or linear attenuation) on `grid`, by one of `METHODS`.

    Rows grow to the back and columns to the left of a patient lying head first and supine; a DICOM writer
    finds the patient's directions in the grid. Outside the circle that every view sees, `fbp` leaves air.

    Raises
    ------
    OptionError
        If there is no such method or a parameter is wrong.
    GeometryError
        If the grid does not lie in the scan, or the views do not suffice for the method.
    """
    acquisition = measurement.acquisition
    chosen = choose(METHODS, method, TITLE)
    settings = chosen.resolve(parameters)
    place = default_grid(acquisition) if grid is None else grid
    require_grid(acquisition, place)
    own = {name: value for name, value in settings.items() if name not in {item.name for item in _SCALE}}
    attenuation = chosen.run(acquisition, place, measurement.line_integrals(), on_progress=on_progress, **own)
    mu_water = float(settings["mu_water_per_mm"]) or water_per_mm(acquisition.energy_kev)
    settings["mu_water_per_mm"] = mu_water
    is_hu = settings["scale"] == "hu"
    return Image(
        hounsfield(attenuation, mu_water) if is_hu else attenuation,
        place,
        quantity="CT number" if is_hu else "linear attenuation",
        unit="[hnsf'U]" if is_hu else "/mm",
        acquired_at=measurement.acquired_at,
        provenance=Provenance(f"ct.{method}", settings, measurement.sources),
        patient=measurement.patient,
        study=measurement.study,
    )
