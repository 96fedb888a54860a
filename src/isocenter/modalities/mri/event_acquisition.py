"""The scan that a sequence of events makes: its slices, matrix, trajectory and timing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from isocenter.core.arrays import FloatArray, IndexArray
from isocenter.core.errors import DataError, NotSupportedError
from isocenter.core.geometry import as_vector
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.event_sequence import EventSequence
from isocenter.modalities.mri.event_simulation import Slice

_EXCITATION_RAD = np.deg2rad(90.5)


class EventPlan(NamedTuple):
    """How a sequence's windows make up a scan: axes (columns x, y, z), slices (None: a volume) and windows of each."""

    axes: FloatArray
    slices: tuple[Slice, ...] | None
    windows: tuple[IndexArray, ...]


def plan_of(sequence: EventSequence) -> EventPlan:
    """Return the slices that the pulses select and which windows belong to them.

    A sequence without selective pulses, or one that encodes across its slab, scans a volume.

    Raises `NotSupportedError` if slices are not parallel or have unlike windows.
    """
    selected = sequence.slices_m()
    everything = (np.arange(len(sequence.windows)),)
    if not selected:
        return EventPlan(np.eye(3), None, everything)
    normals = np.array([normal for normal, _, _ in selected.values()])
    first = normals[0]
    if np.abs(np.abs(normals @ first) - 1).max() > 1e-6:
        raise NotSupportedError("Slices in several directions are not simulated.", field="gradients at pulses")
    axes = _axes(first)
    across = sequence.trajectory_per_m() @ axes[:, 2]
    thickness_m = min(thickness for _, _, thickness in selected.values())
    # Windows in the middle of their slice's rewound gradient: anything else is encoding.
    middles = across[:, across.shape[1] // 2]
    if np.ptp(middles) > 0.5 / thickness_m:
        return EventPlan(axes, None, everything)
    positions = {index: float(position * (normal @ first)) for index, (normal, position, _) in selected.items()}
    centers = _distinct(list(positions.values()), thickness_m / 10)
    slices, windows = [], []
    owner = _owners(sequence, positions)
    for center in centers:
        felt = [
            index
            for index in range(len(sequence.pulses))
            if index not in positions or abs(positions[index] - center) < thickness_m / 2
        ]
        slices.append(Slice(center * 1000, thickness_m * 1000, np.array(felt)))
        windows.append(np.flatnonzero(np.abs(owner - center) < thickness_m / 10))
    heard = [(s, w) for s, w in zip(slices, windows, strict=True) if w.size]
    if len({w.size for _, w in heard}) > 1:
        raise NotSupportedError(
            "Slices have different numbers of receiver windows.",
            field="windows",
            found=[int(w.size) for _, w in heard],
            expected="as many for every slice",
        )
    return EventPlan(axes, tuple(s for s, _ in heard), tuple(w for _, w in heard))


def acquisition_of(
    sequence: EventSequence,
    template: Acquisition,
    *,
    matrix: tuple[int, int] | None = None,
    fov_mm: tuple[float, float, float] | None = None,
) -> Acquisition:
    """Return the scan of a sequence, with coils, noise and imperfections of `template`.

    Parameters
    ----------
    matrix
        Pixels (y, x); None takes what the trajectory reaches.
    fov_mm
        Field of view x, y, z; None takes the sequence's own.

    Raises
    ------
    DataError
        If no field of view is known.
    """
    plan = plan_of(sequence)
    fov = fov_mm if fov_mm is not None else sequence.fov_m and tuple(1000 * length for length in sequence.fov_m)
    if not fov:
        raise DataError(
            "The sequence does not say its field of view.",
            field="FOV",
            found="none",
            expected="a definition FOV in metres, or fov_mm",
        )
    lengths = np.abs(plan.axes.T) @ np.array(fov)
    path = sequence.trajectory_per_m()[plan.windows[0]] @ plan.axes * (lengths / 1000)
    reach = np.abs(path).max(axis=(0, 1))
    n_x, n_y, n_z = (2 * max(1, int(np.ceil(r - 1e-3))) for r in reach)
    if matrix is not None:
        n_y, n_x = matrix
    for own in plan.windows[1:]:
        other = sequence.trajectory_per_m()[own] @ plan.axes * (lengths / 1000)
        if np.abs((other - path)[..., :2]).max() > 0.01:
            raise NotSupportedError("Slices have different trajectories.", field="windows")
    common: dict[str, Any] = {
        "read_dir": as_vector(plan.axes[:, 0]),
        "phase_dir": as_vector(plan.axes[:, 1]),
        "slice_dir": as_vector(plan.axes[:, 2]),
        "sampled": None,
        "recon_shape": None,
        "recon_fov_mm": None,
        "dwell_s": None,
        "protocol": None,
        "events": sequence,
        "sequence": None,
        **_timing(sequence, plan),
    }
    if plan.slices is None:
        return replace(
            template,
            encoded_shape=(n_z, n_y, n_x),
            encoded_fov_mm=(float(lengths[2]), float(lengths[1]), float(lengths[0])),
            is_3d=True,
            center_mm=(0.0, 0.0, 0.0),
            trajectory=path[..., ::-1].copy(),
            **common,
        )
    heights = np.array([s.position_mm for s in plan.slices])
    gaps = np.diff(heights)
    if gaps.size and np.ptp(gaps) > 1e-3:
        raise NotSupportedError("Slices are not at equal distances.", field="slices", found=heights.tolist())
    thickness = plan.slices[0].thickness_mm
    spacing = float(gaps[0]) if gaps.size else thickness
    return replace(
        template,
        encoded_shape=(heights.size, n_y, n_x),
        encoded_fov_mm=(spacing * heights.size, float(lengths[1]), float(lengths[0])),
        is_3d=False,
        center_mm=as_vector(plan.axes[:, 2] * float(heights.mean())),
        slice_thickness_mm=thickness,
        trajectory=path[..., 1::-1].copy(),
        **common,
    )


def _timing(sequence: EventSequence, plan: EventPlan) -> dict[str, Any]:
    """Return repetition time, echo time, flip angle and, where all windows share them, the times of samples."""
    first_slice = plan.slices[0].pulses if plan.slices else np.arange(len(sequence.pulses))
    starts = np.array(
        [sequence.pulses[i].time_s for i in first_slice if sequence.pulses[i].flip_rad <= _EXCITATION_RAD]
    )
    flips = [sequence.pulses[i].flip_rad for i in first_slice if sequence.pulses[i].flip_rad <= _EXCITATION_RAD]
    if not starts.size:
        raise DataError("The sequence has no excitation.", field="pulses", expected="a flip angle up to 90 degrees")
    since = []
    for index in plan.windows[0]:
        times = sequence.windows[int(index)].times_s
        since.append(times - starts[max(0, int(np.searchsorted(starts, times[0])) - 1)])
    distance = np.linalg.norm(sequence.trajectory_per_m()[plan.windows[0]], axis=-1)
    shot, sample = np.unravel_index(int(distance.argmin()), distance.shape)
    same = all(np.allclose(times, since[0], atol=1e-9) for times in since)
    gaps = np.diff(starts)
    return {
        "repetition_time_s": float(np.median(gaps)) if gaps.size else sequence.duration_s,
        "echo_time_s": float(since[int(shot)][int(sample)]),
        "flip_angle_rad": float(np.median(flips)),
        "sample_times_s": since[0] if same else None,
    }


def _owners(sequence: EventSequence, positions: dict[int, float]) -> FloatArray:
    """Return for every window the position of the slice of the selective excitation before it."""
    pulses = [(sequence.pulses[index].time_s, position) for index, position in positions.items()]
    times, places = np.array([time for time, _ in pulses]), np.array([place for _, place in pulses])
    before = np.searchsorted(times, [window.start_s for window in sequence.windows]) - 1
    return places[np.maximum(before, 0)]


def _distinct(values: list[float], tolerance: float) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > tolerance:
            found.append(value)
    return found


def _axes(normal: FloatArray) -> FloatArray:
    """Return right-handed axes as columns, the last along the normal, the first near the axis it is least along."""
    least = np.eye(3)[int(np.argmin(np.round(np.abs(normal), 6)))]
    read = least - (least @ normal) * normal
    read /= np.linalg.norm(read)
    return np.column_stack([read, np.cross(normal, read), normal])
