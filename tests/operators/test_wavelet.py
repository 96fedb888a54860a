"""The wavelet transform is PyWavelets', and orthonormal."""

import numpy as np
import pytest
import pywt

from isocenter.core.errors import OptionError, ShapeError
from isocenter.kernels import wavelet_steps
from isocenter.operators.wavelet import FILTERS, WaveletOperator


@pytest.mark.parametrize("wavelet", FILTERS)
def test_filters_are_those_of_pywavelets(wavelet: str) -> None:
    assert FILTERS[wavelet] == pytest.approx(pywt.Wavelet(wavelet).rec_lo, abs=1e-15)


@pytest.mark.parametrize("wavelet", FILTERS)
def test_coefficients_have_the_magnitudes_of_pywavelets(wavelet: str, rng: np.random.Generator) -> None:
    image = rng.standard_normal((32, 64))
    # PyWavelets centres the longer filters one sample later; a periodic image can be rolled to meet it.
    rolled = image if wavelet == "haar" else np.roll(image, (1, 1), axis=(0, 1))
    ours = WaveletOperator(image.shape, wavelet=wavelet, n_levels=1)(rolled)
    theirs = pywt.wavedecn(image, wavelet, mode="periodization", level=1)
    for band, expected in ((ours[:16, :32], theirs[0]), (ours[16:, 32:], theirs[1]["dd"])):
        assert np.sort(np.abs(band).ravel()) == pytest.approx(np.sort(np.abs(expected).ravel()), abs=1e-12)


@pytest.mark.parametrize("wavelet", FILTERS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5), (np.complex128, 1e-12)])
def test_the_adjoint_is_the_inverse(wavelet: str, dtype: type, tolerance: float, rng: np.random.Generator) -> None:
    W = WaveletOperator((3, 16, 32), wavelet=wavelet, n_levels=3, n_axes=2)
    assert W.check(rng, dtype=dtype) <= tolerance
    x = rng.standard_normal(W.in_shape).astype(dtype)
    assert W.adjoint(W(x)) == pytest.approx(x, abs=10 * tolerance)
    assert W(x).dtype == dtype


@pytest.mark.parametrize("wavelet", FILTERS)
@pytest.mark.parametrize(("n", "inner"), [(8, 1), (8, 3), (16, 4), (12, 11), (2, 1), (2, 9)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.complex64, 1e-6), (np.float64, 1e-14)])
def test_compiled_steps_are_the_sums_over_taps(
    wavelet: str, n: int, inner: int, dtype: type, tolerance: float, rng: np.random.Generator
) -> None:
    values = rng.standard_normal((3, n, inner)) + 1j * rng.standard_normal((3, n, inner))
    x = (values if np.dtype(dtype).kind == "c" else values.real).astype(dtype)
    low = FILTERS[wavelet]
    high = tuple((-1) ** k * tap for k, tap in enumerate(reversed(low)))
    bands = [sum(tap * np.roll(x, -k, axis=1)[:, ::2] for k, tap in enumerate(taps)) for taps in (low, high)]
    found = wavelet_steps.analyse(x, low, high)
    assert found == pytest.approx(np.concatenate(bands, axis=1), abs=10 * tolerance)
    assert wavelet_steps.synthesise(found, low, high) == pytest.approx(x, abs=10 * tolerance)


def test_what_cannot_be_halved_is_refused() -> None:
    with pytest.raises(ShapeError, match="halved"):
        WaveletOperator((12, 16), n_levels=3)
    with pytest.raises(OptionError, match="haar"):
        WaveletOperator((16, 16), wavelet="coif1")
