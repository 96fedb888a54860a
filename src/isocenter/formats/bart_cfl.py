"""BART's k-space: complex numbers in NAME.cfl, their sizes in NAME.hdr, what neither says in a NAME.json beside them.

BART's sixteen dimensions and what they are here; any other size than 1 of those without a place is refused:

    0 READ, 1 PHS1, 2 PHS2     x, y, z of a Cartesian scan; with a trajectory 1 is the sample, 2 the shot
    3 COIL                     coil
    5 TE                       contrast (echo)
    10 TIME, 11 TIME2          repetition, phase (of the heart)
    13 SLICE                   z of slices
    14 AVG                     averaged
    15 BATCH                   set
    4 MAPS, 6 COEFF, 7 COEFF2, 8 ITER, 9 CSHIFT, 12 LEVEL      no place

Lines that are zero in every coil count as not taken. A trajectory is a file of its own, (3, sample, shot) in cycles per
field of view. NAME.json holds fields of `isocenter.modalities.mri.Acquisition`, fov_mm as (y, x) or (z, y, x), and
echo_times_s.
Source: BART, src/misc/mri.h (enum mri_dims), src/misc/io.c; python/cfl.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from isocenter.core.arrays import BoolArray, ComplexArray, FloatArray
from isocenter.core.errors import DataError, FileFormatError, NotFoundError, OptionError, ShapeError
from isocenter.core.geometry import Vector
from isocenter.core.provenance import Source
from isocenter.formats.described_array import description_in
from isocenter.formats.told_scans import told
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.measurement import Measurement
from isocenter.modalities.mri.series import AXES, Series

TITLE = "BART k-space (.cfl and .hdr)"
SUFFIXES = (".cfl", ".hdr")

_READ, _PHASE_1, _PHASE_2, _COIL, _SLICE, _AVERAGE, _N_DIMENSIONS = 0, 1, 2, 3, 13, 14, 16
_COUNTERS: Mapping[str, int] = {"contrast": 5, "repetition": 10, "phase": 11, "set": 15}
_NO_PLACE: Mapping[int, str] = {4: "MAPS", 6: "COEFF", 7: "COEFF2", 8: "ITER", 9: "CSHIFT", 12: "LEVEL"}
_FROM_ELSEWHERE = frozenset({"n_coils", "encoded_shape", "encoded_fov_mm", "sampled", "trajectory", "coils", "is_3d"})


def sniff(path: Path) -> bool:
    """Return whether this is one of the two files of a BART array."""
    if path.suffix.lower() not in SUFFIXES:
        return False
    try:
        with path.with_suffix(".hdr").open("rb") as file:
            return file.read(12) == b"# Dimensions" and path.with_suffix(".cfl").is_file()
    except OSError:
        return False


def read(
    path: Path,
    *,
    contrast: int = 0,
    repetition: int = 0,
    phase: int = 0,
    set_index: int = 0,
    fov_mm: float = 0.0,
    slice_spacing_mm: float = 0.0,
    trajectory: str = "",
) -> Measurement:
    """Return the k-space of one image.

    Parameters
    ----------
    contrast, repetition, phase, set_index
        Which of the images, counted from 0: dimensions 5, 10, 11 and 15 of BART.
    fov_mm
        In-plane field of view along x, where no NAME.json gives one; pixels are taken as square.
    slice_spacing_mm
        Distance of slices or partitions, where no NAME.json gives it; left out, that of the pixels.
    trajectory
        The file, beside this one, of the trajectory.

    Raises
    ------
    FileFormatError
        If the header is not BART's, or the file has not the bytes that it says.
    DataError
        If the description lacks the field of view or holds what nobody knows, or a dimension has no place here.
    """
    return _File(path, fov_mm, slice_spacing_mm, trajectory).measurement(
        {"contrast": contrast, "repetition": repetition, "phase": phase, "set": set_index}
    )


def read_series(
    path: Path,
    counter: str = "contrast",
    *,
    fov_mm: float = 0.0,
    slice_spacing_mm: float = 0.0,
    trajectory: str = "",
    echo_times_ms: str = "",
    field_t: float = 0.0,
) -> Series:
    """Return all scans that differ in one counter: contrast, repetition, phase or set; raises as `read`.

    Parameters
    ----------
    echo_times_ms
        Echo times of the contrasts, such as ``1.2,2.4,3.6``, where NAME.json gives none.
    field_t
        Strength of the main field in tesla, where NAME.json gives none.
    """
    if counter not in AXES:
        raise OptionError("Scans do not differ in this.", field="counter", found=counter, expected=", ".join(AXES))
    file = _File(path, fov_mm, slice_spacing_mm, trajectory)
    frames = [file.measurement({counter: place}) for place in range(file.array.shape[_COUNTERS[counter]])]
    return Series(tuple(told(frames, echo_times_ms, field_t, path.name)), counter)


def read_array(path: Path) -> ComplexArray:
    """Return BART's array with its sixteen dimensions in their order; raises `FileFormatError`, `NotFoundError`."""
    header, data = path.with_suffix(".hdr"), path.with_suffix(".cfl")
    for each in (header, data):
        if not each.is_file():
            raise NotFoundError(
                "One of the two files of a BART array is missing.", file=each.name, expected=f"{each.name} beside it"
            )
    lines = header.read_text(encoding="ascii", errors="replace").splitlines()
    try:
        sizes = [int(word) for word in lines[lines.index("# Dimensions") + 1].split()]
    except (ValueError, IndexError):
        sizes = []
    if not sizes or min(sizes) < 1 or len(sizes) > _N_DIMENSIONS:
        raise FileFormatError(
            "The header is not BART's.",
            file=header.name,
            field="# Dimensions",
            found=" ".join(lines)[:80],
            expected=f"up to {_N_DIMENSIONS} positive sizes in the line after # Dimensions",
        )
    sizes += [1] * (_N_DIMENSIONS - len(sizes))
    n_bytes, n_expected = data.stat().st_size, 8 * int(np.prod(sizes, dtype=object))
    if n_bytes != n_expected:
        raise FileFormatError(
            "The array has not the size that its header says.",
            file=data.name,
            field="# Dimensions",
            found=f"{n_bytes} bytes",
            expected=f"{n_expected} bytes, complex64 of {' x '.join(str(n) for n in sizes if n > 1) or '1'}",
            remedy="Copy both files again; they belong together.",
        )
    array: ComplexArray = np.fromfile(data, dtype="<c8").reshape(sizes, order="F")
    return array


def write_array(path: Path, array: ComplexArray) -> None:
    """Write an array, its axes in BART's order, as NAME.cfl and NAME.hdr."""
    sizes = [*array.shape, *[1] * (_N_DIMENSIONS - array.ndim)]
    path.with_suffix(".hdr").write_text("# Dimensions\n" + " ".join(str(n) for n in sizes) + "\n", encoding="ascii")
    np.asarray(array, dtype="<c8").ravel(order="F").tofile(path.with_suffix(".cfl"))


@dataclass(frozen=True)
class _Place:
    """Field of view (z, y, x) and whatever else a description says."""

    fov_mm: Vector
    settings: Mapping[str, Any]
    echo_times_s: tuple[float, ...]


class _File:
    def __init__(self, path: Path, fov_mm: float, slice_spacing_mm: float, trajectory: str) -> None:
        self.path, self.array = path, read_array(path)
        for dimension, name in _NO_PLACE.items():
            if self.array.shape[dimension] > 1:
                raise DataError(
                    "A dimension of the array has no place in a scan.",
                    file=path.with_suffix(".hdr").name,
                    field=f"dimension {dimension} ({name})",
                    found=self.array.shape[dimension],
                    expected=1,
                    remedy=f"Take it apart: bart slice {dimension} 0 {path.stem} ...",
                )
        self.trajectory = _trajectory(path, trajectory, self.array) if trajectory else None
        if self.trajectory is None and self.array.shape[_PHASE_2] > 1 and self.array.shape[_SLICE] > 1:
            raise DataError(
                "The array has partitions and slices.",
                file=path.with_suffix(".hdr").name,
                field="dimensions 2 (PHS2) and 13 (SLICE)",
                found=(self.array.shape[_PHASE_2], self.array.shape[_SLICE]),
                expected="one of them above 1, or a trajectory",
                remedy="Give the trajectory: --option trajectory=NAME, or take one slab.",
            )
        self.is_3d = self.array.shape[_PHASE_2] > 1 if self.trajectory is None else self.trajectory.shape[2] == 3
        self.place = self._described(fov_mm, slice_spacing_mm)
        sources = [Source.of_file(path.with_suffix(ending), role) for ending, role in _FILES.items()]
        if path.with_suffix(".json").is_file():
            sources.append(Source.of_file(path.with_suffix(".json"), "description"))
        self.sources = tuple(sources)

    def measurement(self, at: Mapping[str, int]) -> Measurement:
        """Return the scan at a place on the counters; those that are not given are 0."""
        index: list[Any] = [slice(None)] * _N_DIMENSIONS
        for counter, dimension in _COUNTERS.items():
            chosen, count = at.get(counter, 0), self.array.shape[dimension]
            if not 0 <= chosen < count:
                raise DataError(
                    "There is no such image in the file.",
                    file=self.path.name,
                    field=counter,
                    found=chosen,
                    expected=f"0 to {count - 1}, dimension {dimension}",
                )
            index[dimension] = slice(chosen, chosen + 1)
        # What is left: x, y, z, coil, slice, average.
        left = self.array[tuple(index)].reshape(*self.array.shape[:4], *self.array.shape[_SLICE : _AVERAGE + 1])
        kspace = _mean_of_taken(left)
        settings = dict(self.place.settings)
        if self.place.echo_times_s:
            contrast = at.get("contrast", 0)
            if contrast < len(self.place.echo_times_s):
                settings["echo_time_s"] = self.place.echo_times_s[contrast]
        acquisition, data = (self._cartesian if self.trajectory is None else self._along)(kspace, settings)
        return Measurement(
            acquisition,
            data,
            sources=self.sources,
            available={counter: self.array.shape[dimension] for counter, dimension in _COUNTERS.items()},
        )

    def _cartesian(self, kspace: ComplexArray, settings: dict[str, Any]) -> tuple[Acquisition, ComplexArray]:
        # (x, y, z, coil, slice) to (coil, z, y, x)
        ordered = kspace[:, :, :, :, 0].transpose(3, 2, 1, 0) if self.is_3d else kspace[:, :, 0].transpose(2, 3, 1, 0)
        data = np.ascontiguousarray(ordered)
        mask: BoolArray = np.any(data != 0, axis=(0, 3) if self.is_3d else (0, 1, 3))
        sampled = None if mask.all() else mask.reshape(-1, data.shape[2])
        shape = (data.shape[1], data.shape[2], data.shape[3])
        return Acquisition(data.shape[0], shape, self.place.fov_mm, sampled=sampled, is_3d=self.is_3d, **settings), data

    def _along(self, kspace: ComplexArray, settings: dict[str, Any]) -> tuple[Acquisition, ComplexArray]:
        # (1, sample, shot, coil, slice) to (coil, slice, shot, sample)
        if self.trajectory is None:
            raise DataError("The scan has no trajectory.", file=self.path.name, field="trajectory")
        data = np.ascontiguousarray(kspace[0].transpose(2, 3, 1, 0))
        matrix = self._matrix(self.trajectory)
        shape = matrix if self.is_3d else (data.shape[1], *matrix[1:])
        return Acquisition(
            data.shape[0], shape, self.place.fov_mm, trajectory=self.trajectory, is_3d=self.is_3d, **settings
        ), data

    def _matrix(self, trajectory: FloatArray) -> tuple[int, int, int]:
        reach = np.abs(trajectory).max(axis=(0, 1), initial=0.5)
        sizes = [2 * max(1, int(np.ceil(k - 1e-3))) for k in reach]
        return (sizes[0] if len(sizes) == 3 else 1, sizes[-2], sizes[-1])

    def _described(self, fov_mm: float, slice_spacing_mm: float) -> _Place:
        file = self.path.with_suffix(".json")
        description = description_in(file) if file.is_file() else {}
        description.pop("modality", None)
        given = [float(length) for length in description.pop("fov_mm", [])]
        times = tuple(float(t) for t in description.pop("echo_times_s", []))
        known = {item.name for item in fields(Acquisition)} - _FROM_ELSEWHERE
        unknown = sorted(set(description) - known)
        if unknown or len(given) not in (0, 2, 3):
            raise DataError(
                "The description holds what nobody knows.",
                file=file.name,
                field=", ".join(unknown) or "fov_mm",
                found=", ".join(unknown) or given,
                expected="fov_mm as (y, x) or (z, y, x); echo_times_s; " + ", ".join(sorted(known)),
            )
        n_z, n_y, n_x = self._sizes()
        if not given and not fov_mm > 0:
            raise DataError(
                "The field of view is not stated: BART's files know none.",
                file=self.path.name,
                field="fov_mm",
                expected=f"millimetres along the {n_x} pixels",
                remedy=f"Say it: --option fov_mm=220, or write fov_mm into {file.name}",
            )
        plane = given[-2:] or [fov_mm * n_y / n_x, fov_mm]
        step = slice_spacing_mm or float(description.get("slice_thickness_mm", plane[1] / n_x))
        depth = given[0] if len(given) == 3 else step * n_z
        settings = {name: tuple(value) if isinstance(value, list) else value for name, value in description.items()}
        return _Place((depth, plane[0], plane[1]), settings, times)

    def _sizes(self) -> tuple[int, int, int]:
        if self.trajectory is not None:
            n_z, n_y, n_x = self._matrix(self.trajectory)
            return (n_z if self.is_3d else self.array.shape[_SLICE], n_y, n_x)
        n_x, n_y, n_2 = self.array.shape[:3]
        return (n_2 if self.is_3d else self.array.shape[_SLICE], n_y, n_x)


_FILES: Mapping[str, str] = {".cfl": "raw data", ".hdr": "raw data"}


def _mean_of_taken(kspace: ComplexArray) -> ComplexArray:
    """Return (x, y, z, coil, slice) of (..., average): the mean of those averages in which a sample was taken."""
    if kspace.shape[-1] == 1:
        single: ComplexArray = kspace[..., 0]
        return single
    counts = (kspace != 0).any(axis=(0, 3), keepdims=True).sum(axis=-1)
    mean: ComplexArray = (kspace.sum(axis=-1) / np.maximum(counts, 1)).astype(np.complex64)
    return mean


def _trajectory(path: Path, name: str, kspace: ComplexArray) -> FloatArray:
    """Return the points (shot, sample, axis), axes (y, x) or (z, y, x), of the file `name` beside `path`."""
    file = path.parent / name
    array = read_array(file if file.suffix in SUFFIXES else file.with_name(file.name + ".cfl"))
    n_samples, n_shots = kspace.shape[1:3]
    if array.shape[:3] != (3, n_samples, n_shots) or max(array.shape[3:]) > 1 or kspace.shape[0] != 1:
        raise ShapeError(
            "The trajectory is not that of the k-space.",
            file=file.name,
            field="# Dimensions",
            found=array.shape[:4],
            expected=f"(3, {n_samples}, {n_shots}) for k-space of (1, {n_samples}, {n_shots}, coil)",
        )
    points = array.reshape(3, n_samples, n_shots).real.transpose(2, 1, 0)
    n_axes = 3 if float(np.abs(points[..., 2]).max()) > 1e-3 else 2
    ordered: FloatArray = np.ascontiguousarray(points[..., :n_axes][..., ::-1], dtype=float)
    return ordered
