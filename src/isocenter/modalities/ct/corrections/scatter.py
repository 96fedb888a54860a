"""Scatter: estimated from the transmission itself by kernels, and taken off.

A ray with transmission T scatters in proportion to T (-ln T)^a; the detector sees that spread out by a broad and a
narrow Gaussian. Amplitudes are fitted to a phantom whose scatter is known (measured behind a beam stop, or computed).
Sources: Love and Kruger, Med. Phys. 14 (1987) 178-185; Ohnesorge, Flohr and Klingenbeck-Regn, Eur. Radiol. 9 (1999)
563-569.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from isocenter.core.arrays import FloatArray, require_shape
from isocenter.core.errors import OptionError
from isocenter.modalities.ct.measurement import Measurement

_N_PASSES = 8


@dataclass(frozen=True)
class ScatterKernel:
    """Amplitudes and widths (standard deviations on the detector) of the Gaussians, and the power of -ln T."""

    amplitudes: tuple[float, ...]
    widths_mm: tuple[float, ...] = (40.0, 200.0)
    power: float = 0.5

    def __post_init__(self) -> None:
        if len(self.amplitudes) != len(self.widths_mm) or not all(width > 0 for width in self.widths_mm):
            raise OptionError(
                "Every amplitude needs its positive width.",
                field="widths_mm",
                found=self.widths_mm,
                expected=f"{len(self.amplitudes)} positive",
            )

    @classmethod
    def fitted(
        cls,
        transmission: FloatArray,
        scatter: FloatArray,
        bin_width_mm: float,
        *,
        widths_mm: tuple[float, ...] = (40.0, 200.0),
        power: float = 0.5,
    ) -> ScatterKernel:
        """Return the kernel whose estimate fits a known scatter best; both arrays are parts of the air signal."""
        require_shape(scatter, transmission.shape, "known scatter")
        unit = cls((1.0,) * len(widths_mm), widths_mm, power)
        columns = np.stack([column.ravel() for column in unit._spread(transmission, bin_width_mm)], axis=1)
        # What is left over tells in proportion to 1 / T; its square root keeps air from being forgotten.
        weight = 1 / np.sqrt(np.clip(transmission, 1e-6, 1.0)).ravel()
        found = np.linalg.lstsq(columns * weight[:, None], scatter.ravel() * weight, rcond=None)[0]
        return replace(unit, amplitudes=tuple(float(value) for value in found))

    def estimate(self, transmission: FloatArray, bin_width_mm: float) -> FloatArray:
        """Return the scatter that such a primary transmission (..., bin) makes, as part of the air signal."""
        parts = self._spread(transmission, bin_width_mm)
        scatter: FloatArray = np.tensordot(np.array(self.amplitudes), np.stack(parts), 1)
        return scatter

    def _spread(self, transmission: FloatArray, bin_width_mm: float) -> list[FloatArray]:
        safe = np.clip(transmission, 1e-6, 1.0)
        source = safe * (-np.log(safe)) ** self.power
        return [gaussian_filter1d(source, width / bin_width_mm, axis=-1, mode="constant") for width in self.widths_mm]


def scatter_corrected(measurement: Measurement, kernel: ScatterKernel, *, most: float = 0.95) -> Measurement:
    """Return photon counts without the estimated scatter.

    The estimate needs the primary, which it corrects: it is made again from its own result until it stands. No bin
    loses more than the part `most` of its counts.

    Raises
    ------
    OptionError
        If the scan holds line integrals: scatter is taken off counts.
    """
    scan = measurement.acquisition
    if scan.photons_per_bin is None:
        raise OptionError(
            "Scatter is taken off photon counts, but this scan holds line integrals.",
            field="photons_per_bin",
            found=None,
            expected="photons that reach a bin through air",
            remedy="Correct for scatter before anything that takes the logarithm.",
        )
    measured = np.asarray(measurement.data, dtype=float) / scan.photons_per_bin
    primary = measured
    for _ in range(_N_PASSES):
        scatter = np.minimum(kernel.estimate(primary, scan.bin_width_mm), most * measured)
        primary = measured - scatter
    return replace(measurement, data=(primary * scan.photons_per_bin).astype(measurement.data.dtype))
