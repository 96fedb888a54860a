"""Bodies: labelled tissue in patient space, whose every scan has a closed-form truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from isocenter.core.arrays import Array, ComplexArray, FloatArray, IndexArray
from isocenter.core.errors import GeometryError
from isocenter.core.grid import Grid
from isocenter.physics.coverage import Lattice, coverage
from isocenter.physics.nesting import gap_mm, overshoot_mm
from isocenter.physics.planar_shapes import PlanarShape
from isocenter.physics.shapes import Shape
from isocenter.physics.tissues import Tissue

Value: TypeAlias = Callable[[Tissue], complex]
_TOLERANCE_MM = 1e-6
_CHUNK = 1 << 15


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
        if component.inside is not None:
            overshoot = overshoot_mm(component.shape, by_name[component.inside].shape)
            if overshoot > _TOLERANCE_MM:
                raise GeometryError(
                    f"{component.name} leaves {component.inside}.",
                    field=component.name,
                    found=f"{overshoot:.4g} mm outside",
                    expected="a component wholly inside its parent",
                )
        for sibling in self.components:
            if sibling.name == component.name:
                return  # later siblings are compared in their own turn
            if sibling.inside == component.inside and gap_mm(sibling.shape, component.shape) < -_TOLERANCE_MM:
                raise GeometryError(
                    f"{component.name} meets {sibling.name}.",
                    field=component.name,
                    expected="siblings apart from each other",
                )

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
        return _integrals(self.contrasts(value), starts_mm, ends_mm)

    def kspace(self, k_per_mm: FloatArray, value: Value) -> ComplexArray:
        """Return the exact Fourier transform (value times mm3) at k (..., 3) in cycles per mm."""
        return _transform(self.contrasts(value), k_per_mm)

    def voxelise(self, grid: Grid, value: Value, *, oversampling: int = 4) -> Array:
        """Return the value on a grid, with partial volume by `oversampling` points along each axis at surfaces."""
        return _voxels(self.contrasts(value), Lattice.of_volume(grid), oversampling).reshape(grid.shape)

    def labels(self, grid: Grid) -> tuple[IndexArray, tuple[str, ...]]:
        """Return for every sample the number of its component (0 is outside) and the names by number."""
        lattice = Lattice.of_volume(grid)
        label = np.zeros(lattice.shape, dtype=np.int16)
        for number, component in enumerate(self.components, 1):
            for where, points in lattice.blocks(component.shape):
                label[where][component.shape.contains(points)] = number
        return label.reshape(grid.shape), ("outside", *(component.name for component in self.components))

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

    def line_integrals(self, starts_mm: FloatArray, ends_mm: FloatArray, value: Value) -> FloatArray:
        """Return the exact integrals of a real value along segments between points (x, y), shape (..., 2)."""
        return _integrals(self.contrasts(value), starts_mm, ends_mm)

    def kspace(self, k_per_mm: FloatArray, value: Value) -> ComplexArray:
        """Return the exact Fourier transform (value times mm2) at k = (kx, ky), shape (..., 2), in cycles per mm."""
        return _transform(self.contrasts(value), k_per_mm)

    def voxelise(self, grid: Grid, value: Value, *, oversampling: int = 8) -> Array:
        """Return the value on a transverse grid, with partial area by `oversampling` points along each axis."""
        return _voxels(self.contrasts(value), Lattice.of_plane(grid), oversampling).reshape(grid.shape)


def _integrals(contrasts: Sequence[tuple[Any, complex]], starts_mm: FloatArray, ends_mm: FloatArray) -> FloatArray:
    starts, ends = np.broadcast_arrays(np.asarray(starts_mm, dtype=float), np.asarray(ends_mm, dtype=float))
    from_points, to_points = (points.reshape(-1, points.shape[-1]) for points in (starts, ends))
    total = np.zeros(from_points.shape[0])
    for first in range(0, total.size, _CHUNK):
        part = slice(first, first + _CHUNK)
        start = np.ascontiguousarray(from_points[part].T)
        step = np.ascontiguousarray(to_points[part].T) - start
        length = np.sqrt(np.einsum("in,in->n", step, step))
        for shape, contrast in contrasts:
            total[part] += shape.chords_mm(start, step, length) * contrast.real
    return total.reshape(starts.shape[:-1])


def _voxels(contrasts: Sequence[tuple[Any, complex]], lattice: Lattice, oversampling: int) -> Array:
    is_complex = any(complex(contrast).imag for _, contrast in contrasts)
    total: Array = np.zeros(lattice.shape, dtype=complex if is_complex else float)
    for shape, contrast in contrasts:
        weight = contrast if is_complex else contrast.real
        for where, fraction in coverage(shape, lattice, oversampling):
            total[where] += fraction * weight
    return total


def _transform(contrasts: Sequence[tuple[Any, complex]], k_per_mm: FloatArray) -> ComplexArray:
    flat = np.asarray(k_per_mm, dtype=float).reshape(-1, k_per_mm.shape[-1])
    total = np.zeros(flat.shape[0], dtype=complex)
    for start in range(0, flat.shape[0], _CHUNK):
        part = slice(start, start + _CHUNK)
        for shape, contrast in contrasts:
            total[part] += shape.fourier(flat[part]) * contrast
    return total.reshape(k_per_mm.shape[:-1])
