"""One scalar function, compiled for CPU threads and, when arrays live there, for a CUDA GPU."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any

import numba
import numpy as np

from isocenter.core.errors import MissingExtraError

Function = Callable[..., Any]
# Sums may be reassociated and contracted; NaN, infinity and signed zero keep their meaning.
_FAST = {"contract", "reassoc", "arcp", "nsz"}
_THREADS_PER_BLOCK = 128


def scalar(function: Function) -> Function:
    """Compile one ray, pixel or sample; it is inlined into its drivers and is what the GPU runs too."""
    compiled: Function = numba.njit(cache=True, fastmath=_FAST, error_model="numpy")(function)
    return compiled


def threads(function: Function) -> Function:
    """Compile a driver whose `numba.prange` runs on all CPU threads; the result is cached on disk."""
    compiled: Function = numba.njit(cache=True, parallel=True, nogil=True, fastmath=_FAST, error_model="numpy")(
        function
    )
    return compiled


def on_gpu(array: Any) -> bool:
    """Return whether an array lives on a CUDA device."""
    return hasattr(array, "__cuda_array_interface__") and not isinstance(array, np.ndarray)


def launch(element: Function, n_elements: int, *arguments: Any) -> None:
    """Run ``element(index, *arguments)`` for every index on the GPU; `element` is a `scalar`.

    Raises
    ------
    MissingExtraError
        If numba has no CUDA here.
    """
    n_blocks = (n_elements + _THREADS_PER_BLOCK - 1) // _THREADS_PER_BLOCK
    there = tuple(_cuda().as_cuda_array(item) if on_gpu(item) else item for item in arguments)
    _gpu_driver(element)[n_blocks, _THREADS_PER_BLOCK](n_elements, there)


def _drive(n_elements, arguments):  # type: ignore[no-untyped-def]  # numba infers the types of what it compiles
    """Give one element to one CUDA thread; `cuda` and `element` are filled in by `_gpu_driver`."""
    index = cuda.grid(1)  # type: ignore[name-defined]  # noqa: F821
    if index < n_elements:
        element(index, *arguments)  # type: ignore[name-defined]  # noqa: F821


@cache
def _gpu_driver(element: Function) -> Any:
    """Return the CUDA kernel that runs `element`."""
    filled_in = {"cuda": _cuda(), "element": _for_gpu(element)}
    return _cuda().jit(FunctionType(_drive.__code__, filled_in, element.__name__))


@cache
def _for_gpu(function: Function) -> Any:
    """Return the device function of a `scalar`, with every `scalar` that it calls rebuilt for the device too."""
    source: Any = getattr(function, "py_func", function)
    called = {
        name: _for_gpu(source.__globals__[name])
        for name in source.__code__.co_names
        if hasattr(source.__globals__.get(name), "py_func")
    }
    rebuilt = FunctionType(source.__code__, {**source.__globals__, **called}, source.__name__, source.__defaults__)
    return _cuda().jit(rebuilt, device=True)


def _cuda() -> Any:
    try:
        from numba import cuda
    except ImportError:
        raise MissingExtraError(
            "Computing on a GPU needs numba's CUDA target.", remedy="pip install isocenter[gpu]"
        ) from None
    return cuda
