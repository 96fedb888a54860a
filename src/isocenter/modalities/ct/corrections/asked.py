"""The corrections that a person asks for by parameters, on a command line or a page, in the order they belong in.

Views that are missing are filled, motion is followed, scatter is taken off the counts; then come rings, beam hardening
and metal, on line integrals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import numpy as np

from isocenter.core.errors import OptionError
from isocenter.core.image import Image
from isocenter.core.methods import Parameter
from isocenter.core.progress import OnProgress, report
from isocenter.core.provenance import ParameterValue
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.corrections.beam_hardening import bone_corrected, water_corrected
from isocenter.modalities.ct.corrections.metal import WAYS, reduce_metal
from isocenter.modalities.ct.corrections.scatter import scatter_corrected
from isocenter.modalities.ct.corrections.water_scatter import water_kernel
from isocenter.modalities.ct.measurement import Measurement
from isocenter.modalities.ct.motion import parse, undone
from isocenter.modalities.ct.polychromatic import Beam
from isocenter.modalities.ct.repair import fill_missing_views
from isocenter.modalities.ct.rings import without_rings
from isocenter.physics.xrays.tube import MAX_ANGLE_DEG, MAX_KVP, MIN_ANGLE_DEG, MIN_KVP, Tube

NONE = "none"
_GROUP = "corrections"

CORRECTIONS: tuple[Parameter, ...] = (
    Parameter("missing_views", False, "fill gaps of up to three views from their neighbours", group=_GROUP),
    Parameter(
        "motion",
        "",
        "how the patient moved, if it is known: VIEW: X Y Z [RX RY RZ]; ... in mm and degrees, linear in between",
        group=_GROUP,
    ),
    Parameter("scatter", NONE, "take off what water scatters in this geometry", choices=(NONE, "water"), group=_GROUP),
    Parameter("rings", False, "take out what a bin reads too high or too low in every view", group=_GROUP),
    Parameter(
        "hardening",
        NONE,
        "beam hardening by water, or by water and bone",
        choices=(NONE, "water", "bone"),
        group=_GROUP,
    ),
    Parameter("metal", NONE, "metal taken out of the projections and put back", choices=(NONE, *WAYS), group=_GROUP),
    Parameter(
        "metal_hu", 2500.0, "what counts as metal", unit="[hnsf'U]", minimum=500.0, maximum=30000.0, group=_GROUP
    ),
    Parameter(
        "kvp",
        0.0,
        "tube voltage, for scatter and beam hardening; 0: not known",
        unit="kV",
        minimum=0.0,
        maximum=MAX_KVP,
        group=_GROUP,
    ),
    Parameter(
        "filter_al_mm", 6.0, "filter of the tube, as aluminium", unit="mm", minimum=0.0, maximum=50.0, group=_GROUP
    ),
    Parameter(
        "anode_deg",
        10.0,
        "angle of the anode",
        unit="deg",
        minimum=MIN_ANGLE_DEG,
        maximum=MAX_ANGLE_DEG,
        group=_GROUP,
    ),
    Parameter(
        "collimation_mm",
        40.0,
        "length of the beam along the patient, for scatter",
        unit="mm",
        minimum=1.0,
        maximum=400.0,
        group=_GROUP,
    ),
)
DEFAULTS: Mapping[str, ParameterValue] = {item.name: item.default for item in CORRECTIONS}


@dataclass(frozen=True)
class Corrected:
    """The scan as corrected, before and after metal was taken out, and what was done that the settings do not say."""

    measurement: Measurement
    with_metal: Measurement | None
    told: Mapping[str, ParameterValue]


def corrected(
    measurement: Measurement, settings: Mapping[str, ParameterValue], on_progress: OnProgress | None = None
) -> Corrected:
    """Return the scan after the corrections asked for; `settings` holds a value for each of `CORRECTIONS`.

    Raises
    ------
    OptionError
        If a correction needs the tube's voltage and it is not known, or it does not fit the scan.
    DataError, GeometryError
        If the correction itself refuses the scan.
    """
    told: dict[str, ParameterValue] = {name: value for name, value in settings.items() if value != DEFAULTS[name]}
    now = measurement
    steps = [name for name in ("missing_views", "motion", "scatter", "rings", "hardening", "metal") if name in told]
    before: Measurement | None = None
    for index, name in enumerate(steps):
        report(on_progress, index, len(steps), f"correction: {name.replace('_', ' ')}")
        if name == "missing_views":
            now, told["views_filled"] = fill_missing_views(now)
        elif name == "metal":
            before = now
            now = _without_metal(now, settings)
        else:
            now = _STEPS[name](now, settings)
    if any(name in steps for name in ("scatter", "hardening")):
        told |= {name: settings[name] for name in ("kvp", "filter_al_mm", "anode_deg")}
    return Corrected(now, before, told)


def with_metal_back(image: Image, uncorrected: Image, metal_hu: float) -> Image:
    """Return the image with the metal as the uncorrected one shows it; both in HU or both in 1/mm."""
    threshold = metal_hu
    if image.unit == "/mm" and image.provenance is not None:
        threshold = (metal_hu / 1000 + 1) * float(image.provenance.parameters["mu_water_per_mm"])
    values = np.where(uncorrected.values > threshold, uncorrected.values, image.values)
    return replace(image, values=values.astype(np.float32))


def beam_of(settings: Mapping[str, ParameterValue]) -> Beam:
    """Return the beam that the settings describe; raises `OptionError` if the voltage is not known."""
    kvp = float(settings["kvp"])
    if kvp < MIN_KVP:
        raise OptionError(
            "Scatter and beam hardening need the tube's voltage.",
            field="kvp",
            found=kvp,
            expected=f"{MIN_KVP:g} to {MAX_KVP:g} kV",
            remedy="Give kvp, and filter_al_mm if it is not 6 mm of aluminium.",
        )
    return Beam(Tube(kvp, float(settings["anode_deg"]), (("aluminium", float(settings["filter_al_mm"])),)))


def _followed(measurement: Measurement, settings: Mapping[str, ParameterValue]) -> Measurement:
    scan = measurement.acquisition
    return undone(measurement, *parse(str(settings["motion"]), scan.n_views))


def _without_scatter(measurement: Measurement, settings: Mapping[str, ParameterValue]) -> Measurement:
    scan = measurement.acquisition
    kernel = water_kernel(scan, beam_of(settings).reference_kev(scan), float(settings["collimation_mm"]))
    return scatter_corrected(measurement, kernel)


def _without_rings(measurement: Measurement, settings: Mapping[str, ParameterValue]) -> Measurement:
    del settings
    scan, integrals = measurement.acquisition, measurement.line_integrals()
    if scan.geometry == "cone":
        cleaned = np.ascontiguousarray(without_rings(integrals.transpose(1, 0, 2)).transpose(1, 0, 2))
    else:
        cleaned = without_rings(integrals)
    return _of_integrals(measurement, cleaned)


def _unhardened(measurement: Measurement, settings: Mapping[str, ParameterValue]) -> Measurement:
    correct = bone_corrected if settings["hardening"] == "bone" else water_corrected
    return correct(measurement, beam_of(settings))


def _without_metal(measurement: Measurement, settings: Mapping[str, ParameterValue]) -> Measurement:
    way = cast(Literal["interpolation", "normalised"], settings["metal"])
    return reduce_metal(measurement, way=way, threshold_hu=float(settings["metal_hu"])).measurement


def _of_integrals(measurement: Measurement, integrals: Any) -> Measurement:
    scan: Acquisition = replace(measurement.acquisition, photons_per_bin=None)
    return replace(measurement, acquisition=scan, data=integrals)


_STEPS: Mapping[str, Callable[[Measurement, Mapping[str, ParameterValue]], Measurement]] = {
    "motion": _followed,
    "scatter": _without_scatter,
    "rings": _without_rings,
    "hardening": _unhardened,
}
