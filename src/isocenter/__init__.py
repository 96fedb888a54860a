"""Isocenter: an imaging department in one package, from raw signal to signed report.

>>> import isocenter
>>> measurement = isocenter.read("scan.h5")        # any raw format that is known
>>> image = isocenter.reconstruct(measurement)     # by the method that fits
>>> files = image.to_dicom("images")
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from isocenter.core.grid import Grid
    from isocenter.core.image import Image
    from isocenter.core.progress import OnProgress

__all__ = ["__version__", "read", "reconstruct"]


def __getattr__(name: str) -> str:
    """Look up the version when it is asked for: that takes a tenth of a second."""
    if name != "__version__":
        raise AttributeError(name)
    from importlib.metadata import version

    return version("isocenter")


def read(path: Path | str, **options: Any) -> Any:
    """Return the measurement in a raw file of any known format; `options` say what the file does not.

    Raises
    ------
    isocenter.core.errors.FileFormatError, DataError
        If no format knows the file, or what it says contradicts itself.
    """
    from isocenter.formats import registry

    return registry.read(path, **options)


def reconstruct(
    measurement: Any,
    grid: Grid | None = None,
    *,
    method: str | None = None,
    on_progress: OnProgress | None = None,
    **parameters: Any,
) -> Image:
    """Return the image of a measurement of any modality; `method` None takes the one that fits the data.

    Raises
    ------
    isocenter.core.errors.OptionError
        If there is no such method, or a parameter is wrong.
    """
    from isocenter.modalities.registry import modality_of

    modality = modality_of(measurement)
    chosen = method or modality.default_method(measurement)
    return modality.reconstruct(measurement, grid, method=chosen, on_progress=on_progress, **parameters)
