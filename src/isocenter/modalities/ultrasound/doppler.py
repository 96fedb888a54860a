"""Motion from the phase of complex pictures: colour, power and spectral Doppler, clutter filters, vector flow.

Frames are complex pictures (frame, ...) at a pulse repetition frequency. Velocities are positive towards the probe.

Source: Kasai et al., IEEE Trans. Sonics Ultrason. 32 (1985) 458; Loupas et al., IEEE Trans. Ultrason. Ferroelectr.
Freq. Control 42 (1995) 672; Demene et al., IEEE Trans. Med. Imaging 34 (2015) 2271 (SVD filter).
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage, signal

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import OptionError


def nyquist_m_s(*, prf_hz: float, center_hz: float, sound_speed_m_s: float) -> float:
    """Return the fastest velocity along the beam that is not folded: c PRF / (4 f0)."""
    return sound_speed_m_s * prf_hz / (4 * center_hz)


def autocorrelation(frames: ComplexArray, *, lag: int = 1) -> ComplexArray:
    """Return the mean over time of each frame times the conjugate of the one `lag` before.

    Raises `OptionError` if there are not enough frames.
    """
    _require_frames(frames, lag + 1)
    product: ComplexArray = (frames[lag:] * frames[:-lag].conj()).mean(axis=0)
    return product


def colour_velocity(
    frames: ComplexArray, *, prf_hz: float, center_hz: float, sound_speed_m_s: float, smoothing: int = 1
) -> FloatArray:
    """Return the velocity along the beam in m/s, v = c PRF arg R(1) / (4 pi f0); folded at `nyquist_m_s`.

    R is averaged over `smoothing` x `smoothing` samples. A reflector that comes closer has a phase that grows: its
    echo comes earlier, and the picture's phase at a place is that of the pulse there.
    """
    correlation = _smoothed(autocorrelation(frames), smoothing)
    speed = nyquist_m_s(prf_hz=prf_hz, center_hz=center_hz, sound_speed_m_s=sound_speed_m_s)
    velocity: FloatArray = speed * np.angle(correlation) / np.pi
    return velocity


def doppler_power(frames: ComplexArray) -> FloatArray:
    """Return the mean squared magnitude over time."""
    power: FloatArray = (np.abs(frames) ** 2).mean(axis=0)
    return power


def doppler_variance(frames: ComplexArray) -> FloatArray:
    """Return 1 - |R(1)| / R(0), 0 for one velocity, 1 for turbulence or noise."""
    variance: FloatArray = 1 - np.abs(autocorrelation(frames)) / np.maximum(doppler_power(frames), 1e-30)
    return variance


def highpass_filtered(frames: ComplexArray, *, cutoff_hz: float, prf_hz: float, n_taps: int = 0) -> ComplexArray:
    """Return frames without slow motion, by a linear-phase FIR filter (the ends, where it does not fit, are left out).

    `n_taps` is odd; 0 takes a third of the frames. Raises `OptionError` for a filter that does not fit.
    """
    length = n_taps or max(3, len(frames) // 3 // 2 * 2 + 1)
    if length % 2 == 0 or length >= len(frames) or not 0 < cutoff_hz < prf_hz / 2:
        raise OptionError(
            "The filter does not fit the frames.",
            field="n_taps, cutoff_hz",
            found=f"{length} taps, {cutoff_hz:g} Hz for {len(frames)} frames at {prf_hz:g} Hz",
            expected=f"an odd number of taps below {len(frames)}, a cut-off below {prf_hz / 2:g} Hz",
        )
    taps = signal.firwin(length, cutoff_hz, pass_zero=False, fs=prf_hz)
    taps[length // 2] -= taps.sum()  # nothing of what stands still may pass
    out: ComplexArray = signal.fftconvolve(frames, taps.reshape(-1, *(1,) * (frames.ndim - 1)), mode="valid", axes=0)
    return out.astype(frames.dtype)


def polynomial_filtered(frames: ComplexArray, *, order: int = 1) -> ComplexArray:
    """Return frames less their least-squares polynomial in time of an order.

    Source: Hoeks et al., Ultrasound Med. Biol. 17 (1991) 321 (regression filter).
    """
    _require_frames(frames, order + 2)
    times = np.linspace(-1, 1, len(frames))
    basis, _ = np.linalg.qr(np.vander(times, order + 1))
    flat = frames.reshape(len(frames), -1)
    out: ComplexArray = (flat - basis @ (basis.T @ flat)).reshape(frames.shape).astype(frames.dtype)
    return out


def svd_filtered(frames: ComplexArray, *, n_removed: int, n_noise: int = 0) -> ComplexArray:
    """Return frames without their `n_removed` strongest singular components (tissue) and `n_noise` weakest (noise)."""
    _require_frames(frames, n_removed + n_noise + 1)
    flat = frames.reshape(len(frames), -1)
    # Frames are few and samples many: the small side's eigenvectors are the temporal singular vectors.
    _, vectors = np.linalg.eigh((flat @ flat.conj().T).astype(np.complex128))
    kept = vectors[:, n_noise : len(frames) - n_removed]
    out: ComplexArray = (kept @ (kept.conj().T @ flat)).reshape(frames.shape).astype(frames.dtype)
    return out


def unfolded(velocity: FloatArray, nyquist: float, *, axis: int = -1) -> FloatArray:
    """Return velocities whose jumps of more than `nyquist` along an axis are taken for folding and undone."""
    out: FloatArray = np.unwrap(velocity, period=2 * nyquist, axis=axis)
    return out


def spectrogram(
    series: ComplexArray,
    *,
    prf_hz: float,
    center_hz: float,
    sound_speed_m_s: float,
    n_window: int = 64,
    n_step: int = 8,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the spectral Doppler of one sample volume's complex series.

    Power (velocity, time), the velocities in m/s from minus to plus the Nyquist velocity, and the times in s of the
    middles of the windows (Hann). Raises `OptionError` if the series is shorter than a window.
    """
    _require_frames(series, n_window)
    starts = np.arange(0, len(series) - n_window + 1, n_step)
    window = signal.get_window("hann", n_window)
    parts = series[starts[:, np.newaxis] + np.arange(n_window)] * window
    power = np.abs(np.fft.fftshift(np.fft.fft(parts, axis=1), axes=1)).T ** 2
    speed = nyquist_m_s(prf_hz=prf_hz, center_hz=center_hz, sound_speed_m_s=sound_speed_m_s)
    velocities = np.fft.fftshift(np.fft.fftfreq(n_window)) * 2 * speed
    return power, velocities, (starts + (n_window - 1) / 2) / prf_hz


def flow_vectors(velocities: FloatArray, send_deg: FloatArray, listen_deg: FloatArray) -> FloatArray:
    """Return the velocity (2, ...) across (+x) and into the depth (+z) from those seen along several directions.

    `velocities` (look, ...) are half the sum of those along the sending and listening directions, positive towards the
    probe, which stand at the angles (look,) from the depth, positive to +x. Least squares.

    Raises
    ------
    OptionError
        If the directions are fewer than two or lie on each other.

    Notes
    -----
    Source: Jensen et al., IEEE Trans. Ultrason. Ferroelectr. Freq. Control 63 (2016) 1704 (cross-beam vector flow).
    """
    send, listen = np.radians(np.asarray(send_deg, dtype=float)), np.radians(np.asarray(listen_deg, dtype=float))
    looks = -np.stack([np.sin(send) + np.sin(listen), np.cos(send) + np.cos(listen)], axis=1) / 2
    if len(looks) < 2 or np.linalg.cond(looks) > 1e6:
        raise OptionError(
            "Flow in a plane needs two directions of looking.",
            field="send_deg, listen_deg",
            found=(send_deg, listen_deg),
        )
    flat = np.asarray(velocities).reshape(len(looks), -1)
    vectors: FloatArray = (np.linalg.pinv(looks) @ flat).reshape(2, *np.shape(velocities)[1:])
    return vectors


def _smoothed(correlation: ComplexArray, n: int) -> ComplexArray:
    if n <= 1:
        return correlation
    size = (1,) * (correlation.ndim - 2) + (n, n)
    out: ComplexArray = ndimage.uniform_filter(correlation.real, size) + 1j * ndimage.uniform_filter(
        correlation.imag, size
    )
    return out


def _require_frames(frames: ComplexArray, least: int) -> None:
    if len(frames) < least:
        raise OptionError(
            "There are not enough frames.", field="frames", found=len(frames), expected=f"at least {least}"
        )
