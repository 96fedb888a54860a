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
from isocenter.modalities.ct.fdk import fdk
from isocenter.modalities.ct.geometry import require_grid, require_seen
from isocenter.modalities.ct.measurement import Measurement
from isocenter.modalities.ct.region import region, thickened
from isocenter.modalities.ct.sharpness import cutoff_for
from isocenter.modalities.ct.views import view_weights_rad
from isocenter.modalities.ct.water import hounsfield, water_per_mm
from isocenter.modalities.ct.wfbp import wfbp
from isocenter.operators.ramp_filter import WINDOWS

TITLE = "X-ray CT"

_REGION = "region"
_NUMBERS = "scale"
_PLACE = (
    Parameter(
        "fov_mm",
        0.0,
        "width of the region; 0 takes all that was seen",
        unit="mm",
        minimum=0.0,
        maximum=2000.0,
        group=_REGION,
    ),
    Parameter("center_x_mm", 0.0, "middle of the region, to the patient's left", unit="mm", group=_REGION),
    Parameter("center_y_mm", 0.0, "middle of the region, to the patient's back", unit="mm", group=_REGION),
    Parameter(
        "slice_thickness_mm",
        0.0,
        "thin slices averaged to this; 0 leaves them",
        unit="mm",
        minimum=0.0,
        group=_REGION,
    ),
)
_SCALE = (
    *_PLACE,
    Parameter(
        "scale",
        "hu",
        "CT numbers in HU, or linear attenuation in 1/mm",
        choices=("hu", "attenuation"),
        group=_NUMBERS,
    ),
    Parameter(
        "mu_water_per_mm",
        0.0,
        "linear attenuation of water; 0 takes the published value at the beam's energy",
        unit="/mm",
        minimum=0.0,
        maximum=1.0,
        group=_NUMBERS,
    ),
)

_FILTER = (
    Parameter("window", "ram-lak", "window over the ramp filter, from sharp to smooth", choices=tuple(WINDOWS)),
    Parameter("cutoff", 1.0, "cut-off as part of the Nyquist frequency", minimum=0.05, maximum=1.0),
    Parameter(
        "mtf50_per_cm",
        0.0,
        "sharpness: line pairs per cm of which half the contrast is left; sets the cut-off; 0 leaves it",
        unit="/cm",
        minimum=0.0,
        maximum=1000.0,
    ),
    Parameter("extrapolate", False, "continue views that the object overhangs beyond the detector"),
)
_STRENGTH = Parameter(
    "strength_hu", 10.0, "steps between pixels that are smoothed", unit="[hnsf'U]", minimum=0.0, maximum=1000.0
)

METHODS: Mapping[str, Method] = {
    "fbp": Method(
        "fbp",
        "Filtered back-projection: fast and linear; needs views all around.",
        "Kak and Slaney 1988, chapter 3",
        fbp,
        (*_FILTER, *_SCALE),
    ),
    "fdk": Method(
        "fdk",
        "Filtered back-projection of a cone on a circle: panels, C-arms, short scans, shifted detectors.",
        "Feldkamp, Davis and Kress, J. Opt. Soc. Am. A 1 (1984) 612",
        fdk,
        (*_FILTER, *_SCALE),
    ),
    "wfbp": Method(
        "wfbp",
        "Rebinning and weighted back-projection of a helix, with or without a flying focal spot.",
        "Stierstorfer et al., Phys. Med. Biol. 49 (2004) 2209",
        wfbp,
        (*_FILTER, *_SCALE),
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
    "os-sart": Method(
        "os-sart",
        "SIRT in groups of views: as good in a tenth of the iterations, not below zero.",
        "Wang and Jiang, J. X-Ray Sci. Technol. 12 (2004) 169",
        iterative.os_sart,
        (
            Parameter("n_iterations", 5, "passes over all views", minimum=1, maximum=500),
            Parameter("n_subsets", 10, "groups of views", minimum=1, maximum=200),
            Parameter("relaxation", 0.9, "part of each correction that is made", minimum=0.01, maximum=1.99),
            *_SCALE,
        ),
    ),
    "pwls": Method(
        "pwls",
        "Penalised weighted least squares: rays count by their photons; smooth, not below zero.",
        "Erdogan and Fessler, Phys. Med. Biol. 44 (1999) 2835",
        iterative.pwls,
        (Parameter("n_iterations", 60, "iterations", minimum=1, maximum=5000), _STRENGTH, *_SCALE),
    ),
    "pdhg-tv": Method(
        "pdhg-tv",
        "Total variation: keeps edges and removes noise; for few views or low dose.",
        "Sidky, Joergensen and Pan, Phys. Med. Biol. 57 (2012) 3065",
        iterative.pdhg_tv,
        (
            Parameter("n_iterations", 200, "iterations", minimum=1, maximum=20000),
            _STRENGTH,
            *_SCALE,
        ),
    ),
}


def default_method(measurement: Measurement) -> str:
    """Return the analytic method of the geometry where the views go around far enough, else an iterative one."""
    scan = measurement.acquisition
    if scan.is_helical or scan.focus_shift_mm is not None:
        return "wfbp"
    try:
        view_weights_rad(scan)
    except GeometryError:
        return "os-sart" if scan.geometry == "cone" else "cgls"
    return "fdk" if scan.geometry == "cone" else "fbp"


def reconstruct(
    measurement: Measurement,
    grid: Grid | None = None,
    *,
    method: str | None = None,
    on_progress: OnProgress | None = None,
    **parameters: ParameterValue,
) -> Image:
    """Return CT numbers (or linear attenuation) on `grid`, by one of `METHODS`, or by `default_method`.

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
    method = default_method(measurement) if method is None else method
    chosen = choose(METHODS, method, TITLE)
    settings = chosen.resolve(parameters)
    place = region(acquisition, settings) if grid is None else grid
    require_grid(acquisition, place)
    own = {name: value for name, value in settings.items() if name not in {item.name for item in _SCALE}}
    sharpness = float(own.pop("mtf50_per_cm", 0.0))
    if sharpness:
        own["cutoff"] = settings["cutoff"] = cutoff_for(acquisition, str(own["window"]), sharpness)
    attenuation = chosen.run(acquisition, place, measurement.line_integrals(), on_progress=on_progress, **own)
    if method == "wfbp":
        # Behind the method, which tells first what is wrong with the scan itself.
        require_seen(acquisition, place)
    attenuation, place = thickened(attenuation, place, float(settings["slice_thickness_mm"]))
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
