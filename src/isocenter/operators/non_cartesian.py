"""The Fourier transform of an image at scattered points of k-space: radial, spiral, any trajectory."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array

from isocenter.core.arrays import FloatArray, require_finite
from isocenter.core.errors import DataError, ShapeError
from isocenter.core.grid import Grid
from isocenter.kernels import fourier, toeplitz
from isocenter.kernels.coil_convolution import PaddedConvolution, fits
from isocenter.kernels.nufft import Nufft
from isocenter.operators.linear import LinearOperator, Shape
from isocenter.operators.sensitivity import SensitivityOperator

_TOEPLITZ_TOLERANCE = 2e-9


class NonCartesianFourierOperator(LinearOperator):
    """The unitary-scaled transform at the points of a trajectory, times the roots of density weights.

    On the points of a Cartesian grid it is `FourierOperator`. Its normal operator is a convolution (Toeplitz): two fast
    transforms of twice the size, whatever the number of samples.

    Parameters
    ----------
    trajectory
        Points in cycles per field of view, shape (*samples, axis), axes in the order of the image's last ones; k-space
        of an image of n pixels reaches from -n/2 to n/2.
    shape
        Image shape (*images, z, y, x) or (*images, y, x); as many last axes as the trajectory has are transformed.
    weights
        Density compensation, shape of the samples: A^H A then approximates the identity. Multiply data by the root of
        the same weights: `weighted`. None is 1.
    tolerance
        Relative error of the transform.
    is_toeplitz
        Whether the normal operator is the convolution; otherwise forward and adjoint one after the other.
    cartesian_axes
        Axes of `shape` before the transformed ones along which the unitary fast transform is taken too, as partitions
        of a stack of stars are; the normal operator does not meet it.

    Raises
    ------
    ShapeError, DataError
        If the trajectory does not fit the shape, is no number or leaves the k-space of the image, or a weight is
        negative.

    Notes
    -----
    Maps complex (*images, *shape) to (*images, *samples). Source: Fessler and Sutton, IEEE Trans. Signal Process. 51
    (2003) 560-574; Toeplitz, Fessler et al., IEEE Trans. Signal Process. 53 (2005) 3393-3402.
    """

    def __init__(
        self,
        trajectory: FloatArray,
        shape: Shape,
        *,
        weights: FloatArray | None = None,
        tolerance: float = 1e-6,
        is_toeplitz: bool = True,
        cartesian_axes: tuple[int, ...] = (),
        in_grid: Grid | None = None,
    ) -> None:
        self._image_shape = require_trajectory(trajectory, shape)
        samples, images = tuple(trajectory.shape[:-1]), tuple(shape[: len(shape) - len(self._image_shape)])
        super().__init__(shape, (*images, *samples), in_grid=in_grid)
        self._n_images, self._n_samples, self._tolerance = prod(images), prod(samples), tolerance
        self._phases = np.reshape(trajectory, (-1, len(self._image_shape))) * (2 * np.pi / np.array(self._image_shape))
        self.weights = None if weights is None else require_weights(weights, samples)
        self._root = None if self.weights is None else np.sqrt(self.weights)
        self._is_toeplitz, self._cartesian_axes = is_toeplitz, cartesian_axes
        self._transforms: dict[bool, Nufft] = {}
        self._spectra: dict[str, Any] = {}
        self._of_coils: tuple[LinearOperator | None, PaddedConvolution | None] = (None, None)

    def weighted(self, y: Any) -> Any:
        """Return data times the roots of the weights, as `y` of least squares with this operator."""
        return y if self._root is None else y * self._roots(y)

    def _forward(self, x: Any) -> Any:
        transform = self._transform(x)
        x = fourier.fft(x, self._cartesian_axes) if self._cartesian_axes else x
        y = transform.forward(x.reshape(self._n_images, *self._image_shape)).reshape(self.out_shape)
        return self.weighted(y * self._scale)

    def _adjoint(self, y: Any) -> Any:
        transform = self._transform(y)
        x = transform.adjoint((self.weighted(y) * self._scale).reshape(self._n_images, self._n_samples))
        x = x.reshape(self.in_shape)
        return fourier.ifft(x, self._cartesian_axes) if self._cartesian_axes else x

    def _normal(self, x: Any) -> Any:
        if not self._is_toeplitz:
            return super()._normal(x)
        images = x.reshape(self._n_images, *self._image_shape)
        return toeplitz.convolve(images, self._spectrum(x)).reshape(self.in_shape)

    def _normal_after(self, inner: LinearOperator, x: Any) -> Any:
        convolution = self._padded_convolution(inner, x)
        if convolution is None:
            return super()._normal_after(inner, x)
        return convolution(x.reshape(-1, *self._image_shape)).reshape(x.shape)

    def _padded_convolution(self, inner: LinearOperator, x: Any) -> PaddedConvolution | None:
        """Return the loops for planes seen by coils, None where they do not fit."""
        if not self._is_toeplitz or not isinstance(inner, SensitivityOperator) or len(self._image_shape) != 2:
            return None
        maps = inner.maps
        if not is_numpy_array(x) or x.dtype != maps.dtype or not all(fits(n, x.dtype) for n in self._image_shape):
            return None
        if self._of_coils[0] is not inner:
            planes = maps.reshape(maps.shape[0], -1, *self._image_shape)
            self._of_coils = inner, PaddedConvolution(planes, self._spectrum(x))
        return self._of_coils[1]

    @property
    def _scale(self) -> float:
        return float(prod(self._image_shape) ** -0.5)

    def _transform(self, array: Any) -> Nufft:
        is_double = "128" in str(array.dtype)
        if is_double not in self._transforms:
            self._transforms[is_double] = Nufft(
                self._phases,
                self._image_shape,
                n_images=self._n_images,
                is_double=is_double,
                tolerance=self._tolerance,
            )
        return self._transforms[is_double]

    def _roots(self, like: Any) -> Any:
        return array_namespace(like).asarray(self._root, dtype=_real_of(like))

    def _spectrum(self, like: Any) -> Any:
        """Return the spectrum of the convolution kernel in the precision and library of `like`."""
        key = f"{type(like)} {like.dtype}"
        if key not in self._spectra:
            if "exact" not in self._spectra:
                self._spectra["exact"] = self._exact_spectrum()
            self._spectra[key] = array_namespace(like).asarray(self._spectra["exact"], dtype=_real_of(like))
        return self._spectra[key]

    def _exact_spectrum(self) -> FloatArray:
        twice = tuple(2 * n for n in self._image_shape)
        weights = np.ones(self._n_samples) if self.weights is None else self.weights.reshape(-1)
        tolerance = min(self._tolerance, _TOEPLITZ_TOLERANCE)
        lags = Nufft(self._phases, twice, is_double=True, tolerance=tolerance)
        kernel = lags.adjoint(weights.astype(complex)[None])[0] / prod(self._image_shape)
        spectrum: FloatArray = toeplitz.kernel_spectrum(kernel)
        return spectrum


def require_trajectory(trajectory: FloatArray, shape: Shape) -> Shape:
    """Return the axes of `shape` that the trajectory transforms; raises `ShapeError`, `DataError` for a misfit."""
    n_axes = trajectory.shape[-1] if trajectory.ndim > 1 else 0
    if n_axes not in (2, 3) or n_axes > len(shape) or not is_numpy_array(trajectory):
        raise ShapeError(
            "The trajectory does not fit the image.",
            field="trajectory",
            found=(tuple(trajectory.shape), tuple(shape)),
            expected="(*samples, axis), with the last two or three axes of the image",
        )
    require_finite(trajectory, "trajectory")
    image_shape = tuple(int(n) for n in shape[-n_axes:])
    reach = np.abs(trajectory).reshape(-1, n_axes).max(axis=0, initial=0.0)
    limit = np.array(image_shape) / 2
    if np.any(reach > limit * (1 + 1e-3)):
        raise DataError(
            "The trajectory leaves the k-space of the image.",
            field="trajectory",
            found=f"up to {', '.join(f'{k:.4g}' for k in reach)} cycles per field of view",
            expected=f"at most {', '.join(f'{k:g}' for k in limit)}, half the matrix {image_shape}",
            remedy="Check its unit, give a larger matrix, or leave out the samples beyond.",
        )
    return image_shape


def require_weights(weights: FloatArray, samples: Shape) -> FloatArray:
    """Return density weights; raises `ShapeError` or `DataError` unless they fit and are finite and not negative."""
    if tuple(weights.shape) != samples:
        raise ShapeError(
            "The density weights do not fit the trajectory.",
            field="weights",
            found=tuple(weights.shape),
            expected=samples,
        )
    require_finite(weights, "density weights")
    if weights.size and weights.min() < 0:
        raise DataError(
            "Density weights cannot be negative.", field="weights", found=float(weights.min()), expected=">= 0"
        )
    return weights


def _real_of(array: Any) -> Any:
    xp = array_namespace(array)
    return xp.float64 if "128" in str(array.dtype) else xp.float32
