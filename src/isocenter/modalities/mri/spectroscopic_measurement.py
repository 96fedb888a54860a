"""What an MR spectroscopy scan gave: free induction decays of voxels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from isocenter.core.arrays import ComplexArray, require_finite
from isocenter.core.errors import DataError, ShapeError
from isocenter.core.grid import Grid
from isocenter.core.methods import Fact
from isocenter.core.patient import Patient
from isocenter.core.provenance import Source


@dataclass(frozen=True, eq=False)
class SpectroscopicMeasurement:
    """Complex signals in time, (*axes, z, y, x, time), of voxels in their place.

    Parameters
    ----------
    axes
        Names of the leading axes: ``coil``, ``dynamic``, ``edit`` ...
    dwell_s
        Time from one sample to the next.
    frequency_hz, nucleus
        Transmitter frequency and nucleus (``1H``) of the direct dimension.
    metadata
        What else the file says, by the standard's names.

    Raises
    ------
    ShapeError, DataError
        If the data do not fit their axes, or are not finite complex numbers.
    """

    data: ComplexArray
    grid: Grid
    dwell_s: float
    frequency_hz: float
    nucleus: str
    axes: tuple[str, ...] = ()
    echo_time_s: float | None = None
    repetition_time_s: float | None = None
    patient: Patient | None = None
    sources: tuple[Source, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n_extra = self.data.ndim - 4
        if n_extra != len(self.axes) or self.data.shape[n_extra:-1] != self.grid.shape_zyx:
            raise ShapeError(
                "The signals do not fit their axes.",
                field="data",
                found=self.data.shape,
                expected=f"{self.axes} in front of {self.grid.shape_zyx} and time",
            )
        if not np.iscomplexobj(self.data):
            raise DataError("Signals in time are complex.", field="data", found=str(self.data.dtype))
        if not (self.dwell_s > 0 and self.frequency_hz > 0):
            raise DataError(
                "Dwell time and frequency are positive.",
                field="dwell_s, frequency_hz",
                found=(self.dwell_s, self.frequency_hz),
                expected="> 0",
            )
        require_finite(self.data, "signal in time")

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What a person wants to know of the scan."""
        extra = [Fact(name.capitalize(), str(n)) for name, n in zip(self.axes, self.data.shape, strict=False)]
        times = (("Echo time", self.echo_time_s), ("Repetition time", self.repetition_time_s))
        return (
            Fact("Voxels", " x ".join(str(n) for n in self.grid.shape_zyx) + " (z, y, x)"),
            Fact("Samples in time", str(self.data.shape[-1])),
            *extra,
            Fact("Nucleus", self.nucleus),
            Fact("Frequency", f"{self.frequency_hz / 1e6:.6g}", "MHz"),
            Fact("Bandwidth", f"{1 / self.dwell_s:.4g}", "Hz"),
            *(Fact(label, f"{value * 1e3:.4g}", "ms") for label, value in times if value is not None),
        )
