"""Images of slices that were excited at once, by the coils of a reference scan that took them one by one.

Slice g of a multi-band scan of n groups holds the reference's slices g, g + n, g + 2 n ..., as scanners order them.
"""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError, NotSupportedError
from isocenter.core.image import Image
from isocenter.core.methods import Method, Parameter
from isocenter.core.progress import OnProgress, report
from isocenter.core.provenance import ParameterValue, Provenance
from isocenter.modalities.mri.coil_combination import coil_maps_of
from isocenter.modalities.mri.geometry import default_grid
from isocenter.modalities.mri.measurement import Measurement
from isocenter.modalities.mri.multiband import separate_slices
from isocenter.modalities.mri.prewhitening import prewhiten
from isocenter.modalities.mri.recon_space import to_recon_space

_PARAMETERS = (
    Parameter("shifts", "", "parts of the field by which the slices of a group are shifted, such as 0,0.33,0.67"),
    Parameter("damping", 1e-3, "weight of the image's energy against noise", minimum=0.0, maximum=10.0),
    Parameter("n_iterations", 50, "iterations at most", minimum=1, maximum=1000),
    Parameter("maps", "espirit", "how the coils are estimated", choices=("espirit", "walsh")),
)


def separate(
    measurement: Measurement,
    reference: Measurement,
    *,
    on_progress: OnProgress | None = None,
    **parameters: ParameterValue,
) -> Image:
    """Return the magnitude of all slices, in the reference's place; parameters as in `MULTIBAND`.

    Raises
    ------
    DataError
        If the reference has not a whole multiple of the slices, or other coils or lines; or shifts do not fit.
    NotSupportedError
        If either is not a Cartesian scan of slices.
    """
    settings = MULTIBAND.resolve(parameters)
    factor = _factor(measurement, reference)
    shifts = _shifts(str(settings["shifts"]), factor)
    report(on_progress, 0, None, "estimating the coils")
    maps = coil_maps_of(reference, str(settings["maps"]))
    data = prewhiten(measurement.data, measurement.noise if measurement.noise is not None else reference.noise)
    n_groups = data.shape[1]
    images = np.zeros(reference.acquisition.encoded_shape, dtype=data.dtype)
    for group in range(n_groups):
        report(on_progress, group, n_groups, f"group {group + 1}")
        members = np.arange(group, n_groups * factor, n_groups)
        images[members] = separate_slices(
            data[:, group],
            maps[:, members],
            shifts,
            sampled=measurement.acquisition.mask[0],
            damping=float(settings["damping"]),
            n_iterations=int(settings["n_iterations"]),
        )
    values = np.abs(to_recon_space(images, reference.acquisition))
    return Image(
        values.astype(np.float32),
        default_grid(reference.acquisition),
        quantity="MR signal magnitude",
        unit="1",
        acquired_at=measurement.acquired_at,
        provenance=Provenance("mri.multiband", settings, (*measurement.sources, *reference.sources)),
        patient=measurement.patient,
        study=measurement.study,
    )


def _factor(measurement: Measurement, reference: Measurement) -> int:
    here, there = measurement.acquisition, reference.acquisition
    if any(scan.trajectory is not None or scan.is_3d for scan in (here, there)):
        raise NotSupportedError(
            "Simultaneous slices are separated from Cartesian scans of slices.",
            field="trajectory",
            found="another scan",
        )
    lines = (here.encoded_shape[1:], there.encoded_shape[1:])
    factor, rest = divmod(there.encoded_shape[0], here.encoded_shape[0])
    if rest or factor < 2 or here.n_coils != there.n_coils or here.encoded_shape[1:] != there.encoded_shape[1:]:
        raise DataError(
            "The reference does not fit the multi-band scan.",
            field="slices, coils, lines",
            found=f"{there.encoded_shape[0]} slices, {there.n_coils} coils, {lines[1]}",
            expected=f"twice or more the {here.encoded_shape[0]} groups, {here.n_coils} coils, {lines[0]}",
            remedy="Give the single-band scan of the same slices.",
        )
    return factor


def _shifts(text: str, factor: int) -> FloatArray:
    if not text.strip():
        return np.arange(factor) / factor
    try:
        shifts = np.array([float(part) for part in text.split(",")])
    except ValueError:
        shifts = np.array([np.nan])
    if shifts.shape != (factor,) or not np.isfinite(shifts).all():
        raise DataError(
            "Every slice of a group needs its shift.", field="shifts", found=text, expected=f"{factor} numbers"
        )
    return shifts


MULTIBAND = Method(
    "multiband",
    "Slices that were excited at once, by SENSE with the coils of a single-band reference.",
    "Larkman et al., J. Magn. Reson. Imaging 13 (2001) 313-317; Breuer et al., Magn. Reson. Med. 53 (2005) 684-691",
    separate,
    _PARAMETERS,
)
