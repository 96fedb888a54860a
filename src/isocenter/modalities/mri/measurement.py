"""What an MR scan gave: the k-space of every coil."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from isocenter.core.arrays import ComplexArray, require_finite
from isocenter.core.errors import DataError, ShapeError
from isocenter.core.patient import Patient, Study
from isocenter.core.provenance import Source
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.waveform import Waveform


@dataclass(frozen=True, eq=False)
class Measurement:
    """Complex k-space (coil, z, y, x); z is a slice of a two-dimensional scan, kz of a three-dimensional one.

    Index n // 2 is the centre of k-space; lines that were not taken are zero. Along a trajectory, (coil, z, shot,
    sample).

    Parameters
    ----------
    noise
        Samples without a patient's signal, shape (coil, sample), if the scan took some.
    calibration
        Lines about the centre of k-space that were taken for the coils alone, shape (coil, z, y, x): all of them there,
        index n // 2 being the centre; z is the slices of a two-dimensional scan.
    waveforms
        What was recorded beside: ECG, respiration, gradients.
    available
        How many contrasts, repetitions, phases and sets the file holds, where this is one of them.

    Raises
    ------
    ShapeError, DataError
        If the data do not have the acquisition's shape, or are not finite complex numbers.
    """

    acquisition: Acquisition
    data: ComplexArray
    noise: ComplexArray | None = None
    sources: tuple[Source, ...] = ()
    patient: Patient | None = None
    study: Study | None = None
    acquired_at: datetime | None = None
    calibration: ComplexArray | None = None
    waveforms: tuple[Waveform, ...] = ()
    available: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if tuple(self.data.shape) != self.acquisition.data_shape:
            raise ShapeError(
                "The data do not fit the scan.",
                field="data",
                found=tuple(self.data.shape),
                expected=f"{self.acquisition.data_shape}, "
                + ("(coil, z, y, x)" if self.acquisition.trajectory is None else "(coil, z, shot, sample)"),
            )
        if not np.iscomplexobj(self.data):
            raise DataError(
                "k-space is complex.", field="data", found=str(self.data.dtype), expected="complex64 or complex128"
            )
        require_finite(self.data, "k-space")
        if self.noise is not None and (self.noise.ndim != 2 or self.noise.shape[0] != self.acquisition.n_coils):
            raise ShapeError(
                "The noise scan does not fit.",
                field="noise",
                found=self.noise.shape,
                expected=f"({self.acquisition.n_coils}, sample)",
            )
        if self.calibration is not None:
            self._require_calibration(self.calibration)

    def _require_calibration(self, calibration: ComplexArray) -> None:
        n_coils, (n_z, n_y, n_x) = self.acquisition.n_coils, self.acquisition.encoded_shape
        shape = calibration.shape
        fits = len(shape) == 4 and shape[0] == n_coils and shape[3] == n_x and 1 <= shape[2] <= n_y
        if not fits or not (1 <= shape[1] <= n_z if self.acquisition.is_3d else shape[1] == n_z):
            raise ShapeError(
                "The calibration lines do not fit the scan.",
                field="calibration",
                found=shape,
                expected=f"({n_coils}, {'up to ' if self.acquisition.is_3d else ''}{n_z}, up to {n_y}, {n_x})",
            )
        require_finite(calibration, "calibration scan")
