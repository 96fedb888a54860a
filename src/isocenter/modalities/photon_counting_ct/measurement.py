"""What a photon-counting CT scan gave: counts by energy bin, view and detector bin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from isocenter.core.arrays import FloatArray, require_finite, require_shape
from isocenter.core.errors import DataError
from isocenter.core.patient import Patient, Study
from isocenter.core.provenance import Source
from isocenter.modalities.photon_counting_ct.acquisition import Acquisition


@dataclass(frozen=True, eq=False)
class Measurement:
    """Counts (energy, view, bin).

    Raises
    ------
    ShapeError, DataError
        If counts do not have the shape of the scan, are not numbers or negative, or a detector bin is dead.
    """

    acquisition: Acquisition
    data: FloatArray
    sources: tuple[Source, ...] = ()
    patient: Patient | None = None
    study: Study | None = None
    acquired_at: datetime | None = None

    def __post_init__(self) -> None:
        require_shape(self.data, self.acquisition.data_shape, "photon counts (energy, view, bin)")
        require_finite(self.data, "photon counts")
        if self.data.min() < 0:
            raise DataError(
                "Photon counts cannot be negative.",
                field="data",
                found=f"{np.count_nonzero(self.data < 0)} negative values",
                expected="counts from 0",
            )
        dead = ~self.data.any(axis=(0, 1))
        if dead.any():
            raise DataError(
                "Detector bins counted nothing in the whole scan.",
                field="data",
                found=f"{int(dead.sum())} of {dead.size} bins, the first is {int(np.argmax(dead))}",
                expected="counts in every bin",
                remedy="Fill dead bins from their neighbours first.",
            )
