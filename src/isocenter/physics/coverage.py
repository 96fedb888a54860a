"""How much of every sample of a grid a shape covers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Protocol

import numpy as np

from isocenter.core.arrays import BoolArray, FloatArray
from isocenter.core.errors import GeometryError, OptionError
from isocenter.core.grid import Grid

_CHUNK = 1 << 18
_TRANSVERSE_TOLERANCE = 1e-6


class Region(Protocol):
    """What solids and plane figures share."""

    @property
    def center_mm(self) -> tuple[float, ...]:
        """The centre."""

    def gauge(self, local: FloatArray) -> FloatArray:
        """Return how far out a local point lies; 1 at the surface."""

    def local(self, points_mm: FloatArray) -> FloatArray:
        """Return points in the region's own units."""

    def extent_mm(self, directions: FloatArray) -> FloatArray:
        """Return how far the region reaches from its centre along directions."""


@dataclass(frozen=True)
class Lattice:
    """Points origin + steps @ index, the index in the order of an array's axes, for planes and volumes alike."""

    shape: tuple[int, ...]
    origin_mm: FloatArray
    steps_mm: FloatArray

    @classmethod
    def of_volume(cls, grid: Grid) -> Lattice:
        """Return the points of a grid; a plane is a slice of its thickness."""
        volume = grid.as_volume()
        return cls(volume.shape, volume.affine[:3, 3], volume.affine[:3, 2::-1])

    @classmethod
    def of_plane(cls, grid: Grid) -> Lattice:
        """Return the points (x, y) of a transverse plane; raises `GeometryError` for another one."""
        plane = grid.plane(0)
        if abs(plane.direction[2][2]) < 1 - _TRANSVERSE_TOLERANCE:
            raise GeometryError(
                "A transverse section needs a transverse grid.",
                field="direction",
                found=plane.direction,
                expected="the slice axis along z",
            )
        return cls(plane.shape, plane.affine[:2, 3], plane.affine[:2, 1::-1])

    def blocks(self, region: Region) -> Iterator[tuple[tuple[slice, ...], FloatArray]]:
        """Yield, in chunks, where samples near a region lie in the array and their points (..., dimension)."""
        to_index = np.linalg.inv(self.steps_mm)
        middle = to_index @ (np.asarray(region.center_mm) - self.origin_mm)
        half = region.extent_mm(to_index) + 0.5
        low = np.maximum(np.ceil(middle - half), 0).astype(int)
        high = np.minimum(np.floor(middle + half) + 1, self.shape).astype(int)
        if np.any(high <= low):
            return
        rows = max(1, _CHUNK // int(np.prod(high[1:] - low[1:])))
        for start in range(low[0], high[0], rows):
            ranges = [(start, min(start + rows, int(high[0]))), *zip(low[1:], high[1:], strict=True)]
            where = tuple(slice(int(first), int(last)) for first, last in ranges)
            index = np.stack(np.meshgrid(*(np.arange(*span) for span in ranges), indexing="ij"), axis=-1)
            yield where, index @ self.steps_mm.T + self.origin_mm

    def offsets_mm(self, oversampling: int) -> FloatArray:
        """Return the points within one sample, `oversampling` along each axis, relative to its middle."""
        if oversampling < 1:
            raise OptionError("A sample has at least one point.", field="oversampling", found=oversampling, expected=1)
        steps = (np.arange(oversampling) + 0.5) / oversampling - 0.5
        index = np.stack(np.meshgrid(*[steps] * len(self.shape), indexing="ij"), axis=-1).reshape(-1, len(self.shape))
        offsets: FloatArray = index @ self.steps_mm.T
        return offsets


def coverage(region: Region, lattice: Lattice, oversampling: int) -> Iterator[tuple[tuple[slice, ...], FloatArray]]:
    """Yield the covered fraction of samples and where they lie; only samples the surface may cross are subdivided."""
    offsets = lattice.offsets_mm(oversampling)
    corners = np.array(list(product((-0.5, 0.5), repeat=len(lattice.shape)))) @ lattice.steps_mm.T
    # The gauge is a norm: within a sample it changes by no more than the gauge of the sample's corner.
    reach = float(region.gauge(region.local(np.asarray(region.center_mm) + corners)).max())
    for where, points in lattice.blocks(region):
        gauge = region.gauge(region.local(points))
        fraction = (gauge <= 1.0).astype(float)
        crossed: BoolArray = np.abs(gauge - 1.0) < reach
        near = points[crossed]
        block = max(1, _CHUNK // len(offsets))
        inside = [
            (region.gauge(region.local(near[i : i + block, None, :] + offsets)) <= 1.0).mean(axis=1)
            for i in range(0, near.shape[0], block)
        ]
        if inside:
            fraction[crossed] = np.concatenate(inside)
        yield where, fraction
