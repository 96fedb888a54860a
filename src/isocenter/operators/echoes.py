"""What reflectors send back to the elements of a probe: a pulse at the time of flight, with its exact adjoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import fft

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.grid import Grid
from isocenter.kernels.delays.spread import gather_echoes, spread_echoes
from isocenter.operators.linear import LinearOperator


@dataclass(frozen=True, eq=False)
class EchoModel:
    """Elements (element, 9) and transmits (transmit, 10) as `isocenter.kernels.delays.geometry` has them, and pulse.

    `data_shape` is (frame, transmit, channel, sample); all frames see one image. The pulse is Gaussian, of the -6 dB
    `bandwidth` as part of `center_hz`; complex data were shifted down by `demodulated_hz`.
    """

    elements: FloatArray
    transmits: FloatArray
    samples_per_mm: float
    sampling_hz: float
    center_hz: float
    bandwidth: float
    demodulated_hz: float
    data_shape: tuple[int, int, int, int]


def pulse_spectrum(
    frequencies_hz: FloatArray, center_hz: float, bandwidth: float, sampling_hz: float = np.inf
) -> FloatArray:
    """Return a Gaussian spectrum around `center_hz`, 1 there, half at the edges of the band; folds of sampling add."""
    sigma = center_hz * bandwidth / (2 * np.sqrt(2 * np.log(2)))
    if not np.isfinite(sampling_hz):
        spectrum: FloatArray = np.exp(-0.5 * ((frequencies_hz - center_hz) / sigma) ** 2)
        return spectrum
    reach = int(np.ceil((center_hz + 5 * sigma) / sampling_hz)) + 1
    folded: FloatArray = sum(
        (
            np.exp(-0.5 * ((frequencies_hz + k * sampling_hz - center_hz) / sigma) ** 2)
            for k in range(-reach, reach + 1)
        ),
        np.zeros_like(frequencies_hz),
    )
    return folded


class EchoOperator(LinearOperator):
    """Echoes of reflectors at the samples of a grid: single scattering, no loss, elements that hear all sides alike.

    A reflector's echo is put between two samples by linear weights and takes the form of the pulse.

    Notes
    -----
    Maps reflectivity (*grid) to traces (frame, transmit, channel, sample).
    Source: Jensen, J. Acoust. Soc. Am. 89 (1991) 182 (linear model, first Born approximation).
    """

    def __init__(self, model: EchoModel, points_mm: FloatArray, grid: Grid) -> None:
        super().__init__(grid.shape, model.data_shape, in_grid=grid)
        self._model = model
        self._points = np.ascontiguousarray(points_mm, dtype=np.float64)
        self._elements = np.ascontiguousarray(model.elements.T, dtype=np.float64)
        self._transmits = np.ascontiguousarray(model.transmits, dtype=np.float64)
        self._cycles = model.demodulated_hz / model.sampling_hz

    def _spectrum(self, n: int) -> FloatArray:
        model = self._model
        shift = model.demodulated_hz
        frequencies = fft.fftfreq(n, 1 / model.sampling_hz)
        if shift:
            return pulse_spectrum(frequencies + shift, model.center_hz, model.bandwidth)
        return (
            pulse_spectrum(frequencies, model.center_hz, model.bandwidth, model.sampling_hz)
            + pulse_spectrum(-frequencies, model.center_hz, model.bandwidth, model.sampling_hz)
        ) / 2

    def _filtered(self, traces: Any, *, is_real: bool) -> Any:
        # The spectrum is real: filter and adjoint are one. Zeros behind the trace keep its end from its beginning.
        n = self.out_shape[-1]
        length = fft.next_fast_len(2 * n)
        spectrum = self._spectrum(length)
        out = fft.ifft(fft.fft(traces, length, axis=-1) * spectrum, axis=-1)[..., :n]
        return out.real if is_real else out

    def _forward(self, x: Any) -> Any:
        is_real = self._cycles == 0 and not np.iscomplexobj(x)
        values = np.ascontiguousarray(np.asarray(x).reshape(-1), dtype=np.complex128)
        traces: ComplexArray = np.zeros(self.out_shape[1:], dtype=np.complex128)
        spread_echoes(
            traces, values, self._points, self._elements, self._transmits, self._model.samples_per_mm, self._cycles
        )
        one = self._filtered(traces, is_real=is_real)
        kind = (
            np.result_type(np.asarray(x).dtype, np.float32)
            if is_real
            else np.result_type(np.asarray(x).dtype, np.complex64)
        )
        return np.broadcast_to(one, self.out_shape).astype(kind)

    def _adjoint(self, y: Any) -> Any:
        data = np.asarray(y).sum(axis=0)
        is_real = self._cycles == 0 and not np.iscomplexobj(data)
        traces = np.ascontiguousarray(self._filtered(data, is_real=False), dtype=np.complex128)
        values: ComplexArray = np.zeros(len(self._points), dtype=np.complex128)
        gather_echoes(
            values, traces, self._points, self._elements, self._transmits, self._model.samples_per_mm, self._cycles
        )
        image = values.reshape(self.in_shape)
        single = np.asarray(y).dtype in (np.float32, np.complex64)
        if is_real:
            return image.real.astype(np.float32 if single else np.float64)
        return image.astype(np.complex64 if single else np.complex128)
