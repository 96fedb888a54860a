"""Magnetic susceptibility from the field it makes (QSM), and images weighted by it (SWI)."""

from __future__ import annotations

import numpy as np
import scipy.fft

from isocenter.core.arrays import BoolArray, ComplexArray, FloatArray, require_shape
from isocenter.core.errors import OptionError
from isocenter.kernels import fourier
from isocenter.kernels.processors import available_threads
from isocenter.operators.finite_difference import GradientOperator
from isocenter.operators.linear import LinearOperator
from isocenter.solvers.cg import cg


class DipoleOperator(LinearOperator):
    """The relative field (ppm) along B0 of a susceptibility map (ppm), both (z, y, x), with nothing around.

    ``1/3 - (k . b)^2 / k^2`` with b the direction of B0; 0 at k = 0, where only the mean field is. The map is padded to
    twice its size: otherwise it would repeat, and its copies' fields come in from the sides.

    Notes
    -----
    Source: Salomir, de Senneville and Moonen, Concepts Magn. Reson. B 19 (2003) 26-34; Marques and Bowtell, ibid. 25
    (2005) 65-78.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        spacing_mm: tuple[float, float, float],
        *,
        field_direction_zyx: tuple[float, float, float] = (1.0, 0.0, 0.0),
    ) -> None:
        super().__init__(shape, shape)
        direction = np.asarray(field_direction_zyx, dtype=float)
        length = float(np.linalg.norm(direction))
        if not length > 0:
            raise OptionError(
                "B0 needs a direction.", field="field_direction_zyx", found=field_direction_zyx, expected="a vector"
            )
        self.kernel = _dipole_kernel(shape, spacing_mm, direction / length)
        self._twice = tuple(2 * n for n in shape)
        self._padded = _dipole_kernel(self._twice, spacing_mm, direction / length)[..., : shape[2] + 1]

    def _forward(self, x: FloatArray) -> FloatArray:
        z, y, x_ = self.in_shape
        spectrum = scipy.fft.rfftn(x, s=self._twice, workers=available_threads())
        spectrum *= self._padded
        field: FloatArray = scipy.fft.irfftn(spectrum, s=self._twice, workers=available_threads())[:z, :y, :x_]
        return field

    def _adjoint(self, y: FloatArray) -> FloatArray:
        return self._forward(y)


def _dipole_kernel(shape: tuple[int, ...], spacing_mm: tuple[float, ...], direction: FloatArray) -> FloatArray:
    axes = [scipy.fft.fftfreq(n, d) for n, d in zip(shape, spacing_mm, strict=True)]
    k = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    squares = np.sum(k**2, axis=-1)
    kernel: FloatArray = 1 / 3 - (k @ direction) ** 2 / np.where(squares > 0, squares, 1.0)
    kernel[0, 0, 0] = 0.0
    return kernel


def unwrapped_laplacian(phase_rad: FloatArray) -> FloatArray:
    """Return the phase (z, y, x) without its jumps, up to a harmonic function, from its Laplacian; not periodic.

    Source: Schofield and Zhu, Opt. Lett. 28 (2003) 1194-1196.
    """
    cosine, sine = np.cos(phase_rad), np.sin(phase_rad)
    eigenvalues = sum(
        (2 * np.cos(np.pi * np.arange(n) / n) - 2).reshape([-1 if a == axis else 1 for a in range(phase_rad.ndim)])
        for axis, n in enumerate(phase_rad.shape)
    )

    def laplacian(values: FloatArray) -> FloatArray:
        applied: FloatArray = scipy.fft.idctn(scipy.fft.dctn(values) * eigenvalues)
        return applied

    right = scipy.fft.dctn(cosine * laplacian(sine) - sine * laplacian(cosine))
    solved: FloatArray = scipy.fft.idctn(
        np.where(eigenvalues != 0, right / np.where(eigenvalues != 0, eigenvalues, 1), 0)
    )
    return solved


def without_background(
    field_ppm: FloatArray, mask: BoolArray, dipole: DipoleOperator, *, n_iterations: int = 60
) -> FloatArray:
    """Return the field of sources within the mask: that of dipoles outside, fitted within the mask, is taken away.

    Source: Liu et al., NMR Biomed. 24 (2011) 1129-1136 (projection onto dipole fields).
    """
    require_shape(field_ppm, dipole.in_shape, "field")
    require_shape(mask, dipole.in_shape, "mask")
    outside = ~mask

    system = _Masked(dipole, mask.astype(float), outside.astype(float))
    right = outside * dipole.adjoint(mask * field_ppm)
    sources = cg(system, right, n_iterations=n_iterations, tolerance=1e-4).x
    local: FloatArray = mask * (field_ppm - dipole(outside * sources))
    return local


class _Masked(LinearOperator):
    """O D M D O for masks O (outside) and M (inside)."""

    def __init__(self, dipole: DipoleOperator, inside: FloatArray, outside: FloatArray) -> None:
        super().__init__(dipole.in_shape, dipole.in_shape)
        self._dipole, self._inside, self._outside = dipole, inside, outside

    def _forward(self, x: FloatArray) -> FloatArray:
        result: FloatArray = self._outside * self._dipole.adjoint(self._inside * self._dipole(self._outside * x))
        return result

    def _adjoint(self, y: FloatArray) -> FloatArray:
        return self._forward(y)


def truncated_inversion(field_ppm: FloatArray, dipole: DipoleOperator, *, threshold: float = 0.1) -> FloatArray:
    """Return the susceptibility (ppm) by division in k-space, small values of the kernel raised to `threshold`.

    The loss of contrast that the threshold causes is made up for by the mean of kernel over raised kernel.
    Source: Shmueli et al., Magn. Reson. Med. 62 (2009) 1510-1522; Schweser et al., Magn. Reson. Med. 69 (2013)
    1581-1593 (correction factor).
    """
    if not 0 < threshold < 2 / 3:
        raise OptionError("The threshold is out of range.", field="threshold", found=threshold, expected="0 to 2/3")
    kernel = dipole.kernel
    raised = np.where(np.abs(kernel) < threshold, np.where(kernel < 0, -threshold, threshold), kernel)
    gain = float(np.mean(kernel / raised))
    found: FloatArray = scipy.fft.ifftn(scipy.fft.fftn(field_ppm) / raised).real / gain
    return found


def regularised_inversion(
    field_ppm: FloatArray,
    weights: FloatArray,
    dipole: DipoleOperator,
    *,
    smoothness: float = 1e-4,
    n_iterations: int = 100,
) -> FloatArray:
    """Return the susceptibility (ppm) that minimises ``|w (D chi - field)|^2 + smoothness |grad chi|^2``.

    Parameters
    ----------
    weights
        How far every voxel's field is believed: 0 outside the body, the magnitude within.

    Notes
    -----
    Source: de Rochefort et al., Magn. Reson. Med. 63 (2010) 194-206; Bilgic et al., Magn. Reson. Med. 72 (2014)
    1444-1459.
    """
    require_shape(weights, dipole.in_shape, "weights")
    system = _Regularised(dipole, weights**2, smoothness)
    found: FloatArray = cg(system, dipole.adjoint(weights**2 * field_ppm), n_iterations=n_iterations, tolerance=1e-5).x
    return found


class _Regularised(LinearOperator):
    """D W D + smoothness grad^T grad."""

    def __init__(self, dipole: DipoleOperator, weights: FloatArray, smoothness: float) -> None:
        super().__init__(dipole.in_shape, dipole.in_shape)
        self._dipole, self._weights, self._smoothness = dipole, weights, smoothness
        self._gradient = GradientOperator(dipole.in_shape)

    def _forward(self, x: FloatArray) -> FloatArray:
        fit = self._dipole.adjoint(self._weights * self._dipole(x))
        result: FloatArray = fit + self._smoothness * self._gradient.normal(x)
        return result

    def _adjoint(self, y: FloatArray) -> FloatArray:
        return self._forward(y)


def weighted_magnitude(image: ComplexArray, *, filter_width: int = 64, power: int = 4) -> FloatArray:
    """Return the magnitude (..., y, x) times a mask of the filtered phase to a power: veins are dark (SWI).

    The phase is freed of what the middle of k-space, `filter_width` samples, already has; positive phase is kept at 1.
    Source: Haacke et al., Magn. Reson. Med. 52 (2004) 612-618.
    """
    kspace = fourier.fft(image, (-2, -1))
    windows = []
    for n in image.shape[-2:]:
        distance = np.abs(np.arange(n) - n // 2) / (min(filter_width, n) / 2)
        windows.append(np.where(distance < 1, 0.5 + 0.5 * np.cos(np.pi * np.minimum(distance, 1)), 0.0))
    low = fourier.ifft(kspace * np.multiply.outer(*windows), (-2, -1))
    phase = np.angle(image * low.conj())
    mask = np.where(phase < 0, 1 + phase / np.pi, 1.0)
    weighted: FloatArray = np.abs(image) * mask**power
    return weighted
