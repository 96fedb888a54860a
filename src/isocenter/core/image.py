"""An image: values that know their unit, their place in the patient and how they were made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from isocenter.core import plot, plugins
from isocenter.core.arrays import Array
from isocenter.core.errors import ShapeError
from isocenter.core.grid import Grid
from isocenter.core.patient import Patient, Study
from isocenter.core.provenance import Provenance
from isocenter.core.units import Unit, unit_of


@dataclass(frozen=True, eq=False)
class Image:
    """Values on a grid.

    Parameters
    ----------
    values
        Shape (*extra, z, y, x) or (*extra, y, x); the last axes are those of `grid`.
    grid
        Where the samples lie in the patient.
    quantity, unit
        What the values are, in the field's words, and their UCUM unit.
    axes
        Names of the extra leading axes, for example ``("time",)`` or ``("echo",)``.
    acquired_at
        When the data were taken.
    provenance, patient, study
        How it was made, of whom, in which study; None means unknown.

    Raises
    ------
    ShapeError
        If the values do not fit the grid and the named axes.
    UnitError
        If the unit is not in `isocenter.core.units`.
    """

    values: Array
    grid: Grid
    quantity: str
    unit: str
    axes: tuple[str, ...] = ()
    acquired_at: datetime | None = None
    provenance: Provenance | None = None
    patient: Patient | None = None
    study: Study | None = None

    def __post_init__(self) -> None:
        unit_of(self.unit)
        extra = self.values.shape[: self.values.ndim - self.grid.ndim]
        if self.values.shape[len(extra) :] != self.grid.shape or len(extra) != len(self.axes):
            raise ShapeError(
                "The values do not fit the grid.",
                field="values",
                found=self.values.shape,
                expected=f"{self.axes} in front of {self.grid.shape}",
            )

    def __repr__(self) -> str:
        axes = "".join(f"{name}, " for name in self.axes) + "z, y, x"[-3 * self.grid.ndim + 2 :]
        spacing = " x ".join(f"{d:.4g}" for d in self.grid.spacing_mm)
        return f"<Image {self.quantity} [{self.unit}] ({axes}) = {self.values.shape}, {spacing} mm>"

    def unit_symbol(self) -> Unit:
        """Return the unit with its meaning and its symbol."""
        return unit_of(self.unit)

    def with_values(self, values: Array, *, quantity: str | None = None, unit: str | None = None) -> Image:
        """Return other values at the same place, of the same patient."""
        return replace(self, values=values, quantity=quantity or self.quantity, unit=unit or self.unit)

    def to_dicom(self, path: Path | str, **options: Any) -> tuple[Path, ...]:
        """Write as DICOM into the folder `path` and return the files; options as in `isocenter.dicom.image_format`."""
        files: tuple[Path, ...] = plugins.load(plugins.IMAGE_FORMATS, "dicom").export(self, Path(path), **options)
        return files

    def to_nifti(self, path: Path | str) -> Path:
        """Write as NIfTI-1 (RAS) and return the file; needs the extra ``nifti``."""
        file: Path = plugins.load(plugins.IMAGE_FORMATS, "nifti").export(self, Path(path))
        return file

    def to_simpleitk(self) -> Any:
        """Return a SimpleITK image of the same values and geometry; needs the extra ``itk``."""
        return plugins.load(plugins.IMAGE_FORMATS, "simpleitk").export(self)

    def window(self, low_percentile: float = 0.5, high_percentile: float = 99.5) -> tuple[float, float]:
        """Return lower and upper value between which the image is worth looking at."""
        magnitude = np.abs(self.values) if np.iscomplexobj(self.values) else self.values
        low, high = np.percentile(magnitude, [low_percentile, high_percentile])
        return (float(low), float(high)) if high > low else (float(low) - 0.5, float(low) + 0.5)

    def show(self, path: Path | str | None = None) -> None:
        """Show the middle planes with their scale; writes a picture if `path` is given. Needs the extra ``plot``."""
        plot.show(self, None if path is None else Path(path))
