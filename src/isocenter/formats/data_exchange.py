"""Synchrotron tomography in Data Exchange files: projections, flat and dark fields, angles.

Source: F. De Carlo et al., Scientific data exchange: a schema for HDF5-based storage of raw and analyzed data,
J. Synchrotron Rad. 21 (2014) 1224-1230. Arrays are (theta, y, x): every row y is one slice.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from isocenter.core.arrays import Array, FloatArray, require_finite
from isocenter.core.errors import DataError, OptionError
from isocenter.core.provenance import Source
from isocenter.formats.hdf5 import opened, required
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.measurement import Measurement
from isocenter.modalities.ct.rotation_center import estimate_rotation_center

TITLE = "Data Exchange (synchrotron tomography, HDF5)"
SUFFIXES = (".h5", ".hdf5", ".hdf")


def sniff(path: Path) -> bool:
    """Return whether the file has projections where Data Exchange keeps them."""
    try:
        with h5py.File(path, "r") as file:
            return "exchange/data" in file
    except (OSError, RuntimeError):
        return False


def read(
    path: Path, pixel_size_mm: float = 1.0, rotation_center: float | None = None, energy_kev: float = 20.0
) -> Measurement:
    """Return line integrals, after flat and dark field.

    Parameters
    ----------
    pixel_size_mm
        Width of a detector pixel, which the schema's core does not hold. The default of 1 mm leaves lengths in
        pixels and attenuation per pixel.
    rotation_center
        Bin of the axis of rotation; estimated from opposite views where it is not given.
    energy_kev
        Beam energy, for CT numbers.

    Raises
    ------
    FileFormatError
        If the file is truncated or lacks a part.
    DataError
        If the parts have different sizes, values are not finite, or the flat field is dark.
    """
    if not pixel_size_mm > 0:
        raise OptionError("A pixel has a size.", field="pixel_size_mm", found=pixel_size_mm, expected="more than 0")
    with opened(path) as file:
        data = required(file, "exchange/data", path)
        flat = required(file, "exchange/data_white", path)
        dark = required(file, "exchange/data_dark", path)
        theta = required(file, "exchange/theta", path)
        unit = str(_text(file["exchange/theta"].attrs.get("units", "degrees")))
    _require_agreement(data, flat, dark, theta, path)
    angles_rad = theta.astype(float) if unit.lower().startswith("rad") else np.radians(theta.astype(float))
    return parallel_measurement(
        line_integrals(data, flat, dark, path), angles_rad, path, pixel_size_mm, rotation_center, energy_kev
    )


def parallel_measurement(
    integrals: FloatArray,
    angles_rad: FloatArray,
    path: Path,
    pixel_size_mm: float,
    rotation_center: float | None,
    energy_kev: float,
) -> Measurement:
    """Return line integrals (view, row, bin) of parallel rays as one slice per row."""
    sinograms = integrals.transpose(1, 0, 2)
    n_slices, _, n_bins = sinograms.shape
    if rotation_center is None:
        rotation_center = estimate_rotation_center(sinograms.mean(axis=0), angles_rad)
    acquisition = Acquisition(
        angles_rad,
        n_bins,
        pixel_size_mm,
        detector_offset_mm=((n_bins - 1) / 2 - rotation_center) * pixel_size_mm,
        photons_per_bin=None,
        energy_kev=energy_kev,
        n_slices=n_slices,
        slice_spacing_mm=pixel_size_mm,
    )
    values = np.ascontiguousarray(sinograms, dtype=np.float32)
    return Measurement(acquisition, values.reshape(acquisition.data_shape), sources=(Source.of_file(path),))


def _require_agreement(data: Array, flat: Array, dark: Array, theta: Array, path: Path) -> None:
    if data.ndim != 3 or theta.shape != data.shape[:1]:
        raise DataError(
            "There is not one angle for every projection.",
            file=path.name,
            field="exchange/theta",
            found=f"{theta.shape} angles for data {data.shape}",
            expected="data (theta, y, x) and theta (theta,)",
        )
    for name, field in (("data_white", flat), ("data_dark", dark)):
        if field.shape[-2:] != data.shape[-2:]:
            raise DataError(
                "A calibration field has another size than the projections.",
                file=path.name,
                field=f"exchange/{name}",
                found=field.shape,
                expected=f"(any, {data.shape[1]}, {data.shape[2]})",
            )


def line_integrals(data: Array, flat: Array, dark: Array, path: Path) -> FloatArray:
    """Return the line integrals of projections (view, row, bin), from the means of flat and dark fields."""
    for name, values in (("data", data), ("data_white", flat), ("data_dark", dark)):
        require_finite(values, f"exchange/{name} of {path.name}")
    shape = data.shape[-2:]
    mean_dark = dark.astype(float).reshape(-1, *shape).mean(axis=0) if dark.size else np.zeros(shape)
    beam = flat.astype(float).reshape(-1, *shape).mean(axis=0) - mean_dark
    n_dead = int(np.count_nonzero(beam <= 0))
    if n_dead:
        raise DataError(
            "The flat field is not brighter than the dark field.",
            file=path.name,
            field="exchange/data_white",
            found=f"{n_dead} of {beam.size} pixels without beam",
            expected="beam in every pixel",
            remedy="Check the flat and dark fields, or cut dead columns off.",
        )
    transmission = (data - mean_dark) / beam
    # Nothing gets through less than noise would show: keeps the logarithm finite.
    integrals: FloatArray = -np.log(np.maximum(transmission, 1e-4))
    return integrals


def _text(value: object) -> object:
    return value.decode() if isinstance(value, bytes) else value
