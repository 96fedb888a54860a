"""The non-uniform fast Fourier transform: FINUFFT on CPU threads, cuFINUFFT on a GPU, chosen by the array.

Source: Barnett, Magland and af Klinteberg, SIAM J. Sci. Comput. 41 (2019) C479-C504; on GPUs, Shih et al., IPDPSW 2021,
688-697.
"""

from __future__ import annotations

from typing import Any

import finufft
import numpy as np
from array_api_compat import is_numpy_array

from isocenter.core.arrays import FloatArray, require_finite
from isocenter.core.errors import MissingExtraError, OptionError, ShapeError
from isocenter.kernels.processors import available_threads

# A grid finer by a quarter instead of twice takes less than half the time, though its kernel is wider; it reaches about
# the first tolerance in double precision and the second in single, beyond which double on the small grid is faster than
# single on the large one.
_SMALL_GRID, _SMALL_GRID_TOLERANCE, _SINGLE_TOLERANCE = 1.25, 2e-9, 5e-5


class Nufft:
    """Sums of plane waves between images on a regular grid and samples at scattered points, many images at once.

    ``forward`` is y[j] = sum over r of x[r] exp(-i phase[j] . r) with r = index - n // 2 along every axis, ``adjoint``
    is x[r] = sum over j of y[j] exp(i phase[j] . r). Nothing is normalised. The two are adjoint to rounding whatever
    the tolerance is. The same data give the same bits on a CPU; a GPU adds in no fixed order.

    Parameters
    ----------
    phases_rad
        Points, shape (sample, axis), axes in the order of `shape`: radians per pixel. A turn more or less is the same.
    shape
        Image shape, two or three axes.
    n_images
        How many images every call transforms.
    is_double
        Double precision of images and samples. Of single precision a CPU reckons in double where that is needed for the
        tolerance; a GPU then is good to about 1e-7 times the matrix size, because points are rounded too.
    tolerance
        Relative error of the transform, 1e-14 to 1e-1.
    n_threads
        CPU threads; None takes the processors that this process may use.

    Raises
    ------
    ShapeError, DataError, OptionError
        If the points do not fit the shape, are no numbers, or the tolerance cannot be had.
    """

    def __init__(
        self,
        phases_rad: FloatArray,
        shape: tuple[int, ...],
        *,
        n_images: int = 1,
        is_double: bool = False,
        tolerance: float = 1e-6,
        n_threads: int | None = None,
    ) -> None:
        if len(shape) not in (2, 3) or phases_rad.ndim != 2 or phases_rad.shape[1] != len(shape):
            raise ShapeError(
                "The points do not fit the image.",
                field="phases_rad",
                found=(phases_rad.shape, shape),
                expected="(sample, axis) for an image of two or three axes",
            )
        if not 1e-14 <= tolerance <= 0.1:
            raise OptionError(
                "The tolerance cannot be had.", field="tolerance", found=tolerance, expected="1e-14 to 0.1"
            )
        require_finite(phases_rad, "points of the transform")
        self.shape, self.n_images, self.n_samples = tuple(shape), n_images, phases_rad.shape[0]
        self.tolerance, self.is_double = tolerance, is_double
        self._n_threads = n_threads or available_threads()
        self._phases_rad = np.mod(np.asarray(phases_rad, dtype=float) + np.pi, 2 * np.pi) - np.pi
        self._plans: dict[str, Any] = {}

    def forward(self, x: Any) -> Any:
        """Return samples (image, sample) of images (image, *shape)."""
        return self._run(x, "forward", (self.n_images, *self.shape))

    def adjoint(self, y: Any) -> Any:
        """Return images (image, *shape) of samples (image, sample)."""
        return self._run(y, "adjoint", (self.n_images, self.n_samples))

    def _run(self, values: Any, direction: str, expected: tuple[int, ...]) -> Any:
        if tuple(values.shape) != expected:
            raise ShapeError(
                f"The input of the {direction} transform has the wrong shape.",
                field=direction,
                found=tuple(values.shape),
                expected=expected,
            )
        if is_numpy_array(values):
            return self._on_cpu(values, direction).reshape(self._out_shape(direction))
        return self._on_gpu(values, direction).reshape(self._out_shape(direction))

    def _out_shape(self, direction: str) -> tuple[int, ...]:
        return (self.n_images, self.n_samples) if direction == "forward" else (self.n_images, *self.shape)

    def _on_cpu(self, values: Any, direction: str) -> Any:
        # One image is spread by one thread: several would add their parts in the order in which they finish.
        is_alone = self.n_images == 1 and direction == "adjoint"
        name = "alone" if is_alone else "together"
        if name not in self._plans:
            self._plans[name] = self._cpu_plan(1 if is_alone else self._n_threads)
        plan = self._plans[name]
        ready = np.ascontiguousarray(values, dtype=self._cpu_dtype)
        ready = ready[0] if self.n_images == 1 else ready
        result = plan.execute(ready) if direction == "forward" else plan.execute_adjoint(ready)
        return result.astype(self._dtype, copy=False)

    def _cpu_plan(self, n_threads: int) -> Any:
        plan = finufft.Plan(
            2,
            self.shape,
            self.n_images,
            self.tolerance,
            -1,
            self._cpu_dtype,
            nthreads=n_threads,
            maxbatchsize=n_threads,
            upsampfac=_SMALL_GRID if self.tolerance >= _SMALL_GRID_TOLERANCE else 2.0,
            spread_thread=2 if self.n_images > 1 else 0,
            showwarn=0,
        )
        kind = np.dtype(self._cpu_dtype).type(0).real.dtype
        plan.setpts(*(np.ascontiguousarray(axis, dtype=kind) for axis in self._phases_rad.T))
        return plan

    def _on_gpu(self, values: Any, direction: str) -> Any:
        try:
            import cufinufft
            import cupy
        except ImportError:
            raise MissingExtraError(
                "Transforms of scattered samples on a GPU need cuFINUFFT.",
                field="cufinufft",
                found="not installed",
                expected="cufinufft and cupy",
                remedy="pip install 'isocenter[gpu]', or give NumPy arrays.",
            ) from None
        if direction not in self._plans:
            kind, sign = (2, -1) if direction == "forward" else (1, 1)
            plan = cufinufft.Plan(
                kind, self.shape, self.n_images, eps=max(self.tolerance, 2e-7), isign=sign, dtype=self._dtype
            )
            plan.setpts(*(cupy.asarray(axis, dtype=self._real_dtype) for axis in self._phases_rad.T))
            self._plans[direction] = plan
        ready = cupy.ascontiguousarray(values, dtype=self._dtype)
        return self._plans[direction].execute(ready[0] if self.n_images == 1 else ready)

    @property
    def _cpu_dtype(self) -> str:
        return "complex128" if self.is_double or self.tolerance < _SINGLE_TOLERANCE else "complex64"

    @property
    def _dtype(self) -> str:
        return "complex128" if self.is_double else "complex64"

    @property
    def _real_dtype(self) -> str:
        return "float64" if self.is_double else "float32"
