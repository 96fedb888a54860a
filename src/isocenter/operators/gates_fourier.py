"""Acceptance gates of the operators of MRI, of wavelets and of gradients: definitions and exact adjoints."""

from __future__ import annotations

from functools import partial

import numpy as np

from isocenter.core.gates import Gate
from isocenter.kernels.nufft import Nufft
from isocenter.operators.finite_difference import GradientOperator
from isocenter.operators.fourier import FourierOperator
from isocenter.operators.linear import LinearOperator
from isocenter.operators.non_cartesian import NonCartesianFourierOperator
from isocenter.operators.sampling import SamplingOperator
from isocenter.operators.sensitivity import SensitivityOperator
from isocenter.operators.wavelet import WaveletOperator

_SHAPE = (3, 24, 20)


def _operators(dtype: str = "complex128") -> dict[str, LinearOperator]:
    rng = np.random.default_rng(5)
    maps = (rng.standard_normal((4, *_SHAPE)) + 1j * rng.standard_normal((4, *_SHAPE))).astype(dtype)
    mask = rng.uniform(size=_SHAPE) < 0.5
    sense = FourierOperator((4, *_SHAPE), (-2, -1)) @ SensitivityOperator(maps)
    return {
        "Fourier": FourierOperator(_SHAPE, (-2, -1)),
        "sensitivity": SensitivityOperator(maps),
        "sampling": SamplingOperator(mask, _SHAPE),
        "SENSE model": SamplingOperator(mask, (4, *_SHAPE)) @ sense,
        "wavelet": WaveletOperator((16, 24), n_levels=3),
        "gradient": GradientOperator(_SHAPE),
    }


def _dot_error(name: str, dtype: str) -> float:
    return _operators(dtype)[name].check(np.random.default_rng(6), dtype=dtype)


def _gate(name: str, dtype: str) -> Gate:
    is_double = dtype == "complex128"
    return Gate(
        f"dot-{name.lower().replace(' ', '-')}-{'double' if is_double else 'single'}",
        f"Adjoint of the {name} operator, {'double' if is_double else 'single'} precision",
        0.0,
        1e-12 if is_double else 1e-5,
        "1",
        "definition of the adjoint",
        partial(_dot_error, name, dtype),
        "at_most",
    )


def _nufft_error(shape: tuple[int, ...]) -> float:
    """Return the larger relative error of the two directions against the sums that define them."""
    rng = np.random.default_rng(7)
    phases = rng.uniform(-np.pi, np.pi, (300, len(shape)))
    positions = np.stack(np.meshgrid(*(np.arange(n) - n // 2 for n in shape), indexing="ij"), axis=-1)
    waves = np.exp(-1j * (phases @ positions.reshape(-1, len(shape)).T))
    x = rng.standard_normal((1, *shape)) + 1j * rng.standard_normal((1, *shape))
    y = rng.standard_normal((1, 300)) + 1j * rng.standard_normal((1, 300))
    transform = Nufft(phases, shape, is_double=True, tolerance=1e-7)
    samples, image = waves @ x.ravel(), waves.conj().T @ y[0]
    return float(
        max(
            np.linalg.norm(transform.forward(x)[0] - samples) / np.linalg.norm(samples),
            np.linalg.norm(transform.adjoint(y).ravel() - image) / np.linalg.norm(image),
        )
    )


def _nufft_gate(shape: tuple[int, ...]) -> Gate:
    return Gate(
        f"nufft-{len(shape)}d",
        f"Non-uniform transform in {len(shape)} dimensions against the direct sum",
        0.0,
        1e-6,
        "1",
        "definition by direct sum",
        partial(_nufft_error, shape),
    )


def _toeplitz_error() -> float:
    """Return the relative difference of the convolution from adjoint after forward, in single precision."""
    rng = np.random.default_rng(8)
    trajectory = rng.uniform(-0.5, 0.5, (2000, 2)) * 64
    A = NonCartesianFourierOperator(trajectory, (2, 64, 64), weights=rng.uniform(0, 2, 2000))
    x = (rng.standard_normal(A.in_shape) + 1j * rng.standard_normal(A.in_shape)).astype(np.complex64)
    direct = A.adjoint(A(x))
    return float(np.linalg.norm(A.normal(x) - direct) / np.linalg.norm(direct))


GATES: tuple[Gate, ...] = (
    *(_gate(name, dtype) for name in _operators() for dtype in ("complex128", "complex64")),
    _nufft_gate((24, 31)),
    _nufft_gate((8, 10, 9)),
    Gate(
        "nufft-toeplitz",
        "Toeplitz normal operator against adjoint after forward, single precision",
        0.0,
        1e-5,
        "1",
        "definition of the normal operator",
        _toeplitz_error,
    ),
)
