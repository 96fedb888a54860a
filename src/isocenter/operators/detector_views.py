"""Where source and detector stand in every view: one description for every trajectory.

A view is a point source (or, for parallel rays, a direction), the middle of the detector, and the two steps that
lead from one bin to the next (u) and from one row to the next (v). These are the numbers of ASTRA's ``cone_vec``
and ``parallel3d_vec``; a curved detector (its ``cyl_cone_vec``) bends u into an arc around the source.
Lengths are in mm along the gantry's axes: x along the grid's columns, y along its rows, z along its slices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from isocenter.core.arrays import Array, FloatArray, IndexArray
from isocenter.core.errors import GeometryError

_VECTORS = ("sources_mm", "centers_mm", "u_mm", "v_mm")


@dataclass(frozen=True, eq=False)
class DetectorViews:
    """The rays of a scan, view by view.

    Parameters
    ----------
    sources_mm
        Focal spot of every view, shape (view, 3); for parallel rays their direction.
    centers_mm
        Middle of the detector, between its middle bins and rows, shape (view, 3).
    u_mm, v_mm
        Steps from bin to bin and from row to row, shape (view, 3).
    n_rows, n_bins
        Size of the detector.
    is_parallel
        Whether all rays of a view have one direction.
    is_curved
        Whether bins lie on an arc around the source with equal angles; u is the step along the arc at the
        foot of the source's perpendicular. Rows stay straight.
    focus_shift_mm
        How far the focal spot lies off the centre of a curved detector's arc, shape (view, 3); None for not at all.
        See `with_focus`.

    Raises
    ------
    GeometryError
        If arrays disagree, a number is not finite, u and v are not two directions, or the source lies in the detector.
    """

    sources_mm: FloatArray
    centers_mm: FloatArray
    u_mm: FloatArray
    v_mm: FloatArray
    n_rows: int
    n_bins: int
    is_parallel: bool = False
    is_curved: bool = False
    focus_shift_mm: FloatArray | None = None

    def __post_init__(self) -> None:
        for name in _VECTORS:
            values = np.array(getattr(self, name), dtype=float)
            if values.ndim != 2 or values.shape[1:] != (3,) or not np.isfinite(values).all():
                raise GeometryError(
                    "Every view needs three finite numbers (x, y, z).",
                    field=name,
                    found=values.shape,
                    expected="(view, 3), finite",
                )
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        if len({getattr(self, name).shape for name in _VECTORS}) != 1 or not self.n_views:
            found = {name: getattr(self, name).shape[0] for name in _VECTORS}
            raise GeometryError("The views do not agree.", field="view", found=found, expected="one number of views")
        if self.n_rows < 1 or self.n_bins < 1:
            raise GeometryError("A detector has bins.", field="n_rows, n_bins", found=(self.n_rows, self.n_bins))
        if self.is_parallel and self.is_curved:
            raise GeometryError("Parallel rays meet a flat detector.", field="is_curved", expected="False")
        self._require_sound()

    def _require_sound(self) -> None:
        area = np.linalg.norm(np.cross(self.u_mm, self.v_mm), axis=1)
        if not (area > 1e-9 * np.linalg.norm(self.u_mm, axis=1) * np.linalg.norm(self.v_mm, axis=1)).all():
            raise GeometryError("Bins and rows lie along one line.", field="u_mm, v_mm", found=int(np.argmin(area)))
        rays = self.sources_mm if self.is_parallel else self.centers_mm - self.sources_mm
        depth = np.abs(np.einsum("vi,vi->v", rays, self.normals))
        if not (depth > 1e-9).all():
            raise GeometryError(
                "The rays of a view run within its detector.",
                field="sources_mm",
                found=f"view {int(np.argmin(depth))}",
                expected="a source off the plane of the detector",
            )
        if self.is_curved and not np.allclose(np.einsum("vi,vi->v", self.u_mm, self.v_mm), 0.0, atol=1e-6):
            raise GeometryError("The rows of a curved detector run across its arc.", field="u_mm, v_mm")

    @property
    def n_views(self) -> int:
        """Number of views."""
        return int(self.sources_mm.shape[0])

    @property
    def data_shape(self) -> tuple[int, int, int]:
        """(view, row, bin)."""
        return self.n_views, self.n_rows, self.n_bins

    @property
    def normals(self) -> FloatArray:
        """Unit vectors from the source's side through the detector, shape (view, 3)."""
        across = np.cross(self.u_mm, self.v_mm)
        across /= np.linalg.norm(across, axis=1, keepdims=True)
        rays = self.sources_mm if self.is_parallel else self.centers_mm - self.sources_mm
        sign = np.sign(np.einsum("vi,vi->v", across, rays))
        turned: FloatArray = across * np.where(sign == 0, 1.0, sign)[:, None]
        return turned

    @property
    def is_axial(self) -> bool:
        """Whether in every view the rows run along z, so that bins see one plane path each, in every row the same."""
        scale = np.linalg.norm(self.v_mm, axis=1)
        return bool((np.abs(self.v_mm[:, :2]).max(axis=1) <= 1e-9 * scale).all())

    def bins_mm(self) -> FloatArray:
        """Return, per view and bin, the middle of the bin's column of rows, shape (view, bin, 3)."""
        steps = np.arange(self.n_bins) - (self.n_bins - 1) / 2
        if not self.is_curved:
            flat: FloatArray = self.centers_mm[:, None] + steps[:, None] * self.u_mm[:, None]
            return flat
        depth_mm, offset_mm, pitch_mm = self._arc()
        angle = (offset_mm[:, None] + steps * pitch_mm[:, None]) / depth_mm[:, None]
        across = self.u_mm / pitch_mm[:, None]
        along = self.v_mm / np.linalg.norm(self.v_mm, axis=1, keepdims=True)
        height_mm = np.einsum("vi,vi->v", self.centers_mm - self.sources_mm, along)
        foot = self.sources_mm + height_mm[:, None] * along
        arc: FloatArray = foot[:, None] + depth_mm[:, None, None] * (
            np.cos(angle)[..., None] * self.normals[:, None] + np.sin(angle)[..., None] * across[:, None]
        )
        return arc

    def _arc(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the arc's radius, the middle's place along it, and the bins' distance, all (view,)."""
        pitch_mm = np.linalg.norm(self.u_mm, axis=1)
        ray = self.centers_mm - self.sources_mm
        depth_mm = np.einsum("vi,vi->v", ray, self.normals)
        offset_mm = np.einsum("vi,vi->v", ray, self.u_mm) / pitch_mm
        return depth_mm, offset_mm, pitch_mm

    @property
    def origins_mm(self) -> FloatArray:
        """Where the rays of every view start, shape (view, 3); of parallel rays their direction."""
        return self.sources_mm if self.focus_shift_mm is None else self.sources_mm + self.focus_shift_mm

    def with_focus(self, shift_mm: FloatArray) -> Self:
        """Return the views with the focal spot moved by `shift_mm` (view, 3) and the detector left where it is."""
        if self.is_curved:
            return replace(self, focus_shift_mm=np.asarray(shift_mm, dtype=float))
        return replace(self, sources_mm=self.sources_mm + shift_mm)

    def rays_mm(self, reach_mm: float) -> tuple[FloatArray, FloatArray]:
        """Return start and end of the ray of every sample, both (view, row, bin, 3); ends lie `reach_mm` past it."""
        rows = (np.arange(self.n_rows) - (self.n_rows - 1) / 2)[:, None, None]
        samples = self.bins_mm()[:, None] + rows * self.v_mm[:, None, None]
        if self.is_parallel:
            aims = np.broadcast_to(self.sources_mm[:, None, None], samples.shape)
            aims = aims / np.linalg.norm(aims, axis=-1, keepdims=True)
            return samples - reach_mm * aims, samples + reach_mm * aims
        starts = np.broadcast_to(self.origins_mm[:, None, None], samples.shape)
        aims = samples - starts
        return starts, samples + reach_mm * aims / np.linalg.norm(aims, axis=-1, keepdims=True)

    def sample_maps(self) -> tuple[FloatArray, FloatArray]:
        """Return the way from a point to its sample: matrices (view, 3, 4) from (x, y, z, 1) in mm, and arcs (view, 4).

        See `isocenter.kernels.rays.joseph_volume.Rays`.
        """
        arcs = np.zeros((self.n_views, 4))
        middle_bin, middle_row = (self.n_bins - 1) / 2, (self.n_rows - 1) / 2
        if self.is_parallel:
            basis = np.linalg.inv(np.stack([self.u_mm, self.v_mm, self.sources_mm], axis=2))
            shift = -np.einsum("vij,vj->vi", basis, self.centers_mm) + np.array([middle_bin, middle_row, 0.0])
            maps = np.concatenate([basis, shift[:, :, None]], axis=2)
            maps[:, 2] = (0.0, 0.0, 0.0, 1.0)
            return maps, arcs
        if not self.is_curved:
            return self.projection_matrices(), arcs
        depth_mm, offset_mm, pitch_mm = self._arc()
        row_mm = np.linalg.norm(self.v_mm, axis=1)
        frame = np.stack([self.u_mm / pitch_mm[:, None], self.v_mm / row_mm[:, None], self.normals], axis=1)
        height_mm = np.einsum("vi,vi->v", self.centers_mm - self.sources_mm, frame[:, 1])
        maps = np.concatenate([frame, -np.einsum("vij,vj->vi", frame, self.sources_mm)[:, :, None]], axis=2)
        arcs[:, 0], arcs[:, 1] = middle_bin - offset_mm / pitch_mm, depth_mm / pitch_mm
        arcs[:, 2], arcs[:, 3] = middle_row - height_mm / row_mm, depth_mm / row_mm
        return maps, arcs

    def subset(self, views: IndexArray | slice) -> Self:
        """Return some of the views, in the order given."""
        shift = None if self.focus_shift_mm is None else self.focus_shift_mm[views]
        return replace(self, focus_shift_mm=shift, **{name: getattr(self, name)[views] for name in _VECTORS})

    def in_frame(self, matrix: FloatArray, shift: FloatArray) -> Self:
        """Return the views with every point p moved to ``matrix p + shift`` (an affine map of a flat detector)."""
        turned = {name: getattr(self, name) @ np.asarray(matrix, dtype=float).T for name in _VECTORS}
        if self.focus_shift_mm is not None:
            turned["focus_shift_mm"] = self.focus_shift_mm @ np.asarray(matrix, dtype=float).T
        turned["centers_mm"] = turned["centers_mm"] + shift
        if not self.is_parallel:
            turned["sources_mm"] = turned["sources_mm"] + shift
        return replace(self, **turned)

    def projection_matrices(self) -> FloatArray:
        """Return the matrices that map (x, y, z, 1) in mm to (bin w, row w, w) on a flat detector, shape (view, 3, 4).

        Source: Hartley and Zisserman, Multiple View Geometry, 2nd ed. 2004, sec. 6.2.
        """
        if self.is_parallel or self.is_curved:
            raise GeometryError("A projection matrix describes a flat detector and a point source.", field="geometry")
        corner = self.centers_mm - (self.n_bins - 1) / 2 * self.u_mm - (self.n_rows - 1) / 2 * self.v_mm
        # A point p on the ray through (bin, row): p - s = w (corner - s + bin u + row v).
        basis = np.stack([self.u_mm, self.v_mm, corner - self.sources_mm], axis=2)
        inverse = np.linalg.inv(basis)
        matrices: FloatArray = np.concatenate([inverse, -inverse @ self.sources_mm[:, :, None]], axis=2)
        return matrices

    @classmethod
    def of_matrices(cls, matrices: Array | Sequence[Any], *, n_rows: int, n_bins: int) -> Self:
        """Return the views of a C-arm from its 3x4 projection matrices, shape (view, 3, 4), of any scale each.

        Raises
        ------
        GeometryError
            If a matrix is singular or has another shape.
        """
        P = np.asarray(matrices, dtype=float)
        if P.ndim != 3 or P.shape[1:] != (3, 4) or not np.isfinite(P).all():
            raise GeometryError(
                "A projection matrix is 3x4.", field="projection_matrices", found=P.shape, expected="(view, 3, 4)"
            )
        sizes = np.linalg.svd(P[:, :, :3], compute_uv=False)
        if (sizes[:, 2] <= 1e-12 * sizes[:, 0]).any():
            raise GeometryError(
                "A projection matrix has no source point.",
                field="projection_matrices",
                found=f"view {int(np.argmin(sizes[:, 2]))} is singular",
            )
        inverse = np.linalg.inv(P[:, :, :3])
        sources = -(inverse @ P[:, :, 3:])[:, :, 0]
        u, v, corner = inverse[:, :, 0], inverse[:, :, 1], inverse[:, :, 2]
        # A matrix is known up to a factor: the depth of the detector does not matter, its sign does. The origin of
        # the gantry lies in front of the source.
        middle = corner + (n_bins - 1) / 2 * u + (n_rows - 1) / 2 * v
        sign = np.where(np.einsum("vi,vi->v", middle, -sources) < 0, -1.0, 1.0)
        length = np.linalg.norm(sources, axis=1) / np.maximum(np.linalg.norm(middle, axis=1), 1e-30) * sign
        scale = length[:, None]
        return cls(sources, sources + middle * scale, u * scale, v * scale, n_rows, n_bins)
