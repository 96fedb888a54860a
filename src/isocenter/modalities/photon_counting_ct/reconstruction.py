"""Photon-counting CT images: the kinds that can be made, their parameters, and their units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import OptionError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.methods import Method, Parameter, choose
from isocenter.core.progress import OnProgress
from isocenter.core.provenance import ParameterValue, Provenance
from isocenter.modalities.photon_counting_ct import decomposition as _decomposition
from isocenter.modalities.photon_counting_ct import derived
from isocenter.modalities.photon_counting_ct.geometry import default_grid, require_grid
from isocenter.modalities.photon_counting_ct.measurement import Measurement
from isocenter.modalities.photon_counting_ct.spectral_model import SpectralModel
from isocenter.operators.ramp_filter import WINDOWS

TITLE = "Photon-counting CT"
Settings: TypeAlias = Mapping[str, ParameterValue]
Made: TypeAlias = tuple[FloatArray, str, str]

_HU = "[hnsf'U]"
_FILTER = (
    Parameter("window", "hann", "window over the ramp filter", choices=tuple(WINDOWS)),
    Parameter("cutoff", 1.0, "cut-off as part of the Nyquist frequency", minimum=0.05, maximum=1.0),
)
_WAY = Parameter(
    "decomposition",
    "projection",
    "ray by ray by maximum likelihood, or from images of the energy bins",
    choices=_decomposition.WAYS,
)
_ENERGY = Parameter(
    "energy_kev",
    70.0,
    "energy of the image",
    unit="keV",
    minimum=derived.MIN_KEV,
    maximum=derived.MAX_KEV,
)


def _maps(measurement: Measurement, grid: Grid, on_progress: OnProgress | None, settings: Settings) -> FloatArray:
    return _decomposition.material_images(
        measurement,
        grid,
        decomposition=str(settings["decomposition"]),
        window=str(settings["window"]),
        cutoff=float(settings["cutoff"]),
        on_progress=on_progress,
    )


def _monoenergetic(m: Measurement, grid: Grid, on_progress: OnProgress | None, settings: Settings) -> Made:
    maps = _maps(m, grid, on_progress, settings)
    values = derived.monoenergetic_hu(maps, m.acquisition.materials, float(settings["energy_kev"]))
    return values, "CT number, virtual monoenergetic", _HU


def _non_contrast(m: Measurement, grid: Grid, on_progress: OnProgress | None, settings: Settings) -> Made:
    maps = _maps(m, grid, on_progress, settings)
    values = derived.monoenergetic_hu(maps[:1], ("water",), float(settings["energy_kev"]))
    return values, "CT number, virtual non-contrast", _HU


def _contrast_map(m: Measurement, grid: Grid, on_progress: OnProgress | None, settings: Settings) -> Made:
    maps, name = _maps(m, grid, on_progress, settings), m.acquisition.contrast
    return maps[1], f"concentration of {name}", "mg/mL"


def _k_edge_map(m: Measurement, grid: Grid, on_progress: OnProgress | None, settings: Settings) -> Made:
    scan = m.acquisition
    if not scan.second_contrast:
        raise OptionError(
            "The scan does not tell a second contrast agent apart.",
            field="second_contrast",
            found="none",
            expected="the element of a second agent in the acquisition",
        )
    return _maps(m, grid, on_progress, settings)[2], f"concentration of {scan.second_contrast}", "mg/mL"


def _effective_z(m: Measurement, grid: Grid, on_progress: OnProgress | None, settings: Settings) -> Made:
    maps = _maps(m, grid, on_progress, settings)
    return derived.effective_atomic_number(maps, m.acquisition.materials), "effective atomic number", "1"


def _electrons(m: Measurement, grid: Grid, on_progress: OnProgress | None, settings: Settings) -> Made:
    maps = _maps(m, grid, on_progress, settings)
    return derived.electron_density(maps, m.acquisition.materials), "electron density", "10*23/mL"


def _energy_bin(m: Measurement, grid: Grid, on_progress: OnProgress | None, settings: Settings) -> Made:
    del on_progress
    scan, number = m.acquisition, int(settings["number"])
    if number > scan.n_energies:
        raise OptionError(
            "There is no such energy bin.", field="number", found=number, expected=f"1 to {scan.n_energies}"
        )
    integrals = _decomposition.bin_integrals(_decomposition.dead_time_corrected(m), scan)[number - 1 : number]
    image = _decomposition.images_of(
        integrals, scan, grid, window=str(settings["window"]), cutoff=float(settings["cutoff"])
    )
    water = SpectralModel.of(scan).effective[number - 1, 0]
    return 1000 * (image[0] / water - 1), f"CT number, energy bin {number}", _HU


_ROESSL = "Roessl and Proksa, Phys. Med. Biol. 52 (2007) 4679"
METHODS: Mapping[str, Method] = {
    "monoenergetic": Method(
        "monoenergetic",
        "Virtual monoenergetic: CT numbers as photons of one energy would give them.",
        "Yu, Leng and McCollough, AJR 199 (2012) S9",
        _monoenergetic,
        (_ENERGY, _WAY, *_FILTER),
    ),
    "contrast": Method(
        "contrast", "How much contrast agent (iodine) is where.", _ROESSL, _contrast_map, (_WAY, *_FILTER)
    ),
    "non-contrast": Method(
        "non-contrast",
        "Virtual non-contrast: CT numbers as if no agent had been given.",
        "Graser et al., Radiology 252 (2009) 433",
        _non_contrast,
        (_ENERGY, _WAY, *_FILTER),
    ),
    "k-edge": Method(
        "k-edge",
        "How much of the second agent is where, told by the K edge between two thresholds.",
        _ROESSL,
        _k_edge_map,
        (_WAY, *_FILTER),
    ),
    "effective-z": Method(
        "effective-z",
        "Effective atomic number, 7.42 for water.",
        "AAPM Task Group Report 291, Med. Phys. 47 (2020) e881",
        _effective_z,
        (_WAY, *_FILTER),
    ),
    "electron-density": Method(
        "electron-density",
        "Electrons per volume, for planning radiotherapy.",
        "AAPM Task Group Report 291, Med. Phys. 47 (2020) e881",
        _electrons,
        (_WAY, *_FILTER),
    ),
    "energy-bin": Method(
        "energy-bin",
        "One energy bin as a CT of its own, corrected for water.",
        "Herman, Phys. Med. Biol. 24 (1979) 81",
        _energy_bin,
        (Parameter("number", 1, "number of the bin, from the lowest", minimum=1, maximum=16), *_FILTER),
    ),
}


def default_method(measurement: Measurement) -> str:
    """Return "monoenergetic"."""
    del measurement
    return "monoenergetic"


def reconstruct(
    measurement: Measurement,
    grid: Grid | None = None,
    *,
    method: str = "monoenergetic",
    on_progress: OnProgress | None = None,
    **parameters: ParameterValue,
) -> Image:
    """Return one kind of image on `grid`, by one of `METHODS`; provenance holds kV, mAs, thresholds and dose.

    Raises
    ------
    OptionError
        If there is no such method, or a parameter is wrong.
    GeometryError
        If the grid is not the plane of the scan, or its views do not close a turn.
    DataError
        If counts are higher than the dead time lets pass.
    """
    scan = measurement.acquisition
    chosen = choose(METHODS, method, TITLE)
    settings = chosen.resolve(parameters)
    place = default_grid(scan) if grid is None else grid
    require_grid(scan, place)
    values, quantity, unit = chosen.run(measurement, place, on_progress, settings)
    dose = scan.dose
    told: dict[str, ParameterValue] = {
        **settings,
        "materials": " ".join(scan.materials),
        "kvp": scan.kvp,
        "aluminium_mm": scan.aluminium_mm,
        "tin_mm": scan.tin_mm,
        "mas": scan.mas,
        "rotation_s": scan.rotation_s,
        "thresholds_kev": " ".join(f"{edge:g}" for edge in scan.thresholds_kev),
        "ctdi_vol_mgy": round(dose.ctdi_vol_mgy, 3),
        "dlp_mgy_cm": round(dose.dlp_mgy_cm, 3),
    }
    return Image(
        np.asarray(values, dtype=np.float32),
        place,
        quantity=quantity,
        unit=unit,
        acquired_at=measurement.acquired_at,
        provenance=Provenance(f"photon_counting_ct.{method}", told, measurement.sources),
        patient=measurement.patient,
        study=measurement.study,
    )
