"""Bodies: labelled tissue in patient space, whose every scan has a closed-form truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

import numpy as np

from isocenter.core.arrays import Array, BoolArray, ComplexArray, FloatArray, IndexArray
from isocenter.core.errors import GeometryError
from isocenter.core.grid import Grid
from isocenter.physics.planar_shapes import PlanarShape
from isocenter.physics.shapes import Shape
from isocenter.physics.tissues import Tissue

Value: TypeAlias = Callable[[Tissue], complex]
_TOLERANCE = 1e-6
_CHUNK = 1 << 18


class Region(Protocol):
    """What solids and plane figures share."""

    def gauge(self, local: FloatArray) -> FloatArray:
        """Return how far out a local point lies; 1 at the surface."""

    def local(self, points_mm: FloatArray) -> FloatArray:
        """Return points in the region's own units."""

    def reach_of(self, half_widths_mm: Any) -> float:
        """Return how much the gauge can change within a box."""

    def fourier(self, k_per_mm: FloatArray) -> ComplexArray:
        """Return the transform."""


@dataclass(frozen=True)
class Component:
    """A solid of one tissue, wholly inside another component or, if `inside` is None, in air.

    `amplitude` scales the tissue's values: Shepp and Logan's phantom is made of one tissue, more or less dense.
    """

    name: str
    shape: Shape
    tissue: Tissue
    inside: str | None = None
    amplitude: float = 1.0


@dataclass(frozen=True)
class Body:
    """Components nested like dolls: each lies wholly in its parent and apart from its siblings.

    So every linear measurement is an exact sum: each component adds its shape's closed form times
    the difference of its tissue from its parent's. An additive body (Shepp and Logan's) is the exception: its
    components may overlap, and their values add.

    Raises
    ------
    GeometryError
        If a component leaves its parent, meets a sibling, names an unknown parent or has the name of another.
    """

    name: str
    components: tuple[Component, ...]
    is_additive: bool = False

    def __post_init__(self) -> None:
        if self.is_additive:
            return
        by_name: dict[str, Component] = {}
        for component in self.components:
            if component.name in by_name:
                raise GeometryError("Two components have one name.", field=component.name)
            if component.inside is not None and component.inside not in by_name:
                raise GeometryError(
                    f"{component.name} lies in a component that does not stand before it.",
                    field="inside",
                    found=component.inside,
                )
            by_name[component.name] = component
        for component in self.components:
            self._require_place(component, by_name)

    def _require_place(self, component: Component, by_name: dict[str, Component]) -> None:
        surface = component.shape.surface_points_mm()
        if component.inside is not None:
            parent = by_name[component.inside].shape
            if parent.gauge(parent.local(surface)).max() > 1 + _TOLERANCE:
                raise GeometryError(f"{component.name} leaves {component.inside}.", field=component.name)
        for sibling in self.components:
            if sibling.name == component.name or sibling.inside != component.inside:
                continue
            if sibling.shape.gauge(sibling.shape.local(surface)).min() < 1 - _TOLERANCE:
                raise GeometryError(f"{component.name} meets {sibling.name}.", field=component.name)

    def tissue_of(self, name: str) -> Tissue:
        """Return the tissue of a component."""
        return next(component.tissue for component in self.components if component.name == name)

    def contrasts(self, value: Value) -> list[tuple[Shape, complex]]:
        """Return every shape with the difference of its tissue's value from its surroundings'."""
        tissues = {component.name: component.tissue for component in self.components}
        # Air around the body counts as nothing: a scanner is calibrated on it.
        return [
            (part.shape, part.amplitude * value(part.tissue) - (value(tissues[part.inside]) if part.inside else 0.0))
            for part in self.components
        ]

    def line_integrals(self, starts_mm: FloatArray, ends_mm: FloatArray, value: Value) -> FloatArray:
        """Return the exact integrals of a real value (1/mm times mm) along segments between LPS points (..., 3)."""
        total = np.zeros(np.broadcast_shapes(starts_mm.shape, ends_mm.shape)[:-1])
        for shape, contrast in self.contrasts(value):
            total += shape.chord_mm(starts_mm, ends_mm) * contrast.real
        return total

    def kspace(self, k_per_mm: FloatArray, value: Value) -> ComplexArray:
        """Return the exact Fourier transform (value times mm3) at k (..., 3) in cycles per mm."""
        return _transform(self.contrasts(value), k_per_mm)

    def voxelise(self, grid: Grid, value: Value, *, oversampling: int = 4) -> Array:
        """Return the value on a grid, with partial volume by `oversampling` points along each axis at surfaces."""
        volume = grid.as_volume()
        half = as_box(np.abs(np.asarray(volume.direction)) @ np.asarray(volume.spacing_zyx_mm[::-1]) / 2)
        points = volume.positions_mm().reshape(-1, 3)
        offsets = _offsets(volume, oversampling)
        contrasts = self.contrasts(value)
        is_complex = any(complex(contrast).imag for _, contrast in contrasts)
        total = np.zeros(points.shape[0], dtype=complex if is_complex else float)
        for shape, contrast in contrasts:
            total += _coverage(shape, points, offsets, half) * (contrast if is_complex else contrast.real)
        return total.reshape(grid.shape)

    def labels(self, grid: Grid) -> tuple[IndexArray, tuple[str, ...]]:
        """Return for every sample the number of its component (0 is outside) and the names by number."""
        points = grid.positions_mm()
        label = np.zeros(grid.shape, dtype=np.int16)
        for number, component in enumerate(self.components, 1):
            label[component.shape.contains(points)] = number
        return label, ("outside", *(component.name for component in self.components))

    def slice_at(self, z_mm: float) -> PlanarBody:
        """Return the infinitely thin transverse section at `z_mm`."""
        tissues = {component.name: component.tissue for component in self.components}
        figures = []
        for component in self.components:
            figure = component.shape.section(z_mm)
            if figure is not None:
                around = tissues[component.inside] if component.inside else None
                figures.append(Figure(figure, component.tissue, around, component.amplitude))
        return PlanarBody(tuple(figures), z_mm)

    def moved(self, rotation: FloatArray | None = None, translation_mm: Sequence[float] = (0.0, 0.0, 0.0)) -> Body:
        """Return the body after a rigid motion r -> R r + t."""
        turn = np.eye(3) if rotation is None else np.asarray(rotation, dtype=float)
        shift = np.asarray(translation_mm, dtype=float)
        return replace(self, components=tuple(replace(c, shape=c.shape.moved(turn, shift)) for c in self.components))

    def having(self, components: Iterable[Component]) -> Body:
        """Return the body with more components, for example lesions."""
        return replace(self, components=(*self.components, *components))


@dataclass(frozen=True)
class Figure:
    """A plane figure of one tissue and the tissue around it; None is air, which counts as nothing."""

    shape: PlanarShape
    tissue: Tissue
    around: Tissue | None
    amplitude: float = 1.0


@dataclass(frozen=True)
class PlanarBody:
    """An infinitely thin transverse section of a body at `z_mm`; coordinates are (x, y) in LPS mm."""

    figures: tuple[Figure, ...]
    z_mm: float = 0.0

    def contrasts(self, value: Value) -> list[tuple[PlanarShape, complex]]:
        """Return every figure with the difference of its tissue's value from its surroundings'."""
        return [
            (part.shape, part.amplitude * value(part.tissue) - (value(part.around) if part.around else 0.0))
            for part in self.figures
        ]

    def kspace(self, k_per_mm: FloatArray, value: Value) -> ComplexArray:
        """Return the exact Fourier transform (value times mm2) at k = (kx, ky), shape (..., 2), in cycles per mm."""
        return _transform(self.contrasts(value), k_per_mm)

    def voxelise(self, grid: Grid, value: Value, *, oversampling: int = 8) -> Array:
        """Return the value on a transverse grid, with partial area by `oversampling` points along each axis."""
        plane = grid.plane(0)
        points = plane.positions_mm().reshape(-1, 3)[:, :2]
        dy, dx = plane.spacing_mm
        steps = (np.arange(oversampling) + 0.5) / oversampling - 0.5
        offsets = np.stack(np.meshgrid(steps * dx, steps * dy, indexing="ij"), axis=-1).reshape(-1, 2)
        contrasts = self.contrasts(value)
        is_complex = any(complex(contrast).imag for _, contrast in contrasts)
        total = np.zeros(points.shape[0], dtype=complex if is_complex else float)
        for shape, contrast in contrasts:
            total += _coverage(shape, points, offsets, (dx / 2, dy / 2)) * (contrast if is_complex else contrast.real)
        return total.reshape(grid.shape)


def as_box(half_widths: FloatArray) -> tuple[float, float, float]:
    """Return three half widths."""
    x, y, z = (float(width) for width in half_widths)
    return (x, y, z)


def _transform(contrasts: Sequence[tuple[Any, complex]], k_per_mm: FloatArray) -> ComplexArray:
    flat = np.asarray(k_per_mm, dtype=float).reshape(-1, k_per_mm.shape[-1])
    total = np.zeros(flat.shape[0], dtype=complex)
    for start in range(0, flat.shape[0], _CHUNK):
        part = slice(start, start + _CHUNK)
        for shape, contrast in contrasts:
            total[part] += shape.fourier(flat[part]) * contrast
    return total.reshape(k_per_mm.shape[:-1])


def _offsets(volume: Grid, oversampling: int) -> FloatArray:
    steps = (np.arange(oversampling) + 0.5) / oversampling - 0.5
    dz, dy, dx = volume.spacing_zyx_mm
    local = np.stack(np.meshgrid(steps * dx, steps * dy, steps * dz, indexing="ij"), axis=-1).reshape(-1, 3)
    offsets: FloatArray = local @ np.asarray(volume.direction, dtype=float).T
    return offsets


def _coverage(shape: Region, points: FloatArray, offsets: FloatArray, half_widths: Any) -> FloatArray:
    """Return the covered fraction of every sample; only samples that the surface may cross are subdivided."""
    reach = shape.reach_of(half_widths)
    covered = np.zeros(points.shape[0])
    for start in range(0, points.shape[0], _CHUNK):
        part = points[start : start + _CHUNK]
        gauge = shape.gauge(shape.local(part))
        fraction = (gauge <= 1.0).astype(float)
        crossed: BoolArray = np.abs(gauge - 1.0) < reach
        near = part[crossed]
        block = max(1, _CHUNK // len(offsets))
        inside = [
            (shape.gauge(shape.local(near[i : i + block, None, :] + offsets)) <= 1.0).mean(axis=1)
            for i in range(0, near.shape[0], block)
        ]
        if inside:
            fraction[crossed] = np.concatenate(inside)
        covered[start : start + _CHUNK] = fraction
    return covered
