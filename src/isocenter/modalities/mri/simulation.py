"""The scan of a body, from the closed form of its k-space; the forward operator is not used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from isocenter.core.arrays import BoolArray, ComplexArray, FloatArray
from isocenter.core.errors import DataError, NotSupportedError
from isocenter.core.progress import OnProgress, report
from isocenter.modalities.mri import sequences
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.body_kspace import BodyKspace, CoilWaves, Frame, Samples
from isocenter.modalities.mri.coils import CoilArray
from isocenter.modalities.mri.event_acquisition import plan_of
from isocenter.modalities.mri.event_simulation import simulate_windows
from isocenter.modalities.mri.geometry import encoded_grid
from isocenter.modalities.mri.imperfections import Imperfections
from isocenter.modalities.mri.measurement import Measurement
from isocenter.modalities.mri.motion import AT_REST
from isocenter.modalities.mri.readout import Readout
from isocenter.modalities.mri.sequences.sequence import settings
from isocenter.modalities.mri.spins import Spins, spins_of
from isocenter.physics.body import Body
from isocenter.physics.tissues import Tissue

EXAMPLE_BODY = "head"
NOISE_SAMPLES = 4096
_NAMED: dict[str, sequences.Sequence] = {
    "spin echo": sequences.SpinEcho(),
    "gradient echo": sequences.SpoiledGradientEcho(),
    "balanced ssfp": sequences.BalancedSsfp(),
}


def example_acquisition() -> Acquisition:
    """Return a T2-weighted spin echo of three slices, 8 coils, every other line but 24 in the middle."""
    matrix, fov_mm = (3, 192, 192), (30.0, 240.0, 240.0)
    sampled = np.zeros((1, matrix[1]), dtype=bool)
    sampled[:, ::2] = True
    sampled[:, matrix[1] // 2 - 12 : matrix[1] // 2 + 12] = True
    return Acquisition(
        n_coils=8,
        encoded_shape=matrix,
        encoded_fov_mm=fov_mm,
        sampled=sampled,
        center_mm=(0.0, 0.0, 8.0),
        slice_thickness_mm=5.0,
        field_t=1.5,
        repetition_time_s=4.0,
        echo_time_s=0.09,
        flip_angle_rad=np.pi / 2,
        sequence="spin echo",
        noise_std=0.004,
        noise_correlation=0.2,
        coils=CoilArray(8, 240.0),
    )


def sequence_of(acquisition: Acquisition) -> sequences.Sequence:
    """Return the sequence that a scan plays: its `protocol`, or the one its `sequence` names; raises `DataError`."""
    if acquisition.protocol is not None:
        return acquisition.protocol
    if acquisition.sequence not in _NAMED:
        raise DataError(
            "A simulation needs a sequence.",
            field="sequence",
            found=acquisition.sequence,
            expected=f"a protocol, or one of {', '.join(_NAMED)}",
        )
    return _NAMED[acquisition.sequence]


def signal_of(acquisition: Acquisition) -> Callable[[Tissue], complex]:
    """Return the signal of a tissue in the middle of k-space, in units of fully relaxed water; 0 for bone and air."""
    sequence, kinds = sequence_of(acquisition), _kinds(acquisition)
    settings(acquisition)

    def signal(tissue: Tissue) -> complex:
        total = 0j
        for spins in kinds(tissue):
            amplitudes = sequence.amplitudes(spins, acquisition)
            total += complex(amplitudes[amplitudes.shape[0] // 2, amplitudes.shape[1] // 2])
        return total

    return signal


def simulate(body: Body, acquisition: Acquisition, rng: np.random.Generator) -> Measurement:
    """Scan thin slices of `body`, or all of it; the same `rng` state gives the same k-space and noise scan.

    Slices may lie in any direction; a scan with partitions or a trajectory in three dimensions sees the whole body.

    Raises
    ------
    DataError, GeometryError
        If the contrast is not given or the coils are not known.
    """
    coils = acquisition.coils
    if coils is None:
        raise DataError("A simulation needs coils.", field="coils", found="none", expected="a CoilArray")
    made = _noise_free if acquisition.events is None else _by_events
    data = made(body, acquisition, coils)
    root = _noise_root(acquisition)
    data += _noise(root, data.shape, rng)
    if acquisition.trajectory is None:
        data *= acquisition.mask[:, :, None]
    noise = _noise(root, (acquisition.n_coils, NOISE_SAMPLES), rng) if np.any(root) else None
    single = None if noise is None else noise.astype(np.complex64)
    return Measurement(acquisition, data.astype(np.complex64), noise=single)


def simulate_series(
    body: Body,
    acquisitions: Sequence[Acquisition],
    rng: np.random.Generator,
    *,
    on_progress: OnProgress | None = None,
) -> tuple[Measurement, ...]:
    """Scan `body` once for every acquisition: echoes, diffusion weightings, moments of a contrast agent."""
    scans = []
    for index, acquisition in enumerate(acquisitions):
        report(on_progress, index, len(acquisitions), f"scan {index + 1} of {len(acquisitions)}")
        scans.append(simulate(body, acquisition, rng))
    report(on_progress, len(acquisitions), len(acquisitions), "done")
    return tuple(scans)


def _kinds(acquisition: Acquisition) -> Callable[[Tissue], tuple[Spins, ...]]:
    """Return what spins a tissue has in the field of this scan, imperfections included."""
    if acquisition.field_t is None:
        raise DataError("A simulation needs the field.", field="field_t", found="none", expected="tesla")
    faults, field_t = acquisition.imperfections or Imperfections(), acquisition.field_t
    at_center = faults.field_hz + float(np.dot(faults.field_gradient_hz_per_mm, acquisition.center_mm))

    def kinds(tissue: Tissue) -> tuple[Spins, ...]:
        found = spins_of(tissue, field_t, r2_prime_per_s=faults.r2_prime_per_s, offset_hz=at_center)
        if tissue.name in faults.diffusion_mm2_per_s:
            own = faults.diffusion_mm2_per_s[tissue.name]
            return tuple(replace(spins, diffusion_mm2_per_s=own) for spins in found)
        return found

    return kinds


def _noise_free(body: Body, acquisition: Acquisition, coils: CoilArray) -> ComplexArray:
    """Return the data, scaled so that the unitary inverse transform of a grid of them is the signal."""
    readout = Readout(acquisition, sequence_of(acquisition))
    kinds, frame = _kinds(acquisition), Frame.of(acquisition)
    waves = CoilWaves.of(coils, frame)
    faults = acquisition.imperfections or Imperfections()
    gradient = np.asarray(faults.field_gradient_hz_per_mm, dtype=float) @ frame.axes
    poses = (AT_REST,) if faults.motion is None else faults.motion.poses()
    which = np.zeros(readout.line_shape, dtype=int) if faults.motion is None else faults.motion.pose_at(readout.times)
    data = np.zeros(acquisition.data_shape, dtype=complex)
    heights, k_per_mm, precession_s = _heights_mm(acquisition), readout.k_per_mm, readout.precession_s
    signals: dict[Tissue, ComplexArray] = {}
    for number, pose in enumerate(poses):
        lines = (which == number) & readout.taken
        if not lines.any():
            continue
        seen = BodyKspace(body, frame, pose, waves, gradient)
        samples = Samples(k_per_mm[lines].reshape(-1, readout.n_axes), precession_s[lines].ravel())

        def signal(tissue: Tissue, lines: BoolArray = lines) -> ComplexArray:
            if tissue not in signals:
                nothing: ComplexArray = np.zeros((*readout.line_shape, readout.n_samples), dtype=complex)
                signals[tissue] = nothing
                for spins in kinds(tissue):
                    signals[tissue] = signals[tissue] + readout.signal(spins)
            return signals[tissue][lines].ravel()

        shape = (acquisition.n_coils, int(lines.sum()), readout.n_samples)
        if readout.is_volume:
            data[:, lines] = seen.volume(samples, signal).reshape(shape)
        else:
            for index, z_mm in enumerate(heights):
                data[:, index, lines[0]] = seen.section(z_mm, samples, signal).reshape(shape)
    data *= readout.scale
    return data


def _by_events(body: Body, acquisition: Acquisition, coils: CoilArray) -> ComplexArray:
    """Return the data of a scan by pulses, gradients and windows; its slices are those that the pulses select."""
    sequence, faults = acquisition.events, acquisition.imperfections or Imperfections()
    if sequence is None or acquisition.trajectory is None:
        raise DataError("A sequence of events has a trajectory.", field="events, trajectory", found="none")
    if faults.motion is not None:
        raise NotSupportedError("Bodies lie still in a sequence of events.", field="motion", found="a motion")
    plan = plan_of(sequence)
    frame = Frame(plan.axes, np.zeros(3))
    gradient = np.asarray(faults.field_gradient_hz_per_mm, dtype=float) @ frame.axes
    seen = BodyKspace(body, frame, AT_REST, CoilWaves.of(coils, frame), gradient)
    kinds = _kinds(replace(acquisition, center_mm=(0.0, 0.0, 0.0)))
    tissues = tuple({part.tissue.name: part.tissue for part in body.components}.values())
    places = plan.slices if plan.slices is not None else (None,)
    parts = [
        simulate_windows(seen, sequence, plan.axes, place, windows, kinds, tissues)
        for place, windows in zip(places, plan.windows, strict=True)
    ]
    n_axes = slice(None) if acquisition.is_3d else slice(1, None)
    shape, fov = acquisition.encoded_shape[n_axes], acquisition.encoded_fov_mm[n_axes]
    # The image's origin is the field's middle: in the frame's plane that is the isocenter.
    return np.asarray(np.stack(parts, axis=1) * (float(np.prod(shape)) ** 0.5 / float(np.prod(fov))))


def _heights_mm(acquisition: Acquisition) -> list[float]:
    """Return where the slices lie along the scan's z, from its centre."""
    grid, normal = encoded_grid(acquisition), np.asarray(acquisition.slice_dir)
    offsets = [np.asarray(grid.plane(index).center_mm) - acquisition.center_mm for index in range(grid.shape[0])]
    return [float(offset @ normal) for offset in offsets]


def _noise_root(acquisition: Acquisition) -> ComplexArray:
    faults = acquisition.imperfections
    n = acquisition.n_coils
    if faults is not None and faults.noise_covariance is not None:
        if faults.noise_covariance.shape[0] != n:
            raise DataError(
                "The noise covariance has another number of coils.",
                field="noise_covariance",
                found=faults.noise_covariance.shape,
                expected=(n, n),
            )
        # Real and imaginary parts share the variance.
        return np.asarray(np.linalg.cholesky(faults.noise_covariance.astype(complex)) / 2**0.5)
    covariance: FloatArray = (1 - acquisition.noise_correlation) * np.eye(n) + acquisition.noise_correlation
    return np.asarray(acquisition.noise_std * np.linalg.cholesky(covariance) + 0j)


def _noise(root: ComplexArray, shape: tuple[int, ...], rng: np.random.Generator) -> ComplexArray:
    white = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    correlated: ComplexArray = np.tensordot(root, white, axes=1)
    return correlated
