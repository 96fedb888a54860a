"""Signals and maps against closed forms: echo trains, steady states, water and fat, susceptibility, flow, EPI."""

import numpy as np
import pytest

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import DataError, OptionError, ShapeError
from isocenter.kernels import fourier
from isocenter.modalities.mri import bloch, epi, flow, phase_graphs, susceptibility, water_fat
from isocenter.modalities.mri.gates_contrast import sphere_field

T1_S, T2_S = 1.0, 0.08


def test_full_refocusing_decays_with_t2_alone() -> None:
    echoes = phase_graphs.echo_train(np.full(8, np.pi), 0.01, T1_S, T2_S)
    assert np.abs(echoes) == pytest.approx(np.exp(-0.01 * np.arange(1, 9) / T2_S))


@pytest.mark.parametrize("flip_deg", [180.0, 120.0, 60.0])
def test_echo_trains_are_those_of_isochromats(flip_deg: float) -> None:
    flips = np.deg2rad(np.linspace(flip_deg, 0.8 * flip_deg, 20))
    graph = phase_graphs.echo_train(flips, 0.009, T1_S, T2_S)
    assert graph == pytest.approx(bloch.echo_train(flips, 0.009, T1_S, T2_S), abs=1e-12)


def test_rf_spoiling_comes_near_to_the_ernst_formula() -> None:
    flip, repetition_s = np.deg2rad(15.0), 0.01
    signals = np.abs(phase_graphs.spoiled_train(flip, 600, repetition_s, T1_S, T2_S, n_orders=200))
    recovery = np.exp(-repetition_s / T1_S)
    ernst = np.sin(flip) * (1 - recovery) / (1 - np.cos(flip) * recovery)
    assert signals[0] == pytest.approx(np.sin(flip))
    assert signals[-50:].mean() == pytest.approx(ernst, rel=0.05)


@pytest.mark.parametrize("turns", [0.0, 0.3, 0.5])
def test_balanced_ssfp_is_freeman_and_hills_formula(turns: float) -> None:
    flip, repetition_s = np.deg2rad(40.0), 0.005
    found = bloch.steady_state(flip, turns, repetition_s, T1_S, T2_S)
    e1, e2 = np.exp(-repetition_s / T1_S), np.exp(-repetition_s / T2_S)
    angle = 2 * np.pi * turns
    # Freeman and Hill, J. Magn. Reson. 4 (1971) 366-383.
    bottom = (1 - e1 * np.cos(flip)) * (1 - e2 * np.cos(angle)) - e2 * (e1 - np.cos(flip)) * (e2 - np.cos(angle))
    size = (1 - e1) * np.sin(flip) * np.sqrt(1 - 2 * e2 * np.cos(angle) + e2**2) / bottom
    assert np.hypot(found[0], found[1]) == pytest.approx(abs(size), rel=1e-9)


def dixon_scene() -> tuple[FloatArray, ComplexArray, FloatArray, FloatArray, FloatArray]:
    y, x = np.mgrid[-1:1:40j, -1:1:40j]
    body = np.hypot(y, x) < 0.9
    fraction = np.where(x > 0.2, 0.9, np.where(y > 0.1, 0.1, 0.45))
    field_hz = 90 * x + 60 * y**2 - 20
    r2star = np.where(y > 0, 30.0, 80.0)
    times_s = 1.2e-3 + 0.9e-3 * np.arange(6)
    fat = water_fat.fat_signal(times_s, 3.0)[:, None, None]
    signal = ((1 - fraction) + fraction * fat) * np.exp(0.4j)
    rate = (2j * np.pi * field_hz - r2star) * times_s[:, None, None]
    return times_s, signal * np.exp(rate) * body, fraction, field_hz, r2star


def test_water_and_fat_come_apart_with_field_and_decay() -> None:
    times_s, images, fraction, field_hz, r2star = dixon_scene()
    body = np.abs(images[0]) > 0
    found = water_fat.separate(images, times_s, 3.0)
    assert found.fat_fraction[body] == pytest.approx(fraction[body], abs=1e-4)
    assert found.field_hz[body] == pytest.approx(field_hz[body], abs=0.05)
    assert found.r2star_per_s[body] == pytest.approx(r2star[body], abs=0.5)
    assert np.angle(found.water[body]) == pytest.approx(0.4, abs=1e-3)


def test_noise_exchanges_no_water_and_fat(rng: np.random.Generator) -> None:
    times_s, images, fraction, _, _ = dixon_scene()
    body = np.abs(images[0]) > 0
    noise = rng.standard_normal(images.shape) + 1j * rng.standard_normal(images.shape)
    found = water_fat.separate(images + 0.01 * noise, times_s, 3.0)
    assert np.abs(found.fat_fraction - fraction)[body].max() < 0.35  # an exchange would be 0.8
    assert np.abs(found.fat_fraction - fraction)[body].mean() < 0.03


def test_fat_has_six_peaks_that_add_up_to_one() -> None:
    assert water_fat.fat_signal(np.zeros(1), 3.0) == pytest.approx(1.0)
    assert sum(water_fat.FAT_PARTS) == pytest.approx(1.0, abs=2e-3)


def test_two_echoes_and_other_times_are_refused() -> None:
    times_s, images, *_ = dixon_scene()
    with pytest.raises(OptionError, match="three echoes"):
        water_fat.separate(images[:2], times_s[:2], 3.0)
    with pytest.raises(ShapeError, match="time"):
        water_fat.separate(images, times_s[:4], 3.0)
    with pytest.raises(DataError, match="not numbers"):
        water_fat.separate(images * np.nan, times_s, 3.0)


N = 48
DIPOLE = susceptibility.DipoleOperator((N, N, N), (1.0, 1.0, 1.0))


def sphere(radius: float, chi: float) -> tuple[FloatArray, FloatArray]:
    """Return the map of a sphere with soft edges (by oversampling) and its field in closed form."""
    index = np.arange(N) - N // 2
    shifts = (np.arange(4) - 1.5) / 4
    chi_map = np.zeros((N, N, N))
    for dz, dy, dx in np.ndindex(4, 4, 4):
        offsets = (shifts[dz], shifts[dy], shifts[dx])
        z, y, x = np.meshgrid(*(index + o for o in offsets), indexing="ij")
        chi_map += (z**2 + y**2 + x**2 < radius**2) / 64
    return chi * chi_map, sphere_field(N, radius, chi)


def test_the_field_of_a_sphere_is_its_closed_form() -> None:
    chi, field = sphere(6.0, 1.0)
    z, y, x = np.indices((N, N, N)) - N // 2
    distance = np.sqrt(z**2 + y**2 + x**2)
    near = (distance > 8) & (distance < 14)
    found = DIPOLE(chi)
    assert np.linalg.norm((found - field)[near]) < 0.05 * np.linalg.norm(field[near])
    assert np.abs(found[distance < 4]).max() < 0.02
    assert DIPOLE.check(np.random.default_rng(0)) < 1e-12


def test_the_susceptibility_of_a_sphere_comes_back() -> None:
    chi, field = sphere(6.0, 0.5)
    inside = chi > 0.49
    outside = chi == 0
    truncated = susceptibility.truncated_inversion(field, DIPOLE)
    assert (truncated[inside].mean() - truncated[outside].mean()) == pytest.approx(0.5, rel=0.1)
    regular = susceptibility.regularised_inversion(field, np.ones_like(field), DIPOLE, n_iterations=150)
    assert (regular[inside].mean() - regular[outside].mean()) == pytest.approx(0.5, rel=0.05)
    with pytest.raises(OptionError, match="threshold"):
        susceptibility.truncated_inversion(field, DIPOLE, threshold=0.0)


def test_sources_outside_of_the_mask_leave_no_field_within() -> None:
    z, y, x = np.indices((N, N, N)) - N // 2
    mask = np.sqrt(z**2 + y**2 + x**2) < 14
    source = np.zeros((N, N, N))
    source[N // 2 + 18, N // 2, N // 2] = 30.0
    inner = np.zeros((N, N, N))
    inner[N // 2 - 2 : N // 2 + 2, N // 2 - 2 : N // 2 + 2, N // 2 - 2 : N // 2 + 2] = 0.2
    background, local = DIPOLE(source), DIPOLE(inner)
    found = susceptibility.without_background(background + local, mask, DIPOLE)
    core = np.sqrt(z**2 + y**2 + x**2) < 10
    assert np.linalg.norm((found - local)[core]) < 0.2 * np.linalg.norm(local[core])
    assert np.linalg.norm(background[core]) > np.linalg.norm((found - local)[core])


def test_phase_is_unwrapped() -> None:
    z, y, x = np.mgrid[-1:1:32j, -1:1:36j, -1:1:40j]
    phase = 7 * np.exp(-4 * (x**2 + y**2 + z**2))
    found = susceptibility.unwrapped_laplacian(np.angle(np.exp(1j * phase)))
    difference = found - phase
    assert np.ptp(np.angle(np.exp(1j * phase)) - phase) > 6
    assert np.std(difference[3:-3, 3:-3, 3:-3]) < 0.1


def test_veins_are_dark_where_their_phase_is_negative() -> None:
    n = 128
    image = np.ones((n, n), dtype=complex)
    image[:, 60:62] *= np.exp(-0.5j * np.pi)
    image[:, 90:92] *= np.exp(0.5j * np.pi)
    found = susceptibility.weighted_magnitude(image, filter_width=16)
    assert found[64, 60] < 0.2
    assert found[64, 90] == pytest.approx(1.0)
    assert found[64, 20] == pytest.approx(1.0, abs=0.15)


def poiseuille(n: int = 64) -> tuple[FloatArray, FloatArray]:
    y, x = np.indices((n, n)) - (n - 1) / 2
    radius = np.hypot(y, x)
    return np.where(radius < 20, 0.8 * (1 - (radius / 20) ** 2), 0.0), radius


def test_flow_through_a_pipe_is_poiseuilles(rng: np.random.Generator) -> None:
    velocity, radius = poiseuille()
    maps = rng.standard_normal((4, 1, 1)) + 1j * rng.standard_normal((4, 1, 1))
    reference = maps * np.exp(0.2j * radius)
    encoded = reference * np.exp(1j * np.pi * velocity / 1.0)
    found = flow.velocity_m_s(encoded, reference, 1.0)
    assert found == pytest.approx(velocity, abs=1e-9)
    # Half the highest velocity times the area; pixels of 0.5 mm.
    expected_ml_s = np.pi * 10.0**2 * 0.4
    assert flow.flow_ml_s(found, radius < 20, 0.25) == pytest.approx(expected_ml_s, rel=0.005)
    with pytest.raises(OptionError, match="encoding velocity"):
        flow.velocity_m_s(encoded, reference, 0.0)


def test_background_and_folding_are_taken_out() -> None:
    velocity, radius = poiseuille()
    y, x = np.indices(velocity.shape)
    ramp = 0.01 + 0.001 * x - 0.0004 * y
    assert flow.without_background(velocity + ramp, radius > 24) == pytest.approx(velocity, abs=1e-9)
    with pytest.raises(DataError, match="static tissue"):
        flow.without_background(velocity, np.zeros_like(velocity, dtype=bool))
    pulse = 1.5 * np.sin(np.linspace(0, np.pi, 20))[:, None]
    folded = (pulse + 1) % 2 - 1
    assert flow.unfold(folded, 1.0) == pytest.approx(pulse)
    images = np.stack([np.ones((1, 3)), *(np.exp(1j * np.pi * v * np.ones((1, 3))) for v in (0.1, -0.2, 0.3))])
    assert flow.velocities_m_s(images, 1.0)[:, 0] == pytest.approx([0.1, -0.2, 0.3])


def test_samples_on_the_ramps_become_a_grid(rng: np.random.Generator) -> None:
    n_x, n_samples = 32, 80
    total = 2 * 100e-6 + 300e-6
    positions = epi.trapezoid_positions(
        n_samples, n_x, ramp_s=100e-6, flat_s=300e-6, delay_s=0.0, dwell_s=total / (n_samples - 1)
    )
    assert positions[[0, -1]] == pytest.approx([-n_x / 2, n_x / 2])
    assert np.diff(positions)[n_samples // 2] == pytest.approx(n_x / 400e-6 * total / (n_samples - 1))
    line = rng.standard_normal(n_x) + 1j * rng.standard_normal(n_x)
    index = np.arange(n_x) - n_x // 2
    samples = np.exp(-2j * np.pi * np.outer(positions, index) / n_x) @ line / n_x**0.5
    regridded = epi.regridding_matrix(positions, n_x) @ samples
    assert regridded == pytest.approx(fourier.fft(line, (0,)), abs=1e-8)
    with pytest.raises(DataError, match="do not determine"):
        epi.regridding_matrix(positions[::4], n_x)


def test_the_ghost_of_odd_lines_goes_away(rng: np.random.Generator) -> None:
    n = 48
    image = np.zeros((2, n, n), dtype=complex)
    image[:, 16:30, 10:34] = rng.uniform(0.5, 1, (2, 1, 1)) * np.exp(1j * rng.uniform(-1, 1, (2, 1, 1)))
    clean = fourier.fft(image, (-2, -1))
    is_odd = np.arange(n) % 2 == 1
    index = np.arange(n) - n // 2
    turn = np.exp(1j * (0.7 + 0.05 * index))
    hybrid = fourier.ifft(clean, (-1,))
    ghosted = fourier.fft(np.where(is_odd[:, None], hybrid * turn, hybrid), (-1,))
    line = fourier.ifft(clean[:, n // 2], (-1,))
    navigators = [fourier.fft(part, (-1,)) for part in (line, line * turn * np.exp(0.2j), line * np.exp(0.4j))]
    phase = epi.ghost_phase(*navigators)
    assert phase.constant_rad == pytest.approx(0.7)
    assert phase.slope_rad == pytest.approx(0.05)
    assert epi.without_ghost(ghosted, phase, is_odd) == pytest.approx(clean, abs=1e-9)
    ghost = np.abs(fourier.ifft(ghosted, (-2, -1)))[:, 40:]
    assert ghost.max() > 0.1
    with pytest.raises(DataError, match="zero"):
        epi.ghost_phase(0 * navigators[0], navigators[1])


def test_distortion_is_undone_by_the_field_map() -> None:
    n = 48
    y, x = (np.indices((n, n)) - n // 2) / n
    truth = np.where(np.maximum(np.abs(y), np.abs(x)) < 0.3, 1 + y + 0.5 * x, 0.0).astype(complex)
    field_hz = 40 * np.cos(4 * y) * np.cos(3 * x)
    times_s = (np.arange(n) - n // 2) * 0.6e-3
    index = np.arange(n) - n // 2
    wave = np.exp(-2j * np.pi * np.outer(index, index) / n) / n**0.5
    precession = np.exp(-2j * np.pi * times_s[:, None, None] * field_hz)
    hybrid = np.einsum("ky,kyx,yx->kx", wave, precession, truth)
    kspace = fourier.fft(hybrid, (-1,))
    blind = fourier.ifft(kspace, (-2, -1))
    found = epi.undistorted(kspace, field_hz, times_s, damping=1e-6)
    assert np.linalg.norm(found - truth) < 0.01 * np.linalg.norm(truth)
    assert np.linalg.norm(np.abs(blind) - truth) > 0.1 * np.linalg.norm(truth)
