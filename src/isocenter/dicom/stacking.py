"""Planes to one grid: order along the normal, gaps, duplicates, tilt, and further axes where positions repeat.

Source: DICOM PS3.3 sec. C.7.6.2.1.1 (position and orientation of a plane).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError, GeometryError
from isocenter.core.grid import Grid
from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.planes import AXIS_CANDIDATES, Plane

SAME_PLACE_MM = 1e-3
ORIENTATION_TOLERANCE = 1e-4
SPACING_TOLERANCE = 0.01  # of the spacing: scanners round positions
TILT_TOLERANCE = 2e-3  # sine of the angle between the step and the normal
_SQUARE_TOLERANCE = 1e-4  # what a grid accepts


@dataclass(frozen=True)
class Stack:
    """Planes in order: `planes` has the shape (*extra, z) flattened, `extra` the sizes of `axes`."""

    planes: tuple[Plane, ...]
    grid: Grid
    axes: tuple[str, ...]
    extra: tuple[int, ...]
    warnings: tuple[str, ...]


def stack(planes: Sequence[Plane], *, as_stack: bool = False) -> Stack:
    """Return the planes of one series as a regular grid.

    With `as_stack` planes that are no volume (gaps, tilt, unknown place) are laid on each other in order,
    and the warnings say what is not true of the patient.

    Raises
    ------
    GeometryError
        If the planes do not form a volume.
    DataError
        If planes have different sizes or a position holds planes that nothing tells apart.
    """
    _require_same_size(planes)
    warnings: list[str] = []
    if any(plane.position_mm is None or plane.axes_xy is None or plane.spacing_yx_mm is None for plane in planes):
        return _unplaced(planes, as_stack=as_stack)
    axes_xy = _common_axes(planes)
    unique, dropped = _without_duplicates(planes)
    if dropped:
        warnings.append(f"{dropped} repeated instances (same SOP Instance UID and frame) were left out")
    positions = _by_position(unique, axes_xy)
    extra_axes, extra, columns = _extra_axes(positions)
    z_step, gaps = _step(positions, axes_xy, as_stack=as_stack)
    warnings.extend(gaps)
    first = positions[0][0]
    affine = _affine(first, axes_xy, z_step)
    n_z, rows, columns_x = len(positions), first.description.rows, first.description.columns
    is_plane = n_z == 1 and first.description.n_frames == 1
    shape = (rows, columns_x) if is_plane else (n_z, rows, columns_x)
    uid = first.header.text(tag_of("FrameOfReferenceUID")) or None
    grid = Grid.from_affine(shape, affine, frame_of_reference_uid=uid)
    ordered = tuple(columns[z][repeat] for repeat in range(len(columns[0])) for z in range(n_z))
    return Stack(ordered, grid, extra_axes, extra, tuple(warnings))


def _require_same_size(planes: Sequence[Plane]) -> None:
    sizes = {plane.description.shape for plane in planes}
    if len(sizes) != 1:
        raise DataError(
            "The images of a series have different sizes.",
            field="Rows, Columns",
            found=sorted(sizes),
            expected="one size",
            remedy="Read the images of one size at a time.",
        )


def _common_axes(planes: Sequence[Plane]) -> FloatArray:
    """Return the orientation all planes share; raises `GeometryError` if they differ or their spacings do."""
    first = planes[0]
    assert first.axes_xy is not None
    for plane in planes:
        assert plane.axes_xy is not None
        deviation = float(np.abs(plane.axes_xy - first.axes_xy).max())
        if deviation > ORIENTATION_TOLERANCE:
            raise GeometryError(
                "The images of a series have different orientations.",
                file=plane.file.name,
                field="ImageOrientationPatient",
                found=f"deviation {deviation:.3g} from {first.file.name}",
                expected=f"at most {ORIENTATION_TOLERANCE:g}",
                remedy="Read the images of one orientation at a time (localizers often share a series).",
            )
        if not np.allclose(plane.spacing_yx_mm or (), first.spacing_yx_mm or (), rtol=1e-5, atol=0.0):
            raise GeometryError(
                "The images of a series have different pixel spacings.",
                file=plane.file.name,
                field="PixelSpacing",
                found=plane.spacing_yx_mm,
                expected=first.spacing_yx_mm,
            )
    return first.axes_xy


def _without_duplicates(planes: Sequence[Plane]) -> tuple[list[Plane], int]:
    seen: dict[tuple[str, int], Plane] = {}
    for plane in planes:
        uid = plane.header.text(tag_of("SOPInstanceUID")) or str(plane.file)
        seen.setdefault((uid, plane.frame), plane)
    return list(seen.values()), len(planes) - len(seen)


def _by_position(planes: Sequence[Plane], axes_xy: FloatArray) -> list[list[Plane]]:
    """Return planes sorted along the normal, those at the same place together in the order they were written."""
    normal = np.cross(axes_xy[:, 0], axes_xy[:, 1])
    placed = sorted(((float(_position(plane) @ normal), plane) for plane in planes), key=lambda pair: pair[0])
    groups: list[list[Plane]] = []
    last = -np.inf
    for height, plane in placed:
        if height - last > SAME_PLACE_MM:
            groups.append([])
        groups[-1].append(plane)
        last = height
    return [sorted(group, key=lambda plane: plane.order) for group in groups]


def _extra_axes(positions: list[list[Plane]]) -> tuple[tuple[str, ...], tuple[int, ...], list[list[Plane]]]:
    """Return names and sizes of the axes along which positions repeat, and each position's planes in that order."""
    repeats = {len(group) for group in positions}
    if repeats == {1}:
        return (), (), positions
    if len(repeats) != 1:
        crowded = max(positions, key=len)
        raise DataError(
            "Some positions of the series hold more images than others.",
            file=crowded[-1].file.name,
            field="ImagePositionPatient",
            found=f"{min(repeats)} to {max(repeats)} images at a position, {len(positions)} positions",
            expected="the same number at every position",
            remedy="Images are missing or were sent twice; choose one acquisition.",
        )
    for count in (1, 2):
        for chosen in combinations(range(len(AXIS_CANDIDATES)), count):
            found = _ordered_by(positions, chosen)
            if found is not None:
                return tuple(AXIS_CANDIDATES[index][0] for index in chosen), *found
    return ("repeat",), (repeats.pop(),), positions


def _ordered_by(
    positions: list[list[Plane]], chosen: tuple[int, ...]
) -> tuple[tuple[int, ...], list[list[Plane]]] | None:
    """Return sizes and planes ordered by the chosen attributes, if these are a full grid at every position."""
    keys = [[tuple(plane.candidates[index] for index in chosen) for plane in group] for group in positions]
    first = set(keys[0])
    if any(None in key for key in first) or len(first) != len(keys[0]) or any(set(group) != first for group in keys):
        return None
    sizes = tuple(len({key[axis] for key in first}) for axis in range(len(chosen)))
    if int(np.prod(sizes)) != len(first) or (len(chosen) > 1 and min(sizes) < 2):
        return None
    ordered = [
        [plane for _, plane in sorted(zip(group_keys, group, strict=True), key=lambda pair: _sortable(pair[0]))]
        for group_keys, group in zip(keys, positions, strict=True)
    ]
    return sizes, ordered


def _sortable(key: tuple[float | None, ...]) -> tuple[float, ...]:
    return tuple(value for value in key if value is not None)


def _step(positions: list[list[Plane]], axes_xy: FloatArray, *, as_stack: bool) -> tuple[FloatArray, list[str]]:
    """Return the vector from one slice to the next and warnings; refuses gaps and tilt unless `as_stack`."""
    normal = np.cross(axes_xy[:, 0], axes_xy[:, 1])
    first = positions[0][0]
    if len(positions) == 1:
        return normal * (first.thickness_mm or 1.0), [] if first.thickness_mm else ["the slice thickness is unknown"]
    places = np.stack([_position(group[0]) for group in positions])
    steps = np.diff(places @ normal)
    regular = float(np.median(steps))
    mean_step = (places[-1] - places[0]) / (len(places) - 1)
    problems = _gaps(positions, steps, regular)
    tilt = float(np.linalg.norm(mean_step - (mean_step @ normal) * normal) / np.linalg.norm(mean_step))
    largest = float(np.abs(axes_xy.T @ mean_step).max() / np.linalg.norm(mean_step))
    if max(tilt, largest) > TILT_TOLERANCE:
        angle = np.degrees(np.arcsin(min(max(tilt, largest), 1.0)))
        problems.append(f"the slices are sheared by {angle:.2f} degrees (tilted gantry)")
    if problems and not as_stack:
        raise GeometryError(
            "The series is no volume: " + "; ".join(problems) + ".",
            field="ImagePositionPatient",
            found=f"{len(positions)} positions, steps {steps.min():.4g} to {steps.max():.4g} mm",
            expected=f"equal steps along the normal, here {regular:.4g} mm",
            remedy="Find the missing slices, resample the tilted ones, or read with as_stack=True.",
        )
    is_exact = not problems and largest <= _SQUARE_TOLERANCE
    return mean_step if is_exact else normal * float(mean_step @ normal), problems


def _gaps(positions: list[list[Plane]], steps: FloatArray, regular: float) -> list[str]:
    """Return a sentence for every place where the step is not the regular one."""
    problems = []
    for index, step in enumerate(steps):
        if abs(step - regular) <= max(SPACING_TOLERANCE * regular, SAME_PLACE_MM):
            continue
        missing = step / regular - 1
        names = f"{positions[index][0].file.name} and {positions[index + 1][0].file.name}"
        is_whole = abs(missing - round(missing)) < 0.1 and round(missing) >= 1
        what = f"{round(missing)} slices missing" if is_whole else f"a step of {step:.4g} mm"
        problems.append(f"{what} between {names}")
    return problems


def _affine(first: Plane, axes_xy: FloatArray, z_step: FloatArray) -> FloatArray:
    assert first.spacing_yx_mm is not None
    dy, dx = first.spacing_yx_mm
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = axes_xy[:, 0] * dx, axes_xy[:, 1] * dy, z_step
    affine[:3, 3] = _position(first)
    return affine


def _position(plane: Plane) -> FloatArray:
    assert plane.position_mm is not None
    return plane.position_mm


def _unplaced(planes: Sequence[Plane], *, as_stack: bool) -> Stack:
    """Return planes without a place in the patient: one plane, or frames one after another."""
    ordered = tuple(sorted(planes, key=lambda plane: plane.order))
    first = ordered[0]
    warnings = ["the place in the patient is unknown"]
    if first.spacing_yx_mm is None:
        warnings.append("the pixel spacing is unknown; 1 mm is assumed")
    is_one_object = len({plane.file for plane in planes}) == 1
    if not as_stack and (first.spacing_yx_mm is None or not is_one_object):
        raise GeometryError(
            "The images do not say where they lie.",
            file=first.file.name,
            field="ImagePositionPatient, ImageOrientationPatient, PixelSpacing",
            found="absent",
            expected="position, orientation and spacing",
            remedy="Read with as_stack=True to take the pixels without geometry.",
        )
    description = first.description
    grid = Grid(
        (description.rows, description.columns),
        first.spacing_yx_mm or (1.0, 1.0),
        slice_thickness_mm=first.thickness_mm or 1.0,
    )
    axes, extra = (("frame",), (len(ordered),)) if len(ordered) > 1 else ((), ())
    return Stack(ordered, grid, axes, extra, tuple(warnings))
