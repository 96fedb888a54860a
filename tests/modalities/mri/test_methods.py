"""Each step from coils to an image against closed forms and definitions."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import DataError, IsocenterWarning, OptionError, ShapeError
from isocenter.kernels import fourier
from isocenter.modalities import mri
from isocenter.modalities.mri import coil_compression, grappa, multiband, partial_fourier, sense
from isocenter.modalities.mri.espirit import espirit
from isocenter.modalities.mri.geometry import closed_form_maps
from isocenter.modalities.mri.low_rank_sparse import low_rank_plus_sparse
from isocenter.modalities.mri.prewhitening import noise_covariance, prewhiten
from isocenter.operators.fourier import FourierOperator
from isocenter.operators.sampling import SamplingOperator
from isocenter.physics.bodies import BODIES

N = 96
SCAN = mri.Acquisition(
    n_coils=8,
    encoded_shape=(1, N, N),
    encoded_fov_mm=(5.0, 240.0, 240.0),
    center_mm=(0.0, 0.0, 8.0),
    field_t=1.5,
    repetition_time_s=4.0,
    echo_time_s=0.09,
    sequence="spin echo",
    coils=mri.CoilArray(8, 240.0),
)


@pytest.fixture(scope="module")
def kspace() -> ComplexArray:
    return mri.simulate(BODIES["head"](), SCAN, np.random.default_rng(0)).data


def images(kspace: ComplexArray) -> ComplexArray:
    return fourier.ifft(kspace, (-2, -1))


def rss(kspace: ComplexArray) -> FloatArray:
    return np.sqrt(np.sum(np.abs(images(kspace)) ** 2, axis=0))


def nrmse(found: ComplexArray | FloatArray, truth: ComplexArray | FloatArray) -> float:
    return float(np.linalg.norm(found - truth) / np.linalg.norm(truth))


def middle(kspace: ComplexArray, n: int = 24) -> ComplexArray:
    block = slice(N // 2 - n // 2, N // 2 + n // 2)
    return kspace[:, :, block, block]


def lines(step: int, n_calibration: int = 0, offset: int = 0) -> np.ndarray:
    sampled = np.zeros(N, dtype=bool)
    sampled[offset::step] = True
    sampled[N // 2 - n_calibration // 2 : N // 2 + n_calibration // 2] = True
    return sampled


def test_the_covariance_is_that_of_the_noise(rng: np.random.Generator) -> None:
    root = np.array([[1.0, 0, 0], [0.5, 2, 0], [0.3j, 0.2, 0.5]])
    white = (rng.standard_normal((3, 200_000)) + 1j * rng.standard_normal((3, 200_000))) / 2**0.5
    assert noise_covariance(root @ white) == pytest.approx(root @ root.conj().T, abs=0.02)


def test_noise_scans_that_cannot_be_used_are_refused(rng: np.random.Generator) -> None:
    noise = rng.standard_normal((4, 100)) + 1j * rng.standard_normal((4, 100))
    with pytest.raises(ShapeError, match="other coils"):
        prewhiten(np.zeros((3, 5), dtype=complex), noise)
    with pytest.raises(DataError, match="not connected"):
        prewhiten(np.zeros((4, 5), dtype=complex), noise * np.array([1, 1, 0, 1])[:, None])
    with pytest.raises(DataError, match="repeat each other"):
        prewhiten(np.zeros((4, 5), dtype=complex), noise[[0, 1, 2, 2]])
    with pytest.raises(DataError, match="not numbers"):
        prewhiten(np.zeros((4, 5), dtype=complex), noise * np.nan)
    with pytest.warns(IsocenterWarning, match="only 5 samples"):
        prewhiten(np.zeros((4, 5), dtype=complex), noise[:, :5])


def test_espirit_finds_the_space_of_the_true_sensitivities(kspace: ComplexArray) -> None:
    found = espirit(middle(kspace), (1, N, N), threshold=0.001)
    truth = closed_form_maps(SCAN)
    truth = truth / np.linalg.norm(truth, axis=0)
    projected = found.maps[0] * np.sum(found.maps[0].conj() * truth, axis=0)
    body = rss(kspace) > 0.1 * rss(kspace).max()
    assert nrmse(projected[:, body], truth[:, body]) < 1e-3
    assert np.linalg.norm(found.maps[0], axis=0)[body] == pytest.approx(1.0, abs=1e-5)
    assert found.eigenvalues[0][body] == pytest.approx(1.0, abs=0.01)
    assert found.maps[0, :, 0, 2, 2] == pytest.approx(0.0)  # air in a corner is cropped


def test_espirit_maps_are_the_eigenvectors_of_their_definition(rng: np.random.Generator) -> None:
    calibration = (rng.standard_normal((3, 1, 9, 9)) + 1j * rng.standard_normal((3, 1, 9, 9))).astype(np.complex64)
    calibration *= np.exp(-0.3 * np.hypot(*(np.indices((9, 9)) - 4)))
    width, n = 4, 12
    found = espirit(calibration, (1, n, n), n_maps=2, kernel_width=width, threshold=0.2, crop=0.0)
    # The definition, slowly: every patch of a k-space holding one sample is projected; the results are averaged.
    patches = np.lib.stride_tricks.sliding_window_view(calibration[:, 0], (width, width), axis=(1, 2))
    columns = patches.transpose(0, 3, 4, 1, 2).reshape(3 * width**2, -1)
    left, singular, _ = np.linalg.svd(columns)
    basis = left[:, : int(np.sum(singular > 0.2 * singular[0]))]
    projector = (basis @ basis.conj().T).reshape(3, width, width, 3, width, width)
    for y, x in ((1, 7), (6, 6), (10, 3)):
        matrix = np.zeros((3, 3), dtype=complex)
        for ky, kx, qy, qx in np.ndindex(width, width, width, width):
            phase = np.exp(2j * np.pi * ((ky - qy) * (y - n // 2) + (kx - qx) * (x - n // 2)) / n)
            matrix += projector[:, ky, kx, :, qy, qx] * phase / width**2
        values, vectors = np.linalg.eigh(matrix)
        for index in (0, 1):
            assert found.eigenvalues[index, 0, y, x] == pytest.approx(values[-1 - index], abs=1e-4)
            overlap = np.abs(np.vdot(vectors[:, -1 - index], found.maps[index, :, 0, y, x]))
            assert overlap == pytest.approx(1.0, abs=1e-3)


def test_a_folded_object_needs_two_sets_of_maps(kspace: ComplexArray) -> None:
    # Every other sample along x: the field of view is half the head, which folds on itself.
    folded = kspace[..., ::2]
    block = folded[:, :, N // 2 - 12 : N // 2 + 12, N // 4 - 12 : N // 4 + 12]
    shape = (1, N, N // 2)
    found = espirit(block, shape, n_maps=2, crop=0.0)
    is_twice = found.eigenvalues[1] > 0.9
    whole = espirit(middle(kspace), (1, N, N), n_maps=2, crop=0.0)
    assert is_twice.mean() > 0.05
    assert (whole.eigenvalues[1] > 0.9).mean() < 0.02
    truth = images(folded)
    errors = []
    for n_maps in (1, 2):
        maps = found.maps[:n_maps]
        explained = np.einsum("mczyx,mdzyx,dzyx->czyx", maps, maps.conj(), truth)
        errors.append(nrmse(explained[:, is_twice], truth[:, is_twice]))
    assert errors[1] < 0.03 < 0.1 < errors[0]


def test_espirit_refuses_what_is_too_small(kspace: ComplexArray) -> None:
    with pytest.raises(DataError, match="calibration region is too small"):
        espirit(middle(kspace, 8), (1, N, N))
    with pytest.raises(DataError, match="zero"):
        espirit(0 * middle(kspace), (1, N, N))
    with pytest.raises(OptionError, match="so many maps"):
        espirit(middle(kspace), (1, N, N), n_maps=9)


def test_virtual_coils_are_orthonormal_and_keep_the_signal(kspace: ComplexArray) -> None:
    matrix = coil_compression.compression_matrix(middle(kspace), 5)
    assert matrix @ matrix.conj().T == pytest.approx(np.eye(5), abs=1e-5)
    assert nrmse(rss(coil_compression.compress(kspace, matrix)), rss(kspace)) < 0.03
    every = coil_compression.compression_matrix(middle(kspace), 8)
    assert rss(coil_compression.compress(kspace, every)) == pytest.approx(rss(kspace), abs=1e-5)
    with pytest.raises(OptionError, match="virtual coils"):
        coil_compression.compression_matrix(kspace, 9)


def test_compression_along_the_readout_keeps_more_with_as_many_coils(kspace: ComplexArray) -> None:
    truth = rss(kspace)
    plain = coil_compression.compress(kspace, coil_compression.compression_matrix(middle(kspace), 3))
    matrices = coil_compression.geometric_matrices(middle(kspace, 32), 3, N)
    along = coil_compression.compress_along_readout(kspace, matrices)
    assert nrmse(rss(along), truth) < 0.5 * nrmse(rss(plain), truth)
    assert along.shape == (3, 1, N, N)
    # Neighbouring frames differ little where there is signal: virtual coils stay smooth.
    inside = slice(30, 66)
    assert np.abs(np.diff(matrices[inside], axis=0)).max() < 0.15


@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize("method", [partial_fourier.homodyne, partial_fourier.pocs])
def test_a_real_image_comes_back_from_half_of_its_kspace(
    method: Callable[..., ComplexArray], is_late: bool, rng: np.random.Generator
) -> None:
    n = 65  # odd: every sample has its mirror
    truth = np.zeros((n, n))
    truth[12:50, 18:44] = 1.0 + 0.3 * rng.uniform(size=(38, 26))
    sampled = np.arange(n) < 41
    sampled = sampled[::-1] if is_late else sampled
    full = fourier.fft(truth + 0j, (-2, -1))
    partial = full * sampled[:, None]
    options = {"n_iterations": 100} if method is partial_fourier.pocs else {}
    found = method(partial, sampled, -2, (-2, -1), **options)
    assert nrmse(found, truth) < (1e-10 if method is partial_fourier.homodyne else 1e-3)
    assert nrmse(fourier.ifft(partial, (-2, -1)), truth) > 0.1


@pytest.mark.parametrize("method", [partial_fourier.homodyne, partial_fourier.pocs])
def test_a_smooth_phase_is_kept(method: Callable[..., ComplexArray], kspace: ComplexArray) -> None:
    sampled = np.arange(N) < 64
    partial = kspace * sampled[:, None]
    truth = images(kspace)
    found = method(partial, sampled, -2, (-2, -1))
    zero_filled = images(partial)
    assert nrmse(found, truth) < 0.6 * nrmse(zero_filled, truth)


def test_scans_that_are_not_partial_fourier_are_refused() -> None:
    kspace = np.ones((8, 8), dtype=complex)
    for sampled in (np.arange(8) % 2 == 0, np.arange(8) < 3, (np.arange(8) > 1) & (np.arange(8) < 7)):
        with pytest.raises(DataError, match="partial Fourier"):
            partial_fourier.homodyne(kspace, sampled, -1, (-1,))


@pytest.mark.parametrize("step", [2, 3])
@pytest.mark.parametrize("first", [0, 1])
def test_unfolding_is_exact_with_exact_maps(step: int, first: int, rng: np.random.Generator) -> None:
    maps = closed_form_maps(SCAN)
    truth = rng.standard_normal((1, N, N)) + 1j * rng.standard_normal((1, N, N))
    data = fourier.fft(maps * truth, (-2, -1)) * lines(step, offset=first)[:, None]
    assert nrmse(sense.unfold(data, maps, step, first_line=first), truth) < 1e-6


def test_noise_after_unfolding_is_what_the_g_factor_says(rng: np.random.Generator) -> None:
    n, step, n_replicas = 24, 3, 400
    scan = replace(SCAN, encoded_shape=(1, n, n), n_coils=6, coils=mri.CoilArray(6, 240.0))
    maps = closed_form_maps(scan)
    root = np.tril(0.3 * rng.standard_normal((6, 6))) + np.eye(6)
    covariance = (root @ root.T).astype(complex)
    noise = rng.standard_normal((n_replicas, 6, 1, n, n, 2)).view(complex)[..., 0] / 2**0.5
    noise = np.einsum("cd,rdzyx->rczyx", root, noise)
    seen = {
        r: np.sqrt(np.mean([np.abs(sense.unfold(one, maps, r, covariance=covariance)) ** 2 for one in noise], axis=0))
        for r in (1, step)
    }
    ratio = seen[step] / seen[1] / step**0.5 / sense.g_factor(maps, step, covariance=covariance)
    assert float(ratio.mean()) == pytest.approx(1.0, abs=0.02)
    assert float(ratio.std()) < 0.06


def test_grappa_fills_every_other_line(kspace: ComplexArray) -> None:
    sampled = lines(2, 24)
    data = kspace * sampled[:, None]
    filled = grappa.fill(data, sampled)
    assert filled[:, :, sampled] == pytest.approx(data[:, :, sampled])
    assert nrmse(rss(filled), rss(kspace)) < 0.02
    assert nrmse(rss(data), rss(kspace)) > 0.1
    third = lines(3, 30, offset=1)
    assert nrmse(rss(grappa.fill(kspace * third[:, None], third)), rss(kspace)) < 0.04


def test_grappa_refuses_irregular_lines_and_a_small_calibration(kspace: ComplexArray) -> None:
    with pytest.raises(DataError, match="Too few calibration lines"):
        grappa.fill(kspace, lines(3, 6))
    irregular = np.zeros(N, dtype=bool)
    irregular[[0, 2, 5, 9, 40, 41, 42]] = True
    with pytest.raises(DataError, match="not taken regularly"):
        grappa.fill(kspace, irregular)


def test_simultaneous_slices_come_apart(rng: np.random.Generator) -> None:
    n = 32
    scan = replace(SCAN, encoded_shape=(1, n, n))
    flat = closed_form_maps(scan)[:, 0]
    # Slices differ by how far they lie from the coils.
    maps = np.stack([flat, np.roll(flat, 2, axis=0) * 0.8, np.roll(flat, 4, axis=0) * np.exp(0.5j)], axis=1)
    truth = rng.standard_normal((3, n, n)) + 1j * rng.standard_normal((3, n, n))
    shifts = np.array([0, 1 / 3, 2 / 3])
    index = np.arange(n) - n // 2
    wave = np.exp(-2j * np.pi * np.outer(index, index) / n) / n**0.5
    data = sum(
        (wave @ (maps[:, s] * truth[s]) @ wave.T) * np.exp(-2j * np.pi * shifts[s] * index)[:, None] for s in range(3)
    )
    found = multiband.separate_slices(data, maps, shifts, n_iterations=500, tolerance=1e-10)
    assert nrmse(found, truth) < 1e-5
    assert multiband.MultibandOperator(maps, shifts, lines(2)[:n]).check(rng, dtype=np.complex128) < 1e-12
    with pytest.raises(ShapeError, match="shift"):
        multiband.MultibandOperator(maps, shifts[:2])


def test_low_rank_and_sparse_parts_are_told_apart(rng: np.random.Generator) -> None:
    n, n_frames = 24, 20
    y, x = np.indices((n, n)) - n // 2
    background = np.where(np.hypot(y, x) < 10, 1.0, 0.0) * (1 + 0.05 * np.linspace(0, 1, n_frames))[:, None, None]
    changes = np.zeros((n_frames, n, n))
    changes[:, 10:13, 10:13] = np.cos(2 * np.pi * 3 * np.arange(n_frames) / n_frames)[:, None, None]
    truth = (background + changes).astype(complex)
    mask = rng.uniform(size=(n_frames, n, n)) < 0.4
    A = SamplingOperator(mask, truth.shape) @ FourierOperator(truth.shape, (-2, -1))
    data = A(truth)
    found = low_rank_plus_sparse(A, data, low_rank_weight=0.5, sparse_weight=0.02, n_iterations=150)
    assert nrmse(found.frames, truth) < 0.05
    assert nrmse(A.adjoint(data), truth) > 0.3
    assert nrmse(found.background.std(axis=0), background.std(axis=0)) < 2.0
    assert np.abs(found.changes[:, 2, 2]).max() < 0.1
    singular = np.linalg.svd(found.background.reshape(n_frames, -1), compute_uv=False)
    assert int(np.sum(singular > 1e-3 * singular[0])) <= 4
    assert found.objectives[-1] < found.objectives[10] < found.objectives[0]
