"""What a tomosynthesis scan gave: photon counts of every shot, or line integrals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from isocenter.core.arrays import FloatArray, require_finite, require_shape
from isocenter.core.errors import DataError
from isocenter.core.patient import Patient, Study
from isocenter.core.provenance import Source
from isocenter.modalities.tomosynthesis.acquisition import Acquisition


@dataclass(frozen=True, eq=False)
class Measurement:
    """Data (shot, row, column): photons where `photons_per_pixel` is not 0, else line integrals.

    Raises
    ------
    ShapeError, DataError
        If the data do not have the shape of the scan, are not numbers, or photons are negative.
    """

    acquisition: Acquisition
    data: FloatArray
    sources: tuple[Source, ...] = ()
    patient: Patient | None = None
    study: Study | None = None
    acquired_at: datetime | None = None

    def __post_init__(self) -> None:
        require_shape(self.data, self.acquisition.data_shape, "tomosynthesis data (shot, row, column)")
        require_finite(self.data, "tomosynthesis data")
        if self.acquisition.photons_per_pixel and self.data.min() < 0:
            raise DataError(
                "Photon counts cannot be negative.",
                field="data",
                found=f"{np.count_nonzero(self.data < 0)} negative values",
                expected="counts from 0",
                remedy="If the data are line integrals, set photons_per_pixel to 0.",
            )

    def line_integrals(self) -> FloatArray:
        """Return the line integrals of attenuation; a pixel without photons counts as half a photon."""
        photons = self.acquisition.photons_per_pixel
        if not photons:
            return self.data
        integrals: FloatArray = np.log(photons / np.maximum(self.data, 0.5)).astype(self.data.dtype, copy=False)
        return integrals
