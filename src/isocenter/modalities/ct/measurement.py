"""What a CT scan gave: photon counts, or line integrals of a file that holds no counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from isocenter.core.arrays import FloatArray, require_finite
from isocenter.core.errors import DataError, ShapeError
from isocenter.core.patient import Patient, Study
from isocenter.core.provenance import Source
from isocenter.modalities.ct.acquisition import Acquisition


@dataclass(frozen=True, eq=False)
class Measurement:
    """The data of one scan, shape (view, bin) or (slice, view, bin).

    Photon counts if the acquisition knows `photons_per_bin`, line integrals (no unit) if not.

    Raises
    ------
    ShapeError
        If the data do not have the shape that the geometry says.
    DataError
        If values are not finite, or photon counts are negative.
    """

    acquisition: Acquisition
    data: FloatArray
    sources: tuple[Source, ...] = ()
    patient: Patient | None = None
    study: Study | None = None
    acquired_at: datetime | None = None

    def __post_init__(self) -> None:
        if tuple(self.data.shape) != self.acquisition.data_shape:
            raise ShapeError(
                "The data do not fit the geometry of the scan.",
                field="data",
                found=tuple(self.data.shape),
                expected=f"{self.acquisition.data_shape}, ([slice,] view, bin)",
                remedy="Check the number of views and bins, and whether the array must be transposed.",
            )
        require_finite(self.data, "CT data")
        if self.acquisition.photons_per_bin is not None and self.data.min() < 0:
            raise DataError(
                "Photon counts cannot be negative.",
                field="data",
                found=f"{np.count_nonzero(self.data < 0)} negative values",
                expected="counts from 0",
                remedy="If the data are line integrals, leave photons_per_bin out.",
            )

    def line_integrals(self) -> FloatArray:
        """Return the line integrals of attenuation; a bin without photons counts as half a photon."""
        photons = self.acquisition.photons_per_bin
        if photons is None:
            return self.data
        # Half a photon: the logarithm of none is infinite, and of one would hide that nothing came.
        integrals: FloatArray = np.log(photons / np.maximum(self.data, 0.5)).astype(self.data.dtype, copy=False)
        return integrals
