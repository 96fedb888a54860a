"""The field and the image from two echo-planar scans that are distorted in opposite directions.

Source: Andersson, Skare and Ashburner, NeuroImage 20 (2003) 870-888; Chang and Fitzpatrick, IEEE Trans. Med. Imaging 11
(1992) 319-329 (intensity by the Jacobian).
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from scipy.interpolate import BSpline
from scipy.ndimage import gaussian_filter, map_coordinates

from isocenter.core.arrays import ComplexArray, FloatArray, require_finite, require_shape
from isocenter.core.errors import DataError, OptionError
from isocenter.kernels import fourier


def estimate_displacement(
    rising: FloatArray,
    falling: FloatArray,
    *,
    knot_spacing: float = 6.0,
    smoothness: float = 1e-3,
    widths: tuple[float, ...] = (4.0, 2.0, 1.0, 0.5),
    n_iterations: int = 8,
) -> FloatArray:
    """Return by how many pixels along y the field displaces a slice (y, x) whose lines were taken with rising ky.

    The image with falling ky is displaced by as much the other way. The displacement, of cubic B-splines, makes both
    corrected images alike, intensities piled up by the distortion included; coarse images first, then finer ones.

    Parameters
    ----------
    rising, falling
        Magnitudes (y, x) of the two scans.
    knot_spacing
        Pixels between the splines' knots.
    smoothness
        Weight of the displacement's bending against the difference of the images.
    widths
        Gaussian blur of the images, in pixels, stage by stage.
    n_iterations
        Steps of Gauss and Newton in each stage.

    Raises
    ------
    ShapeError, DataError, OptionError
        If the images have different sizes, are no numbers or empty, or knots lie closer than two pixels.
    """
    require_shape(falling, rising.shape, "image with falling ky")
    for image in (rising, falling):
        require_finite(image, "echo-planar image")
    if not knot_spacing >= 2:
        raise OptionError("Knots lie at least two pixels apart.", field="knot_spacing", found=knot_spacing, expected=2)
    size = float(np.mean([rising.max(), falling.max()]))
    if not size > 0:
        raise DataError("The echo-planar images are empty.", field="rising, falling", found=0, expected="signal")
    n_y, n_x = rising.shape
    along_y, slope_y = _splines(n_y, knot_spacing)
    along_x, _ = _splines(n_x, knot_spacing)
    value = scipy.sparse.kron(along_y, along_x, format="csr")
    slope = scipy.sparse.kron(slope_y, along_x, format="csr")
    bending = _bending(along_y.shape[1], along_x.shape[1])
    coefficients = np.zeros(value.shape[1])
    for width in widths:
        images = [gaussian_filter(image / size, width) for image in (rising, falling)]
        weight = smoothness * float(np.mean(images[0] ** 2)) * rising.size / bending.shape[0]
        for _ in range(n_iterations):
            residual, by_value, by_slope = _linearised(images, value @ coefficients, slope @ coefficients, (n_y, n_x))
            jacobian = scipy.sparse.diags(by_value) @ value + scipy.sparse.diags(by_slope) @ slope
            matrix = (jacobian.T @ jacobian + weight * bending).tocsc()
            step = scipy.sparse.linalg.spsolve(matrix, -(jacobian.T @ residual + weight * (bending @ coefficients)))
            # No step folds pixels over each other at once.
            coefficients = coefficients + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
            if np.abs(step).max() < 1e-3:
                break
    displacement: FloatArray = (value @ coefficients).reshape(n_y, n_x)
    return displacement


def field_hz(displacement: FloatArray, echo_spacing_s: float, *, n_lines: int | None = None) -> FloatArray:
    """Return the field of a displacement (y, x) in pixels: one pixel is 1 / (lines times echo spacing)."""
    lines = displacement.shape[0] if n_lines is None else n_lines
    if not echo_spacing_s > 0:
        raise OptionError("Lines take time.", field="echo_spacing_s", found=echo_spacing_s, expected="> 0")
    field: FloatArray = displacement / (lines * echo_spacing_s)
    return field


def unwarped(rising: FloatArray, falling: FloatArray, displacement: FloatArray) -> FloatArray:
    """Return the mean (y, x) of both images, each put back into place and scaled by its Jacobian."""
    require_shape(displacement, rising.shape, "displacement")
    slope = np.gradient(displacement, axis=0)
    first, _ = _moved(rising, displacement)
    second, _ = _moved(falling, -displacement)
    mean: FloatArray = (first * np.maximum(1 + slope, 0) + second * np.maximum(1 - slope, 0)) / 2
    return mean


def reconstructed_pair(
    rising: ComplexArray, falling: ComplexArray, field: FloatArray, echo_spacing_s: float, *, damping: float = 1e-3
) -> ComplexArray:
    """Return the image (..., y, x) that explains the k-space of both scans in a field (y, x), in Hz.

    Where one scan piles pixels onto each other the other pulls them apart: together they are well posed.
    Source: as `epi.undistorted`, Munger et al., IEEE Trans. Med. Imaging 19 (2000) 681-689, with two encodings.
    """
    require_shape(falling, rising.shape, "k-space with falling ky")
    n_y, n_x = rising.shape[-2:]
    require_shape(field, (n_y, n_x), "field map")
    index = np.arange(n_y) - n_y // 2
    wave = np.exp(-2j * np.pi * np.outer(index, index) / n_y) / n_y**0.5
    times_s = index * echo_spacing_s
    hybrids = [fourier.ifft(kspace, (-1,)).reshape(-1, n_y, n_x) for kspace in (rising, falling)]
    image = np.empty_like(hybrids[0])
    for x in range(n_x):
        turn = np.exp(-2j * np.pi * np.outer(times_s, field[:, x]))
        model = np.concatenate([wave * turn, wave * turn.conj()])
        data = np.concatenate([hybrid[:, :, x] for hybrid in hybrids], axis=1)
        gram = model.conj().T @ model + damping * np.eye(n_y)
        image[:, :, x] = np.linalg.solve(gram, model.conj().T @ data.T).T
    result: ComplexArray = image.reshape(rising.shape)
    return result


def _linearised(
    images: list[FloatArray], displacement: FloatArray, slope: FloatArray, shape: tuple[int, int]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the difference of the corrected images and its derivatives by displacement and by its slope."""
    first, first_change = _moved(images[0], displacement.reshape(shape))
    second, second_change = _moved(images[1], -displacement.reshape(shape))
    a, b, da, db = (part.ravel() for part in (first, second, first_change, second_change))
    return a * (1 + slope) - b * (1 - slope), da * (1 + slope) + db * (1 - slope), a + b


def _moved(image: FloatArray, displacement: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return an image and its slope along y at the places where pixels went."""
    y, x = np.indices(image.shape, dtype=float)
    places = [y + displacement, x]
    slope = np.gradient(image, axis=0)
    return map_coordinates(image, places, order=3, mode="nearest"), map_coordinates(slope, places, order=1)


def _splines(n: int, spacing: float) -> tuple[scipy.sparse.csr_matrix, scipy.sparse.csr_matrix]:
    """Return cubic B-splines and their slopes at the pixels, (pixel, spline)."""
    n_pieces = max(1, int(np.ceil((n - 1) / spacing)))
    step = (n - 1) / n_pieces
    knots = (np.arange(n_pieces + 7) - 3) * step
    n_splines = n_pieces + 3
    pixels = np.arange(n, dtype=float)
    basis = BSpline(knots, np.eye(n_splines), 3)
    return scipy.sparse.csr_matrix(basis(pixels)), scipy.sparse.csr_matrix(basis.derivative()(pixels))


def _bending(n_y: int, n_x: int) -> scipy.sparse.csr_matrix:
    """Return the matrix whose quadratic form is the sum of squared second differences of coefficients."""

    def second(n: int) -> scipy.sparse.csr_matrix:
        return scipy.sparse.diags([1.0, -2.0, 1.0], [0, 1, 2], shape=(max(n - 2, 0), n), format="csr")

    along_y = scipy.sparse.kron(second(n_y), scipy.sparse.identity(n_x))
    along_x = scipy.sparse.kron(scipy.sparse.identity(n_y), second(n_x))
    # A little of the coefficients themselves: where there is no signal the displacement goes to zero.
    rest = 1e-6 * scipy.sparse.identity(n_y * n_x)
    return (along_y.T @ along_y + along_x.T @ along_x + rest).tocsr()
