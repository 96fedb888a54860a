"""The transform at scattered points while the spins precess at their own frequencies: field-map correction."""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace

from isocenter.core.arrays import ComplexArray, FloatArray, require_finite, require_shape
from isocenter.core.errors import OptionError
from isocenter.operators.linear import LinearOperator
from isocenter.operators.non_cartesian import NonCartesianFourierOperator

_MAX_SEGMENTS = 64
_N_BINS = 512


class OffResonanceOperator(LinearOperator):
    """y[j] = sum over r of x[r] exp(-2 pi i field[r] t[j]) exp(-i k[j] . r), by segments of time.

    Between the segments' times the precession is interpolated by the least-squares weights for the field's histogram;
    as many segments are taken as `tolerance` asks for.

    Parameters
    ----------
    transform
        The transform without precession.
    field_hz
        Off-resonance, the shape of the transform's last image axes.
    times_s
        When every sample was taken, from the excitation on (or the echo), shape of the samples.
    tolerance
        Largest error of the interpolated precession, 1 being its magnitude.

    Raises
    ------
    ShapeError, DataError, OptionError
        If field or times do not fit or are no numbers, or more than 64 segments would be needed.

    Notes
    -----
    Source: Man, Pauly and Macovski, Magn. Reson. Med. 37 (1997) 785-792; Sutton, Noll and Fessler, IEEE Trans. Med.
    Imaging 22 (2003) 178-188; histogram, Fessler et al., IEEE Trans. Signal Process. 53 (2005) 3393-3402.
    """

    def __init__(
        self,
        transform: NonCartesianFourierOperator,
        field_hz: FloatArray,
        times_s: FloatArray,
        *,
        tolerance: float = 1e-4,
    ) -> None:
        super().__init__(transform.in_shape, transform.out_shape, in_grid=transform.in_grid)
        require_shape(field_hz, transform.in_shape[-field_hz.ndim :], "field map")
        require_shape(times_s, transform.out_shape[-times_s.ndim :], "sampling times")
        require_finite(field_hz, "field map")
        require_finite(times_s, "sampling times")
        self._transform = transform
        self.segment_times_s, self._weights = _segments(field_hz, times_s, tolerance)
        self._precession = np.exp(-2j * np.pi * field_hz * _column(self.segment_times_s, field_hz.ndim))

    @property
    def n_segments(self) -> int:
        """How many transforms one application takes."""
        return len(self.segment_times_s)

    def _forward(self, x: Any) -> Any:
        xp, total = array_namespace(x), None
        for weight, precession in self._terms(x):
            part = weight * self._transform._forward(x * precession)
            total = part if total is None else total + part
        return xp.zeros(self.out_shape, dtype=x.dtype) if total is None else total

    def _adjoint(self, y: Any) -> Any:
        xp, total = array_namespace(y), None
        for weight, precession in self._terms(y):
            part = xp.conj(precession) * self._transform._adjoint(xp.conj(weight) * y)
            total = part if total is None else total + part
        return xp.zeros(self.in_shape, dtype=y.dtype) if total is None else total

    def _terms(self, like: Any) -> list[tuple[Any, Any]]:
        xp = array_namespace(like)
        return [
            (xp.asarray(weight, dtype=like.dtype), xp.asarray(precession, dtype=like.dtype))
            for weight, precession in zip(self._weights, self._precession, strict=True)
        ]


def _segments(field_hz: FloatArray, times_s: FloatArray, tolerance: float) -> tuple[FloatArray, ComplexArray]:
    """Return the segments' times and the weights (segment, *samples) that interpolate between them."""
    low, high = float(field_hz.min()), float(field_hz.max())
    bins = np.linspace(low, high, _N_BINS) if high > low else np.array([low])
    counts, _ = np.histogram(field_hz, bins=len(bins), range=(low, high) if high > low else (low - 0.5, low + 0.5))
    # Frequencies that no pixel has need not be right, but a few samples of each keep the fit well-behaved.
    importance = np.sqrt(counts + 1e-3 * counts.max())
    start, stop = float(times_s.min()), float(times_s.max())
    probe = np.linspace(start, stop, 4 * _MAX_SEGMENTS)
    n_least = 1 + int((high - low) * (stop - start))
    for n_segments in range(n_least, _MAX_SEGMENTS + 1):
        at = np.linspace(start, stop, n_segments) if n_segments > 1 else np.array([(start + stop) / 2])
        basis = np.exp(-2j * np.pi * np.outer(bins, at))
        inverse = np.linalg.pinv(importance[:, None] * basis, rcond=0.01 * tolerance) * importance
        wanted = np.exp(-2j * np.pi * np.outer(bins, probe))
        error = np.abs(basis @ (inverse @ wanted) - wanted)[counts > 0].max()
        if error <= tolerance:
            exact = np.exp(-2j * np.pi * np.outer(bins, times_s.ravel()))
            return at, (inverse @ exact).reshape(n_segments, *times_s.shape)
    raise OptionError(
        "The precession during the readout is too fast for segments of time.",
        field="field_hz, times_s",
        found=f"{(high - low) * (stop - start):.3g} turns",
        expected=f"at most {_MAX_SEGMENTS} segments at a tolerance of {tolerance:g}",
        remedy="Clip the field map to the object, or allow a larger tolerance.",
    )


def _column(values: FloatArray, n_axes: int) -> FloatArray:
    return values.reshape(-1, *(1,) * n_axes)
