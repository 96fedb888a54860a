"""Fewer, virtual coils that keep nearly all of the signal.

Source: Buehrer et al., Magn. Reson. Med. 57 (2007) 1131-1139 (singular values); Zhang et al., Magn. Reson. Med. 69
(2013) 571-582 (geometric, along a fully sampled axis).
"""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import ComplexArray
from isocenter.core.errors import OptionError
from isocenter.kernels import fourier


def compression_matrix(calibration: ComplexArray, n_virtual: int) -> ComplexArray:
    """Return the matrix (virtual, coil) of the strongest combinations of coils, orthonormal, of data (coil, ...).

    Prewhiten before: only then are the virtual coils independent.
    """
    n_coils = calibration.shape[0]
    _require_count(n_virtual, n_coils)
    flat = calibration.reshape(n_coils, -1)
    _, vectors = np.linalg.eigh(flat @ flat.conj().T)
    matrix: ComplexArray = vectors[:, ::-1][:, :n_virtual].conj().T
    return matrix.astype(calibration.dtype)


def compress(data: ComplexArray, matrix: ComplexArray) -> ComplexArray:
    """Return data (virtual, ...) of data (coil, ...); coil maps and noise scans compress alike."""
    compressed: ComplexArray = np.tensordot(matrix, data, axes=1)
    return compressed


def geometric_matrices(calibration: ComplexArray, n_virtual: int, n_x: int) -> ComplexArray:
    """Return matrices (x, virtual, coil), one for every position along the readout, that change smoothly.

    Parameters
    ----------
    calibration
        k-space (coil, z, y, x) whose readout, the last axis, is fully sampled.
    n_virtual
        Virtual coils.
    n_x
        Samples of the readout that will be compressed; a shorter calibration is zero-filled.
    """
    n_coils = calibration.shape[0]
    _require_count(n_virtual, n_coils)
    wide = np.zeros((*calibration.shape[:-1], n_x), dtype=calibration.dtype)
    start = n_x // 2 - calibration.shape[-1] // 2
    wide[..., start : start + calibration.shape[-1]] = calibration
    columns = np.moveaxis(fourier.ifft(wide, (-1,)), -1, 0).reshape(n_x, n_coils, -1)
    _, vectors = np.linalg.eigh(columns @ columns.conj().transpose(0, 2, 1))
    matrices = vectors[:, :, ::-1][:, :, :n_virtual].conj().transpose(0, 2, 1)
    # The strongest column fixes the frame; every other is turned towards its neighbour on that side.
    middle = int(np.argmax(np.sum(np.abs(columns) ** 2, axis=(1, 2))))
    for index in range(middle + 1, n_x):
        matrices[index] = _turned(matrices[index], matrices[index - 1])
    for index in range(middle - 1, -1, -1):
        matrices[index] = _turned(matrices[index], matrices[index + 1])
    return matrices.astype(calibration.dtype)


def compress_along_readout(data: ComplexArray, matrices: ComplexArray) -> ComplexArray:
    """Return k-space (virtual, ..., x) of k-space (coil, ..., x), compressed position by position of the readout."""
    hybrid = fourier.ifft(data, (-1,))
    compressed: ComplexArray = fourier.fft(np.einsum("xvc,c...x->v...x", matrices, hybrid, optimize=True), (-1,))
    return compressed.astype(data.dtype)


def _turned(matrix: ComplexArray, neighbour: ComplexArray) -> ComplexArray:
    left, _, right = np.linalg.svd(neighbour @ matrix.conj().T)
    turned: ComplexArray = left @ right @ matrix
    return turned


def _require_count(n_virtual: int, n_coils: int) -> None:
    if not 1 <= n_virtual <= n_coils:
        raise OptionError(
            "There cannot be so many virtual coils.", field="n_virtual", found=n_virtual, expected=f"1 to {n_coils}"
        )
