"""MRI from closed-form k-space: the right values at the right place, unfolded, with honest refusals."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from isocenter.core.errors import DataError, GeometryError, OptionError, ShapeError
from isocenter.core.grid import Grid
from isocenter.modalities import mri
from isocenter.modalities.mri.geometry import closed_form_maps, encoded_grid
from isocenter.physics.bodies import BODIES

SCAN = mri.Acquisition(
    n_coils=6,
    encoded_shape=(1, 96, 96),
    encoded_fov_mm=(5.0, 240.0, 240.0),
    center_mm=(0.0, 0.0, 8.0),
    field_t=1.5,
    repetition_time_s=4.0,
    echo_time_s=0.09,
    sequence="spin echo",
    coils=mri.CoilArray(6, 240.0),
)


def undersampled(step: int = 2, calibration: int = 20, n: int = 96) -> np.ndarray:
    sampled = np.zeros((1, n), dtype=bool)
    sampled[:, ::step] = True
    sampled[:, n // 2 - calibration // 2 : n // 2 + calibration // 2] = True
    return sampled


def scan_of(body: Any, **changes: Any) -> mri.Measurement:
    return mri.simulate(body, replace(SCAN, **changes), np.random.default_rng(3))


def nrmse(found: np.ndarray, truth: np.ndarray) -> float:
    return float(np.linalg.norm(found - truth) / np.linalg.norm(truth))


@pytest.mark.parametrize("gate", mri.GATES, ids=lambda gate: gate.name)
def test_gates_pass(gate: Any) -> None:
    result = gate.run()
    assert result.passed, f"{gate.quantity}: {result.got}"


DIRECTIONS = {
    "as the patient lies": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "read to the back": ((0.0, 1.0, 0.0), (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
    "from below": ((-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),
}


@pytest.mark.parametrize("name", DIRECTIONS)
def test_a_disc_is_found_where_it_lies_in_the_patient(name: str) -> None:
    read, phase, normal = DIRECTIONS[name]
    body = BODIES["disc"](radius_mm=15.0, center_mm=(40.0, -25.0), of="muscle")
    flat = mri.CoilArray(1, 240.0, radius_mm=1e6)
    measurement = scan_of(
        body, n_coils=1, coils=flat, center_mm=(12.0, 7.0, 8.0), read_dir=read, phase_dir=phase, slice_dir=normal
    )
    image = mri.reconstruct(measurement)
    weights = np.where(image.values > image.values.max() / 2, image.values, 0)
    center = (weights[..., None] * image.grid.positions_mm()).sum(axis=(0, 1, 2)) / weights.sum()
    assert center == pytest.approx([40, -25, 8], abs=0.2)


def test_sense_unfolds_what_was_left_out() -> None:
    full = mri.reconstruct(scan_of(BODIES["head"]()), method="rss").values
    measurement = scan_of(BODIES["head"](), sampled=undersampled())
    assert mri.default_method(measurement) == "sense-cg"
    assert nrmse(mri.reconstruct(measurement, n_iterations=30).values, full) < 0.06
    assert nrmse(mri.reconstruct(measurement, method="cs-wavelet").values, full) < 0.06
    # The same data without unfolding are far off: the test can fail.
    folded = replace(measurement, acquisition=replace(measurement.acquisition, sampled=None))
    assert nrmse(mri.reconstruct(folded, method="rss").values, full) > 0.15


def test_rss_refuses_gaps_but_takes_partial_fourier() -> None:
    with pytest.raises(OptionError, match="fold"):
        mri.reconstruct(scan_of(BODIES["head"](), sampled=undersampled()), method="rss")
    partial = np.ones((1, 96), dtype=bool)
    partial[:, :24] = False
    measurement = scan_of(BODIES["head"](), sampled=partial)
    assert not measurement.acquisition.has_gaps
    assert mri.default_method(measurement) == "rss"
    assert nrmse(mri.reconstruct(measurement).values, mri.reconstruct(scan_of(BODIES["head"]())).values) < 0.1


def test_too_few_calibration_lines_are_refused() -> None:
    with pytest.raises(DataError, match="Too few lines"):
        mri.reconstruct(scan_of(BODIES["head"](), sampled=undersampled(calibration=2)))


def test_prewhitening_makes_noise_white_and_equal() -> None:
    measurement = scan_of(BODIES["head"](), noise_std=0.1, noise_correlation=0.6)
    assert measurement.noise is not None
    before = np.cov(measurement.noise)
    after = np.cov(mri.prewhiten(measurement.noise, measurement.noise))
    assert abs(before[0, 1]) > 0.5 * before[0, 0].real
    assert np.abs(after - np.diag(np.diag(after))).max() < 0.02 * after[0, 0].real
    assert np.diag(after).real == pytest.approx(after[0, 0].real, rel=0.02)


def test_the_noise_of_an_image_is_the_noise_of_its_samples() -> None:
    quiet, noisy = (scan_of(BODIES["head"](), noise_std=level, n_coils=6) for level in (0.0, 0.02))
    maps = closed_form_maps(SCAN)
    A = mri.forward_operator(SCAN, encoded_grid(SCAN), maps)
    difference = A.adjoint(noisy.data) - A.adjoint(quiet.data)
    expected = 0.02 * np.sqrt(np.sum(np.abs(maps) ** 2, axis=0))
    assert np.std((difference / expected).real) == pytest.approx(1.0, rel=0.02)


def test_oversampling_is_cut_off_and_the_matrix_interpolated_in_place() -> None:
    body = BODIES["disc"](radius_mm=40.0, center_mm=(20.0, 10.0), of="muscle")
    wide = {"encoded_shape": (1, 96, 192), "encoded_fov_mm": (5.0, 240.0, 480.0), "coils": mri.CoilArray(6, 480.0)}
    plain = mri.reconstruct(scan_of(body, **wide))
    cut = mri.reconstruct(scan_of(body, recon_shape=(1, 192, 192), recon_fov_mm=(5.0, 240.0, 240.0), **wide))
    assert cut.grid.shape == (1, 192, 192)
    assert cut.grid.spacing_mm == pytest.approx((5.0, 1.25, 1.25))
    for image in (plain, cut):
        weights = np.where(image.values > image.values.max() / 2, 1.0, 0.0)
        center = (weights[..., None] * image.grid.positions_mm()).sum(axis=(0, 1, 2)) / weights.sum()
        assert center[:2] == pytest.approx([20, 10], abs=0.7)
    assert np.median(cut.values[cut.values > 0.5 * cut.values.max()]) == pytest.approx(
        np.median(plain.values[plain.values > 0.5 * plain.values.max()]), rel=0.02
    )


def test_closed_form_kspace_is_the_transform_of_fine_voxels_seen_by_each_coil() -> None:
    acquisition = replace(SCAN, encoded_shape=(1, 32, 32), n_coils=3, coils=mri.CoilArray(3, 240.0))
    measurement = mri.simulate(BODIES["head"](), acquisition, np.random.default_rng(0))
    n = 960
    fine = Grid((1, n, n), (5.0, 240.0 / n, 240.0 / n), center_mm=(0.0, 0.0, 8.0))
    signal = mri.simulation.signal_of(acquisition)
    values = BODIES["head"]().slice_at(8.0).voxelise(fine.plane(0), signal, oversampling=4)
    positions = fine.plane(0).positions_mm()
    seen = acquisition.coils.sensitivities(positions[..., 0], positions[..., 1]) * values  # type: ignore[union-attr] # given above
    k = (np.arange(32) - 16) / 240.0
    wave_x = np.exp(-2j * np.pi * np.outer(k, positions[0, :, 0]))
    wave_y = np.exp(-2j * np.pi * np.outer(k, positions[:, 0, 1]))
    numeric = wave_y @ seen @ wave_x.T * (240.0 / n) ** 2 * 32 / 240.0**2
    assert np.linalg.norm(numeric - measurement.data[:, 0]) < 2e-3 * np.linalg.norm(numeric)


def test_another_grid_and_impossible_scans_are_refused() -> None:
    measurement = scan_of(BODIES["head"]())
    with pytest.raises(GeometryError, match="own grid"):
        mri.reconstruct(measurement, Grid((1, 10, 10), (1.0, 1.0, 1.0)))
    assert mri.reconstruct(measurement, mri.default_grid(measurement.acquisition)).grid.shape == (1, 96, 96)
    with pytest.raises(DataError, match="timing"):
        scan_of(BODIES["head"](), echo_time_s=None)
    with pytest.raises(GeometryError, match="larger than what was encoded"):
        replace(SCAN, recon_fov_mm=(5.0, 300.0, 240.0))
    with pytest.raises(DataError, match="complex"):
        replace(measurement, data=np.abs(measurement.data))


def test_an_image_says_how_it_was_made() -> None:
    image = mri.reconstruct(scan_of(BODIES["head"](), sampled=undersampled()), n_iterations=5)
    assert image.provenance is not None
    assert image.provenance.method == "mri.sense-cg"
    assert image.provenance.parameters == {"n_iterations": 5, "damping": 1e-3, "maps": "espirit"}
    assert (image.quantity, image.unit) == ("MR signal magnitude", "1")


def test_grappa_partial_fourier_and_total_variation_make_the_same_image() -> None:
    full = mri.reconstruct(scan_of(BODIES["head"]()), method="rss").values
    measurement = scan_of(BODIES["head"](), sampled=undersampled())
    for method in ("grappa", "cs-tv"):
        assert nrmse(mri.reconstruct(measurement, method=method).values, full) < 0.06, method
    late = undersampled()
    late[0, :20] = False
    zero_filled = replace(measurement, acquisition=replace(measurement.acquisition, sampled=late))
    zero_filled.data[:, :, :20] = 0
    cut = nrmse(mri.reconstruct(zero_filled, method="grappa").values, full)
    assert nrmse(mri.reconstruct(zero_filled, method="partial-fourier").values, full) < cut


def test_an_undersampled_asymmetric_echo_is_unfolded(rng: np.random.Generator) -> None:
    full = mri.reconstruct(scan_of(BODIES["head"]()), method="rss").values
    measurement = scan_of(BODIES["head"](), sampled=undersampled())
    first = 24
    data = measurement.data.copy()
    data[..., :first] = 0
    short = replace(measurement, data=data, acquisition=replace(measurement.acquisition, taken_samples=(first, 96)))
    A = mri.forward_operator(short.acquisition, encoded_grid(short.acquisition))
    assert A.check(rng, dtype=np.complex128) < 1e-12
    x = rng.standard_normal(A.in_shape) + 1j * rng.standard_normal(A.in_shape)
    assert A.N(x) == pytest.approx(A.adjoint(A(x)), abs=1e-10)
    assert nrmse(mri.reconstruct(short, method="sense-cg").values, full) < 0.12
    assert nrmse(mri.reconstruct(short, method="partial-fourier").values, full) < 0.12
    with pytest.raises(ShapeError, match="do not fit the readout"):
        replace(measurement.acquisition, taken_samples=(60, 96))


def test_calibration_lines_have_to_fit_the_scan() -> None:
    measurement = scan_of(BODIES["head"](), sampled=undersampled())
    block = measurement.data[:, :, 36:60]
    assert replace(measurement, calibration=block).calibration is not None
    for wrong in (block[:3], block[..., :50], block[0]):
        with pytest.raises(ShapeError, match="calibration lines do not fit"):
            replace(measurement, calibration=wrong)
    with pytest.raises(DataError, match="not numbers"):
        replace(measurement, calibration=block * np.nan)


@pytest.mark.parametrize(("maps", "limit"), [("espirit", 0.04), ("walsh", 0.09)])  # with the true maps 0.001
def test_calibration_taken_apart_unfolds_a_volume(maps: str, limit: float) -> None:
    shape = (24, 32, 32)
    z, y, x = (np.indices(shape).T - np.array(shape) // 2).T
    body = ((z / 10) ** 2 + (y / 13) ** 2 + (x / 12) ** 2 < 1) * (1.0 + 0.5 * (x > 3) - 0.4 * (z > 2))
    places = [(0, 0, 22), (0, 19, -11), (0, -19, -11), (18, 0, 0), (-18, 0, 5), (0, 20, 12)]
    coils = [np.exp(-(((z - c) ** 2 + (y - b) ** 2 + (x - a) ** 2) / 700) + 0.05j * (a - b)) for c, b, a in places]
    axes = (1, 2, 3)
    shifted = np.fft.ifftshift(np.array(coils) * body, axes=axes)
    kspace = np.fft.fftshift(np.fft.fftn(shifted, axes=axes, norm="ortho"), axes=axes).astype(np.complex64)
    lines = np.zeros(shape[:2], dtype=bool)
    lines[:, ::2] = True
    scan = mri.Acquisition(6, shape, (48.0, 64.0, 64.0), sampled=lines, is_3d=True)
    block = kspace[:, 12 - 8 : 12 + 8, 16 - 9 : 16 + 9]
    measurement = mri.Measurement(scan, kspace * lines[:, :, None], calibration=block)
    truth = np.sqrt((np.abs(np.array(coils) * body) ** 2).sum(axis=0))
    found = mri.reconstruct(measurement, method="sense-cg", n_iterations=40, damping=1e-4, maps=maps).values
    assert nrmse(found, truth) < limit
    with pytest.raises(DataError, match="Too few lines"):
        mri.reconstruct(replace(measurement, calibration=None), method="sense-cg")


def test_wavelets_at_random_places_err_less_and_the_same_every_time() -> None:
    truth = mri.reconstruct(scan_of(BODIES["head"](), noise_std=0.0)).values
    sampled = np.random.default_rng(4).uniform(size=(1, 96)) < 0.35
    sampled[:, 36:60] = True
    measurement = scan_of(BODIES["head"](), sampled=sampled)
    errors, images = {}, {}
    for shifts in ("none", "random"):
        image = mri.reconstruct(measurement, method="cs-wavelet", strength=0.005, shifts=shifts).values
        scale = np.sum(image * truth) / np.sum(image**2)
        errors[shifts] = np.linalg.norm(scale * image - truth) / np.linalg.norm(truth)
        images[shifts] = image
    assert errors["random"] < 0.95 * errors["none"]
    again = mri.reconstruct(measurement, method="cs-wavelet", strength=0.005, shifts="random").values
    assert np.array_equal(images["random"], again)
