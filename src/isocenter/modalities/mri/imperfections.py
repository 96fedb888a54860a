"""What a simulated scan suffers from: the field's errors, motion, correlated noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from isocenter.core.arrays import ComplexArray
from isocenter.core.errors import DataError
from isocenter.core.geometry import Vector
from isocenter.modalities.mri.motion import Motion


@dataclass(frozen=True, eq=False)
class Imperfections:
    """Errors of a simulated scan; none by default.

    Parameters
    ----------
    field_hz, field_gradient_hz_per_mm
        Error of the static field at the isocenter, and its gradient in LPS.
    r2_prime_per_s
        Decay by fields that differ within a voxel: 1/T2* - 1/T2, of every tissue.
    motion
        Rigid motion between lines.
    noise_covariance
        Covariance (coil, coil) of the noise, Hermitian and positive; None takes `noise_std` and `noise_correlation`.
    diffusion_mm2_per_s
        Apparent diffusion by name of the tissue, for those whose coefficient no table has.
    """

    field_hz: float = 0.0
    field_gradient_hz_per_mm: Vector = (0.0, 0.0, 0.0)
    r2_prime_per_s: float = 0.0
    motion: Motion | None = None
    noise_covariance: ComplexArray | None = None
    diffusion_mm2_per_s: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        covariance = self.noise_covariance
        if covariance is None:
            return
        if covariance.ndim != 2 or covariance.shape[0] != covariance.shape[1]:
            raise DataError("A covariance is a square matrix.", field="noise_covariance", found=covariance.shape)
        if not np.allclose(covariance, covariance.conj().T) or np.linalg.eigvalsh(covariance).min() <= 0:
            raise DataError(
                "This is no covariance.",
                field="noise_covariance",
                found="a matrix that is not Hermitian and positive",
                expected="a Hermitian matrix of positive eigenvalues",
            )
