"""SENSE: folded images of several coils unfolded pixel by pixel, and the noise that costs.

Source: Pruessmann et al., Magn. Reson. Med. 42 (1999) 952-962.
"""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import OptionError, ShapeError
from isocenter.kernels import fourier


def unfold(
    data: ComplexArray,
    maps: ComplexArray,
    acceleration: int,
    *,
    first_line: int = 0,
    covariance: ComplexArray | None = None,
    damping: float = 0.0,
) -> ComplexArray:
    """Return the image (z, y, x) of regularly undersampled k-space.

    Parameters
    ----------
    data
        k-space of slices (coil, z, y, x), of which the lines ``first_line + acceleration * m`` along y are used.
    maps
        Sensitivities (coil, z, y, x); pixels where all are zero become zero.
    covariance
        Noise covariance (coil, coil); None for prewhitened data.
    damping
        Added to the diagonal of the systems, as part of their mean, against noise.

    Raises
    ------
    ShapeError, OptionError
        If sizes do not fit, or the lines are no multiple of the acceleration.
    """
    _require(maps, acceleration, data.shape)
    n_y = data.shape[2]
    lines = np.zeros(n_y)
    lines[first_line % acceleration :: acceleration] = acceleration
    folded = fourier.ifft(data * lines[:, None].astype(data.real.dtype), (-2, -1))[:, :, : n_y // acceleration]
    first = first_line - n_y // 2
    stacked, gram = _systems(maps, acceleration, covariance, first)
    weighted = folded if covariance is None else np.tensordot(np.linalg.inv(covariance), folded, axes=1)
    right = np.einsum("czyxj,czyx->zyxj", stacked.conj(), weighted)
    trace = np.einsum("zyxjj->zyx", gram).real / acceleration
    tiny = np.finfo(trace.dtype).eps * max(float(trace.max()), np.finfo(trace.dtype).tiny)
    gram = gram + (damping * trace + tiny)[..., None, None] * np.eye(acceleration)
    found = np.linalg.solve(gram, right[..., None])[..., 0]
    image: ComplexArray = np.moveaxis(found, -1, 1).reshape(maps.shape[1:])
    image[np.sum(np.abs(maps) ** 2, axis=0) == 0] = 0
    return image.astype(data.dtype)


def g_factor(maps: ComplexArray, acceleration: int, *, covariance: ComplexArray | None = None) -> FloatArray:
    """Return by how much unfolding amplifies the noise (z, y, x) beyond the square root of the acceleration.

    Pixels without sensitivity, or that nothing folds on, have 1 or 0 respectively by definition: 0 where no coil sees.
    """
    _require(maps, acceleration, maps.shape)
    _, gram = _systems(maps, acceleration, covariance, 0)
    diagonal = np.einsum("zyxjj->zyxj", gram).real
    seen = diagonal > 0
    # A pixel that no coil sees does not take part: its row becomes that of the identity.
    gram = np.where(seen[..., :, None] & seen[..., None, :], gram, np.eye(acceleration))
    inverse = np.einsum("zyxjj->zyxj", np.linalg.pinv(gram, hermitian=True)).real
    g = np.where(seen, np.sqrt(np.maximum(inverse * diagonal, 0)), 0.0)
    found: FloatArray = np.moveaxis(g, -1, 1).reshape(maps.shape[1:])
    return found


def _systems(
    maps: ComplexArray, acceleration: int, covariance: ComplexArray | None, first: int
) -> tuple[ComplexArray, ComplexArray]:
    """Return the maps of pixels that fold on each other (coil, z, y', x, fold) and their Gram matrices.

    A shift of the lines by `first` turns the j-th replica, which is n_y j / acceleration away, by first j turns of the
    acceleration.
    """
    n_coils, n_z, n_y, n_x = maps.shape
    stacked = np.moveaxis(maps.reshape(n_coils, n_z, acceleration, n_y // acceleration, n_x), 2, -1)
    replica = np.arange(acceleration)
    stacked = stacked * np.exp(-2j * np.pi * first * replica / acceleration).astype(maps.dtype)
    weighted = stacked if covariance is None else np.tensordot(np.linalg.inv(covariance), stacked, axes=1)
    gram: ComplexArray = np.einsum("czyxj,czyxk->zyxjk", stacked.conj(), weighted, optimize=True)
    return stacked, gram


def _require(maps: ComplexArray, acceleration: int, shape: tuple[int, ...]) -> None:
    if maps.ndim != 4 or tuple(maps.shape) != tuple(shape):
        raise ShapeError(
            "The coil maps do not fit the data.", field="maps", found=maps.shape, expected=f"{shape}, (coil, z, y, x)"
        )
    if not 1 <= acceleration <= maps.shape[0] or maps.shape[2] % acceleration:
        raise OptionError(
            "The lines cannot be unfolded by this factor.",
            field="acceleration",
            found=f"{acceleration} for {maps.shape[2]} lines and {maps.shape[0]} coils",
            expected="a divisor of the number of lines, at most the number of coils",
        )
