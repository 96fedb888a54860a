"""What ultrasound must measure to be believed: points, places, speckle, contrast, and velocity."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.gates import Gate
from isocenter.core.geometry import as_direction, as_vector
from isocenter.core.grid import Grid
from isocenter.modalities.ultrasound import doppler
from isocenter.modalities.ultrasound.acquisition import Acquisition
from isocenter.modalities.ultrasound.beamforming import pictures
from isocenter.modalities.ultrasound.measurement import Measurement
from isocenter.modalities.ultrasound.probe import linear_probe
from isocenter.modalities.ultrasound.simulation import Reflectors, echoes
from isocenter.modalities.ultrasound.sound_speed import at_speed, estimated_sound_speed_m_s
from isocenter.modalities.ultrasound.transmits import plane_wave

_PICMUS = "Liebgott et al., IEEE Ultrason. Symp. 2016 (PICMUS); half power of a sinc and of its square"
_F_NUMBER = 1.75
_SPEED = 1540.0
_KASAI = "Kasai et al. 1985; the phase of a moving echo"


def picmus(n_waves: int) -> Acquisition:
    """Return the PICMUS probe with plane waves from -16 to 16 degrees, as a scan without loss or directivity."""
    angles = np.linspace(-16, 16, n_waves) if n_waves > 1 else np.zeros(1)
    return Acquisition(
        elements=linear_probe(128, 0.3),
        transmits=np.stack([plane_wave(angle) for angle in angles]),
        center_hz=5.208e6,
        bandwidth=0.67,
        sampling_hz=4 * 5.208e6,
        n_samples=1200,
        sound_speed_m_s=_SPEED,
        far_mm=42.0,
        element_width_mm=0.0,
    )


def _points(places_mm: FloatArray) -> Reflectors:
    n = len(places_mm)
    return Reflectors(np.asarray(places_mm, dtype=float), np.ones(n), np.zeros(n))


def _window(acquisition: Acquisition, x_mm: float, z_mm: float, size_mm: tuple[float, float], step_mm: float) -> Grid:
    """Return a small plane (depth, width) around a place before the probe."""
    shape = tuple(round(s / step_mm) + 1 for s in size_mm)
    x, y, z = acquisition.direction.T
    axes = np.stack([x, z, -y], axis=1)
    center = acquisition.origin_mm + acquisition.direction @ np.array([x_mm, 0.0, z_mm])
    return Grid(shape, (step_mm, step_mm), center_mm=as_vector(center), direction=as_direction(axes))


def half_width_mm(profile: FloatArray, step_mm: float) -> float:
    """Return the width at half the largest value of a profile that has one peak, by linear interpolation."""
    top = int(profile.argmax())
    half = profile[top] / 2
    left = top - int(np.argmax(profile[top::-1] < half))
    right = top + int(np.argmax(profile[top:] < half))
    start = left + (half - profile[left]) / (profile[left + 1] - profile[left])
    end = right - (half - profile[right]) / (profile[right - 1] - profile[right])
    return float((end - start) * step_mm)


@cache
def _point_width_mm(n_waves: int) -> float:
    """Return the lateral width at -6 dB of a point 30 mm deep, by delay and sum with equal weights."""
    scan = picmus(n_waves)
    traces = echoes(_points(np.array([[0.0, 0.0, 30.0]])), scan)[np.newaxis]
    grid = _window(scan, 0.0, 30.0, (0.6, 3.0), 0.02)
    envelope = np.abs(pictures(scan, traces, grid, f_number=_F_NUMBER, window="boxcar")[0])
    row, _ = np.unravel_index(envelope.argmax(), envelope.shape)
    return half_width_mm(envelope[row], 0.02)


def _width_over_formula(n_waves: int) -> float:
    """Return the width of a point over 1.207 lambda F (one wave) or 0.886 lambda F (angles as wide as the aperture)."""
    factor = 1.207 if n_waves == 1 else 0.886
    return _point_width_mm(n_waves) / (factor * picmus(1).wavelength_mm * _F_NUMBER)


@cache
def _farthest_wavelengths() -> float:
    """Return how far the brightest sample around any of many points lies from the truth, in wavelengths."""
    scan = picmus(5)
    places = np.array([[x, 0.0, z] for z in (12.0, 20.0, 28.0, 36.0) for x in (-12.0, -4.0, 0.0, 7.0, 14.0)])
    traces = echoes(_points(places), scan)[np.newaxis]
    worst = 0.0
    for x, _, z in places:
        grid = _window(scan, float(x), float(z), (1.6, 1.6), 0.05)
        envelope = np.abs(pictures(scan, traces, grid, f_number=_F_NUMBER, window="tukey")[0])
        row, column = np.unravel_index(envelope.argmax(), envelope.shape)
        miss = np.hypot(row - (grid.shape[0] - 1) / 2, column - (grid.shape[1] - 1) / 2) * 0.05
        worst = max(worst, float(miss) / scan.wavelength_mm)
    return worst


@cache
def _speckle() -> FloatArray:
    """Return the envelope of tissue without structure, samples a resolution cell or more apart."""
    scan = replace(picmus(3), far_mm=32.0, n_samples=1000)
    rng = np.random.default_rng(4)
    n_points = 40_000
    places = np.column_stack([rng.uniform(-10, 10, n_points), np.zeros(n_points), rng.uniform(14, 30, n_points)])
    traces = echoes(Reflectors(places, rng.choice([-1.0, 1.0], n_points), np.zeros(n_points)), scan)[np.newaxis]
    grid = _window(scan, 0.0, 22.0, (14.0, 17.0), 0.1)
    envelope: FloatArray = np.abs(pictures(scan, traces, grid, f_number=_F_NUMBER, window="tukey")[0])
    # Spreading weakens what is deep: every row is seen beside the smooth course of all.
    power = (envelope**2).mean(axis=1)
    depth = np.linspace(-1, 1, len(power))
    smooth: FloatArray = np.exp(np.polyval(np.polyfit(depth, np.log(power), 2), depth) / 2)
    return envelope / smooth[:, np.newaxis]


def _speckle_snr() -> float:
    envelope = _speckle()
    return float(envelope.mean() / envelope.std())


def _speckle_ks() -> float:
    """Return the largest distance of the distribution from Rayleigh's over the 5 % bound for independent samples."""
    samples = np.sort(_speckle()[::4, ::9].ravel())
    scale = np.sqrt((samples**2).mean() / 2)
    rayleigh = 1 - np.exp(-(samples**2) / (2 * scale**2))
    n = len(samples)
    steps = np.arange(n + 1) / n
    distance = max(float((steps[1:] - rayleigh).max()), float((rayleigh - steps[:-1]).max()))
    return distance * float(np.sqrt(n)) / 1.358


@cache
def _cyst() -> tuple[FloatArray, FloatArray]:
    """Return the envelope inside of a hole without echoes and beside it, at one depth."""
    scan = replace(picmus(11), far_mm=32.0, n_samples=1000)
    rng = np.random.default_rng(5)
    n_points = 20_000
    places = np.column_stack([rng.uniform(-10, 10, n_points), np.zeros(n_points), rng.uniform(14, 28, n_points)])
    strengths = rng.choice([-1.0, 1.0], n_points) * (np.hypot(places[:, 0], places[:, 2] - 21) > 4)
    traces = echoes(Reflectors(places, strengths, np.zeros(n_points)), scan)[np.newaxis]
    grid = _window(scan, 0.0, 21.0, (4.0, 16.0), 0.1)
    envelope = np.abs(pictures(scan, traces, grid, f_number=_F_NUMBER, window="hann")[0])
    x = (np.arange(grid.shape[1]) - (grid.shape[1] - 1) / 2) * 0.1
    return envelope[:, np.abs(x) < 2.5].ravel(), envelope[:, np.abs(x) > 5.5].ravel()


def overlap_free(inside: FloatArray, outside: FloatArray, n_bins: int = 256) -> float:
    """Return the generalised contrast-to-noise ratio: 1 less the common area of two histograms.

    Source: Rodriguez-Molares et al., IEEE Trans. Ultrason. Ferroelectr. Freq. Control 67 (2020) 745.
    """
    edges = np.quantile(np.concatenate([inside, outside]), np.linspace(0, 1, n_bins + 1))
    edges[0], edges[-1] = 0.0, np.inf
    first = np.histogram(inside, edges)[0] / inside.size
    second = np.histogram(outside, edges)[0] / outside.size
    return float(1 - np.minimum(first, second).sum())


def _series(velocity_m_s: float, noise: float, n_series: int, n_frames: int = 32) -> ComplexArray:
    """Return the echo (frame, series) of a reflector at 5 MHz and 4 kHz that comes closer at a velocity."""
    rng = np.random.default_rng(6)
    cycles = 2 * velocity_m_s * 5e6 / _SPEED / 4e3
    moving = np.exp(2j * np.pi * cycles * np.arange(n_frames))[:, np.newaxis] * np.ones(n_series)
    chance = rng.standard_normal(moving.shape) + 1j * rng.standard_normal(moving.shape)
    out: ComplexArray = moving + noise / np.sqrt(2) * chance
    return out


def _kasai(velocity_m_s: float, noise: float, n_series: int) -> FloatArray:
    return doppler.colour_velocity(
        _series(velocity_m_s, noise, n_series), prf_hz=4e3, center_hz=5e6, sound_speed_m_s=_SPEED
    )


def _kasai_bias_m_s() -> float:
    return float(np.abs([_kasai(v, 0.1, 4000).mean() - v for v in (-0.25, -0.1, 0.0, 0.05, 0.2)]).max())


def _kasai_spread() -> float:
    """Return the spread of velocity over that of the lag-1 phase.

    With noise of variance s in each part, neighbours' noise cancels but at the ends: 2 s / (N - 1)^2; products of
    noise add 2 s^2 / (N - 1).
    """
    n_frames, part = 32, 0.1**2 / 2
    phase = np.sqrt(2 * part / (n_frames - 1) ** 2 + 2 * part**2 / (n_frames - 1))
    speed = doppler.nyquist_m_s(prf_hz=4e3, center_hz=5e6, sound_speed_m_s=_SPEED)
    return float(_kasai(0.1, 0.1, 20_000).std() / (speed * phase / np.pi))


@cache
def _moving_block_m_s() -> float:
    """Return the velocity seen in tissue that comes closer at 0.1 m/s, from traces to the correlation of pictures."""
    scan = replace(picmus(1), n_frames=4, frame_hz=4e3, far_mm=28.0, n_samples=900)
    rng = np.random.default_rng(7)
    places = np.column_stack([rng.uniform(-6, 6, 4000), np.zeros(4000), rng.uniform(18, 26, 4000)])
    strengths = rng.choice([-1.0, 1.0], 4000)
    frames = []
    for index in range(scan.n_frames):
        moved = places - np.array([0.0, 0.0, 0.1e3 * index / scan.frame_hz])
        frames.append(echoes(Reflectors(moved, strengths, np.zeros(4000)), scan))
    grid = _window(scan, 0.0, 22.0, (4.0, 6.0), 0.1)
    # A narrow aperture: from the side, motion looks slower.
    seen = pictures(scan, np.stack(frames), grid, f_number=6.0, window="tukey")
    speed = doppler.nyquist_m_s(prf_hz=scan.frame_hz, center_hz=scan.center_hz, sound_speed_m_s=_SPEED)
    return float(np.angle(doppler.autocorrelation(seen).sum()) / np.pi * speed)


@cache
def _disc() -> tuple[float, float]:
    """Return slope over truth and R2 of velocities in a disc that turns, against the place across the beam.

    Where a disc turns by w radians a second, tissue comes closer by w (x - middle), whatever its depth.
    """
    turns_rad_s, radius = 40.0, 6.0
    scan = replace(picmus(1), n_frames=12, frame_hz=4e3, far_mm=30.0, n_samples=900)
    rng = np.random.default_rng(8)
    far, around = radius * np.sqrt(rng.uniform(0, 1, 6000)), rng.uniform(0, 2 * np.pi, 6000)
    strengths, frames = rng.choice([-1.0, 1.0], 6000), []
    for index in range(scan.n_frames):
        angle = around - turns_rad_s * index / scan.frame_hz
        places = np.column_stack([far * np.cos(angle), np.zeros(6000), 22 + far * np.sin(angle)])
        frames.append(echoes(Reflectors(places, strengths, np.zeros(6000)), scan))
    grid = _window(scan, 0.0, 22.0, (8.0, 8.0), 0.1)
    # As many elements on both sides, and few: from the side, motion across counts, too.
    seen = pictures(scan, np.stack(frames), grid, f_number=4.0, window="tukey")
    velocity = doppler.colour_velocity(
        seen, prf_hz=scan.frame_hz, center_hz=scan.center_hz, sound_speed_m_s=_SPEED, smoothing=11
    )
    x = (np.arange(grid.shape[1]) - (grid.shape[1] - 1) / 2) * 0.1
    across = np.broadcast_to(x, velocity.shape)
    inside = np.hypot(x[np.newaxis], x[:, np.newaxis]) < 4.0
    slope, start = np.polyfit(across[inside], velocity[inside], 1)
    left = velocity[inside] - slope * across[inside] - start
    return float(slope * 1e3 / turns_rad_s), float(1 - left.var() / velocity[inside].var())


@cache
def _sound_speed_error_m_s() -> float:
    """Return how far the speed of sound found in speckle lies from the truth, at worst, where 1540 m/s was assumed."""
    scan = replace(picmus(3), n_samples=900, near_mm=8.0, far_mm=28.0, pixel_mm=0.3)
    rng, worst = np.random.default_rng(9), 0.0
    places = np.column_stack([rng.uniform(-14, 14, 2000), np.zeros(2000), rng.uniform(7, 28, 2000)])
    strengths = rng.choice([-1.0, 1.0], 2000)
    for truth in (1460.0, 1590.0):
        traces = echoes(Reflectors(places, strengths, np.zeros(2000)), at_speed(scan, truth))
        found = estimated_sound_speed_m_s(Measurement(scan, traces[np.newaxis].astype(np.float32)))
        worst = max(worst, abs(found - truth))
    return worst


GATES: tuple[Gate, ...] = (
    *(
        Gate(
            f"point-width-{n}",
            f"-6 dB width of a point over {factor} lambda F, {n} plane wave{'s' if n > 1 else ''}",
            1.0,
            0.05,
            "1",
            _PICMUS,
            partial(_width_over_formula, n),
        )
        for n, factor in ((1, 1.207), (75, 0.886))
    ),
    Gate(
        "point-place",
        "distance of the brightest sample from any of 20 points, in wavelengths",
        1.0,
        0.0,
        "1",
        "PICMUS: every scatterer within one wavelength",
        _farthest_wavelengths,
        rule="at_most",
    ),
    Gate("speckle-snr", "mean over standard deviation of speckle", 1.91, 0.05, "1", "Burckhardt 1978", _speckle_snr),
    Gate(
        "speckle-rayleigh",
        "Kolmogorov-Smirnov distance of speckle from Rayleigh's distribution over its 5 % bound",
        1.0,
        0.0,
        "1",
        "Burckhardt, IEEE Trans. Sonics Ultrason. 25 (1978) 1",
        _speckle_ks,
        rule="at_most",
    ),
    Gate(
        "cyst-gcnr",
        "generalised contrast-to-noise ratio of a hole without echoes, 11 plane waves",
        0.95,
        0.0,
        "1",
        "Rodriguez-Molares et al. 2020 (1 is the most)",
        lambda: overlap_free(*_cyst()),
        rule="at_least",
    ),
    Gate("kasai-bias", "largest bias of velocity at 20 dB", 1e-4, 0.0, "m/s", _KASAI, _kasai_bias_m_s, rule="at_most"),
    Gate(
        "kasai-spread",
        "spread of velocity at 20 dB, 32 frames, over its closed form",
        1.0,
        0.03,
        "1",
        "variance of the lag-1 phase of a constant in white noise",
        _kasai_spread,
    ),
    Gate(
        "moving-tissue",
        "velocity of tissue that comes closer at 0.1 m/s, from traces",
        0.1,
        0.002,
        "m/s",
        _KASAI,
        _moving_block_m_s,
    ),
    Gate(
        "turning-disc",
        "R2 of velocities in a disc that turns, from traces, against the place across the beam",
        0.99,
        0.0,
        "1",
        "v = w x; Garcia, MUST (2021), has a real one",
        lambda: _disc()[1],
        rule="at_least",
    ),
    Gate(
        "sound-speed",
        "error of the speed of sound that is found in speckle",
        5.0,
        0.0,
        "m/s",
        "truth of the simulation, 1460 and 1590 m/s",
        _sound_speed_error_m_s,
        rule="at_most",
    ),
    Gate("turning-disc-speed", "its speed over the truth", 1.0, 0.02, "1", "v = w x", lambda: _disc()[0]),
)
