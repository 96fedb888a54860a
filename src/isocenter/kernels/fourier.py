"""The centred, unitary fast Fourier transform: SciPy's on CPU threads, CuPy's on a GPU, chosen by the array.

Index n // 2 is the origin in both domains. Single precision stays single.
"""

from __future__ import annotations

from typing import Any

import scipy.fft
from array_api_compat import array_namespace, is_numpy_array

from isocenter.kernels.processors import available_threads


def fft(x: Any, axes: tuple[int, ...]) -> Any:
    """Return the transform with exp(-2 pi i k r) over `axes`, of norm 1."""
    return _transform(x, axes, is_inverse=False)


def ifft(y: Any, axes: tuple[int, ...]) -> Any:
    """Return the inverse transform, which is the adjoint."""
    return _transform(y, axes, is_inverse=True)


def _transform(x: Any, axes: tuple[int, ...], *, is_inverse: bool) -> Any:
    if is_numpy_array(x):
        # scipy.fft keeps single precision and runs on threads; NumPy's does neither.
        shifted = scipy.fft.ifftshift(x, axes=axes)
        run = scipy.fft.ifftn if is_inverse else scipy.fft.fftn
        spectrum = run(shifted, axes=axes, norm="ortho", workers=available_threads(), overwrite_x=True)
        return scipy.fft.fftshift(spectrum, axes=axes)
    xp = array_namespace(x)
    shifted = xp.fft.ifftshift(x, axes=axes)
    run = xp.fft.ifftn if is_inverse else xp.fft.fftn
    return xp.fft.fftshift(run(shifted, axes=axes, norm="ortho"), axes=axes)
